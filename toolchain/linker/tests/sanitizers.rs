// SPDX-License-Identifier: Apache-2.0
//! Checks of indirect calls that compilers add on request, and that no blob can do: the linker says so, and what to do about it.

mod common;

use common::{
    asm::{i_type, r_type, Asm, To},
    small::for_both,
};
use revive_vm_linker::{link, LinkError, Linked, Options};

const LW: u32 = 2;
const EBREAK: u32 = 0x0010_0073;
const SIGNATURE: u32 = 0xc105_cafe;

/// Links a program that has a function's address in a2, where `check` stands in front of the call. The word is in front of the function.
fn linked(is_64: bool, word: u32, check: &dyn Fn(&mut Asm)) -> Result<Linked, LinkError> {
    let mut asm = Asm::new(is_64);
    let callee = asm.label();
    let main = asm.label_here();
    asm.la(12, To::Label(callee));
    check(&mut asm);
    asm.word(i_type(0x67, 0, 0, 12, 0)); // jr a2
    asm.mark("$d");
    asm.word(word);
    asm.mark("$x");
    asm.bind(callee);
    asm.function("callee");
    asm.ret();
    asm.export("main", main);
    link(&asm.finish(), &Options::default())
}

/// The refusal starts so, is at this byte, and there is this advice.
fn refused(result: Result<Linked, LinkError>, option: &str, offset: u64) {
    let error = result.expect_err(option);
    let text = error.to_string();
    assert!(text.starts_with(&format!("the code checks with {option} which function it calls")), "{text}");
    assert_eq!((error.section(), error.offset()), (Some(".text"), Some(offset)), "{text}");
    assert!(error.advice().is_some_and(|advice| advice.starts_with(&format!("compile without {option}"))));
}

/// The check of a type, which is in the word in front of the function: `end` stands where it fails.
fn check_type(asm: &mut Asm, value: i32, end: u32) {
    let call = asm.label();
    asm.word(i_type(0x03, LW, 6, 12, -4)); // lw t1, -4(a2)
    asm.li(7, value);
    asm.branch(0, 6, 7, call, false);
    asm.word(end);
    asm.bind(call);
}

#[test]
fn types_that_are_read_in_front_of_functions_are_refused() {
    for_both(|is_64| {
        for value in [0x1234_5678, 0x1234_5000, -0x1234_5678] {
            let result = linked(is_64, value as u32, &|asm| check_type(asm, value, EBREAK));
            refused(result, "-fsanitize=kcfi", 8);
        }
        // Something else that is read in front of something, and that traps by another instruction.
        let other = |asm: &mut Asm| check_type(asm, 0x1234_5678, i_type(0x13, 0, 12, 12, 0));
        linked(is_64, 0x1234_5678, &other).expect("it is linked");
    });
}

#[test]
fn signatures_in_front_of_functions_are_refused_where_code_looks_for_them() {
    for_both(|is_64| {
        let check = |asm: &mut Asm| {
            let call = asm.label();
            asm.word(i_type(0x03, LW, 6, 12, -8)); // lw t1, -8(a2)
            asm.li(7, SIGNATURE as i32);
            asm.branch(1, 6, 7, call, false);
            asm.word(EBREAK);
            asm.bind(call);
        };
        refused(linked(is_64, SIGNATURE, &check), "-fsanitize=function", 12);
        // The number alone, or functions that nobody checks.
        linked(is_64, 0, &check).expect("it is linked");
        linked(is_64, SIGNATURE, &|_| ()).expect("it is linked");
    });
}

/// A function pointer, of which `sub` tells which entry of the table of jumps it is.
fn table_of_jumps(is_64: bool, name: &'static str, size: u64) -> Result<Linked, LinkError> {
    let mut asm = Asm::new(is_64);
    let (main, first, second) = (asm.label(), asm.label(), asm.label());
    asm.bind(first);
    let table = asm.sized_function(name, size);
    for entry in [first, second] {
        asm.bind(entry);
        asm.call(0, 6, main);
    }
    asm.bind(main);
    asm.la(12, To::Label(second));
    asm.la(13, To::Named(table, 0));
    asm.word(r_type(0x33, 0, 0x20, 14, 12, 13)); // sub a4, a2, a3
    asm.word(i_type(0x13, 5, 14, 14, 3)); // srli a4, a4, 3
    asm.ret();
    asm.export("main", main);
    link(&asm.finish(), &Options::default())
}

#[test]
fn calculations_with_tables_of_jumps_are_refused() {
    for_both(|is_64| {
        refused(table_of_jumps(is_64, ".L.cfi.jumptable", 0), "-fsanitize=cfi-icall", 24);
        refused(table_of_jumps(is_64, ".cfi.jumptable.12", 16), "-fsanitize=cfi-icall", 24);
        refused(table_of_jumps(is_64, "__typeid__ZTSFvvE_global_addr", 16), "-fsanitize=cfi-icall", 24);
        // An address is compared with that of the only entry.
        table_of_jumps(is_64, ".L.cfi.jumptable", 8).expect("it is linked");
        table_of_jumps(is_64, "another.cfi.jumptable", 16).expect("it is linked");
    });
}
