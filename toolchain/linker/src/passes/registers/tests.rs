// SPDX-License-Identifier: Apache-2.0
//! Frames whose offsets do not fit into an instruction, so that compilers make addresses in registers.

use crate::{
    analysis::is_conventional,
    ir::parse::parse,
    passes::tests::{golden, is_left_alone},
};

/// A function that keeps the sum of its arguments in a slot, and has an object at an offset that a register holds.
fn with_object(offset: i32, between: &str) -> String {
    format!(
        "export f
        @0:
            sp = Add(W64) sp, -4096
            a4 = {offset}
            a4 = Add(W64) a4, sp
            U64 [a4 + 0] = a1
            {between}
            sp = Add(W64) sp, 4096
            jump [ra]"
    )
}

#[test]
fn slots_below_the_objects_of_a_large_frame_are_private() {
    golden(
        "registers",
        &with_object(
            3000,
            "U64 [sp + 200] = a2
            a2 = U64 [a4 + 8]
            a3 = U64 [sp + 200]
            a0 = Add(W64) a2, a3",
        ),
        "export f
        @0:
            sp = Add(W64) sp, -4096
            a0 = 3000
            a0 = Add(W64) a0, sp
            U64 [a0 + 0] = a1
            a0 = U64 [a0 + 8]
            a0 = Add(W64) a0, a2
            sp = Add(W64) sp, 4096
            jump [ra]",
    );
}

#[test]
fn slots_above_the_objects_of_a_large_frame_are_not() {
    for offset in [200, 100, -4096] {
        is_left_alone(
            "registers",
            &with_object(
                offset,
                "U64 [sp + 200] = a2
                a0 = U64 [a4 + 8]
                a0 = Add(W64) a0, a2",
            ),
        );
    }
}

#[test]
fn return_addresses_come_from_large_frames_too() {
    for (base, is_return) in [("sp", true), ("a2", false)] {
        let program = parse(&format!(
            "export f
            @0:
                ra = Add(W64) a0, a1
                a0 = ra
                a3 = Add(W64) {base}, 1792
                ra = U64 [a3 + 240]
                jump [ra]"
        ));
        assert_eq!(is_conventional(&program), is_return, "from {base}");
    }
}
