// SPDX-License-Identifier: Apache-2.0
//! Runs the single-program vectors in the folder that `REVIVE_VM_VECTORS` names. They stay outside the repository; the
//! runner for users is in the testing crate, this is the short form for work on the interpreter:
//! `REVIVE_VM_VECTORS=DIR cargo test -p revive-vm-interpreter --test vectors -- --ignored`.

use revive_vm_interpreter::{Config, Instance, Module};
use revive_vm_primitives::{Code, Exit, InstructionSet, MemoryMap, Reg};
use serde_json::Value;

fn bytes(value: &Value) -> Vec<u8> {
    value.as_array().unwrap().iter().map(|byte| byte.as_u64().unwrap() as u8).collect()
}

/// Runs a vector in one go, or instruction by instruction.
fn run(vector: &Value, step_tracing: bool) -> Result<(), String> {
    let program = bytes(&vector["program"]);
    let code = Code::parse(InstructionSet::ReviveV1, &program).map_err(|e| e.to_string())?;
    let map = MemoryMap::new(4096, 0, 0, 0, 0).map_err(|e| e.to_string())?;
    let config = Config { dynamic_paging: true, step_tracing, ..Config::default() };
    let module = Module::from_code(&code, map, &[], &[], &config).map_err(|e| e.to_string())?;
    let mut instance = Instance::new(&module);
    let pages: Vec<(u32, u32, bool)> = vector["initial-page-map"]
        .as_array()
        .unwrap()
        .iter()
        .map(|page| {
            let number = |name: &str| u32::try_from(page[name].as_u64().unwrap()).unwrap();
            (number("address"), number("length"), page["is-writable"].as_bool().unwrap())
        })
        .collect();
    for (address, len, _) in &pages {
        instance.map_pages(*address, *len, true).map_err(|e| e.to_string())?;
    }
    for chunk in vector["initial-memory"].as_array().unwrap() {
        let address = chunk["address"].as_u64().unwrap() as u32;
        instance.write_memory(address, &bytes(&chunk["contents"])).map_err(|e| e.to_string())?;
    }
    for (address, len, writable) in &pages {
        if !writable {
            instance.protect_pages(*address, *len).map_err(|e| e.to_string())?;
        }
    }
    for (reg, value) in Reg::ALL.iter().zip(vector["initial-regs"].as_array().unwrap()) {
        instance.set_reg(*reg, value.as_u64().unwrap());
    }
    instance.set_gas(vector["initial-gas"].as_i64().unwrap());
    instance.set_next(vector["initial-pc"].as_u64().unwrap() as u32);
    // An instance keeps no position when a call has finished; the vectors name the last jump, which was a step.
    let mut last_step = None;
    let exit = loop {
        match instance.run().map_err(|e| e.to_string())? {
            Exit::Step => last_step = instance.pc(),
            exit => break exit,
        }
    };
    let pc = instance.pc().or(last_step);

    let status = match exit {
        Exit::Finished => "halt",
        Exit::Trap => "panic",
        Exit::Segfault(_) => "page-fault",
        other => return Err(format!("exit {other}")),
    };
    let expect = |what: &str, found: Value, expected: &Value| {
        if found == *expected {
            Ok(())
        } else {
            Err(format!("{what}: found {found}, expected {expected}"))
        }
    };
    expect("status", status.into(), &vector["expected-status"])?;
    if let Exit::Segfault(fault) = exit {
        expect("page", fault.page_address.into(), &vector["expected-page-fault-address"])?;
    }
    let regs: Vec<u64> = Reg::ALL.iter().map(|reg| instance.reg(*reg)).collect();
    expect("registers", regs.into(), &vector["expected-regs"])?;
    expect("gas", instance.gas().into(), &vector["expected-gas"])?;
    if exit != Exit::Finished || step_tracing {
        expect("pc", pc.into(), &vector["expected-pc"])?;
    }
    let mut memory = Vec::new();
    for (address, len, _) in &pages {
        let content = instance.read_memory_vec(*address, *len).map_err(|e| e.to_string())?;
        let mut at = 0;
        while at < content.len() {
            let run = content[at..].iter().take_while(|byte| **byte != 0).count();
            if run > 0 {
                memory.push(serde_json::json!({
                    "address": u64::from(*address) + at as u64, "contents": &content[at..at + run],
                }));
            }
            at += run.max(1);
        }
    }
    expect("memory", Value::Array(memory), &vector["expected-memory"])
}

#[test]
#[ignore = "needs the vectors, see the top of the file"]
fn all_vectors_pass() {
    let folder = std::env::var("REVIVE_VM_VECTORS").expect("REVIVE_VM_VECTORS names the folder");
    let mut passed = 0;
    let mut failed = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let vector: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            match run(&vector, false).and_then(|()| run(&vector, true)) {
                Ok(()) => passed += 1,
                Err(why) => failed.push(format!("{}: {why}", path.display())),
            }
        }
    }
    println!("{passed} passed, {} failed", failed.len());
    assert!(failed.is_empty() && passed > 0, "{failed:#?}");
}
