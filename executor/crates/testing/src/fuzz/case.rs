// SPDX-License-Identifier: Apache-2.0
//! One program with everything that it takes to run it again, as text.
//!
//! ```text
//! target engines_agree
//! seed 0x1f…                answers to the program's exits
//! isa latest64
//! gas-model flat            or: none
//! page-size 4096            and so on: the settings of the module
//! code 33 07 2a             bytes
//! …
//! ```
//! A line that begins with `#` is a comment: who saw what, and the program as assembly.

use core::fmt::Write as _;

use revive_vm_executor::{GasModel, InstructionSet, ModuleConfig};
use revive_vm_primitives::{Blob, DisplayOptions, Reg};

use crate::{generate::Program, lockstep::Limits, number::number};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The target's name.
    pub target: String,
    /// Seed of the answers to exits.
    pub seed: u64,
    /// What runs.
    pub program: Program,
    /// Settings of the module.
    pub config: ModuleConfig,
    /// How far it is compared.
    pub limits: Limits,
    /// Whether the recompiler goes without extensions of the machine.
    pub baseline: bool,
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (index, byte) in bytes.iter().enumerate() {
        let _ = write!(text, "{}{byte:02x}", if index == 0 { "" } else { " " });
    }
    text
}

fn unhex(text: &str) -> Result<Vec<u8>, String> {
    text.split_whitespace()
        .map(|byte| u8::from_str_radix(byte, 16).map_err(|error| format!("{byte}: {error}")))
        .collect()
}

fn numbers(text: &str) -> Result<Vec<u64>, String> {
    text.split_whitespace().map(number).collect()
}

impl Case {
    /// The text, with comments about how it fails.
    pub fn to_text(&self, difference: &str) -> String {
        let Self { target, seed, program, config, limits, baseline } = self;
        let regs: Vec<String> = program.regs.iter().map(|value| format!("{value:#x}")).collect();
        let list = |offsets: &[u32]| offsets.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
        let lines = [
            ("target", target.clone()),
            ("seed", format!("{seed:#x}")),
            ("isa", program.isa.to_string()),
            ("gas-model", config.gas.map_or("none", GasModel::name).into()),
            ("page-size", config.page_size.to_string()),
            ("aux-size", config.aux_size.to_string()),
            ("memory-bytes-max", config.memory_bytes_max.to_string()),
            ("step-tracing", config.step_tracing.to_string()),
            ("dynamic-paging", config.dynamic_paging.to_string()),
            ("baseline", baseline.to_string()),
            ("gas", limits.gas.to_string()),
            ("exits", limits.exits.to_string()),
            ("regs", regs.join(" ")),
            ("code", hex(&program.code)),
            ("starts", list(&program.starts)),
            ("jump-table", list(&program.jump_table)),
            ("ro-data", hex(&program.ro_data)),
            ("rw-data", hex(&program.rw_data)),
        ];
        let mut text = String::new();
        for (key, value) in lines {
            let _ = writeln!(text, "{}", format_args!("{key} {value}").to_string().trim_end());
        }
        for line in difference.lines() {
            let _ = writeln!(text, "# {line}");
        }
        let blob = program.to_blob();
        if let Ok(blob) = Blob::parse(&blob) {
            for decoded in blob.code().instructions() {
                let shown = decoded.instruction.map_or("invalid".into(), |instruction| {
                    instruction.display(program.isa, DisplayOptions::default()).to_string()
                });
                let _ = writeln!(text, "# {:5}: {shown}", decoded.offset);
            }
        }
        text
    }

    /// The case of a text.
    ///
    /// # Errors
    /// A line is missing, or is not as it should be.
    pub fn from_text(text: &str) -> Result<Self, String> {
        let find = |key: &str| {
            let line = text.lines().find_map(|line| {
                let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
                (first == key).then(|| rest.trim())
            });
            line.ok_or_else(|| format!("there is no line `{key}`"))
        };
        let value = |key: &str| number(find(key)?);
        let small = |key: &str| u32::try_from(value(key)?).map_err(|error| format!("{key}: {error}"));
        let offsets = |key: &str| -> Result<Vec<u32>, String> {
            let numbers = numbers(find(key)?)?;
            numbers
                .into_iter()
                .map(|at| u32::try_from(at).map_err(|error| format!("{key}: {error}")))
                .collect()
        };
        let flag = |key: &str| find(key)?.parse::<bool>().map_err(|error| format!("{key}: {error}"));
        let isa = find("isa")?;
        let regs = numbers(find("regs")?)?;
        let mut program = Program {
            isa: InstructionSet::from_name(isa)
                .ok_or_else(|| format!("there is no instruction set {isa}"))?,
            code: unhex(find("code")?)?,
            bitmask: Vec::new(),
            starts: offsets("starts")?,
            jump_table: offsets("jump-table")?,
            ro_data: unhex(find("ro-data")?)?,
            rw_data: unhex(find("rw-data")?)?,
            regs: regs.try_into().map_err(|_| format!("there are {} registers", Reg::COUNT))?,
        };
        if let Some(start) = program.starts.iter().find(|start| **start as usize >= program.code.len()) {
            return Err(format!("an instruction starts at {start}, behind the end of code"));
        }
        program.set_bitmask();
        let gas = match find("gas-model")? {
            "none" => None,
            name => Some(GasModel::from_name(name).ok_or_else(|| format!("there is no gas model {name}"))?),
        };
        Ok(Self {
            target: find("target")?.into(),
            seed: value("seed")?,
            program,
            config: ModuleConfig {
                page_size: small("page-size")?,
                aux_size: small("aux-size")?,
                gas,
                step_tracing: flag("step-tracing")?,
                dynamic_paging: flag("dynamic-paging")?,
                memory_bytes_max: small("memory-bytes-max")?,
            },
            limits: Limits { gas: value("gas")? as i64, exits: value("exits")? as usize },
            baseline: flag("baseline")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fuzz::engines, random::Random};

    #[test]
    fn a_case_is_the_same_after_it_was_text() {
        for seed in 0..300 {
            let kind =
                [engines::Kind::Agree, engines::Kind::Paging, engines::Kind::Stepping][seed as usize % 3];
            let case = engines::case(kind, &mut Random::new(seed));
            let text = case.to_text("they differ\nin two lines");
            assert_eq!(Case::from_text(&text).as_ref(), Ok(&case), "{text}");
        }
        assert!(Case::from_text("target engines_agree\n").is_err());
    }
}
