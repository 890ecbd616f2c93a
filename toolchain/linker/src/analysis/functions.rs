// SPDX-License-Identifier: Apache-2.0
//! Which blocks make up a function, and where the stack pointer is in each.
//!
//! Blocks that lead to one another otherwise than by calls are one function here; so one that ends with a jump into another is
//! one with it. Where the stack pointer is moved by constants only, each block has it at a known distance from the others' ("offset").

use super::{frames::moves, Cfg};
use crate::ir::{BlockId, Program, Reg, Terminator};

/// All functions of a program.
pub(crate) struct Functions {
    /// The function of each block.
    pub(crate) of: Vec<u32>,
    /// The stack pointer at the start of each block.
    pub(crate) start: Vec<i32>,
    pub(crate) all: Vec<Function>,
}

/// One of them.
pub(crate) struct Function {
    pub(crate) blocks: Vec<BlockId>,
    /// The stack pointer at its entries.
    pub(crate) entry: Option<i32>,
    /// Whether the stack pointer is moved by constants only, to the same place on all ways, and is where it was at the entry when
    /// the function returns.
    pub(crate) is_known: bool,
}

impl Functions {
    /// Finds those of a conventional program: one where jumps through `ra` are returns.
    pub(crate) fn new(program: &Program, cfg: &Cfg) -> Self {
        let count = program.blocks.len();
        let mut edges: Vec<(BlockId, BlockId)> = Vec::new();
        let mut is_entry = vec![false; count];
        program.exports.iter().for_each(|export| is_entry[export.block.index()] = true);
        for &id in &program.order {
            let block = program.block(id);
            match block.end {
                Terminator::Call { to, back, .. } => {
                    is_entry[to.index()] = true;
                    edges.push((id, back));
                }
                Terminator::CallIndirect { back, .. } => edges.push((id, back)),
                end => end.for_each_successor(|to| edges.push((id, to))),
            }
        }
        // Those of a block lie together, and start where the next number says.
        let mut next = vec![0_u32; count + 1];
        for &(from, to) in &edges {
            next[from.index()] += 1;
            next[to.index()] += 1;
        }
        let mut sum = 0;
        for count in &mut next {
            sum += *count;
            *count = sum;
        }
        let mut neighbours = vec![(BlockId(0), false); edges.len() * 2];
        for &(from, to) in &edges {
            for (at, neighbour) in [(from, (to, true)), (to, (from, false))] {
                next[at.index()] -= 1;
                neighbours[next[at.index()] as usize] = neighbour;
            }
        }
        let mut functions = Self { of: vec![u32::MAX; count], start: vec![0; count], all: Vec::new() };
        let next_of = |id: BlockId| next[id.index()] as usize;
        let moved: Vec<Option<i32>> = program.blocks.iter().map(moves).collect();
        for &first in &program.order {
            if functions.of[first.index()] != u32::MAX {
                continue;
            }
            let number = functions.all.len() as u32;
            let mut is_known = true;
            let mut blocks = vec![first];
            functions.of[first.index()] = number;
            let mut done = 0;
            while let Some(&id) = blocks.get(done) {
                done += 1;
                let (start, by) = (functions.start[id.index()], moved[id.index()]);
                is_known &= by.is_some();
                let neighbours = &neighbours[next_of(id)..next_of(BlockId(id.0 + 1))];
                for &(other, is_forward) in neighbours {
                    let by = if is_forward { by } else { moved[other.index()].map(i32::wrapping_neg) };
                    let at = start.wrapping_add(by.unwrap_or_default());
                    if functions.of[other.index()] == u32::MAX {
                        functions.of[other.index()] = number;
                        functions.start[other.index()] = at;
                        blocks.push(other);
                    } else if functions.start[other.index()] != at {
                        is_known = false;
                    }
                }
            }
            // Where the address of a block is taken that lies deeper than the entry, it is a label within the function, of
            // a switch or behind a call that was taken apart.
            let starts = |is_entry: &[bool]| {
                let entries = blocks.iter().filter(|id| is_entry[id.index()]);
                let mut starts: Vec<i32> = entries.map(|id| functions.start[id.index()]).collect();
                // Labels are many, places of the stack pointer few.
                starts.sort_unstable();
                starts.dedup();
                starts
            };
            let (entries, labels) = (starts(&is_entry), starts(&cfg.reach.address_taken));
            let entry = entries.iter().chain(labels.iter().filter(|_| entries.is_empty())).max().copied();
            is_known &= entries.iter().all(|at| Some(*at) == entry);
            is_known &= labels.iter().all(|at| Some(*at) <= entry);
            for &id in &blocks {
                if let Terminator::JumpIndirect { base: Reg::RA } = program.block(id).end {
                    let at = functions.start[id.index()].wrapping_add(moved[id.index()].unwrap_or_default());
                    is_known &= entry.is_none_or(|entry| at == entry) || labels.contains(&at);
                }
            }
            functions.all.push(Function { blocks, entry, is_known });
        }
        functions
    }
}
