// SPDX-License-Identifier: Apache-2.0
//! Workers that wait for guests.
//!
//! Bounded are how many wait, how long, and how much memory they keep between them; and how many there are at all. Who
//! asks for one more than that gets an error at once: nobody ever waits here, so instances that call each other, however
//! deep, cannot wait for each other.

use crate::error::SandboxError;
use crate::forks::OfProcess;
use crate::patience::Counts;
use crate::process::Process;
use crate::program::Program;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// A worker that has waited for so long is asked whether it is alive before somebody gets it: others can end it meanwhile, as the kernel
/// does for want of memory, and then whoever gets it next would have trouble that another worker spares him. Asking takes a system
/// call, which calls in quick succession do without.
const ASKED_AFTER: Duration = Duration::from_millis(20);

/// Bounds of a [`Pool`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolConfig {
    /// The most workers that wait.
    pub idle_max: usize,
    /// How long a worker waits before it is ended.
    pub idle_time_max: Duration,
    /// The most memory that waiting workers keep between them, in bytes: their own, their programs', and what a wiped
    /// instance keeps.
    pub idle_bytes_max: u64,
    /// The most workers that there are, in use or waiting.
    pub workers_max: usize,
    /// Layers that are not set up; for tests, and for those who insist on running without the filter of system calls.
    pub leave_out: u64,
}

impl Default for PoolConfig {
    fn default() -> Self {
        Self {
            idle_max: 32,
            idle_time_max: Duration::from_secs(60),
            idle_bytes_max: 64 << 20,
            workers_max: 1024,
            leave_out: 0,
        }
    }
}

/// What a [`Pool`] has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolStatistics {
    /// Workers that there are, in use or waiting.
    pub live: usize,
    /// Workers that wait.
    pub idle: usize,
    /// Workers started.
    pub started: u64,
    /// Workers that had to be given up: dead, killed, or not fit to be used again.
    pub lost: u64,
    /// How hand-overs to workers went that are back or gone.
    pub hand_overs: Counts,
}

/// See the module. A clone is another handle of the same.
#[derive(Clone)]
pub struct Pool(Arc<Inner>);

struct Inner {
    config: PoolConfig,
    shelf: OfProcess<Shelf>,
    started: AtomicU64,
    lost: AtomicU64,
    spun: AtomicU64,
    slept: AtomicU64,
    answered: AtomicU64,
}

/// The workers of one process. The child of a fork has one of its own: another thread of its parent may have had the lock, which
/// nobody in the child would give back, and the workers are the parent's anyway.
#[derive(Default)]
struct Shelf {
    /// How many there are, in use or waiting.
    live: AtomicUsize,
    idle: Mutex<Idle>,
    end: Arc<End>,
}

/// The end of a pool, as the thread that ends its waiting workers sees it.
#[derive(Default)]
struct End {
    has_come: Mutex<bool>,
    comes: Condvar,
}

impl End {
    /// Waits for it, for so long at most.
    fn wait(&self, time_max: Duration) {
        let has_come = self.has_come.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.comes.wait_timeout_while(has_come, time_max, |has_come| !*has_come));
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // In the child of a fork that has asked for nothing there is nobody to tell, and nobody who would unlock it.
        if let Some(Shelf { end, .. }) = self.shelf.get() {
            *end.has_come.lock().unwrap_or_else(PoisonError::into_inner) = true;
            end.comes.notify_all();
        }
    }
}

#[derive(Default)]
struct Idle {
    /// The one that has waited longest first.
    waiting: VecDeque<Waiting>,
    bytes: u64,
    /// Whether a thread ends those that wait for too long.
    watched: bool,
}

struct Waiting {
    process: Process,
    bytes: u64,
    since: Instant,
}

impl Idle {
    fn remove(&mut self, index: usize) -> Option<Waiting> {
        let waiting = self.waiting.remove(index)?;
        self.bytes -= waiting.bytes;
        Some(waiting)
    }
}

impl Pool {
    /// A pool without workers yet.
    pub fn new(config: PoolConfig) -> Self {
        Self(Arc::new(Inner {
            config,
            shelf: OfProcess::new(),
            started: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            spun: AtomicU64::new(0),
            slept: AtomicU64::new(0),
            answered: AtomicU64::new(0),
        }))
    }

    /// A worker without anything of a former guest: an idle one, the one used last, or a new one.
    ///
    /// # Errors
    /// As of [`Process::spawn`], and [`SandboxError::TooMany`].
    pub fn take(&self) -> Result<Process, SandboxError> {
        self.take_by(|_| false)
    }

    /// As [`take`](Self::take), but rather one that has the program at hand, which spares it to load it.
    ///
    /// # Errors
    /// As of [`take`](Self::take).
    pub fn take_for(&self, program: &Program) -> Result<Process, SandboxError> {
        self.take_by(|process| process.has_loaded(program))
    }

    /// The worker used last of those that are preferred, or of all, or a new one.
    fn take_by(&self, preferred: impl Fn(&Process) -> bool) -> Result<Process, SandboxError> {
        loop {
            let mut idle = self.0.lock();
            let position = idle.waiting.iter().rposition(|waiting| preferred(&waiting.process));
            let waiting = position.and_then(|index| idle.remove(index)).or_else(|| idle.pop());
            drop(idle);
            let Some(Waiting { mut process, since, .. }) = waiting else { return self.start() };
            if since.elapsed() < ASKED_AFTER || !process.has_ended() {
                return Ok(process);
            }
            self.0.lost.fetch_add(1, Ordering::Relaxed);
            self.0.end(vec![process]);
        }
    }

    fn start(&self) -> Result<Process, SandboxError> {
        let max = self.0.config.workers_max;
        let one_more = |live| (live < max).then_some(live + 1);
        let live = &self.0.shelf().live;
        if live.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_err() {
            return Err(SandboxError::TooMany { max });
        }
        let process = Process::spawn_without(self.0.config.leave_out);
        match &process {
            Ok(_) => self.0.started.fetch_add(1, Ordering::Relaxed),
            Err(_) => live.fetch_sub(1, Ordering::Relaxed) as u64,
        };
        process
    }

    /// Takes a worker back that was taken here. It is wiped for the next guest, or ended if that fails, if there are enough, if the system
    /// takes no memory back, or if its memory is so scattered that the next guest would wait for it to be unmapped.
    pub fn give(&self, mut process: Process) {
        if !process.is_this_processes() {
            // The child of a fork had one of its parent's, which goes on there.
            return;
        }
        let Counts { spun, slept, answered } = process.take_counts();
        self.0.spun.fetch_add(spun, Ordering::Relaxed);
        self.0.slept.fetch_add(slept, Ordering::Relaxed);
        self.0.answered.fetch_add(answered, Ordering::Relaxed);
        let config = &self.0.config;
        let is_broken = process.is_broken();
        let bytes = process.idle_bytes();
        // A worker more than are kept needs no wiping.
        let is_kept = bytes <= config.idle_bytes_max && config.idle_max > 0 && !process.is_scattered();
        if is_broken || !is_kept || process.reset().is_err() || process.is_swollen() {
            if is_broken || process.is_broken() {
                self.0.lost.fetch_add(1, Ordering::Relaxed);
            }
            drop(process);
            self.0.shelf().live.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        let mut idle = self.0.lock();
        idle.bytes += bytes;
        idle.waiting.push_back(Waiting { process, bytes, since: Instant::now() });
        let mut surplus = Vec::new();
        while idle.waiting.len() > config.idle_max || idle.bytes > config.idle_bytes_max {
            let Some(waiting) = idle.remove(0) else { break };
            surplus.push(waiting.process);
        }
        let watch = !idle.watched;
        idle.watched = true;
        drop(idle);
        if watch {
            self.0.watch(Arc::downgrade(&self.0));
        }
        self.0.end(surplus);
    }

    /// Number of idle workers.
    pub fn idle(&self) -> usize {
        self.0.lock().waiting.len()
    }

    /// What it has seen.
    pub fn statistics(&self) -> PoolStatistics {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        PoolStatistics {
            live: self.0.shelf().live.load(Ordering::Relaxed),
            idle: self.idle(),
            started: get(&self.0.started),
            lost: get(&self.0.lost),
            hand_overs: Counts {
                spun: get(&self.0.spun),
                slept: get(&self.0.slept),
                answered: get(&self.0.answered),
            },
        }
    }
}

impl Idle {
    fn pop(&mut self) -> Option<Waiting> {
        self.remove(self.waiting.len().checked_sub(1)?)
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Idle> {
        // No code that may panic runs while the lock is held.
        self.shelf().idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shelf(&self) -> &Shelf {
        let Ok(shelf) = self.shelf.get_or_make(|| Ok::<_, Infallible>(Shelf::default()));
        shelf
    }

    /// Ends workers: outside the lock, because it takes time.
    fn end(&self, workers: Vec<Process>) {
        let count = workers.len();
        drop(workers);
        self.shelf().live.fetch_sub(count, Ordering::Relaxed);
    }

    /// Has a thread end workers that wait for too long, until none waits or the pool is gone. If there is no thread to be
    /// had, they wait for longer.
    fn watch(&self, pool: Weak<Self>) {
        let (time_max, end) = (self.config.idle_time_max, self.shelf().end.clone());
        let watch = move || {
            let mut left = time_max;
            loop {
                // Not too often, and no longer than clocks can count.
                end.wait(left.clamp(Duration::from_millis(10), Duration::from_secs(3600)));
                let Some(pool) = pool.upgrade() else { return };
                let mut idle = pool.lock();
                let mut old = Vec::new();
                let front = loop {
                    let waited = idle.waiting.front().map(|waiting| waiting.since.elapsed());
                    match waited {
                        Some(waited) if waited >= time_max => {
                            old.extend(idle.remove(0).map(|waiting| waiting.process));
                        }
                        waited => break waited,
                    }
                };
                idle.watched = front.is_some();
                drop(idle);
                pool.end(old);
                let Some(waited) = front else { return };
                left = time_max - waited;
            }
        };
        if thread::Builder::new().name("vm-idle".into()).spawn(watch).is_err() {
            self.lock().watched = false;
        }
    }
}
