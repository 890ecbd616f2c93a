// SPDX-License-Identifier: Apache-2.0
//! What a comparison ends with: bound lines, a JSON file, plots.

mod plot;

use std::{fs, path::PathBuf};

use revive_vm_measure::{all_met, Bound, Samples};
use serde_json::{json, Value};

pub(crate) use plot::Plot;

use crate::options::Options;

/// The results of a comparison.
pub(crate) struct Report {
    /// Name of the comparison.
    pub(crate) name: &'static str,
    /// Everything that was measured.
    pub(crate) data: Value,
    /// Pictures of it.
    pub(crate) plots: Vec<Plot>,
    /// What it must show.
    pub(crate) bounds: Vec<Bound>,
}

impl Report {
    /// Writes the files, prints the bounds, and says whether all of them are met.
    pub(crate) fn finish(self, options: &Options) -> Result<bool, String> {
        if let Some(path) = &options.json {
            let bounds: Vec<Value> = self.bounds.iter().map(bound).collect();
            let whole = json!({ "comparison": self.name, "machine": machine(), "rounds": options.rounds,
                "data": self.data, "bounds": bounds });
            let text = serde_json::to_string_pretty(&whole).map_err(|error| error.to_string())?;
            fs::write(path, text + "\n")
                .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
            println!("wrote {}", path.display());
        }
        for plot in &self.plots {
            let Some(path) = plot_path(options, self.name, plot.name) else { continue };
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)
                    .map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
            }
            plot.draw(&path)?;
            println!("wrote {}", path.display());
        }
        println!("\nbounds: outcome, figure, bound");
        for bound in &self.bounds {
            println!("{bound}");
        }
        Ok(all_met(&self.bounds))
    }
}

/// Plots are put into the folder that was named, else beside the JSON file.
fn plot_path(options: &Options, comparison: &str, plot: &str) -> Option<PathBuf> {
    let name = format!("{comparison}-{plot}.svg");
    match (&options.plots, &options.json) {
        (Some(folder), _) => Some(folder.join(name)),
        (None, Some(json)) => Some(json.with_file_name(name)),
        (None, None) => None,
    }
}

fn bound(bound: &Bound) -> Value {
    json!({ "name": bound.name, "figure": bound.figure, "limit": bound.limit, "met": bound.is_met(), "note": bound.note })
}

/// Samples as their minimum, median, maximum and count.
pub(crate) fn samples(samples: &Samples) -> Value {
    json!({ "min": samples.minimum(), "median": samples.median(), "max": samples.maximum(), "count": samples.len() })
}

/// What the figures depend on.
fn machine() -> Value {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let threads = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    json!({ "cpu": model.map(|(_, model)| model.trim()), "threads": threads, "kernel": kernel.trim() })
}
