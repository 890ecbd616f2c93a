// SPDX-License-Identifier: Apache-2.0
//! What ordinary compilers and assemblers jump by and call: labels in tables, pointers, registers, lists of functions.

mod common;

use common::{
    asm::{i_type, r_type, s_type, Asm, Part, To},
    harness,
    small::{self, compare, for_both, return_a0, LOAD_WORD},
};
use revive_vm_executor::{Exit, Reg};
use revive_vm_linker::{link, OptLevel, Options};

/// Adds to the address of a table as many words as a0 says, loads the word there into a1 and adds it to a register.
fn add_entry(asm: &mut Asm, to: u32) {
    asm.la(12, To::At(Part::RoData, 0));
    asm.word(i_type(0x13, 1, 11, 10, 2));
    asm.word(r_type(0x33, 0, 0, 12, 12, 11));
    asm.word(i_type(0x03, LOAD_WORD, 11, 12, 0));
    asm.word(r_type(0x33, 0, 0, 12, to, 11));
}

#[test]
fn an_indirect_jump_may_add_the_low_part_of_its_target() {
    for_both(|is_64| {
        compare("jump-low", is_64, |asm| {
            let (callee, tail) = (asm.label(), asm.label());
            asm.word(i_type(0x13, 0, 8, 1, 0)); // mv s0, ra
            asm.lui(5, To::Label(callee));
            asm.absolute_low(i_type(0x67, 0, 1, 5, 0), To::Label(callee));
            let high = asm.auipc(5, To::Label(callee));
            asm.pcrel_low(i_type(0x67, 0, 1, 5, 0), high);
            asm.word(i_type(0x13, 0, 1, 8, 0)); // mv ra, s0
            asm.li(5, 0);
            asm.li(8, 0);
            let high = asm.auipc(6, To::Label(tail));
            asm.pcrel_low(i_type(0x67, 0, 0, 6, 0), high);
            asm.bind(callee);
            asm.word(i_type(0x13, 0, 10, 10, 3));
            asm.ret();
            asm.bind(tail);
            asm.word(i_type(0x13, 1, 10, 10, 1));
            asm.li(11, 0);
            asm.ret();
        });
    });
}

#[test]
fn labels_may_be_stored_as_their_distance_from_one_of_them() {
    for_both(|is_64| {
        compare("label-distance", is_64, |asm| {
            let ways = [(); 3].map(|()| asm.label());
            // From the second, so that one is negative.
            for way in &ways {
                asm.difference(To::Label(*way), To::Label(ways[1]));
            }
            asm.la(13, To::Label(ways[1]));
            add_entry(asm, 13);
            asm.word(i_type(0x67, 0, 0, 12, 0));
            small::ways(asm, &ways);
        });
    });
}

/// As in the tables of virtual functions of `-fexperimental-relative-c++-abi-vtables`.
#[test]
fn functions_may_be_stored_as_their_distance_from_a_table() {
    for_both(|is_64| {
        compare("function-distance", is_64, |asm| {
            let start = asm.label();
            asm.jal(0, start, true);
            for value in [11, 22, 33] {
                let function = asm.sized_function("way", 12);
                asm.li(10, value);
                return_a0(asm);
                asm.function_entry(0, function);
            }
            asm.bind(start);
            asm.la(13, To::At(Part::RoData, 0));
            add_entry(asm, 13);
            asm.word(i_type(0x67, 0, 0, 12, 0));
        });
    });
}

/// As of `goto *(&&base + table[*next++])`, GCC's way to spell tables of jumps without pointers: compilers keep the address of
/// the table and that of the label in registers, and the assembler knows all distances.
#[test]
fn labels_find_what_registers_hold_where_they_are_jumped_to() {
    for_both(|is_64| {
        compare("label-registers", is_64, |asm| {
            let ways: Vec<_> = (0..3).map(|_| asm.label()).collect();
            // The distances in bytes, each way having as many instructions as the next but the last.
            let bytes = [-20_i32, 0, 20];
            bytes.iter().for_each(|by| asm.data[Part::RoData as usize].extend(by.to_le_bytes()));
            asm.la(13, To::Label(ways[1]));
            asm.la(14, To::At(Part::RoData, 0));
            asm.la(5, To::Label(ways[0]));
            asm.word(i_type(0x67, 0, 0, 5, 0));
            for way in &ways[..2] {
                asm.bind(*way);
                asm.word(i_type(0x13, 0, 10, 10, 7));
                asm.word(i_type(0x13, 0, 14, 14, 4));
                asm.word(i_type(0x03, LOAD_WORD, 5, 14, 0));
                asm.word(r_type(0x33, 0, 0, 5, 5, 13));
                asm.word(i_type(0x67, 0, 0, 5, 0));
            }
            asm.bind(ways[2]);
            for reg in [5, 11, 13, 14] {
                asm.li(reg, 0);
            }
            asm.ret();
        });
    });
}

/// With relaxation the assembler writes down the distances of some labels and leaves relocations for the others. Tables may
/// have entries of any width, which are added to a label or subtracted from it.
#[test]
fn tables_of_distances_may_be_of_any_width_and_relocated_in_part() {
    const LOADS: [(u32, usize); 7] = [(0, 1), (1, 2), (LOAD_WORD, 4), (3, 8), (4, 1), (5, 2), (6, 4)];
    for_both(|is_64| {
        for (load, bytes) in LOADS.into_iter().filter(|(load, _)| is_64 || ![3, 6].contains(load)) {
            for (is_backwards, is_in_part) in [(false, false), (true, false), (false, bytes == 4)] {
                compare(&format!("distances-{load}-{is_backwards}-{is_in_part}"), is_64, |asm| {
                    let ways = [(); 3].map(|()| asm.label());
                    // None is negative, because not all loads would leave it so.
                    let from = if is_backwards { ways[2] } else { ways[0] };
                    asm.la(13, To::Label(from));
                    asm.la(12, To::At(Part::RoData, 0));
                    asm.word(i_type(0x13, 1, 11, 10, bytes.ilog2() as i32));
                    asm.word(r_type(0x33, 0, 0, 12, 12, 11));
                    asm.word(i_type(0x03, load, 11, 12, 0));
                    asm.word(r_type(0x33, 0, if is_backwards { 0x20 } else { 0 }, 12, 13, 11));
                    asm.word(i_type(0x67, 0, 0, 12, 0));
                    small::ways(asm, &ways);
                    for (way, distance) in ways.iter().zip(asm.folded(&ways, from)) {
                        if is_in_part && *way == ways[1] {
                            asm.difference(To::Label(*way), To::Label(from));
                            continue;
                        }
                        let distance =
                            u64::from(if is_backwards { distance.wrapping_neg() } else { distance });
                        asm.data[Part::RoData as usize].extend(&distance.to_le_bytes()[..bytes]);
                    }
                });
            }
        }
    });
}

/// The symbol is at the function that chooses, which is not the one to be called, nor the one to point to.
#[test]
fn functions_chosen_at_run_time_are_refused() {
    for_both(|is_64| {
        let calls = |asm: &mut Asm| {
            asm.text_relocation(19, To::Indirect);
            asm.word(1 << 7 | 0x17);
            asm.word(i_type(0x67, 0, 1, 1, 0));
        };
        let points = |asm: &mut Asm| {
            asm.pointer(Part::RoData, To::Indirect);
            asm.la(10, To::At(Part::RoData, 0));
        };
        for (section, write) in [(".text", &calls as &dyn Fn(&mut Asm)), (".rodata", &points)] {
            let mut asm = Asm::new(is_64);
            let main = asm.label_here();
            write(&mut asm);
            asm.ret();
            asm.export("main", main);
            asm.export_sections();
            let error = link(&asm.finish(), &Options::default()).expect_err("refused");
            assert_eq!(error.section(), Some(section), "{error}");
            assert!(error.to_string().contains("indirect function"), "{error}");
            assert!(error.to_string().contains("`chosen`"), "{error}");
            assert!(error.advice().is_some_and(|advice| advice.contains("ifunc")), "{error}");
        }
    });
}

/// Puts words that hold addresses into the read-only data, and jumps by way of them to one of three places.
fn jump_by_pointers(name: &str, add: impl Fn(&mut Asm, To)) {
    for_both(|is_64| {
        compare(name, is_64, |asm| {
            let ways = [(); 3].map(|()| asm.label());
            for way in &ways {
                add(asm, To::Label(*way));
            }
            add(asm, To::At(Part::RoData, 0));
            let pointer = asm.pointer_bytes() as i32;
            let access = if is_64 { 3 } else { LOAD_WORD };
            asm.la(12, To::At(Part::RoData, 0));
            asm.word(i_type(0x03, access, 12, 12, 3 * pointer));
            asm.word(i_type(0x13, 1, 11, 10, if is_64 { 3 } else { 2 }));
            asm.word(r_type(0x33, 0, 0, 12, 12, 11));
            asm.word(i_type(0x03, access, 12, 12, 0));
            asm.word(i_type(0x67, 0, 0, 12, 0));
            small::ways(asm, &ways);
        });
    });
}

/// Position-independent files keep no other relocations for pointers in data.
#[test]
fn pointers_may_be_known_to_the_dynamic_linker_alone() {
    jump_by_pointers("relative", |asm, to| asm.relative_pointer(Part::RoData, to));
}

/// In shared objects, what has a name could be defined by another file, and pointers to it have a symbol.
#[test]
fn pointers_may_be_known_to_the_dynamic_linker_by_symbols() {
    jump_by_pointers("symbolic", |asm, to| asm.symbolic_pointer(Part::RoData, to));
    for_both(|is_64| {
        let mut asm = Asm::new(is_64);
        let main = asm.label_here();
        asm.la(12, To::At(Part::RoData, 0));
        asm.ret();
        asm.symbolic_pointer(Part::RoData, To::Nowhere);
        asm.export("main", main);
        let error = link(&asm.finish(), &Options::default()).expect_err("refused");
        assert!(error.to_string().contains("refers to a symbol that is undefined"), "{error}");
        assert_eq!((error.section(), error.offset()), (Some(".rodata"), Some(0)), "{error}");
    });
}

/// As C libraries do to fill the rest of a block: they jump to the instruction that stores the first byte of it.
#[test]
fn jumps_into_code_by_an_offset_are_refused() {
    for_both(|is_64| {
        let shift = i_type(0x13, 1, 11, 10, 2); // slli a1, a0, 2
        let writes: [fn(&mut Asm, u32); 3] = [
            |asm, shift| {
                asm.word(shift);
                asm.word(r_type(0x33, 0, 0, 12, 11, 12));
            },
            |asm, _| asm.word(r_type(0x33, 4, 0x10, 12, 10, 12)), // sh2add
            |asm, _| asm.word(i_type(0x13, 0, 12, 12, 4)),
        ];
        for write in writes {
            let mut asm = Asm::new(is_64);
            let main = asm.label_here();
            let stores = asm.label();
            asm.la(12, To::Label(stores));
            write(&mut asm, shift);
            let jump = asm.here();
            asm.word(i_type(0x67, 0, 0, 12, 0));
            asm.bind(stores);
            asm.word(i_type(0x13, 0, 10, 10, 1));
            asm.word(i_type(0x13, 0, 10, 10, 1));
            asm.ret();
            asm.export("main", main);
            let error = link(&asm.finish(), &Options::default()).expect_err("refused");
            assert!(error.to_string().contains("code addresses cannot be calculated with"), "{error}");
            assert_eq!((error.section(), error.offset()), (Some(".text"), Some(jump)), "{error}");
        }
    });
}

/// Has the section of data be one of functions to be run first.
fn with_functions_to_be_run_first(asm: &mut Asm) -> Vec<u8> {
    let mut elf = asm.finish();
    let positions: Vec<_> = (0..elf.len()).filter(|at| elf[*at..].starts_with(b".data\0")).collect();
    positions.into_iter().for_each(|at| elf[at..][..5].copy_from_slice(b".init"));
    let headers = u64::from_le_bytes(elf[40..48].try_into().expect("eight bytes")) as usize;
    elf[headers + (Part::Data as usize + 1) * 64 + 4] = 14;
    elf
}

#[test]
fn functions_that_somebody_else_should_call_are_named() {
    let mut asm = Asm::new(true);
    let main = asm.label_here();
    asm.mark("set_up");
    asm.pointer(Part::Data, To::Label(main));
    asm.ret();
    asm.export("main", main);
    let error = link(&with_functions_to_be_run_first(&mut asm), &Options::default()).expect_err("refused");
    assert_eq!(error.section(), Some(".init"), "{error}");
    assert!(error.to_string().contains("nobody would call: `set_up`"), "{error}");
    assert!(error.advice().is_some_and(|advice| advice.contains("exported function")), "{error}");
}

#[test]
fn functions_to_be_run_first_may_be_called_by_the_program() {
    let mut asm = Asm::new(true);
    let set_up = asm.label_here();
    asm.word(i_type(0x13, 0, 10, 10, 5));
    asm.ret();
    asm.pointer(Part::Data, To::Label(set_up));
    let main = asm.label_here();
    asm.word(i_type(0x13, 0, 8, 1, 0)); // mv s0, ra
    asm.la(12, To::At(Part::Data, 0));
    asm.word(i_type(0x03, 3, 12, 12, 0));
    asm.word(i_type(0x67, 0, 1, 12, 0));
    asm.word(i_type(0x13, 0, 1, 8, 0));
    asm.ret();
    asm.export("main", main);
    let elf = with_functions_to_be_run_first(&mut asm);
    for opt_level in OptLevel::ALL {
        let blob = link(&elf, &Options { opt_level, ..Options::default() }).expect("linked").blob;
        for engine in harness::engines() {
            let (exit, instance) = harness::run_export(engine, &blob, "main", &[70]);
            assert_eq!((exit, instance.reg(Reg::A0)), (Exit::Finished, 75), "at {opt_level:?}");
        }
    }
}

/// A label that is jumped to by a copy of `ra` is no return.
#[test]
fn jumps_by_a_copy_of_the_return_register_are_no_returns() {
    for_both(|is_64| {
        let (load, store) = if is_64 { (3, 3) } else { (2, 2) };
        compare("copy-of-ra", is_64, |asm| {
            let label = asm.label();
            // The same for each argument, which nobody knows.
            (0..3).for_each(|_| asm.pointer(Part::RoData, To::Label(label)));
            asm.word(i_type(0x13, 0, 2, 2, -16));
            asm.word(s_type(0x23, store, 2, 1, 8));
            asm.la(12, To::At(Part::RoData, 0));
            asm.word(i_type(0x13, 1, 13, 10, load as i32)); // slli a3, a0, …
            asm.word(r_type(0x33, 0, 0, 12, 12, 13));
            asm.word(i_type(0x03, load, 12, 12, 0));
            asm.word(s_type(0x23, store, 2, 12, 0));
            asm.word(i_type(0x13, 0, 15, 10, 5));
            asm.word(i_type(0x03, load, 1, 2, 0)); // ra
            asm.word(i_type(0x13, 0, 6, 1, 0)); // mv t1, ra
            asm.word(i_type(0x67, 0, 0, 6, 0)); // jr t1
            asm.bind(label);
            asm.word(r_type(0x33, 0, 0, 10, 10, 15));
            asm.word(i_type(0x03, load, 1, 2, 8));
            asm.li(11, 0);
            asm.word(i_type(0x13, 0, 2, 2, 16));
            asm.ret();
        });
    });
}

/// Of two functions one may do nothing but jump to the other, and still they are two.
#[test]
fn addresses_of_functions_stay_different() {
    for_both(|is_64| {
        compare("thunk", is_64, |asm| {
            let (thunk, other, function) = (asm.label(), asm.label(), asm.label());
            asm.la(11, To::Label(thunk));
            asm.la(12, To::Label(function));
            asm.la(13, To::Label(other));
            asm.word(r_type(0x33, 0, 0x20, 14, 11, 12)); // sub a4, a1, a2
            asm.word(i_type(0x13, 3, 10, 14, 1)); // seqz a0, a4
            asm.word(r_type(0x33, 0, 0x20, 14, 11, 13)); // sub a4, a1, a3
            asm.word(i_type(0x13, 3, 11, 14, 1)); // seqz a1, a4
            asm.ret();
            asm.bind(thunk);
            asm.jal(0, function, true);
            asm.bind(other);
            asm.jal(0, function, true);
            asm.bind(function);
            asm.word(i_type(0x13, 0, 10, 10, 3));
            asm.ret();
        });
    });
}
