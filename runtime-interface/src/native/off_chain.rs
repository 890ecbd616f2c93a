// SPDX-License-Identifier: Apache-2.0
//! Runtime calls that no block is made of: dry runs, traces and estimates, which strangers can ask a node for.
//!
//! An instance holds a worker process for as long as it lives, and there are only so many. Without a bound of their own such calls could
//! take all of them, and then this node would neither make nor import blocks with contracts in them.

use super::Counted;
use std::{
    cell::Cell,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
};

thread_local! {
    static OFF_CHAIN: Cell<bool> = const { Cell::new(false) };
}

/// The instances that there may be.
static MAX: AtomicUsize = AtomicUsize::new(usize::MAX);
/// The instances that there are, or that are being made.
static LIVE: AtomicUsize = AtomicUsize::new(0);

/// Runtime calls within [`off_chain`] may have so many instances alive between them, in this process. One more is trouble of the host. For
/// the node; without it they may have any number.
pub fn limit_off_chain_instances(max: usize) {
    MAX.store(max, SeqCst);
}

/// Runs `call`, a runtime call of this thread that belongs to no block. Results are the same as without.
pub fn off_chain<R>(call: impl FnOnce() -> R) -> R {
    /// Sets the flag back, also where `call` panics.
    struct Back(bool);
    impl Drop for Back {
        fn drop(&mut self) {
            OFF_CHAIN.set(self.0);
        }
    }
    let _back = Back(OFF_CHAIN.replace(true));
    call()
}

/// Room for an instance of this thread: to be kept as long as that lives. `None` needs none. Errors: how many there may be, all of which
/// there are.
pub(super) fn room() -> Result<Option<Counted>, usize> {
    if !OFF_CHAIN.get() {
        return Ok(None);
    }
    let max = MAX.load(SeqCst);
    let one_more = |live| (live < max).then_some(live + 1);
    LIVE.fetch_update(SeqCst, SeqCst, one_more).map(|_| Some(Counted::already(&LIVE))).map_err(|_| max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_off_chain_is_bounded_and_nothing_else() {
        limit_off_chain_instances(2);
        let on_chain: Vec<_> = (0..5).map(|_| room().unwrap()).collect();
        assert!(on_chain.iter().all(Option::is_none));
        off_chain(|| {
            let first = room().unwrap();
            let second = off_chain(room).unwrap();
            assert!(first.is_some() && second.is_some());
            assert_eq!(room().map(drop), Err(2));
            std::thread::scope(|scope| {
                scope.spawn(|| assert!(room().unwrap().is_none(), "another thread is on chain"));
            });
            drop(first);
            assert!(room().unwrap().is_some());
        });
        assert!(room().unwrap().is_none());
        let panicked = std::panic::catch_unwind(|| off_chain(|| panic!("on purpose")));
        assert!(panicked.is_err() && room().unwrap().is_none());
        limit_off_chain_instances(usize::MAX);
    }
}
