// SPDX-License-Identifier: Apache-2.0
//! How much stack a program needs at least, as far as its code shows.
//!
//! Frames of functions are added up along calls. Calls through registers and those that go in circles are not counted, and no
//! more is known of moves of the stack pointer by what is in a register: so a program may need more than this says.

use crate::{
    analysis::sp_move,
    hash::FastMap,
    ir::{Block, BlockId, Program, Terminator},
};

/// The deepest calls.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Deepest {
    /// Bytes of stack.
    pub(crate) bytes: u32,
    /// First blocks of the functions that are active then, the one that the host calls first.
    pub(crate) functions: Vec<BlockId>,
}

/// Blocks that are looked at; programs in which functions share more blocks than that are not worth the time.
const VISITS_MAX: usize = 1 << 20;

/// What one function does to the stack.
#[derive(Default)]
struct Function {
    /// Bytes that it takes itself.
    own: i64,
    /// Bytes that it has taken at each call.
    calls: Vec<(i64, BlockId)>,
}

/// What one block does to it. Functions may share long blocks, which are gone through once.
struct Moves {
    /// Bytes that it takes at most, and in the end: less than none if it gives some back.
    most: i64,
    end: i64,
}

impl Moves {
    fn of(block: &Block) -> Self {
        let mut moves = Self { most: 0, end: 0 };
        for node in &block.insts {
            moves.end -= i64::from(sp_move(&node.inst).unwrap_or(0));
            moves.most = moves.most.max(moves.end);
        }
        moves
    }
}

/// Finds the deepest calls; none if the program is too entangled.
pub(crate) fn deepest(program: &Program) -> Option<Deepest> {
    let exports = program.exports.iter().map(|export| export.block);
    let mut functions: FastMap<BlockId, Function> = FastMap::default();
    let mut work: Vec<BlockId> = exports.clone().collect();
    let moves: Vec<Moves> = program.blocks.iter().map(Moves::of).collect();
    let mut visits = 0;
    while let Some(entry) = work.pop() {
        if functions.contains_key(&entry) {
            continue;
        }
        let function = function(program, &moves, entry, &mut visits)?;
        work.extend(function.calls.iter().map(|(_, to)| *to));
        functions.insert(entry, function);
    }

    // What each function needs with all that it calls, and the call on the deepest way.
    let mut needs: FastMap<BlockId, Option<(i64, Option<BlockId>)>> = FastMap::default();
    let mut stack: Vec<(BlockId, usize)> = Vec::new();
    for export in exports.clone() {
        stack.push((export, 0));
        while let Some((id, seen)) = stack.last_mut() {
            let (id, function) = (*id, &functions[&*id]);
            if *seen == 0 && needs.contains_key(&id) {
                stack.pop();
                continue;
            }
            needs.entry(id).or_insert(None);
            if let Some((_, to)) = function.calls.get(*seen) {
                *seen += 1;
                if !needs.contains_key(to) {
                    stack.push((*to, 0));
                }
                continue;
            }
            let calls = function.calls.iter().filter_map(|(at, to)| {
                let (deeper, _) = needs.get(to).copied().flatten()?;
                Some((at.saturating_add(deeper), Some(*to)))
            });
            let most = calls.chain([(function.own, None)]).max_by_key(|(bytes, _)| *bytes);
            needs.insert(id, most);
            stack.pop();
        }
    }
    let need = |id: &BlockId| needs.get(id).copied().flatten();
    let first = exports.max_by_key(|id| need(id).map_or(0, |(bytes, _)| bytes))?;
    let mut deepest =
        Deepest { bytes: u32::try_from(need(&first)?.0).unwrap_or(u32::MAX), functions: vec![first] };
    let mut next = need(&first).and_then(|(_, next)| next);
    while let Some(id) = next {
        deepest.functions.push(id);
        next = need(&id).and_then(|(_, next)| next);
    }
    Some(deepest)
}

/// Walks a function.
fn function(program: &Program, moves: &[Moves], entry: BlockId, visits: &mut usize) -> Option<Function> {
    let mut function = Function::default();
    let mut seen: FastMap<BlockId, ()> = FastMap::default();
    let mut work = vec![(entry, 0_i64)];
    while let Some((id, mut taken)) = work.pop() {
        if seen.insert(id, ()).is_some() {
            continue;
        }
        *visits += 1;
        if *visits > VISITS_MAX {
            return None;
        }
        let block = program.block(id);
        let Moves { most, end } = moves[id.index()];
        function.own = function.own.max(taken + most);
        taken += end;
        match block.end {
            Terminator::Call { to, back, .. } => {
                function.calls.push((taken, to));
                work.push((back, taken));
            }
            Terminator::CallIndirect { back, .. } => work.push((back, taken)),
            end => end.for_each_successor(|to| work.push((to, taken))),
        }
    }
    Some(function)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::parse::parse;

    #[test]
    fn frames_add_up_along_the_deepest_calls() {
        let program = parse(
            "export f
            @0:
                sp = Add(W64) sp, -32
                ra = &@1, jump @3
            @1:
                sp = Add(W64) sp, -8
                ra = &@2, jump @4
            @2:
                sp = Add(W64) sp, 40
                jump [ra]
            @3:
                sp = Add(W64) sp, -100
                sp = Add(W64) sp, 100
                jump [ra]
            @4:
                sp = Add(W64) sp, -64
                ra = &@5, jump @4
            @5:
                sp = Add(W64) sp, 64
                jump @3",
        );
        // The function that calls itself counts once; it ends by a jump into the other.
        let expected = Deepest { bytes: 32 + 8 + 100, functions: vec![BlockId(0), BlockId(4)] };
        assert_eq!(deepest(&program), Some(expected));
    }
}
