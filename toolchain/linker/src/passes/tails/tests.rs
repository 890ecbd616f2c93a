// SPDX-License-Identifier: Apache-2.0
//! Which equal ends of blocks are shared, and which are kept apart.

use crate::ir::parse::parse;
use crate::passes::tests::{golden, is_left_alone, run};

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

#[test]
fn equal_ends_are_shared() {
    let end = "ra = U64 [sp + 24]\ns0 = U64 [sp + 16]\nsp = Add(W64) sp, 32\njump [ra]\n";
    golden(
        "tails",
        &format!("export f\n@0:\na0 = 1\n{end}export g\n@1:\na0 = 2\n{end}"),
        &format!("export f\n@0:\na0 = 1\njump @2\n@2:\n{end}export g\n@1:\na0 = 2\njump @2\n"),
    );
}

/// Temporaries live in one block only, as between the parts of an atomic operation.
#[test]
fn ends_that_need_a_temporary_are_not_shared() {
    let part = |name: &str, id: u32, op: &str| {
        format!(
            "export {name}\n@{id}:\ntmp0 = I32 [a0 + 0]\ntmp2 = {op} tmp0, a1\nU32 [a0 + 0] = tmp2\na0 = tmp0
            sp = Add(W64) sp, 320\njump [ra]\n"
        )
    };
    let text = part("f", 0, "Add(W32)") + &part("g", 1, "Xor");
    golden("tails", &text, &text);
    // What is written and read in the end is no reason.
    let text = part("f", 0, "Xor") + &part("g", 1, "Xor");
    let mut program = parse(&text);
    run("tails", &mut program);
    assert_eq!(program.blocks.len(), 3, "{program}");
}
