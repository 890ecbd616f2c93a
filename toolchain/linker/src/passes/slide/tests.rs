// SPDX-License-Identifier: Apache-2.0
//! Where the stack pointer moves to.

use crate::passes::tests::golden;

#[test]
fn the_stack_pointer_moves_where_offsets_are_short() {
    golden(
        "slide",
        "export f
        @0:
            sp = Add(W64) sp, -304
            U64 [sp + 296] = ra
            a1 = 1
            U64 [sp + 288] = s0
            a2 = Add(W64) sp, 8
            U64 [sp + 16] = a1
            jump @1 if a0 Eq 0 else @2
        @1:
            ra = U64 [sp + 296]
            a0 = Add(W64) a0, 1
            s0 = U64 [sp + 288]
            sp = Add(W64) sp, 304
            jump [ra]
        @2:
            trap",
        "export f
        @0:
            U64 [sp + -8] = ra
            a1 = 1
            U64 [sp + -16] = s0
            sp = Add(W64) sp, -304
            a2 = Add(W64) sp, 8
            U64 [sp + 16] = a1
            jump @1 if a0 Eq 0 else @2
        @1:
            sp = Add(W64) sp, 304
            ra = U64 [sp + -8]
            a0 = Add(W64) a0, 1
            s0 = U64 [sp + -16]
            jump [ra]
        @2:
            trap",
    );
    // The host could look at the stack; and what stores the stack pointer stores another.
    for text in [
        "export f
        @0:
            sp = Add(W64) sp, -304
            host call 0
            U64 [sp + 296] = ra
            jump [ra]",
        "export f
        @0:
            sp = Add(W64) sp, -304
            U64 [sp + 0] = sp
            U64 [sp + 296] = ra
            jump [ra]",
        "export f
        @0:
            s0 = U64 [sp + 288]
            a0 = sp
            sp = Add(W64) sp, 304
            jump [ra]",
    ] {
        golden("slide", text, text);
    }
}
