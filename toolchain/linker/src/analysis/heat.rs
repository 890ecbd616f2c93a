// SPDX-License-Identifier: Apache-2.0
//! Which blocks are likely to run often: those in loops, and those of functions that are called from loops.

use super::{Cfg, Functions};
use crate::ir::{BlockId, Program, Reg, Terminator};

/// Whether each block runs often. A function that calls itself counts as a loop.
pub(crate) fn hot_blocks(program: &Program, cfg: &Cfg) -> Vec<bool> {
    let graph = Graph::new(program, cfg);
    let mut is_hot = graph.loops();
    // Of a loop, what it calls runs often too, as a whole and with what it calls itself.
    let mut work: Vec<usize> = Vec::new();
    for &id in &program.order {
        if let (true, Terminator::Call { to, .. }) = (is_hot[id.index()], program.block(id).end) {
            work.push(to.index());
        }
    }
    let mut is_seen = vec![false; graph.len()];
    while let Some(node) = work.pop() {
        if !std::mem::replace(&mut is_seen[node], true) {
            is_hot[node] = true;
            work.extend((0..).map_while(|number| graph.successor(node, number)));
        }
    }
    is_hot.truncate(program.blocks.len());
    is_hot
}

/// The blocks of a program by their numbers, with all ways within a function and to those that it calls. The switches of a function
/// lead to all labels in it: not one by one, which would be the product of both, but by a node of the function, behind the blocks.
struct Graph<'p> {
    program: &'p Program,
    /// The function of each block, if there are switches.
    function: Vec<u32>,
    /// The labels of each function.
    labels: Vec<Vec<BlockId>>,
}

impl<'p> Graph<'p> {
    fn new(program: &'p Program, cfg: &Cfg) -> Self {
        if !program.order.iter().any(|id| is_switch(&program.block(*id).end)) {
            return Self { program, function: Vec::new(), labels: Vec::new() };
        }
        let functions = Functions::new(program, cfg);
        let mut labels = vec![Vec::new(); functions.all.len()];
        for &id in &program.order {
            if cfg.reach.address_taken[id.index()] {
                labels[functions.of[id.index()] as usize].push(id);
            }
        }
        Self { program, function: functions.of, labels }
    }

    /// How many nodes there are.
    fn len(&self) -> usize {
        self.program.blocks.len() + self.labels.len()
    }

    /// The successor of a node with a number, calls and what is behind them included; none if there are no more.
    fn successor(&self, node: usize, number: usize) -> Option<usize> {
        let blocks = self.program.blocks.len();
        if let Some(function) = node.checked_sub(blocks) {
            return self.labels[function].get(number).map(|id| id.index());
        }
        let one = |ids: &[BlockId]| ids.get(number).map(|id| id.index());
        match self.program.blocks[node].end {
            Terminator::Jump(to) => one(&[to]),
            Terminator::Branch { yes, no, .. } => one(&[yes, no]),
            Terminator::Call { to, back, .. } => one(&[to, back]),
            Terminator::CallIndirect { back, .. } => one(&[back]),
            end if is_switch(&end) && number == 0 => Some(blocks + self.function[node] as usize),
            Terminator::JumpIndirect { .. } | Terminator::Trap => None,
        }
    }

    /// Whether each node leads back to itself: what strongly connected components have more than one, or lead to themselves
    /// (Tarjan's algorithm, without recursion).
    fn loops(&self) -> Vec<bool> {
        const NEW: u32 = u32::MAX;
        let count = self.len();
        let (mut number, mut low) = (vec![NEW; count], vec![0_u32; count]);
        let (mut is_open, mut is_loop) = (vec![false; count], vec![false; count]);
        let mut open: Vec<usize> = Vec::new();
        let mut next = 0;
        // Nodes that are being looked at, and how many successors of each are done.
        let mut path: Vec<(usize, usize)> = Vec::new();
        for start in self.program.order.iter().map(|id| id.index()) {
            if number[start] != NEW {
                continue;
            }
            path.push((start, 0));
            while let Some((node, done)) = path.last_mut() {
                let node = *node;
                if *done == 0 && number[node] == NEW {
                    (number[node], low[node]) = (next, next);
                    next += 1;
                    open.push(node);
                    is_open[node] = true;
                }
                if let Some(other) = self.successor(node, *done) {
                    *done += 1;
                    is_loop[node] |= other == node;
                    if number[other] == NEW {
                        path.push((other, 0));
                    } else if is_open[other] {
                        low[node] = low[node].min(number[other]);
                    }
                    continue;
                }
                path.pop();
                if let Some((before, _)) = path.last() {
                    low[*before] = low[*before].min(low[node]);
                }
                if low[node] == number[node] {
                    let from = open.iter().rposition(|other| *other == node).unwrap_or_default();
                    let members = open.split_off(from);
                    for &member in &members {
                        is_open[member] = false;
                        is_loop[member] |= members.len() > 1;
                    }
                }
            }
        }
        is_loop
    }
}

fn is_switch(end: &Terminator) -> bool {
    matches!(*end, Terminator::JumpIndirect { base } if base != Reg::RA)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::parse::parse;

    #[test]
    fn loops_through_switches_and_what_they_call_run_often() {
        let program = parse(
            "export f
            @0:
                a0 = &@1
                a1 = &@2
                jump @1
            @1:
                ra = &@2, jump @4
            @2:
                jump @3 if a0 Eq 0 else @5
            @3:
                jump [a1]
            @4:
                jump [ra]
            @5:
                jump [ra]",
        );
        assert_eq!(hot_blocks(&program, &Cfg::new(&program)), [false, true, true, true, true, false]);
    }

    /// Were each switch to lead to each label by itself, this would take the product.
    #[test]
    fn many_switches_with_many_labels_take_no_more_than_both() {
        const COUNT: usize = 30_000;
        let mut text = String::from("export f\n@0:\n");
        (0..COUNT).for_each(|at| text += &format!("a0 = &@{}\n", 2 * at + 1));
        text += "jump [a0]\n";
        for at in (1..2 * COUNT).step_by(2) {
            text += &format!("@{at}:\njump @0 if a0 Eq 0 else @{0}\n@{0}:\njump [a0]\n", at + 1);
        }
        let program = parse(&text);
        assert!(hot_blocks(&program, &Cfg::new(&program)).iter().all(|is_hot| *is_hot));
    }
}
