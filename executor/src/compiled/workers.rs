// SPDX-License-Identifier: Apache-2.0
//! The workers of an engine, and what is counted of it.

use core::time::Duration;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use revive_vm_primitives::Exit;
use revive_vm_sandbox::{Pool, PoolConfig};

use crate::{
    engine::{EngineStatistics, EXIT_KINDS},
    error::RunError,
};

/// Exits of one instance, by kind. Counted there, because counting in one place for all costs as much as a hand-over.
pub(crate) type Exits = [u64; EXIT_KINDS.len()];

/// See the module.
pub(crate) struct Workers {
    pub(crate) pool: Pool,
    compiled: AtomicU64,
    compile_nanoseconds: AtomicU64,
    exits: [AtomicU64; EXIT_KINDS.len()],
}

impl Workers {
    pub(crate) fn new(config: PoolConfig) -> Self {
        Self {
            pool: Pool::new(config),
            compiled: AtomicU64::new(0),
            compile_nanoseconds: AtomicU64::new(0),
            exits: [const { AtomicU64::new(0) }; EXIT_KINDS.len()],
        }
    }

    pub(crate) fn count_compiled(&self, took: Duration) {
        self.compiled.fetch_add(1, Relaxed);
        self.compile_nanoseconds.fetch_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }

    /// Adds what an instance counted.
    pub(crate) fn count_exits(&self, exits: &Exits) {
        for (total, count) in self.exits.iter().zip(exits).filter(|(_, count)| **count > 0) {
            total.fetch_add(*count, Relaxed);
        }
    }

    /// Without what belongs to the module cache and the artefact cache.
    pub(crate) fn statistics(&self) -> EngineStatistics {
        let pool = self.pool.statistics();
        EngineStatistics {
            cache_hits: 0,
            cache_misses: 0,
            compiled: self.compiled.load(Relaxed),
            compile_nanoseconds: self.compile_nanoseconds.load(Relaxed),
            artefact_hits: 0,
            artefact_misses: 0,
            artefacts_rejected: 0,
            artefacts_not_kept: 0,
            workers_live: pool.live,
            workers_idle: pool.idle,
            workers_started: pool.started,
            workers_lost: pool.lost,
            hand_overs_spun: pool.hand_overs.spun,
            hand_overs_slept: pool.hand_overs.slept,
            answered: pool.hand_overs.answered,
            exits: core::array::from_fn(|kind| self.exits.get(kind).map_or(0, |exits| exits.load(Relaxed))),
        }
    }
}

/// Index of [`Exit::Finished`] in [`EXIT_KINDS`].
pub(crate) const FINISHED: usize = 0;
/// Index of [`Exit::HostCall`].
pub(crate) const HOST_CALL: usize = 1;

/// Index of a run's kind in [`EXIT_KINDS`]; `None` if nothing was run.
pub(crate) fn kind(exit: &Result<Exit, RunError>) -> Option<usize> {
    Some(match exit {
        Ok(Exit::Finished) => FINISHED,
        Ok(Exit::HostCall(_)) => HOST_CALL,
        Ok(Exit::Trap) => 2,
        Ok(Exit::OutOfGas) => 3,
        Ok(Exit::Segfault(_)) => 4,
        Ok(Exit::Step) => 5,
        Err(RunError::Trouble(_)) => 6,
        Err(RunError::NextUnset) => return None,
    })
}
