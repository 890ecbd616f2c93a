// SPDX-License-Identifier: Apache-2.0
//! Vectors as text: programs as guest assembly, and cases of states before and after.
//!
//! ```text
//! # A comment.
//! isa: latest64 jam_v1
//! code:
//!     a0 = a1 + a2
//!     ret
//! all: gas=2 -> exit=finished gas=0
//! carry: a1=0xffffffffffffffff a2=1 -> a0=0
//! poor: gas=1 -> exit=out-of-gas pc=0 gas=1
//! ```
//!
//! A section begins with the line `isa:`, which names the instruction sets that it holds for, and may say more before its
//! code: `gas-model:` (flat without it) and `paging: on`. The code is what stands indented below `code:`. Each further line
//! is a case: a name, what is set before, `->`, what is found behind. What `all` says holds for every case of the section
//! that says nothing else about it.
//!
//! | word | before | behind |
//! |---|---|---|
//! | register | its value | its value; one that is not named keeps what it had |
//! | `gas=` | amount, 0 if not named | amount; as before if not named |
//! | `start=` | where the run begins: an offset, or `@label[n]` for the instruction n behind a label; 0 if not named | |
//! | `exit=` | | `finished`, `trap`, `out-of-gas`, `host-call:N`, `segfault:ADDRESS`, `write-protected:ADDRESS` |
//! | `pc=` | | where it stopped: an offset, `@label[n]`, or `unset`; not looked at if not named |
//! | `ADDRESS=` | bytes in memory, as hexadecimal digits | the same; all other bytes keep what they had |
//! | `read-only:ADDRESS=` | with paging: a page of zeros | |
//! | `read-write:ADDRESS=` | with paging: the same, writable | |
//!
//! Registers that are not named hold a pattern of their own each, so that a stray write shows; `ra` holds the return address.
//! Every case runs from a fresh state. [`bless`] makes the files whose first line says so.

pub mod arithmetic;
pub mod bless;
mod run;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use revive_vm_assembly::{assemble_program, Program};
use revive_vm_executor::{Exit, GasModel, InstructionSet, Reg, Segfault};

pub use run::run_section;

/// A program and its cases.
#[derive(Debug)]
pub struct Section {
    /// Line of the file that it begins in.
    pub line: usize,
    /// Instruction sets that it holds for.
    pub isas: Vec<InstructionSet>,
    /// How it is paid for.
    pub gas: GasModel,
    /// Whether there is dynamic paging.
    pub paging: bool,
    /// Guest assembly, without the line that names the instruction set.
    pub code: String,
    /// The cases, with what holds for all of them.
    pub cases: Vec<Case>,
}

/// States before and after. Places are resolved when the program is known.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// Line of the file.
    pub line: usize,
    /// What it is about.
    pub name: String,
    before: BTreeMap<String, String>,
    after: BTreeMap<String, String>,
}

/// Reads a file.
///
/// # Errors
/// The first line that is not as it should be.
pub fn parse(text: &str) -> Result<Vec<Section>, String> {
    let mut sections: Vec<Section> = Vec::new();
    let mut all = Case::default();
    let mut in_code = false;
    for (index, full) in text.lines().enumerate() {
        let wrong = |what: String| format!("line {}: {what}", index + 1);
        let line = full.trim();
        if in_code && full.starts_with(' ') {
            if let Some(section) = sections.last_mut() {
                section.code += &format!("{line}\n");
            }
            continue;
        }
        in_code = false;
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once(": ").unwrap_or((line.trim_end_matches(':'), ""));
        if key == "isa" {
            let isas: Option<Vec<_>> = value.split_whitespace().map(InstructionSet::from_name).collect();
            let isas = isas.ok_or_else(|| wrong(format!("no instruction sets: {value}")))?;
            let gas = GasModel::Flat;
            all = Case::default();
            sections.push(Section {
                line: index + 1,
                isas,
                gas,
                paging: false,
                code: String::new(),
                cases: Vec::new(),
            });
            continue;
        }
        let section = sections.last_mut().ok_or_else(|| wrong("a section begins with `isa:`".into()))?;
        match key {
            "gas-model" => {
                section.gas =
                    GasModel::from_name(value).ok_or_else(|| wrong(format!("no gas model: {value}")))?;
            }
            "paging" => section.paging = value == "on",
            "code" => in_code = true,
            _ => {
                let (before, after) =
                    value.split_once("->").ok_or_else(|| wrong("a case has a `->`".into()))?;
                let mut case = Case { line: index + 1, name: key.into(), ..Case::default() };
                case.before = words(before).map_err(wrong)?;
                case.after = words(after).map_err(wrong)?;
                if key == "all" {
                    all = case;
                    continue;
                }
                for (key, value) in &all.before {
                    case.before.entry(key.clone()).or_insert_with(|| value.clone());
                }
                for (key, value) in &all.after {
                    case.after.entry(key.clone()).or_insert_with(|| value.clone());
                }
                section.cases.push(case);
            }
        }
    }
    Ok(sections)
}

fn words(text: &str) -> Result<BTreeMap<String, String>, String> {
    text.split_whitespace()
        .map(|word| {
            let (key, value) = word.split_once('=').ok_or_else(|| format!("{word}: not a word with `=`"))?;
            Ok((key.to_string(), value.to_string()))
        })
        .collect()
}

/// A number: decimal or with `0x`, of either sign.
fn number(text: &str) -> Result<u64, String> {
    let parsed = match (text.strip_prefix("0x"), text.strip_prefix('-')) {
        (Some(digits), _) => u64::from_str_radix(digits, 16),
        (None, Some(digits)) => digits.parse().map(u64::wrapping_neg),
        (None, None) => text.parse(),
    };
    parsed.map_err(|error| format!("{text}: {error}"))
}

fn address(text: &str) -> Result<u32, String> {
    u32::try_from(number(text)?).map_err(|error| format!("{text}: {error}"))
}

fn bytes(text: &str) -> Result<Vec<u8>, String> {
    let byte = |at: usize| {
        let digits = text.get(at..at + 2).unwrap_or("?");
        u8::from_str_radix(digits, 16).map_err(|error| format!("{text}: {error}"))
    };
    (0..text.len()).step_by(2).map(byte).collect()
}

/// An offset, or a place that is named after a label.
fn place(text: &str, program: &Program) -> Result<u32, String> {
    let Some(label) = text.strip_prefix('@') else { return address(text) };
    let (name, count) = label.split_once('[').unwrap_or((label, "0]"));
    let count = count.trim_end_matches(']').parse().map_err(|error| format!("{text}: {error}"))?;
    program.label_plus(name, count).ok_or_else(|| format!("there is no place {text}"))
}

/// What is in registers that a case does not name.
fn pattern(reg: Reg, isa: InstructionSet) -> u64 {
    let value = match reg {
        Reg::Ra => revive_vm_primitives::RETURN_ADDRESS.into(),
        _ => 0x0101_0101_0101_0101 * (0xa0 + reg as u64),
    };
    if isa.is_64_bit() {
        value
    } else {
        value & 0xffff_ffff
    }
}

fn exit(text: &str, page_size: u32) -> Result<Exit, String> {
    let (kind, operand) = text.split_once(':').unwrap_or((text, ""));
    let segfault = |write_protected| -> Result<Exit, String> {
        Ok(Exit::Segfault(Segfault { page_address: address(operand)?, page_size, write_protected }))
    };
    match kind {
        "finished" => Ok(Exit::Finished),
        "trap" => Ok(Exit::Trap),
        "out-of-gas" => Ok(Exit::OutOfGas),
        "host-call" => Ok(Exit::HostCall(address(operand)?)),
        "segfault" => segfault(false),
        "write-protected" => segfault(true),
        _ => Err(format!("no exit: {text}")),
    }
}

/// The program of a section for one of its instruction sets.
fn assemble(section: &Section, isa: InstructionSet) -> Result<Program, String> {
    assemble_program(&section.code, isa).map_err(|error| error.to_string())
}

/// All files below a folder, in order.
///
/// # Errors
/// The folder cannot be read.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let unreadable = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "txt") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
