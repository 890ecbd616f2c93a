// SPDX-License-Identifier: Apache-2.0
//! Where processors are scarce: one for all, or two with a busy neighbour. The reference collapses there, so ours is measured
//! against times.

use std::{env, process::Command, thread, time::Duration, time::Instant};

use revive_vm_measure::{Bound, Samples};
use rustix::thread::{sched_getaffinity, sched_setaffinity, CpuSet};
use serde_json::Value;

use super::{
    machines::{Machine, Ours},
    programs::{Entry, Guest},
};
use crate::report::Report;

/// In the environment of the process that measures a part.
const PART: &str = "REVIVE_VM_COMPARE_WALL_PART";
/// In front of what it prints: the median in microseconds.
const MEDIAN: &str = "median of the part:";

/// Name of a part, processors, whether a neighbour is busy, and the bound in microseconds.
const PARTS: [(&str, usize, bool, f64); 2] = [
    ("host call on one core, us", 1, false, 20.0),
    ("fresh instance on two cores with a busy neighbour, us", 2, true, 100.0),
];

/// The part that this process is to measure.
pub(super) fn part() -> Option<String> {
    env::var(PART).ok()
}

/// Measures all parts, each in a process of its own.
pub(super) fn bounds() -> Vec<Bound> {
    let figure = |name: &str| {
        let program = env::current_exe().map_err(|error| error.to_string())?;
        let output = Command::new(program).arg("wall").env(PART, name).output();
        let output = output.map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let median = said.lines().find_map(|line| line.strip_prefix(MEDIAN)?.trim().parse::<f64>().ok());
        median.ok_or_else(|| String::from_utf8_lossy(&output.stderr).trim().to_owned())
    };
    PARTS
        .iter()
        .map(|(name, _, _, limit)| match figure(name) {
            Ok(median) => Bound::new(*name, Some(median), *limit),
            Err(why) => Bound::new(*name, None, *limit).note(why),
        })
        .collect()
}

/// Measures one part and prints its median.
pub(super) fn measure(part: &str) -> Result<Report, String> {
    let (_, processors, neighbour, _) =
        *PARTS.iter().find(|(name, ..)| *name == part).ok_or(format!("there is no part `{part}`"))?;
    bind(processors)?;
    if neighbour {
        thread::spawn(|| loop {
            core::hint::spin_loop();
        });
    }
    let guest: &'static Guest = Box::leak(Box::new(Guest::new().map_err(|error| error.to_string())?));
    let machine = Ours::new(guest)?;
    let mut instance = machine.instance()?;
    let mut samples = Samples::new();
    let began = Instant::now();
    while samples.is_empty() || began.elapsed() < Duration::from_secs(2) {
        let began = Instant::now();
        if neighbour {
            machine.fresh(Entry::Empty)?;
            samples.push(began.elapsed());
        } else {
            const CALLS: u64 = 50;
            machine.call(&mut instance, Entry::Outside, CALLS)?;
            samples.push(began.elapsed() / CALLS as u32);
        }
    }
    println!("{MEDIAN} {}", samples.median().unwrap_or(f64::NAN) / 1000.0);
    Ok(Report { name: "wall", data: Value::Null, plots: Vec::new(), bounds: Vec::new() })
}

/// Binds this process, which has one thread yet, to so many of its processors.
fn bind(processors: usize) -> Result<(), String> {
    let all = sched_getaffinity(None).map_err(|error| error.to_string())?;
    let mut some = CpuSet::new();
    (0..CpuSet::MAX_CPU)
        .filter(|processor| all.is_set(*processor))
        .take(processors)
        .for_each(|p| some.set(p));
    sched_setaffinity(None, &some).map_err(|error| error.to_string())
}
