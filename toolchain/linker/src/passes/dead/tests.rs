// SPDX-License-Identifier: Apache-2.0
//! What nobody reads, and what somebody may.

use crate::{
    analysis::is_conventional,
    ir::parse::parse,
    passes::tests::{golden, is_left_alone},
};

#[test]
fn dead_instructions_go() {
    golden(
        "dead",
        "export f\n@0:\na3 = &data0+0\nt0 = U64 [a3 + 0]\na0 = Add(W64) a0, 1\njump [ra]",
        "export f\n@0:\na0 = Add(W64) a0, 1\njump [ra]",
    );
    // What is stored, and what a host call reads.
    let text = "export f\n@0:\nU64 [sp + 0] = a5\na0 = 1\nhost call 0\njump [ra]";
    golden("dead", text, text);
}

/// A call that was taken apart, whose return address is only a constant on the stack: what is read where it comes back is
/// not dead.
#[test]
fn what_is_read_behind_a_stored_return_address_is_not_dead() {
    let text = "export f
        @0:
            sp = Add(W64) sp, -16
            U64 [sp + 8] = ra
            t0 = 5
            U64 [sp + 0] = &@1
            jump @2
        @1:
            a0 = Add(W64) a0, t0
            ra = U64 [sp + 8]
            sp = Add(W64) sp, 16
            jump [ra]
        @2:
            ra = U64 [sp + 0]
            a0 = 1
            jump [ra]";
    golden("dead", text, text);
}

/// A caller that reads what by convention is lost keeps it alive.
#[test]
fn what_callers_read_is_not_dead() {
    let text = "export f
        @0:
            ra = &@1, jump @2
        @1:
            a0 = t0
            trap
        @2:
            t0 = 5
            t1 = 6
            jump [ra]";
    golden("dead", text, &text.replace("            t1 = 6\n", "").replace("            a0 = t0\n", ""));
    let kept = text.replace("a0 = t0\n            trap", "U64 [sp + 0] = t0\n            trap");
    golden("dead", &kept, &kept.replace("            t1 = 6\n", ""));
}

#[test]
fn ra_may_hold_other_values_between_saving_and_restoring_it() {
    // What the return reads is known, so that `t0` is dead.
    golden(
        "dead",
        "export f
        @0:
            U64 [sp + -8] = ra
            ra = Add(W64) a0, a1
            a0 = ra
            t0 = 5
            ra = U64 [sp + -8]
            jump [ra]",
        "export f
        @0:
            U64 [sp + -8] = ra
            ra = Add(W64) a0, a1
            a0 = ra
            ra = U64 [sp + -8]
            jump [ra]",
    );
    // A jump through what was calculated may lead anywhere, to where `t0` is read.
    is_left_alone(
        "dead",
        "export f
        @0:
            a1 = &@1
            t0 = 5
            ra = Add(W64) a1, 0
            jump [ra]
        @1:
            a0 = t0
            jump [ra]",
    );
}

/// Compilers use `s0` for frames, and for anything else.
#[test]
fn what_comes_from_a_table_is_no_return_address() {
    let jump = |base: &str| parse(&format!("export f\n@0:\nra = U64 [{base} + 8]\njump [ra]"));
    assert!(is_conventional(&jump("sp")));
    assert!(!is_conventional(&jump("s0")));
}

/// The stack pointer may come from a frame pointer, but from nothing else that `s0` holds.
#[test]
fn stacks_are_switched_by_s0_too() {
    let alloca = |frame_pointer: &str| {
        parse(&format!(
            "export f
            @0:
                sp = Add(W64) sp, -32
                U64 [sp + 16] = s0
                s0 = {frame_pointer}
                jump @1 if a0 Eq 0 else @2
            @1:
                ra = &@3, jump @5
            @2:
                sp = Sub(W64) sp, a0
                ra = &@3, jump @5
            @3:
                sp = Add(W64) s0, -32
                s0 = U64 [sp + 16]
                sp = Add(W64) sp, 32
                jump [ra]
            @5:
                s0 = 7
                jump [ra]"
        ))
    };
    for frame_pointer in ["sp", "Add(W64) sp, 32", "Add(W64) a1, sp"] {
        assert!(is_conventional(&alloca(frame_pointer)), "{frame_pointer}");
    }
    for other in ["a1", "U64 [sp + 8]", "&data1+0", "Add(W64) a1, 32"] {
        assert!(!is_conventional(&alloca(other)), "{other}");
    }
}

/// An address on the stack of which half is calculated stands for the same place, and compares as another number.
#[test]
fn stack_pointers_are_moved_as_a_whole() {
    let moved = |width: &str| parse(&format!("export f\n@0:\nsp = Add({width}) sp, -16\njump [ra]"));
    assert!(is_conventional(&moved("W64")));
    assert!(!is_conventional(&moved("W32")));
    let text = |width: &str| {
        format!(
            "export f
            @0:
                a0 = Add(W64) sp, 4
                sp = Add({width}) sp, -2000
                a1 = Add(W64) sp, 2004
                a2 = Sub(W64) a0, a1
                jump [ra]"
        )
    };
    golden("near", &text("W64"), &text("W64").replace("a1 = Add(W64) sp, 2004", "a1 = a0"));
    is_left_alone("near", &text("W32"));
    is_left_alone(
        "slide",
        "export f
        @0:
            sp = Add(W32) sp, -304
            U64 [sp + 296] = ra
            U64 [sp + 288] = s0
            jump [ra]",
    );
}
