// SPDX-License-Identifier: Apache-2.0
//! What exports do not reach.

use crate::{
    ir::parse::parse,
    passes::tests::{golden, run},
};

#[test]
fn collect_keeps_what_exports_reach() {
    golden(
        "collect",
        "export f\n@0:\njump @2\n@1:\na0 = &data0+0\njump [ra]\n@2:\njump [ra]",
        "export f\n@0:\njump @2\n@2:\njump [ra]",
    );
    let mut program = parse("export f\n@0:\na0 = &data1+0\njump [ra]");
    run("collect", &mut program);
    assert_eq!(program.data.iter().map(|section| section.kept).collect::<Vec<_>>(), [false, true]);
}
