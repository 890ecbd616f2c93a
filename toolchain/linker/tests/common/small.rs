// SPDX-License-Identifier: Apache-2.0
//! Programs of a few instructions, for both widths.

use super::asm::{i_type, s_type, Asm, Part};

/// The width of a load, as instructions have it.
pub(crate) const LOAD_WORD: u32 = 2;

/// The stack pointer.
pub(crate) const SP: u32 = 2;

/// Loads and stores of words, whose places are counted in words.
#[derive(Clone, Copy)]
pub(crate) struct Words {
    /// Bytes of a word.
    pub(crate) bytes: i32,
    funct3: u32,
}

impl Words {
    pub(crate) fn new(is_64: bool) -> Self {
        let (bytes, funct3) = if is_64 { (8, 3) } else { (4, 2) };
        Self { bytes, funct3 }
    }

    pub(crate) fn load(self, rd: u32, base: u32, at: i32) -> u32 {
        i_type(0x03, self.funct3, rd, base, at * self.bytes)
    }

    pub(crate) fn store(self, rs: u32, base: u32, at: i32) -> u32 {
        s_type(0x23, self.funct3, base, rs, at * self.bytes)
    }
}

/// For 64 bits and for 32.
pub(crate) fn for_both(check: impl Fn(bool)) {
    [true, false].into_iter().for_each(check);
}

/// A program that takes one argument.
pub(crate) fn compare(name: &str, is_64: bool, write: impl FnOnce(&mut Asm)) {
    let mut asm = Asm::new(is_64);
    asm.data[Part::Data as usize] = vec![7, 0, 0, 0, 0, 0, 0, 0];
    asm.bss_size = 8;
    let main = asm.label_here();
    write(&mut asm);
    asm.export("main", main);
    asm.export_sections();
    let arguments: Vec<_> = (0..3).map(|value| vec![value]).collect();
    let name = format!("{name}-{}", if is_64 { 64 } else { 32 });
    assert!(super::harness::compare(&name, &mut asm, &arguments, 2), "{name} does not end");
}

/// The end of `main`, with a result in a0 only.
pub(crate) fn return_a0(asm: &mut Asm) {
    asm.li(11, 0);
    asm.ret();
}

/// Where a switch leads: to one of three places that give different results.
pub(crate) fn ways(asm: &mut Asm, ways: &[usize; 3]) {
    for (way, value) in ways.iter().zip([11, 22, 33]) {
        asm.bind(*way);
        asm.li(10, value);
        return_a0(asm);
    }
}
