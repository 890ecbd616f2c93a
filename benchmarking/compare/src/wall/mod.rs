// SPDX-License-Identifier: Apache-2.0
//! `wall`: what the wall around guest code costs, against the process sandbox of the `polkavm` crate.
//!
//! Each machine has a thread of its own, because that sandbox binds the thread that uses it to a processor. They are measured in
//! turn, each once the other's worker has gone to sleep, and after a round that does not count. What happens where processors
//! are scarce is measured in a process of its own, which is bound to them; there ours is measured alone, against times.

mod floor;
mod machines;
mod programs;
mod scarce;

use std::{
    fs,
    sync::mpsc::{channel, Receiver, Sender},
    thread,
    time::{Duration, Instant},
};

use revive_vm_measure::{duration, Bound, Samples, Table};
use serde_json::json;

use crate::{
    options::Options,
    report::{samples, Report},
};
use machines::{Machine, Ours, Polkavm};
use programs::{Entry, Guest};

/// How long a worker may go on spinning after its last answer.
const QUIET: Duration = Duration::from_millis(2);

/// What a thread with a machine is asked to time.
#[derive(Clone, Copy)]
enum Job {
    /// Calls into one instance.
    Calls { entry: Entry, argument: u64, times: u64 },
    /// Fresh instances, with a call each.
    Fresh { entry: Entry, times: u64 },
    /// A machine from nothing, with one call.
    Cold,
}

/// One thing that is measured of both, with its bound.
struct Figure {
    name: &'static str,
    job: Job,
    /// The job of theirs with its operations, if it is another.
    theirs: Option<(Job, u64)>,
    /// Operations of a job.
    operations: u64,
    /// Whether each operation is a hand-over there and back, so that a bare one is measured beside it.
    is_exchange: bool,
    /// The greatest ratio of ours to theirs.
    limit: f64,
}

const FIGURES: [Figure; 6] = [
    Figure {
        name: "host call, round trip",
        job: Job::Calls { entry: Entry::Outside, argument: 1000, times: 1 },
        theirs: None,
        operations: 1000,
        is_exchange: true,
        limit: 0.6,
    },
    // Ours writes 20 bytes to memory, theirs answers nothing by itself: its host gets the call and does nothing.
    // So many of them that the one hand-over of ours does not count, for which the host has to be woken.
    Figure {
        name: "host call answered inside the worker",
        job: Job::Calls { entry: Entry::Inside, argument: 200_000, times: 1 },
        theirs: Some((Job::Calls { entry: Entry::Outside, argument: 10_000, times: 1 }, 10_000)),
        operations: 200_000,
        is_exchange: false,
        limit: 0.1,
    },
    Figure {
        name: "call into a ready instance",
        job: Job::Calls { entry: Entry::Empty, argument: 1, times: 500 },
        theirs: None,
        operations: 500,
        is_exchange: false,
        limit: 0.4,
    },
    Figure {
        name: "fresh instance, call, drop",
        job: Job::Fresh { entry: Entry::Empty, times: 50 },
        theirs: None,
        operations: 50,
        is_exchange: false,
        limit: 0.2,
    },
    Figure {
        name: "the same, touching 64 KiB",
        job: Job::Fresh { entry: Entry::Touch, times: 50 },
        theirs: None,
        operations: 50,
        is_exchange: false,
        limit: 0.1,
    },
    Figure {
        name: "everything from nothing",
        job: Job::Cold,
        theirs: None,
        operations: 1,
        is_exchange: false,
        limit: 1.0,
    },
];

/// A machine in its thread.
struct Runner {
    jobs: Sender<Job>,
    times: Receiver<Result<Duration, String>>,
}

impl Runner {
    fn start<M: Machine>(make: impl FnOnce() -> Result<M, String> + Send + 'static) -> Self {
        let (jobs, asked) = channel();
        let (told, times) = channel();
        thread::spawn(move || {
            let machine = make();
            while let Ok(job) = asked.recv() {
                let time = machine.as_ref().map_err(Clone::clone).and_then(|machine| time(machine, job));
                if told.send(time).is_err() {
                    return;
                }
            }
        });
        Self { jobs, times }
    }

    fn run(&self, job: Job) -> Result<Duration, String> {
        let gone = || "a machine's thread has ended".to_owned();
        self.jobs.send(job).map_err(|_| gone())?;
        self.times.recv().map_err(|_| gone())?
    }
}

/// Times a job, after one that does not count.
fn time(machine: &impl Machine, job: Job) -> Result<Duration, String> {
    let mut instance = match job {
        Job::Calls { .. } => Some(machine.instance()?),
        _ => None,
    };
    let mut work = || match (job, &mut instance) {
        (Job::Calls { entry, argument, times }, Some(instance)) => {
            (0..times).try_for_each(|_| machine.call(instance, entry, argument))
        }
        (Job::Fresh { entry, times }, _) => (0..times).try_for_each(|_| machine.fresh(entry)),
        _ => machine.cold(),
    };
    if !matches!(job, Job::Cold) {
        work()?;
    }
    let began = Instant::now();
    work()?;
    Ok(began.elapsed())
}

/// Measures everything.
pub(crate) fn compare(options: &Options) -> Result<Report, String> {
    if let Some(part) = scarce::part() {
        return scarce::measure(&part);
    }
    let guest: &'static Guest = Box::leak(Box::new(Guest::new().map_err(|error| error.to_string())?));
    let runners = [Runner::start(move || Ours::new(guest)), Runner::start(move || Polkavm::new(guest))];
    let mut table = Table::new(["", "ours", "polkavm", "ratio", "least", "polkavm", "ratio"]);
    let (mut bounds, mut data) = (Vec::new(), Vec::new());
    let mut cold = None;
    for Figure { name, job, theirs, operations, is_exchange, limit } in FIGURES {
        let rounds = if matches!(job, Job::Cold) { options.rounds.min(7) } else { options.rounds };
        let mut measured = [Samples::new(), Samples::new()];
        let mut bare = Samples::new();
        let (theirs, their_operations) = theirs.unwrap_or((job, operations));
        for _ in 0..rounds {
            for ((runner, job), samples) in runners.iter().zip([job, theirs]).zip(&mut measured) {
                thread::sleep(QUIET);
                samples.push(runner.run(job)?);
            }
            if is_exchange {
                thread::sleep(QUIET);
                bare.push(floor::exchange(operations)?);
            }
        }
        for (samples, operations) in measured.iter_mut().zip([operations, their_operations]) {
            samples.scale(1.0 / operations as f64);
        }
        bare.scale(1.0 / operations as f64);
        let ratio = |get: fn(&Samples) -> Option<f64>| Some(get(&measured[0])? / get(&measured[1])?);
        let cell = |ratio: Option<f64>| ratio.map_or(String::new(), |ratio| format!("{ratio:.3}"));
        table.row([
            name.to_owned(),
            duration(measured[0].median()),
            duration(measured[1].median()),
            cell(ratio(Samples::median)),
            duration(measured[0].minimum()),
            duration(measured[1].minimum()),
            cell(ratio(Samples::minimum)),
        ]);
        bounds.push(Bound::new(name, ratio(Samples::median), limit).note(format!(
            "least: {}{}",
            cell(ratio(Samples::minimum)),
            of_bare(&measured[0], &bare)
        )));
        data.push(json!({ "name": name, "ours": samples(&measured[0]), "polkavm": samples(&measured[1]) }));
        if matches!(job, Job::Cold) {
            cold = measured[0].median();
        }
    }
    println!("{table}");
    bounds.push(Bound::new("a new engine, worker and instance, ms", cold.map(|time| time / 1e6), 5.0));
    // Those that the measurements have left behind in the pool.
    let resident = worker_kibibytes();
    bounds.push(Bound::new("resident memory of an idle worker, KiB", resident, 300.0));
    bounds.extend(scarce::bounds());
    Ok(Report { name: "wall", data: json!(data), plots: Vec::new(), bounds })
}

/// How many bare exchanges of cache lines one of ours takes, if that was measured.
fn of_bare(ours: &Samples, bare: &Samples) -> String {
    let ratio = |get: fn(&Samples) -> Option<f64>| Some(get(ours)? / get(bare)?);
    let ratios = ratio(Samples::median).zip(ratio(Samples::minimum));
    ratios.map_or(String::new(), |(median, least)| {
        format!("; {median:.2} times a bare exchange of {}, least {least:.2}", duration(bare.median()))
    })
}

/// Resident memory of the largest of our workers, children of this process.
fn worker_kibibytes() -> Option<f64> {
    let mut largest: Option<f64> = None;
    for task in fs::read_dir("/proc/self/task").ok()?.flatten() {
        let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        for child in children.split_whitespace() {
            let status = fs::read_to_string(format!("/proc/{child}/status")).unwrap_or_default();
            let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
            if field("Name:").is_none_or(|name| name.trim() != "vm-worker") {
                continue;
            }
            let resident = field("VmRSS:").and_then(|text| text.split_whitespace().next()?.parse().ok());
            let resident: Option<f64> = resident;
            largest = largest.into_iter().chain(resident).reduce(f64::max);
        }
    }
    largest
}
