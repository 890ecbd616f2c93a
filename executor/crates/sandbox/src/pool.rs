// SPDX-License-Identifier: Apache-2.0
//! Workers that wait for guests.

use crate::error::SandboxError;
use crate::process::Process;
use crate::program::Program;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Idle workers, wiped. There are never more than a given number of them; how many are in use is not limited here.
pub struct Pool {
    idle: Mutex<Vec<Process>>,
    idle_max: usize,
}

impl Pool {
    /// A pool that keeps up to `idle_max` workers.
    pub fn new(idle_max: usize) -> Self {
        Self { idle: Mutex::new(Vec::new()), idle_max }
    }

    /// A worker without anything of a former guest: an idle one, the one used last, or a new one.
    ///
    /// # Errors
    /// As of [`Process::spawn`].
    pub fn take(&self) -> Result<Process, SandboxError> {
        let idle = self.lock().pop();
        idle.map_or_else(Process::spawn, Ok)
    }

    /// As [`take`](Self::take), but rather one that has the program at hand, which spares it to load it.
    ///
    /// # Errors
    /// As of [`Process::spawn`].
    pub fn take_for(&self, program: &Program) -> Result<Process, SandboxError> {
        let mut idle = self.lock();
        let position = idle.iter().rposition(|process| process.has_loaded(program));
        let process = position.map(|index| idle.remove(index)).or_else(|| idle.pop());
        drop(idle);
        process.map_or_else(Process::spawn, Ok)
    }

    /// Takes a worker back. It is wiped for the next guest, or killed if that fails or if there are enough.
    pub fn give(&self, mut process: Process) {
        // A worker more than are kept needs no wiping. It may turn out to be one more after that; then it is dropped,
        // outside the lock, because that takes time.
        if self.idle() >= self.idle_max || process.reset().is_err() {
            return;
        }
        let mut idle = self.lock();
        if idle.len() < self.idle_max {
            idle.push(process);
        }
    }

    /// Number of idle workers.
    pub fn idle(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Process>> {
        // No code that may panic runs while the lock is held.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
