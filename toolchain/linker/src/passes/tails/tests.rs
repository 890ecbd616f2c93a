// SPDX-License-Identifier: Apache-2.0
//! Which equal ends of blocks are kept apart.

use crate::passes::tests::is_left_alone;

#[test]
fn ends_of_functions_that_run_often_stay_theirs() {
    let end = "ra = U64 [sp + 24]\ns0 = U64 [sp + 16]\ns1 = U64 [sp + 8]\nsp = Add(W64) sp, 32\njump [ra]";
    is_left_alone(
        "tails",
        &format!(
            "export f\n@0:\nra = &@1, jump @3\n@1:\njump @0 if a0 Ne 0 else @2\n@2:\njump [ra]
            @3:\njump @4 if a1 Eq 0 else @5\n@4:\na0 = 1\n{end}\n@5:\na0 = 2\n{end}"
        ),
    );
}
