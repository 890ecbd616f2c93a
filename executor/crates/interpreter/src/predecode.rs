// SPDX-License-Identifier: Apache-2.0
//! Turns code bytes into ops.
//!
//! One pass over all instruction starts emits, for each instruction in code order:
//!
//! 1. a yield point, if the block has become long;
//! 2. with step tracing: an op that announces the instruction and, at a block start, one that charges for the block
//!    (so that a step is reported before the charge);
//! 3. the instruction;
//! 4. the implicit invalid instruction, if the instruction can fall through and no instruction follows.
//!
//! A second pass replaces the code offsets of static jumps by op indexes, a third fuses neighbours, and a fourth gives each
//! op what it has to know of the one behind it.
//!
//! Memory kept: an op takes 28 bytes with its offset, a block 12, a jump table entry 4. A code byte makes at most one
//! instruction and a block, so without tracing it is at most 40 bytes per byte of code plus 28 for every 25 bytes and
//! for every [`CHUNK`] ops, in all below [`BYTES_PER_CODE_BYTE`]; tracing adds two ops per instruction.

use crate::code::{code, Code as OpCode, Context};
use crate::dispatch::{fuse, target, Target, LONGEST};
use crate::op::{Block, Image, Kind, Op, CHUNK, NO_TARGET};
use alloc::vec;
use alloc::vec::Vec;
use revive_vm_primitives::{BlockCost, Code, Decoded, Format, Instruction, MemoryMap, Opcode, Reg, Tariff};

/// Upper bound of the bytes that an image keeps per byte of code, without step tracing.
pub(crate) const BYTES_PER_CODE_BYTE: usize = 44;
/// Upper bound of the bytes that an image keeps per byte of code, with step tracing.
pub(crate) const BYTES_PER_CODE_BYTE_TRACING: usize = 104;
/// Bytes that an image keeps per entry of the jump table.
pub(crate) const BYTES_PER_JUMP: usize = 4;

struct Predecoder<'c> {
    code: &'c Code<'c>,
    map: &'c MemoryMap,
    tracing: bool,
    ops: Vec<Op>,
    offsets: Vec<u32>,
    blocks: Vec<Block>,
    /// How each op is executed when it stands alone.
    codes: Vec<OpCode>,
    /// The cost of the block being emitted.
    cost: BlockCost<'c>,
    /// Whether a block is being emitted, and the op that will hold its cost.
    block: Option<usize>,
    /// Ops since the last yield point or block start.
    run: usize,
}

/// Pre-decodes a program.
pub(crate) fn predecode(code: &Code<'_>, map: &MemoryMap, gas: Option<Tariff>, tracing: bool) -> Image {
    let mut predecoder = Predecoder {
        code,
        map,
        tracing,
        ops: Vec::new(),
        offsets: Vec::new(),
        blocks: Vec::new(),
        codes: Vec::new(),
        cost: BlockCost::new(gas.unwrap_or(Tariff::FLAT), code),
        block: None,
        run: 0,
    };
    let index = predecoder.emit_all();
    predecoder.resolve(&index);
    predecoder.fuse();
    predecoder.link();
    let jump_table = core::iter::once(NO_TARGET)
        .chain(code.jump_table().iter().map(|target| valid_target(code, &index, target)))
        .collect();
    Image {
        ops: predecoder.ops.into_boxed_slice(),
        jump_table,
        offsets: predecoder.offsets.into_boxed_slice(),
        blocks: predecoder.blocks.into_boxed_slice(),
        metered: gas.is_some(),
        wide: code.isa().is_64_bit(),
    }
}

/// First address of the region that the handler of a load or store tries first: 0 for other instructions.
fn first_region(instruction: &Instruction, map: &MemoryMap) -> u32 {
    match instruction.memory_access() {
        Some(access) if access.base == Some(Reg::Sp) => map.stack_low(),
        Some(_) => map.rw_data_address(),
        None => 0,
    }
}

/// The index of the op before a jump target, if the program may jump there.
fn valid_target(code: &Code<'_>, index: &[u32], target: u32) -> u32 {
    if code.is_jump_target(target) {
        before(index, target)
    } else {
        NO_TARGET
    }
}

/// The index of the op before the one for a code offset.
fn before(index: &[u32], offset: u32) -> u32 {
    index.get(offset as usize).and_then(|at| at.checked_sub(1)).unwrap_or(NO_TARGET)
}

impl Predecoder<'_> {
    /// Emits all ops; returns the op index of each code offset.
    fn emit_all(&mut self) -> Vec<u32> {
        let mut index = vec![0; self.code.len() as usize];
        // The op before the first one.
        self.emit(Kind::Implicit, 0, OpCode::Trap);
        let mut at = self.code.next_start(0);
        // Where the last instruction ended without ending its block.
        let mut open_end = None;
        while let Some(offset) = at {
            let decoded = self.code.decode(offset);
            if open_end != Some(offset) {
                self.start_block(offset, true);
            }
            if let Some(entry) = index.get_mut(offset as usize) {
                // The op index fits: ops are a small multiple of the code length, which blob parsing limits.
                *entry = self.ops.len() as u32;
            }
            self.emit_instruction(&decoded);
            open_end = (!decoded.ends_block()).then_some(decoded.next);
            at = self.code.next_start(offset + 1);
        }
        // Whatever happens, the last op does not go on (I2 of `op`). Only empty code needs it for that.
        self.emit(Kind::Implicit, self.code.len(), OpCode::Trap);
        index
    }

    /// Emits an op. Until `link`, it holds how it is executed itself, and its own cost.
    fn emit(&mut self, kind: Kind, offset: u32, code: OpCode) -> &mut Op {
        self.ops.push(Op {
            next: target(code),
            kind,
            d: Reg::Ra,
            s: Reg::Ra,
            t: Reg::Ra,
            i: 0,
            j: 0,
            next_cost: 0,
        });
        self.offsets.push(offset);
        self.codes.push(code);
        let last = self.ops.len() - 1;
        &mut self.ops[last]
    }

    /// Begins a block at `offset`. Blocks that start at an implicit instruction cannot be started by the host.
    fn start_block(&mut self, offset: u32, explicit: bool) {
        let may_start = explicit && self.code.block_start(offset) == Some(offset);
        self.blocks.push(Block { offset, cost: 0, may_start });
        self.block = Some(self.ops.len());
        self.run = 0;
    }

    /// Ends the block and writes its cost where it is needed.
    fn end_block(&mut self) {
        let Some(first) = self.block.take() else { return };
        let cost = self.cost.finish();
        if let Some(block) = self.blocks.last_mut() {
            block.cost = cost;
        }
        if let Some(op) = self.ops.get_mut(first) {
            if self.tracing {
                op.j = cost;
            } else {
                op.next_cost = cost;
            }
        }
    }

    /// Emits what stands before every instruction, implicit ones too.
    fn emit_prelude(&mut self, kind: Kind, offset: u32) {
        let starts_block = self.block == Some(self.ops.len());
        if self.run >= CHUNK {
            self.emit(kind, offset, OpCode::Yield);
            self.run = 0;
        }
        self.run += 1;
        if self.tracing {
            self.emit(kind, offset, OpCode::Step);
            if starts_block {
                self.block = Some(self.ops.len());
                self.emit(kind, offset, OpCode::Charge);
            }
        }
    }

    fn emit_instruction(&mut self, decoded: &Decoded) {
        let Decoded { offset, next, .. } = *decoded;
        self.emit_prelude(Kind::Plain, offset);
        self.cost.push(decoded);
        let Some(instruction) = &decoded.instruction else {
            self.emit(Kind::Plain, offset, OpCode::Trap);
            return self.end_block();
        };
        let opcode = instruction.opcode;
        let jumps = matches!(opcode.format(), Format::Offset | Format::RegImmOffset | Format::RegRegOffset);
        let context = Context {
            wide: self.code.isa().is_64_bit(),
            jump_is_valid: jumps
                && self.code.is_jump_target(instruction.target)
                && (!opcode.can_fall_through() || decoded.next_is_start),
            falls_into_code: next < self.code.len(),
        };
        let kind = if context.jump_is_valid { Kind::Jump } else { Kind::Plain };
        let base = first_region(instruction, self.map);
        let code = code(instruction, &context);
        // First what the op before may have written, where operands can be exchanged: handlers of several ops expect that.
        let before = self.ops.last().map(|op| op.d);
        let op = self.emit(kind, offset, code);
        (op.d, op.s, op.t) = (instruction.d, instruction.s, instruction.t);
        if code.operands_commute() && before == Some(op.t) {
            (op.s, op.t) = (op.t, op.s);
        } else if code.compared_commute() && before == Some(op.s) {
            (op.d, op.s) = (op.s, op.d);
        }
        (op.i, op.j) = match opcode.format() {
            Format::RegImm64 => (instruction.k as i32, (instruction.k >> 32) as u32),
            _ if jumps => (instruction.i, instruction.target),
            _ => (instruction.i.wrapping_sub(base as i32), instruction.j as u32),
        };
        if opcode.is_terminator() {
            self.end_block();
        }
        if decoded.next_is_start || !opcode.can_fall_through() {
            return;
        }
        match opcode {
            // Into a gap: a block of its own. At the end of the code the instruction itself traps.
            Opcode::Fallthrough if context.falls_into_code => self.start_block(next, false),
            // A branch with nothing behind it traps itself.
            _ if opcode.is_terminator() => return,
            _ => {}
        }
        self.emit_prelude(Kind::Implicit, next);
        if revive_vm_primitives::mutant!(EndOfCode, false, true) {
            self.cost.push(&Decoded { offset: next, next, next_is_start: false, instruction: None });
        }
        self.emit(Kind::Implicit, next, OpCode::Trap);
        self.end_block();
    }

    /// Replaces the targets of static jumps by op indexes.
    fn resolve(&mut self, index: &[u32]) {
        for op in &mut self.ops {
            if op.kind == Kind::Jump {
                op.j = before(index, op.j);
            }
        }
    }

    /// Makes the first op of each sequence that can be executed as one execute all of it. Sequences overlap: which of
    /// them are executed depends on where the program comes in.
    fn fuse(&mut self) {
        // No sequence has a trap in it.
        self.codes.extend([OpCode::Trap; LONGEST]);
        for at in 0..self.ops.len() {
            let codes = self.codes.get(at..).and_then(|codes| codes.first_chunk());
            let target = codes.zip(self.ops.get(at..)).and_then(|(codes, ops)| fuse(codes, ops));
            if let (Some(target), Some(op)) = (target, self.ops.get_mut(at)) {
                op.next = target;
            }
        }
    }

    /// Moves how ops are executed, and costs, one op to the front.
    fn link(&mut self) {
        let mut behind: (Target, u32) = (target(OpCode::Trap), 0);
        for op in self.ops.iter_mut().rev() {
            let own = (op.next, op.next_cost);
            (op.next, op.next_cost) = behind;
            behind = own;
        }
    }
}
