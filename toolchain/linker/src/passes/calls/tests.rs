// SPDX-License-Identifier: Apache-2.0
//! Which calls are taken apart and put together.

use crate::passes::tests::golden;

#[test]
fn calls_of_a_function_with_one_caller_are_taken_apart_and_put_together() {
    let call = "export f\n@0:\nra = &@1, jump @2\n@1:\njump [ra]\n@2:\na0 = 1\njump [ra]";
    let apart = "export f\n@0:\nra = &@1\njump @2\n@1:\njump [ra]\n@2:\na0 = 1\njump [ra]";
    golden("split-calls", call, apart);
    golden("fuse-calls", apart, call);
    // Two callers.
    let text =
        "export f\n@0:\nra = &@1, jump @3\n@1:\nra = &@2, jump @3\n@2:\njump [ra]\n@3:\na0 = 1\njump [ra]";
    golden("split-calls", text, text);
}
