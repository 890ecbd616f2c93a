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
    /// The words of that place, by their numbers; the second is [`NONE`] if there is none. No access takes more than a word.
    pub(super) words: [u32; 2],
    /// What must be done before, because of memory: where that is in the graph's list.
    pub(super) after: (u32, u32),
    /// Whether it must be done for what it does to memory.
    pub(super) is_store: bool,
    pub(super) is_needed: bool,
}

impl Op {
    pub(super) fn reads(&self) -> &[(Reg, Value)] {
        &self.reads[..usize::from(self.read_count)]
    }

    /// The words of its place.
    pub(super) fn words(&self) -> impl Iterator<Item = usize> {
        self.words.into_iter().filter(|word| *word != NONE).map(|word| word as usize)
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
    /// The words of the stack that are accessed, in the order in which they were first, and their numbers in it.
    pub(super) words: Vec<i32>,
    word_numbers: FastMap<i32, u32>,
    /// What must be done before others.
    after: Vec<OpId>,
}

impl Graph {
    fn new(op_count: usize) -> Self {
        Self {
            ops: Vec::with_capacity(op_count),
            values: Vec::with_capacity(op_count),
            outputs: Vec::new(),
            words: Vec::new(),
            word_numbers: FastMap::default(),
            after: Vec::with_capacity(op_count),
        }
    }

    /// What must be done before an operation.
    pub(super) fn after(&self, op: &Op) -> &[OpId] {
        &self.after[op.after.0 as usize..op.after.1 as usize]
    }

    /// Lists what must be done before an operation.
    pub(super) fn list(&mut self, after: &[OpId]) -> (u32, u32) {
        let from = self.after.len() as u32;
        self.after.extend_from_slice(after);
        (from, self.after.len() as u32)
    }

    /// Numbers the words of a place.
    pub(super) fn number(&mut self, place: Place, word_bytes: i32) -> [u32; 2] {
        let first = place.offset.div_euclid(word_bytes);
        let last = place.offset.saturating_add(place.access.bytes() as i32 - 1).div_euclid(word_bytes);
        let mut number = |word: i32| {
            let next = self.words.len() as u32;
            let number = *self.word_numbers.entry(word).or_insert(next);
            if number == next {
                self.words.push(word);
            }
            number
        };
        [number(first), if last == first { NONE } else { number(last) }]
    }
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
    /// Of each word by its number.
    words: Vec<Word>,
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
    let mut builder = Builder {
        graph: Graph::new(insts.len()),
        current: [NONE; Reg::COUNT],
        constants: FastMap::default(),
        words: Vec::new(),
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
        let words = place.map_or([NONE; 2], |place| self.graph.number(place, self.word_bytes));
        self.words.resize_with(self.graph.words.len(), Word::default);
        if let (Some(place), Inst::Load { d, .. }) = (place, inst) {
            let content = self.words[words[0] as usize].content;
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
            words,
            after: (0, 0),
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
        op.after.0 = self.graph.after.len() as u32;
        match place {
            Some(place) => self.on_stack(id, &op, place, live.is_none()),
            None if is_memory => self.elsewhere(id, &op, live.is_none()),
            None => {}
        }
        op.after.1 = self.graph.after.len() as u32;
        self.graph.ops.push(op);
    }

    fn on_stack(&mut self, id: OpId, op: &Op, place: Place, is_seen: bool) {
        let stored = match op.inst {
            Inst::Store { s: Operand::Reg(reg), .. } => Some(self.value(reg)),
            _ => None,
        };
        let is_whole = place.access.bytes() as i32 == self.word_bytes;
        let whole = whole_word(self.word_bytes);
        let is_one = op.words[1] == NONE;
        for word in op.words() {
            let word = &mut self.words[word];
            self.graph.after.extend(word.store);
            if op.is_store {
                self.graph.after.append(&mut word.loads);
                word.store = Some(id);
                word.content = None;
            } else {
                word.loads.push(id);
            }
            if is_one {
                match stored.filter(|_| is_whole) {
                    Some(value) => word.content = Some((Place { access: whole, ..place }, value)),
                    None if !op.is_store => word.content = Some((place, op.makes)),
                    None => {}
                }
            }
        }
        if is_seen && op.is_store {
            // Others may read what was there before.
            self.graph.after.extend(self.loads.last());
            self.stack_stores.push(id);
        }
    }

    /// A load or store of anything else. Stores to what may be the stack do not get here, they are barriers.
    fn elsewhere(&mut self, id: OpId, op: &Op, sees_stack: bool) {
        self.graph.after.extend(self.store);
        if op.is_store {
            self.graph.after.append(&mut self.loads);
            self.store = Some(id);
        } else {
            if sees_stack {
                self.graph.after.append(&mut self.stack_stores);
                self.graph.after.extend(self.loads.last());
            }
            self.loads.push(id);
        }
    }
}

/// Marks what must be done: stores that somebody may read, what ends up in registers, and what those need.
fn mark(graph: &mut Graph, live: Option<&LiveSlots>, word_bytes: i32) {
    let mut is_wanted = vec![false; graph.values.len()];
    graph.outputs.iter().for_each(|(_, value)| is_wanted[*value as usize] = true);
    // Whether each word is written before anybody reads it. At first it is as at the end.
    let at_end = |word: &i32| live.is_some_and(|live| !live.is_live(word * word_bytes, word_bytes));
    let mut is_dead: Vec<bool> = graph.words.iter().map(at_end).collect();
    // Those that are written before anything may read what it likes.
    let mut written: Vec<usize> = Vec::new();
    for op in graph.ops.iter_mut().rev() {
        op.is_needed = match op.place {
            Some(place) if op.is_store => {
                let is_read = op.words().any(|word| !is_dead[word]);
                let is_whole =
                    place.offset.rem_euclid(word_bytes) == 0 && place.access.bytes() as i32 == word_bytes;
                if is_read && is_whole {
                    op.words().for_each(|word| is_dead[word] = true);
                    written.extend(op.words());
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
            Some(_) if !op.is_store => op.words().for_each(|word| is_dead[word] = false),
            // It may read what it likes.
            None if live.is_none() && matches!(op.inst, Inst::Load { .. }) => {
                written.drain(..).for_each(|word| is_dead[word] = false);
            }
            _ => {}
        }
    }
}
