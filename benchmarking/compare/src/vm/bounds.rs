// SPDX-License-Identifier: Apache-2.0
//! The bounds of execution: what our engines must show against the others.
//!
//! All are ratios of ours over theirs, geometric means over the workloads unless the line says otherwise. Code quality is compared by
//! minima, what a user feels by medians. Ours runs with flat gas unless the line says otherwise.

use revive_vm_measure::Bound;

use super::results::{By, Measured, Results, Station};
use By::{Median, Minimum};
use Station::{Compile, Execution};

/// From this length on a blob has a line of its own for compilation: in small ones, other costs hide those of the code.
const LARGE_BLOB_BYTES: usize = 50_000;

fn any(_: &Measured) -> bool {
    true
}

fn no_memory_routines(workload: &Measured) -> bool {
    !workload.memory_routines
}

/// The mean over workloads as a bound.
fn mean(
    results: &Results,
    name: &str,
    (ours, theirs): (&str, &str),
    station: Station,
    by: By,
    pick: fn(&Measured) -> bool,
    limit: f64,
) -> Bound {
    let ratios = results.ratios(ours, theirs, station, by, pick);
    Bound::new(name, ratios.mean(), limit).note(ratios.note())
}

/// All bounds.
pub(crate) fn all(results: &Results) -> Vec<Bound> {
    let mut bounds = Vec::from(of_execution(results));
    bounds.extend([
        mean(
            results,
            "execution / wasmtime cranelift without metering, no memory routines, minima",
            ("ours", "wasmtime"),
            Execution,
            Minimum,
            no_memory_routines,
            0.90,
        ),
        mean(
            results,
            "execution / wasmtime cranelift without metering, all, minima",
            ("ours", "wasmtime"),
            Execution,
            Minimum,
            any,
            1.00,
        ),
    ]);
    bounds.extend(of_metering_and_compilation(results));
    bounds.extend(large_blobs(results).flat_map(of_large_blob));
    bounds.extend([
        interpreter(results),
        mean(
            results,
            "interpreter / wasmi, no memory routines, minima",
            ("ours interpreter", "wasmi"),
            Execution,
            Minimum,
            no_memory_routines,
            1.00,
        ),
        mean(
            results,
            "interpreter / polkavm's, both inside a wasm runtime, minima",
            ("ours in wasm", "polkavm in wasm"),
            Execution,
            Minimum,
            any,
            0.40,
        ),
    ]);
    bounds
}

/// The bounds that need nothing but blobs.
pub(crate) fn of_blobs(results: &Results) -> Vec<Bound> {
    let mut bounds = Vec::from(of_execution(results));
    bounds.extend(of_metering_and_compilation(results));
    bounds.extend(large_blobs(results).flat_map(of_large_blob));
    bounds.push(interpreter(results));
    bounds
}

fn of_execution(results: &Results) -> [Bound; 3] {
    let pair = ("ours", "polkavm");
    let worst = results.ratios(pair.0, pair.1, Execution, Minimum, any);
    [
        mean(results, "execution / polkavm, minima", pair, Execution, Minimum, any, 0.90),
        mean(results, "execution / polkavm, medians", pair, Execution, Median, any, 0.80),
        Bound::new("execution / polkavm, worst workload, minima", worst.greatest(), 1.00).note(worst.note()),
    ]
}

/// Compilation by minima and by medians: the first says what our code can do, the second what whoever uploads a program waits for, with
/// caches that others have used in the meantime.
fn of_metering_and_compilation(results: &Results) -> [Bound; 5] {
    let compile = |name: &str, pair, by, limit| mean(results, name, pair, Compile, by, any, limit);
    let (polkavm, flat) = (("ours", "polkavm"), ("ours pipeline", "ours"));
    [
        mean(
            results,
            "metered / unmetered execution, minima",
            ("ours", "ours no gas"),
            Execution,
            Minimum,
            any,
            1.03,
        ),
        compile("compile / polkavm, minima", polkavm, Minimum, 0.90),
        compile("compile / polkavm, medians", polkavm, Median, 0.90),
        compile("compile with the pipeline model / with flat gas, minima", flat, Minimum, 1.50),
        compile("compile with the pipeline model / with flat gas, medians", flat, Median, 1.50),
    ]
}

/// Large workloads, and what is compiled only.
fn large_blobs(results: &Results) -> impl Iterator<Item = &Measured> {
    let large = results.workloads.iter().filter(|one| one.blob_bytes >= LARGE_BLOB_BYTES);
    large.chain(&results.compile_probes)
}

fn of_large_blob(probe: &Measured) -> [Bound; 2] {
    let bound = |what: &str, ours, theirs, limit| {
        let ratio = probe.ratio(ours, theirs, Compile, Minimum);
        let name = format!("{what}, {} of {} KB, minima", probe.name, probe.blob_bytes / 1000);
        Bound::new(name, ratio, limit)
    };
    [
        bound("compile / polkavm", "ours", "polkavm", 0.90),
        bound("compile with the pipeline model / with flat gas", "ours pipeline", "ours", 1.50),
    ]
}

fn interpreter(results: &Results) -> Bound {
    let pair = ("ours interpreter", "polkavm interpreter");
    mean(results, "interpreter / polkavm's, minima", pair, Execution, Minimum, any, 0.40)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::results::Figures;

    /// A workload on which ours takes 1, polkavm 2, and what is named takes what is said.
    fn workload(name: &str, memory_routines: bool, others: &[(&'static str, f64)]) -> Measured {
        let times = [("ours", 1.0), ("polkavm", 2.0)].into_iter().chain(others.iter().copied());
        let figures = times.map(|(backend, time)| {
            let mut figures = Figures::default();
            figures.execution.push_value(time);
            figures.compile.push_value(time);
            (backend, figures)
        });
        Measured { name: name.into(), memory_routines, figures: figures.collect(), ..Measured::default() }
    }

    fn met(bounds: &[Bound], name: &str) -> bool {
        let bound = bounds.iter().find(|bound| bound.name.starts_with(name));
        bound.unwrap_or_else(|| panic!("no bound {name}")).is_met()
    }

    #[test]
    fn memory_routines_count_only_over_all() {
        let workloads =
            vec![workload("a", false, &[("wasmtime", 1.25)]), workload("b", true, &[("wasmtime", 0.6)])];
        let bounds = all(&Results { workloads, ..Results::default() });
        assert!(met(&bounds, "execution / wasmtime cranelift without metering, no memory routines"));
        assert!(!met(&bounds, "execution / wasmtime cranelift without metering, all"));
    }

    #[test]
    fn an_absent_back_end_misses_its_bounds() {
        let bounds = all(&Results { workloads: vec![workload("a", false, &[])], ..Results::default() });
        assert!(met(&bounds, "execution / polkavm, minima"));
        for name in [
            "execution / wasmtime",
            "metered",
            "compile with",
            "interpreter / wasmi",
            "interpreter / polkavm",
        ] {
            assert!(!met(&bounds, name), "{name}");
        }
    }

    #[test]
    fn one_slow_workload_is_seen_behind_a_good_mean() {
        let mut slow = workload("slow", false, &[]);
        slow.figures[0].1.execution.scale(2.1);
        let fast = (0..20).map(|_| workload("fast", false, &[]));
        let bounds = all(&Results { workloads: fast.chain([slow]).collect(), ..Results::default() });
        assert!(met(&bounds, "execution / polkavm, minima"));
        assert!(!met(&bounds, "execution / polkavm, worst"));
    }
}
