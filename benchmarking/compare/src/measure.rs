// SPDX-License-Identifier: Apache-2.0
//! Runs a workload in all machines in turn and takes medians.

use std::{fs, path::Path, time::Duration};

use crate::{
    backends::{Backend, Loaded, Ours, Polkavm, Run},
    workloads::Workload,
};

/// Medians of two machines in milliseconds.
#[derive(Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) ours_ms: f64,
    pub(crate) theirs_ms: f64,
}

impl Pair {
    /// How many times faster ours is.
    pub(crate) fn ratio(&self) -> f64 {
        self.theirs_ms / self.ours_ms
    }
}

pub(crate) struct Medians {
    /// Gas metered on both sides.
    pub(crate) metered: Pair,
    /// Gas metered on neither side.
    pub(crate) unmetered: Pair,
}

impl Medians {
    /// The lower of the two ratios.
    pub(crate) fn worst_ratio(&self) -> f64 {
        self.metered.ratio().min(self.unmetered.ratio())
    }
}

pub(crate) fn medians(workload: &Workload, blobs: &Path, rounds: usize) -> Result<Medians, String> {
    let path = blobs.join(format!("{}.polkavm", workload.name));
    let blob = fs::read(&path)
        .map_err(|error| format!("{}: {error}; `cargo xtask contracts` builds it", path.display()))?;
    let (ours, theirs) = (Ours::new()?, Polkavm::new()?);
    let fail = |error: String| format!("{}: {error}", workload.name);
    let loaded: Vec<Box<dyn Loaded>> =
        [(&ours as &dyn Backend, true), (&theirs, true), (&ours, false), (&theirs, false)]
            .into_iter()
            .map(|(backend, metered)| backend.load(&blob, metered))
            .collect::<Result<_, _>>()
            .map_err(fail)?;

    let mut times = vec![Vec::with_capacity(rounds); loaded.len()];
    // Some machines compile on first use: the first round warms up and is only checked.
    for round in 0..=rounds {
        let mut runs = Vec::with_capacity(loaded.len());
        for (program, times) in loaded.iter().zip(&mut times) {
            let run = program.run(workload.n).map_err(fail)?;
            if round > 0 {
                times.push(run.elapsed);
            }
            runs.push(run);
        }
        agree(&runs).map_err(fail)?;
    }
    let ms = |index: usize| median(&times[index]).as_secs_f64() * 1e3;
    Ok(Medians {
        metered: Pair { ours_ms: ms(0), theirs_ms: ms(1) },
        unmetered: Pair { ours_ms: ms(2), theirs_ms: ms(3) },
    })
}

/// A fast wrong answer is worth nothing: all must give the same checksum, and those that meter the same gas.
fn agree(runs: &[Run]) -> Result<(), String> {
    for pair in runs.windows(2) {
        if pair[0].checksum != pair[1].checksum {
            return Err(format!("checksums differ: {:#x} and {:#x}", pair[0].checksum, pair[1].checksum));
        }
        if let (Some(first), Some(second)) = (pair[0].gas, pair[1].gas) {
            if first != second {
                return Err(format!("gas differs: {first} and {second}"));
            }
        }
    }
    Ok(())
}

/// The median; of an even number of times the upper one.
fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    times[times.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(checksum: u64, gas: Option<i64>) -> Run {
        Run { elapsed: Duration::ZERO, checksum, gas }
    }

    #[test]
    fn different_results_are_not_compared() {
        assert!(agree(&[run(1, Some(5)), run(1, Some(5)), run(1, None), run(1, None)]).is_ok());
        assert!(agree(&[run(1, Some(5)), run(1, Some(6)), run(1, None), run(1, None)]).is_err());
        assert!(agree(&[run(1, None), run(1, None), run(1, None), run(2, None)]).is_err());
    }

    #[test]
    fn the_median_ignores_an_outlier() {
        let times = [3, 1, 1000].map(Duration::from_millis);
        assert_eq!(median(&times), Duration::from_millis(3));
    }
}
