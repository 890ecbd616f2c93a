// SPDX-License-Identifier: Apache-2.0
//! The options of the virtual machine that runs contracts.

use std::{num::NonZeroUsize, path::PathBuf, thread};

use revive_vm_runtime_interface::{
    configure_engine, limit_off_chain_instances, ArtefactCacheConfig, Engine, EngineChoice, EngineConfig,
    EngineError, IDLE_WORKERS_MAX_DEFAULT, IDLE_WORKER_SECONDS_MAX_DEFAULT, MODULE_CACHE_BYTES_MAX_DEFAULT,
    WORKERS_MAX_DEFAULT,
};

use crate::executor::Gate;

/// Worker processes that one call takes, as deep as the chain allows.
const WORKERS_OF_A_CALL: usize = 26;
/// Worker processes that nobody's dry run may take: a block may be imported while another one is made.
const WORKERS_FOR_BLOCKS: usize = 2 * WORKERS_OF_A_CALL;
/// The fewest worker processes: those for blocks, those of a dry run, and two to make it a round number.
const WORKERS_MIN: usize = 80;
/// The fewest dry runs at a time, on machines with few processors: one that takes long should not hold up all others.
const DRY_RUNS_MIN: usize = 2;

/// How contracts are run on this node. None of it changes any result.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Contracts")]
pub(crate) struct VmOptions {
    /// What runs contracts: `recompiler` (machine code in sandboxed worker processes), `interpreter` (much slower), or
    /// `auto` (the recompiler where it works).
    #[arg(long, global = true, value_name = "ENGINE", default_value = "auto", value_parser = engine)]
    vm_engine: EngineChoice,

    /// Worker processes that there may be, waiting or in use; at least 80. A call needs one for each contract on its way;
    /// 52 are kept for making and importing blocks.
    #[arg(long, global = true, value_name = "NUMBER", default_value_t = WORKERS_MAX_DEFAULT, value_parser = workers)]
    vm_workers: usize,

    /// Worker processes that may wait for contracts.
    #[arg(long, global = true, value_name = "NUMBER", default_value_t = IDLE_WORKERS_MAX_DEFAULT)]
    vm_idle_workers: usize,

    /// After how many seconds a worker process that waits is ended.
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = IDLE_WORKER_SECONDS_MAX_DEFAULT)]
    vm_idle_seconds: u64,

    /// Calls at a time that run contracts and belong to no block: dry runs, traces, estimates. More wait, and too many are refused.
    /// Default: as many as there are processors, at least 2, if --vm-workers is enough for them.
    #[arg(long, global = true, value_name = "NUMBER", value_parser = at_least_one)]
    vm_dry_runs: Option<NonZeroUsize>,

    /// Memory for compiled contracts, in MiB.
    #[arg(long, global = true, value_name = "MIB", default_value_t = default_cache_mib(), value_parser = at_least_one)]
    vm_module_cache: NonZeroUsize,

    /// Keep compiled contracts in this folder, for the next start. Only the user who runs the node may be able to write there.
    #[arg(long, global = true, value_name = "FOLDER")]
    vm_artefact_cache: Option<PathBuf>,

    /// Run machine code of contracts without the filter of system calls (seccomp) where this system does not have it. Only
    /// for machines with nothing to protect: the filter is the wall between a stranger's program and this node.
    #[arg(long, global = true)]
    vm_unsafe_without_seccomp: bool,
}

fn default_cache_mib() -> NonZeroUsize {
    NonZeroUsize::new(MODULE_CACHE_BYTES_MAX_DEFAULT >> 20).unwrap_or(NonZeroUsize::MIN)
}

fn engine(name: &str) -> Result<EngineChoice, String> {
    EngineChoice::from_name(name).ok_or_else(|| "there are `auto`, `recompiler` and `interpreter`".into())
}

fn workers(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number >= WORKERS_MIN => Ok(number),
        Ok(number) => Err(format!("{number} are not enough: at least {WORKERS_MIN}")),
        Err(error) => Err(format!("{error}")),
    }
}

fn at_least_one(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse::<usize>().map_err(|error| error.to_string())?;
    NonZeroUsize::new(number).ok_or_else(|| "it must be at least 1".into())
}

impl VmOptions {
    /// Sets up the engine of this process. The gate lets in as many dry runs at a time as there may be. Errors: the engine is not to be had
    /// here, or not safely, see [`Self::choose`].
    pub(crate) fn configure(&self, is_validator: bool) -> sc_cli::Result<Gate> {
        let gate = Gate::new(self.dry_runs().map_err(sc_cli::Error::Input)?);
        let make = |config: &EngineConfig| Engine::new(config.clone());
        let engine = self.choose(is_validator, make).map_err(sc_cli::Error::Input)?;
        let interpreter = EngineChoice::from_name(engine.engine_name()) == Some(EngineChoice::Interpreter);
        if interpreter && self.vm_artefact_cache.is_some() {
            log::warn!("--vm-artefact-cache has no effect: interpreted contracts are not compiled.");
        }
        if !interpreter {
            limit_off_chain_instances(self.vm_workers.saturating_sub(WORKERS_FOR_BLOCKS));
        }
        configure_engine(engine).map_err(|error| sc_cli::Error::Input(error.to_string()))?;
        Ok(gate)
    }

    /// How many dry runs there may be at a time. Errors: the workers are too few for them.
    fn dry_runs(&self) -> Result<usize, String> {
        // The interpreter takes no workers, but `auto` may.
        let takes_workers = self.vm_engine != EngineChoice::Interpreter;
        let Some(wanted) = self.vm_dry_runs else {
            let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get).max(DRY_RUNS_MIN);
            let room = self.vm_workers.saturating_sub(WORKERS_FOR_BLOCKS) / WORKERS_OF_A_CALL;
            return Ok(if takes_workers { processors.min(room) } else { processors });
        };
        let needed = wanted.get().saturating_mul(WORKERS_OF_A_CALL).saturating_add(WORKERS_FOR_BLOCKS);
        if takes_workers && self.vm_workers < needed {
            return Err(format!(
                "--vm-dry-runs {wanted} needs --vm-workers {needed}, and there are {}: each can take {WORKERS_OF_A_CALL}, and \
                 {WORKERS_FOR_BLOCKS} are kept for blocks",
                self.vm_workers
            ));
        }
        Ok(wanted.get())
    }

    /// The engine, made by `make`, which fails for one that is not to be had here.
    ///
    /// Where nothing but the filter of system calls is missing, a validator does not start: somebody has to decide between
    /// slow and unsafe. Others interpret, unless the recompiler was asked for.
    fn choose<E>(
        &self,
        is_validator: bool,
        make: impl Fn(&EngineConfig) -> Result<E, EngineError>,
    ) -> Result<E, String> {
        let config = EngineConfig {
            engine: self.vm_engine,
            workers_max: self.vm_workers,
            idle_workers_max: self.vm_idle_workers,
            idle_worker_seconds_max: self.vm_idle_seconds,
            module_cache_bytes_max: self.vm_module_cache.get().saturating_mul(1 << 20),
            artefact_cache: self.vm_artefact_cache.clone().map(ArtefactCacheConfig::new),
            ..EngineConfig::default()
        };
        let make_or_say = |config: &EngineConfig| make(config).map_err(|error| error.to_string());
        if config.engine == EngineChoice::Interpreter {
            log::info!("Contracts run in the engine `interpreter`, as --vm-engine says.");
            return make_or_say(&config);
        }
        let native = EngineConfig { engine: EngineChoice::Recompiler, ..config.clone() };
        let why = match make(&native) {
            Ok(engine) => {
                log::info!(
                    "Contracts run in the engine `recompiler`: worker processes start on this machine."
                );
                return Ok(engine);
            }
            // A folder that cannot be used says nothing about the engines.
            Err(error @ EngineError::ArtefactCache { .. }) => return Err(error.to_string()),
            Err(why) => why,
        };
        let unfiltered = make(&EngineConfig { without_call_filter: true, ..native });
        let filter_is_missing = unfiltered.is_ok();
        if let (Ok(engine), true) = (unfiltered, self.vm_unsafe_without_seccomp) {
            log::warn!(
                "Contracts run in the engine `recompiler` without a filter of system calls, as --vm-unsafe-without-seccomp says."
            );
            return Ok(engine);
        }
        if filter_is_missing && is_validator {
            return Err(format!(
                "{why}. This system gives worker processes no filter of system calls (seccomp), so a validator does not \
                 start on its own account. Add --vm-engine interpreter to interpret contracts, which is safe and much \
                 slower, or --vm-unsafe-without-seccomp to run a stranger's machine code without the filter."
            ));
        }
        match config.engine {
            EngineChoice::Recompiler => Err(why.to_string()),
            _ => {
                log::warn!(
                    "Contracts run in the engine `interpreter`, which is much slower: the recompiler cannot be used here, {why}."
                );
                make_or_say(&EngineConfig { engine: EngineChoice::Interpreter, ..config })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Arguments {
        #[clap(flatten)]
        vm: VmOptions,
    }

    fn options(arguments: &[&str]) -> VmOptions {
        Arguments::try_parse_from([&["node"], arguments].concat()).expect("the arguments are valid").vm
    }

    fn choose(arguments: &[&str], is_validator: bool, machine: Machine) -> Result<EngineConfig, String> {
        options(arguments).choose(is_validator, |config| {
            let starts = match machine {
                Machine::Complete => true,
                Machine::WithoutFilter => config.without_call_filter,
                Machine::Other => false,
            };
            let starts = starts || config.engine != EngineChoice::Recompiler;
            let why =
                || EngineError::RecompilerUnavailable { why: "no worker process starts here: x".into() };
            starts.then(|| config.clone()).ok_or_else(why)
        })
    }

    #[derive(Clone, Copy, PartialEq)]
    enum Machine {
        Complete,
        WithoutFilter,
        Other,
    }

    const MACHINES: [Machine; 3] = [Machine::Complete, Machine::WithoutFilter, Machine::Other];

    #[test]
    fn a_validator_without_filter_asks_for_a_decision() {
        let refused = choose(&[], true, Machine::WithoutFilter).expect_err("it is refused");
        for part in
            ["no worker process starts here: x", "--vm-engine interpreter", "--vm-unsafe-without-seccomp"]
        {
            assert!(refused.contains(part), "{refused}");
        }
        let interpreted = choose(&["--vm-engine", "interpreter"], true, Machine::WithoutFilter).unwrap();
        assert_eq!((interpreted.engine, interpreted.without_call_filter), (EngineChoice::Interpreter, false));
        let unsafely = choose(&["--vm-unsafe-without-seccomp"], true, Machine::WithoutFilter).unwrap();
        assert_eq!((unsafely.engine, unsafely.without_call_filter), (EngineChoice::Recompiler, true));
    }

    #[test]
    fn others_get_what_there_is() {
        for machine in MACHINES {
            let auto = choose(&[], false, machine).unwrap();
            let expected = match machine {
                Machine::Complete => EngineChoice::Recompiler,
                _ => EngineChoice::Interpreter,
            };
            assert_eq!((auto.engine, auto.without_call_filter), (expected, false));
            let recompiler = choose(&["--vm-engine", "recompiler"], false, machine);
            assert_eq!(recompiler.is_ok(), machine == Machine::Complete);
        }
        assert!(
            choose(&[], true, Machine::Other).is_ok(),
            "a validator on a machine of another kind interprets"
        );
    }

    #[test]
    fn the_filter_is_never_left_out_where_there_is_one() {
        for is_validator in [false, true] {
            let config = choose(&["--vm-unsafe-without-seccomp"], is_validator, Machine::Complete).unwrap();
            assert!(!config.without_call_filter);
        }
    }

    #[test]
    fn a_folder_for_artefacts_reaches_the_engine_or_is_refused() {
        let arguments = ["--vm-artefact-cache", "/var/cache/contracts"];
        let config = choose(&arguments, true, Machine::Complete).unwrap();
        assert_eq!(config.artefact_cache, Some(ArtefactCacheConfig::new("/var/cache/contracts")));
        assert_eq!(choose(&[], true, Machine::Complete).unwrap().artefact_cache, None);
        let refused = options(&arguments).choose::<()>(false, |config| {
            let folder = config.artefact_cache.clone().expect("it was given").folder;
            Err(EngineError::ArtefactCache { folder, why: "it belongs to somebody else".into() })
        });
        let refused = refused.expect_err("also where the engine may be any");
        assert!(refused.contains("/var/cache/contracts: it belongs to somebody else"), "{refused}");
    }

    #[test]
    fn limits_reach_the_engine() {
        let arguments = "--vm-workers 100 --vm-idle-workers 3 --vm-idle-seconds 5 --vm-module-cache 7";
        let arguments: Vec<_> = arguments.split(' ').collect();
        let config = choose(&arguments, false, Machine::Complete).unwrap();
        assert_eq!(
            (config.workers_max, config.idle_workers_max, config.idle_worker_seconds_max),
            (100, 3, 5)
        );
        assert_eq!(config.module_cache_bytes_max, 7 << 20);
        let defaults = choose(&[], false, Machine::Complete).unwrap();
        assert_eq!(defaults.module_cache_bytes_max, EngineConfig::default().module_cache_bytes_max);
    }

    #[test]
    fn dry_runs_leave_the_workers_for_blocks() {
        let few = options(&["--vm-workers", "80"]).dry_runs();
        assert_eq!(few, Ok(1));
        assert!(options(&[]).dry_runs().is_ok_and(|number| number >= DRY_RUNS_MIN));
        assert_eq!(options(&["--vm-dry-runs", "37"]).dry_runs(), Ok(37));
        let refused = options(&["--vm-dry-runs", "38"]).dry_runs().expect_err("they would need more workers");
        assert!(
            refused.contains("--vm-dry-runs 38 needs --vm-workers 1040, and there are 1024"),
            "{refused}"
        );
        assert_eq!(WORKERS_OF_A_CALL, pallet_revive_vm::limits::FRAMES_MAX);
        let interpreter = ["--vm-engine", "interpreter", "--vm-workers", "80"];
        assert!(options(&interpreter).dry_runs().is_ok_and(|number| number >= DRY_RUNS_MIN));
        assert_eq!(options(&[&interpreter[..], &["--vm-dry-runs", "38"]].concat()).dry_runs(), Ok(38));
    }

    #[test]
    fn wrong_values_are_refused() {
        for arguments in [
            ["--vm-engine", "fast"],
            ["--vm-workers", "79"],
            ["--vm-module-cache", "0"],
            ["--vm-dry-runs", "0"],
        ] {
            assert!(
                Arguments::try_parse_from(["node", arguments[0], arguments[1]]).is_err(),
                "{arguments:?}"
            );
        }
    }
}
