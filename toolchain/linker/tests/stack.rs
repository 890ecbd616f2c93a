// SPDX-License-Identifier: Apache-2.0
//! What functions do with their stack, in the ways of compilers and beyond.

mod common;

use common::{
    asm::{i_type, s_type},
    small::{compare, for_both, return_a0},
};

/// Where unaligned accesses are fast, compilers copy eleven bytes by two words that overlap.
#[test]
fn accesses_of_the_stack_may_reach_over_the_ends_of_words() {
    for_both(|is_64| {
        compare("stack-overlap", is_64, |asm| {
            let (word, load, store) = if is_64 { (8, 3, 3) } else { (4, 2, 2) };
            asm.word(i_type(0x13, 0, 2, 2, -8 * word)); // addi sp, sp, -8 words
            asm.li(12, -1);
            // Two words; what is in the second is never loaded by itself.
            asm.word(s_type(0x23, store, 2, 12, word));
            asm.word(s_type(0x23, store, 2, 10, 2 * word));
            // Bytes of the first, and a word of both.
            asm.word(s_type(0x23, 1, 2, 10, word + 1));
            asm.word(i_type(0x03, load, 14, 2, word + 1));
            asm.word(s_type(0x23, 0, 2, 10, word + 2));
            asm.word(i_type(0x03, load, 15, 2, word + 2));
            // An object, whose address somebody else could get.
            asm.word(i_type(0x13, 0, 13, 2, 5 * word)); // addi a3, sp, 5 words
            asm.word(s_type(0x23, store, 13, 14, 0));
            asm.word(i_type(0x03, load, 10, 13, 0));
            asm.word(0x00f5_0533); // add a0, a0, a5
            asm.word(i_type(0x13, 0, 2, 2, 8 * word));
            for register in [12, 13, 14, 15] {
                asm.li(register, 0);
            }
            return_a0(asm);
        });
    });
}
