// SPDX-License-Identifier: Apache-2.0
//! The executor of the runtime, with a gate in front of what strangers have contracts run for without paying: dry runs, traces,
//! estimates and the like, by RPC or from another node.
//!
//! Each of these calls can take as long as a block, and a worker process for each contract on its way. The gate lets a few of them in at
//! a time, has some more wait, and refuses the others at once. So blocks get processors, worker processes and the threads that they are
//! made on, however many calls come.

use std::{
    fmt,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use revive_vm_runtime_interface::off_chain;
use sc_executor::{error::Error, RuntimeVersion, RuntimeVersionOf, WasmExecutor};
use sp_core::traits::{CallContext, CodeExecutor, Externalities, ReadRuntimeVersion, RuntimeCode};

use crate::service::HostFunctions;

/// Calls that may wait at the gate: fewer than half of the threads that the node has for RPC and for making blocks.
const WAITING_MAX: usize = 200;

/// What the names of the runtime's methods begin with that run or translate contracts, or do whatever else a block may do.
const LONG: [&str; 10] = [
    "ReviveApi_call",
    "ReviveApi_instantiate",
    "ReviveApi_trace_",
    "ReviveApi_estimate_",
    "ReviveApi_upload_code",
    "ReviveApi_check_code",
    "BlockBuilder_apply_extrinsic",
    "BlockBuilder_finalize_block",
    "Core_execute_block",
    "GenesisBuilder_build_state",
];

/// How many calls are at the gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AtGate {
    /// Let in.
    pub(crate) running: usize,
    /// Not yet.
    pub(crate) waiting: usize,
    /// Refused so far.
    pub(crate) refused: u64,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Gate {
    running_max: usize,
    waiting_max: usize,
    now: Mutex<AtGate>,
    freed: Condvar,
}

/// There are too many calls.
#[derive(Debug, PartialEq, Eq)]
struct Busy {
    running_max: usize,
    waiting_max: usize,
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "this node is busy: {} calls wait for one of the {} places for dry runs and the like (--vm-dry-runs). Ask again later, or \
             another node",
            self.waiting_max, self.running_max
        )
    }
}

/// Lets the next one in.
#[derive(Debug)]
struct Inside<'a>(&'a Gate);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.lock().running -= 1;
        self.0.freed.notify_one();
    }
}

/// One that lets everybody in, for commands that answer nobody.
impl Default for Gate {
    fn default() -> Self {
        Self::new(usize::MAX)
    }
}

impl Gate {
    /// A gate that lets in `running_max` at a time.
    pub(crate) fn new(running_max: usize) -> Self {
        Self { running_max, waiting_max: WAITING_MAX, now: Mutex::default(), freed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, AtGate> {
        // Nothing panics while it is held.
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits to be let in. Errors: too many wait already.
    fn enter(&self) -> Result<Inside<'_>, Busy> {
        let mut now = self.lock();
        if now.running >= self.running_max {
            if now.waiting >= self.waiting_max {
                now.refused += 1;
                return Err(Busy { running_max: self.running_max, waiting_max: self.waiting_max });
            }
            now.waiting += 1;
            let full = |now: &mut AtGate| now.running >= self.running_max;
            now = self.freed.wait_while(now, full).unwrap_or_else(PoisonError::into_inner);
            now.waiting -= 1;
        }
        now.running += 1;
        Ok(Inside(self))
    }

    /// How many are there now.
    pub(crate) fn now(&self) -> AtGate {
        *self.lock()
    }
}

/// See the module.
#[derive(Clone)]
pub(crate) struct Executor {
    wasm: WasmExecutor<HostFunctions>,
    gate: Arc<Gate>,
}

impl Executor {
    /// What `wasm` does, behind `gate`.
    pub(crate) fn new(wasm: WasmExecutor<HostFunctions>, gate: Arc<Gate>) -> Self {
        Self { wasm, gate }
    }
}

/// Whether `method` may take as long as a block. Off chain, nobody waits for such a one who makes or imports blocks.
fn is_long(method: &str) -> bool {
    LONG.iter().any(|prefix| method.starts_with(prefix))
}

impl CodeExecutor for Executor {
    type Error = Error;

    fn call(
        &self,
        ext: &mut dyn Externalities,
        runtime_code: &RuntimeCode<'_>,
        method: &str,
        data: &[u8],
        context: CallContext,
    ) -> (Result<Vec<u8>, Error>, bool) {
        if matches!(context, CallContext::Onchain { .. }) {
            return self.wasm.call(ext, runtime_code, method, data, context);
        }
        let _inside = match is_long(method).then(|| self.gate.enter()).transpose() {
            Ok(inside) => inside,
            Err(busy) => return (Err(Error::Other(busy.to_string())), false),
        };
        // Also what is let in without asking: whatever comes to run contracts leaves some workers to the blocks.
        off_chain(|| self.wasm.call(ext, runtime_code, method, data, context))
    }
}

impl ReadRuntimeVersion for Executor {
    fn read_runtime_version(&self, code: &[u8], ext: &mut dyn Externalities) -> Result<Vec<u8>, String> {
        self.wasm.read_runtime_version(code, ext)
    }
}

impl RuntimeVersionOf for Executor {
    fn runtime_version(
        &self,
        ext: &mut dyn Externalities,
        runtime_code: &RuntimeCode<'_>,
    ) -> Result<RuntimeVersion, Error> {
        self.wasm.runtime_version(ext, runtime_code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::atomic::{AtomicUsize, Ordering::SeqCst},
        thread,
    };

    #[test]
    fn so_many_run_at_a_time_and_all_of_those_that_wait_have_their_turn() {
        let gate = Gate::new(3);
        let (inside, most, done) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..50 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let _inside = gate.enter().unwrap();
                        most.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
                        thread::yield_now();
                        inside.fetch_sub(1, SeqCst);
                        done.fetch_add(1, SeqCst);
                    }
                });
            }
        });
        assert!(most.into_inner() <= 3);
        assert_eq!(done.into_inner(), 50 * 20);
        assert_eq!(gate.now(), AtGate::default());
    }

    #[test]
    fn who_would_wait_behind_too_many_is_refused_at_once() {
        let gate = Gate { waiting_max: 2, ..Gate::new(1) };
        let first = gate.enter().unwrap();
        thread::scope(|scope| {
            let waiting: Vec<_> = (0..2).map(|_| scope.spawn(|| gate.enter().map(drop))).collect();
            while gate.now().waiting < 2 {
                thread::yield_now();
            }
            let refused = gate.enter().map(drop).unwrap_err();
            assert_eq!(refused, Busy { running_max: 1, waiting_max: 2 });
            assert!(refused.to_string().contains("2 calls wait for one of the 1 places"));
            assert_eq!(gate.now(), AtGate { running: 1, waiting: 2, refused: 1 });
            drop(first);
            assert!(waiting.into_iter().all(|waiting| waiting.join().unwrap().is_ok()));
        });
        assert_eq!(gate.now(), AtGate { running: 0, waiting: 0, refused: 1 });
        assert!(gate.enter().is_ok());
    }

    #[test]
    fn a_call_that_panics_leaves() {
        let gate = Gate::new(1);
        let panicked = std::panic::catch_unwind(|| {
            let _inside = gate.enter();
            panic!("on purpose");
        });
        assert!(panicked.is_err() && gate.now().running == 0);
    }

    #[test]
    fn what_blocks_and_the_pool_need_is_not_held_up() {
        for method in
            ["ReviveApi_call", "ReviveApi_trace_tx", "ReviveApi_estimate_call", "Core_execute_block"]
        {
            assert!(is_long(method), "{method}");
        }
        for method in [
            "AuraApi_authorities",
            "BlockBuilder_check_inherents",
            "Core_version",
            "GrandpaApi_grandpa_authorities",
            "ReviveApi_balance",
            "TaggedTransactionQueue_validate_transaction",
        ] {
            assert!(!is_long(method), "{method}");
        }
    }
}
