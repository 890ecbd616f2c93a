// SPDX-License-Identifier: Apache-2.0
//! What two processors of this machine need to hand over a cache line each way, and nothing else: the least that a host call into
//! another process can take. It depends on where the two are, which on a virtual machine changes from minute to minute.

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

impl Line {
    /// Waits until the other side has written `turn`; false if it does not for about a second.
    fn wait(&self, turn: u64) -> bool {
        for _ in 0..1 << 25 {
            if self.0.load(Ordering::Acquire) == turn {
                return true;
            }
            spin_loop();
        }
        false
    }
}

/// Times so many exchanges, after as many that do not count.
pub(super) fn exchange(count: u64) -> Result<Duration, String> {
    let (there, back) = (Line::default(), Line::default());
    thread::scope(|scope| {
        scope.spawn(|| {
            for turn in 1..=2 * count {
                if !there.wait(turn) {
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
            if !back.wait(turn) {
                return Err("two threads did not come to run at the same time".into());
            }
        }
        Ok(began.elapsed())
    })
}
