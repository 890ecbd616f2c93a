// SPDX-License-Identifier: Apache-2.0
//! What is refused and with which words, and that the same input gives the same bytes.

mod common;

use common::{
    asm::{Asm, Part, To},
    generate, harness,
};
use revive_vm_executor::Exit;
use revive_vm_linker::{link, Isa, OptLevel, Options};
use revive_vm_primitives::{Blob, InstructionSet};

#[test]
fn the_same_input_gives_the_same_bytes() {
    for seed in 0..40 {
        let (mut asm, _) = generate::program(seed);
        let elf = asm.finish();
        for level in OptLevel::ALL {
            let options = Options { opt_level: level, ..Options::default() };
            let first = link(&elf, &options).expect("the program can be linked").blob;
            // Another thread: hash tables with random seeds would differ there.
            let again = std::thread::scope(|scope| {
                let (elf, options) = (&elf, &options);
                scope
                    .spawn(move || link(elf, options).expect("the program can be linked").blob)
                    .join()
                    .expect("no panic")
            });
            assert_eq!(first, again, "program {seed} at {level:?}");
        }
    }
}

fn tiny(is_64: bool, write: impl FnOnce(&mut Asm)) -> Vec<u8> {
    let mut asm = Asm::new(is_64);
    let main = asm.label_here();
    write(&mut asm);
    asm.ret();
    asm.export("main", main);
    asm.finish()
}

/// What is wrong, the section and offset, and what to do about it.
fn refusal(elf: &[u8]) -> (String, String, Option<u64>, String) {
    let error = link(elf, &Options::default()).expect_err("the file is refused");
    let section = error.section().unwrap_or_default().to_owned();
    (error.to_string(), section, error.offset(), error.advice().unwrap_or_default().to_owned())
}

#[test]
fn instructions_that_do_not_exist_are_refused_with_their_place() {
    for (word, what) in [
        (0x0000_0073, "`ecall`"),
        (0x1050_0073, "`wfi`"),
        (0xc000_2573, "Zicsr"),
        (0x0000_0053, "floating point"),
        (0x0000_0057, "vectors"),
        (0x0000_007f, "unknown"),
        (0x0000_0893, "x17"),
        (0x0000_0193, "gp"),
        (0x0041_0067 | 4 << 20, "code addresses cannot be calculated"),
        (0x1234_0517, "no relocation"),
    ] {
        let (text, section, offset, advice) = refusal(&tiny(true, |asm| {
            asm.li(10, 1);
            asm.word(word);
        }));
        assert!(text.contains(what), "{word:08x}: {text}");
        assert_eq!((section.as_str(), offset), (".text", Some(4)), "{text}");
        assert!(!advice.is_empty(), "{text}");
    }
}

/// GCC has `ebreak` for `__builtin_trap`.
#[test]
fn breakpoints_trap() {
    let compressed = |asm: &mut Asm| asm.half(0x9002);
    for write in [&compressed as &dyn Fn(&mut Asm), &|asm: &mut Asm| asm.word(0x0010_0073)] {
        let blob = link(&tiny(true, |asm| write(asm)), &Options::default()).expect("linked").blob;
        for engine in harness::engines() {
            let (exit, _) = harness::run_export(engine, &blob, "main", &[]);
            assert_eq!(exit, Exit::Trap);
        }
    }
}

#[test]
fn what_nothing_reaches_may_be_anything() {
    let mut asm = Asm::new(true);
    let main = asm.label_here();
    asm.ret();
    asm.word(0x0000_0073);
    asm.export("main", main);
    let elf = asm.finish();
    for level in OptLevel::ALL {
        link(&elf, &Options { opt_level: level, ..Options::default() })
            .expect("the instruction is never reached");
    }
}

#[test]
fn files_that_are_no_programs_are_refused_with_advice() {
    let good = tiny(true, |_| {});
    let damaged = |at: usize, byte: u8| {
        let mut elf = good.clone();
        elf[at] = byte;
        elf
    };
    for (elf, what) in [
        (b"PVM\0".to_vec(), "not an ELF file, but a blob"),
        (b"BC\xc0\xde\x35".to_vec(), "not an ELF file, but LLVM bitcode"),
        (b"!<arch>\n".to_vec(), "not an ELF file, but an archive"),
        (b"\0asm\x01\0\0\0".to_vec(), "not an ELF file, but WebAssembly"),
        (Vec::new(), "not an ELF file, but empty"),
        (b"#!/bin/sh\n".to_vec(), "not an ELF file"),
        (damaged(4, 3), "class"),
        (damaged(18, 62), "machine 62"),
        (damaged(7, 9), "system interface 9"),
        (damaged(16, 4), "type 4"),
        (good[..100].to_vec(), "cannot be read"),
    ] {
        let error = link(&elf, &Options::default()).expect_err("the file is refused").to_string();
        assert!(error.contains(what), "{error}");
    }
    let nothing = {
        let mut asm = Asm::new(true);
        asm.ret();
        asm.finish()
    };
    assert!(refusal(&nothing).0.contains("exports nothing"));
}

/// The blob would have both, and the place of the code would decide which of them is called.
#[test]
fn a_name_is_exported_once() {
    let program = |other: bool| {
        let mut asm = Asm::new(true);
        let first = asm.label_here();
        asm.ret();
        let second = asm.label_here();
        asm.li(10, 1);
        asm.ret();
        asm.export("call", first);
        asm.export("call", if other { second } else { first });
        asm.finish()
    };
    let (text, section, offset, advice) = refusal(&program(true));
    assert!(text.contains("two functions are exported as `call`"), "{text}");
    assert_eq!((section.as_str(), offset), (".polkavm_exports", Some(17)), "{text}");
    assert!(!advice.is_empty(), "{text}");
    // Records of one function may come from several objects.
    link(&program(false), &Options::default()).expect("linked");
}

#[test]
fn more_memory_than_addresses_reach_is_refused_with_its_section() {
    for (size, at, what) in [
        (3 << 30, 0, "the data reaches up to byte 3221225472 of memory, addresses to 2147483648"),
        (0x7fff_f000, 0, "the data reaches up to byte 2147610624 of memory, addresses to 2147483648"),
        (3 << 30, (3 << 30) - 1, "the address is 3221225471 bytes away from its symbol's section"),
    ] {
        let elf = tiny(true, |asm| {
            asm.bss_size = size;
            asm.la(10, To::At(Part::Bss, at));
        });
        let (text, section, _, advice) = refusal(&elf);
        assert!(text.starts_with(what), "{text}");
        assert_eq!(section, if at == 0 { ".bss" } else { ".text" }, "{text}");
        assert_eq!(advice, "make the largest arrays smaller");
    }
}

#[test]
fn instruction_sets_fit_the_width_and_the_instructions() {
    let elf = tiny(true, |_| {});
    for isa in InstructionSet::ALL {
        let result = link(&elf, &Options { isa: Isa::Exactly(isa), ..Options::default() });
        match isa.is_64_bit() {
            true => assert_eq!(Blob::parse(&result.expect("linked").blob).expect("a blob").isa(), isa),
            false => assert!(result.expect_err("refused").to_string().contains("64 bits")),
        }
    }
    let sbrk = tiny(true, |asm| asm.word(0x0005_950b));
    link(&sbrk, &Options::default()).expect("the latest set has it");
    let isa = Isa::Exactly(InstructionSet::ReviveV1);
    let error = link(&sbrk, &Options { isa, ..Options::default() }).expect_err("this one has not");
    assert!(error.to_string().contains("has no sbrk") && error.section() == Some(".text"), "{error}");
}

#[test]
fn the_dispatch_table_comes_first_in_steps_of_five() {
    let mut asm = Asm::new(true);
    let labels: Vec<usize> = (0..3)
        .map(|value| {
            let label = asm.label_here();
            asm.li(10, 100 + value);
            asm.ret();
            label
        })
        .collect();
    for (name, label) in ["a", "b", "c"].into_iter().zip(labels) {
        asm.export(name, label);
    }
    let elf = asm.finish();
    let dispatch_table = [b"c", b"a", b"b"].map(|name| name.to_vec()).to_vec();
    let blob = link(&elf, &Options { dispatch_table, ..Options::default() }).expect("linked").blob;
    let parsed = Blob::parse(&blob).expect("a blob");
    for (entry, name, value) in [(0, "c", 102), (5, "a", 100), (10, "b", 101)] {
        let mut builder = revive_vm_primitives::BlobBuilder::new(parsed.isa()).stack_size(4096);
        let code = parsed.code();
        let parts = revive_vm_primitives::CodeParts::new(
            code.bytes().to_vec(),
            code.bitmask().to_vec(),
            code.jump_table().iter().collect(),
        );
        builder = builder.code(parts).export(b"entry", entry);
        let (exit, instance) = harness::run_export(harness::engines()[0], &builder.build(), "entry", &[]);
        assert_eq!(exit, Exit::Finished);
        assert_eq!(instance.reg(revive_vm_executor::Reg::A0), value, "{name}");
    }
    let unknown = Options { dispatch_table: vec![b"d".to_vec()], ..Options::default() };
    assert!(link(&elf, &unknown).expect_err("refused").to_string().contains("`d`"));
}

/// Compilers compress debug info by `-gz`, and linkers decompress it.
#[test]
fn compressed_debug_info_is_left_out_with_a_warning() {
    let mut asm = Asm::new(true);
    let main = asm.label_here();
    asm.ret();
    (0..4).for_each(|_| asm.pointer(Part::RoData, To::Label(main)));
    asm.export("main", main);
    let mut elf = asm.finish();
    assert!(link(&elf, &Options::default()).expect("linked").warnings.is_empty());
    let positions: Vec<_> = (0..elf.len()).filter(|at| elf[*at..].starts_with(b".rodata\0")).collect();
    positions.into_iter().for_each(|at| elf[at..][..7].copy_from_slice(b".debug_"));
    let headers = u64::from_le_bytes(elf[40..48].try_into().expect("eight bytes")) as usize;
    let header = headers + (Part::RoData as usize + 1) * 64;
    // The flag, and a size that relocations lead out of.
    elf[header + 8..][..8].copy_from_slice(&0x800_u64.to_le_bytes());
    elf[header + 32..][..8].copy_from_slice(&20_u64.to_le_bytes());
    let warnings = link(&elf, &Options::default()).expect("linked").warnings;
    assert!(
        matches!(&warnings[..], [only] if only.contains("compressed") && only.contains("-gz")),
        "{warnings:?}"
    );
    let stripped = Options { strip: true, ..Options::default() };
    assert!(link(&elf, &stripped).expect("linked").warnings.is_empty());
}
