// SPDX-License-Identifier: Apache-2.0
//! Where the gas of a run goes: by stack of functions, by function, by source line.
//!
//! The run is stepped. Gas is charged by block when the block is entered; the charge is spread evenly over the
//! instructions of the block, so that each gets the source position it belongs to, and the sum is exactly what the run
//! paid. Calls and returns are those that [`Calls`] sees.

use std::collections::{BTreeMap, HashMap, HashSet};

use revive_vm_executor::{
    trace::{Calls, SourceMap, Transfer},
    Exit, Instance,
};
use revive_vm_primitives::{Blob, Code};

use crate::{
    error::{Error, Result},
    local_run::Observer,
    output,
};

/// Calls deeper than this are shown as if their caller had not called: stacks of a deep recursion say nothing more.
const DEPTH_MAX: usize = 256;

/// Most different stacks that are told apart.
const NODES_MAX: usize = 1 << 20;

/// Most functions that these stacks have together. Each is written down in full in the end.
const FRAMES_MAX: usize = 1 << 21;

/// Most bytes of the functions' names in them.
const NAME_BYTES_MAX: usize = 64 << 20;

/// Most places that gas is booked for. What is paid elsewhere then is booked for where the run began.
const CHARGES_MAX: usize = 1 << 20;

/// Marks inlined functions in stacks, so that flame graphs colour them.
pub(crate) const INLINED_SUFFIX: &str = "_[i]";

/// A function with the functions that called it, as an index into [`Profile::nodes`].
type NodeId = usize;

/// The node of the caller of everything.
const ROOT: NodeId = 0;

/// A function on a stack.
struct Node {
    parent: NodeId,
    /// Functions on the stack.
    depth: usize,
    name: String,
    is_inlined: bool,
    children: HashMap<(String, bool), NodeId>,
    gas: u64,
    calls: u64,
}

/// Who called, for a call that has not returned.
struct Caller {
    /// The caller on the stack of functions.
    node: NodeId,
    /// Name of the caller where debug info has none.
    entry: u32,
}

/// Collects while a run goes on.
pub(crate) struct Profile<'a> {
    blob: &'a Blob<'a>,
    code: Code<'a>,
    map: SourceMap<'a>,
    nodes: Vec<Node>,
    /// Functions on all stacks together, and bytes of their names in the nodes.
    frames: usize,
    name_bytes: usize,
    start: u32,
    calls: Calls,
    /// Of each of them.
    callers: Vec<Caller>,
    /// What runs now: the node that called it, and its entry.
    base: NodeId,
    entry: u32,
    /// Gas charged at an offset, per caller and function: to the block that starts there, or to that instruction.
    charges: HashMap<(NodeId, u32, u32, bool), u64>,
    /// The instruction that comes next, and whether it is the first of a block that is entered.
    current: Option<(u32, bool)>,
    gas: i64,
    /// Places to be remembered: caller, entry and offset.
    marks: Vec<(NodeId, u32, u32)>,
}

/// Gas of one function or line.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Spent in it.
    pub(crate) own: u64,
    /// Spent in it and in what it called.
    pub(crate) total: u64,
    /// How often it was called, inlined calls aside.
    pub(crate) calls: u64,
}

/// What came of it.
pub(crate) struct Summary {
    /// Functions of each stack, from the outermost, and the gas spent in the innermost.
    pub(crate) stacks: Vec<(Vec<String>, u64)>,
    pub(crate) functions: Vec<(String, Cost)>,
    /// Path and line, function, gas.
    pub(crate) lines: Vec<(String, String, u64)>,
}

impl<'a> Profile<'a> {
    /// For a run of `blob` from code offset `start` with so much gas.
    pub(crate) fn new(blob: &'a Blob<'a>, start: u32, gas: i64) -> Self {
        let root = Node {
            parent: ROOT,
            depth: 0,
            name: String::new(),
            is_inlined: false,
            children: HashMap::new(),
            gas: 0,
            calls: 0,
        };
        let mut profile = Self {
            blob,
            code: blob.code(),
            map: SourceMap::new(blob.debug_info()),
            nodes: vec![root],
            frames: 0,
            name_bytes: 0,
            start,
            calls: Calls::default(),
            callers: Vec::new(),
            base: ROOT,
            entry: start,
            charges: HashMap::new(),
            current: Some((start, true)),
            gas,
            marks: Vec::new(),
        };
        profile.count_call();
        profile
    }

    /// The node of a function called by another.
    fn child(&mut self, parent: NodeId, name: String, is_inlined: bool) -> NodeId {
        let key = (name, is_inlined);
        if let Some(node) = self.nodes[parent].children.get(&key) {
            return *node;
        }
        let depth = self.nodes[parent].depth + 1;
        let (frames, name_bytes) = (self.frames + depth, self.name_bytes + key.0.len());
        if self.nodes.len() >= NODES_MAX || frames > FRAMES_MAX || name_bytes > NAME_BYTES_MAX {
            return parent;
        }
        (self.frames, self.name_bytes) = (frames, name_bytes);
        let node = self.nodes.len();
        let name = key.0.clone();
        self.nodes.push(Node { parent, depth, name, is_inlined, children: HashMap::new(), gas: 0, calls: 0 });
        self.nodes[parent].children.insert(key, node);
        node
    }

    /// The node of what runs at `pc`, called from `base` and entered at `entry`.
    fn node_at(&mut self, base: NodeId, entry: u32, pc: u32) -> NodeId {
        let positions = self.map.positions(pc);
        if positions.is_empty() {
            let name = self.nameless(entry);
            return self.child(base, name, false);
        }
        let mut node = base;
        for (depth, position) in positions.iter().enumerate() {
            node = self.child(node, position.name().to_string(), depth > 0);
        }
        node
    }

    /// The name of a function without debug info: that of its export, else where it starts.
    fn nameless(&self, entry: u32) -> String {
        match self.blob.exports().find(|export| export.offset == entry) {
            Some(export) => output::name(export.name),
            None => format!("code@{entry}"),
        }
    }

    fn count_call(&mut self) {
        let (base, entry) = (self.base, self.entry);
        // The function that is entered is the outermost of those that the first instruction belongs to.
        let positions = self.map.positions(entry);
        let name = match positions.first() {
            Some(outermost) => outermost.name().to_string(),
            None => self.nameless(entry),
        };
        let node = self.child(base, name, false);
        self.nodes[node].calls += 1;
    }

    /// Takes over what a jump has done to the calls.
    fn follow(&mut self, transfer: Transfer) {
        match transfer {
            Transfer::Called { site, entry, is_kept } => {
                let caller = Caller { node: self.base, entry: self.entry };
                if self.callers.len() < DEPTH_MAX {
                    self.base = self.node_at(caller.node, caller.entry, site);
                }
                if is_kept {
                    self.callers.push(caller);
                }
                self.entry = entry;
                self.count_call();
            }
            Transfer::Returned { depth } => {
                if let Some(caller) = self.callers.drain(depth..).next() {
                    (self.base, self.entry) = (caller.node, caller.entry);
                }
            }
        }
    }

    /// Books the gas that was paid since the instruction that has just been executed came up.
    fn charge(&mut self, gas: i64) {
        let paid = u64::try_from(self.gas.saturating_sub(gas)).unwrap_or(0);
        self.gas = gas;
        if let (Some((pc, is_block)), true) = (self.current, paid > 0) {
            let mut place = (self.base, self.entry, pc, is_block);
            if self.charges.len() >= CHARGES_MAX && !self.charges.contains_key(&place) {
                place = (ROOT, self.start, self.start, false);
            }
            *self.charges.entry(place).or_default() += paid;
        }
    }

    /// Goes on after a host call with so much gas. What it took of the gas is nobody's here.
    pub(crate) fn resume(&mut self, gas: i64) {
        self.gas = gas;
    }

    /// Remembers where the guest stands, for [`Self::finish_with_marks`].
    pub(crate) fn mark(&mut self) {
        let at = self.current.map_or(self.entry, |(pc, _)| pc);
        self.marks.push((self.base, self.entry, at));
    }

    /// As [`Self::finish`], and the stacks of the places that were marked.
    pub(crate) fn finish_with_marks(mut self) -> (Summary, Vec<Vec<String>>) {
        let marks = std::mem::take(&mut self.marks);
        let stacks = marks
            .into_iter()
            .map(|(base, entry, pc)| {
                let node = self.node_at(base, entry, pc);
                self.stack(node)
            })
            .collect();
        (self.finish(), stacks)
    }

    /// Spreads the charges and sums them up.
    pub(crate) fn finish(mut self) -> Summary {
        let mut lines: BTreeMap<(String, String), u64> = BTreeMap::new();
        let mut charges: Vec<_> = std::mem::take(&mut self.charges).into_iter().collect();
        charges.sort_unstable();
        for ((base, entry, pc, is_block), gas) in charges {
            let offsets: Vec<u32> = match is_block {
                true => self.code.block(pc).map(|decoded| decoded.offset).collect(),
                false => vec![pc],
            };
            let count = offsets.len().max(1) as u64;
            for (index, offset) in offsets.into_iter().enumerate() {
                // What does not divide evenly goes to the first instructions.
                let share = gas / count + u64::from((index as u64) < gas % count);
                let node = self.node_at(base, entry, offset);
                self.nodes[node].gas += share;
                let positions = self.map.positions(offset);
                if let Some(innermost) = positions.last() {
                    if let Some((path, line)) = innermost.place() {
                        let place = format!("{}:{line}", output::name(path.as_bytes()));
                        *lines.entry((place, innermost.name().to_string())).or_default() += share;
                    }
                }
            }
        }
        let mut lines: Vec<_> =
            lines.into_iter().map(|((place, function), gas)| (place, function, gas)).collect();
        lines.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.cmp(b)));
        let mut stacks: Vec<_> = (0..self.nodes.len())
            .filter(|node| self.nodes[*node].gas > 0)
            .map(|node| (self.stack(node), self.nodes[node].gas))
            .collect();
        stacks.sort();
        Summary { stacks, functions: self.functions(), lines }
    }

    /// The functions from the outermost to this one.
    fn stack(&self, node: NodeId) -> Vec<String> {
        let path = std::iter::successors(Some(node), |node| Some(self.nodes[*node].parent));
        let mut stack: Vec<_> = path
            .take_while(|node| *node != ROOT)
            .map(|node| {
                let Node { name, is_inlined, .. } = &self.nodes[node];
                // A semicolon separates functions, a blank the gas.
                let name = name.replace(';', ":").replace(char::is_whitespace, "_");
                format!("{name}{}", if *is_inlined { INLINED_SUFFIX } else { "" })
            })
            .collect();
        stack.reverse();
        stack
    }

    fn functions(&self) -> Vec<(String, Cost)> {
        let mut costs: BTreeMap<&str, Cost> = BTreeMap::new();
        for (index, node) in self.nodes.iter().enumerate().skip(1) {
            let cost = costs.entry(&node.name).or_default();
            cost.own += node.gas;
            cost.calls += node.calls;
            if node.gas == 0 {
                continue;
            }
            // A function that called itself is counted once.
            let mut seen = HashSet::new();
            let mut on_stack = index;
            while on_stack != ROOT {
                let name = self.nodes[on_stack].name.as_str();
                if seen.insert(name) {
                    costs.entry(name).or_default().total += node.gas;
                }
                on_stack = self.nodes[on_stack].parent;
            }
        }
        let mut functions: Vec<_> = costs
            .into_iter()
            .map(|(name, cost)| (name.to_owned(), cost))
            .filter(|(_, cost)| cost.total > 0)
            .collect();
        functions.sort_by(|(a, cost_a), (b, cost_b)| cost_b.own.cmp(&cost_a.own).then(a.cmp(b)));
        functions
    }
}

impl Observer for Profile<'_> {
    fn run(&mut self, instance: &mut Instance, failed: &dyn Fn(String) -> Error) -> Result<Exit> {
        let exit = instance.run().map_err(|error| failed(error.to_string()))?;
        self.charge(instance.gas());
        let ended_block = self.current.is_some_and(|(pc, _)| self.code.decode(pc).ends_block());
        // A host call goes on behind it, within its block.
        if let (Exit::Step, Some(pc)) = (exit, instance.pc()) {
            if let Some(transfer) = self.calls.announced(pc, instance) {
                self.follow(transfer);
            }
            // The first step announces the first instruction, whose block has not been charged before.
            let is_start = self.current == Some((pc, true)) && !ended_block;
            self.current = Some((pc, ended_block || is_start));
        }
        Ok(exit)
    }
}

impl Summary {
    /// The stacks as text: functions separated by semicolons, a blank, gas.
    pub(crate) fn folded(&self) -> String {
        self.stacks.iter().map(|(stack, gas)| format!("{} {gas}\n", stack.join(";"))).collect()
    }

    /// A flame graph of the stacks.
    ///
    /// # Errors
    /// There are none to draw.
    pub(crate) fn flame_graph(&self, title: &str, unit: &str) -> Result<Vec<u8>> {
        let mut options = inferno::flamegraph::Options::default();
        options.title = title.into();
        options.count_name = unit.into();
        // Colours follow from names, so that two graphs can be compared and the same run gives the same file.
        options.hash = true;
        options.deterministic = true;
        let folded = self.folded();
        let mut svg = Vec::new();
        inferno::flamegraph::from_lines(&mut options, folded.lines(), &mut svg)
            .map_err(|error| Error::new(format!("failed to draw a flame graph: {error}")))?;
        Ok(svg)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use revive_vm_primitives::{BlobBuilder, CodeBuilder, Instruction, InstructionSet, Opcode};

    fn one_trap() -> Vec<u8> {
        let mut code = CodeBuilder::new(InstructionSet::Latest64);
        code.push(Instruction::new(Opcode::Trap));
        BlobBuilder::new(InstructionSet::Latest64).code(code.finish().unwrap()).build()
    }

    /// A program that calls itself in ever new ways, with names as long as names are, would have as many stacks as there is memory.
    #[test]
    fn stacks_are_bounded_by_all_that_they_take() {
        let blob = one_trap();
        let blob = Blob::parse(&blob).unwrap();
        let fill = |name: &dyn Fn(usize) -> String, depth: usize| {
            let mut profile = Profile::new(&blob, 0, 0);
            let mut node = ROOT;
            for number in 0..100_000 {
                let parent = if profile.nodes[node].depth >= depth { ROOT } else { node };
                node = profile.child(parent, name(number), false);
            }
            profile
        };
        let mut deep = fill(&|number| number.to_string(), 4000);
        assert!(deep.frames <= FRAMES_MAX && deep.nodes.len() < 5000, "{}", deep.nodes.len());
        assert_eq!(deep.frames, deep.nodes.iter().map(|node| node.depth).sum::<usize>());
        let long = fill(&|number| format!("{number:01000}"), 10);
        assert!(long.name_bytes <= NAME_BYTES_MAX && long.nodes.len() < 70_000, "{}", long.nodes.len());
        assert!(fill(&|number| number.to_string(), 10).nodes.len() > 100_000);
        // What has no place is its caller's.
        let last = deep.nodes.len() - 1;
        assert_eq!(deep.child(last, "new".into(), false), last);
    }

    #[test]
    fn what_is_paid_in_too_many_places_is_not_lost() {
        let blob = one_trap();
        let blob = Blob::parse(&blob).unwrap();
        let mut profile = Profile::new(&blob, 0, i64::MAX);
        let count = CHARGES_MAX as u32 + 10;
        for at in 0..count {
            profile.current = Some((at, false));
            profile.charge(profile.gas - 1);
        }
        assert_eq!(profile.charges.len(), CHARGES_MAX);
        assert_eq!(profile.charges.values().sum::<u64>(), u64::from(count));
    }
}
