// SPDX-License-Identifier: Apache-2.0
//! Where temporaries get their registers from.

use crate::{
    ir::parse::parse,
    passes::tests::{golden, lines, run},
};

#[test]
fn temporaries_take_registers_that_nobody_needs() {
    golden(
        "temporaries",
        "export f\n@0:\ntmp0 = I32 [a0 + 0]\ntmp2 = Add(W32) tmp0, a1\nU32 [a0 + 0] = tmp2\na0 = tmp0\njump [ra]",
        "export f\n@0:\nt0 = I32 [a0 + 0]\nt1 = Add(W32) t0, a1\nU32 [a0 + 0] = t1\na0 = t0\njump [ra]",
    );
}

/// If all are needed, one is saved.
#[test]
fn temporaries_save_a_register_if_they_must() {
    let mut text = String::from("export f\n@0:\ntmp0 = I32 [a0 + 0]\nU32 [a0 + 4] = tmp0\n");
    for (index, reg) in ["ra", "t0", "t1", "t2", "s0", "s1", "a1", "a2", "a3", "a4", "a5"].iter().enumerate()
    {
        text.push_str(&format!("U64 [sp + {}] = {reg}\n", 8 * index));
    }
    text.push_str("jump [ra]");
    let mut program = parse(&text);
    run("temporaries", &mut program);
    let after = program.to_string();
    assert_eq!(program.data.len(), 3, "{after}");
    let expected = "U64 [&data2+0] = t0\nt0 = I32 [a0 + 0]\nU32 [a0 + 4] = t0\nt0 = U64 [&data2+0]";
    assert_eq!(lines(&after)[2..6], lines(expected), "{after}");
}
