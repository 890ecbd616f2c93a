// SPDX-License-Identifier: Apache-2.0
//! Reads the text of programs, for tests of passes only.

use super::{
    data::DataKind, Address, Bin, Block, BlockId, Cond, Const, DataId, DataSection, Export, Import, Inst,
    Node, Operand, Program, Reg, Terminator, Un, W,
};
use crate::{elf::Xlen, locations::Loc, riscv::Access};

/// Reads a program of 64 bits. Two sections of data exist: 0 is read-only and counts up from 0, 1 starts as zero.
pub(crate) fn parse(text: &str) -> Program {
    let section = |kind, bytes: Vec<u8>| DataSection {
        name: "data".into(),
        kind,
        align: 8,
        size: 64,
        bytes,
        fixups: Vec::new(),
        kept: true,
    };
    let mut program = Program {
        xlen: Xlen::X64,
        blocks: Vec::new(),
        order: Vec::new(),
        data: vec![section(DataKind::ReadOnly, (0..64).collect()), section(DataKind::Zero, Vec::new())],
        exports: Vec::new(),
        imports: vec![Import { name: b"host".to_vec(), index: None, inputs: 1, outputs: 1 }],
        stack_size: 4096,
    };
    let empty = Block { insts: Vec::new(), end: Terminator::Trap, end_loc: Loc::NONE, unlikely: false };
    let mut exports = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_prefix("export ") {
            exports.push(name);
        } else if let Some(number) = line.strip_prefix('@').and_then(|rest| rest.strip_suffix(':')) {
            let id = BlockId(number.parse().expect("the number of a block"));
            program.blocks.resize(program.blocks.len().max(id.index() + 1), empty.clone());
            program.order.push(id);
            program.exports.extend(exports.drain(..).map(|name| Export { name: name.into(), block: id }));
        } else {
            let id = *program.order.last().expect("a block");
            match terminator(line) {
                Some(end) => program.block_mut(id).end = end,
                None => program.block_mut(id).insts.push(Node { inst: inst(line), loc: Loc::NONE }),
            }
        }
    }
    program
}

fn reg(text: &str) -> Option<Reg> {
    (0..32).filter_map(Reg::from_riscv).chain(Reg::TEMPORARIES).find(|reg| reg.to_string() == text)
}

fn block(text: &str) -> BlockId {
    BlockId(text.trim_start_matches('@').parse().expect("the number of a block"))
}

fn constant(text: &str) -> Const {
    if let Some(id) = text.strip_prefix("&@") {
        return Const::Code(block(id));
    }
    if let Some(place) = text.strip_prefix("&data") {
        let (id, offset) = place.split_at(place.find(['+', '-']).expect("an offset"));
        return Const::Data(DataId(id.parse().expect("a section")), offset.parse().expect("an offset"));
    }
    Const::Int(text.parse().unwrap_or_else(|_| panic!("{text} is no constant")))
}

fn operand(text: &str) -> Operand {
    reg(text).map_or_else(|| Operand::Const(constant(text)), Operand::Reg)
}

fn address(text: &str) -> Address {
    let inner = text.trim_start_matches('[').trim_end_matches(']');
    match inner.split_once(" + ") {
        Some((base, offset)) => Address { base: reg(base), offset: constant(offset) },
        None => Address { base: None, offset: constant(inner) },
    }
}

fn terminator(line: &str) -> Option<Terminator> {
    if line == "trap" {
        return Some(Terminator::Trap);
    }
    if let Some((link, jump)) = line.split_once(", jump ") {
        let (link, back) = link.split_once(" = &")?;
        let (link, back) = (reg(link)?, block(back));
        return Some(match jump.strip_prefix('[') {
            Some(base) => Terminator::CallIndirect { link, base: reg(base.trim_end_matches(']'))?, back },
            None => Terminator::Call { link, to: block(jump), back },
        });
    }
    let jump = line.strip_prefix("jump ")?;
    if let Some(base) = jump.strip_prefix('[') {
        return Some(Terminator::JumpIndirect { base: reg(base.trim_end_matches(']'))? });
    }
    let Some((yes, rest)) = jump.split_once(" if ") else { return Some(Terminator::Jump(block(jump))) };
    let (condition, no) = rest.split_once(" else ")?;
    let parts: Vec<&str> = condition.split(' ').collect();
    let [a, cond, b] = parts.as_slice() else { return None };
    let all = [
        Cond::Eq,
        Cond::Ne,
        Cond::LtU,
        Cond::GeU,
        Cond::LtS,
        Cond::GeS,
        Cond::LeU,
        Cond::GtU,
        Cond::LeS,
        Cond::GtS,
    ];
    let cond = all.into_iter().find(|known| format!("{known:?}") == *cond)?;
    Some(Terminator::Branch { cond, a: reg(a)?, b: operand(b), yes: block(yes), no: block(no) })
}

fn inst(line: &str) -> Inst {
    if line.starts_with("host call") {
        return Inst::HostCall { import: 0, inputs: 1 };
    }
    if line == "memset" {
        return Inst::Memset;
    }
    let accesses = [Access::U8, Access::I8, Access::U16, Access::I16, Access::U32, Access::I32, Access::U64];
    let access = |text: &str| accesses.into_iter().find(|access| format!("{access:?}") == text);
    let (left, right) = line.split_once(" = ").unwrap_or_else(|| panic!("{line} is no instruction"));
    if let Some((name, place)) = left.split_once(' ') {
        let value = right.strip_suffix(" for others");
        return Inst::Store {
            access: access(name).expect("an access"),
            s: operand(value.unwrap_or(right)),
            address: address(place),
            for_others: value.is_some(),
        };
    }
    let d = reg(left).unwrap_or_else(|| panic!("{left} is no register"));
    if let Some((name, rest)) = right.split_once(' ') {
        if let Some(access) = access(name) {
            return Inst::Load { access, d, address: address(rest) };
        }
        if let Some(condition) = rest.strip_prefix("if ") {
            let (c, test) = condition.split_once(' ').expect("a condition");
            return Inst::Cmov {
                if_zero: test == "== 0",
                d,
                s: operand(name),
                c: reg(c).expect("a register"),
            };
        }
        let widths = [W::W32, W::W64];
        let with_width: [fn(W) -> Bin; 8] =
            [Bin::Add, Bin::Sub, Bin::Mul, Bin::DivU, Bin::Shl, Bin::Shr, Bin::Sar, Bin::Rotr];
        let bins = with_width.into_iter().flat_map(|op| widths.map(op)).chain([
            Bin::And,
            Bin::Or,
            Bin::Xor,
            Bin::MulHighUU,
            Bin::SltU,
            Bin::AndNot,
            Bin::MinS,
            Bin::MaxU,
        ]);
        if let (Some(op), Some((a, b))) =
            (bins.into_iter().find(|op| format!("{op:?}") == name), rest.split_once(", "))
        {
            return Inst::Bin { op, d, a: operand(a), b: operand(b) };
        }
        let op = [Un::Sext8, Un::Sext16, Un::Zext16]
            .into_iter()
            .find(|op| format!("{op:?}") == name)
            .expect("an operation");
        return Inst::Un { op, d, s: reg(rest).expect("a register") };
    }
    match operand(right) {
        Operand::Reg(s) => Inst::Move { d, s },
        Operand::Const(value) => Inst::Const { d, value },
    }
}
