// SPDX-License-Identifier: Apache-2.0
//! Which upper halves are dropped.

use crate::passes::tests::golden;

#[test]
fn upper_halves_that_nobody_reads_are_not_computed() {
    golden(
        "widen",
        "export f
        @0:
            a2 = Add(W32) a2, a1
            a3 = Add(W32) a2, 0
            a4 = Shl(W64) a3, 32
            a5 = Shr(W64) a4, 30
            a0 = U32 [a5 + &data0+0]
            trap",
        "export f
        @0:
            a2 = Add(W64) a2, a1
            a3 = a2
            a4 = Shl(W64) a3, 32
            a5 = Shl(W64) a3, 2
            a0 = U32 [a5 + &data0+0]
            trap",
    );
    // Whoever is returned to may read them, and so does a comparison.
    let text = "export f\n@0:\na0 = Add(W32) a0, a1\njump [ra]";
    golden("widen", text, text);
    let text = "export f\n@0:\na0 = Add(W32) a0, 0\njump @1 if a0 Eq 0 else @2\n@1:\ntrap\n@2:\ntrap";
    golden("widen", text, text);
}
