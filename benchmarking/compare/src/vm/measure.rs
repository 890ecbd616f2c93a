// SPDX-License-Identifier: Apache-2.0
//! Takes one workload through all back ends in turn.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use revive_vm_backends::{Backend, Compile, Entry, Export, Module};
use revive_vm_measure::in_turn;

use super::{
    results::{Figures, Measured},
    workloads::Workload,
};

/// A back end that runs on this machine.
pub(crate) struct Started {
    pub(crate) entry: Entry,
    pub(crate) backend: Box<dyn Backend>,
}

/// A back end with a workload in it.
struct Loaded {
    entry: Entry,
    compile: Compile,
    figures: Figures,
}

/// What a run gave: must be the same for all.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Outcome {
    checksum: u64,
    gas_used: Option<i64>,
}

/// How long the calls of one measurement should take where the workload does not say how many they are.
const CALLS_DURATION: Duration = Duration::from_millis(2);

/// Back ends that compile for longer do so in fewer rounds.
const COMPILE_DURATION: Duration = Duration::from_millis(5);

/// Compiles and runs a workload in all back ends that can. Errors: back ends do not agree on the result or on the gas.
pub(crate) fn workload(started: &[Started], workload: &Workload, rounds: usize) -> Result<Measured, String> {
    let (mut loaded, mut measured) = load(started, workload);
    compile(&mut loaded, rounds)?;

    let mut ready: Vec<(Loaded, Box<dyn Module>)> = Vec::new();
    let mut outcomes: Vec<(Entry, Outcome)> = Vec::new();
    let mut calls = workload.calls;
    for mut one in loaded {
        // The first run of each is for its result only: some machines do part of their work when it is first needed.
        let tried = (one.compile)().and_then(|module| {
            let (outcome, elapsed) = run(&*module, workload.n, calls.max(1), &mut Figures::default())?;
            Ok((module, outcome, elapsed))
        });
        match tried {
            Ok((module, mut outcome, elapsed)) => {
                if calls == 0 {
                    calls =
                        (CALLS_DURATION.as_secs_f64() / elapsed.as_secs_f64()).ceil().clamp(1.0, 1e6) as u32;
                    (outcome, _) = run(&*module, workload.n, calls, &mut Figures::default())?;
                }
                outcomes.push((one.entry, outcome));
                one.figures.instantiate = Default::default();
                ready.push((one, module));
            }
            Err(why) => measured.failed.push((one.entry.name, why)),
        }
    }
    agree(&workload.name, &outcomes)?;

    let every: Vec<usize> = ready.iter().map(|(one, _)| one.entry.every).collect();
    in_turn(rounds, &every, |index, _| {
        let (one, module) = &mut ready[index];
        let (outcome, _) = run(&**module, workload.n, calls, &mut one.figures)?;
        if outcome != outcomes[index].1 {
            let first = outcomes[index].1;
            return Err(format!("{} gave {outcome:?}, and {first:?} before", one.entry.name));
        }
        Ok(())
    })
    .map_err(|error: String| format!("{}: {error}", workload.name))?;
    measured.figures = ready.into_iter().map(|(one, _)| (one.entry.name, one.figures)).collect();
    Ok(measured)
}

/// Only compiles.
pub(crate) fn compilation(
    started: &[Started],
    workload: &Workload,
    rounds: usize,
) -> Result<Measured, String> {
    let (mut loaded, mut measured) = load(started, workload);
    compile(&mut loaded, rounds)?;
    measured.figures = loaded.into_iter().map(|one| (one.entry.name, one.figures)).collect();
    Ok(measured)
}

/// Gives the program to the back ends. Those that cannot compile it are out.
fn load(started: &[Started], workload: &Workload) -> (Vec<Loaded>, Measured) {
    let bytes = |form: &Option<Vec<u8>>| form.as_ref().map_or(0, Vec::len);
    let mut measured = Measured {
        name: workload.name.clone(),
        memory_routines: workload.memory_routines,
        blob_bytes: bytes(&workload.program.guest),
        wasm_bytes: bytes(&workload.program.wasm),
        ..Measured::default()
    };
    let mut loaded = Vec::new();
    for Started { entry, backend } in started {
        let compile = backend.prepare(&workload.program).and_then(|compile| compile().map(|_| compile));
        match compile {
            Ok(compile) => loaded.push(Loaded { entry: *entry, compile, figures: Figures::default() }),
            Err(why) => measured.failed.push((entry.name, why)),
        }
    }
    (loaded, measured)
}

fn compile(loaded: &mut [Loaded], rounds: usize) -> Result<(), String> {
    let mut every = Vec::new();
    for one in &*loaded {
        let begin = Instant::now();
        black_box((one.compile)()?);
        let shares = begin.elapsed().as_secs_f64() / COMPILE_DURATION.as_secs_f64();
        every.push((shares as usize).clamp(1, rounds.div_ceil(5)));
    }
    in_turn(rounds, &every, |index, _| {
        let one = &mut loaded[index];
        let begin = Instant::now();
        let module = black_box((one.compile)()?);
        one.figures.compile.push(begin.elapsed());
        drop(module);
        Ok(())
    })
}

/// Makes an instance, calls `initialize`, and `run` so many times. Gives the last result and the time of the runs.
fn run(
    module: &dyn Module,
    n: u64,
    calls: u32,
    figures: &mut Figures,
) -> Result<(Outcome, Duration), String> {
    let begin = Instant::now();
    let mut instance = module.instantiate()?;
    figures.instantiate.push(begin.elapsed());

    let begin = Instant::now();
    instance.call(Export::Initialize, 0)?;
    figures.first_call.push(begin.elapsed());

    let mut checksum = 0;
    let begin = Instant::now();
    for _ in 0..calls {
        checksum = instance.call(Export::Run, n)?;
    }
    let elapsed = begin.elapsed();
    figures.execution.push(elapsed);
    Ok((Outcome { checksum, gas_used: instance.gas_used() }, elapsed))
}

/// A fast wrong answer is worth nothing: all must give the checksum of the first, which is the native program where there is one, and
/// those that meter by the same model the same gas.
fn agree(workload: &str, outcomes: &[(Entry, Outcome)]) -> Result<(), String> {
    let Some((first, expected)) = outcomes.first() else {
        return Err(format!("{workload}: no back end ran it"));
    };
    for (entry, outcome) in outcomes {
        if outcome.checksum != expected.checksum {
            return Err(format!(
                "{workload}: {} gives {:#x}, {} gives {:#x}",
                first.name, expected.checksum, entry.name, outcome.checksum
            ));
        }
        let same_model = |other: &&(Entry, Outcome)| entry.gas.is_some() && other.0.gas == entry.gas;
        let reference = outcomes.iter().find(same_model);
        if let Some((other, reference)) = reference.filter(|(_, other)| other.gas_used != outcome.gas_used) {
            return Err(format!(
                "{workload}: {} uses {:?} gas, {} uses {:?}",
                other.name, reference.gas_used, entry.name, outcome.gas_used
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(gas: Option<&'static str>, checksum: u64, gas_used: i64) -> (Entry, Outcome) {
        let entry = Entry { name: "x", about: "", every: 1, gas, start: || Err("not for use".into()) };
        (entry, Outcome { checksum, gas_used: gas.map(|_| gas_used) })
    }

    #[test]
    fn another_checksum_is_an_error() {
        assert!(agree("w", &[outcome(None, 1, 0), outcome(None, 1, 0)]).is_ok());
        assert!(agree("w", &[outcome(None, 1, 0), outcome(None, 1, 0), outcome(None, 2, 0)]).is_err());
        assert!(agree("w", &[]).is_err());
    }

    #[test]
    fn gas_must_be_the_same_within_a_model() {
        let (flat, pipeline) = (Some("flat"), Some("pipeline"));
        assert!(agree("w", &[outcome(None, 1, 0), outcome(flat, 1, 5), outcome(pipeline, 1, 9)]).is_ok());
        assert!(agree("w", &[outcome(flat, 1, 5), outcome(pipeline, 1, 9), outcome(flat, 1, 6)]).is_err());
    }
}
