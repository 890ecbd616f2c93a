// SPDX-License-Identifier: Apache-2.0
//! Which jumps and blocks go.

use crate::{
    ir::{data::Place, parse::parse, BlockId, Fixup, FixupValue},
    passes::tests::{golden, is_left_alone, run},
};

#[test]
fn jumps_to_jumps_go_and_tiny_blocks_are_copied() {
    golden(
        "blocks",
        "export f
        @0:
            jump @1 if a0 Eq 0 else @2
        @1:
            jump @3
        @2:
            a0 = 1
            jump @4
        @3:
            a0 = 2
            jump @4
        @4:
            jump [ra]",
        "export f
        @0:
            jump @3 if a0 Eq 0 else @2
        @2:
            a0 = 1
            jump [ra]
        @3:
            a0 = 2
            jump [ra]",
    );
    // An endless loop has no end to go to.
    let text = "export f\n@0:\njump @1 if a0 Eq 0 else @2\n@1:\njump @1\n@2:\njump [ra]";
    golden("blocks", text, text);
}

#[test]
fn addresses_that_are_compared_stay_different() {
    is_left_alone(
        "blocks",
        "export f
        @0:
            a1 = &@2
            a2 = &@3
            jump @1 if a0 Eq &@2 else @3
        @1:
            a0 = Sub(W64) a1, a2
            jump [ra]
        @2:
            jump @3
        @3:
            a0 = Add(W64) a0, 305419896
            jump [ra]",
    );
    // Where there is one address only, it may be that of the end.
    golden(
        "blocks",
        "export f
        @0:
            a1 = &@1
            jump [ra]
        @1:
            jump @2
        @2:
            a0 = Add(W64) a0, 305419896
            jump [ra]",
        "export f
        @0:
            a1 = &@2
            jump [ra]
        @2:
            a0 = Add(W64) a0, 305419896
            jump [ra]",
    );
}

/// Following the jumps from each block would take the square of the chain's length.
#[test]
fn long_chains_of_jumps_lead_to_their_end() {
    const LENGTH: usize = 100_000;
    let around = |middle: &str, first: usize| {
        format!(
            "export f\n@0:\njump @1 if a0 Eq 0 else @{first}\n@1:\na0 = 7\njump [ra]\n{middle}\
            @{LENGTH}:\na0 = 305419896\njump [ra]"
        )
    };
    let jumps: String = (2..LENGTH).map(|at| format!("@{at}:\njump @{}\n", at + 1)).collect();
    golden("blocks", &around(&jumps, 2), &around("", LENGTH));
}

/// So would appending from the last block on.
#[test]
fn long_chains_of_blocks_that_stand_the_wrong_way_round_are_joined() {
    const LENGTH: usize = 50_000;
    let inst = "    a0 = Add(W64) a0, a1\n";
    let blocks: String = (0..LENGTH).rev().map(|at| format!("@{at}:\n{inst}jump @{}\n", at + 1)).collect();
    let before = blocks.replace("@0:", "export f\n@0:") + &format!("@{LENGTH}:\njump [ra]");
    golden("blocks", &before, &format!("export f\n@0:\n{}jump [ra]", inst.repeat(LENGTH)));
}

/// A distance could change its sign, and it is not known how a narrow one will be extended.
#[test]
fn labels_of_narrow_distances_are_not_moved() {
    let text = "export f\n@0:\na0 = U64 [&data0+8]\njump [a0]\n@1:\njump @3\n@2:\na0 = 1\njump [ra]\n@3:\na0 = 7654321\njump [ra]";
    let between = |first, second| {
        let [first, second] = [first, second].map(|id| Place::Code(BlockId(id)));
        FixupValue::Difference(first, second)
    };
    for (bytes, after) in [(8, between(3, 2)), (4, between(1, 2)), (2, between(1, 2))] {
        let mut program = parse(text);
        program.data[0].fixups.push(Fixup { offset: 8, bytes, value: between(1, 2) });
        run("blocks", &mut program);
        assert_eq!(program.data[0].fixups[0].value, after, "{bytes} bytes");
    }
}
