// SPDX-License-Identifier: Apache-2.0
//! The two machines behind one trait: ours, and the process sandbox of the `polkavm` crate.

use revive_vm_executor as ours;

use super::programs::{Entry, Guest, ADDRESS, OUTSIDE};

/// Far more than anything here needs, so that metering happens but never ends a run.
const GAS: i64 = 1 << 60;

/// A machine with the guest program loaded.
pub(crate) trait Machine: Sized {
    type Instance: Instance;

    /// A machine with nothing ready but the program.
    fn new(guest: &'static Guest) -> Result<Self, String>;

    fn guest(&self) -> &'static Guest;

    /// A new instance.
    fn instance(&self) -> Result<Self::Instance, String>;

    /// Calls an entry with an argument, and answers host calls until it ends.
    fn call(&self, instance: &mut Self::Instance, entry: Entry, argument: u64) -> Result<(), String> {
        instance.prepare(self.guest().offset(entry), argument);
        loop {
            match instance.run() {
                Stop::HostCall(OUTSIDE) => {}
                Stop::Finished(result) if result == argument => return Ok(()),
                Stop::Finished(result) => return Err(format!("returned {result} instead of {argument}")),
                Stop::HostCall(number) => return Err(format!("made host call {number}")),
                Stop::Other(exit) => return Err(format!("ended with {exit}")),
            }
        }
    }

    /// Calls an entry in a new instance, which is dropped then.
    fn fresh(&self, entry: Entry) -> Result<(), String> {
        self.call(&mut self.instance()?, entry, 1)
    }

    /// A new machine of the same kind, which runs an entry once.
    fn cold(&self) -> Result<(), String> {
        Self::new(self.guest())?.fresh(Entry::Empty)
    }
}

/// Why an instance came back.
pub(crate) enum Stop {
    /// Finished, with what is in a0.
    Finished(u64),
    HostCall(u32),
    Other(String),
}

/// An instance of a machine.
pub(crate) trait Instance {
    fn prepare(&mut self, offset: u32, argument: u64);
    fn run(&mut self) -> Stop;
}

/// Our recompiler.
pub(crate) struct Ours {
    module: ours::Module,
    answers: ours::Answers,
    guest: &'static Guest,
}

impl Machine for Ours {
    type Instance = ours::Instance;

    fn new(guest: &'static Guest) -> Result<Self, String> {
        let config = ours::EngineConfig { engine: ours::EngineChoice::Recompiler, ..Default::default() };
        let engine = ours::Engine::new(config).map_err(|error| error.to_string())?;
        let module = ours::Module::new(&engine, &guest.blob, &ours::ModuleConfig::default())
            .map_err(|error| error.to_string())?;
        let address = ours::Answer::Constant { constant: 0, to: ours::Operand::Low(0) };
        let answer = |symbol: &[u8]| (symbol == b"inside").then_some((address, ours::Price::default()));
        let answers = ours::Answers::for_module(&module, answer);
        Ok(Self { module, answers, guest })
    }

    fn guest(&self) -> &'static Guest {
        self.guest
    }

    fn instance(&self) -> Result<ours::Instance, String> {
        let mut instance = ours::Instance::new(&self.module).map_err(|trouble| trouble.to_string())?;
        instance.set_gas(GAS);
        instance.set_answers(&self.answers);
        instance.set_constants(vec![ADDRESS.to_vec()]);
        Ok(instance)
    }
}

impl Instance for ours::Instance {
    fn prepare(&mut self, offset: u32, argument: u64) {
        self.prepare_call(offset, &[argument]);
    }

    fn run(&mut self) -> Stop {
        match self.run() {
            Ok(ours::Exit::HostCall(number)) => Stop::HostCall(number),
            Ok(ours::Exit::Finished) => Stop::Finished(self.reg(ours::Reg::A0)),
            other => Stop::Other(format!("{other:?}")),
        }
    }
}

/// The process sandbox of the `polkavm` crate.
pub(crate) struct Polkavm {
    module: polkavm::Module,
    guest: &'static Guest,
}

impl Machine for Polkavm {
    type Instance = polkavm::RawInstance;

    fn new(guest: &'static Guest) -> Result<Self, String> {
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

    fn guest(&self) -> &'static Guest {
        self.guest
    }

    fn instance(&self) -> Result<polkavm::RawInstance, String> {
        let mut instance = self.module.instantiate().map_err(fail)?;
        instance.set_gas(GAS);
        Ok(instance)
    }
}

impl Instance for polkavm::RawInstance {
    fn prepare(&mut self, offset: u32, argument: u64) {
        self.prepare_call_untyped(polkavm::ProgramCounter(offset), &[argument]);
    }

    fn run(&mut self) -> Stop {
        match self.run() {
            Ok(polkavm::InterruptKind::Ecalli(number)) => Stop::HostCall(number),
            Ok(polkavm::InterruptKind::Finished) => Stop::Finished(self.reg(polkavm::Reg::A0)),
            other => Stop::Other(format!("{other:?}")),
        }
    }
}

fn fail(error: impl core::fmt::Display) -> String {
    format!("polkavm: {error}")
}
