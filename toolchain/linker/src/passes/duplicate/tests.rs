// SPDX-License-Identifier: Apache-2.0
//! Which blocks loops get copies of.

use crate::passes::tests::{golden, is_left_alone};

#[test]
fn loops_get_copies_of_short_blocks() {
    golden(
        "duplicate",
        "export f
        @0:
            jump @1 if a0 Eq 0 else @2
        @1:
            a0 = Add(W64) a0, a1
            jump @3
        @2:
            a0 = Add(W64) a0, a2
            jump @3
        @3:
            a3 = Add(W64) a3, 1
            jump @4
        @4:
            jump @0 if a3 Ne 9 else @5
        @5:
            jump [ra]",
        "export f
        @0:
            jump @1 if a0 Eq 0 else @2
        @1:
            a0 = Add(W64) a0, a1
            a3 = Add(W64) a3, 1
            jump @4
        @2:
            a0 = Add(W64) a0, a2
            a3 = Add(W64) a3, 1
            jump @4
        @4:
            jump @0 if a3 Ne 9 else @5
        @5:
            jump [ra]",
    );
    // Not in a loop.
    is_left_alone(
        "duplicate",
        "export f
        @0:
            jump @1 if a0 Eq 0 else @2
        @1:
            a0 = Add(W64) a0, a1
            jump @3
        @2:
            a0 = Add(W64) a0, a2
            jump @3
        @3:
            a3 = Add(W64) a3, 1
            jump [ra]",
    );
}
