// SPDX-License-Identifier: Apache-2.0
//! Runs a program as RISC-V and as blobs of every level on both engines, and compares.

use super::{
    asm::{Asm, Part, To, PARTS},
    emulator::{End, Machine},
};
use revive_vm_executor::{Engine, EngineChoice, EngineConfig, Exit, Instance, Module, ModuleConfig, Reg};
use revive_vm_linker::{link, OptLevel, Options};
use revive_vm_primitives::Blob;
use std::sync::OnceLock;

/// What can be seen of a program when it has ended.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Outcome {
    pub(crate) trapped: bool,
    /// a0 and a1; nothing after a trap.
    pub(crate) results: [u64; 2],
    pub(crate) data: Vec<u8>,
    pub(crate) bss: Vec<u8>,
}

/// Instructions that a program may take.
const STEPS_MAX: u64 = 200_000;

/// Top of the emulated stack.
const STACK: u64 = 0x7fff_0000;
/// Bytes of stack that no program needs more of, on either machine: where the end is differs.
const STACK_BYTES: u32 = 64 << 10;

/// Runs `main` as RISC-V; `None` if it takes too long to be of use.
pub(crate) fn run_riscv(asm: &Asm, args: &[u64]) -> Option<Outcome> {
    let mut machine = Machine::new(asm.is_64);
    machine.map(Part::Text.address(), &asm.text, asm.text.len() as u64);
    for part in [Part::RoData, Part::Data] {
        let bytes = &asm.data[PARTS.iter().position(|p| *p == part).expect("a part")];
        machine.map(part.address(), bytes, bytes.len() as u64);
    }
    machine.map(Part::Bss.address(), &[], asm.bss_size);
    machine.map(STACK - u64::from(STACK_BYTES), &[], u64::from(STACK_BYTES));
    let main = asm.exports.iter().find(|export| export.0 == "main").expect("main is exported").1;
    let end = machine.call(asm.address_of(To::Label(main)), STACK, args, STEPS_MAX);
    let memory = |part: Part, size: u64| {
        (0..size).map(|index| machine.read(part.address() + index, 1).expect("mapped") as u8).collect()
    };
    let trapped = match end {
        End::Returned => false,
        End::Trapped => true,
        End::TooLong => return None,
        End::Unknown(word) => panic!("the emulator does not know {word:#x}"),
    };
    let mask = if asm.is_64 { u64::MAX } else { u64::from(u32::MAX) };
    Some(Outcome {
        trapped,
        results: if trapped { [0; 2] } else { [machine.x[10] & mask, machine.x[11] & mask] },
        data: memory(Part::Data, asm.data[Part::Data as usize].len() as u64),
        bss: memory(Part::Bss, asm.bss_size),
    })
}

fn engine(choice: EngineChoice) -> &'static Engine {
    static ENGINES: [OnceLock<Engine>; 2] = [const { OnceLock::new() }; 2];
    let slot = usize::from(choice != EngineChoice::Interpreter);
    ENGINES[slot].get_or_init(|| {
        Engine::new(EngineConfig { engine: choice, ..Default::default() }).expect("the engine starts")
    })
}

/// Both engines.
pub(crate) fn engines() -> [&'static Engine; 2] {
    [engine(EngineChoice::Interpreter), engine(EngineChoice::Recompiler)]
}

/// Runs an export to its end; also the instance then.
pub(crate) fn run_export(engine: &Engine, blob: &[u8], name: &str, args: &[u64]) -> (Exit, Instance) {
    let offset = Blob::parse(blob).expect("a blob").export(name.as_bytes()).expect("the export is there");
    let module = Module::new(engine, blob, &ModuleConfig::default()).expect("the blob is accepted");
    let mut instance = Instance::new(&module).expect("there is memory");
    instance.set_gas(1 << 40);
    instance.prepare_call(offset, args);
    let exit = instance.run().expect("the engine works");
    (exit, instance)
}

/// Runs `main` of a blob. The exports `data` and `bss` say where these sections are.
pub(crate) fn run_blob(engine: &Engine, blob: &[u8], asm: &Asm, args: &[u64]) -> Outcome {
    let (exit, instance) = run_export(engine, blob, "main", args);
    let results = [instance.reg(Reg::A0), instance.reg(Reg::A1)];
    let memory = |name: &str, size: usize| {
        let (exit, other) = run_export(engines()[0], blob, name, &[]);
        assert_eq!(exit, Exit::Finished);
        instance.read_memory_vec(other.reg(Reg::A0) as u32, size as u32).expect("the section is in memory")
    };
    let data = memory("data", asm.data[Part::Data as usize].len());
    let bss = memory("bss", asm.bss_size as usize);
    match exit {
        Exit::Finished => Outcome { trapped: false, results, data, bss },
        Exit::Trap => Outcome { trapped: true, results: [0; 2], data, bss },
        other => panic!("{other:?}"),
    }
}

/// The levels.
pub(crate) const LEVELS: [OptLevel; 3] = OptLevel::ALL;

/// Compares one program with itself for each of some arguments. False if it took too long.
pub(crate) fn compare(name: &str, asm: &mut Asm, args: &[Vec<u64>], engine_count: usize) -> bool {
    let elf = asm.finish();
    let expected: Option<Vec<Outcome>> = args.iter().map(|args| run_riscv(asm, args)).collect();
    let Some(expected) = expected else { return false };
    for level in LEVELS {
        let options =
            Options { opt_level: level, strip: true, stack_size_min: STACK_BYTES, ..Options::default() };
        let linked = link(&elf, &options).unwrap_or_else(|error| {
            keep(name, &elf);
            panic!("{name} at {level:?}: {error}")
        });
        for engine in engines().into_iter().take(engine_count) {
            for (args, expected) in args.iter().zip(&expected) {
                let found = run_blob(engine, &linked.blob, asm, args);
                if found != *expected {
                    keep(name, &elf);
                    let engine = engine.engine_name();
                    panic!("{name} at {level:?} on {engine} with {args:x?}:\nexpected {expected:?}\nfound    {found:?}");
                }
            }
        }
    }
    true
}

/// Leaves the file of a program that failed where it can be looked at.
fn keep(name: &str, elf: &[u8]) {
    let path = std::env::temp_dir().join(format!("linker-{name}.elf"));
    if std::fs::write(&path, elf).is_ok() {
        eprintln!("the program is in {}", path.display());
    }
}
