// SPDX-License-Identifier: Apache-2.0
//! In which order blocks lie.

use crate::passes::tests::golden;

#[test]
fn blocks_follow_the_jump_to_them() {
    golden(
        "layout",
        "export f\n@0:\njump @2\nexport g\n@1:\njump [ra]\n@2:\na0 = 1\njump [ra]",
        "export f\n@0:\njump @2\n@2:\na0 = 1\njump [ra]\nexport g\n@1:\njump [ra]",
    );
    // A loop keeps its test at the end.
    let text = "export f\n@0:\njump @2\n@1:\na0 = Add(W64) a0, 1\njump @2\n@2:\njump @1 if a0 LtU 9 else @3\n@3:\njump [ra]";
    golden("layout", text, text);
}
