// SPDX-License-Identifier: Apache-2.0
//! What becomes one word, and what stays bytes.

use crate::passes::tests::{golden, is_left_alone};

#[test]
fn words_are_loaded_at_once() {
    golden(
        "registers",
        "export f
        @0:
            a5 = U8 [a0 + 1]
            a2 = U8 [a0 + 0]
            a3 = U8 [a0 + 2]
            a4 = U8 [a0 + 3]
            a5 = Shl(W64) a5, 8
            a3 = Shl(W64) a3, 16
            a4 = Shl(W64) a4, 24
            a5 = Or a5, a2
            a3 = Or a3, a4
            a0 = Or a5, a3
            jump [ra]",
        "export f
        @0:
            a0 = U32 [a0 + 0]
            jump [ra]",
    );
    // Signed, because the last shift is one of 32 bits.
    golden(
        "registers",
        "export f
        @0:
            a5 = U8 [a0 + 4]
            a2 = U8 [a0 + 5]
            a3 = U16 [a0 + 6]
            a2 = Shl(W64) a2, 8
            a3 = Shl(W32) a3, 16
            a5 = Or a5, a2
            a0 = Or a5, a3
            jump [ra]",
        "export f
        @0:
            a0 = I32 [a0 + 4]
            jump [ra]",
    );
}

#[test]
fn bytes_that_are_no_word_stay_bytes() {
    let program = |second: &str, between: &str, shift: i32| {
        format!(
            "export f
            @0:
                a5 = U8 [a0 + 0]
                {between}
                a2 = U8 [{second}]
                a2 = Shl(W64) a2, {shift}
                a0 = Or a5, a2
                jump [ra]"
        )
    };
    golden(
        "registers",
        &program("a0 + 1", "", 8),
        "export f
        @0:
            a0 = U16 [a0 + 0]
            jump [ra]",
    );
    for (second, between, shift) in [
        ("a0 + 2", "", 8),
        ("a3 + 1", "", 8),
        ("a0 + 1", "", 16),
        ("a0 + 1", "", 9),
        // Somebody may write there meanwhile.
        ("a0 + 1", "U8 [a3 + 0] = a4", 8),
        // Not the same base any more.
        ("a0 + 1", "a0 = Add(W64) a0, 1", 8),
    ] {
        is_left_alone("registers", &program(second, between, shift));
    }
}
