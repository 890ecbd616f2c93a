// SPDX-License-Identifier: Apache-2.0
//! Which blocks are likely to run often: those in loops, and those of functions that are called from loops.

use super::{Cfg, Functions};
use crate::ir::{BlockId, Program, Reg, Terminator};

/// Whether each block runs often. A function that calls itself counts as a loop.
pub(crate) fn hot_blocks(program: &Program, cfg: &Cfg) -> Vec<bool> {
    let labels = labels(program, cfg);
    let mut is_hot = loops(program, &labels);
    // Of a loop, what it calls runs often too, as a whole and with what it calls itself.
    let mut work: Vec<BlockId> = Vec::new();
    for &id in &program.order {
        if let (true, Terminator::Call { to, .. }) = (is_hot[id.index()], program.block(id).end) {
            work.push(to);
        }
    }
    let mut is_seen = vec![false; program.blocks.len()];
    while let Some(id) = work.pop() {
        if !std::mem::replace(&mut is_seen[id.index()], true) {
            is_hot[id.index()] = true;
            work.extend((0..).map_while(|number| successor(program, &labels, id, number)));
        }
    }
    is_hot
}

/// The labels that a jump of each function may lead to.
fn labels(program: &Program, cfg: &Cfg) -> (Vec<u32>, Vec<Vec<BlockId>>) {
    let has_switch = |id: &BlockId| is_switch(&program.block(*id).end);
    if !program.order.iter().any(has_switch) {
        return (Vec::new(), Vec::new());
    }
    let functions = Functions::new(program, cfg);
    let mut labels = vec![Vec::new(); functions.all.len()];
    for &id in &program.order {
        if cfg.reach.address_taken[id.index()] {
            labels[functions.of[id.index()] as usize].push(id);
        }
    }
    (functions.of, labels)
}

fn is_switch(end: &Terminator) -> bool {
    matches!(*end, Terminator::JumpIndirect { base } if base != Reg::RA)
}

/// The successor of a block with a number, calls and what is behind them included; none if there are no more.
fn successor(
    program: &Program,
    (function, labels): &(Vec<u32>, Vec<Vec<BlockId>>),
    id: BlockId,
    number: usize,
) -> Option<BlockId> {
    match program.block(id).end {
        Terminator::Jump(to) => [to].get(number).copied(),
        Terminator::Branch { yes, no, .. } => [yes, no].get(number).copied(),
        Terminator::Call { to, back, .. } => [to, back].get(number).copied(),
        Terminator::CallIndirect { back, .. } => [back].get(number).copied(),
        end if is_switch(&end) => labels[function[id.index()] as usize].get(number).copied(),
        Terminator::JumpIndirect { .. } | Terminator::Trap => None,
    }
}

/// The blocks that lead back to themselves: what strongly connected components have more than one block, or lead to themselves
/// (Tarjan's algorithm, without recursion).
fn loops(program: &Program, labels: &(Vec<u32>, Vec<Vec<BlockId>>)) -> Vec<bool> {
    const NEW: u32 = u32::MAX;
    let count = program.blocks.len();
    let (mut number, mut low) = (vec![NEW; count], vec![0_u32; count]);
    let (mut is_open, mut is_loop) = (vec![false; count], vec![false; count]);
    let mut open: Vec<BlockId> = Vec::new();
    let mut next = 0;
    // Blocks that are being looked at, and how many successors of each are done.
    let mut path: Vec<(BlockId, usize)> = Vec::new();
    for &start in &program.order {
        if number[start.index()] != NEW {
            continue;
        }
        path.push((start, 0));
        while let Some((id, done)) = path.last_mut() {
            let id = *id;
            if *done == 0 && number[id.index()] == NEW {
                (number[id.index()], low[id.index()]) = (next, next);
                next += 1;
                open.push(id);
                is_open[id.index()] = true;
            }
            if let Some(other) = successor(program, labels, id, *done) {
                *done += 1;
                is_loop[id.index()] |= other == id;
                if number[other.index()] == NEW {
                    path.push((other, 0));
                } else if is_open[other.index()] {
                    low[id.index()] = low[id.index()].min(number[other.index()]);
                }
                continue;
            }
            path.pop();
            if let Some((before, _)) = path.last() {
                low[before.index()] = low[before.index()].min(low[id.index()]);
            }
            if low[id.index()] == number[id.index()] {
                let from = open.iter().rposition(|other| *other == id).unwrap_or_default();
                let members = open.split_off(from);
                for member in &members {
                    is_open[member.index()] = false;
                    is_loop[member.index()] |= members.len() > 1;
                }
            }
        }
    }
    is_loop
}
