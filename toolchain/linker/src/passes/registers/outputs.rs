// SPDX-License-Identifier: Apache-2.0
//! Takes values to the registers that the rest of the program wants them in: moves that depend on one another, in an order in
//! which none overwrites what another one needs, and loads behind them.

use super::{allocate::Allocator, graph::Value};
use crate::{
    ir::{Inst, Reg},
    locations::Loc,
};

impl Allocator<'_> {
    /// Brings all values to where they must be at the end.
    pub(super) fn outputs(&mut self) -> Option<()> {
        let loc = self.out.last().map_or(Loc::NONE, |node| node.loc);
        let outputs = &self.graph.outputs;
        let mut pending: Vec<(Reg, Value)> = Vec::new();
        // Return addresses come from the stack at once, so that returns are known for what they are.
        for &(reg, value) in outputs.iter().filter(|(reg, _)| *reg == Reg::RA) {
            if let Some(other) = self.register[value as usize].filter(|other| *other != reg) {
                if self.place_of(value).is_some() {
                    self.free(other);
                }
            }
        }
        for &(reg, value) in outputs {
            if self.holds[reg.index()] != value {
                pending.push((reg, value));
            }
        }
        // Moves between registers first.
        loop {
            let is_source = |reg: Reg, pending: &[(Reg, Value)], this: &Self| {
                pending.iter().any(|(_, value)| this.register[*value as usize] == Some(reg))
            };
            let movable = pending.iter().position(|(reg, value)| {
                self.register[*value as usize].is_some() && !is_source(*reg, &pending, self)
            });
            if let Some(index) = movable {
                let (reg, value) = pending.swap_remove(index);
                let s = self.register[value as usize]?;
                self.emit_more(Inst::Move { d: reg, s }, loc);
                // It stays known under the register that it came from, and the new one counts as taken.
                self.free(reg);
                self.hold(reg, value);
                continue;
            }
            // A circle, if anything is left in registers.
            let Some((_, value)) = pending.iter().find(|(_, value)| self.register[*value as usize].is_some())
            else {
                break;
            };
            let value = *value;
            let s = self.register[value as usize]?;
            let is_target = |reg: Reg| outputs.iter().any(|(target, _)| *target == reg);
            let free = Reg::REAL.into_iter().find(|reg| {
                !self.pinned.contains(*reg) && !is_target(*reg) && !is_source(*reg, &pending, self)
            });
            match free {
                Some(free) => {
                    self.emit_more(Inst::Move { d: free, s }, loc);
                    self.free(free);
                    self.free(s);
                    self.put(free, value);
                }
                None => {
                    self.save(value, s, loc)?;
                    self.free(s);
                    self.register[value as usize] = None;
                }
            }
        }
        for (reg, value) in pending {
            self.load(value, reg, loc)?;
        }
        Some(())
    }
}
