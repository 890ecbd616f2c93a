// SPDX-License-Identifier: Apache-2.0
//! What is in a register already.

use crate::passes::tests::{golden, is_left_alone};

#[test]
fn copies_use_what_is_there() {
    golden(
        "copies",
        "export f
        @0:
            a1 = a0
            a2 = Add(W64) a1, 5
            a3 = Add(W64) a0, 5
            a4 = 305419896
            a5 = 305419896
            jump [ra]",
        "export f
        @0:
            a1 = a0
            a2 = Add(W64) a0, 5
            a3 = a2
            a4 = 305419896
            a5 = a4
            jump [ra]",
    );
}

#[test]
fn copies_end_where_the_original_changes_and_loads_where_memory_does() {
    let text = "export f
        @0:
            a1 = a0
            a0 = 3
            a2 = Add(W64) a1, 5
            a3 = U64 [sp + 0]
            U64 [a2 + 0] = a1
            a4 = U64 [sp + 0]
            jump [ra]";
    golden("copies", text, text);
}

#[test]
fn temporaries_are_calculated_where_they_are_read() {
    let text = "export f
        @0:
            tmp0 = Shl(W64) a0, 3
            a1 = Add(W64) tmp0, a1
            tmp0 = Shl(W64) a0, 3
            a2 = Add(W64) tmp0, a2
            jump [ra]";
    is_left_alone("copies", text);
}

#[test]
fn no_jump_becomes_a_return() {
    let text = "export f
        @0:
            ra = U64 [sp + 0]
            a0 = ra
            jump [a0]";
    is_left_alone("copies", text);
}
