// SPDX-License-Identifier: Apache-2.0
//! A translation of a program. Its machine code is kept once: in memory of the host until an instance wants it, then in the sealed
//! file that workers map, since a node keeps many modules.

use std::{
    sync::{Mutex, OnceLock, PoisonError},
    time::Instant,
};

use revive_vm_primitives::{Blob, Code};
use revive_vm_recompiler::{CodeMap, Compiled, Config, MachineCode, CHARGE_BYTES};
use revive_vm_sandbox as sandbox;

use super::Surroundings;
use crate::{
    error::HostTrouble,
    jitdump::{self, Jitdump, Symbol},
};

/// See the module.
pub(super) struct Translation {
    map: CodeMap,
    /// The machine code, until it is sealed.
    unsealed: Mutex<Option<MachineCode>>,
    sealed: OnceLock<sandbox::Program>,
    /// Bytes of the machine code with its jump table.
    machine_code_bytes: usize,
    /// For profiles.
    symbols: OnceLock<Vec<Symbol>>,
}

impl Translation {
    /// `section` is what the code was parsed from.
    pub(super) fn new(engine: &Surroundings, code: &Code<'_>, section: &[u8], config: &Config) -> Self {
        let make = || {
            let began = Instant::now();
            let compiled = Compiled::new(code, config);
            engine.workers.count_compiled(began.elapsed());
            compiled
        };
        let Compiled { machine_code, map } = match &engine.artefacts {
            Some(artefacts) => artefacts.get_or_make(code, section, config, make),
            None => make(),
        };
        Self {
            map,
            machine_code_bytes: machine_code.page_bytes() + machine_code.jump_table_bytes(),
            unsealed: Mutex::new(Some(machine_code)),
            sealed: OnceLock::new(),
            symbols: OnceLock::new(),
        }
    }

    /// What is where in the machine code.
    pub(super) fn map(&self) -> &CodeMap {
        &self.map
    }

    /// Bytes that it takes, with `ro_bytes` of read-only data in the sealed file.
    pub(super) fn resident_bytes(&self, ro_bytes: u32) -> usize {
        self.machine_code_bytes + self.map.bytes() + ro_bytes as usize
    }

    /// What workers map. Made of the machine code when it is first asked for, with `ro_data` and zeros up to `ro_bytes`.
    pub(super) fn sealed(&self, ro_data: &[u8], ro_bytes: u32) -> Result<&sandbox::Program, HostTrouble> {
        if let Some(sealed) = self.sealed.get() {
            return Ok(sealed);
        }
        let mut unsealed = self.unsealed.lock().unwrap_or_else(PoisonError::into_inner);
        // That it fails is not remembered: the module may be kept for long, and the system has what was missing later.
        let made = match &mut *unsealed {
            Some(made) => {
                let table = made.jump_table();
                sandbox::Program::new(made.pages(), &table, ro_data, ro_bytes).map_err(HostTrouble::new)?
            }
            // Somebody else was faster.
            None => return self.sealed.get().ok_or_else(|| HostTrouble::new("a program has no code")),
        };
        let sealed = self.sealed.get_or_init(|| made);
        *unsealed = None;
        Ok(sealed)
    }

    /// What the block at a code offset costs, if it can be seen where it is charged for.
    pub(super) fn charge_of(&self, block: u32) -> Option<u32> {
        self.map.charge_of(block, |at| {
            let mut bytes = [0; CHARGE_BYTES];
            self.sealed.get()?.read_code(at as usize, &mut bytes).ok()?;
            Some(bytes)
        })
    }

    /// Notes in a profile that a worker has loaded what was sealed.
    pub(super) fn tell(&self, jitdump: &Jitdump, worker: u32, blob: &[u8]) {
        let Some(sealed) = self.sealed.get() else { return };
        let mut code = vec![0; sealed.code_bytes()];
        if sealed.read_code(0, &mut code).is_err() {
            return;
        }
        // The blob was parsed when the program was made, so this succeeds.
        let find = || match Blob::parse(blob) {
            Ok(blob) => jitdump::symbols(&blob, &self.map, code.len()),
            Err(_) => Vec::new(),
        };
        jitdump.loaded(worker, self.symbols.get_or_init(find), &code);
    }

    /// Seals other code than was made.
    #[cfg(test)]
    pub(super) fn seal_changed(&self, change: impl FnOnce(&mut [u8])) {
        let mut machine_code = self.unsealed.lock().unwrap().take().expect("it is not sealed");
        let mut code = machine_code.pages().to_vec();
        change(&mut code);
        let changed = sandbox::Program::new(&code, &machine_code.jump_table(), &[], 0).unwrap();
        self.sealed.set(changed).ok().unwrap();
    }
}

#[cfg(test)]
mod tests {
    use revive_vm_primitives::{BlobBuilder, CodeBuilder, Instruction, InstructionSet, Opcode};

    use crate::{module::Program, Engine, EngineChoice, EngineConfig, Instance, Module, ModuleConfig};

    #[test]
    fn machine_code_is_kept_once() {
        let config = EngineConfig { engine: EngineChoice::Recompiler, ..EngineConfig::default() };
        let Ok(engine) = Engine::new(config) else { return };
        let mut code = CodeBuilder::new(InstructionSet::Latest64);
        code.push(Instruction::new(Opcode::Trap));
        let blob = BlobBuilder::new(InstructionSet::Latest64).code(code.finish().unwrap()).build();
        let module = Module::new(&engine, &blob, &ModuleConfig::default()).unwrap();
        let Program::Compiled(program) = module.program() else { panic!("it is not compiled") };
        let translation = program.translation(&blob, false);
        let made = translation.unsealed.lock().unwrap().as_mut().unwrap().pages().to_vec();
        let bytes = module.resident_bytes();

        let instance = Instance::new(&module).unwrap();
        assert!(translation.unsealed.lock().unwrap().is_none(), "it is kept twice");
        let mut kept = vec![0; made.len()];
        translation.sealed.get().unwrap().read_code(0, &mut kept).unwrap();
        assert_eq!((kept, module.resident_bytes()), (made, bytes));
        assert_eq!(translation.charge_of(0), Some(1));
        drop(instance);
        // Again of what is kept.
        Instance::new(&module).unwrap();
    }
}
