// SPDX-License-Identifier: Apache-2.0
//! `compare wall`: what the wall around guest code costs, against the process sandbox of the `polkavm` crate.

mod machines;
mod programs;

use std::{
    thread,
    time::{Duration, Instant},
};

use machines::{Machine, Ours, Polkavm};
use programs::{Entry, Guest};

/// Nanoseconds per operation: the median and the least of batches.
#[derive(Clone, Copy)]
struct Cost {
    median: f64,
    least: f64,
}

fn cost(samples: &mut [f64]) -> Cost {
    samples.sort_by(f64::total_cmp);
    Cost { median: samples[samples.len() / 2], least: samples[0] }
}

type Work<'a> = Box<dyn FnMut() -> Result<(), String> + 'a>;

/// How long the other machine's worker may go on spinning after its last answer.
const QUIET: Duration = Duration::from_millis(2);

/// Runs the two in turn. Each begins when the other has come to rest, and with a run that does not count.
fn in_turn(rounds: usize, operations: f64, works: &mut [Work<'_>]) -> Result<Vec<Cost>, String> {
    let mut samples = vec![Vec::new(); works.len()];
    for round in 0..=rounds {
        for (work, samples) in works.iter_mut().zip(&mut samples) {
            thread::sleep(QUIET);
            work()?;
            let began = Instant::now();
            work()?;
            if round > 0 {
                samples.push(began.elapsed().as_nanos() as f64 / operations);
            }
        }
    }
    Ok(samples.iter_mut().map(|samples| cost(samples)).collect())
}

pub(crate) fn compare() -> Result<bool, String> {
    let guest: &'static Guest = Box::leak(Box::new(Guest::new().map_err(|error| error.to_string())?));
    let machines: [Box<dyn Machine>; 2] = [Box::new(Ours::new(guest)?), Box::new(Polkavm::new(guest)?)];
    let mut met = true;
    let mut line = |name: &str, bound: f64, costs: Vec<Cost>| {
        let (ours, theirs) = (costs[0], costs[1]);
        let ratio = ours.median / theirs.median;
        println!(
            "{name:<40}{:>10.0}{:>10.0}  ratio {:>6.3} (least: {:>8.0}{:>8.0} {:>6.3}) bound {bound} {}",
            ours.median,
            theirs.median,
            ratio,
            ours.least,
            theirs.least,
            ours.least / theirs.least,
            if ratio <= bound {
                "met"
            } else {
                met = false;
                "MISSED"
            }
        );
    };
    for (name, bound, entry, argument, times, rounds) in [
        ("host call, round trip", 0.6, Entry::Outside, 1000u64, 1, 101),
        ("call into a ready instance", 0.4, Entry::Empty, 1, 500, 101),
        ("host call answered inside", 0.1, Entry::Inside, 1000, 1, 101),
    ] {
        let mut instances = Vec::new();
        for machine in &machines {
            instances.push(machine.instance()?);
        }
        let mut works: Vec<Work<'_>> = instances
            .iter_mut()
            .map(|instance| {
                Box::new(move || (0..times).try_for_each(|_| instance.call(entry, argument))) as Work<'_>
            })
            .collect();
        match in_turn(rounds, argument as f64 * times as f64, &mut works) {
            Ok(costs) => line(name, bound, costs),
            Err(error) => println!("{name}: {error}"),
        }
    }
    for (name, bound, entry) in
        [("fresh instance, call, drop", 0.2, Entry::Empty), ("the same, touching 64 KiB", 0.1, Entry::Touch)]
    {
        let mut works: Vec<Work<'_>> = machines
            .iter()
            .map(|machine| Box::new(move || (0..20).try_for_each(|_| machine.fresh(entry))) as Work<'_>)
            .collect();
        line(name, bound, in_turn(51, 20.0, &mut works)?);
    }
    let mut works: Vec<Work<'_>> =
        machines.iter().map(|machine| Box::new(move || machine.cold()) as Work<'_>).collect();
    line("everything from nothing", 1.0, in_turn(5, 1.0, &mut works)?);
    Ok(met)
}
