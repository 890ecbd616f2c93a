// SPDX-License-Identifier: Apache-2.0
//! Which functions replace their calls.

use crate::passes::tests::golden;

#[test]
fn small_functions_replace_their_calls() {
    golden(
        "inline",
        "export f\n@0:\nra = &@1, jump @2\n@1:\na1 = a0\ntrap\n@2:\na0 = Add(W64) a0, 1\njump [ra]",
        "export f\n@0:\na0 = Add(W64) a0, 1\njump @1\n@1:\na1 = a0\ntrap",
    );
    // The return address is read behind the call.
    let text =
        "export f\n@0:\nra = &@1, jump @2\n@1:\nU64 [sp + 0] = ra\ntrap\n@2:\na0 = Add(W64) a0, 1\njump [ra]";
    golden("inline", text, text);
}
