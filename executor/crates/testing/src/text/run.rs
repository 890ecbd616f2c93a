// SPDX-License-Identifier: Apache-2.0
//! Runs the cases of a section on an oracle and compares everything that can be seen with what is expected.

use std::collections::BTreeMap;

use revive_vm_executor::{InstructionSet, ModuleConfig, Reg};

use super::{address, assemble, bytes, exit, number, pattern, place, Case, Section};
use crate::oracle::{Loaded, Machine, Oracle, Paging};
use revive_vm_assembly::Program;

/// Runs all cases for one instruction set, each alone; how many there were.
///
/// # Errors
/// The first case that does not end as expected: its line and what differs.
pub fn run_section(section: &Section, isa: InstructionSet, oracle: &dyn Oracle) -> Result<usize, String> {
    let at = |line: usize| move |error: String| format!("line {line}: {error}");
    let program = assemble(section, isa).map_err(at(section.line))?;
    let config = ModuleConfig {
        gas: Some(section.gas),
        dynamic_paging: section.paging,
        memory_bytes_max: 1 << 20,
        ..ModuleConfig::default()
    };
    let module = oracle.load(&program.to_blob(), &config).map_err(at(section.line))?;
    for case in &section.cases {
        let run = Run { case, isa, program: &program, config: &config };
        run.check(&*module, oracle).map_err(at(case.line))?;
    }
    Ok(section.cases.len())
}

struct Run<'a> {
    case: &'a Case,
    isa: InstructionSet,
    program: &'a Program,
    config: &'a ModuleConfig,
}

/// Memory as it is expected: the bytes from an address on.
type Image = BTreeMap<u32, Vec<u8>>;

impl Run<'_> {
    fn check(&self, module: &dyn Loaded, oracle: &dyn Oracle) -> Result<(), String> {
        let mut machine = module.instance()?;
        let machine = &mut *machine;
        let mut image = self.memory(machine)?;
        let mut regs = Reg::ALL.map(|reg| pattern(reg, self.isa));
        for reg in Reg::ALL {
            if let Some(value) = self.case.before.get(reg.name()) {
                regs[reg as usize] = number(value)?;
            }
            let value = regs[reg as usize];
            if oracle.register_value(self.isa, value) == value {
                machine.set_reg(reg, value);
            } else {
                return Ok(());
            }
        }
        let gas = number(self.case.before.get("gas").map_or("0", String::as_str))? as i64;
        machine.set_gas(gas);
        machine.set_next(place(self.case.before.get("start").map_or("0", String::as_str), self.program)?);
        self.only_known_words()?;

        let seen = machine.run()?;
        let mut differences = Vec::new();
        let mut differ = |what: &str, found: String, expected: String| {
            if found != expected {
                differences.push(format!("{what} {found}, expected {expected}"));
            }
        };
        let expected = self.case.after.get("exit").ok_or("a case says how it ends: `exit=`")?;
        differ("exit", seen.exit.to_string(), exit(expected, self.config.page_size)?.to_string());
        let expected = self.case.after.get("gas").map_or(Ok(gas as u64), |text| number(text))? as i64;
        differ("gas", seen.gas.to_string(), expected.to_string());
        if let Some(expected) = self.case.after.get("pc") {
            let expected = if expected == "unset" { None } else { Some(place(expected, self.program)?) };
            differ("pc", format!("{:?}", seen.pc), format!("{expected:?}"));
        }
        for reg in Reg::ALL {
            let expected = match self.case.after.get(reg.name()) {
                Some(text) => number(text)?,
                None => regs[reg as usize],
            };
            differ(reg.name(), format!("{:#x}", seen.regs[reg as usize]), format!("{expected:#x}"));
        }
        for (key, value) in &self.case.after {
            if key.starts_with("0x") {
                overwrite(&mut image, address(key)?, &bytes(value)?)?;
            }
        }
        for (start, expected) in &image {
            let mut found = vec![0; expected.len()];
            if !machine.read_memory(*start, &mut found) {
                return Err(format!("memory at {start:#x} cannot be read"));
            }
            if let Some(at) = (0..found.len()).find(|at| found[*at] != expected[*at]) {
                let place = format!("{:#x}:", *start as usize + at);
                differ(&place, format!("{:#04x}", found[at]), format!("{:#04x}", expected[at]));
            }
        }
        match differences.is_empty() {
            true => Ok(()),
            false => Err(format!("{}: {}", self.case.name, differences.join("; "))),
        }
    }

    /// Prepares memory; how it should look if nothing changes it.
    fn memory(&self, machine: &mut dyn Machine) -> Result<Image, String> {
        let mut image = Image::new();
        let page = self.config.page_size;
        let mut read_only = Vec::new();
        if self.config.dynamic_paging {
            for key in self.case.before.keys() {
                let Some((protection, at)) = key.split_once(':') else { continue };
                let at = address(at)?;
                if !machine.page(at, page, Paging::Map { writable: true }) {
                    return Err(format!("no page can be mapped at {at:#x}"));
                }
                if protection == "read-only" {
                    read_only.push(at);
                }
                image.insert(at, vec![0; page as usize]);
            }
        } else {
            let blob = self.program.to_blob();
            let blob = revive_vm_primitives::Blob::parse(&blob).map_err(|error| error.to_string())?;
            let map = revive_vm_primitives::MemoryMap::for_blob(&blob, page, 0)
                .map_err(|error| error.to_string())?;
            let stack = map.stack_size();
            for (start, len) in [
                (map.ro_data_address(), map.ro_data_size()),
                (map.rw_data_address(), map.rw_data_size()),
                (map.stack_low(), stack),
            ] {
                let mut found = vec![0; len as usize];
                if len > 0 && machine.read_memory(start, &mut found) {
                    image.insert(start, found);
                }
            }
        }
        for (key, value) in &self.case.before {
            if key.starts_with("0x") {
                let (at, bytes) = (address(key)?, bytes(value)?);
                if !machine.write_memory(at, &bytes) {
                    return Err(format!("memory at {at:#x} cannot be written"));
                }
                overwrite(&mut image, at, &bytes)?;
            }
        }
        for at in read_only {
            machine.page(at, page, Paging::Protect);
        }
        Ok(image)
    }

    /// A word that nobody reads would be an expectation that nobody checks.
    fn only_known_words(&self) -> Result<(), String> {
        let known = |key: &str, more: &[&str]| {
            Reg::from_name(key).is_some_and(|reg| reg.name() == key)
                || key.starts_with("0x")
                || more.contains(&key)
                || more.contains(&"pages")
                    && (key.starts_with("read-only:0x") || key.starts_with("read-write:0x"))
        };
        let before = self.case.before.keys().find(|key| !known(key, &["gas", "start", "pages"]));
        let after = self.case.after.keys().find(|key| !known(key, &["gas", "exit", "pc"]));
        match before.or(after) {
            Some(word) => Err(format!("{word}: nobody knows this word")),
            None => Ok(()),
        }
    }
}

fn overwrite(image: &mut Image, at: u32, new: &[u8]) -> Result<(), String> {
    for (start, old) in image {
        let offset = at.checked_sub(*start).map(|offset| offset as usize);
        if let Some(place) = offset.and_then(|offset| old.get_mut(offset..offset + new.len())) {
            place.copy_from_slice(new);
            return Ok(());
        }
    }
    Err(format!("there is no memory at {at:#x}"))
}
