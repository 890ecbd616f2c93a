// SPDX-License-Identifier: Apache-2.0
//! What code and data of ordinary compilers and assemblers refer to, and in which ways.

mod common;

use common::{
    asm::{i_type, r_type, s_type, Asm, Part, To, COMMON},
    harness,
    small::{compare, for_both, LOAD_WORD},
};
use revive_vm_executor::{Exit, Reg};
use revive_vm_linker::{link, OptLevel, Options};

/// A function that adds 3 to a0, in front of which `write` puts code that leaves its address in a3, or calls it.
fn with_callee(name: &str, write: impl Fn(&mut Asm, usize)) {
    for_both(|is_64| {
        compare(name, is_64, |asm| {
            let (callee, after) = (asm.label(), asm.label());
            asm.word(i_type(0x13, 0, 8, 1, 0)); // mv s0, ra
            write(asm, callee);
            asm.word(i_type(0x67, 0, 1, 13, 0)); // jalr a3
            asm.word(i_type(0x13, 0, 1, 8, 0)); // mv ra, s0
            asm.li(8, 0);
            asm.li(11, 0);
            asm.jal(0, after, true);
            asm.bind(callee);
            asm.word(i_type(0x13, 0, 10, 10, 3));
            asm.ret();
            asm.bind(after);
            asm.ret();
        });
    });
}

fn add_low(rd: u32, rs1: u32) -> u32 {
    i_type(0x13, 0, rd, rs1, 0)
}

#[test]
fn parts_of_an_address_without_relocations_need_not_be_neighbours() {
    with_callee("parts-apart", |asm, callee| {
        let high = asm.auipc_unrelocated(12, callee);
        asm.word(i_type(0x13, 0, 14, 10, 0)); // mv a4, a0
        asm.low_unrelocated(add_low(13, 12), high);
    });
    with_callee("parts-mixed", |asm, callee| {
        let high = asm.auipc_unrelocated(12, callee);
        let other = asm.auipc_unrelocated(14, callee);
        asm.low_unrelocated(add_low(13, 12), high);
        asm.low_unrelocated(i_type(0x67, 0, 1, 14, 0), other); // jalr
    });
    with_callee("parts-neighbours", |asm, callee| {
        let high = asm.auipc_unrelocated(13, callee);
        asm.low_unrelocated(add_low(13, 13), high);
    });
    with_callee("parts-twice", |asm, callee| {
        let high = asm.auipc_unrelocated(12, callee);
        asm.low_unrelocated(add_low(13, 12), high);
        asm.word(i_type(0x67, 0, 1, 13, 0));
        // What a call may change is of no further use.
        let high = asm.auipc_unrelocated(9, callee);
        asm.low_unrelocated(i_type(0x67, 0, 1, 9, 0), high);
        asm.low_unrelocated(add_low(13, 9), high);
    });
    with_callee("parts-on-ways", |asm, callee| {
        let (other, join, again) = (asm.label(), asm.label(), asm.label());
        let high = asm.auipc_unrelocated(12, callee);
        asm.branch(0, 10, 0, other, false); // beqz a0
        asm.low_unrelocated(add_low(13, 12), high);
        asm.jal(0, join, false);
        asm.bind(other);
        asm.low_unrelocated(add_low(12, 12), high);
        asm.word(i_type(0x13, 0, 13, 12, 0)); // mv a3, a2
        asm.bind(join);
        // A loop: the low part is added in front of the high part's place, too.
        asm.li(14, 2);
        asm.bind(again);
        asm.word(i_type(0x13, 0, 14, 14, -1));
        asm.branch(1, 14, 0, again, false); // bnez a4
    });
}

/// Nobody knows what is added where the register has been copied, or where a jump leads.
#[test]
fn parts_of_an_address_that_nobody_can_follow_are_refused() {
    type Write = fn(&mut Asm, usize);
    let copied: Write = |asm, high| {
        asm.word(i_type(0x13, 0, 14, 10, 0));
        asm.word(i_type(0x13, 0, 14, 12, 0)); // mv a4, a2
        asm.low_unrelocated(add_low(13, 14), high);
    };
    let different: Write = |asm, high| {
        asm.low_unrelocated(add_low(13, 12), high);
        asm.word(i_type(0x13, 0, 13, 12, 1));
    };
    let stored: Write = |asm, high| {
        asm.word(s_type(0x23, LOAD_WORD, 2, 12, -8));
        asm.low_unrelocated(add_low(13, 12), high);
    };
    let switched: Write = |asm, _| asm.word(i_type(0x67, 0, 0, 14, 0)); // jr a4
    let unused: Write = |_, _| {};
    for (name, write) in [
        ("copied", copied),
        ("different", different),
        ("stored", stored),
        ("switched", switched),
        ("unused", unused),
    ] {
        for_both(|is_64| {
            let mut asm = Asm::new(is_64);
            let (main, callee) = (asm.label_here(), asm.label());
            let high = asm.auipc_unrelocated(12, callee);
            write(&mut asm, high);
            asm.ret();
            asm.bind(callee);
            asm.ret();
            asm.export("main", main);
            let error = link(&asm.finish(), &Options::default()).expect_err(name);
            assert!(error.to_string().starts_with("`auipc` has no relocation"), "{name}: {error}");
            assert_eq!((error.section(), error.offset()), (Some(".text"), Some(0)), "{name}: {error}");
        });
    }
}

#[test]
fn what_is_weak_and_undefined_is_at_address_0() {
    for_both(|is_64| {
        compare("weak", is_64, |asm| {
            let after = asm.label();
            asm.pointer(Part::RoData, To::Nowhere);
            asm.la(11, To::Nowhere);
            asm.lui(12, To::Nowhere);
            asm.absolute_low(i_type(0x13, 0, 12, 12, 0), To::Nowhere);
            asm.word(r_type(0x33, 6, 0, 11, 11, 12)); // or a1, a1, a2
            asm.la(12, To::At(Part::RoData, 0));
            asm.word(i_type(0x03, if is_64 { 3 } else { LOAD_WORD }, 12, 12, 0));
            asm.word(r_type(0x33, 6, 0, 11, 11, 12));
            asm.branch(0, 11, 0, after, true);
            asm.text_relocation(19, To::Nowhere);
            asm.word(1 << 7 | 0x17);
            asm.word(i_type(0x67, 0, 1, 1, 0));
            // GNU ld writes the address down.
            asm.text_relocation(19, To::Nowhere);
            asm.word(1 << 7 | 0x17);
            asm.word(i_type(0x67, 0, 1, 0, 0));
            asm.bind(after);
            asm.li(12, 0);
            asm.ret();
        });
    });
}

/// Relocations without a symbol stand for numbers, which only the relocation has where nothing was linked before.
#[test]
fn numbers_need_no_symbol() {
    for_both(|is_64| {
        for number in [1, 0x7ff, 0x800, 0x1234, 0x7fff_f7ff, 0xffff_ffff_8000_0800_u64, u64::MAX] {
            let mut asm = Asm::new(is_64);
            let main = asm.label_here();
            asm.text_relocation(26, To::Number(number));
            asm.word(11 << 7 | 0x37);
            asm.text_relocation(27, To::Number(number));
            asm.word(i_type(if is_64 { 0x1b } else { 0x13 }, 0, 10, 11, 0));
            asm.ret();
            asm.export("main", main);
            let elf = asm.finish();
            for opt_level in OptLevel::ALL {
                let blob = link(&elf, &Options { opt_level, ..Options::default() }).expect("linked").blob;
                let (exit, instance) = harness::run_export(harness::engines()[0], &blob, "main", &[]);
                assert_eq!(exit, Exit::Finished);
                let expected = if is_64 { number } else { number & u64::from(u32::MAX) };
                assert_eq!(instance.reg(Reg::A0), expected, "{number:x} at {opt_level:?}");
            }
        }
    });
}

/// Where an address is small, as that of nothing is, lld drops `lui` and leaves a relocation of its own.
#[test]
fn addresses_that_a_linker_found_small_need_no_upper_part() {
    for_both(|is_64| {
        let mut asm = Asm::new(is_64);
        let main = asm.label_here();
        asm.text_relocation(258, To::Nowhere);
        asm.word(i_type(0x13, 0, 10, 0, 0));
        asm.ret();
        asm.export("main", main);
        let blob = link(&asm.finish(), &Options::default()).expect("linked").blob;
        let (exit, instance) = harness::run_export(harness::engines()[0], &blob, "main", &[7]);
        assert_eq!((exit, instance.reg(Reg::A0)), (Exit::Finished, 0));
        // Data that the file had at small addresses is elsewhere. Files of 32 bits keep one byte of the types.
        let mut asm = Asm::new(is_64);
        asm.data[Part::Data as usize] = vec![0, 0, 0, 0, 40, 0, 0, 0];
        let to = To::At(Part::Data, 4);
        let main = asm.label_here();
        asm.text_relocation(258, to);
        asm.word(i_type(0x13, 0, 5, 0, 0x104));
        asm.text_relocation(258, to);
        asm.word(i_type(0x03, LOAD_WORD, 10, 0, 0x104));
        asm.word(i_type(0x13, 0, 10, 10, 1));
        asm.text_relocation(259, to);
        asm.word(s_type(0x23, LOAD_WORD, 0, 10, 0x104));
        asm.word(i_type(0x03, LOAD_WORD, 11, 5, 0));
        asm.word(r_type(0x33, 0, 0, 10, 10, 11));
        asm.ret();
        assert_eq!(results(asm, main), [82; 6]);
    });
}

/// On ways that nobody takes, compilers leave accesses of null pointers.
#[test]
fn accesses_of_null_pointers_trap() {
    for_both(|is_64| {
        for word in [i_type(0x03, LOAD_WORD, 10, 0, 12), s_type(0x23, LOAD_WORD, 0, 10, 4)] {
            compare("null", is_64, |asm| {
                let end = asm.label();
                asm.branch(0, 10, 0, end, true);
                asm.word(word);
                asm.bind(end);
                asm.li(11, 0);
                asm.ret();
            });
        }
    });
}

#[test]
fn common_symbols_get_memory_that_starts_as_zero() {
    for_both(|is_64| {
        let mut asm = Asm::new(is_64);
        let main = asm.label_here();
        asm.la(12, To::Common(0));
        asm.word(s_type(0x23, LOAD_WORD, 12, 10, COMMON.0 as i32 - 4));
        asm.la(13, To::Common(COMMON.0 - 4));
        asm.word(i_type(0x03, LOAD_WORD, 10, 13, 0));
        asm.word(i_type(0x03, LOAD_WORD, 11, 12, 0));
        asm.word(i_type(0x13, 7, 12, 12, COMMON.1 as i32 - 1));
        asm.word(r_type(0x33, 6, 0, 11, 11, 12));
        asm.ret();
        asm.export("main", main);
        let elf = asm.finish();
        for opt_level in OptLevel::ALL {
            let blob = link(&elf, &Options { opt_level, ..Options::default() }).expect("linked").blob;
            for engine in harness::engines() {
                let (exit, instance) = harness::run_export(engine, &blob, "main", &[77]);
                assert_eq!(exit, Exit::Finished);
                assert_eq!((instance.reg(Reg::A0), instance.reg(Reg::A1)), (77, 0));
            }
        }
    });
}

/// A program for `main` that is linked at every level, and what it leaves in a0 on both engines.
fn results(mut asm: Asm, main: usize) -> Vec<u64> {
    asm.export("main", main);
    let elf = asm.finish();
    let mut results = Vec::new();
    for opt_level in OptLevel::ALL {
        let blob = link(&elf, &Options { opt_level, ..Options::default() }).expect("linked").blob;
        for engine in harness::engines() {
            let (exit, instance) = harness::run_export(engine, &blob, "main", &[]);
            assert_eq!(exit, Exit::Finished, "at {opt_level:?}");
            results.push(instance.reg(Reg::A0));
        }
    }
    results
}

#[test]
fn variables_of_the_only_thread_are_variables() {
    const TP: u32 = 4;
    for_both(|is_64| {
        let mut asm = Asm::new(is_64);
        asm.data[Part::Data as usize] = vec![0, 0, 0, 0, 40, 0, 0, 0];
        let to = To::At(Part::Data, 4);
        let main = asm.label_here();
        let offset = |asm: &mut Asm| {
            asm.text_relocation(29, to);
            asm.word(5 << 7 | 0x37);
            asm.text_relocation(32, to);
            asm.word(r_type(0x33, 0, 0, 5, 5, TP));
        };
        // The whole sequence, the one that a linker shortened, and the offset taken from a table.
        offset(&mut asm);
        asm.text_relocation(30, to);
        asm.word(i_type(0x03, LOAD_WORD, 10, 5, 0));
        asm.word(i_type(0x13, 0, 10, 10, 1));
        asm.text_relocation(31, to);
        asm.word(s_type(0x23, LOAD_WORD, TP, 10, 0));
        asm.text_relocation(30, to);
        asm.word(i_type(0x13, 0, 6, TP, 0));
        asm.word(i_type(0x03, LOAD_WORD, 10, 6, 0));
        offset(&mut asm);
        asm.text_relocation(30, to);
        asm.word(i_type(0x13, 0, 5, 5, 0));
        asm.word(i_type(0x03, LOAD_WORD, 11, 5, 0));
        asm.word(r_type(0x33, 0, 0, 10, 10, 11));
        asm.ret();
        assert_eq!(results(asm, main), [82; 6]);
    });
}

/// Linkers that relax leave one instruction, with a register that guests do not have, and nobody has set.
#[test]
fn addresses_that_a_linker_takes_from_gp_are_known() {
    const GP: u32 = 3;
    for_both(|is_64| {
        // By GNU ld for tp and for gp, from whose addends it subtracts what gp would hold, and by lld for gp.
        let kinds = [(49, 50), (47, 48), (256, 257)];
        // Types have one byte in files of 32 bits, so that those of lld are lost there.
        for (load, store) in kinds.into_iter().filter(|(kind, _)| is_64 || *kind < 256) {
            let mut asm = Asm::new(is_64);
            asm.data[Part::Data as usize] = vec![0, 0, 0, 0, 40, 0, 0, 0];
            asm.global_pointer = (load == 47).then_some(12);
            let gp = if load == 47 { Part::Data.address() + 12 } else { 0 };
            let to = To::At(Part::Data, 4_u64.wrapping_sub(gp));
            let main = asm.label_here();
            asm.text_relocation(load, to);
            asm.word(i_type(0x03, LOAD_WORD, 10, GP, -8));
            asm.word(i_type(0x13, 0, 10, 10, 1));
            asm.text_relocation(store, to);
            asm.word(s_type(0x23, LOAD_WORD, GP, 10, -8));
            asm.text_relocation(load, to);
            asm.word(i_type(0x13, 0, 5, GP, -8));
            asm.word(i_type(0x03, LOAD_WORD, 11, 5, 0));
            asm.word(r_type(0x33, 0, 0, 10, 10, 11));
            // `c.lui`, and the low part.
            let to = To::At(Part::Data, 4);
            asm.text_relocation(46, to);
            asm.half(0x6285);
            asm.absolute_low(i_type(0x03, LOAD_WORD, 11, 5, 0), to);
            asm.word(r_type(0x33, 0, 0, 10, 10, 11));
            asm.ret();
            assert_eq!(results(asm, main), [123; 6], "{load}");
        }
        // Where the file does not say where gp would point, nothing says where the variable is.
        let mut asm = Asm::new(is_64);
        let main = asm.label_here();
        asm.text_relocation(47, To::At(Part::Data, 4));
        asm.word(i_type(0x03, LOAD_WORD, 10, GP, -8));
        asm.ret();
        asm.export("main", main);
        let error = link(&asm.finish(), &Options::default()).expect_err("refused");
        assert!(error.to_string().contains("R_RISCV_GPREL_I"), "{error}");
        assert!(error.advice().is_some_and(|advice| advice.contains("--no-relax-gp")), "{error}");
    });
}

#[test]
fn variables_that_a_function_is_asked_for_are_refused() {
    for_both(|is_64| {
        let mut asm = Asm::new(is_64);
        asm.data[Part::Data as usize] = vec![0; 8];
        let main = asm.label_here();
        asm.text_relocation(22, To::At(Part::Data, 4));
        asm.word(10 << 7 | 0x17);
        asm.ret();
        asm.export("main", main);
        let error = link(&asm.finish(), &Options::default()).expect_err("refused");
        assert!(error.to_string().contains("R_RISCV_TLS_GD_HI20"), "{error}");
        assert_eq!((error.section(), error.offset()), (Some(".text"), Some(0)), "{error}");
        assert!(error.advice().is_some_and(|advice| advice.contains("-ftls-model=local-exec")), "{error}");
    });
}

#[test]
fn files_without_relocations_are_refused_with_advice() {
    for_both(|is_64| {
        let mut asm = Asm::new(is_64);
        asm.keeps_relocations = false;
        let main = asm.label_here();
        asm.relative_pointer(Part::RoData, To::Label(main));
        asm.ret();
        asm.export("main", main);
        let error = link(&asm.finish(), &Options::default()).expect_err("refused");
        assert!(error.to_string().contains("without keeping relocations"), "{error}");
        assert!(error.advice().is_some_and(|advice| advice.contains("--emit-relocs")), "{error}");
    });
}

#[test]
fn code_that_is_read_as_data_is_refused_with_advice() {
    for_both(|is_64| {
        let refusal = |write: &dyn Fn(&mut Asm, usize)| {
            let mut asm = Asm::new(is_64);
            let main = asm.label_here();
            write(&mut asm, main);
            asm.ret();
            asm.export("main", main);
            let error = link(&asm.finish(), &Options::default()).expect_err("refused");
            assert_eq!((error.section(), error.offset()), (Some(".text"), Some(4)), "{error}");
            assert!(error.advice().is_some_and(|advice| advice.contains("keep data out of")), "{error}");
            error.to_string()
        };
        for word in [i_type(0x03, LOAD_WORD, 10, 12, 0), s_type(0x23, LOAD_WORD, 12, 10, 0)] {
            let relative = refusal(&|asm, main| {
                let high = asm.auipc(12, To::Label(main));
                asm.pcrel_low(word, high);
            });
            let absolute = refusal(&|asm, main| {
                asm.lui(12, To::Label(main));
                asm.absolute_low(word, To::Label(main));
            });
            for text in [relative, absolute] {
                assert!(text.contains("accesses code as if it were data"), "{text}");
            }
        }
        // A table between instructions, that the code runs into.
        let table = refusal(&|asm, main| {
            asm.li(10, 1);
            asm.text_relocation(35, To::Label(main));
            asm.text_relocation(39, To::Label(main));
            asm.word(0x13);
        });
        assert!(table.contains("R_RISCV_ADD32"), "{table}");
    });
}

/// What is subtracted from an address on the stack leads anywhere in the frame.
#[test]
fn addresses_in_a_frame_may_come_from_its_end() {
    for_both(|is_64| {
        let (load, store) = if is_64 { (3, 3) } else { (2, 2) };
        compare("from-the-end", is_64, |asm| {
            asm.la(14, To::At(Part::Bss, 0));
            asm.word(i_type(0x03, load, 12, 14, 0));
            asm.word(i_type(0x13, 0, 12, 12, 16)); // a2 = 16, which nobody knows
            asm.word(i_type(0x13, 0, 2, 2, -32));
            asm.word(s_type(0x23, store, 2, 10, 0));
            asm.word(i_type(0x03, load, 13, 2, 0));
            asm.word(i_type(0x13, 0, 11, 2, 16));
            asm.word(r_type(0x33, 0, 0x20, 11, 11, 12)); // sub a1, a1, a2
            asm.word(i_type(0x03, load, 10, 11, 0));
            asm.word(r_type(0x33, 0, 0, 10, 10, 13));
            asm.li(11, 0);
            asm.word(i_type(0x13, 0, 2, 2, 32));
            asm.ret();
        });
    });
}
