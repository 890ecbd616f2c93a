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

/// A function that stores something at its stack pointer, calls another one, and does not look at it again.
fn with_callee(store: &str, copy: &str, callee: &str) -> String {
    format!(
        "export f
        @0:
            sp = Add(W64) sp, -16
            U64 [sp + 8] = ra
            {store}
            {copy}
            ra = &@1, jump @2
        @1:
            ra = U64 [sp + 8]
            sp = Add(W64) sp, 16
            jump [ra]
        @2:
            sp = Add(W64) sp, -32
            {callee}
            sp = Add(W64) sp, 32
            jump [ra]"
    )
}

#[test]
fn callees_do_not_get_from_their_objects_to_the_frames_of_callers() {
    let store = "U64 [sp + 0] = a1";
    // By the address of an object, or an index into one, above which a register is saved.
    for object in ["Add(W64) sp, 8", "Add(W64) a1, sp"] {
        let callee = format!("U64 [sp + 24] = s0\na3 = {object}\nU64 [a3 + 0] = a2\na0 = U64 [sp + 16]");
        golden(
            "registers",
            &with_callee(store, "a2 = U64 [sp + 8]", &callee),
            &with_callee("", "a2 = ra", &callee),
        );
    }
    // What is passed on the stack is above the callee's frame; those of any number go on there from what came in registers.
    for arguments in ["Add(W64) sp, 32", "Sub(W64) sp, a1", "Add(W64) sp, 24"] {
        let callee = format!("a3 = {arguments}\na0 = U64 [a3 + 0]");
        golden(
            "registers",
            &with_callee(store, "a2 = U64 [sp + 8]", &callee),
            &with_callee(store, "", &callee),
        );
    }
}
