// SPDX-License-Identifier: Apache-2.0
//! The text of programs, for tests of passes and for people who debug one.

use super::{Address, Const, Inst, Operand, Program, Terminator};
use std::fmt;

impl fmt::Display for Const {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => write!(f, "{value}"),
            Self::Data(section, offset) => write!(f, "&data{}{offset:+}", section.0),
            Self::DataHigh(section, offset) => write!(f, "%hi(data{}{offset:+})", section.0),
            Self::DataLow(section, offset) => write!(f, "%lo(data{}{offset:+})", section.0),
            Self::Code(block) => write!(f, "&@{}", block.0),
            Self::HeapBase => f.write_str("heap_base"),
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reg(reg) => write!(f, "{reg}"),
            Self::Const(value) => write!(f, "{value}"),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.base {
            Some(base) => write!(f, "[{base} + {}]", self.offset),
            None => write!(f, "[{}]", self.offset),
        }
    }
}

impl fmt::Display for Inst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load { access, d, address } => write!(f, "{d} = {access:?} {address}"),
            Self::Store { access, s, address, for_others } => {
                write!(f, "{access:?} {address} = {s}{}", if *for_others { " for others" } else { "" })
            }
            Self::Const { d, value } => write!(f, "{d} = {value}"),
            Self::Move { d, s } => write!(f, "{d} = {s}"),
            Self::Bin { op, d, a, b } => write!(f, "{d} = {op:?} {a}, {b}"),
            Self::Un { op, d, s } => write!(f, "{d} = {op:?} {s}"),
            Self::Cmov { if_zero, d, s, c } => {
                write!(f, "{d} = {s} if {c} {} 0", if *if_zero { "==" } else { "!=" })
            }
            Self::HostCall { import, .. } => write!(f, "host call {import}"),
            Self::Sbrk { d, s } => write!(f, "{d} = sbrk {s}"),
            Self::Memset => f.write_str("memset"),
        }
    }
}

impl fmt::Display for Terminator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trap => f.write_str("trap"),
            Self::Jump(to) => write!(f, "jump @{}", to.0),
            Self::Branch { cond, a, b, yes, no } => {
                write!(f, "jump @{} if {a} {cond:?} {b} else @{}", yes.0, no.0)
            }
            Self::JumpIndirect { base } => write!(f, "jump [{base}]"),
            Self::Call { link, to, back } => write!(f, "{link} = &@{}, jump @{}", back.0, to.0),
            Self::CallIndirect { link, base, back } => write!(f, "{link} = &@{}, jump [{base}]", back.0),
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for id in &self.order {
            for export in self.exports.iter().filter(|export| export.block == *id) {
                writeln!(f, "export {}", String::from_utf8_lossy(&export.name))?;
            }
            let block = self.block(*id);
            writeln!(f, "@{}:{}", id.0, if block.unlikely { " unlikely" } else { "" })?;
            for node in &block.insts {
                writeln!(f, "    {}", node.inst)?;
            }
            writeln!(f, "    {}", block.end)?;
        }
        Ok(())
    }
}
