// SPDX-License-Identifier: Apache-2.0
//! Which slots of the stack become registers.

mod large_frames;

use crate::{
    ir::parse::parse,
    passes::tests::{golden, is_left_alone, run},
};

/// A function with a frame, and what is in it.
fn with_frame(body: &str) -> String {
    format!("export f\n@0:\nsp = Add(W64) sp, -272\n{body}\nsp = Add(W64) sp, 272\njump [ra]")
}

#[test]
fn registers_take_the_place_of_slots() {
    golden(
        "registers",
        &with_frame(
            "a2 = Add(W64) a0, a1
            U64 [sp + 200] = a2
            a2 = U64 [a0 + 0]
            a3 = U64 [sp + 200]
            a0 = Add(W64) a2, a3",
        ),
        &with_frame(
            "t0 = Add(W64) a0, a1
            a0 = U64 [a0 + 0]
            a0 = Add(W64) a0, t0",
        ),
    );
}

#[test]
fn slots_that_others_may_read_keep_their_stores() {
    // The address of the slot, or of one below, goes to the host.
    for at in [200, 192] {
        let text = format!("U64 [sp + 200] = a1\na2 = U64 [sp + 200]\na0 = Add(W64) sp, {at}\na1 = a2");
        let mut program = parse(&with_frame(&text));
        run("registers", &mut program);
        assert!(program.to_string().contains("U64 [sp + 200] = a1"), "{program}");
    }
    // What lies above the stack pointer belongs to the caller.
    let mut program = parse(&with_frame("U64 [sp + 272] = a1\na2 = U64 [sp + 272]\na0 = Add(W64) a1, a2"));
    run("registers", &mut program);
    assert!(program.to_string().contains("U64 [sp + 272] = a1"), "{program}");
    // A slot that is read elsewhere.
    is_left_alone(
        "registers",
        "export f
        @0:
            sp = Add(W64) sp, -272
            U64 [sp + 200] = a1
            a2 = U64 [sp + 8]
            jump @1 if a2 Eq 0 else @2
        @1:
            sp = Add(W64) sp, 272
            jump [ra]
        @2:
            a0 = U64 [sp + 200]
            sp = Add(W64) sp, 272
            jump [ra]",
    );
}

#[test]
fn arguments_on_the_stack_keep_their_stores() {
    golden(
        "registers",
        "export f
        @0:
            sp = Add(W64) sp, -16
            U64 [sp + 8] = ra
            U64 [sp + 0] = a1
            a2 = U64 [sp + 8]
            ra = &@1, jump @2
        @1:
            ra = U64 [sp + 8]
            sp = Add(W64) sp, 16
            jump [ra]
        @2:
            a0 = U64 [sp + 0]
            a0 = Add(W64) a0, a2
            jump [ra]",
        "export f
        @0:
            sp = Add(W64) sp, -16
            U64 [sp + 8] = ra
            U64 [sp + 0] = a1
            a2 = ra
            ra = &@1, jump @2
        @1:
            ra = U64 [sp + 8]
            sp = Add(W64) sp, 16
            jump [ra]
        @2:
            a0 = U64 [sp + 0]
            a0 = Add(W64) a0, a2
            jump [ra]",
    );
}

#[test]
fn a_program_that_switches_stacks_keeps_its_slots() {
    is_left_alone(
        "registers",
        "export f
        @0:
            U64 [sp + 200] = a1
            a2 = U64 [sp + 200]
            a2 = Add(W64) a2, a1
            sp = U64 [a0 + 0]
            jump [ra]",
    );
}

#[test]
fn slots_that_a_pointer_goes_down_to_keep_their_stores() {
    // By a frame pointer with a negative offset, in another block.
    is_left_alone(
        "registers",
        "export f
        @0:
            sp = Add(W64) sp, -272
            U64 [sp + 200] = a1
            a2 = U64 [sp + 200]
            s0 = Add(W64) sp, 272
            jump @1 if a2 Eq 0 else @2
        @1:
            sp = Add(W64) sp, 272
            jump [ra]
        @2:
            a0 = U64 [s0 + -72]
            a1 = U64 [sp + 200]
            sp = Add(W64) sp, 272
            jump [ra]",
    );
}

/// A function that keeps two words of an object, and goes down to the lower one by an address that it has made of the upper one's.
fn going_down(made: &str) -> String {
    format!(
        "export f
        @0:
            sp = Add(W64) sp, -64
            U64 [sp + 16] = a1
            a2 = Add(W64) sp, 32
            {made}
            U64 [a2 + -16] = a3
            a0 = U64 [sp + 16]
            sp = Add(W64) sp, 64
            jump [ra]"
    )
}

/// An address that was put together from another is one all the same, and so is one that was in memory.
#[test]
fn slots_that_an_address_leads_to_in_another_way_keep_their_loads() {
    for made in [
        "a2 = MaxU a2, a4",
        "a2 = MinS a4, a2",
        "a2 = Xor a2, a4\na2 = Xor a2, a4",
        "a2 = Or a2, a4",
        "a2 = Or a2, 4",
        "a2 = AndNot a2, a4",
        "a2 = Mul(W64) a2, a4",
        "a2 = Sub(W64) a4, a2\na2 = Sub(W64) a4, a2",
        "a2 = 0 if a4 == 0",
        "U64 [sp + 8] = a2\na2 = U64 [sp + 8]",
        "U64 [sp + 8] = a2\na5 = U64 [sp + 8]\na2 = a5",
        "U64 [a4 + 0] = a2\na2 = U64 [a4 + 0]",
        "U64 [a4 + 0] = a2\na5 = U64 [a4 + 8]\nU64 [sp + 8] = a5\na2 = U64 [sp + 8]",
    ] {
        let mut program = parse(&going_down(made));
        run("registers", &mut program);
        let after = program.to_string();
        assert!(after.contains("a0 = U64 [sp + 16]"), "{made}: {after}");
    }
}
