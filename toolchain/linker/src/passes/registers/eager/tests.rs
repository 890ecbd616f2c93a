// SPDX-License-Identifier: Apache-2.0
//! Orders are possible ones, whatever the work is, and values do not wait.

use super::*;
use crate::{
    ir::{parse::parse, Node, Reg, RegSet},
    passes::registers::{graph, order},
};

/// A generator good enough to mix instructions.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % limit
    }
}

/// Instructions that calculate, load and store, on the stack and elsewhere.
fn arbitrary(numbers: &mut Numbers) -> Vec<Node> {
    const REGISTERS: [&str; 6] = ["a0", "a1", "a2", "a3", "a4", "a5"];
    let mut text = String::from("export f\n@0:\n");
    for _ in 0..numbers.below(60) {
        let [d, s, t] = [(); 3].map(|()| REGISTERS[numbers.below(6) as usize]);
        let slot = 8 * numbers.below(6) + 4 * numbers.below(2);
        text += &match numbers.below(9) {
            0 => format!("{d} = Add(W64) {s}, {t}\n"),
            1 => format!("{d} = Mul(W64) {s}, {t}\n"),
            2 => format!("{d} = MulHighUU {s}, {t}\n"),
            3 => format!("{d} = SltU {s}, {t}\n"),
            4 => format!("{d} = U64 [sp + {slot}]\n"),
            5 => format!("U64 [sp + {slot}] = {s}\n"),
            6 => format!("U32 [sp + {slot}] = {s}\n"),
            7 => format!("{d} = U64 [{s} + {slot}]\n"),
            _ => format!("U64 [{t} + {slot}] = {s}\n"),
        };
    }
    let program = parse(&(text + "jump [ra]"));
    program.block(program.order[0]).insts.clone()
}

/// Everything that is needed is done once, and behind what it needs.
#[test]
fn orders_are_possible() {
    let mut numbers = Numbers(1);
    let mut moved = 0;
    for _ in 0..2_000 {
        let insts = arbitrary(&mut numbers);
        let insts = insts.split(|node| graph::is_barrier(&node.inst, false)).next().unwrap();
        let graph = graph::build(insts, RegSet::REAL, None, 8);
        let first = order::first(&graph);
        for base in [first.clone(), order::late(&graph, &first)] {
            let order = Eager::new(&graph).order(&base);
            moved += usize::from(order != base);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, first, "each is done once");
            let mut is_done = vec![false; graph.ops.len()];
            for id in order {
                assert!(
                    earlier(&graph, id).iter().all(|earlier| is_done[*earlier as usize]),
                    "{id} comes too early"
                );
                is_done[id as usize] = true;
            }
        }
    }
    assert!(moved > 1_000, "{moved} orders are others");
}

/// What is needed of what must be done before an operation, also by way of what is not.
fn earlier(graph: &Graph, id: OpId) -> Vec<OpId> {
    let mut found = Vec::new();
    let mut work = vec![id];
    let mut seen = vec![false; graph.ops.len()];
    while let Some(id) = work.pop() {
        let op = &graph.ops[id as usize];
        let mut before = graph.after(op).to_vec();
        if op.is_needed {
            before.extend(op.reads().iter().filter_map(|(_, value)| match graph.values[*value as usize] {
                Source::Op(earlier) => Some(earlier),
                _ => None,
            }));
        }
        for earlier in
            before.into_iter().filter(|earlier| !std::mem::replace(&mut seen[*earlier as usize], true))
        {
            match graph.ops[earlier as usize].is_needed {
                true => found.push(earlier),
                false => work.push(earlier),
            }
        }
    }
    found
}

/// A sum of three products of two words each, where first all products are made and the carries are taken last.
#[test]
fn carries_are_taken_where_they_arise() {
    let program = parse(
        "export f
        @0:
            t0 = Mul(W64) a0, a3
            t1 = Mul(W64) a1, a3
            t2 = Mul(W64) a2, a3
            s0 = MulHighUU a0, a3
            s1 = MulHighUU a1, a3
            a4 = MulHighUU a2, a3
            t1 = Add(W64) t1, t0
            a0 = Add(W64) t2, t1
            t0 = SltU t1, t0
            t1 = SltU a0, t1
            s1 = Add(W64) s1, s0
            a4 = Add(W64) a4, t1
            s1 = Add(W64) s1, t0
            a1 = Add(W64) a4, s1
            jump [ra]",
    );
    let outputs = RegSet::EMPTY.with(Reg::A0).with(Reg::A1);
    let graph = graph::build(&program.block(program.order[0]).insts, outputs, None, 8);
    let first = order::first(&graph);
    let order = Eager::new(&graph).order(&order::late(&graph, &first));
    let order: Vec<_> = order.iter().map(|id| graph.ops[*id as usize].inst.to_string()).collect();
    assert_eq!(
        order,
        [
            "t0 = Mul(W64) a0, a3",
            "s0 = MulHighUU a0, a3",
            "s1 = MulHighUU a1, a3",
            "t1 = Mul(W64) a1, a3",
            "s1 = Add(W64) s1, s0",
            "t1 = Add(W64) t1, t0",
            "t0 = SltU t1, t0",
            "s1 = Add(W64) s1, t0",
            "t2 = Mul(W64) a2, a3",
            "a4 = MulHighUU a2, a3",
            "a0 = Add(W64) t2, t1",
            "t1 = SltU a0, t1",
            "a4 = Add(W64) a4, t1",
            "a1 = Add(W64) a4, s1",
        ]
    );
}
