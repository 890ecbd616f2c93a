// SPDX-License-Identifier: Apache-2.0
//! What was measured, and the ratios in it.

use revive_vm_measure::{geometric_mean, Samples};

/// What is measured of a back end on one workload, in nanoseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) compile: Samples,
    pub(crate) instantiate: Samples,
    /// The first call of an instance: `initialize`.
    pub(crate) first_call: Samples,
    /// The call after it: `run`.
    pub(crate) execution: Samples,
}

/// What to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Station {
    Compile,
    Execution,
}

/// By what to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Minimum,
    Median,
}

impl Figures {
    fn get(&self, station: Station, by: By) -> Option<f64> {
        let samples = match station {
            Station::Compile => &self.compile,
            Station::Execution => &self.execution,
        };
        match by {
            By::Minimum => samples.minimum(),
            By::Median => samples.median(),
        }
    }
}

/// A workload with the figures of all back ends that ran it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    pub(crate) name: String,
    /// Whether most of its work is done by memory routines.
    pub(crate) memory_routines: bool,
    pub(crate) blob_bytes: usize,
    pub(crate) wasm_bytes: usize,
    /// By name of back end, in the order of the list.
    pub(crate) figures: Vec<(&'static str, Figures)>,
    /// Back ends that could not run it, and why.
    pub(crate) failed: Vec<(&'static str, String)>,
}

impl Measured {
    /// One figure of one back end.
    pub(crate) fn get(&self, backend: &str, station: Station, by: By) -> Option<f64> {
        self.figures.iter().find(|(name, _)| *name == backend)?.1.get(station, by)
    }

    /// A figure of one back end over that of another one.
    pub(crate) fn ratio(&self, ours: &str, theirs: &str, station: Station, by: By) -> Option<f64> {
        Some(self.get(ours, station, by)? / self.get(theirs, station, by)?)
    }

    /// Makes the time of one unit of work of the time of a run.
    pub(crate) fn divide_execution(&mut self, units: u64) {
        for (_, figures) in &mut self.figures {
            figures.execution.scale(1.0 / units as f64);
        }
    }
}

/// Memory of a back end, in bytes.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    pub(crate) backend: &'static str,
    /// What one more module costs.
    pub(crate) module: f64,
    /// What one more instance costs that was called.
    pub(crate) instance: f64,
}

/// Everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Results {
    /// Back ends that did not start, and why.
    pub(crate) absent: Vec<(&'static str, String)>,
    pub(crate) workloads: Vec<Measured>,
    /// Large blobs that are only compiled.
    pub(crate) compile_probes: Vec<Measured>,
    /// Nanoseconds per host call stand as execution.
    pub(crate) host_call: Option<Measured>,
    pub(crate) memory: Vec<Memory>,
}

/// The ratios of two back ends over the workloads.
pub(crate) struct Ratios {
    by_workload: Vec<(String, Option<f64>)>,
}

impl Results {
    /// The ratios on the workloads that `pick` takes.
    pub(crate) fn ratios(
        &self,
        ours: &str,
        theirs: &str,
        station: Station,
        by: By,
        pick: impl Fn(&Measured) -> bool,
    ) -> Ratios {
        let picked = self.workloads.iter().filter(|workload| pick(workload));
        let by_workload =
            picked.map(|one| (one.name.clone(), one.ratio(ours, theirs, station, by))).collect();
        Ratios { by_workload }
    }
}

impl Ratios {
    /// The geometric mean; `None` if one is missing.
    pub(crate) fn mean(&self) -> Option<f64> {
        geometric_mean(self.by_workload.iter().map(|(_, ratio)| *ratio))
    }

    /// The greatest; `None` if one is missing.
    pub(crate) fn greatest(&self) -> Option<f64> {
        self.by_workload.iter().map(|(_, ratio)| *ratio).reduce(|a, b| Some(a?.max(b?))).flatten()
    }

    /// Says which is the worst, or which are missing.
    pub(crate) fn note(&self) -> String {
        let missing: Vec<&str> = self
            .by_workload
            .iter()
            .filter(|(_, ratio)| ratio.is_none())
            .map(|(name, _)| name.as_str())
            .collect();
        if missing.len() == self.by_workload.len() {
            return "not measured".into();
        }
        if !missing.is_empty() {
            return format!("not measured on {}", missing.join(", "));
        }
        let worst = self.by_workload.iter().filter_map(|(name, ratio)| Some((name, (*ratio)?)));
        let worst = worst.max_by(|a, b| a.1.total_cmp(&b.1));
        worst.map_or("no workload".into(), |(name, ratio)| format!("worst: {name} {ratio:.3}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(name: &str, times: &[(&'static str, f64)]) -> Measured {
        let figures = times.iter().map(|&(backend, time)| {
            let mut figures = Figures::default();
            figures.execution.push_value(time);
            (backend, figures)
        });
        Measured { name: name.into(), figures: figures.collect(), ..Measured::default() }
    }

    fn ratios(workloads: Vec<Measured>) -> Ratios {
        let results = Results { workloads, ..Results::default() };
        results.ratios("a", "b", Station::Execution, By::Minimum, |_| true)
    }

    #[test]
    fn the_worst_workload_is_named() {
        let ratios =
            ratios(vec![measured("x", &[("a", 1.0), ("b", 4.0)]), measured("y", &[("a", 2.0), ("b", 2.0)])]);
        assert_eq!((ratios.mean(), ratios.greatest()), (Some(0.5), Some(1.0)));
        assert_eq!(ratios.note(), "worst: y 1.000");
    }

    #[test]
    fn a_back_end_that_failed_on_one_workload_has_no_mean() {
        let ratios = ratios(vec![measured("x", &[("a", 1.0), ("b", 4.0)]), measured("y", &[("a", 2.0)])]);
        assert_eq!((ratios.mean(), ratios.greatest()), (None, None));
        assert_eq!(ratios.note(), "not measured on y");
    }
}
