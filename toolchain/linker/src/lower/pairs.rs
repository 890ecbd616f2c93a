// SPDX-License-Identifier: Apache-2.0
//! `auipc` without a relocation: assemblers leave none where the target is in the same section and no code will move.
//!
//! It loads the high part of an address, and which address that is say the instructions that add the low part:
//! ```text
//! auipc a0, 0
//! mv    a4, a3
//! addi  a3, a0, -602
//! ```
//! Compilers put other instructions between them, or jumps. So all ways from the `auipc` are followed; whatever reads
//! its register must add the same low part, and adds nothing from then on, as the register gets the whole address.

use super::scan::{Item, ItemKind};
use crate::{
    elf::{Location, SectionIndex},
    ir::Bin,
    riscv::{Rv, Writes, X},
};
use std::collections::BTreeSet;

/// Instructions that are looked at for one address.
const ITEMS_MAX: usize = 4096;

/// Instructions that are looked at for all addresses of a section: so many for each that it has, and so many in any case. What
/// compilers write takes a few; without a limit, a small file that jumps around would take minutes.
const STEPS_PER_ITEM: usize = 64;
const STEPS_MIN: usize = 1 << 20;

/// How many instructions may be looked at in a section that has so many.
pub(super) fn steps(items: usize) -> usize {
    items.saturating_mul(STEPS_PER_ITEM).max(STEPS_MIN)
}

/// Return addresses are here: a jump to one leaves the function.
const RA: X = 1;

/// What calls leave as it was.
const SAVED: [X; 2] = [8, 9];

/// An `auipc` without a relocation.
pub(super) struct Half {
    pub(super) section: SectionIndex,
    /// Its number among the instructions of the section.
    pub(super) item: usize,
    pub(super) rd: X,
    /// The byte of the section that it points to, which may be outside.
    pub(super) offset: i64,
}

/// A whole address.
pub(super) struct Pair {
    /// Numbers of the instructions that add the low part, in order.
    pub(super) partners: BTreeSet<usize>,
    /// The byte of the section.
    pub(super) target: i64,
}

impl Half {
    /// Finds what adds the low part; `None` if it is not known what the register is for. `add` is how addresses are added, `steps`
    /// how many instructions may still be looked at.
    pub(super) fn partners(&self, items: &[Item], add: Bin, steps: &mut usize) -> Option<Pair> {
        let mut partners = BTreeSet::new();
        let mut low = None;
        // Numbers of instructions, and whether a partner is in front of them.
        let mut seen: BTreeSet<(usize, bool)> = BTreeSet::new();
        let mut next = vec![(self.item + 1, false)];
        while let Some((index, mut is_added)) = next.pop() {
            let Some(item) = items.get(index) else { continue };
            if !seen.insert((index, is_added)) {
                continue;
            }
            *steps = steps.checked_sub(1)?;
            if seen.len() > ITEMS_MAX {
                return None;
            }
            if item.reads(self.rd) {
                let added = item.adds(add).filter(|_| index == self.item + 1 || !item.is_copy())?;
                if *low.get_or_insert(added) != added {
                    return None;
                }
                partners.insert(index);
                is_added = true;
            }
            match item.kind {
                _ if item.writes(self.rd) => continue,
                ItemKind::Plain(Rv::Jalr { rd: 0, rs1, .. }) if is_added || rs1 == RA => continue,
                // It may lead anywhere, to what adds the low part too.
                ItemKind::Plain(Rv::Jalr { rd: 0, .. }) => return None,
                ItemKind::Plain(Rv::Jalr { .. }) | ItemKind::Call { .. } | ItemKind::HostCall { .. }
                    if is_added && !SAVED.contains(&self.rd) =>
                {
                    continue;
                }
                ItemKind::Plain(Rv::Trap) | ItemKind::Bad(_) => continue,
                // Other sections have no part of it.
                ItemKind::Jump { target } if target.section != self.section => continue,
                ItemKind::Jump { target } => {
                    next.extend(item_at(items, target.offset).map(|to| (to, is_added)))
                }
                ItemKind::Branch { target, .. } if target.section == self.section => {
                    next.extend(item_at(items, target.offset).map(|to| (to, is_added)));
                    next.push((index + 1, is_added));
                }
                _ => next.push((index + 1, is_added)),
            }
        }
        let target = self.offset.wrapping_add(i64::from(low?));
        Some(Pair { partners, target })
    }
}

/// The number of the instruction at a byte of the section.
fn item_at(items: &[Item], offset: i64) -> Option<usize> {
    let offset = u64::try_from(offset).ok()?;
    items.binary_search_by_key(&offset, |item| item.offset).ok()
}

impl Item {
    /// What it adds to an address, if that is all it does with what it reads.
    fn adds(&self, add: Bin) -> Option<i32> {
        match self.kind {
            ItemKind::Plain(Rv::OpImm { op, imm, .. }) if op == add => Some(imm),
            ItemKind::Plain(Rv::Load { offset, .. } | Rv::Jalr { offset, .. }) => Some(offset),
            _ => None,
        }
    }

    /// Whether it puts the same value into another register, which somebody may add the low part to.
    fn is_copy(&self) -> bool {
        matches!(self.kind, ItemKind::Plain(Rv::OpImm { rd, rs1, imm: 0, .. }) if rd != rs1)
    }

    fn reads(&self, register: X) -> bool {
        match &self.kind {
            ItemKind::Plain(inst) => inst.reads(register),
            ItemKind::AddLow { rs1, .. } | ItemKind::LoadLow { rs1, .. } => *rs1 == register,
            ItemKind::StoreLow { rs1, rs2, .. } | ItemKind::Branch { rs1, rs2, .. } => {
                [rs1, rs2].contains(&&register)
            }
            ItemKind::Address { .. }
            | ItemKind::Jump { .. }
            | ItemKind::Call { .. }
            | ItemKind::HostCall { .. }
            | ItemKind::Bad(_) => false,
        }
    }

    fn writes(&self, register: X) -> bool {
        match &self.kind {
            ItemKind::Plain(Rv::Jalr { rd, .. }) => *rd == register,
            ItemKind::Plain(inst) => matches!(inst.writes(), Writes::Register(rd) if rd == register),
            ItemKind::AddLow { rd, .. }
            | ItemKind::LoadLow { rd, .. }
            | ItemKind::Address { rd, .. }
            | ItemKind::Call { rd, .. } => *rd == register,
            ItemKind::StoreLow { .. }
            | ItemKind::Branch { .. }
            | ItemKind::Jump { .. }
            | ItemKind::HostCall { .. }
            | ItemKind::Bad(_) => false,
        }
    }

    /// Adds nothing any more: its base register holds the whole address of the target, which it jumps to or reads.
    pub(super) fn join(&mut self, target: Location) {
        match &mut self.kind {
            ItemKind::Plain(Rv::Jalr { rd: 0, .. }) => self.kind = ItemKind::Jump { target },
            ItemKind::Plain(Rv::Jalr { rd, .. }) => self.kind = ItemKind::Call { rd: *rd, target },
            ItemKind::Plain(Rv::OpImm { imm: low, .. } | Rv::Load { offset: low, .. }) => *low = 0,
            _ => {}
        }
    }

    /// Whether it loads.
    pub(super) fn is_load(&self) -> bool {
        matches!(self.kind, ItemKind::Plain(Rv::Load { .. }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{elf::Location, ir::W};

    #[test]
    fn jumps_to_other_sections_are_not_followed() {
        let add = Bin::Add(W::W64);
        let item = |number: u64, kind| Item { offset: 4 * number, len: 4, kind };
        let elsewhere = Location { section: 2, offset: 0 };
        let items = [
            item(0, ItemKind::Plain(Rv::OpImm { op: add, rd: 10, rs1: 12, imm: 8 })),
            item(1, ItemKind::Plain(Rv::Auipc { rd: 12, imm: 0 })),
            item(2, ItemKind::Plain(Rv::OpImm { op: add, rd: 13, rs1: 12, imm: 20 })),
            item(3, ItemKind::Jump { target: elsewhere }),
        ];
        let half = Half { section: 1, item: 1, rd: 12, offset: 4 };
        let pair = half.partners(&items, add, &mut 3).expect("the low part is known");
        assert_eq!((pair.partners.into_iter().collect::<Vec<_>>(), pair.target), (vec![2], 24));
        // In the same section, what is there adds something else.
        assert!(Half { section: 2, ..half }.partners(&items, add, &mut 3).is_none());
        // Two are looked at.
        assert!(half.partners(&items, add, &mut 1).is_none());
    }
}
