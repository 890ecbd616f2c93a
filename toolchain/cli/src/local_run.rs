// SPDX-License-Identifier: Apache-2.0
//! A run of an export here, without a chain.
//!
//! There are no chain host functions. A host call ends the run, unless the user says what to answer; answers are a
//! number in a0, and nothing is written to guest memory.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use revive_vm_executor::{
    ArtefactCacheConfig, Engine, EngineChoice, EngineConfig, Exit, Instance, Module, ModuleConfig,
    ModuleError, Reg, TrapCause,
};
use revive_vm_primitives::{BadAccess, Blob, Place};

use crate::{
    args::{EngineArg, GuestArgs},
    error::{Error, Result},
    output::{self, group_digits},
};

/// A run that has been set up.
pub(crate) struct LocalRun<'a> {
    path: &'a Path,
    blob: &'a Blob<'a>,
    /// By symbol of the import.
    answers: HashMap<&'a [u8], u64>,
    engine: Engine,
    /// At the start of the export.
    pub(crate) instance: Instance,
    /// Code offset of the export.
    pub(crate) start: u32,
}

/// How a run ended.
pub(crate) struct End {
    pub(crate) exit: Exit,
    /// Why it trapped, if that is known.
    pub(crate) cause: Option<TrapCause>,
    /// The host call that nobody answered: the name of its import, and whether the blob has such an import.
    pub(crate) unanswered: Option<(String, bool)>,
    /// How often each import was answered.
    pub(crate) host_calls: BTreeMap<String, u64>,
}

/// Follows a run.
pub(crate) trait Observer {
    /// Runs the instance to its next exit.
    ///
    /// # Errors
    /// The run failed for reasons that are not the guest's, or what is to be shown cannot be.
    fn run(&mut self, instance: &mut Instance, failed: &dyn Fn(String) -> Error) -> Result<Exit>;

    /// Sees how a host call was answered.
    ///
    /// # Errors
    /// What is to be shown cannot be.
    fn host_call(&mut self, _name: &str, _answer: u64) -> Result<()> {
        Ok(())
    }
}

/// Nobody watches.
pub(crate) struct Unobserved;

impl Observer for Unobserved {
    fn run(&mut self, instance: &mut Instance, failed: &dyn Fn(String) -> Error) -> Result<Exit> {
        instance.run().map_err(|error| failed(error.to_string()))
    }
}

/// Where the engine writes to, if anywhere.
#[derive(Clone, Copy, Default)]
pub(crate) struct Folders<'a> {
    /// Names for profilers.
    pub(crate) jitdump: Option<&'a Path>,
    /// Compiled programs.
    pub(crate) artefacts: Option<&'a Path>,
}

impl<'a> LocalRun<'a> {
    /// Sets a run up; `bytes` are those of the blob.
    ///
    /// # Errors
    /// The arguments do not fit the blob, or the blob or this machine cannot run.
    pub(crate) fn new(
        args: &'a GuestArgs,
        bytes: &[u8],
        blob: &'a Blob<'a>,
        step_tracing: bool,
        folders: Folders<'_>,
    ) -> Result<Self> {
        let file = args.blob.display();
        let start = check(args, blob)?;
        let answers: HashMap<&[u8], u64> =
            args.options.terms.host_calls.iter().map(|(name, value)| (name.as_bytes(), *value)).collect();
        let engine = engine(args.options.engine, folders)?;
        let config =
            ModuleConfig { gas: Some(args.options.terms.gas_model), step_tracing, ..ModuleConfig::default() };
        let module = Module::new(&engine, bytes, &config).map_err(|error: ModuleError| {
            Error::new(format!("failed to set {file} up: {error}"))
                .hint("see its sections and memory with `revive-vm inspect BLOB`")
        })?;
        let mut instance = Instance::new(&module).map_err(|trouble| {
            Error::new(trouble.to_string()).hint("`--engine interpreter` needs no worker process")
        })?;
        instance.set_gas(args.options.terms.gas);
        instance.prepare_call(start, &args.args);
        Ok(Self { path: &args.blob, blob, answers, engine, instance, start })
    }

    /// Runs to the end.
    ///
    /// # Errors
    /// As the observer's.
    pub(crate) fn finish(&mut self, observer: &mut dyn Observer) -> Result<End> {
        let path = self.path;
        let failed = move |error| Error::new(format!("failed to run {}: {error}", path.display()));
        let mut host_calls = BTreeMap::new();
        loop {
            let exit = observer.run(&mut self.instance, &failed)?;
            match exit {
                Exit::Step => {}
                Exit::HostCall(number) => {
                    let symbol = self.blob.imports().get(number).flatten();
                    let name = symbol.map_or_else(|| format!("number {number}"), output::name);
                    let Some(answer) = symbol.and_then(|symbol| self.answers.get(symbol)) else {
                        let unanswered = Some((name, symbol.is_some()));
                        return Ok(End { exit, cause: None, unanswered, host_calls });
                    };
                    observer.host_call(&name, *answer)?;
                    *host_calls.entry(name).or_insert(0) += 1;
                    self.instance.set_reg(Reg::A0, *answer);
                }
                Exit::Finished | Exit::Trap | Exit::OutOfGas | Exit::Segfault(_) => {
                    let cause = if exit == Exit::Trap { self.instance.trap_cause() } else { None };
                    return Ok(End { exit, cause, unanswered: None, host_calls });
                }
            }
        }
    }

    /// The name of the engine.
    pub(crate) fn engine_name(&self) -> &'static str {
        self.engine.engine_name()
    }
}

/// Whether the arguments fit the blob: the code offset of the export.
///
/// # Errors
/// They do not.
pub(crate) fn check(args: &GuestArgs, blob: &Blob<'_>) -> Result<u32> {
    let file = args.blob.display();
    if args.args.len() > Reg::ARGS.len() {
        return Err(Error::usage(format!(
            "{} arguments were given, a call takes at most {} in registers",
            args.args.len(),
            Reg::ARGS.len()
        )));
    }
    let Some(start) = blob.export(args.export.as_bytes()) else {
        let exports: Vec<_> = blob.exports().map(|export| output::name(export.name)).collect();
        let exports = if exports.is_empty() { "nothing".to_string() } else { exports.join(", ") };
        return Err(Error::new(format!("{file} has no export `{}`", args.export))
            .hint(format!("it exports: {exports}")));
    };
    let mut names = args.options.terms.host_calls.iter().map(|(name, _)| name.as_bytes());
    if let Some(unknown) = names.find(|name| !blob.imports().iter().flatten().any(|symbol| symbol == *name)) {
        return Err(Error::new(format!("{file} has no import `{}`", output::name(unknown)))
            .hint("see its imports with `revive-vm inspect BLOB`"));
    }
    let named = |(name, value): &(String, u64)| (format!("the answer of `{name}`"), *value);
    let numbers = args.args.iter().map(|value| ("an argument".to_string(), *value));
    for (what, value) in numbers.chain(args.options.terms.host_calls.iter().map(named)) {
        // A negative number has been extended to 64 bits.
        if !blob.isa().is_64_bit() && u32::try_from(value).is_err() && i32::try_from(value as i64).is_err() {
            let what = format!("{what}, {value:#x}, does not fit the registers of {}, 32 bits", blob.isa());
            return Err(Error::usage(what));
        }
    }
    Ok(start)
}

impl End {
    /// A word for scripts, and what happened for people. `gas` is what the run had.
    pub(crate) fn outcome(&self, gas: i64) -> (&'static str, String) {
        match (self.exit, &self.unanswered) {
            (Exit::Finished, _) => ("finished", "finished".to_string()),
            (Exit::OutOfGas, _) => {
                ("out_of_gas", format!("out of gas: {} were given", group_digits(&gas.to_string())))
            }
            (Exit::HostCall(_), Some((name, true))) => (
                "host_call",
                format!("stopped at the host function `{name}`, which a run without a chain does not have"),
            ),
            (Exit::HostCall(_), Some((name, false))) => {
                ("host_call", format!("stopped at host call {name}, which the blob does not import"))
            }
            (Exit::Segfault(segfault), _) => ("segfault", segfault.to_string()),
            _ => ("trap", self.cause.map_or("trapped".into(), |cause| format!("trapped: {cause}"))),
        }
    }

    /// Tells on standard error what can be done about it: a host call that was not answered, a stack that is used up.
    pub(crate) fn print_hint(&self, blob: &Blob<'_>) {
        if let Some(TrapCause::Access(BadAccess { place: Place::StackOverflow, .. })) = self.cause {
            tell!(
                "hint: its stack has {} bytes; the contract can ask for more, or build and link it with --min-stack-size BYTES",
                group_digits(&blob.stack_size().to_string())
            );
        }
        if let Some((name, true)) = &self.unanswered {
            tell!(
                "hint: answer it with --host-call {name}=VALUE, or call the contract on a chain with `revive-vm call`"
            );
        }
    }
}

fn engine(choice: EngineArg, folders: Folders<'_>) -> Result<Engine> {
    let Folders { jitdump, artefacts } = folders;
    let engine = match choice {
        // Without it there would be nothing to name.
        EngineArg::Auto if jitdump.is_some() => EngineChoice::Recompiler,
        EngineArg::Auto => EngineChoice::Auto,
        EngineArg::Interpreter => EngineChoice::Interpreter,
        EngineArg::Recompiler => EngineChoice::Recompiler,
    };
    let config = EngineConfig {
        engine,
        jitdump: jitdump.map(Path::to_path_buf),
        artefact_cache: artefacts.map(ArtefactCacheConfig::new),
        ..EngineConfig::default()
    };
    Engine::new(config).map_err(|error| Error::new(error.to_string()))
}
