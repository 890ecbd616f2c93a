// SPDX-License-Identifier: Apache-2.0
//! How far above the stack pointer at their entry functions get.

use super::slots::is_harmless;
use crate::{
    analysis::{sp_move, stack_access, Functions},
    ir::{Program, Reg, Terminator},
};

/// Calls in a row through which accesses to a caller's frame are followed.
const ROUNDS_MAX: u32 = 4;

/// How far above the stack pointer at its entry each function gets: to arguments on the stack, or, if a compiler has moved the end of
/// several functions into one, to their slots. `i32::MAX` if nobody knows.
pub(super) fn reach(program: &Program, functions: &Functions) -> Vec<i32> {
    let mut above = vec![0; functions.all.len()];
    // Calls, with the stack pointer from the caller's entry.
    let mut calls: Vec<(usize, usize, i32)> = Vec::new();
    for (number, function) in functions.all.iter().enumerate() {
        let Some(entry) = function.entry.filter(|_| function.is_known) else {
            above[number] = i32::MAX;
            continue;
        };
        for &id in &function.blocks {
            let mut sp = functions.start[id.index()].wrapping_sub(entry);
            for node in &program.block(id).insts {
                if let Some(by) = sp_move(&node.inst) {
                    sp = sp.wrapping_add(by);
                } else if let Some((offset, bytes)) = stack_access(&node.inst) {
                    above[number] = above[number].max(sp.saturating_add(offset).saturating_add(bytes));
                } else if node.inst.reads().contains(Reg::SP) && !is_harmless(&node.inst, sp) {
                    above[number] = i32::MAX;
                }
            }
            if let Terminator::Call { to, .. } = program.block(id).end {
                calls.push((number, functions.of[to.index()] as usize, sp));
            }
        }
    }
    // Those that hand on what they got; more than a few in a row are nobody's code.
    for round in 0.. {
        let mut changed = false;
        for &(from, to, sp) in &calls {
            let new = if above[to] == i32::MAX { 0 } else { above[to].saturating_add(sp) };
            if new > above[from] {
                above[from] = if round < ROUNDS_MAX { new } else { i32::MAX };
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    above
}
