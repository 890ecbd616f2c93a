// SPDX-License-Identifier: Apache-2.0
//! Data between code, with and without the marks that assemblers leave, and distances that they wrote down as numbers.

mod common;

use common::{
    asm::{i_type, r_type, Asm, Part, To, R_PCREL_HI20},
    harness,
    small::{return_a0, ways, LOAD_WORD},
};
use revive_vm_executor::Exit;
use revive_vm_linker::{link, OptLevel, Options};

/// Runs programs that take the number of an entry, with and without marks, and compares them with what RISC-V does.
fn compare(name: &str, write: impl Fn(&mut Asm, bool)) {
    for (is_64, is_marked) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut asm = Asm::new(is_64);
        asm.data[Part::Data as usize] = vec![7, 0, 0, 0];
        let main = asm.label_here();
        write(&mut asm, is_marked);
        asm.export("main", main);
        asm.export_sections();
        let arguments: Vec<_> = (0..3).map(|value| vec![value]).collect();
        let name = format!("{name}-{is_64}-{is_marked}");
        assert!(harness::compare(&name, &mut asm, &arguments, 2), "{name} does not end");
    }
}

/// `register += 4 * a0; register = word there`.
fn load_entry(asm: &mut Asm, register: u32) {
    asm.word(i_type(0x13, 1, 11, 10, 2));
    asm.word(r_type(0x33, 0, 0, register, register, 11));
    asm.word(i_type(0x03, LOAD_WORD, register, register, 0));
}

/// Words between code. What follows starts at the second half of what looks like an instruction of four bytes.
fn pool(asm: &mut Asm, is_marked: bool, words: &[u32]) {
    if is_marked {
        asm.mark("$d");
    }
    words.iter().for_each(|word| asm.word(*word));
    asm.half(0xffff);
    if is_marked {
        asm.mark("$x");
    }
}

#[test]
fn constants_between_code_can_be_read() {
    compare("pool", |asm, is_marked| {
        let (table, after) = (asm.label(), asm.label());
        asm.la(12, To::Label(table));
        load_entry(asm, 12);
        let high = asm.auipc(13, To::Label(table));
        asm.pcrel_low(i_type(0x03, LOAD_WORD, 10, 13, 0), high);
        asm.word(r_type(0x33, 0, 0, 10, 10, 12));
        asm.jal(0, after, true);
        asm.bind(table);
        pool(asm, is_marked, &[1000, 0x0000_0073, 3_000_000]);
        // Without marks the data has to end where an instruction would.
        if !is_marked {
            asm.half(0);
        }
        asm.bind(after);
        return_a0(asm);
    });
}

#[test]
fn constants_between_code_can_be_read_without_relocations() {
    compare("pool-unrelocated", |asm, is_marked| {
        let (table, after) = (asm.label(), asm.label());
        let high = asm.auipc_unrelocated(13, table);
        asm.word(i_type(0x13, 0, 12, 10, 0)); // mv a2, a0
        asm.low_unrelocated(i_type(0x03, LOAD_WORD, 10, 13, 0), high);
        asm.word(r_type(0x33, 0, 0, 10, 10, 12));
        asm.jal(0, after, true);
        asm.bind(table);
        pool(asm, is_marked, &[1000, 0x0000_0073, 3_000_000]);
        if !is_marked {
            asm.half(0);
        }
        asm.bind(after);
        return_a0(asm);
    });
}

#[test]
fn pointers_lead_to_marked_data_between_code() {
    compare("pool-pointer", |asm, _| {
        let (table, after) = (asm.label(), asm.label());
        asm.pointer(Part::RoData, To::Label(table));
        asm.la(12, To::At(Part::RoData, 0));
        asm.word(i_type(0x03, if asm.is_64 { 3 } else { LOAD_WORD }, 12, 12, 0));
        load_entry(asm, 12);
        asm.word(i_type(0x13, 0, 10, 12, 0));
        asm.jal(0, after, true);
        asm.bind(table);
        pool(asm, true, &[11, 0x6f, 33]);
        asm.bind(after);
        return_a0(asm);
    });
}

#[test]
fn instructions_may_be_written_as_numbers() {
    compare("numbers", |asm, is_marked| {
        let (function, main) = (asm.label(), asm.label());
        asm.jal(0, main, true);
        asm.bind(function);
        if is_marked {
            asm.mark("$d");
        }
        asm.word(i_type(0x13, 0, 10, 10, 5));
        if is_marked {
            asm.mark("$x");
        }
        asm.ret();
        asm.bind(main);
        asm.word(i_type(0x13, 0, 8, 1, 0)); // mv s0, ra
        asm.la(12, To::Label(function));
        asm.word(i_type(0x67, 0, 1, 12, 0));
        asm.word(i_type(0x13, 0, 1, 8, 0));
        return_a0(asm);
    });
}

/// Reaches the function by a pointer alone, so that nothing but its symbol says that it is one.
#[test]
fn functions_may_start_with_instructions_written_as_numbers() {
    compare("function-in-numbers", |asm, is_marked| {
        let (function, behind) = (asm.label(), asm.label());
        asm.word(i_type(0x13, 0, 8, 1, 0)); // mv s0, ra
        asm.pointer(Part::RoData, To::Label(function));
        asm.la(12, To::At(Part::RoData, 0));
        asm.word(i_type(0x03, if asm.is_64 { 3 } else { LOAD_WORD }, 12, 12, 0));
        asm.word(i_type(0x67, 0, 1, 12, 0));
        asm.jal(0, behind, true);
        asm.bind(function);
        if is_marked {
            asm.function("function");
            asm.mark("$d");
        }
        asm.word(i_type(0x13, 0, 10, 10, 5));
        asm.ret();
        if is_marked {
            asm.mark("$x");
        }
        asm.bind(behind);
        asm.word(i_type(0x13, 0, 1, 8, 0)); // mv ra, s0
        return_a0(asm);
    });
}

/// As a linker leaves data that was padded before it moved things together.
#[test]
fn data_may_start_where_padding_was() {
    compare("padding", |asm, is_marked| {
        let (table, after) = (asm.label(), asm.label());
        asm.la(12, To::Label(table));
        load_entry(asm, 12);
        asm.word(i_type(0x13, 0, 10, 12, 0));
        asm.jal(0, after, true);
        asm.bind(table);
        if is_marked {
            asm.mark("$x");
            asm.mark("$d");
        }
        [7, 0x6f, 9].into_iter().for_each(|word| asm.word(word));
        if is_marked {
            asm.mark("$x");
        }
        asm.bind(after);
        return_a0(asm);
    });
}

#[test]
fn host_calls_may_be_written_in_pieces() {
    for is_64 in [true, false] {
        for marks in [["$d", "$x", "$d"], ["$x", "$d", "$x"], ["$d", "$d", "$d"], ["$x", "$x", "$x"]] {
            let mut asm = Asm::new(is_64);
            let main = asm.label();
            let record = asm.record("host");
            asm.ret();
            asm.mark(marks[0]);
            asm.bind(main);
            asm.word(0x0b);
            asm.mark(marks[1]);
            asm.text_relocation(R_PCREL_HI20, record);
            asm.half(0x17); // auipc zero, 0
            asm.mark(marks[2]);
            asm.half(0);
            if is_64 {
                asm.mark(marks[1]);
                asm.word(0);
            }
            asm.mark("$x");
            asm.ret();
            asm.export("main", main);
            let elf = asm.finish();
            for opt_level in OptLevel::ALL {
                let options = Options { opt_level, ..Options::default() };
                let blob = link(&elf, &options).unwrap_or_else(|error| panic!("{marks:?}: {error}")).blob;
                let (exit, _) = harness::run_export(harness::engines()[0], &blob, "main", &[]);
                assert!(matches!(exit, Exit::HostCall(_)), "{marks:?} at {opt_level:?}: {exit:?}");
            }
        }
    }
}

#[test]
fn tables_of_jumps_may_be_numbers() {
    compare("folded", |asm, is_marked| {
        let table = asm.label();
        let targets = [asm.label(), asm.label(), asm.label()];
        asm.la(12, To::Label(table));
        asm.word(i_type(0x13, 0, 13, 12, 0));
        load_entry(asm, 12);
        asm.word(r_type(0x33, 0, 0, 12, 13, 12));
        asm.word(i_type(0x67, 0, 0, 12, 0));
        ways(asm, &targets);
        asm.bind(table);
        let words = asm.folded(&targets, table);
        if is_marked {
            asm.mark("$d");
        }
        words.into_iter().for_each(|word| asm.word(word));
        if is_marked {
            asm.mark("$x");
        }
    });
    compare("folded-elsewhere", |asm, _| {
        let targets = [asm.label(), asm.label(), asm.label()];
        asm.la(12, To::At(Part::RoData, 0));
        load_entry(asm, 12);
        asm.la(13, To::Label(targets[1]));
        asm.word(r_type(0x33, 0, 0, 12, 13, 12));
        asm.word(i_type(0x67, 0, 0, 12, 0));
        ways(asm, &targets);
        for word in asm.folded(&targets, targets[1]) {
            asm.data[Part::RoData as usize].extend(word.to_le_bytes());
        }
    });
}

#[test]
fn functions_cannot_be_read_as_data() {
    for is_64 in [true, false] {
        let mut asm = Asm::new(is_64);
        let (main, callee) = (asm.label_here(), asm.label());
        asm.call(5, 5, callee);
        asm.la(12, To::Label(callee));
        let high = asm.auipc(12, To::Label(callee));
        asm.pcrel_low(i_type(0x03, LOAD_WORD, 10, 12, 0), high);
        asm.bind(callee);
        asm.ret();
        asm.export("main", main);
        let error = link(&asm.finish(), &Default::default()).expect_err("refused");
        assert!(error.to_string().contains("accesses code as if it were data"), "{error}");
        assert_eq!((error.section(), error.offset()), (Some(".text"), Some(20)), "{error}");
        assert!(error.advice().is_some_and(|advice| advice.contains("keep data out of")), "{error}");
    }
}
