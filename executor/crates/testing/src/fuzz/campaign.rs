// SPDX-License-Identifier: Apache-2.0
//! Many inputs of one target, in the order of their seeds, with progress and a summary.

use std::{
    fs,
    io::{self, Write},
    panic::{catch_unwind, AssertUnwindSafe},
    path::PathBuf,
    time::{Duration, Instant},
};

use super::{Entry, Failure, Target};
use crate::{lockstep::Coverage, random::Random};

/// How long between lines that say how far it is.
const PROGRESS: Duration = Duration::from_secs(30);

/// What to do.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// Inputs that must count.
    pub count: u64,
    /// Seed of the first input; the others follow.
    pub seed: u64,
    /// Where cases that fail are written, one file each.
    pub folder: PathBuf,
    /// Failures after which it gives up.
    pub failures_max: u64,
}

/// What came out.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Inputs that counted: everybody took part.
    pub counted: u64,
    /// Different inputs among all.
    pub distinct: u64,
    /// Inputs in all, and so seeds.
    pub tried: u64,
    /// Inputs that failed.
    pub failures: u64,
    /// What was covered.
    pub coverage: Coverage,
}

impl Campaign {
    /// Runs a target. Writes a line now and then, and one for each failure.
    ///
    /// # Errors
    /// The target cannot be set up, or nothing can be written.
    pub fn run(&self, entry: &Entry, out: &mut dyn Write) -> Result<Summary, String> {
        let mut target = (entry.open)(false)?;
        let written = |error: io::Error| error.to_string();
        let start = Instant::now();
        let mut said = start;
        let mut summary = Summary::default();
        let mut fingerprints = Vec::new();
        while summary.counted < self.count {
            let seed = self.seed.wrapping_add(summary.tried);
            summary.tried += 1;
            let checked = catch_unwind(AssertUnwindSafe(|| target.check(&mut Random::new(seed))));
            let panicked = |_| {
                let text = "it panicked; the seed is all that is known of the input".to_string();
                Err(Failure { case: format!("# seed {seed:#x}: {text}\n"), text })
            };
            match checked.unwrap_or_else(panicked) {
                Ok(counts) => summary.counted += u64::from(counts),
                Err(failure) => {
                    summary.failures += 1;
                    let path = self.folder.join(format!("{}-{seed:#x}.txt", entry.name));
                    fs::create_dir_all(&self.folder).map_err(written)?;
                    fs::write(&path, &failure.case).map_err(written)?;
                    writeln!(out, "FAILED seed {seed:#x}, see {}: {}", path.display(), failure.text)
                        .map_err(written)?;
                    if summary.failures >= self.failures_max {
                        break;
                    }
                }
            }
            fingerprints.push(target.fingerprint());
            if summary.tried.is_multiple_of(256) && said.elapsed() >= PROGRESS {
                said = Instant::now();
                progress(&summary, start, &*target, out).map_err(written)?;
            }
        }
        fingerprints.sort_unstable();
        fingerprints.dedup();
        summary.distinct = fingerprints.len() as u64;
        summary.coverage = target.coverage().clone();
        progress(&summary, start, &*target, out).map_err(written)?;
        writeln!(out, "covered: {:?}", summary.coverage).map_err(written)?;
        writeln!(
            out,
            "{}: {} of {} inputs counted ({} different), seeds {:#x}..{:#x}, {} failed, {:.2} hours",
            entry.name,
            summary.counted,
            summary.tried,
            summary.distinct,
            self.seed,
            self.seed.wrapping_add(summary.tried),
            summary.failures,
            start.elapsed().as_secs_f64() / 3600.0
        )
        .map_err(written)?;
        Ok(summary)
    }
}

fn progress(summary: &Summary, start: Instant, target: &dyn Target, out: &mut dyn Write) -> io::Result<()> {
    let seconds = start.elapsed().as_secs_f64();
    writeln!(
        out,
        "{:8.0} s: {} counted of {}, {} exits, {} failed, {:.0} a second",
        seconds,
        summary.counted,
        summary.tried,
        target.coverage().exits(),
        summary.failures,
        summary.tried as f64 / seconds.max(0.001)
    )?;
    out.flush()
}
