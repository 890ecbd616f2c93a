// SPDX-License-Identifier: Apache-2.0
//! Makes the vectors of everything that computes, branches, loads or stores: a file per instruction, with all pairs of boundary
//! values, or all addresses around the ends of memory.
//!
//! The expected values come from [`arithmetic`](super::arithmetic) and from the few lines about memory here, both written
//! from the specification; no engine is asked. Command: `revive-vm-vectors --bless`.

use core::fmt::Write as _;

use revive_vm_primitives::{isa::Format, DisplayOptions, Instruction, InstructionSet, Opcode, Reg};

use super::arithmetic::{is_taken, result};

/// Numbers at which 64-bit arithmetic changes its behaviour.
const VALUES_64: [u64; 12] = [
    0,
    1,
    2,
    33,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x0123_4567_89ab_cdef,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0xffff_ffff_8000_0000,
    0xffff_ffff_ffff_ffff,
];

/// Numbers at which 32-bit arithmetic does.
const VALUES_32: [u64; 8] = [0, 1, 2, 33, 0x89ab_cdef, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/// Immediates at which encodings and amounts of shifts change.
const IMMEDIATES: [i32; 9] = [0, 1, -1, 31, 32, 63, 0x80, i32::MAX, i32::MIN];

/// The sets that mean the same by an instruction.
const WIDE: [InstructionSet; 3] = [InstructionSet::ReviveV1, InstructionSet::Latest64, InstructionSet::JamV1];
const NARROW: [InstructionSet; 1] = [InstructionSet::Latest32];

/// What each file begins with.
const HEADER: &str = "\
# Made by `revive-vm-vectors --bless` from the instruction table of the specification, with numbers that nothing overflows
# (`text::arithmetic`, `text::bless`). No engine was asked.
";

/// All files: their paths below the folder of vectors, and what they hold.
pub fn files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for opcode in Opcode::ALL {
        let mut text = String::from(HEADER);
        for (isas, values) in [(&WIDE[..], &VALUES_64[..]), (&NARROW[..], &VALUES_32[..])] {
            let isas: Vec<InstructionSet> =
                isas.iter().copied().filter(|isa| isa.byte(opcode).is_some()).collect();
            if !isas.is_empty() {
                sections(&mut text, opcode, &isas, values);
            }
        }
        if text.len() > HEADER.len() {
            files.push((format!("{}/{}.txt", group(opcode), opcode.mnemonic()), text));
        }
    }
    files
}

fn group(opcode: Opcode) -> &'static str {
    if opcode.mnemonic().starts_with("branch") {
        "branches"
    } else if access_bytes(opcode).is_some() {
        "memory"
    } else {
        "arithmetic"
    }
}

/// The registers that instructions work on here.
const D: Reg = Reg::A0;
const S: Reg = Reg::A1;
const T: Reg = Reg::A2;

/// What `d` holds before, to see when it is left alone.
const OLD: u64 = 0x5555_aaaa_3333_cccc;

fn sections(text: &mut String, opcode: Opcode, isas: &[InstructionSet], values: &[u64]) {
    let Some(isa) = isas.first().copied() else { return };
    let is_64_bit = isa.is_64_bit();
    if let Some(bytes) = access_bytes(opcode) {
        memory(text, opcode, isas, bytes);
    } else if is_taken(opcode, is_64_bit, 0, 0).is_some() {
        if opcode.format() == Format::RegRegOffset {
            branch(text, isas, Instruction::reg_reg_offset(opcode, S, T, 0), None, values);
        } else {
            for i in IMMEDIATES {
                branch(text, isas, Instruction::reg_imm_offset(opcode, S, i, 0), Some(i), values);
            }
        }
    } else if result(opcode, is_64_bit, 0, 0, 0).is_some() {
        match opcode.format() {
            Format::RegRegReg => {
                computation(text, isas, Instruction::reg_reg_reg(opcode, D, S, T), None, values)
            }
            Format::RegReg => computation(text, isas, Instruction::reg_reg(opcode, D, S), Some(0), values),
            _ => {
                for i in IMMEDIATES {
                    computation(text, isas, Instruction::reg_reg_imm(opcode, D, S, i), Some(i), values);
                }
            }
        }
    } else if opcode == Opcode::LoadImm {
        for i in IMMEDIATES {
            let value = if is_64_bit { i64::from(i) as u64 } else { u64::from(i as u32) };
            constant(text, isas, Instruction::reg_imm(opcode, D, i), value);
        }
    } else if opcode == Opcode::LoadImm64 {
        for value in values {
            constant(text, isas, Instruction::reg_imm64(opcode, D, *value), *value);
        }
    }
}

fn begin(text: &mut String, isas: &[InstructionSet], directives: &str, lines: &str, all: &str) {
    let names: Vec<&str> = isas.iter().map(|isa| isa.name()).collect();
    let _ = write!(text, "\nisa: {}\ncode:\n", names.join(" "));
    for line in directives.lines().chain(lines.lines()) {
        let _ = writeln!(text, "    {line}");
    }
    let _ = writeln!(text, "all: {all}");
}

/// An instruction as guest assembly.
fn assembly(instruction: Instruction, isa: InstructionSet) -> String {
    let text = instruction.display(isa, DisplayOptions::default()).to_string();
    // The disassembly writes a rotation and a shift of 32-bit programs alike (instruction set, section 9).
    let rotates = [Opcode::RotateRightImm32, Opcode::RotateRightImmAlt32].contains(&instruction.opcode);
    match rotates && !text.contains(">>r") {
        true => text.replace(">>", ">>r"),
        false => text,
    }
}

fn constant(text: &mut String, isas: &[InstructionSet], instruction: Instruction, value: u64) {
    // Written out in full, because the shortest text of a small number stands for the shorter instruction.
    let line = match instruction.opcode {
        Opcode::LoadImm64 => format!("a0 = i64 {value:#x}"),
        _ => assembly(instruction, isas[0]),
    };
    begin(text, isas, "", &format!("{line}\nret"), "gas=2 -> exit=finished pc=unset gas=0");
    let _ = writeln!(text, "value: -> a0={value:#x}");
}

fn reduced(isas: &[InstructionSet], value: u64) -> u64 {
    if isas.first().is_some_and(|isa| isa.is_64_bit()) {
        value
    } else {
        value & 0xffff_ffff
    }
}

/// All pairs of values; one with the immediate if there is one.
fn pairs(values: &[u64], immediate: Option<i32>) -> Vec<(u64, u64)> {
    let second: Vec<u64> = match immediate {
        Some(i) => vec![i64::from(i) as u64],
        None => values.to_vec(),
    };
    values.iter().flat_map(|s| second.iter().map(move |t| (*s, *t))).collect()
}

fn computation(
    text: &mut String,
    isas: &[InstructionSet],
    instruction: Instruction,
    immediate: Option<i32>,
    values: &[u64],
) {
    let isa = isas[0];
    let old = reduced(isas, OLD);
    let code = format!("{}\nret", assembly(instruction, isa));
    begin(text, isas, "", &code, &format!("gas=2 a0={old:#x} -> exit=finished pc=unset gas=0"));
    for (s, t) in pairs(values, immediate) {
        let Some(value) = result(instruction.opcode, isa.is_64_bit(), old, s, t) else { continue };
        let second = if immediate.is_none() { format!(" a2={t:#x}") } else { String::new() };
        let _ = writeln!(text, "value: a1={s:#x}{second} -> a0={value:#x}");
    }
    // The destination can be a source.
    if instruction.opcode.format() == Format::RegRegReg {
        for (d, s, t) in [(S, S, T), (T, S, T), (S, S, S)] {
            let same = Instruction::reg_reg_reg(instruction.opcode, d, s, t);
            let code = format!("{}\nret", assembly(same, isa));
            begin(text, isas, "", &code, "gas=2 -> exit=finished pc=unset gas=0");
            for (a, b) in pairs(&values[3..7], None) {
                let (vs, vt) = if s == t { (a, a) } else { (a, b) };
                let old = if d == S { a } else { b };
                let Some(value) = result(instruction.opcode, isa.is_64_bit(), old, vs, vt) else { continue };
                let _ = writeln!(text, "same: a1={a:#x} a2={b:#x} -> {}={value:#x}", d.name());
            }
        }
    }
}

fn branch(
    text: &mut String,
    isas: &[InstructionSet],
    instruction: Instruction,
    immediate: Option<i32>,
    values: &[u64],
) {
    let isa = isas[0];
    let line = assembly(instruction, isa).replacen("jump 0 ", "jump @taken ", 1);
    let code = format!("{line}\na0 = 1\nret\n@taken:\na0 = 2\nnop\nret");
    begin(text, isas, "", &code, "gas=10 -> exit=finished pc=unset");
    for (s, t) in pairs(values, immediate) {
        let Some(taken) = is_taken(instruction.opcode, isa.is_64_bit(), s, t) else { continue };
        let second = if immediate.is_none() { format!(" a2={t:#x}") } else { String::new() };
        // The branch, and then two or three instructions.
        let (value, gas) = if taken { (2, 10 - 1 - 3) } else { (1, 10 - 1 - 2) };
        let _ = writeln!(text, "branch: a1={s:#x}{second} -> a0={value} gas={gas}");
    }
}

/// Bytes of a load or store, and whether it extends with the sign.
fn access_bytes(opcode: Opcode) -> Option<usize> {
    let name = opcode.mnemonic();
    if name.starts_with("load_imm") || !(name.starts_with("load_") || name.starts_with("store_")) {
        return None;
    }
    match name.rsplit('_').next()? {
        "u8" | "i8" => Some(1),
        "u16" | "i16" => Some(2),
        "u32" | "i32" => Some(4),
        "u64" => Some(8),
        _ => None,
    }
}

/// The memory that these programs have: read-only, read-write, stack, each of a page.
const MEMORY: &str = "%ro_data_size = 4096\n%rw_data_size = 4096\n%stack_size = 4096";
const REGIONS: [(u64, bool); 3] = [(0x10000, false), (0x30000, true), (0xfffd_f000, true)];

/// Where bytes are accessed: around the ends of regions, at no region, at the ends of the address space.
fn addresses(bytes: u64) -> Vec<u64> {
    let mut all = vec![0, 0xffff, 0x5000_0000, 0xffff_fff8, 0x1_0000_0000 - bytes, 0xffff_ffff];
    for (start, _) in REGIONS {
        let end = start + 4096;
        all.extend([start - 1, start, start + 3, end - bytes, end - bytes + 1, end]);
    }
    all
}

fn memory(text: &mut String, opcode: Opcode, isas: &[InstructionSet], bytes: usize) {
    use Format::*;
    let isa = isas[0];
    let is_store = opcode.mnemonic().starts_with("store");
    // A value whose parts all differ and have their highest bits set.
    let value = reduced(isas, 0x8182_8384_f5f6_f7f8);
    let immediate = -0x0a0b_0c0d;
    let narrow_immediate = match bytes {
        1 => immediate as u8 as i32,
        2 => i32::from(immediate as i16),
        _ => immediate,
    };
    for (index, address) in addresses(bytes as u64).into_iter().enumerate() {
        // Through a register with an offset: the sum counts, modulo 2^32.
        let offset = [0i32, -0x1234, 0x7fff_fff0][index % 3];
        let base = reduced(isas, address.wrapping_sub(i64::from(offset) as u64));
        let instruction = match opcode.format() {
            RegImm => Instruction::reg_imm(opcode, D, address as u32 as i32),
            ImmImm => Instruction::imm_imm(opcode, address as u32 as i32, narrow_immediate),
            RegRegImm => Instruction::reg_reg_imm(opcode, D, S, offset),
            RegImmImm => Instruction::reg_imm_imm(opcode, S, offset, narrow_immediate),
            _ => return,
        };
        let code = format!("{}\nret", assembly(instruction, isa));
        let before = match opcode.format() {
            RegImm | ImmImm => format!("a0={value:#x}"),
            _ => format!("a0={value:#x} a1={base:#x}"),
        };
        begin(text, isas, MEMORY, &code, &format!("gas=2 {before} -> gas=0"));
        let region = REGIONS
            .into_iter()
            .find(|(start, _)| *start <= address && address + bytes as u64 <= start + 4096);
        let Some((_, writable)) = region.filter(|(_, writable)| !is_store || *writable) else {
            let _ = writeln!(text, "nothing: -> exit=trap pc=0");
            continue;
        };
        if is_store {
            let stored = match opcode.format() {
                RegImm | RegRegImm => value,
                _ => i64::from(narrow_immediate) as u64,
            };
            let hex: String =
                stored.to_le_bytes()[..bytes].iter().map(|byte| format!("{byte:02x}")).collect();
            let _ = writeln!(text, "stores: -> exit=finished pc=unset {address:#x}={hex}");
        } else if writable {
            let image: Vec<u8> = (0..bytes).map(|at| 0xf7 - 0x11 * at as u8).collect();
            let hex: String = image.iter().map(|byte| format!("{byte:02x}")).collect();
            let mut wide = [0; 8];
            wide[..bytes].copy_from_slice(&image);
            let loaded = u64::from_le_bytes(wide);
            let extended = match opcode.mnemonic().rsplit('_').next() {
                Some("i8") => loaded as i8 as u64,
                Some("i16") => loaded as i16 as u64,
                Some("i32") => loaded as i32 as u64,
                _ => loaded,
            };
            let register = reduced(isas, extended);
            let _ = writeln!(text, "loads: {address:#x}={hex} -> exit=finished pc=unset a0={register:#x}");
        } else {
            let _ = writeln!(text, "zeros: -> exit=finished pc=unset a0=0");
        }
    }
}
