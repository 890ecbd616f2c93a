// SPDX-License-Identifier: Apache-2.0
//! The virtual machines behind one trait. A further one is one more implementation here.

use std::time::{Duration, Instant};

use revive_vm_executor as ours;

/// Far more than any workload needs, so that metering happens but never ends a run.
const GAS: i64 = 1 << 60;

/// What one run showed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) elapsed: Duration,
    pub(crate) checksum: u64,
    /// Gas that was used; `None` where it is not metered.
    pub(crate) gas: Option<i64>,
}

/// A program that is loaded in some machine.
pub(crate) trait Loaded {
    /// Calls the export `run` with `n` in a new instance. Only the execution is timed.
    fn run(&self, n: u64) -> Result<Run, String>;
}

/// A virtual machine in some configuration.
pub(crate) trait Backend {
    /// Loads a blob; `metered` switches metering of gas on.
    fn load(&self, blob: &[u8], metered: bool) -> Result<Box<dyn Loaded>, String>;
}

/// Our interpreter.
pub(crate) struct Ours(ours::Engine);

impl Ours {
    pub(crate) fn new() -> Result<Self, String> {
        let config =
            ours::EngineConfig { engine: ours::EngineChoice::Interpreter, ..ours::EngineConfig::default() };
        ours::Engine::new(config).map(Self).map_err(|error| error.to_string())
    }
}

impl Backend for Ours {
    fn load(&self, blob: &[u8], metered: bool) -> Result<Box<dyn Loaded>, String> {
        let config = ours::ModuleConfig {
            gas: metered.then_some(ours::GasModel::Flat),
            ..ours::ModuleConfig::default()
        };
        let module = ours::Module::new(&self.0, blob, &config).map_err(|error| error.to_string())?;
        Ok(Box::new(OurModule { module, metered }))
    }
}

struct OurModule {
    module: ours::Module,
    metered: bool,
}

impl Loaded for OurModule {
    fn run(&self, n: u64) -> Result<Run, String> {
        let offset = self.module.export_offset(b"run").ok_or("there is no export `run`")?;
        let mut instance = ours::Instance::new(&self.module).map_err(|trouble| trouble.to_string())?;
        instance.set_gas(GAS);
        instance.prepare_call(offset, &[n]);
        let begin = Instant::now();
        let exit = instance.run();
        let elapsed = begin.elapsed();
        match exit {
            Ok(ours::Exit::Finished) => Ok(Run {
                elapsed,
                checksum: instance.reg(ours::Reg::A0),
                gas: self.metered.then(|| GAS - instance.gas()),
            }),
            other => Err(format!("ended with {other:?} at {:?}", instance.pc())),
        }
    }
}

/// The interpreter of the `polkavm` crate.
pub(crate) struct Polkavm(polkavm::Engine);

impl Polkavm {
    pub(crate) fn new() -> Result<Self, String> {
        let mut config = polkavm::Config::new();
        config.set_backend(Some(polkavm::BackendKind::Interpreter));
        polkavm::Engine::new(&config).map(Self).map_err(|error| error.to_string())
    }
}

impl Backend for Polkavm {
    fn load(&self, blob: &[u8], metered: bool) -> Result<Box<dyn Loaded>, String> {
        let mut config = polkavm::ModuleConfig::new();
        config.set_gas_metering(metered.then_some(polkavm::GasMeteringKind::Sync));
        let module = polkavm::Module::new(&self.0, &config, blob.to_vec().into())
            .map_err(|error| format!("polkavm: {error}"))?;
        Ok(Box::new(PolkavmModule { module, metered }))
    }
}

struct PolkavmModule {
    module: polkavm::Module,
    metered: bool,
}

impl Loaded for PolkavmModule {
    fn run(&self, n: u64) -> Result<Run, String> {
        let export = self.module.exports().find(|export| export.symbol().as_bytes() == b"run");
        let offset = export.ok_or("polkavm: there is no export `run`")?.program_counter();
        let mut instance = self.module.instantiate().map_err(|error| format!("polkavm: {error}"))?;
        instance.set_gas(GAS);
        instance.prepare_call_untyped(offset, &[n]);
        let begin = Instant::now();
        let exit = instance.run();
        let elapsed = begin.elapsed();
        match exit {
            Ok(polkavm::InterruptKind::Finished) => Ok(Run {
                elapsed,
                checksum: instance.reg(polkavm::Reg::A0),
                gas: self.metered.then(|| GAS - instance.gas()),
            }),
            other => Err(format!("polkavm ended with {other:?}")),
        }
    }
}
