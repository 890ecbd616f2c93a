// SPDX-License-Identifier: Apache-2.0
//! Which constants and addresses are taken from a register near to them.

use crate::passes::tests::golden;

#[test]
fn constants_are_taken_from_what_is_near() {
    golden(
        "near",
        "export f
        @0:
            a0 = &data0+0
            a5 = &data0+100
            a1 = 305419896
            a2 = 305419900
            U64 [&data0+8] = a1
            a3 = Add(W64) sp, 200
            U64 [sp + 208] = a1
            U64 [sp + 0] = a5
            a4 = Add(W64) sp, 260
            sp = Add(W64) sp, 16
            U64 [sp + 192] = a4
            jump @1 if a2 Eq 305419896 else @2
        @1:
            jump [ra]
        @2:
            trap",
        "export f
        @0:
            a0 = &data0+0
            a5 = Add(W64) a0, 100
            a1 = 305419896
            a2 = Add(W64) a1, 4
            U64 [a0 + 8] = a1
            a3 = Add(W64) sp, 200
            U64 [a3 + 8] = a1
            U64 [sp + 0] = a5
            a4 = Add(W64) a3, 60
            sp = Add(W64) sp, 16
            U64 [a3 + 8] = a4
            jump @1 if a2 Eq a1 else @2
        @1:
            jump [ra]
        @2:
            trap",
    );
    // What a register held at another stack pointer, or before a store could have changed it, is not near.
    let text = "export f
        @0:
            a3 = Add(W64) sp, 200
            sp = a4
            U64 [sp + 208] = a1
            a3 = a1
            U64 [sp + 216] = a1
            jump [ra]";
    golden("near", text, text);
}
