// SPDX-License-Identifier: Apache-2.0
//! The two machines behind one trait: ours, and the process sandbox of the `polkavm` crate.

use revive_vm_executor as ours;

use super::programs::{Entry, Guest, OUTSIDE};

/// Far more than anything here needs, so that metering happens but never ends a run.
const GAS: i64 = 1 << 60;

/// A machine with the guest program loaded.
pub(crate) trait Machine {
    /// A new instance.
    fn instance(&self) -> Result<Box<dyn Instance>, String>;
    /// Calls an entry in a new instance, which is dropped then.
    fn fresh(&self, entry: Entry) -> Result<(), String>;
    /// A new machine of the same kind with nothing ready, which runs the entry once.
    fn cold(&self) -> Result<(), String>;
}

/// An instance of a machine.
pub(crate) trait Instance {
    /// Calls an entry with an argument and answers its host calls by going on.
    fn call(&mut self, entry: Entry, argument: u64) -> Result<(), String>;
}

/// What came of a call.
fn check(exit: impl core::fmt::Debug, finished: bool, argument: u64, result: u64) -> Result<(), String> {
    match finished {
        true if result == argument => Ok(()),
        true => Err(format!("returned {result} instead of {argument}")),
        false => Err(format!("ended with {exit:?}")),
    }
}

/// Our recompiler.
pub(crate) struct Ours {
    module: ours::Module,
    guest: &'static Guest,
}

impl Ours {
    pub(crate) fn new(guest: &'static Guest) -> Result<Self, String> {
        let config = ours::EngineConfig { engine: ours::EngineChoice::Recompiler, ..Default::default() };
        let engine = ours::Engine::new(config).map_err(|error| error.to_string())?;
        let module = ours::Module::new(&engine, &guest.blob, &ours::ModuleConfig::default())
            .map_err(|error| error.to_string())?;
        Ok(Self { module, guest })
    }

    fn new_instance(&self) -> Result<OurInstance, String> {
        let mut instance = ours::Instance::new(&self.module).map_err(|trouble| trouble.to_string())?;
        instance.set_gas(GAS);
        Ok(OurInstance { instance, guest: self.guest })
    }
}

impl Machine for Ours {
    fn instance(&self) -> Result<Box<dyn Instance>, String> {
        Ok(Box::new(self.new_instance()?))
    }

    fn fresh(&self, entry: Entry) -> Result<(), String> {
        self.new_instance()?.call(entry, 1)
    }

    fn cold(&self) -> Result<(), String> {
        Self::new(self.guest)?.fresh(Entry::Empty)
    }
}

struct OurInstance {
    instance: ours::Instance,
    guest: &'static Guest,
}

impl Instance for OurInstance {
    fn call(&mut self, entry: Entry, argument: u64) -> Result<(), String> {
        self.instance.prepare_call(self.guest.offset(entry), &[argument]);
        loop {
            let exit = self.instance.run();
            if !matches!(exit, Ok(ours::Exit::HostCall(OUTSIDE))) {
                let finished = matches!(exit, Ok(ours::Exit::Finished));
                return check(exit, finished, argument, self.instance.reg(ours::Reg::A0));
            }
        }
    }
}

/// The process sandbox of the `polkavm` crate.
pub(crate) struct Polkavm {
    module: polkavm::Module,
    guest: &'static Guest,
}

impl Polkavm {
    pub(crate) fn new(guest: &'static Guest) -> Result<Self, String> {
        fn fail(error: impl core::fmt::Display) -> String {
            format!("polkavm: {error}")
        }
        let mut config = polkavm::Config::new();
        config.set_backend(Some(polkavm::BackendKind::Compiler));
        config.set_sandbox(Some(polkavm::SandboxKind::Linux));
        config.set_worker_count(2);
        let engine = polkavm::Engine::new(&config).map_err(fail)?;
        let mut config = polkavm::ModuleConfig::new();
        config.set_gas_metering(Some(polkavm::GasMeteringKind::Sync));
        let module = polkavm::Module::new(&engine, &config, guest.blob.clone().into()).map_err(fail)?;
        Ok(Self { module, guest })
    }

    fn new_instance(&self) -> Result<PolkavmInstance, String> {
        let mut instance = self.module.instantiate().map_err(|error| format!("polkavm: {error}"))?;
        instance.set_gas(GAS);
        Ok(PolkavmInstance { instance, guest: self.guest })
    }
}

impl Machine for Polkavm {
    fn instance(&self) -> Result<Box<dyn Instance>, String> {
        Ok(Box::new(self.new_instance()?))
    }

    fn fresh(&self, entry: Entry) -> Result<(), String> {
        self.new_instance()?.call(entry, 1)
    }

    fn cold(&self) -> Result<(), String> {
        Self::new(self.guest)?.fresh(Entry::Empty)
    }
}

struct PolkavmInstance {
    instance: polkavm::RawInstance,
    guest: &'static Guest,
}

impl Instance for PolkavmInstance {
    fn call(&mut self, entry: Entry, argument: u64) -> Result<(), String> {
        let offset = polkavm::ProgramCounter(self.guest.offset(entry));
        self.instance.prepare_call_untyped(offset, &[argument]);
        loop {
            let exit = self.instance.run();
            // It answers nothing by itself: what ours answers inside, its host answers.
            if !matches!(exit, Ok(polkavm::InterruptKind::Ecalli(_))) {
                let finished = matches!(exit, Ok(polkavm::InterruptKind::Finished));
                return check(exit, finished, argument, self.instance.reg(polkavm::Reg::A0));
            }
        }
    }
}
