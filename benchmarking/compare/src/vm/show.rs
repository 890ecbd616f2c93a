// SPDX-License-Identifier: Apache-2.0
//! Tables, JSON and plots of what was measured.

use revive_vm_measure::{duration, Samples, Table};
use serde_json::{json, Value};

use super::results::{By, Measured, Memory, Results, Station};
use crate::report::{samples, Plot};

/// The back ends whose ratios to ours are shown workload by workload, by ours and theirs.
const PAIRS: &[(&str, &str)] = &[
    ("ours", "polkavm"),
    ("ours", "ours no gas"),
    ("ours", "wasmtime"),
    ("ours", "winch"),
    ("ours", "wasmer singlepass"),
    ("ours", "native"),
    ("ours interpreter", "polkavm interpreter"),
    ("ours interpreter", "wasmi"),
    ("ours in wasm", "polkavm in wasm"),
];

/// One workload: a line per back end.
pub(crate) fn workload(measured: &Measured) -> String {
    let mut table = Table::new([
        "back end",
        "compile",
        "instantiate",
        "first call",
        "run: min",
        "median",
        "max",
        "/ native",
        "/ ours",
    ]);
    let least = |name: &str| measured.get(name, Station::Execution, By::Minimum);
    let (native, ours) = (least("native"), least("ours"));
    for (name, figures) in &measured.figures {
        let run = &figures.execution;
        let over = |base: Option<f64>| match (run.minimum(), base) {
            (Some(time), Some(base)) => format!("{:.2}", time / base),
            _ => "-".into(),
        };
        let median = |samples: &Samples| duration(samples.median());
        table.row([
            (*name).to_owned(),
            median(&figures.compile),
            median(&figures.instantiate),
            median(&figures.first_call),
            duration(run.minimum()),
            duration(run.median()),
            duration(run.maximum()),
            over(native),
            over(ours),
        ]);
    }
    let failed: String = measured.failed.iter().map(|(name, why)| format!("{name}: {why}\n")).collect();
    format!("{table}{failed}")
}

/// The ratios of execution that the bounds are about, by minima and medians.
pub(crate) fn ratios(results: &Results) -> String {
    let pairs: Vec<_> = PAIRS
        .iter()
        .filter(|(ours, theirs)| {
            results
                .workloads
                .iter()
                .any(|one| one.ratio(ours, theirs, Station::Execution, By::Minimum).is_some())
        })
        .collect();
    let mut text = "execution, ours / theirs: minima (medians)\n".to_owned();
    let shown = |minimum: Option<f64>, median: Option<f64>| match (minimum, median) {
        (Some(minimum), Some(median)) => format!("{minimum:.3} ({median:.3})"),
        _ => "-".into(),
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (ours, theirs) in pairs {
        let ratio = |one: &Measured, by| one.ratio(ours, theirs, Station::Execution, by);
        let mut row = vec![format!("{ours} / {theirs}")];
        row.extend(
            results.workloads.iter().map(|one| shown(ratio(one, By::Minimum), ratio(one, By::Median))),
        );
        let mean = |by| results.ratios(ours, theirs, Station::Execution, by, |_| true).mean();
        row.push(shown(mean(By::Minimum), mean(By::Median)));
        rows.push(row);
    }
    // Workloads below one another: there are more of them than of pairs.
    let headings: Vec<String> = rows.iter().map(|row| row[0].clone()).collect();
    let names: Vec<String> = results
        .workloads
        .iter()
        .map(|one| format!("{}{}", one.name, if one.memory_routines { " *" } else { "" }))
        .chain(["mean".to_owned()])
        .collect();
    let mut table = Table::new(std::iter::once("workload".to_owned()).chain(headings));
    for (index, name) in names.iter().enumerate() {
        table.row(std::iter::once(name.clone()).chain(rows.iter().map(|row| row[index + 1].clone())));
    }
    text += &table.to_string();
    if results.workloads.iter().any(|one| one.memory_routines) {
        text += "* memory routines do most of the work\n";
    }
    text
}

/// Memory by back end.
pub(crate) fn memory(memory: &[Memory]) -> Table {
    let mut table = Table::new(["back end", "a module", "an instance"]);
    for one in memory {
        let kib = |bytes: f64| format!("{:.0}", bytes / 1024.0);
        table.row([one.backend.to_owned(), kib(one.module), kib(one.instance)]);
    }
    table
}

/// Memory as JSON, in bytes.
pub(crate) fn memory_json(memory: &[Memory]) -> Value {
    memory
        .iter()
        .map(|one| json!({ "backend": one.backend, "module_bytes": one.module, "instance_bytes": one.instance }))
        .collect()
}

/// Workloads as JSON, times in nanoseconds.
pub(crate) fn json(workloads: &[Measured]) -> Value {
    let one = |measured: &Measured| {
        let backends: Vec<Value> = measured
            .figures
            .iter()
            .map(|(name, figures)| {
                json!({ "name": name, "compile_ns": samples(&figures.compile),
                    "instantiate_ns": samples(&figures.instantiate),
                    "first_call_ns": samples(&figures.first_call), "execution_ns": samples(&figures.execution) })
            })
            .collect();
        json!({ "name": measured.name, "memory_routines": measured.memory_routines, "blob_bytes": measured.blob_bytes,
            "wasm_bytes": measured.wasm_bytes, "backends": backends, "failed": measured.failed })
    };
    workloads.iter().map(one).collect()
}

/// Plots of execution and of compilation.
pub(crate) fn plots(results: &Results) -> Vec<Plot> {
    let plot = |name, title: &str, station, base: &str, backends: &[&str]| {
        let series = backends.iter().map(|backend| {
            let ratio = |one: &Measured| one.ratio(backend, base, station, By::Minimum);
            ((*backend).to_owned(), results.workloads.iter().map(ratio).collect())
        });
        Plot {
            name,
            title: title.into(),
            unit: format!("times {base}"),
            groups: results.workloads.iter().map(|one| one.name.clone()).collect(),
            series: series
                .filter(|(_, heights): &(_, Vec<Option<f64>>)| heights.iter().any(Option::is_some))
                .collect(),
        }
    };
    vec![
        plot(
            "execution",
            "Execution of machine code by minima, relative to ours with flat gas",
            Station::Execution,
            "ours",
            &[
                "native",
                "ours",
                "ours no gas",
                "polkavm",
                "polkavm generic",
                "wasmtime",
                "winch",
                "wasmer singlepass",
            ],
        ),
        plot(
            "interpreters",
            "Interpreters by minima, relative to our interpreter with flat gas",
            Station::Execution,
            "ours interpreter",
            &["ours interpreter", "polkavm interpreter", "wasmi", "ours in wasm", "polkavm in wasm"],
        ),
        plot(
            "compile",
            "Compilation by minima, relative to ours with flat gas",
            Station::Compile,
            "ours",
            &[
                "ours",
                "ours pipeline",
                "polkavm",
                "polkavm full",
                "winch",
                "wasmer singlepass",
                "wasmi",
                "wasmtime",
            ],
        ),
    ]
}
