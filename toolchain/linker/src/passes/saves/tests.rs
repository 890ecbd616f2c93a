// SPDX-License-Identifier: Apache-2.0
//! Which registers need not come back, and which must.

use crate::passes::tests::{golden, is_left_alone};

/// The code of a function that saves registers in a frame of so many bytes, from the top, and restores them in the end.
fn framed(bytes: i32, saved: &[&str], body: &str) -> String {
    let mut saves = String::new();
    let mut restores = String::new();
    for (number, reg) in (1..).zip(saved) {
        let at = bytes - 8 * number;
        saves += &format!("U64 [sp + {at}] = {reg}\n");
        restores += &format!("{reg} = U64 [sp + {at}]\n");
    }
    format!("sp = Add(W64) sp, -{bytes}\n{saves}{body}\n{restores}sp = Add(W64) sp, {bytes}\njump [ra]")
}

/// Something to do that needs a register.
const SQUARE: &str = "s0 = Add(W64) a0, 1\na0 = Mul(W64) s0, s0";

#[test]
fn the_host_needs_no_register_back_but_callers_do() {
    // A function that the host calls, with a loop of its own.
    let body = "s0 = a0
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
            a0 = s1";
    let callee = framed(16, &["s0"], "U64 [sp + 0] = a0\ns0 = Mul(W64) a0, a0\na0 = s0");
    let program = |saved: &[&str]| format!("export f\n@0:\n{}\n@4:\n{callee}", framed(32, saved, body));
    golden("saves", &program(&["ra", "s0", "s1"]), &program(&["ra"]));
}

#[test]
fn an_empty_frame_goes() {
    golden(
        "saves",
        &format!("export f\n@0:\n{}", framed(16, &["s0"], SQUARE)),
        &format!("export f\n@0:\n{SQUARE}\njump [ra]"),
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
    let square = framed(16, &["s0"], SQUARE);
    is_left_alone("saves", &format!("export f\n@0:\na1 = &@1\njump [a1]\n@1:\n{square}"));
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
    let body = "s0 = Add(W64) sp, 16\nU64 [s0 + -16] = a0\na0 = U64 [s0 + -8]";
    is_left_alone("saves", &format!("export f\n@0:\n{}", framed(16, &["s0"], body)));
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
fn slots_that_are_loaded_by_another_register_are_kept() {
    // As in frames so large that offsets do not fit into an instruction.
    for base in ["a3 = Add(W64) sp, 8", "a4 = sp\na3 = Add(W64) a4, 8", "a3 = 8\na3 = Add(W64) a3, sp"] {
        let program = format!(
            "export f
            @0:
                sp = Add(W64) sp, -32
                U64 [sp + 24] = ra
                U64 [sp + 16] = s0
                s0 = a0
                {base}
                ra = U64 [a3 + 16]
                s0 = U64 [a3 + 8]
                sp = Add(W64) sp, 32
                jump [ra]"
        );
        is_left_alone("saves", &program);
    }
}

#[test]
fn what_a_switch_leads_to_belongs_to_the_function() {
    // Its labels are no part of what is seen of the function, but return for it.
    let function = framed(16, &["s0"], "s0 = a0\na1 = &@3\njump [a1]\n@3:\na0 = s0");
    is_left_alone(
        "saves",
        &format!(
            "export f\n@0:\ns0 = a0\nra = &@1, jump @2
            @1:\na0 = Add(W64) a0, s0\njump [ra]
            @2:\n{function}"
        ),
    );
}
