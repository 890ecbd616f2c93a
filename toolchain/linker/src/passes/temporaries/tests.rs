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

/// Nobody could have the register in between.
#[test]
fn temporaries_get_their_constant_again_where_all_registers_are_busy() {
    let mut busy = String::new();
    for reg in ["ra", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5"] {
        busy.push_str(&format!("U64 [sp + 0] = {reg}\n{reg} = U64 [sp + 8]\n"));
    }
    let before = format!("export f\n@0:\ntmp0 = 77\na0 = Xor a0, tmp0\n{busy}a1 = Xor a1, tmp0\njump [ra]");
    let mut program = parse(&before);
    run("temporaries", &mut program);
    let after = program.to_string();
    let max = |a: &str| format!("t0 = 77\n{a} = Xor {a}, t0");
    let saved = |a: &str| format!("U64 [&data2+0] = t0\n{}\nt0 = U64 [&data2+0]", max(a));
    assert_eq!(
        lines(&after),
        lines(&format!("export f\n@0:\n{}\n{busy}{}\njump [ra]", saved("a0"), max("a1")))
    );
    // What a conditional move makes of a constant is another value.
    let text = before.replace(&busy, &format!("tmp0 = a3 if a4 != 0\n{busy}"));
    let mut program = parse(&text);
    run("temporaries", &mut program);
    assert!(program.to_string().contains("\n    a1 = Xor a1, tmp0"), "{program}");
}
