// SPDX-License-Identifier: Apache-2.0
//! The work of a run of instructions as a graph: what is calculated from what, without registers.

use super::words;
use crate::{
    analysis::{stack_access, LiveSlots},
    hash::FastMap,
    ir::{Const, Inst, Node, Operand, Reg, RegSet},
    locations::Loc,
    riscv::Access,
};

/// Index of a value.
pub(super) type Value = u32;

/// Index of an operation.
pub(super) type OpId = u32;

/// No value.
pub(super) const NONE: u32 = u32::MAX;

/// Where on the stack an operation gets to, from the stack pointer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) offset: i32,
    pub(super) access: Access,
}

/// Something to be done.
pub(super) struct Op {
    pub(super) inst: Inst,
    pub(super) loc: Loc,
    /// The registers that the instruction names for what it reads, and the values.
    pub(super) reads: [(Reg, Value); 3],
    pub(super) read_count: u8,
    /// The value that it makes.
    pub(super) makes: Value,
    /// Where it loads from or stores to the stack, if it does and nobody else gets there meanwhile.
    pub(super) place: Option<Place>,
    /// What must be done before, because of memory.
    pub(super) after: Vec<OpId>,
    /// Whether it must be done for what it does to memory.
    pub(super) is_store: bool,
    pub(super) is_needed: bool,
}

impl Op {
    pub(super) fn reads(&self) -> &[(Reg, Value)] {
        &self.reads[..usize::from(self.read_count)]
    }
}

/// Where a value comes from.
#[derive(Clone, Copy)]
pub(super) enum Source {
    /// It is there at the start.
    Register(Reg),
    Constant(Const, Loc),
    Op(OpId),
}

/// The work.
pub(super) struct Graph {
    /// In their first order.
    pub(super) ops: Vec<Op>,
    pub(super) values: Vec<Source>,
    /// What must be in which register at the end.
    pub(super) outputs: Vec<(Reg, Value)>,
}

/// What is known of a word of the stack while the graph is built.
#[derive(Clone, Default)]
struct Word {
    /// Who wrote to it last.
    store: Option<OpId>,
    /// Who has read it since.
    loads: Vec<OpId>,
    /// A value that a load from a place in it gets.
    content: Option<(Place, Value)>,
}

struct Builder {
    graph: Graph,
    current: [Value; Reg::COUNT],
    constants: FastMap<Const, Value>,
    words: FastMap<i32, Word>,
    word_bytes: i32,
    /// The last store that may go anywhere, and the loads since.
    store: Option<OpId>,
    loads: Vec<OpId>,
    /// Stores to the stack since the last of those loads.
    stack_stores: Vec<OpId>,
}

/// How a word is loaded.
pub(super) fn whole_word(word_bytes: i32) -> Access {
    match word_bytes {
        8 => Access::U64,
        _ => Access::I32,
    }
}

/// Whether an instruction ends a run: nothing is moved across it.
pub(super) fn is_barrier(inst: &Inst, is_private: bool) -> bool {
    match inst {
        Inst::HostCall { .. } | Inst::Memset | Inst::Sbrk { .. } => true,
        // It could go to the stack.
        Inst::Store { .. } if stack_access(inst).is_none() => !is_private,
        inst => inst.writes().contains(Reg::SP),
    }
}

/// The graph of a run without barriers. `live` are the slots of a private frame that are live behind it, `outputs` the registers.
pub(super) fn build(insts: &[Node], outputs: RegSet, live: Option<&LiveSlots>, word_bytes: i32) -> Graph {
    let graph = Graph { ops: Vec::with_capacity(insts.len()), values: Vec::new(), outputs: Vec::new() };
    let mut builder = Builder {
        graph,
        current: [NONE; Reg::COUNT],
        constants: FastMap::default(),
        words: FastMap::default(),
        word_bytes,
        store: None,
        loads: Vec::new(),
        stack_stores: Vec::new(),
    };
    for node in insts {
        builder.inst(node, live);
    }
    for reg in outputs.iter().filter(|reg| reg.is_real() && *reg != Reg::SP) {
        let value = builder.value(reg);
        builder.graph.outputs.push((reg, value));
    }
    if word_bytes == 8 && words::may_join(insts.iter().map(|node| &node.inst)) {
        words::join(&mut builder.graph, live.is_some());
    }
    mark(&mut builder.graph, live, word_bytes);
    builder.graph
}

impl Builder {
    fn fresh(&mut self, source: Source) -> Value {
        self.graph.values.push(source);
        self.graph.values.len() as Value - 1
    }

    fn value(&mut self, reg: Reg) -> Value {
        if self.current[reg.index()] == NONE {
            self.current[reg.index()] = self.fresh(Source::Register(reg));
        }
        self.current[reg.index()]
    }

    fn words_of(&self, place: Place) -> impl Iterator<Item = i32> {
        let first = place.offset.div_euclid(self.word_bytes);
        let last = (place.offset + place.access.bytes() as i32 - 1).div_euclid(self.word_bytes);
        first..=last
    }

    fn inst(&mut self, node: &Node, live: Option<&LiveSlots>) {
        let Node { inst, loc } = *node;
        match inst {
            Inst::Move { d, s } if s != Reg::SP => {
                self.current[d.index()] = self.value(s);
                return;
            }
            Inst::Const { d, value } => {
                let known = self.constants.get(&value).copied();
                let made = known.unwrap_or_else(|| self.fresh(Source::Constant(value, loc)));
                self.constants.insert(value, made);
                self.current[d.index()] = made;
                return;
            }
            _ => {}
        }
        let place = match (stack_access(&inst), &inst) {
            (Some((offset, bytes)), Inst::Load { access, .. } | Inst::Store { access, .. }) => {
                let is_own = live.is_none_or(|live| live.is_private(offset, bytes));
                is_own.then_some(Place { offset, access: *access })
            }
            _ => None,
        };
        if let (Some(place), Inst::Load { d, .. }) = (place, inst) {
            let content = self.words_of(place).next().and_then(|word| self.words.get(&word)?.content);
            if let Some((_, value)) = content.filter(|(known, _)| *known == place) {
                self.current[d.index()] = value;
                return;
            }
        }
        let id = self.graph.ops.len() as OpId;
        let mut op = Op {
            inst,
            loc,
            reads: [(Reg::SP, NONE); 3],
            read_count: 0,
            makes: NONE,
            place,
            after: Vec::new(),
            is_store: matches!(inst, Inst::Store { .. }),
            is_needed: false,
        };
        let reads = inst.reads();
        for reg in reads.iter().filter(|reg| *reg != Reg::SP) {
            op.reads[usize::from(op.read_count)] = (reg, self.value(reg));
            op.read_count += 1;
        }
        if let Some(d) = inst.destination() {
            op.makes = self.fresh(Source::Op(id));
            self.current[d.index()] = op.makes;
        }
        let is_memory = matches!(inst, Inst::Load { .. } | Inst::Store { .. });
        match place {
            Some(place) => self.on_stack(id, &mut op, place, live.is_none()),
            None if is_memory => self.elsewhere(id, &mut op, live.is_none()),
            None => {}
        }
        self.graph.ops.push(op);
    }

    fn on_stack(&mut self, id: OpId, op: &mut Op, place: Place, is_seen: bool) {
        let stored = match op.inst {
            Inst::Store { s: Operand::Reg(reg), .. } => Some(self.value(reg)),
            _ => None,
        };
        let is_whole = place.access.bytes() as i32 == self.word_bytes;
        let whole = whole_word(self.word_bytes);
        let words: Vec<i32> = self.words_of(place).collect();
        for (index, word) in words.iter().enumerate() {
            let word = self.words.entry(*word).or_default();
            op.after.extend(word.store);
            if op.is_store {
                op.after.append(&mut word.loads);
                word.store = Some(id);
                word.content = None;
            } else {
                word.loads.push(id);
            }
            if words.len() == 1 && index == 0 {
                match stored.filter(|_| is_whole) {
                    Some(value) => word.content = Some((Place { access: whole, ..place }, value)),
                    None if !op.is_store => word.content = Some((place, op.makes)),
                    None => {}
                }
            }
        }
        if is_seen && op.is_store {
            // Others may read what was there before.
            op.after.extend(self.loads.last());
            self.stack_stores.push(id);
        }
    }

    /// A load or store of anything else. Stores to what may be the stack do not get here, they are barriers.
    fn elsewhere(&mut self, id: OpId, op: &mut Op, sees_stack: bool) {
        op.after.extend(self.store);
        if op.is_store {
            op.after.append(&mut self.loads);
            self.store = Some(id);
        } else {
            if sees_stack {
                op.after.append(&mut self.stack_stores);
                op.after.extend(self.loads.last());
            }
            self.loads.push(id);
        }
    }
}

/// Marks what must be done: stores that somebody may read, what ends up in registers, and what those need.
fn mark(graph: &mut Graph, live: Option<&LiveSlots>, word_bytes: i32) {
    let mut is_wanted = vec![false; graph.values.len()];
    graph.outputs.iter().for_each(|(_, value)| is_wanted[*value as usize] = true);
    // Whether a word is written before anybody reads it; what is not there is as it is at the end.
    let mut is_dead: FastMap<i32, bool> = FastMap::default();
    let words = |place: Place| {
        let last = (place.offset + place.access.bytes() as i32 - 1).div_euclid(word_bytes);
        place.offset.div_euclid(word_bytes)..=last
    };
    let at_end = |word: i32| live.is_some_and(|live| !live.is_live(word * word_bytes, word_bytes));
    for op in graph.ops.iter_mut().rev() {
        op.is_needed = match op.place {
            Some(place) if op.is_store => {
                let is_read = words(place).any(|word| !*is_dead.entry(word).or_insert_with(|| at_end(word)));
                let is_whole =
                    place.offset.rem_euclid(word_bytes) == 0 && place.access.bytes() as i32 == word_bytes;
                if is_read && is_whole {
                    is_dead.insert(place.offset.div_euclid(word_bytes), true);
                }
                is_read
            }
            _ => op.is_store || (op.makes != NONE && is_wanted[op.makes as usize]),
        };
        if !op.is_needed {
            continue;
        }
        for index in 0..usize::from(op.read_count) {
            is_wanted[op.reads[index].1 as usize] = true;
        }
        match op.place {
            Some(place) if !op.is_store => {
                words(place).for_each(|word| {
                    is_dead.insert(word, false);
                });
            }
            // It may read what it likes.
            None if live.is_none() && matches!(op.inst, Inst::Load { .. }) => is_dead.clear(),
            _ => {}
        }
    }
}
