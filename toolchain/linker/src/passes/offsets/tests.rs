// SPDX-License-Identifier: Apache-2.0
//! Which additions become offsets.

use crate::passes::tests::golden;

#[test]
fn additions_become_offsets_if_they_go_away() {
    golden(
        "offsets",
        "export f\n@0:\na3 = Add(W64) a0, 16\na2 = U64 [a3 + 0]\nU64 [a3 + 8] = a2\njump [ra]",
        "export f\n@0:\na2 = U64 [a0 + 16]\nU64 [a0 + 24] = a2\njump [ra]",
    );
    // The sum is a result.
    let text = "export f\n@0:\na1 = Add(W64) a0, 16\na2 = U64 [a1 + 0]\njump [ra]";
    golden("offsets", text, text);
    // The base changes.
    let text = "export f\n@0:\na3 = Add(W64) a0, 16\na0 = 1\na2 = U64 [a3 + 0]\njump [ra]";
    golden("offsets", text, text);
    // The sum is what is stored.
    let text = "export f\n@0:\na3 = Add(W64) a0, 16\nU64 [a3 + 0] = a3\njump [ra]";
    golden("offsets", text, text);
}
