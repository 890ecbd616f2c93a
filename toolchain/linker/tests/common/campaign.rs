// SPDX-License-Identifier: Apache-2.0
//! Many inputs, each made from its seed: an input that panics or does not end is named. Tests of other crates compile this
//! file too.

use std::{
    env, process,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

#[path = "../../../../executor/crates/testing/src/number.rs"]
#[allow(unreachable_pub, reason = "it is a module of a library, too")]
mod number;

/// Seconds for one input. Seconds in which nothing here ran do not count.
const PATIENCE: u32 = 60;

/// The seed at work.
static SEED: AtomicU64 = AtomicU64::new(0);

/// Runs `one` for each of the `count` seeds from `first` on. The process ends if one takes too long.
pub(crate) fn run(first: u64, count: u64, mut one: impl FnMut(u64)) {
    thread::spawn(watch);
    for seed in first..first + count {
        SEED.store(seed, Ordering::Relaxed);
        let _named = Named(seed);
        one(seed);
    }
}

/// The number in that environment variable.
pub(crate) fn number(variable: &str, default: u64) -> u64 {
    env::var(variable).map_or(default, |text| {
        number::number(&text).unwrap_or_else(|error| panic!("{variable} is no number: {error}"))
    })
}

/// Ends the process if one input takes too long.
fn watch() {
    let mut seconds = (0, 0);
    loop {
        thread::sleep(Duration::from_secs(1));
        let seed = SEED.load(Ordering::Relaxed);
        seconds = if seconds.0 == seed { (seed, seconds.1 + 1) } else { (seed, 0) };
        if seconds.1 > PATIENCE {
            eprintln!("seed {seed} does not end");
            process::abort();
        }
    }
}

/// Says which seed it was, whatever goes wrong.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("seed {}", self.0);
        }
    }
}
