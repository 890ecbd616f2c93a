// SPDX-License-Identifier: Apache-2.0
//! What passes do that look at saved registers, bytes next to one another, and blocks that run often; and what they must leave alone.

use super::tests::{golden, is_left_alone};

/// A function that the host calls, with a loop of its own.
const EXPORTED: &str = "export f
    @0:
        sp = Add(W64) sp, -32
        U64 [sp + 24] = ra
        U64 [sp + 16] = s0
        U64 [sp + 8] = s1
        s0 = a0
        s1 = 0
        jump @1
    @1:
        a0 = s0
        ra = &@2, jump @4
    @2:
        s0 = Add(W64) s0, -1
        s1 = Add(W64) s1, a0
        jump @1 if s0 Ne 0 else @3
    @3:
        a0 = s1
        ra = U64 [sp + 24]
        s0 = U64 [sp + 16]
        s1 = U64 [sp + 8]
        sp = Add(W64) sp, 32
        jump [ra]";

#[test]
fn the_host_needs_no_register_back_but_callers_do() {
    let callee = "
    @4:
        sp = Add(W64) sp, -16
        U64 [sp + 8] = s0
        U64 [sp + 0] = a0
        s0 = Mul(W64) a0, a0
        a0 = s0
        s0 = U64 [sp + 8]
        sp = Add(W64) sp, 16
        jump [ra]";
    golden(
        "saves",
        &format!("{EXPORTED}{callee}"),
        &format!(
            "export f
    @0:
        sp = Add(W64) sp, -32
        U64 [sp + 24] = ra
        s0 = a0
        s1 = 0
        jump @1
    @1:
        a0 = s0
        ra = &@2, jump @4
    @2:
        s0 = Add(W64) s0, -1
        s1 = Add(W64) s1, a0
        jump @1 if s0 Ne 0 else @3
    @3:
        a0 = s1
        ra = U64 [sp + 24]
        sp = Add(W64) sp, 32
        jump [ra]{callee}"
        ),
    );
}

#[test]
fn an_empty_frame_goes() {
    golden(
        "saves",
        "export f
        @0:
            sp = Add(W64) sp, -16
            U64 [sp + 8] = s0
            s0 = Add(W64) a0, 1
            a0 = Mul(W64) s0, s0
            s0 = U64 [sp + 8]
            sp = Add(W64) sp, 16
            jump [ra]",
        "export f
        @0:
            s0 = Add(W64) a0, 1
            a0 = Mul(W64) s0, s0
            jump [ra]",
    );
}

#[test]
fn who_never_returns_saves_for_nobody() {
    golden(
        "saves",
        "export f
        @0:
            s0 = a0
            ra = &@1, jump @2
        @1:
            a0 = s0
            jump [ra]
        @2:
            sp = Add(W64) sp, -32
            U64 [sp + 24] = ra
            U64 [sp + 16] = s0
            U64 [sp + 0] = a0
            s0 = Add(W64) sp, 0
            a0 = s0
            host call 0
            trap",
        "export f
        @0:
            s0 = a0
            ra = &@1, jump @2
        @1:
            a0 = s0
            jump [ra]
        @2:
            sp = Add(W64) sp, -32
            U64 [sp + 0] = a0
            s0 = Add(W64) sp, 0
            a0 = s0
            host call 0
            trap",
    );
}

#[test]
fn what_others_may_need_is_kept() {
    // Somebody calls the function by its address.
    is_left_alone(
        "saves",
        "export f
        @0:
            a1 = &@1
            jump [a1]
        @1:
            sp = Add(W64) sp, -16
            U64 [sp + 8] = s0
            s0 = Add(W64) a0, 1
            a0 = Mul(W64) s0, s0
            s0 = U64 [sp + 8]
            sp = Add(W64) sp, 16
            jump [ra]",
    );
    // The value is used, and not only given back.
    is_left_alone(
        "saves",
        "export f
        @0:
            sp = Add(W64) sp, -16
            U64 [sp + 8] = s0
            s0 = Add(W64) a0, 1
            a0 = Mul(W64) s0, s0
            s0 = U64 [sp + 8]
            a0 = Add(W64) a0, s0
            sp = Add(W64) sp, 16
            jump [ra]",
    );
    // A frame pointer: who has it gets to the slots.
    is_left_alone(
        "saves",
        "export f
        @0:
            sp = Add(W64) sp, -16
            U64 [sp + 8] = s0
            s0 = Add(W64) sp, 16
            U64 [s0 + -16] = a0
            a0 = U64 [s0 + -8]
            s0 = U64 [sp + 8]
            sp = Add(W64) sp, 16
            jump [ra]",
    );
    // It goes back to where something else than its caller said.
    is_left_alone(
        "saves",
        "export f
        @0:
            sp = Add(W64) sp, -32
            U64 [sp + 24] = ra
            U64 [sp + 16] = s0
            s0 = a0
            ra = &@1, jump @2
        @1:
            s0 = U64 [sp + 16]
            sp = Add(W64) sp, 32
            jump [ra]
        @2:
            jump [ra]",
    );
}

#[test]
fn slots_that_a_callee_restores_are_kept() {
    // As compilers do that put equal ends of functions into one: it is called with another register, and gets to its caller's frame.
    is_left_alone(
        "saves",
        "export f
        @0:
            sp = Add(W64) sp, -32
            U64 [sp + 24] = ra
            U64 [sp + 16] = s0
            s0 = a0
            t0 = &@1, jump @2
        @1:
            sp = Add(W64) sp, 32
            jump [ra]
        @2:
            ra = U64 [sp + 24]
            s0 = U64 [sp + 16]
            jump [t0]",
    );
}

#[test]
fn what_a_switch_leads_to_belongs_to_the_function() {
    // Its labels are no part of what is seen of the function, but return for it.
    is_left_alone(
        "saves",
        "export f
        @0:
            s0 = a0
            ra = &@1, jump @2
        @1:
            a0 = Add(W64) a0, s0
            jump [ra]
        @2:
            sp = Add(W64) sp, -16
            U64 [sp + 8] = s0
            s0 = a0
            a1 = &@3
            jump [a1]
        @3:
            a0 = s0
            s0 = U64 [sp + 8]
            sp = Add(W64) sp, 16
            jump [ra]",
    );
}

#[test]
fn words_are_loaded_at_once() {
    golden(
        "registers",
        "export f
        @0:
            a5 = U8 [a0 + 1]
            a2 = U8 [a0 + 0]
            a3 = U8 [a0 + 2]
            a4 = U8 [a0 + 3]
            a5 = Shl(W64) a5, 8
            a3 = Shl(W64) a3, 16
            a4 = Shl(W64) a4, 24
            a5 = Or a5, a2
            a3 = Or a3, a4
            a0 = Or a5, a3
            jump [ra]",
        "export f
        @0:
            a0 = U32 [a0 + 0]
            jump [ra]",
    );
    // Signed, because the last shift is one of 32 bits.
    golden(
        "registers",
        "export f
        @0:
            a5 = U8 [a0 + 4]
            a2 = U8 [a0 + 5]
            a3 = U16 [a0 + 6]
            a2 = Shl(W64) a2, 8
            a3 = Shl(W32) a3, 16
            a5 = Or a5, a2
            a0 = Or a5, a3
            jump [ra]",
        "export f
        @0:
            a0 = I32 [a0 + 4]
            jump [ra]",
    );
}

#[test]
fn bytes_that_are_no_word_stay_bytes() {
    let program = |second: &str, between: &str, shift: i32| {
        format!(
            "export f
            @0:
                a5 = U8 [a0 + 0]
                {between}
                a2 = U8 [{second}]
                a2 = Shl(W64) a2, {shift}
                a0 = Or a5, a2
                jump [ra]"
        )
    };
    golden(
        "registers",
        &program("a0 + 1", "", 8),
        "export f
        @0:
            a0 = U16 [a0 + 0]
            jump [ra]",
    );
    for (second, between, shift) in [
        ("a0 + 2", "", 8),
        ("a3 + 1", "", 8),
        ("a0 + 1", "", 16),
        ("a0 + 1", "", 9),
        // Somebody may write there meanwhile.
        ("a0 + 1", "U8 [a3 + 0] = a4", 8),
        // Not the same base any more.
        ("a0 + 1", "a0 = Add(W64) a0, 1", 8),
    ] {
        is_left_alone("registers", &program(second, between, shift));
    }
}

#[test]
fn constants_next_to_one_another_are_stored_at_once() {
    golden(
        "stores",
        "export f
        @0:
            U8 [sp + 52] = 1
            U8 [sp + 53] = 2
            a2 = Add(W64) a0, 1
            U16 [sp + 54] = 3
            U32 [sp + 0] = -1
            U32 [sp + 4] = -1
            jump [ra]",
        "export f
        @0:
            a2 = Add(W64) a0, 1
            U32 [sp + 52] = 197121
            U64 [sp + 0] = -1
            jump [ra]",
    );
    for text in [
        // Somebody else's memory; not next to one another; somebody reads in between; no immediate has so many bits.
        "U8 [a0 + 0] = 1\nU8 [a0 + 1] = 2",
        "U8 [sp + 0] = 1\nU8 [sp + 2] = 2",
        "U8 [sp + 0] = 1\na0 = U8 [a2 + 0]\nU8 [sp + 1] = 2",
        "U8 [sp + 0] = 1\nsp = Add(W64) sp, 8\nU8 [sp + 1] = 2",
        "U32 [sp + 0] = 1\nU32 [sp + 4] = 2",
    ] {
        is_left_alone("stores", &format!("export f\n@0:\n{text}\njump [ra]"));
    }
}

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

#[test]
fn ends_of_functions_that_run_often_stay_theirs() {
    let end = "ra = U64 [sp + 24]\ns0 = U64 [sp + 16]\ns1 = U64 [sp + 8]\nsp = Add(W64) sp, 32\njump [ra]";
    is_left_alone(
        "tails",
        &format!(
            "export f\n@0:\nra = &@1, jump @3\n@1:\njump @0 if a0 Ne 0 else @2\n@2:\njump [ra]
            @3:\njump @4 if a1 Eq 0 else @5\n@4:\na0 = 1\n{end}\n@5:\na0 = 2\n{end}"
        ),
    );
}
