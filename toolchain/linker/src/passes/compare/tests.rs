// SPDX-License-Identifier: Apache-2.0
//! Which comparisons look at the value itself.

use crate::passes::tests::golden;

#[test]
fn values_are_compared_without_being_changed_first() {
    golden(
        "compare",
        "export f
        @0:
            a3 = Add(W64) a3, -221
            jump @1 if a3 Ne 0 else @2
        @1:
            a2 = Xor a0, 3
            a0 = 1
            jump @2 if a2 Eq 5 else @3
        @2:
            jump [ra]
        @3:
            a0 = 2
            jump [ra]",
        "export f
        @0:
            jump @1 if a3 Ne 221 else @2
        @1:
            a2 = Xor a0, 3
            a0 = 1
            jump @2 if a2 Eq 5 else @3
        @2:
            jump [ra]
        @3:
            a0 = 2
            jump [ra]",
    );
    for text in [
        // Only half of the register counts, or an order.
        "export f
        @0:
            a2 = Add(W32) a1, -221
            jump @1 if a2 Ne 0 else @2
        @1:
            a2 = Add(W64) a1, -221
            jump @2 if a2 LtU 5 else @3
        @2:
            jump [ra]
        @3:
            a0 = 2
            jump [ra]",
        // The sum is needed.
        "export f
        @0:
            a0 = Add(W64) a0, 1
            jump @1 if a0 Ne 0 else @2
        @1:
            jump [ra]
        @2:
            a0 = 2
            jump [ra]",
    ] {
        golden("compare", text, text);
    }
}
