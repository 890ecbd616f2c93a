// SPDX-License-Identifier: Apache-2.0
//! Which jumps and blocks go.

use crate::passes::tests::{golden, is_left_alone};

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
