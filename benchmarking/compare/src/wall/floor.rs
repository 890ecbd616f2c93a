// SPDX-License-Identifier: Apache-2.0
//! What two processors of this machine need to hand over a cache line each way, and nothing else: the least that a host call into
//! another process can take. It depends on where the two are, which on a virtual machine changes from minute to minute. And on when each
//! looks: too early it takes the line from who is about to write it. So several numbers of pauses before the first look are tried.

use std::{
    hint::spin_loop,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

/// A cache line that one side writes, away from others.
#[derive(Default)]
#[repr(align(128))]
struct Line(AtomicU64);

/// Pauses before the first look that are tried. How long one is depends on the processor: 12 to 45 nanoseconds on those of today.
const FIRST_PAUSES: [u32; 7] = [0, 1, 2, 4, 6, 8, 10];

impl Line {
    /// Waits until the other side has written `turn`, so many pauses at least; false if it does not for about a second.
    fn wait(&self, turn: u64, first: u32) -> bool {
        for _ in 0..first {
            spin_loop();
        }
        for _ in 0..1 << 25 {
            if self.0.load(Ordering::Acquire) == turn {
                return true;
            }
            spin_loop();
        }
        false
    }
}

/// Times so many exchanges, after as many that do not count, with the number of pauses that is best.
pub(super) fn exchange(count: u64) -> Result<Duration, String> {
    FIRST_PAUSES
        .into_iter()
        .map(|first| exchange_with(first, count))
        .try_fold(Duration::MAX, |least, took| Ok(least.min(took?)))
}

fn exchange_with(first: u32, count: u64) -> Result<Duration, String> {
    let (there, back) = (Line::default(), Line::default());
    thread::scope(|scope| {
        scope.spawn(|| {
            for turn in 1..=2 * count {
                if !there.wait(turn, first) {
                    return;
                }
                back.0.swap(turn, Ordering::AcqRel);
            }
        });
        let mut began = Instant::now();
        for turn in 1..=2 * count {
            if turn == count + 1 {
                began = Instant::now();
            }
            there.0.swap(turn, Ordering::AcqRel);
            if !back.wait(turn, first) {
                return Err("two threads did not come to run at the same time".into());
            }
        }
        Ok(began.elapsed())
    })
}
