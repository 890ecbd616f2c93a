// SPDX-License-Identifier: Apache-2.0
//! Objects on the stack that somebody else gets to by another address than that of their start.

mod common;

use common::{
    asm::{i_type, r_type, Asm},
    small::{compare, for_both, return_a0, Words, SP},
};

/// An object of one word, one word above the stack pointer: it is written, somebody reads it by the address that `address` puts into a0,
/// `back` words in front of that, and it is written again and read.
fn object_read_by(name: &str, back: i32, address: impl Fn(&mut Asm, i32)) {
    for_both(|is_64| {
        compare(name, is_64, |asm| {
            let words = Words::new(is_64);
            let word = words.bytes;
            let read = asm.label();
            // An odd number of words: the object is at a multiple of two.
            asm.word(i_type(0x13, 0, SP, SP, -7 * word));
            asm.word(words.store(1, SP, 6));
            asm.word(i_type(0x13, 0, 10, 10, 100));
            asm.word(words.store(10, SP, 1));
            // A value that is spilled.
            asm.word(words.store(10, SP, 3));
            asm.word(words.load(11, SP, 3));
            address(asm, word);
            asm.jal(1, read, true);
            asm.word(words.store(10, SP, 1));
            asm.word(words.load(10, SP, 1));
            asm.word(words.load(1, SP, 6));
            asm.word(i_type(0x13, 0, SP, SP, 7 * word));
            return_a0(asm);
            asm.bind(read);
            asm.word(words.load(10, 10, -back));
            asm.ret();
        });
    });
}

/// `(char *)(((uintptr_t)buffer + 15) & -16)`.
#[test]
fn addresses_may_be_rounded_down() {
    object_read_by("stack-rounded", 0, |asm, word| {
        asm.word(i_type(0x13, 0, 10, SP, 3 * word - 1));
        asm.word(i_type(0x13, 7, 10, 10, -2 * word));
    });
}

/// `digits(buffer + sizeof buffer, number)`, which writes or reads backwards.
#[test]
fn the_end_of_an_object_may_be_all_that_is_given_of_it() {
    object_read_by("stack-end", 1, |asm, word| asm.word(i_type(0x13, 0, 10, SP, 2 * word)));
}

/// A frame so large that its size does not fit into an instruction: two words are written twice, and read by the address of what is behind them.
#[test]
fn the_end_of_an_object_in_a_large_frame() {
    for_both(|is_64| {
        compare("stack-end-large", is_64, |asm| {
            let words = Words::new(is_64);
            let word = words.bytes;
            let add = |rd: u32, by: u32| r_type(0x33, 0, 0, rd, rd, by);
            let lui_a3 = 0x37 | 13 << 7 | 1 << 12;
            let (read, other) = (asm.label(), asm.label());
            asm.word(i_type(0x13, 0, SP, SP, -4 * word));
            asm.word(words.store(1, SP, 3));
            asm.word(lui_a3);
            asm.word(r_type(0x33, 0, 0x20, SP, SP, 13)); // sub
                                                         // A value that is spilled.
            asm.word(words.store(10, SP, 5));
            asm.jal(1, other, true);
            asm.word(words.load(11, SP, 5));
            asm.word(i_type(0x13, 0, 11, 11, 1));
            asm.word(words.store(11, SP, 5));
            asm.word(i_type(0x13, 0, 10, 11, 100));
            asm.word(words.store(10, SP, 1));
            asm.word(words.store(11, SP, 0));
            asm.word(i_type(0x13, 0, 10, SP, 6 * word));
            asm.jal(1, read, true);
            asm.word(words.store(10, SP, 1));
            asm.word(words.store(10, SP, 0));
            asm.word(i_type(0x13, 0, 10, SP, 6 * word));
            asm.jal(1, read, true);
            for slot in [1, 0, 5] {
                asm.word(words.load(11, SP, slot));
                asm.word(add(10, 11));
            }
            asm.word(lui_a3);
            asm.word(add(SP, 13));
            asm.word(words.load(1, SP, 3));
            asm.word(i_type(0x13, 0, SP, SP, 4 * word));
            return_a0(asm);
            for label in [read, other] {
                asm.bind(label);
                if label == read {
                    asm.word(words.load(11, 10, -5));
                    asm.word(words.load(10, 10, -6));
                }
                // Too much to be put in the place of a call.
                for _ in 0..20 {
                    asm.word(i_type(0x13, 1, 12, 10, 3)); // slli
                    asm.word(add(10, 12));
                    asm.word(r_type(0x33, 4, 0, 10, 10, 11)); // xor
                }
                asm.ret();
            }
        });
    });
}
