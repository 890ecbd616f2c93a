// SPDX-License-Identifier: Apache-2.0
//! The stack as people read it: functions, those that were inlined among them, over all contracts that are open.

use std::sync::Arc;

use crate::machine::{Machine, Open};

/// A function that is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackFrame {
    /// Which of the open frames of the recording it belongs to: 0 for the innermost, 1 for the one that called that.
    pub contract: usize,
    /// The name of that frame.
    pub title: String,
    /// The function.
    pub function: String,
    /// The source file, as the debug info has it, if it is known.
    pub path: Option<Arc<str>>,
    /// The line from 1, or 0 if unknown.
    pub line: u32,
    /// The column from 1, or 0 if unknown.
    pub column: u32,
    /// The code offset of the instruction that is executed next in it, or that has called the function above it.
    pub pc: u32,
    /// Whether it was inlined into the one behind it.
    pub is_inlined: bool,
}

/// The innermost function first, but so many that were inlined.
pub(crate) fn stack(machine: &Machine, hidden: usize) -> Vec<StackFrame> {
    let frames = machine.open().iter().rev().enumerate();
    frames.flat_map(|(contract, open)| of_frame(machine, contract, open)).skip(hidden).collect()
}

fn of_frame(machine: &Machine, contract: usize, open: &Open) -> Vec<StackFrame> {
    let frame = &machine.recording().frames[open.frame];
    // Where each function is, with where it begins.
    let calls = open.calls.pending();
    let entries = std::iter::once(open.replay.start()).chain(calls.iter().map(|call| call.entry));
    let mut stack = Vec::new();
    for (entry, pc) in entries.zip(open.sites()).collect::<Vec<_>>().into_iter().rev() {
        let positions = open.program.positions(pc);
        let new = |function: String, is_inlined| StackFrame {
            contract,
            title: frame.title.clone(),
            function,
            path: None,
            line: 0,
            column: 0,
            pc,
            is_inlined,
        };
        if positions.is_empty() {
            stack.push(new(open.program.nameless(entry), false));
        }
        for (depth, position) in positions.iter().enumerate().rev() {
            stack.push(StackFrame {
                path: (position.line > 0).then(|| position.path.clone()),
                line: position.line,
                column: position.column,
                ..new(position.function.clone(), depth > 0)
            });
        }
    }
    stack
}
