// SPDX-License-Identifier: Apache-2.0
//! From blocks to code, and from everything to a blob.

use crate::{
    error::{LinkError, Result},
    ir::{Address, Block, BlockId, Cond, Const, Inst, Operand, Program, Reg, Terminator},
    jump_table::JumpTable,
    locations::Loc,
    memory::Layout,
    riscv::Access,
};
use revive_vm_primitives::{
    self as vm, isa::Instruction, limits, CodeBuilder, CodeParts, InstructionSet, Label, Opcode,
    CODE_ADDRESS_ALIGNMENT,
};

/// Length of an entry of the dispatch table in bytes.
const DISPATCH_ENTRY_BYTES: usize = 5;

/// Finished code.
pub(crate) struct Emitted {
    pub(crate) parts: CodeParts,
    /// Where each instruction comes from, in the order of the code; the dispatch table is not among them.
    pub(crate) origins: Vec<Loc>,
    labels: Vec<Option<Label>>,
    /// Instructions in front of those, the dispatch table.
    dispatch: usize,
}

impl Emitted {
    /// The instructions in the order of the code: where each starts and ends, and where it comes from.
    pub(crate) fn instructions(&self) -> impl Iterator<Item = (u32, u32, Loc)> + '_ {
        let bits = self.parts.bitmask.iter().enumerate().flat_map(|(index, byte)| {
            (0..8_u32).filter(move |bit| byte >> bit & 1 != 0).map(move |bit| index as u32 * 8 + bit)
        });
        let starts: Vec<u32> = bits.chain([self.parts.code.len() as u32]).skip(self.dispatch).collect();
        let locs = self.origins.iter().copied();
        let spans: Vec<(u32, u32)> = starts.windows(2).map(|span| (span[0], span[1])).collect();
        spans.into_iter().zip(locs).map(|((from, to), loc)| (from, to, loc))
    }

    /// The code offset of a block that is part of the program.
    pub(crate) fn offset_of(&self, id: BlockId) -> Option<u32> {
        self.labels.get(id.index()).copied().flatten().and_then(|label| self.parts.offset_of(label))
    }
}

/// Why an instruction cannot be written, without the place.
pub(crate) struct EmitError {
    pub(crate) error: LinkError,
    pub(crate) loc: Loc,
}

/// What code is written from.
#[derive(Clone, Copy)]
pub(crate) struct Request<'e> {
    pub(crate) program: &'e Program,
    pub(crate) layout: &'e Layout,
    pub(crate) table: &'e JumpTable,
    pub(crate) isa: InstructionSet,
    /// Per import of the program.
    pub(crate) import_numbers: &'e [u32],
    /// The blocks that get a jump at the start of the code.
    pub(crate) dispatch: &'e [BlockId],
    /// Whether a constant and a jump become one instruction.
    pub(crate) fuses: bool,
}

struct Emitter<'e> {
    request: Request<'e>,
    code: CodeBuilder,
    labels: Vec<Option<Label>>,
    origins: Vec<Loc>,
    /// Blocks that jumps lead to.
    jumped_to: Vec<bool>,
}

/// Writes the code of all blocks in their order.
pub(crate) fn emit(request: Request<'_>) -> Result<Emitted, EmitError> {
    let Request { program, table, isa, dispatch, .. } = request;
    let mut code = CodeBuilder::new(isa);
    let mut labels = vec![None; program.blocks.len()];
    for &id in &program.order {
        labels[id.index()] = Some(code.label());
    }
    let jumped_to = jumped_to(program, table, dispatch);
    let mut emitter = Emitter { request, code, labels, origins: Vec::new(), jumped_to };
    emitter.dispatch_table(dispatch);
    for (position, &id) in program.order.iter().enumerate() {
        let next = program.order.get(position + 1).copied();
        emitter.block(id, next)?;
    }
    for &id in table.order() {
        if let Some(label) = emitter.label(id) {
            emitter.code.jump_table_entry(label);
        }
    }
    let fail = |error: vm::BuildError| EmitError {
        error: LinkError::new(format!("the code cannot be written: {error}")),
        loc: Loc::NONE,
    };
    let mut parts = emitter.code.finish().map_err(fail)?;
    for (index, &id) in dispatch.iter().enumerate().take(dispatch.len().saturating_sub(1)) {
        let at = index * DISPATCH_ENTRY_BYTES;
        let target = emitter.labels[id.index()].and_then(|label| parts.offset_of(label)).unwrap_or_default();
        let offset = target.wrapping_sub(at as u32);
        if let Some(to) = parts.code.get_mut(at + 1..at + DISPATCH_ENTRY_BYTES) {
            to.copy_from_slice(&offset.to_le_bytes());
        }
    }
    if parts.jump_table.len() as u64 > u64::from(limits::JUMP_TABLE_ENTRIES_MAX) {
        let error = LinkError::new(format!(
            "the jump table has {} entries, at most {} are possible",
            parts.jump_table.len(),
            limits::JUMP_TABLE_ENTRIES_MAX
        ));
        return Err(EmitError { error, loc: Loc::NONE });
    }
    Ok(Emitted { parts, origins: emitter.origins, labels: emitter.labels, dispatch: dispatch.len() })
}

/// The blocks that jumps lead to: those must follow an instruction that ends a block.
fn jumped_to(program: &Program, table: &JumpTable, dispatch: &[BlockId]) -> Vec<bool> {
    let mut jumped_to = vec![false; program.blocks.len()];
    for id in program
        .exports
        .iter()
        .map(|export| export.block)
        .chain(dispatch.iter().copied())
        .chain(table.order().iter().copied())
    {
        jumped_to[id.index()] = true;
    }
    for (position, &id) in program.order.iter().enumerate() {
        let next = program.order.get(position + 1).copied();
        match program.block(id).end {
            Terminator::Jump(to) if Some(to) == next => {}
            end => end.for_each_successor(|to| jumped_to[to.index()] = true),
        }
    }
    jumped_to
}

impl Emitter<'_> {
    fn dispatch_table(&mut self, dispatch: &[BlockId]) {
        for (index, &id) in dispatch.iter().enumerate() {
            let Some(label) = self.label(id) else { continue };
            if index + 1 < dispatch.len() {
                // The offset is filled in when it is known.
                let byte = self.request.isa.byte(Opcode::Jump).unwrap_or_default();
                self.code.raw(&[byte, 0, 0, 0, 0], true);
            } else {
                self.code.push_to(Instruction::new(Opcode::Jump), label);
            }
        }
    }

    fn label(&self, id: BlockId) -> Option<Label> {
        self.labels.get(id.index()).copied().flatten()
    }

    fn push(&mut self, loc: Loc, instruction: Instruction) -> Result<(), EmitError> {
        self.check(loc, instruction.opcode)?;
        self.origins.push(loc);
        self.code.push(instruction);
        Ok(())
    }

    fn push_to(&mut self, loc: Loc, instruction: Instruction, to: BlockId) -> Result<(), EmitError> {
        self.check(loc, instruction.opcode)?;
        self.origins.push(loc);
        match self.label(to) {
            Some(label) => self.code.push_to(instruction, label),
            None => return Err(lost("block", loc)),
        };
        Ok(())
    }

    fn check(&self, loc: Loc, opcode: Opcode) -> Result<(), EmitError> {
        match self.request.isa.byte(opcode) {
            Some(_) => Ok(()),
            None => {
                let error =
                    LinkError::new(format!("the instruction set {} has no {opcode}", self.request.isa))
                        .hint("link for latest32 or latest64, or do without the instruction");
                Err(EmitError { error, loc })
            }
        }
    }

    fn block(&mut self, id: BlockId, next: Option<BlockId>) -> Result<(), EmitError> {
        let block = self.request.program.block(id);
        if let Some(label) = self.label(id) {
            self.code.bind(label);
        }
        if block.unlikely && !(block.insts.is_empty() && block.end == Terminator::Trap) {
            self.push(
                block.insts.first().map_or(block.end_loc, |node| node.loc),
                Instruction::new(Opcode::Unlikely),
            )?;
        }
        let with_end = self.constant_with_end(block, next);
        let count = block.insts.len() - usize::from(with_end.is_some());
        for node in &block.insts[..count] {
            let instruction = self.instruction(&node.inst, node.loc)?;
            self.push(node.loc, instruction)?;
        }
        let loc = block.end_loc;
        if let Some((d, value)) = with_end {
            let (d, value) = (self.reg(d, loc)?, self.immediate(value, loc)?);
            return match block.end {
                Terminator::Jump(to) => {
                    self.push_to(loc, Instruction::reg_imm_offset(Opcode::LoadImmAndJump, d, value, 0), to)
                }
                Terminator::JumpIndirect { base } => {
                    let base = self.reg(base, loc)?;
                    self.push(
                        loc,
                        Instruction::reg_reg_imm_imm(Opcode::LoadImmAndJumpIndirect, d, base, value, 0),
                    )
                }
                _ => Err(lost("terminator", loc)),
            };
        }
        match block.end {
            Terminator::Trap => self.push(loc, Instruction::new(Opcode::Trap)),
            Terminator::Jump(to) if Some(to) == next => match self.jumped_to[to.index()] {
                true => self.push(loc, Instruction::new(Opcode::Fallthrough)),
                false => Ok(()),
            },
            Terminator::Jump(to) => self.push_to(loc, Instruction::new(Opcode::Jump), to),
            Terminator::Branch { cond, a, b, yes, no } if Some(no) == next => {
                self.branch(loc, cond, a, b, yes)
            }
            Terminator::Branch { cond, a, b, yes, no } if Some(yes) == next => {
                self.branch(loc, cond.negated(), a, b, no)
            }
            Terminator::Branch { cond, a, b, yes, no } => {
                self.branch(loc, cond, a, b, yes)?;
                self.push_to(loc, Instruction::new(Opcode::Jump), no)
            }
            Terminator::JumpIndirect { base } => {
                let base = self.reg(base, loc)?;
                self.push(loc, Instruction::reg_imm(Opcode::JumpIndirect, base, 0))
            }
            Terminator::Call { link, to, back } => {
                let link = self.reg(link, loc)?;
                let back = self.immediate(Const::Code(back), loc)?;
                self.push_to(loc, Instruction::reg_imm_offset(Opcode::LoadImmAndJump, link, back, 0), to)
            }
            Terminator::CallIndirect { link, base, back } => {
                let (link, base) = (self.reg(link, loc)?, self.reg(base, loc)?);
                let back = self.immediate(Const::Code(back), loc)?;
                self.push(
                    loc,
                    Instruction::reg_reg_imm_imm(Opcode::LoadImmAndJumpIndirect, link, base, back, 0),
                )
            }
        }
    }

    /// A constant that is loaded last: one instruction loads it and jumps.
    fn constant_with_end(&self, block: &Block, next: Option<BlockId>) -> Option<(Reg, Const)> {
        let Inst::Const { d, value } = block.insts.last()?.inst else { return None };
        let fits = match block.end {
            Terminator::Jump(to) => Some(to) != next,
            Terminator::JumpIndirect { base } => base != d,
            _ => false,
        };
        (fits && self.request.fuses && value.fits_immediate()).then_some((d, value))
    }

    fn branch(&mut self, loc: Loc, cond: Cond, a: Reg, b: Operand, to: BlockId) -> Result<(), EmitError> {
        let a = self.reg(a, loc)?;
        let instruction = match b {
            Operand::Const(value) => {
                Instruction::reg_imm_offset(branch_imm(cond), a, self.immediate(value, loc)?, 0)
            }
            Operand::Reg(b) => {
                let b = self.reg(b, loc)?;
                // What does not exist for two registers is the same with the registers exchanged.
                match branch(cond) {
                    Some(opcode) => Instruction::reg_reg_offset(opcode, a, b, 0),
                    None => Instruction::reg_reg_offset(
                        branch(cond.swapped()).ok_or_else(|| lost("branch", loc))?,
                        b,
                        a,
                        0,
                    ),
                }
            }
        };
        self.push_to(loc, instruction, to)
    }

    fn reg(&self, reg: Reg, loc: Loc) -> Result<vm::Reg, EmitError> {
        reg.to_vm().ok_or_else(|| lost("temporary register", loc))
    }

    fn immediate(&self, value: Const, loc: Loc) -> Result<i32, EmitError> {
        let value = self.request.layout.value(value, |id| self.request.table.address(id));
        i32::try_from(value).map_err(|_| {
            let error = LinkError::new(format!(
                "the address {value:#x} is beyond the 2^31 bytes that instructions reach"
            ));
            EmitError {
                error: error.hint("the symbol's addend leads out of memory; make the object smaller"),
                loc,
            }
        })
    }

    fn instruction(&self, inst: &Inst, loc: Loc) -> Result<Instruction, EmitError> {
        let reg = |r: Reg| self.reg(r, loc);
        let immediate = |value: Const| self.immediate(value, loc);
        Ok(match *inst {
            Inst::Const { d, value } => {
                let number = self.request.layout.value(value, |id| self.request.table.address(id));
                match i32::try_from(number) {
                    Ok(number) => Instruction::reg_imm(Opcode::LoadImm, reg(d)?, number),
                    Err(_) => Instruction::reg_imm64(Opcode::LoadImm64, reg(d)?, number as u64),
                }
            }
            Inst::Move { d, s } => Instruction::reg_reg(Opcode::MoveReg, reg(d)?, reg(s)?),
            Inst::Un { op, d, s } => Instruction::reg_reg(op.opcode(), reg(d)?, reg(s)?),
            Inst::Sbrk { d, s } => Instruction::reg_reg(Opcode::Sbrk, reg(d)?, reg(s)?),
            Inst::Memset => Instruction::new(Opcode::Memset),
            Inst::HostCall { import, .. } => {
                let number = self
                    .request
                    .import_numbers
                    .get(import as usize)
                    .copied()
                    .ok_or_else(|| lost("import", loc))?;
                Instruction::imm(Opcode::Ecalli, number as i32)
            }
            Inst::Load { access, d, address: Address { base: Some(base), offset } } => {
                Instruction::reg_reg_imm(load_indirect(access), reg(d)?, reg(base)?, immediate(offset)?)
            }
            Inst::Load { access, d, address: Address { base: None, offset } } => {
                Instruction::reg_imm(load(access), reg(d)?, immediate(offset)?)
            }
            Inst::Store { access, s, address: Address { base, offset }, .. } => {
                let at = immediate(offset)?;
                match (s, base) {
                    (Operand::Reg(s), Some(base)) => {
                        Instruction::reg_reg_imm(store_indirect(access), reg(s)?, reg(base)?, at)
                    }
                    (Operand::Reg(s), None) => Instruction::reg_imm(store(access), reg(s)?, at),
                    (Operand::Const(value), Some(base)) => Instruction::reg_imm_imm(
                        store_imm_indirect(access),
                        reg(base)?,
                        at,
                        immediate(value)?,
                    ),
                    (Operand::Const(value), None) => {
                        Instruction::imm_imm(store_imm(access), at, immediate(value)?)
                    }
                }
            }
            Inst::Cmov { if_zero, d, s: Operand::Reg(s), c } => {
                let opcode = if if_zero { Opcode::CmovIfZero } else { Opcode::CmovIfNotZero };
                Instruction::reg_reg_reg(opcode, reg(d)?, reg(s)?, reg(c)?)
            }
            Inst::Cmov { if_zero, d, s: Operand::Const(value), c } => {
                let opcode = if if_zero { Opcode::CmovIfZeroImm } else { Opcode::CmovIfNotZeroImm };
                Instruction::reg_reg_imm(opcode, reg(d)?, reg(c)?, immediate(value)?)
            }
            Inst::Bin { op, d, a, b } => {
                let missing = || lost("operation", loc);
                match (a, b) {
                    (Operand::Reg(a), Operand::Reg(b)) => {
                        Instruction::reg_reg_reg(op.opcode().ok_or_else(missing)?, reg(d)?, reg(a)?, reg(b)?)
                    }
                    (Operand::Reg(a), Operand::Const(b)) => Instruction::reg_reg_imm(
                        op.opcode_const_right().ok_or_else(missing)?,
                        reg(d)?,
                        reg(a)?,
                        immediate(b)?,
                    ),
                    (Operand::Const(a), Operand::Reg(b)) => Instruction::reg_reg_imm(
                        op.opcode_const_left().ok_or_else(missing)?,
                        reg(d)?,
                        reg(b)?,
                        immediate(a)?,
                    ),
                    (Operand::Const(_), Operand::Const(_)) => return Err(missing()),
                }
            }
        })
    }
}

/// The linker's own mistake.
fn lost(what: &str, loc: Loc) -> EmitError {
    EmitError {
        error: LinkError::new(format!(
            "the linker has lost track of a {what}; this is a mistake of the linker"
        )),
        loc,
    }
}

fn branch(cond: Cond) -> Option<Opcode> {
    Some(match cond {
        Cond::Eq => Opcode::BranchEq,
        Cond::Ne => Opcode::BranchNotEq,
        Cond::LtU => Opcode::BranchLessUnsigned,
        Cond::LtS => Opcode::BranchLessSigned,
        Cond::GeU => Opcode::BranchGreaterOrEqualUnsigned,
        Cond::GeS => Opcode::BranchGreaterOrEqualSigned,
        Cond::LeU | Cond::GtU | Cond::LeS | Cond::GtS => return None,
    })
}

fn branch_imm(cond: Cond) -> Opcode {
    match cond {
        Cond::Eq => Opcode::BranchEqImm,
        Cond::Ne => Opcode::BranchNotEqImm,
        Cond::LtU => Opcode::BranchLessUnsignedImm,
        Cond::LtS => Opcode::BranchLessSignedImm,
        Cond::GeU => Opcode::BranchGreaterOrEqualUnsignedImm,
        Cond::GeS => Opcode::BranchGreaterOrEqualSignedImm,
        Cond::LeU => Opcode::BranchLessOrEqualUnsignedImm,
        Cond::GtU => Opcode::BranchGreaterUnsignedImm,
        Cond::LeS => Opcode::BranchLessOrEqualSignedImm,
        Cond::GtS => Opcode::BranchGreaterSignedImm,
    }
}

fn load(access: Access) -> Opcode {
    match access {
        Access::U8 => Opcode::LoadU8,
        Access::I8 => Opcode::LoadI8,
        Access::U16 => Opcode::LoadU16,
        Access::I16 => Opcode::LoadI16,
        Access::U32 => Opcode::LoadU32,
        Access::I32 => Opcode::LoadI32,
        Access::U64 => Opcode::LoadU64,
    }
}

fn load_indirect(access: Access) -> Opcode {
    match access {
        Access::U8 => Opcode::LoadIndirectU8,
        Access::I8 => Opcode::LoadIndirectI8,
        Access::U16 => Opcode::LoadIndirectU16,
        Access::I16 => Opcode::LoadIndirectI16,
        Access::U32 => Opcode::LoadIndirectU32,
        Access::I32 => Opcode::LoadIndirectI32,
        Access::U64 => Opcode::LoadIndirectU64,
    }
}

fn store(access: Access) -> Opcode {
    match access {
        Access::U8 | Access::I8 => Opcode::StoreU8,
        Access::U16 | Access::I16 => Opcode::StoreU16,
        Access::U32 | Access::I32 => Opcode::StoreU32,
        Access::U64 => Opcode::StoreU64,
    }
}

fn store_indirect(access: Access) -> Opcode {
    match access {
        Access::U8 | Access::I8 => Opcode::StoreIndirectU8,
        Access::U16 | Access::I16 => Opcode::StoreIndirectU16,
        Access::U32 | Access::I32 => Opcode::StoreIndirectU32,
        Access::U64 => Opcode::StoreIndirectU64,
    }
}

fn store_imm(access: Access) -> Opcode {
    match access {
        Access::U8 | Access::I8 => Opcode::StoreImmU8,
        Access::U16 | Access::I16 => Opcode::StoreImmU16,
        Access::U32 | Access::I32 => Opcode::StoreImmU32,
        Access::U64 => Opcode::StoreImmU64,
    }
}

fn store_imm_indirect(access: Access) -> Opcode {
    match access {
        Access::U8 | Access::I8 => Opcode::StoreImmIndirectU8,
        Access::U16 | Access::I16 => Opcode::StoreImmIndirectU16,
        Access::U32 | Access::I32 => Opcode::StoreImmIndirectU32,
        Access::U64 => Opcode::StoreImmIndirectU64,
    }
}

const _: () = assert!(CODE_ADDRESS_ALIGNMENT == 2, "the jump table counts in steps of two");
