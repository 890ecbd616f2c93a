// SPDX-License-Identifier: Apache-2.0
//! Takes one workload through all back ends in turn.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use revive_vm_backends::{Backend, Compile, Entry, Export, Module, Program};
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

/// A back end that was started for some of the rounds, with the workload compiled in it.
struct Seat {
    // Before the back end, because fields are dropped in their order and the module may need it.
    module: Box<dyn Module>,
    _backend: Box<dyn Backend>,
}

/// A back end that takes its turns.
struct Ready {
    entry: Entry,
    figures: Figures,
    /// What every run must give.
    outcome: Outcome,
    /// The number of the sitting that the seat is for.
    sitting: usize,
    seat: Seat,
}

/// What a run gave: must be the same for all.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Outcome {
    checksum: u64,
    gas_used: Option<i64>,
}

/// How long the calls of one measurement should take where the workload does not say how many they are.
const CALLS_DURATION: Duration = Duration::from_millis(2);

/// So many calls at most.
const CALLS_MAX: u32 = 1_000_000;

/// Back ends that compile for longer do so in fewer rounds.
const COMPILE_DURATION: Duration = Duration::from_millis(5);

/// Into how many sittings the rounds are divided. For each of them every back end starts and compiles anew, in processes of its own
/// where it has such. Where code and memory happen to lie makes a run of some workloads up to a third longer, as long as they lie there:
/// of one sitting, luck would be in every round and so in the minimum.
const SITTINGS: usize = 10;

/// Compiles and runs a workload in all back ends that can. Errors: back ends do not agree on the result or on the gas.
pub(crate) fn workload(started: &[Started], workload: &Workload, rounds: usize) -> Result<Measured, String> {
    let (mut loaded, mut measured) = load(started, workload);
    compile(&mut loaded, rounds)?;
    let (mut ready, calls) = seat_all(loaded, workload, &mut measured.failed)?;
    take_turns(&mut ready, workload, calls, rounds)
        .map_err(|error: String| format!("{}: {error}", workload.name))?;
    measured.figures = ready.into_iter().map(|one| (one.entry.name, one.figures)).collect();
    Ok(measured)
}

/// Starts the back ends for the first sitting, and how often each run calls. Those that cannot run the workload are out. Errors: they
/// do not agree.
fn seat_all(
    loaded: Vec<Loaded>,
    workload: &Workload,
    failed: &mut Vec<(&'static str, String)>,
) -> Result<(Vec<Ready>, u32), String> {
    let mut ready: Vec<Ready> = Vec::new();
    let mut calls = workload.calls;
    for Loaded { entry, figures, .. } in loaded {
        let tried = Seat::take(&entry, &workload.program).and_then(|seat| {
            let (outcome, _) = seat.first_run(workload, calls.max(1))?;
            Ok((seat, outcome))
        });
        match tried {
            Ok((seat, mut outcome)) => {
                if calls == 0 {
                    (calls, outcome) = calls_that_last(|calls| seat.first_run(workload, calls))?;
                }
                ready.push(Ready { entry, figures, outcome, sitting: 0, seat });
            }
            Err(why) => failed.push((entry.name, why)),
        }
    }
    let outcomes: Vec<(Entry, Outcome)> = ready.iter().map(|one| (one.entry, one.outcome)).collect();
    agree(&workload.name, &outcomes)?;
    Ok((ready, calls))
}

/// How many calls take about [`CALLS_DURATION`], and at least half of it, and what came of them. The first call has been made.
fn calls_that_last<T>(mut run: impl FnMut(u32) -> Result<(T, Duration), String>) -> Result<(u32, T), String> {
    let mut calls = 1;
    loop {
        let (outcome, elapsed) = run(calls)?;
        if elapsed >= CALLS_DURATION / 2 || calls == CALLS_MAX {
            return Ok((calls, outcome));
        }
        // Few calls say little, as what they take first they take once.
        let wanted = f64::from(calls) * CALLS_DURATION.as_secs_f64() / elapsed.as_secs_f64().max(1e-9);
        calls = (wanted.ceil() as u32).clamp(calls + 1, calls.saturating_mul(10)).min(CALLS_MAX);
    }
}

/// All rounds. Errors: a back end fails, or does not give what it gave before.
fn take_turns(ready: &mut [Ready], workload: &Workload, calls: u32, rounds: usize) -> Result<(), String> {
    let every: Vec<usize> = ready.iter().map(|one| one.entry.every).collect();
    let rounds_of_sitting = rounds.div_ceil(SITTINGS);
    in_turn(rounds, &every, |index, round| {
        let one = &mut ready[index];
        let sitting = round / rounds_of_sitting;
        if one.sitting != sitting {
            one.sitting = sitting;
            // The old one is still there meanwhile, so that the new one does not get its very place.
            one.seat = Seat::take(&one.entry, &workload.program)?;
            let (outcome, _) = one.seat.first_run(workload, calls)?;
            one.check(outcome)?;
        }
        let (outcome, _) = run(&*one.seat.module, workload.n, calls, &mut one.figures)?;
        one.check(outcome)
    })
}

impl Seat {
    fn take(entry: &Entry, program: &Program) -> Result<Self, String> {
        let backend = (entry.start)()?;
        let module = backend.prepare(program)?()?;
        Ok(Self { module, _backend: backend })
    }

    /// A run for its result only: some machines do part of their work when it is first needed, and start processes.
    fn first_run(&self, workload: &Workload, calls: u32) -> Result<(Outcome, Duration), String> {
        run(&*self.module, workload.n, calls, &mut Figures::default())
    }
}

impl Ready {
    fn check(&self, outcome: Outcome) -> Result<(), String> {
        let first = self.outcome;
        match outcome == first {
            true => Ok(()),
            false => Err(format!("{} gave {outcome:?}, and {first:?} before", self.entry.name)),
        }
    }
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
    use std::sync::atomic::{AtomicU64, Ordering};

    use revive_vm_backends::{Instance, Start};

    use super::*;

    /// How often [`Counting`] was started.
    static STARTS: AtomicU64 = AtomicU64::new(0);

    /// A machine whose programs give the number of the start that they are of, divided by 100.
    struct Counting(u64);

    impl Backend for Counting {
        fn prepare(&self, _: &Program) -> Result<Compile, String> {
            let start = self.0;
            Ok(Box::new(move || Ok(Box::new(Counting(start)))))
        }
    }

    impl Module for Counting {
        fn instantiate(&self) -> Result<Box<dyn Instance>, String> {
            Ok(Box::new(Counting(self.0)))
        }
    }

    impl Instance for Counting {
        fn call(&mut self, _: Export, _: u64) -> Result<u64, String> {
            Ok(self.0 / 100)
        }
    }

    #[test]
    fn each_sitting_starts_anew_and_is_checked() {
        let start: Start = || Ok(Box::new(Counting(STARTS.fetch_add(1, Ordering::Relaxed))));
        let entry = |name, every| Entry { name, about: "", every, gas: None, start };
        let started = [entry("often", 1), entry("seldom", 3)]
            .map(|entry| Started { entry, backend: Box::new(Counting(0)) });
        let program = Program::default();
        let one = Workload { name: "w".into(), n: 1, calls: 1, memory_routines: false, program };
        let measured = workload(&started, &one, 40).unwrap();
        assert_eq!(STARTS.load(Ordering::Relaxed), 2 * SITTINGS as u64);
        let samples: Vec<usize> =
            measured.figures.iter().map(|(_, figures)| figures.execution.len()).collect();
        assert_eq!(samples, [40, 14]);

        // Another result in a later sitting.
        STARTS.store(97, Ordering::Relaxed);
        let error = workload(&started, &one, 40).unwrap_err();
        assert!(error.contains("before"), "{error}");
    }

    /// What a call takes is found out although the first ones take far longer, as they do where caches are cold.
    #[test]
    fn short_programs_are_called_until_it_takes_time() {
        let last = |first: u64, others: u64| {
            let made = std::cell::Cell::new(0);
            let run = |calls: u32| {
                let cold = if made.replace(made.get() + calls) < 3 { first } else { 0 };
                Ok((made.get(), Duration::from_nanos(cold + others * u64::from(calls))))
            };
            let (calls, outcome) = calls_that_last(run).unwrap();
            assert!(outcome >= calls, "of another run");
            (calls, u64::from(calls) * others)
        };
        let (_, nanoseconds) = last(500_000, 150);
        assert!((1_000_000..=4_000_000).contains(&nanoseconds), "{nanoseconds}");
        assert_eq!(last(0, 7_000_000).0, 1, "long ones once");
        assert_eq!(last(0, 0).0, CALLS_MAX, "and never for ever");
        assert!(calls_that_last(|_| Err::<((), _), _>("no".to_owned())).is_err());
    }

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
