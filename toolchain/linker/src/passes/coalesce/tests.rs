// SPDX-License-Identifier: Apache-2.0
//! Which copies go, and which stay.

use crate::passes::tests::golden;

#[test]
fn values_are_made_where_copies_would_take_them() {
    golden(
        "coalesce",
        "export f
        @0:
            a3 = U64 [sp + 0]
            a0 = Add(W64) a3, 1
            a1 = a3
            jump @1 if a3 LtU a0 else @2
        @1:
            a0 = Add(W64) a1, a0
            jump [ra]
        @2:
            a0 = a1
            jump [ra]",
        "export f
        @0:
            a1 = U64 [sp + 0]
            a0 = Add(W64) a1, 1
            jump @1 if a1 LtU a0 else @2
        @1:
            a0 = Add(W64) a1, a0
            jump [ra]
        @2:
            a0 = a1
            jump [ra]",
    );
    // Also if the source gets another value behind the copy, which may be made from the old one.
    golden(
        "coalesce",
        "export f
        @0:
            a3 = U64 [sp + 0]
            a1 = a3
            a3 = Add(W64) a3, 1
            a0 = Add(W64) a3, a1
            jump [ra]",
        "export f
        @0:
            a1 = U64 [sp + 0]
            a3 = Add(W64) a1, 1
            a0 = Add(W64) a3, a1
            jump [ra]",
    );
}

#[test]
fn copies_stay_where_both_values_are_needed() {
    for text in [
        // The source lives on.
        "export f
        @0:
            a3 = U64 [sp + 0]
            a1 = a3
            a1 = Add(W64) a1, 1
            a0 = Add(W64) a3, a1
            jump [ra]",
        // It lives on in another block.
        "export f
        @0:
            a3 = U64 [sp + 0]
            a1 = a3
            jump @1 if a1 Eq 0 else @2
        @1:
            a0 = Add(W64) a3, a1
            jump [ra]
        @2:
            a0 = a1
            jump [ra]",
        // The destination is used before.
        "export f
        @0:
            a3 = U64 [sp + 0]
            a2 = Add(W64) a1, a3
            a1 = a3
            a0 = Add(W64) a2, a1
            jump [ra]",
        // Somebody reads the register without naming it.
        "export f
        @0:
            a1 = U64 [sp + 0]
            memset
            a3 = a1
            a0 = Add(W64) a3, 1
            jump [ra]",
        // A conditional move needs the old value where it is.
        "export f
        @0:
            a3 = U64 [sp + 0]
            a3 = a2 if a4 != 0
            a1 = a3
            a0 = a1
            jump [ra]",
    ] {
        golden("coalesce", text, text);
    }
}
