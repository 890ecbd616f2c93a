// SPDX-License-Identifier: Apache-2.0
//! Instructions without control flow, one by one. What the virtual machine does not have becomes several.

use super::blocks::operand;
use crate::{
    elf::Xlen,
    error::{LinkError, Result},
    ir::{
        normal::{normalize, Normal},
        Address, Bin, Const, Inst, Node, Operand, Reg, W,
    },
    locations::Loc,
    riscv::{Access, Atomic, BitOp, Rv, X},
};

const T0: Reg = Reg::TEMPORARIES[0];
const T1: Reg = Reg::TEMPORARIES[1];
const T2: Reg = Reg::TEMPORARIES[2];
const T3: Reg = Reg::TEMPORARIES[3];

/// Makes the instructions of one block.
pub(super) struct Lower {
    xlen: Xlen,
    insts: Vec<Node>,
    loc: Loc,
}

impl Lower {
    pub(super) fn new(xlen: Xlen) -> Self {
        Self { xlen, insts: Vec::new(), loc: Loc::NONE }
    }

    /// Says where the following instructions come from.
    pub(super) fn set_loc(&mut self, loc: Loc) {
        self.loc = loc;
    }

    pub(super) fn loc(&self) -> Loc {
        self.loc
    }

    pub(super) fn finish(self) -> Vec<Node> {
        self.insts
    }

    /// A register as an operand.
    pub(super) fn reg(&self, x: X) -> Result<Operand> {
        operand(x)
    }

    /// A register as a destination; `None` for the zero register.
    pub(super) fn destination(&self, x: X) -> Result<Option<Reg>> {
        Ok(operand(x)?.reg())
    }

    fn push(&mut self, inst: Inst) {
        self.insts.push(Node { inst, loc: self.loc });
    }

    pub(super) fn load_const(&mut self, d: Reg, value: Const) {
        self.push(Inst::Const { d, value });
    }

    fn copy(&mut self, d: Reg, s: Operand) {
        match s {
            Operand::Reg(s) if s == d => {}
            Operand::Reg(s) => self.push(Inst::Move { d, s }),
            Operand::Const(value) => self.load_const(d, value),
        }
    }

    fn bin(&mut self, op: Bin, d: Reg, a: Operand, b: Operand) {
        let inst = Inst::Bin { op, d, a, b };
        match normalize(&inst, self.xlen) {
            Normal::Same => self.push(inst),
            Normal::Inst(inst) => self.push(inst),
            Normal::Nothing => {}
            Normal::Impossible => {
                // There is no instruction with the constant: it goes into a register that nobody else uses here.
                let mut to_reg = |operand| match operand {
                    Operand::Const(value) => {
                        self.load_const(T3, value);
                        Operand::Reg(T3)
                    }
                    reg => reg,
                };
                let (a, b) = (to_reg(a), to_reg(b));
                self.push(Inst::Bin { op, d, a, b });
            }
        }
    }

    fn int(&mut self, op: Bin, d: Reg, a: Reg, b: i64) {
        self.bin(op, d, Operand::Reg(a), Operand::int(b));
    }

    /// `rd = rs1 + value`.
    pub(super) fn add(&mut self, rd: X, rs1: X, value: Const) -> Result<()> {
        let a = operand(rs1)?;
        if let Some(d) = self.destination(rd)? {
            let op = Bin::Add(W::native(self.xlen));
            match a {
                // The low part alone is a small number.
                Operand::Const(_) => self.load_const(d, value),
                Operand::Reg(_) => self.bin(op, d, a, Operand::Const(value)),
            }
        }
        Ok(())
    }

    pub(super) fn load(&mut self, access: Access, rd: X, rs1: X, offset: Const) -> Result<()> {
        let base = operand(rs1)?.reg();
        if let Some(d) = self.destination(rd)? {
            self.push(Inst::Load { access, d, address: Address { base, offset } });
        }
        Ok(())
    }

    pub(super) fn store(&mut self, access: Access, rs2: X, rs1: X, offset: Const) -> Result<()> {
        let base = operand(rs1)?.reg();
        let (s, address) = (operand(rs2)?, Address { base, offset });
        self.push(Inst::Store { access, s, address, for_others: false });
        Ok(())
    }

    pub(super) fn host_call(&mut self, import: u32, inputs: u8) {
        self.push(Inst::HostCall { import, inputs });
    }

    /// An instruction that goes on to the next one.
    pub(super) fn instruction(&mut self, inst: Rv) -> Result<()> {
        let native = W::native(self.xlen);
        match inst {
            Rv::Lui { rd, imm } => {
                if let Some(d) = self.destination(rd)? {
                    self.load_const(d, Const::Int(i64::from(imm)));
                }
            }
            Rv::Load { access, rd, rs1, offset } => {
                self.load(access, rd, rs1, Const::Int(i64::from(offset)))?
            }
            Rv::Store { access, rs2, rs1, offset } => {
                self.store(access, rs2, rs1, Const::Int(i64::from(offset)))?
            }
            Rv::OpImm { op, rd, rs1, imm } => {
                let a = operand(rs1)?;
                if let Some(d) = self.destination(rd)? {
                    self.bin(op, d, a, Operand::int(i64::from(imm)));
                }
            }
            Rv::Op { op, rd, rs1, rs2 } => {
                let (a, b) = (operand(rs1)?, operand(rs2)?);
                if let Some(d) = self.destination(rd)? {
                    self.bin(op, d, a, b);
                }
            }
            Rv::Un { op, rd, rs1 } => {
                let s = operand(rs1)?;
                if let Some(d) = self.destination(rd)? {
                    match s {
                        Operand::Reg(s) => self.push(Inst::Un { op, d, s }),
                        Operand::Const(_) => {
                            self.load_const(d, Const::Int(crate::ir::eval::un(op, 0, self.xlen)))
                        }
                    }
                }
            }
            Rv::ShiftAdd { shift, word, rd, rs1, rs2 } => self.shift_add(shift, word, rd, rs1, rs2)?,
            Rv::ShiftWord { shift, rd, rs1 } => {
                let a = operand(rs1)?;
                if let Some(d) = self.destination(rd)? {
                    self.bin(Bin::Shl(native), d, a, Operand::int(32));
                    let right = 32 - i64::from(shift);
                    let op = if right >= 0 { Bin::Shr(native) } else { Bin::Shl(native) };
                    self.int(op, d, d, right.abs());
                }
            }
            Rv::Bit { op, rd, rs1, rs2 } => self.bit(op, rd, rs1, operand(rs2)?)?,
            Rv::BitAt { op, rd, rs1, at } => self.bit(op, rd, rs1, Operand::int(at.into()))?,
            Rv::OrCombine { rd, rs1 } => self.or_combine(rd, rs1)?,
            Rv::LoadReserved { access, rd, rs1 } => {
                self.atomic_address(rs1)?;
                self.load(access, rd, rs1, Const::Int(0))?;
            }
            Rv::StoreConditional { access, rd, rs1, rs2 } => {
                self.atomic_address(rs1)?;
                self.store(store_of(access), rs2, rs1, Const::Int(0))?;
                // There is one thread, so it always succeeds.
                if let Some(d) = self.destination(rd)? {
                    self.load_const(d, Const::Int(0));
                }
            }
            Rv::Atomic { op, access, rd, rs1, rs2 } => self.atomic(op, access, rd, rs1, rs2)?,
            Rv::Cmov { if_zero, rd, rs, rc } => {
                let (s, c) = (operand(rs)?, operand(rc)?);
                match (self.destination(rd)?, c) {
                    (Some(d), Operand::Reg(c)) if s != Operand::Reg(d) => {
                        self.push(Inst::Cmov { if_zero, d, s, c })
                    }
                    (Some(d), Operand::Const(_)) if if_zero => self.copy(d, s),
                    _ => {}
                }
            }
            Rv::Zero { if_zero, rd, rs, rc } => {
                let (s, c) = (operand(rs)?, operand(rc)?);
                if let Some(d) = self.destination(rd)? {
                    self.choose(d, s, Operand::int(0), c, if_zero);
                }
            }
            Rv::Select { rd, rc, rt, rf } => {
                let (c, yes, no) = (operand(rc)?, operand(rt)?, operand(rf)?);
                if let Some(d) = self.destination(rd)? {
                    self.choose(d, no, yes, c, false);
                }
            }
            Rv::Fence => {}
            Rv::Sbrk { rd, rs1 } => match (self.destination(rd)?, operand(rs1)?) {
                (Some(d), Operand::Reg(s)) => self.push(Inst::Sbrk { d, s }),
                _ => {
                    return Err(LinkError::new("`sbrk` with the zero register")
                        .hint("use registers for the size and the result"))
                }
            },
            Rv::Memset => self.push(Inst::Memset),
            Rv::HeapBase { rd } => {
                if let Some(d) = self.destination(rd)? {
                    self.load_const(d, Const::HeapBase);
                }
            }
            // The scanner has turned these into something else.
            Rv::Auipc { .. }
            | Rv::Jal { .. }
            | Rv::Jalr { .. }
            | Rv::Branch { .. }
            | Rv::Trap
            | Rv::HostCall => {
                return Err(LinkError::new(format!(
                    "the linker has lost track of {inst:?}; this is a mistake of the linker"
                )));
            }
        }
        Ok(())
    }

    /// `d = first`, but `second` if `(c == 0) == if_zero`.
    fn choose(&mut self, d: Reg, first: Operand, second: Operand, c: Operand, if_zero: bool) {
        let c = match c {
            Operand::Reg(c) => c,
            Operand::Const(_) => return self.copy(d, if if_zero { second } else { first }),
        };
        // The condition and the second choice must outlive the first move.
        let to = if c == d || second == Operand::Reg(d) { T0 } else { d };
        self.copy(to, first);
        if second != Operand::Reg(to) {
            self.push(Inst::Cmov { if_zero, d: to, s: second, c });
        }
        self.copy(d, Operand::Reg(to));
    }

    fn shift_add(&mut self, shift: u8, word: bool, rd: X, rs1: X, rs2: X) -> Result<()> {
        let native = W::native(self.xlen);
        let (mut a, b) = (operand(rs1)?, operand(rs2)?);
        let Some(d) = self.destination(rd)? else { return Ok(()) };
        let shift = i64::from(shift);
        if word {
            self.bin(Bin::Shl(native), T0, a, Operand::int(32));
            self.int(Bin::Shr(native), T0, T0, 32 - shift);
            a = Operand::Reg(T0);
        } else if shift != 0 {
            self.bin(Bin::Shl(native), T0, a, Operand::int(shift));
            a = Operand::Reg(T0);
        }
        self.bin(Bin::Add(native), d, a, b);
        Ok(())
    }

    /// Changes the bit `at`, modulo the bits of a register, or extracts it.
    fn bit(&mut self, op: BitOp, rd: X, rs1: X, at: Operand) -> Result<()> {
        let native = W::native(self.xlen);
        let a = operand(rs1)?;
        let Some(d) = self.destination(rd)? else { return Ok(()) };
        if op == BitOp::Extract {
            self.bin(Bin::Shr(native), d, a, at);
            self.int(Bin::And, d, d, 1);
            return Ok(());
        }
        let mask = match at {
            Operand::Const(Const::Int(at)) => {
                Operand::int(crate::ir::eval::bin(Bin::Shl(native), 1, at, self.xlen))
            }
            at => {
                self.bin(Bin::Shl(native), T0, Operand::int(1), at);
                Operand::Reg(T0)
            }
        };
        let op = match op {
            BitOp::Set => Bin::Or,
            BitOp::Clear => Bin::AndNot,
            BitOp::Invert | BitOp::Extract => Bin::Xor,
        };
        self.bin(op, d, a, mask);
        Ok(())
    }

    /// Adding 127 to the low seven bits of a byte sets its highest bit unless they are all 0. With the byte's own highest
    /// bit, that says which bytes are not 0; a multiplication by 255 fills them.
    fn or_combine(&mut self, rd: X, rs1: X) -> Result<()> {
        let native = W::native(self.xlen);
        let s = match operand(rs1)? {
            Operand::Reg(s) => s,
            Operand::Const(_) => {
                if let Some(d) = self.destination(rd)? {
                    self.load_const(d, Const::Int(0));
                }
                return Ok(());
            }
        };
        let Some(d) = self.destination(rd)? else { return Ok(()) };
        let bytes = |byte: u8| crate::ir::eval::canonical(i64::from_le_bytes([byte; 8]), self.xlen);
        let (low, high) = (bytes(0x7f), bytes(0x80));
        let reg = Operand::Reg;
        self.load_const(T0, Const::Int(low));
        self.bin(Bin::And, T1, reg(s), reg(T0));
        self.bin(Bin::Add(native), T1, reg(T1), reg(T0));
        self.bin(Bin::Or, T1, reg(T1), reg(s));
        self.load_const(T0, Const::Int(high));
        self.bin(Bin::And, T1, reg(T1), reg(T0));
        self.int(Bin::Shr(native), T1, T1, 7);
        self.int(Bin::Mul(native), d, T1, 255);
        Ok(())
    }

    fn atomic_address(&self, rs1: X) -> Result<()> {
        match rs1 {
            0 => Err(LinkError::new("an atomic instruction accesses the fixed address 0")
                .hint("use `unimp` to trap")),
            _ => Ok(()),
        }
    }

    /// There is one thread: a load, an operation and a store are atomic.
    fn atomic(&mut self, op: Atomic, access: Access, rd: X, rs1: X, rs2: X) -> Result<()> {
        self.atomic_address(rs1)?;
        let (base, mut operand_value) = (operand(rs1)?, operand(rs2)?);
        let address = Address { base: base.reg(), offset: Const::Int(0) };
        let d = self.destination(rd)?;
        self.push(Inst::Load { access, d: T0, address });
        let new = match op {
            Atomic::Swap => operand_value,
            Atomic::Bin(op) => {
                let compares = matches!(op, Bin::MinS | Bin::MinU | Bin::MaxS | Bin::MaxU);
                if compares && access == Access::I32 && self.xlen.is_64() {
                    if let Operand::Reg(reg) = operand_value {
                        // Only the low half of the operand counts; the old value is sign-extended too.
                        self.push(Inst::Bin {
                            op: Bin::Add(W::W32),
                            d: T1,
                            a: Operand::Reg(reg),
                            b: Operand::int(0),
                        });
                        operand_value = Operand::Reg(T1);
                    }
                }
                self.bin(op, T2, Operand::Reg(T0), operand_value);
                Operand::Reg(T2)
            }
        };
        // With the operand 0 the new value is often the old one, and the normal form a move or a constant.
        self.push(Inst::Store { access: store_of(access), s: new, address, for_others: false });
        if let Some(d) = d {
            self.copy(d, Operand::Reg(T0));
        }
        Ok(())
    }
}

fn store_of(access: Access) -> Access {
    match access {
        Access::I8 => Access::U8,
        Access::I16 => Access::U16,
        Access::I32 => Access::U32,
        other => other,
    }
}
