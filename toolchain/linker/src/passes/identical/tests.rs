// SPDX-License-Identifier: Apache-2.0
//! Which equal blocks are one.

use crate::passes::tests::golden;

#[test]
fn equal_blocks_are_kept_once() {
    golden(
        "identical",
        "export f
        @0:
            jump @1 if a0 Eq 0 else @2
        @1:
            a0 = U64 [a1 + 8]
            a0 = Add(W64) a0, 77
            jump [ra]
        @2:
            a0 = U64 [a1 + 8]
            a0 = Add(W64) a0, 77
            jump [ra]",
        "export f
        @0:
            jump @1
        @1:
            a0 = U64 [a1 + 8]
            a0 = Add(W64) a0, 77
            jump [ra]",
    );
    // Functions whose addresses are taken are not the same function.
    let text = "export f
        @0:
            a0 = &@1
            a1 = &@2
            jump [ra]
        @1:
            a0 = U64 [a1 + 8]
            a0 = Add(W64) a0, 77
            jump [ra]
        @2:
            a0 = U64 [a1 + 8]
            a0 = Add(W64) a0, 77
            jump [ra]";
    golden("identical", text, text);
}
