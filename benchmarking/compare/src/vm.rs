// SPDX-License-Identifier: Apache-2.0
//! `vm`: speed of execution, of compilation and of all that lies between, for every back end and every workload.
//!
//! For each workload the back ends compile in turn, then make instances and call them in turn; the results must be the native
//! program's, and the gas the same wherever the same model counts it. Ratios are ours over theirs: below 1 ours is faster.

mod bounds;
mod measure;
mod memory;
mod results;
mod show;
mod workloads;

use revive_vm_backends as backends;
use serde_json::json;

use crate::{options::Options, report::Report};
use measure::Started;
use results::Results;

pub(crate) use workloads::suite_program;

/// The back ends of these names, or all. Errors: there is none of a name.
fn chosen(names: Option<&[String]>) -> Result<Vec<backends::Entry>, String> {
    let mut entries = backends::all();
    let Some(names) = names else { return Ok(entries) };
    if let Some(name) = names.iter().find(|name| entries.iter().all(|entry| entry.name != **name)) {
        let known: Vec<&str> = entries.iter().map(|entry| entry.name).collect();
        return Err(format!("there is no back end `{name}` here, only {}", known.join(", ")));
    }
    entries.retain(|entry| names.iter().any(|name| name == entry.name));
    Ok(entries)
}

/// Measures everything.
pub(crate) fn compare(options: &Options) -> Result<Report, String> {
    let (mut started, mut absent) = (Vec::new(), Vec::new());
    for entry in chosen(options.backends.as_deref())? {
        match (entry.start)() {
            Ok(backend) => started.push(Started { entry, backend }),
            Err(why) => absent.push((entry.name, why)),
        }
    }
    for Started { entry, .. } in &started {
        println!("{:<28}{}", entry.name, entry.about);
    }
    for (name, why) in &absent {
        println!("{name:<28}does not start here: {why}");
    }

    let wanted = |name: &str| options.only.as_ref().is_none_or(|only| only == name);
    let workloads = match &options.blobs {
        Some(folder) => workloads::from_folder(folder, &wanted)?,
        None => workloads::suite(&options.suite, &wanted)?,
    };
    let mut results = Results { absent, ..Results::default() };
    for workload in &workloads {
        println!("\n{}: {} rounds", workload.name, options.rounds);
        let measured = measure::workload(&started, workload, options.rounds)?;
        print!("{}", show::workload(&measured));
        results.workloads.push(measured);
    }
    if options.blobs.is_none() {
        for probe in workloads::compile_probes(&options.suite) {
            println!("\ncompiling {}", probe.name);
            let measured = measure::compilation(&started, &probe, options.rounds)?;
            print!("{}", show::workload(&measured));
            results.compile_probes.push(measured);
        }
        if let Some(probe) = workloads::host_calls(&options.suite)? {
            println!("\nhost calls: {} a run", probe.n);
            let mut measured = measure::workload(&started, &probe, options.rounds)?;
            measured.divide_execution(probe.n);
            print!("{}", show::workload(&measured));
            results.host_call = Some(measured);
        }
    }
    if let Some(workload) = workloads.iter().find(|workload| workload.name == "json").or(workloads.first()) {
        results.memory = memory::measure(&started, workload);
        println!(
            "\nmemory on {}, in KiB of the process and its workers\n{}",
            workload.name,
            show::memory(&results.memory)
        );
    }
    println!("\n{}", show::ratios(&results));

    let bounds = match options.blobs {
        None => bounds::all(&results),
        Some(_) => bounds::of_blobs(&results),
    };
    Ok(Report {
        name: "vm",
        data: json!({ "absent": results.absent, "workloads": show::json(&results.workloads),
            "compile": show::json(&results.compile_probes),
            "host_call": results.host_call.as_ref().map(|one| show::json(std::slice::from_ref(one))),
            "memory": show::memory_json(&results.memory) }),
        plots: show::plots(&results),
        bounds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_back_end_that_is_not_there_is_refused() {
        let names = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        let found: Vec<_> = chosen(Some(&names(&["polkavm", "ours"]))).unwrap();
        assert_eq!(found.iter().map(|entry| entry.name).collect::<Vec<_>>(), ["ours", "polkavm"]);
        let error = chosen(Some(&names(&["ours", "polkavn"]))).err().unwrap();
        assert!(error.starts_with("there is no back end `polkavn` here, only native, ours"), "{error}");
        assert_eq!(chosen(None).unwrap().len(), backends::all().len());
    }
}
