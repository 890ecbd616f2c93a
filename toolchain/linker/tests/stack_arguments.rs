// SPDX-License-Identifier: Apache-2.0
//! Arguments that a caller puts on the stack, for functions that take any number of them (`printf`).

mod common;

use common::{
    asm::{i_type, r_type},
    small::{compare, for_both, return_a0, Words, SP},
};

/// `va_arg` in a loop goes from the registers that the function has saved at the top of its frame on to what its caller has put above
/// that, by one pointer.
#[test]
fn functions_with_any_number_of_arguments_read_those_on_the_stack() {
    for_both(|is_64| {
        compare("stack-arguments", is_64, |asm| {
            let words = Words::new(is_64);
            let word = words.bytes;
            let sum = asm.label();
            asm.word(i_type(0x13, 0, SP, SP, -4 * word));
            asm.word(words.store(1, SP, 3));
            // A value that is spilled, and an argument on the stack.
            asm.word(words.store(10, SP, 2));
            asm.word(i_type(0x13, 0, 11, 10, 5));
            asm.word(words.store(11, SP, 0));
            asm.word(words.load(10, SP, 2));
            asm.jal(1, sum, true);
            asm.word(words.load(1, SP, 3));
            asm.word(i_type(0x13, 0, SP, SP, 4 * word));
            return_a0(asm);
            asm.bind(sum);
            asm.word(i_type(0x13, 0, SP, SP, -2 * word));
            asm.word(words.store(10, SP, 0));
            asm.word(words.store(11, SP, 1));
            asm.word(i_type(0x13, 0, 12, SP, 0));
            asm.li(10, 0);
            asm.li(13, 3);
            let next = asm.label_here();
            asm.word(words.load(14, 12, 0));
            asm.word(i_type(0x13, 1, 10, 10, 4)); // slli
            asm.word(r_type(0x33, 0, 0, 10, 10, 14));
            asm.word(i_type(0x13, 0, 12, 12, word));
            asm.word(i_type(0x13, 0, 13, 13, -1));
            asm.branch(1, 13, 0, next, true);
            asm.word(i_type(0x13, 0, SP, SP, 2 * word));
            asm.ret();
        });
    });
}
