// SPDX-License-Identifier: Apache-2.0
//! Runs one vector and compares everything that can be seen of the machine with what is expected.

use revive_vm_executor::{
    Engine, Exit, GasModel, Instance, InstructionSet, Module, ModuleConfig, Reg, Segfault,
};

use super::{Chunk, Status, Vector};
use crate::container::Sections;

const PAGE_SIZE: u32 = 4096;

/// Runs a vector, without and with step tracing, paying by a gas model. The error lists everything that is not as expected.
pub fn run(vector: &Vector, engine: &Engine, gas: GasModel) -> Result<(), Vec<String>> {
    let mut differences = Vec::new();
    for step_tracing in [false, true] {
        let mut found = match run_once(vector, engine, gas, step_tracing) {
            Ok(found) => found,
            Err(error) => vec![error],
        };
        if step_tracing {
            found.iter_mut().for_each(|difference| difference.insert_str(0, "with step tracing: "));
        }
        differences.append(&mut found);
    }
    if differences.is_empty() {
        Ok(())
    } else {
        Err(differences)
    }
}

fn run_once(
    vector: &Vector,
    engine: &Engine,
    gas: GasModel,
    step_tracing: bool,
) -> Result<Vec<String>, String> {
    let isa = match &vector.isa {
        None => InstructionSet::ReviveV1,
        Some(name) => {
            InstructionSet::from_name(name).ok_or_else(|| format!("there is no instruction set `{name}`"))?
        }
    };
    let blob = Sections { code: &vector.program, ..Sections::default() }.to_blob(isa);
    let config = ModuleConfig {
        page_size: PAGE_SIZE,
        gas: Some(gas),
        dynamic_paging: true,
        step_tracing,
        ..ModuleConfig::default()
    };
    let module = Module::new(engine, &blob, &config).map_err(|error| error.to_string())?;
    let mut instance = Instance::new(&module).map_err(|trouble| trouble.to_string())?;
    set_up(vector, &mut instance)?;

    let mut last_step = None;
    let exit = loop {
        match instance.run().map_err(|error| error.to_string())? {
            Exit::Step => last_step = instance.pc(),
            exit => break exit,
        }
    };
    Ok(compare(vector, &instance, exit, step_tracing, last_step))
}

fn set_up(vector: &Vector, instance: &mut Instance) -> Result<(), String> {
    let failed = |what: &str, address: u32, error| format!("cannot {what} at {address:#x}: {error}");
    for pages in &vector.initial_page_map {
        instance
            .map_pages(pages.address, pages.length, true)
            .map_err(|error| failed("map pages", pages.address, error))?;
    }
    for chunk in &vector.initial_memory {
        instance
            .write_memory(chunk.address, &chunk.contents)
            .map_err(|error| failed("place memory", chunk.address, error))?;
    }
    for pages in vector.initial_page_map.iter().filter(|pages| !pages.is_writable) {
        instance
            .protect_pages(pages.address, pages.length)
            .map_err(|error| failed("protect pages", pages.address, error))?;
    }
    for (reg, value) in Reg::ALL.into_iter().zip(vector.initial_regs) {
        instance.set_reg(reg, value);
    }
    instance.set_gas(vector.initial_gas);
    instance.set_next(vector.initial_pc);
    Ok(())
}

fn compare(
    vector: &Vector,
    instance: &Instance,
    exit: Exit,
    step_tracing: bool,
    last_step: Option<u32>,
) -> Vec<String> {
    let mut differences = Vec::new();
    let mut differ = |what: &str, found: String, expected: String| {
        if found != expected {
            differences.push(format!("{what} {found}, expected {expected}"));
        }
    };

    differ("ended with", describe_exit(&exit), describe_expected(vector));
    let pc = |pc: Option<u32>| pc.map_or("unset".to_string(), |pc| pc.to_string());
    if exit == Exit::Finished {
        differ("pc after the end", pc(instance.pc()), pc(None));
        if step_tracing {
            differ("pc", pc(last_step), pc(Some(vector.expected_pc)));
        }
    } else {
        differ("pc", pc(instance.pc()), pc(Some(vector.expected_pc)));
    }
    differ("gas", instance.gas().to_string(), vector.expected_gas.to_string());
    for (reg, expected) in Reg::ALL.into_iter().zip(vector.expected_regs) {
        differ(reg.name(), format!("{:#x}", instance.reg(reg)), format!("{expected:#x}"));
    }
    if let Err(difference) = compare_memory(vector, instance) {
        differences.push(difference);
    }
    differences
}

fn describe_exit(exit: &Exit) -> String {
    match exit {
        Exit::Finished => "halt".into(),
        Exit::Trap => "panic".into(),
        Exit::OutOfGas => "out-of-gas".into(),
        Exit::HostCall(number) => format!("host-call {number}"),
        Exit::Segfault(Segfault { page_address, .. }) => format!("page-fault at {page_address:#x}"),
        Exit::Step => "step".into(),
    }
}

fn describe_expected(vector: &Vector) -> String {
    let number = |number: Option<u32>| number.map_or("(not given)".to_string(), |number| number.to_string());
    let address = |address: Option<u32>| address.map_or("(not given)".to_string(), |at| format!("{at:#x}"));
    match vector.expected_status {
        Status::Halt => "halt".into(),
        Status::Panic => "panic".into(),
        Status::OutOfGas => "out-of-gas".into(),
        Status::HostCall => format!("host-call {}", number(vector.expected_host_call)),
        Status::PageFault => format!("page-fault at {}", address(vector.expected_page_fault_address)),
    }
}

/// Compares all mapped pages with an image that is zero except for the expected chunks.
fn compare_memory(vector: &Vector, instance: &Instance) -> Result<(), String> {
    let mut expected: Vec<Chunk> = vector
        .initial_page_map
        .iter()
        .map(|pages| Chunk {
            address: pages.address,
            contents: vec![0; pages.length.next_multiple_of(PAGE_SIZE) as usize],
        })
        .collect();
    for chunk in &vector.expected_memory {
        for (address, byte) in (u64::from(chunk.address)..).zip(&chunk.contents) {
            let place = expected.iter_mut().find_map(|range| {
                let offset = address.checked_sub(u64::from(range.address))?;
                range.contents.get_mut(usize::try_from(offset).ok()?)
            });
            match place {
                Some(place) => *place = *byte,
                None => return Err(format!("expects memory at {address:#x}, where no page is")),
            }
        }
    }
    for range in &expected {
        let mut found = vec![0; range.contents.len()];
        instance
            .read_memory(range.address, &mut found)
            .map_err(|error| format!("memory at {:#x} cannot be read: {error}", range.address))?;
        let difference = found.iter().zip(&range.contents).position(|(found, expected)| found != expected);
        if let Some(at) = difference {
            return Err(format!(
                "memory at {:#x} holds {:#04x}, expected {:#04x}",
                u64::from(range.address) + at as u64,
                found[at],
                range.contents[at]
            ));
        }
    }
    Ok(())
}
