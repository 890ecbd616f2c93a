// SPDX-License-Identifier: Apache-2.0
//! How long a pause between two looks at the other side's word takes: from 4 nanoseconds on old machines over 12 and 25 to 45, depending on
//! the kind of processor. Who waits counts pauses, as looking at the clock would take longer than some of them.

use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::thread;
use std::time::Instant;

/// For how long a side looks before it sleeps: for about as long as it takes to wake a sleeper on another processor.
const SPIN: Duration = Duration::from_micros(50);
/// Pauses that are timed together.
const SAMPLE: u32 = 256;

/// How often a side looks, with a pause each time, before it sleeps. Never where there is one processor, because nothing changes while
/// one looks there.
pub(crate) fn looks_max() -> u32 {
    static LOOKS: AtomicU32 = AtomicU32::new(0);
    // Not kept: the set of processors may become smaller.
    if thread::available_parallelism().map_or(1, usize::from) == 1 {
        return 0;
    }
    // Nobody waits for who measures: that may be a thread that the child of a fork does not have.
    match LOOKS.load(Ordering::Relaxed) {
        0 => {
            let looks = measure_looks();
            LOOKS.store(looks, Ordering::Relaxed);
            looks
        }
        looks => looks,
    }
}

/// How many looks take the time for which a side looks. At least one.
fn measure_looks() -> u32 {
    // The shortest of some measurements is the one that nothing came between.
    let sample = (0..5)
        .map(|_| {
            let began = Instant::now();
            for _ in 0..SAMPLE {
                core::hint::spin_loop();
            }
            began.elapsed().as_nanos().max(1)
        })
        .min()
        .unwrap_or(1);
    u32::try_from(SPIN.as_nanos() * u128::from(SAMPLE) / sample).unwrap_or(u32::MAX).clamp(64, 1 << 16)
}

/// How many pauses take so many nanoseconds, where a side looks so often before it sleeps.
pub(crate) fn pauses_in(nanoseconds: u32, looks_max: u32) -> u32 {
    let spin = SPIN.as_nanos() as u64;
    ((u64::from(nanoseconds) * u64::from(looks_max) + spin / 2) / spin) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_counted_by_their_length() {
        // 25 and 12.5 nanoseconds each.
        assert_eq!([0, 50, 75, 175].map(|time| pauses_in(time, 2_000)), [0, 2, 3, 7]);
        assert_eq!([0, 50, 75, 175].map(|time| pauses_in(time, 4_000)), [0, 4, 6, 14]);
        assert_eq!(pauses_in(50, 0), 0, "nobody looks");
        assert!(pauses_in(u32::MAX, 1 << 16) > 1 << 16, "no overflow");
    }
}
