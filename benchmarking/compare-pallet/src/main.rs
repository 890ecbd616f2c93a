// SPDX-License-Identifier: Apache-2.0
//! Our contracts pallet against `pallet-revive`, side by side.
//!
//! Each pallet is in a minimal wasm runtime of its own (`runtimes/`), which differs from the other in nothing else. Both run in the
//! executor that a node has, on a state in memory, and call the same Solidity contracts, compiled once to the same blobs, with the same
//! input. Outputs must agree. What is measured is the time from a call of the pallet to its end, many calls in one run of the
//! runtime, in rounds in turn; and the weight that a call is charged.
//!
//! Exit status: 0 if all bounds are met; 1 if one is missed or nothing could be measured; 2 if the command line is wrong.

#![forbid(unsafe_code)]

mod options;
mod runtime;
mod work;

use std::{fs, process::ExitCode, time::Instant};

use options::Options;
use revive_vm_measure::{all_met, duration, in_turn, Bound, Samples, Table};
use runtime::{Address, Executor, Runtime};
use serde_json::json;
use work::{Contract, Kind, Workload};

/// The weight of a call of theirs is at least this many times ours where code of the contract is what is paid for.
const LIGHTER: f64 = 20.0;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("error: {error}\n\n{}", options::USAGE);
            return ExitCode::from(2);
        }
    };
    match compare(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A chain with the contracts on it.
struct Chain<'a> {
    runtime: Runtime<'a>,
    erc20: Address,
    work: Address,
}

impl<'a> Chain<'a> {
    fn new(executor: &'a Executor, options: &Options, runtime: &str) -> Result<Self, String> {
        let mut runtime = Runtime::new(executor, &options.runtimes.join(runtime))?;
        let read = |name: &str| {
            let path = options.contracts.join(name);
            fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))
        };
        let erc20 = runtime.deploy(&read("erc20.polkavm")?, &work::constructor())?;
        let work = runtime.deploy(&read("bench/work.polkavm")?, &[])?;
        Ok(Self { runtime, erc20, work })
    }

    fn call(&mut self, workload: &Workload, times: u32) -> Result<(Vec<u8>, u64), String> {
        let address = match workload.contract {
            Contract::Erc20 => self.erc20,
            Contract::Work => self.work,
        };
        self.runtime
            .call(address, &workload.input, times)
            .map_err(|error| format!("{}: {error}", workload.name))
    }
}

/// What a workload came to: ours, theirs.
struct Outcome {
    /// What every call of either has to return.
    output: Vec<u8>,
    times: [Samples; 2],
    weights: [u64; 2],
}

impl Outcome {
    fn ratio(&self, of: fn(&Samples) -> Option<f64>) -> Option<f64> {
        Some(of(&self.times[0])? / of(&self.times[1])?)
    }

    fn weight_ratio(&self) -> f64 {
        self.weights[0] as f64 / self.weights[1] as f64
    }
}

fn compare(options: &Options) -> Result<bool, String> {
    let executor = Executor::builder().build();
    let mut chains =
        [Chain::new(&executor, options, "ours.wasm")?, Chain::new(&executor, options, "theirs.wasm")?];
    let workloads: Vec<_> = work::workloads()
        .into_iter()
        .filter(|workload| options.only.as_ref().is_none_or(|only| workload.name.contains(only)))
        .collect();

    // The same work on both, once, which warms up what there is to warm up.
    let mut results = Vec::new();
    for workload in &workloads {
        let [ours, theirs] = [chains[0].call(workload, 1)?, chains[1].call(workload, 1)?];
        if ours.0 != theirs.0 {
            return Err(format!("{}: the outputs differ: {:x?}, {:x?}", workload.name, ours.0, theirs.0));
        }
        let times = [Samples::new(), Samples::new()];
        results.push(Outcome { output: ours.0, times, weights: [ours.1, theirs.1] });
    }

    // Every workload on each side is an entry of the rounds.
    in_turn(options.rounds, &vec![1; 2 * workloads.len()], |entry, _| {
        let (workload, side) = (&workloads[entry / 2], entry % 2);
        let times = [workload.ours, workload.theirs][side];
        let start = Instant::now();
        let (output, _) = chains[side].call(workload, times)?;
        let (elapsed, result) = (start.elapsed(), &mut results[entry / 2]);
        if output != result.output {
            let side = ["ours", "theirs"][side];
            return Err(format!(
                "{}: {side} gave {output:x?}, and {:x?} before",
                workload.name, result.output
            ));
        }
        result.times[side].push(elapsed / times);
        Ok(())
    })?;

    print!("{}", table(&workloads, &results));
    let bounds = bounds(&workloads, &results);
    if let Some(path) = &options.json {
        let text = serde_json::to_string_pretty(&data(&workloads, &results, &bounds, options))
            .map_err(|error| error.to_string())?;
        fs::write(path, text + "\n").map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        println!("wrote {}", path.display());
    }
    println!("\nbounds: outcome, figure (ours over theirs), bound");
    for bound in &bounds {
        println!("{bound}");
    }
    Ok(all_met(&bounds))
}

fn table(workloads: &[Workload], results: &[Outcome]) -> Table {
    let mut table = Table::new([
        "a call of",
        "ours",
        "theirs",
        "times faster",
        "least",
        "weight, ours",
        "theirs",
        "times lighter",
    ]);
    for (workload, result) in workloads.iter().zip(results) {
        let inverse =
            |ratio: Option<f64>| ratio.map_or("-".to_owned(), |ratio| format!("{:.1}", 1.0 / ratio));
        table.row([
            workload.name.to_owned(),
            duration(result.times[0].median()),
            duration(result.times[1].median()),
            inverse(result.ratio(Samples::median)),
            inverse(result.ratio(Samples::minimum)),
            duration(Some(result.weights[0] as f64 / 1000.0)),
            duration(Some(result.weights[1] as f64 / 1000.0)),
            inverse(Some(result.weight_ratio())),
        ]);
    }
    table
}

fn bounds(workloads: &[Workload], results: &[Outcome]) -> Vec<Bound> {
    let mut bounds = Vec::new();
    for (workload, result) in workloads.iter().zip(results) {
        let least = result.ratio(Samples::minimum).map_or("-".to_owned(), |ratio| format!("{ratio:.3}"));
        let time = result.ratio(Samples::median);
        let name = format!("{}: time", workload.name);
        bounds.push(Bound::new(name, time, 1.0 / workload.faster).note(format!("least: {least}")));
        if workload.kind == Kind::Compute {
            let name = format!("{}: weight", workload.name);
            bounds.push(Bound::new(name, Some(result.weight_ratio()), 1.0 / LIGHTER));
        }
    }
    bounds
}

fn data(
    workloads: &[Workload],
    results: &[Outcome],
    bounds: &[Bound],
    options: &Options,
) -> serde_json::Value {
    let samples = |samples: &Samples| json!({ "min": samples.minimum(), "median": samples.median(), "max": samples.maximum() });
    let data: Vec<_> = workloads
        .iter()
        .zip(results)
        .map(|(workload, result)| {
            json!({
                "name": workload.name,
                "ours": { "nanoseconds": samples(&result.times[0]), "weight": result.weights[0] },
                "theirs": { "nanoseconds": samples(&result.times[1]), "weight": result.weights[1] },
            })
        })
        .collect();
    let bounds: Vec<_> = bounds
        .iter()
        .map(|bound| {
            json!({ "name": bound.name, "figure": bound.figure, "limit": bound.limit, "met": bound.is_met() })
        })
        .collect();
    json!({ "comparison": "pallet", "rounds": options.rounds, "data": data, "bounds": bounds })
}
