// SPDX-License-Identifier: Apache-2.0
//! Files that are odd on purpose take time and memory in proportion to their size.

mod common;

use common::asm::{i_type, r_type, Asm, Part, To};
use revive_vm_linker::{link, OptLevel, Options};
use std::time::Duration;

/// How many times as much there is in the larger one of two files.
const TIMES: usize = 8;
/// How many times as long that may take: less than half of what it would if each part were looked at for each other one.
const TIMES_AS_LONG: u32 = 30;

/// For how long this thread has had a processor: what else runs is not to count.
fn now() -> Duration {
    let of_thread = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(of_thread.tv_sec as u64, of_thread.tv_nsec as u32)
}

/// Links a program, whatever comes of it, and says how long that took.
fn time(level: OptLevel, count: usize, write: &impl Fn(&mut Asm, usize)) -> Duration {
    let mut asm = Asm::new(true);
    asm.bss_size = 8;
    let main = asm.label_here();
    write(&mut asm, count);
    asm.ret();
    asm.export("main", main);
    let elf = asm.finish();
    let began = now();
    let _ = link(&elf, &Options { opt_level: level, strip: true, ..Options::default() });
    now() - began
}

/// Links a file with so much of something, and one with a part of that.
fn is_in_proportion(level: OptLevel, count: usize, write: impl Fn(&mut Asm, usize)) {
    // The least time: something else may have had the caches meanwhile.
    let least = |tries, count| (0..tries).map(|_| time(level, count, &write)).min().unwrap_or_default();
    let (little, much) = (least(5, count / TIMES), least(2, count));
    println!("{little:?} for a part, {much:?} for all");
    assert!(much < little.max(Duration::from_millis(1)) * TIMES_AS_LONG, "{little:?} and {much:?}");
}

/// Pointers for the dynamic linker, as position-independent files have many.
#[test]
fn pointers_of_the_dynamic_linker() {
    is_in_proportion(OptLevel::O0, 200_000, |asm, count| {
        for _ in 0..count {
            asm.relative_pointer(Part::Data, To::At(Part::Bss, 0));
        }
        asm.la(10, To::At(Part::Data, 0));
    });
}

/// Names that checks of calls by pointers have for their tables.
#[test]
fn names_of_tables_of_jumps() {
    is_in_proportion(OptLevel::O0, 100_000, |asm, count| {
        for _ in 0..count {
            asm.mark(".cfi.jumptable");
        }
    });
}

/// Marks of data in a long row of instructions that do nothing.
#[test]
fn marks_of_data_between_padding() {
    is_in_proportion(OptLevel::O0, 50_000, |asm, count| {
        asm.ret();
        for _ in 0..4 * count {
            asm.half(1);
        }
        for _ in 0..count {
            asm.mark("$d");
            asm.half(1);
        }
    });
}

/// Copies of a register that nothing writes.
#[test]
fn copies_in_one_block() {
    is_in_proportion(OptLevel::O2, 200_000, |asm, count| {
        asm.la(12, To::At(Part::Bss, 0));
        for _ in 0..count {
            asm.half(0x852e); // c.mv a0, a1
            asm.half(0xc208); // c.sw a0, 0(a2)
        }
    });
}

/// Atomic operations where no register is free.
#[test]
fn atomic_operations_in_one_block() {
    is_in_proportion(OptLevel::O0, 50_000, |asm, count| {
        for _ in 0..count {
            asm.word(r_type(0x2f, 2, 0, 11, 12, 10));
        }
    });
}

/// One table of jumps that many pieces of code add to labels of their own.
#[test]
fn labels_for_one_table_of_jumps() {
    is_in_proportion(OptLevel::O0, 5_000, |asm, count| {
        asm.data[Part::RoData as usize] = vec![0; 10 * count];
        for _ in 0..count {
            let label = asm.label_here();
            asm.la(12, To::At(Part::RoData, 0));
            asm.word(i_type(0x03, 4, 11, 12, 0)); // lbu
            asm.la(13, To::Label(label));
            asm.word(r_type(0x33, 0, 0, 13, 13, 11));
            asm.word(i_type(0x67, 0, 0, 13, 0));
        }
    });
}

/// Links a file with so much of something that nobody would wait for it if each part were looked at for each other one.
fn links(level: OptLevel, write: impl Fn(&mut Asm)) -> Vec<u8> {
    let mut asm = Asm::new(true);
    asm.bss_size = 8;
    let main = asm.label_here();
    asm.export("main", main);
    write(&mut asm);
    let linked = link(&asm.finish(), &Options { opt_level: level, strip: true, ..Options::default() });
    linked.expect("the file is in order").blob
}

/// Loads from so many places, which are yet to come, and returns.
fn loads(asm: &mut Asm, count: usize) -> Vec<usize> {
    let labels: Vec<usize> = (0..count).map(|_| asm.label()).collect();
    for label in &labels {
        asm.la(11, To::Label(*label));
        asm.word(i_type(0x03, 4, 10, 11, 0)); // lbu
    }
    asm.ret();
    labels
}

/// Loads from a long row of instructions that do nothing, each from another one.
#[test]
fn loads_from_padding() {
    const COUNT: usize = 100_000;
    links(OptLevel::O0, |asm| {
        let labels = loads(asm, COUNT);
        asm.half(0x0505); // c.addi a0, 1
        for label in labels {
            asm.bind(label);
            asm.half(1);
        }
        asm.ret();
    });
}

/// Data that is known by who loads from it, in front of data that has marks.
#[test]
fn loads_from_data_in_front_of_marked_data() {
    const COUNT: usize = 150_000;
    links(OptLevel::O0, |asm| {
        let labels = loads(asm, COUNT);
        for label in labels {
            asm.bind(label);
            asm.word(u32::MAX);
            asm.function("f");
            asm.ret();
        }
        for _ in 0..COUNT {
            asm.mark("$d");
            asm.word(0);
            asm.mark("$x");
            asm.ret();
        }
    });
}

/// Pieces of data between instructions that all have relocations.
#[test]
fn data_between_jumps() {
    const COUNT: usize = 100_000;
    links(OptLevel::O0, |asm| {
        for _ in 0..COUNT {
            let next = asm.label();
            asm.jal(0, next, true);
            asm.mark("$d");
            asm.word(0);
            asm.bind(next);
            asm.mark("$x");
        }
        asm.ret();
    });
}

/// A table of jumps as numbers, and many pointers behind it.
#[test]
fn a_table_of_jumps_in_front_of_pointers() {
    const COUNT: usize = 200_000;
    links(OptLevel::O0, |asm| {
        let label = asm.label();
        asm.la(12, To::At(Part::RoData, 0));
        asm.word(r_type(0x33, 0, 0, 12, 12, 10));
        asm.word(i_type(0x03, 4, 11, 12, 0)); // lbu
        asm.la(13, To::Label(label));
        asm.word(r_type(0x33, 0, 0, 13, 13, 11));
        asm.word(i_type(0x67, 0, 0, 13, 0));
        asm.bind(label);
        asm.ret();
        asm.data[Part::RoData as usize] = vec![0; COUNT];
        (0..COUNT).for_each(|_| asm.pointer(Part::RoData, To::At(Part::Bss, 0)));
    });
}

/// Functions that end by a jump into one long function, and calls of all of them.
#[test]
fn jumps_into_a_long_function() {
    const COUNT: usize = 40_000;
    links(OptLevel::O2, |asm| {
        let functions: Vec<usize> = (0..COUNT).map(|_| asm.label()).collect();
        let long = asm.label();
        functions.iter().for_each(|function| asm.call(1, 1, *function));
        asm.ret();
        for function in functions {
            asm.bind(function);
            asm.word(i_type(0x13, 0, 2, 2, -16));
            asm.call(0, 6, long);
        }
        asm.bind(long);
        for number in 0..COUNT as i32 {
            asm.word(i_type(0x13, 4, 10, 10, number % 1000)); // xori
            asm.word(r_type(0x33, 0, 0, 10, 10, 11));
        }
        asm.word(i_type(0x13, 0, 2, 2, 16));
        asm.ret();
    });
}

/// Entries of exports that say the same once more, with a long name, take no room, and no more time than they have bytes.
#[test]
fn exports_that_share_a_name() {
    let entries = |count: usize, name_bytes: usize| {
        move |asm: &mut Asm| {
            let label = asm.label_here();
            asm.ret();
            let record = asm.record(&"n".repeat(name_bytes));
            for _ in 0..count {
                asm.data[Part::Exports as usize].push(1);
                asm.pointer(Part::Exports, record);
                asm.pointer(Part::Exports, To::Label(label));
            }
        }
    };
    assert_eq!(links(OptLevel::O0, entries(1, 1000)), links(OptLevel::O0, entries(20, 1000)));
    let mut asm = Asm::new(true);
    let main = asm.label_here();
    asm.export("main", main);
    entries(10_000, 200_000)(&mut asm);
    let error = link(&asm.finish(), &Options::default()).expect_err("it is refused");
    assert!(error.to_string().contains("the names of functions take more than"), "{error}");
}

/// Bytes of memory that this process has had at most.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}

/// A large frame, and blocks of a few bytes.
#[test]
fn blocks_of_a_function_with_a_large_frame() {
    // A kilobyte for each of the blocks would be more by half.
    const PEAK_MAX: u64 = 1 << 30;
    is_in_proportion(OptLevel::O2, 500_000, |asm, count| {
        let (store, load) = (0x23 | 3 << 12, 0x03 | 3 << 12);
        for _ in 0..31 {
            asm.word(i_type(0x13, 0, 2, 2, -2048));
        }
        asm.word(store | 2 << 15 | 10 << 20);
        asm.word(load | 2 << 15 | 10 << 7);
        for _ in 0..count {
            asm.half(0xc109); // c.beqz a0, 2
            asm.half(0x0505); // c.addi a0, 1
        }
        for _ in 0..32 {
            asm.word(i_type(0x13, 0, 2, 2, 1984));
        }
    });
    let peak = peak();
    println!("{peak:?} bytes of memory");
    assert!(peak.is_none_or(|peak| peak < PEAK_MAX), "{peak:?} bytes of memory");
}
