// SPDX-License-Identifier: Apache-2.0
//! The code buffer, and the jumps whose distance is not known yet.

use crate::encode::{encode, Encoded, Fields};
use crate::operand::{Condition, Gpr, RegMem, Width};
use crate::row::{Form, Row};
use alloc::vec::Vec;

/// The 32-bit displacement of a jump or call that was emitted before its target was known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "a jump that is never aimed goes to the instruction behind it"]
pub struct Patch(u32);

impl Patch {
    /// Offset of the displacement in the code; the opcode lies in front of it.
    pub fn position(self) -> u32 {
        self.0
    }
}

/// The 8-bit displacement of a jump over a few instructions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "a jump that is never aimed goes to the instruction behind it"]
pub struct ShortPatch(u32);

/// `int3`: raises a fault. Gaps are filled with it.
pub const TRAP: u8 = 0xcc;

/// Room that is there before an instruction is stored: more than any instruction takes, so that its parts can be stored
/// with their full width.
const MARGIN: usize = 32;

/// Bytes that are cleared at a time, at least and at most.
const CLEARED: (usize, usize) = (2048, 8192);

/// Appends instructions to a buffer. The same calls always give the same bytes.
pub struct Assembler {
    /// The code and, behind it, room.
    buffer: Vec<u8>,
    /// Bytes of code, so at most 4 GiB.
    len: u32,
}

impl Default for Assembler {
    fn default() -> Self {
        Self::new()
    }
}

impl Assembler {
    /// An empty buffer.
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// An empty buffer with room for `bytes` of code.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { buffer: Vec::with_capacity(bytes + MARGIN), len: 0 }
    }

    /// Bytes so far.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there is no code yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets the code and keeps the buffer.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Forgets what comes behind the first `len` bytes; nothing if there are no more.
    pub fn truncate(&mut self, len: u32) {
        self.len = self.len.min(len);
    }

    /// The code.
    pub fn code(&self) -> &[u8] {
        &self.buffer[..self.len()]
    }

    /// The code.
    pub fn finish(mut self) -> Vec<u8> {
        self.buffer.truncate(self.len());
        self.buffer
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let len = self.buffer.len();
        // What is there already is cleared bit by bit: then it is in the nearest cache when code is written there, and most of what
        // a small program does not need stays as it is.
        let spare = (self.buffer.capacity() - len).min(len.clamp(CLEARED.0, CLEARED.1));
        self.buffer.resize(len + if spare == 0 { len.max(4096) } else { spare }, 0);
    }

    /// Has the buffer go up to an offset at least.
    fn reach(&mut self, end: usize) {
        while self.buffer.len() < end {
            self.grow();
        }
    }

    /// Room for the next instruction.
    #[inline(always)]
    fn room(&mut self) -> &mut [u8; MARGIN] {
        let at = self.len as usize;
        if at + MARGIN > self.buffer.len() {
            return self.new_room();
        }
        // The slice has that many bytes: just seen to.
        self.buffer[at..at + MARGIN].first_chunk_mut().expect("the buffer is long enough")
    }

    /// The same where the buffer ends before. By itself, so that the compiler need not look at the length twice.
    #[cold]
    #[inline(never)]
    fn new_room(&mut self) -> &mut [u8; MARGIN] {
        self.reach(self.len() + MARGIN);
        self.buffer[self.len as usize..].first_chunk_mut().expect("the buffer was grown")
    }

    /// Appends an instruction. Whether it has a displacement or an immediate is known when this is compiled.
    #[inline(always)]
    fn append(&mut self, encoded: &Encoded, has_disp: bool, has_imm: bool) {
        let room = self.room();
        let disp_at = encoded.head_len as usize & 15;
        let imm_at = (encoded.head_len + encoded.disp_len) as usize & 15;
        room[..8].copy_from_slice(&encoded.head.to_le_bytes());
        if has_disp {
            room[disp_at..disp_at + 4].copy_from_slice(&encoded.disp.to_le_bytes());
        }
        if has_imm {
            room[imm_at..imm_at + 4].copy_from_slice(&encoded.imm.to_le_bytes());
        }
        self.len += encoded.head_len + encoded.disp_len + encoded.imm_len;
    }

    /// Appends the lowest `len` bytes (at most 8) of `bytes`, the lowest first.
    #[inline(always)]
    fn append_word(&mut self, bytes: u64, len: u32) {
        debug_assert!(len <= 8);
        self.room()[..8].copy_from_slice(&bytes.to_le_bytes());
        self.len += len;
    }

    /// Raw bytes: data, or instructions that have no row.
    pub fn raw(&mut self, bytes: &[u8]) {
        let at = self.len();
        let end = at + bytes.len();
        self.reach(end);
        self.buffer[at..end].copy_from_slice(bytes);
        self.len = end as u32;
    }

    /// Appends once more what is from one offset in the code up to another. Nothing if there is no such code.
    pub fn repeat(&mut self, start: u32, end: u32) {
        if start >= end || end > self.len {
            return;
        }
        let at = self.len();
        let new_end = at + (end - start) as usize;
        self.reach(new_end);
        self.buffer.copy_within(start as usize..end as usize, at);
        self.len = new_end as u32;
    }

    /// Overwrites code that is there already. Bytes behind the end are ignored, there are none to be overwritten.
    pub fn overwrite(&mut self, at: usize, bytes: &[u8]) {
        for (to, from) in self.buffer[..self.len as usize].iter_mut().skip(at).zip(bytes) {
            *to = *from;
        }
    }

    #[inline(always)]
    fn encode(&mut self, row: Row, width: Width, fields: Fields) {
        let has_disp = matches!(fields.rm, RegMem::Mem(_));
        self.append(&encode(row, width, &fields), has_disp, row.form.has_imm());
    }

    /// An instruction of form [`Form::RmReg`].
    #[inline(always)]
    pub fn rm_reg(&mut self, row: Row, width: Width, rm: impl Into<RegMem>, reg: Gpr) {
        debug_assert!(row.form == Form::RmReg, "{}", row.name);
        self.encode(row, width, Fields { reg: reg as u8, rm: rm.into(), third: Gpr::Rax, imm: 0 });
    }

    /// An instruction of form [`Form::RegRm`].
    #[inline(always)]
    pub fn reg_rm(&mut self, row: Row, width: Width, reg: Gpr, rm: impl Into<RegMem>) {
        debug_assert!(row.form == Form::RegRm, "{}", row.name);
        self.encode(row, width, Fields { reg: reg as u8, rm: rm.into(), third: Gpr::Rax, imm: 0 });
    }

    /// An instruction of form [`Form::Rm`] or [`Form::RmCl`].
    #[inline(always)]
    pub fn rm(&mut self, row: Row, width: Width, rm: impl Into<RegMem>) {
        let (Form::Rm(extension) | Form::RmCl(extension)) = row.form else {
            unreachable!("{} has other operands", row.name)
        };
        self.encode(row, width, Fields { reg: extension, rm: rm.into(), third: Gpr::Rax, imm: 0 });
    }

    /// An instruction of form [`Form::RmImm8`] or [`Form::RmImm`]; the immediate is cut to the form's width.
    #[inline(always)]
    pub fn rm_imm(&mut self, row: Row, width: Width, rm: impl Into<RegMem>, imm: i32) {
        let (Form::RmImm8(extension) | Form::RmImm(extension)) = row.form else {
            unreachable!("{} has other operands", row.name)
        };
        self.encode(row, width, Fields { reg: extension, rm: rm.into(), third: Gpr::Rax, imm });
    }

    /// An instruction of form [`Form::RegRmImm8`], [`Form::RegRmImm`] or [`Form::VexRegRmImm8`].
    #[inline(always)]
    pub fn reg_rm_imm(&mut self, row: Row, width: Width, reg: Gpr, rm: impl Into<RegMem>, imm: i32) {
        debug_assert!(
            matches!(row.form, Form::RegRmImm8 | Form::RegRmImm | Form::VexRegRmImm8),
            "{}",
            row.name
        );
        self.encode(row, width, Fields { reg: reg as u8, rm: rm.into(), third: Gpr::Rax, imm });
    }

    /// An instruction of form [`Form::VexRegRmReg`] or [`Form::VexRegRegRm`]; `third` is the operand in VEX.vvvv.
    #[inline(always)]
    pub fn vex(&mut self, row: Row, width: Width, reg: Gpr, rm: impl Into<RegMem>, third: Gpr) {
        debug_assert!(matches!(row.form, Form::VexRegRmReg | Form::VexRegRegRm), "{}", row.name);
        self.encode(row, width, Fields { reg: reg as u8, rm: rm.into(), third, imm: 0 });
    }

    /// `mov reg, imm64` in its shortest form: 32 bits zero-extended, 32 bits sign-extended, or all 64. Flags are kept.
    #[inline(always)]
    pub fn mov_imm64(&mut self, reg: Gpr, value: u64) {
        if let Ok(value) = u32::try_from(value) {
            let high = u64::from(reg.high());
            let opcode = u64::from(0xb8 | reg.low()) | (u64::from(value) << 8);
            self.append_word((opcode << (8 * high)) | (0x41 * high), 5 + high as u32);
        } else if let Ok(value) = i32::try_from(value as i64) {
            self.rm_imm(crate::row::MOV_RM_IMM, Width::W64, reg, value);
        } else {
            self.append_word(u64::from(0x48 | reg.high()) | u64::from(0xb8 | reg.low()) << 8, 2);
            self.append_word(value, 8);
        }
    }

    /// `bswap reg`, 32 or 64 bits.
    #[inline(always)]
    pub fn bswap(&mut self, width: Width, reg: Gpr) {
        debug_assert!(matches!(width, Width::W32 | Width::W64));
        let rex = 0x40 | u64::from(width == Width::W64) << 3 | u64::from(reg.high());
        self.append_word(rex | 0x0f << 8 | u64::from(0xc8 | reg.low()) << 16, 3);
    }

    /// `push reg`
    pub fn push(&mut self, reg: Gpr) {
        self.stack_op(0x50, reg);
    }

    /// `pop reg`
    pub fn pop(&mut self, reg: Gpr) {
        self.stack_op(0x58, reg);
    }

    fn stack_op(&mut self, opcode: u8, reg: Gpr) {
        let high = u64::from(reg.high());
        self.append_word((u64::from(opcode | reg.low()) << (8 * high)) | (0x41 * high), 1 + high as u32);
    }

    /// `jmp`, to be aimed later.
    #[inline(always)]
    pub fn jmp(&mut self) -> Patch {
        self.append_word(0xe9, 5);
        Patch(self.len - 4)
    }

    /// `j<condition>`, to be aimed later.
    #[inline(always)]
    pub fn jcc(&mut self, condition: Condition) -> Patch {
        self.append_word(0x0f | u64::from(0x80 | condition as u8) << 8, 6);
        Patch(self.len - 4)
    }

    /// `call`, to be aimed later.
    #[inline(always)]
    pub fn call(&mut self) -> Patch {
        self.append_word(0xe8, 5);
        Patch(self.len - 4)
    }

    /// `j<condition>` over at most 127 bytes, to be aimed later.
    #[inline(always)]
    pub fn jcc_short(&mut self, condition: Condition) -> ShortPatch {
        self.append_word(u64::from(0x70 | condition as u8), 2);
        ShortPatch(self.len - 1)
    }

    /// `jmp` over at most 127 bytes, to be aimed later.
    #[inline(always)]
    pub fn jmp_short(&mut self) -> ShortPatch {
        self.append_word(0xeb, 2);
        ShortPatch(self.len - 1)
    }

    /// `jmp` back to `target`, in the short form where that reaches.
    #[inline(always)]
    pub fn jmp_back(&mut self, target: u32) {
        let distance = i64::from(target) - i64::from(self.len);
        match i8::try_from(distance - 2) {
            Ok(distance) => self.append_word(0xeb | u64::from(distance as u8) << 8, 2),
            Err(_) => self.append_word(0xe9 | u64::from((distance - 5) as u32) << 8, 5),
        }
    }

    /// `j<condition>` back to `target`, in the short form where that reaches.
    #[inline(always)]
    pub fn jcc_back(&mut self, condition: Condition, target: u32) {
        let distance = i64::from(target) - i64::from(self.len);
        let condition = u64::from(condition as u8);
        match i8::try_from(distance - 2) {
            Ok(distance) => self.append_word(0x70 | condition | u64::from(distance as u8) << 8, 2),
            Err(_) => {
                let opcode = 0x0f | (0x80 | condition) << 8;
                self.append_word(opcode | u64::from((distance - 6) as u32) << 16, 6);
            }
        }
    }

    /// Aims a jump or call at an offset in the code.
    #[inline(always)]
    pub fn aim(&mut self, patch: Patch, target: u32) {
        let distance = target.wrapping_sub(patch.0 + 4);
        self.overwrite_word(patch.0 as usize, distance);
    }

    /// Overwrites four bytes of code that are there already, the lowest first.
    #[inline(always)]
    pub fn overwrite_word(&mut self, at: usize, word: u32) {
        if let Some(to) = self.buffer.get_mut(at..at + 4) {
            to.copy_from_slice(&word.to_le_bytes());
        }
    }

    /// Overwrites a byte of code that is there already.
    #[inline(always)]
    pub fn overwrite_byte(&mut self, at: usize, byte: u8) {
        if let Some(to) = self.buffer.get_mut(at) {
            *to = byte;
        }
    }

    /// Aims a short jump at the end of the code so far.
    ///
    /// # Panics
    /// If it does not reach: a bug of the caller, who jumps over more than a few instructions, never the consequence of
    /// an input.
    #[inline(always)]
    pub fn aim_here(&mut self, patch: ShortPatch) {
        let distance = self.len - (patch.0 + 1);
        assert!(distance < 128, "a short jump over {distance} bytes");
        self.buffer[patch.0 as usize] = distance as u8;
    }

    /// `cdq`: edx = sign of eax; or `cqo`: rdx = sign of rax.
    pub fn sign_extend_rax(&mut self, width: Width) {
        debug_assert!(matches!(width, Width::W32 | Width::W64));
        match width {
            Width::W64 => self.append_word(0x9948, 2),
            _ => self.append_word(0x99, 1),
        }
    }

    /// `ret`
    pub fn ret(&mut self) {
        self.append_word(0xc3, 1);
    }

    /// `ud2`: raises an invalid-opcode fault.
    #[inline(always)]
    pub fn ud2(&mut self) {
        self.append_word(0x0b0f, 2);
    }

    /// `rep stosb` with 32-bit addresses: stores al to `[edi]`, ecx times.
    pub fn rep_stosb_addr32(&mut self) {
        self.append_word(0x00aa_f367, 3);
    }

    /// Pads with `int3` up to a good place to jump to: a multiple of 16 that is not the last one in a cache line of 64 bytes.
    /// A machine that jumps there gets no more than those 16 bytes in its first cycle.
    #[inline(always)]
    pub fn align_for_jumps(&mut self) {
        self.room()[..32].fill(TRAP);
        let at = self.len.next_multiple_of(16);
        self.len = if at % 64 == 48 { at + 16 } else { at };
    }

    /// Pads with at most two instructions that do nothing up to the next cache line of 64 bytes, if this is the last quarter of one: a
    /// machine that jumps there gets no more than the rest of the line in its first cycle. For where execution also arrives without a jump.
    #[inline(always)]
    pub fn align_for_arrivals(&mut self) {
        if self.len % 64 >= 48 {
            self.pass_to_next_line();
        }
    }

    #[inline(never)]
    fn pass_to_next_line(&mut self) {
        /// `nop` by its length.
        const NOPS: [u64; 9] =
            [0, 0x90, 0x9066, 0x00_1f0f, 0x40_1f0f, 0x44_1f0f, 0x441f_0f66, 0x80_1f0f, 0x84_1f0f];
        let mut left = self.len.wrapping_neg() % 64;
        while left > 0 {
            let len = left.min(8);
            self.append_word(NOPS[len as usize], len);
            left -= len;
        }
    }

    /// Pads with `int3` up to a multiple of `alignment` (a power of two): running into the gap faults.
    pub fn align_with_traps(&mut self, alignment: usize) {
        debug_assert!(alignment.is_power_of_two());
        let at = self.len();
        let end = at.next_multiple_of(alignment);
        self.reach(end);
        self.buffer[at..end].fill(TRAP);
        self.len = end as u32;
    }
}
