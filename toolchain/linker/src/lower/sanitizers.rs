// SPDX-License-Identifier: Apache-2.0
//! Checks of indirect calls that compilers add on request, and that fail in a blob whatever is called: they take code for memory.
//!
//! Two of them read what stands in front of the function, which says what type it has:
//! ```text
//! lw   t1, -4(a2)        # -fsanitize=kcfi          lw   a0, -8(a2)        # -fsanitize=function
//! lui  t2, TYPE                                     lui  a1, 0xc105d
//! addi t2, t2, TYPE                                 addi a1, a1, -0x502    # there is a type, if the word is this one
//! beq  t1, t2, 1f                                   bne  a0, a1, 1f
//! ebreak                                            …
//! 1: jalr a2                                        1: jalr a2
//! ```
//! The third, `-fsanitize=cfi-icall`, calculates which entry of a table of jumps an address is.

use super::scan::{Code, Item, ItemKind};
use crate::{
    elf::{rel, Class, Elf, Location, Relocation, Section, Symbol},
    error::LinkError,
    hash::FastMap,
    ir::Bin,
    riscv::{Access, BranchKind, Rv},
};
use std::{cell::LazyCell, collections::BTreeSet};

/// What stands in front of functions with a type, for `-fsanitize=function`.
const SIGNATURE: u32 = 0xc105_cafe;

/// The part of it that `lui` loads.
const SIGNATURE_HIGH: i32 = (SIGNATURE.wrapping_add(0x800) & 0xffff_f000) as i32;

/// Bytes of an entry of the tables of `-fsanitize=cfi-icall`.
const ENTRY: u64 = 8;

/// Marks the checks, which are refused where an export reaches them.
pub(super) fn refuse(elf: &Elf<'_>, code: &mut [Code]) {
    let has_signatures = LazyCell::new(|| has_signatures(elf));
    let tables = tables(elf);
    for code in code {
        let section = elf.section(code.section);
        let refuse = |item: &mut Item, option: &str, what: &str, hint: &str| {
            let what = format!("the code checks with {option} which function it calls, and {what}");
            item.kind = ItemKind::Bad(LinkError::new(what).at(&section.name, item.offset).hint(hint));
        };
        for index in 0..code.items.len() {
            if is_of_kcfi(&code.items[index..]) {
                refuse(
                    &mut code.items[index],
                    "-fsanitize=kcfi",
                    READS_CODE,
                    "compile without -fsanitize=kcfi",
                );
            } else if is_of_signature(&code.items[index]) && *has_signatures {
                let hint = "compile without -fsanitize=function: with -fno-sanitize=function behind -fsanitize=undefined";
                refuse(&mut code.items[index], "-fsanitize=function", READS_CODE, hint);
            }
        }
        let is_check =
            |relocation: &&Relocation| is_address(relocation) && tables.contains(&relocation.symbol);
        for relocation in section.relocations.iter().filter(|_| !tables.is_empty()).filter(is_check) {
            let Ok(index) = code.items.binary_search_by_key(&relocation.offset, |item| item.offset) else {
                continue;
            };
            let what = "calculates with code addresses, which is not possible";
            let hint =
                "compile without -fsanitize=cfi-icall: with -fno-sanitize=cfi-icall behind -fsanitize=cfi";
            refuse(&mut code.items[index], "-fsanitize=cfi-icall", what, hint);
        }
    }
}

const READS_CODE: &str = "reads what stands in front of the function, but code is nowhere in memory";

/// Whether these instructions begin with the reading of a type. The compiler writes all of them in one piece.
fn is_of_kcfi(items: &[Item]) -> bool {
    let ItemKind::Plain(Rv::Load { access: Access::I32, rd: found, rs1: callee, offset: ..0 }) =
        items[0].kind
    else {
        return false;
    };
    let Some(ItemKind::Plain(Rv::Lui { rd: wanted, .. })) = items.get(1).map(|item| &item.kind) else {
        return false;
    };
    let is_addition = |item: &&Item| matches!(item.kind, ItemKind::Plain(Rv::OpImm { op: Bin::Add(_), rd, rs1, .. }) if rd == *wanted && rs1 == *wanted);
    let rest = if items.get(2).filter(is_addition).is_some() { 3 } else { 2 };
    let Some([branch, trap, call, ..]) = items.get(rest..) else { return false };
    let is_branch = matches!(branch.kind, ItemKind::Branch { kind: BranchKind::Eq, rs1, rs2, target }
        if [rs1, rs2] == [found, *wanted] && target.offset as u64 == call.offset);
    let is_call = matches!(call.kind, ItemKind::Plain(Rv::Jalr { rs1, .. }) if rs1 == callee);
    is_branch && matches!(trap.kind, ItemKind::Plain(Rv::Trap)) && is_call
}

fn is_of_signature(item: &Item) -> bool {
    matches!(item.kind, ItemKind::Plain(Rv::Lui { imm: SIGNATURE_HIGH, .. }))
}

/// Whether functions may have types in front of them.
fn has_signatures(elf: &Elf<'_>) -> bool {
    let bytes = SIGNATURE.to_le_bytes();
    let has_some = |section: &Section<'_>| {
        section.class == Class::Code && section.data.windows(bytes.len()).any(|window| window == bytes)
    };
    elf.sections.iter().any(has_some)
}

/// The symbols by which checks refer to tables of several jumps.
fn tables(elf: &Elf<'_>) -> BTreeSet<usize> {
    let named = elf.symbols.iter().enumerate().filter(|(_, symbol)| {
        let name = symbol.name.strip_prefix(".L").unwrap_or(&symbol.name);
        name.starts_with(".cfi.jumptable") || name.starts_with("__typeid_") && name.ends_with("_global_addr")
    });
    // Functions of the table's place and size stand for its first entry.
    let sizes = LazyCell::new(|| {
        let mut sizes: FastMap<Location, u64> = FastMap::default();
        for (place, size) in
            elf.symbols.iter().filter_map(|symbol| Some((symbol.location.ok()?, symbol.size)))
        {
            let known = sizes.entry(place).or_default();
            *known = size.max(*known);
        }
        sizes
    });
    let is_table = |(_, symbol): &(usize, &Symbol<'_>)| {
        symbol.location.is_ok_and(|place| {
            elf.section(place.section).class == Class::Code && sizes.get(&place) != Some(&ENTRY)
        })
    };
    named.filter(is_table).map(|(index, _)| index).collect()
}

/// Whether an instruction loads an address, or its upper part, by this relocation.
fn is_address(relocation: &Relocation) -> bool {
    matches!(relocation.kind, rel::HI20 | rel::PCREL_HI20 | rel::GOT_HI20) && relocation.addend == 0
}
