// SPDX-License-Identifier: Apache-2.0
//! Looking on while contracts run: traces for people and tools, and what dry runs tell beside their result.
//!
//! A `Recorder` is set up around a run (`record`); everything that runs contracts meanwhile tells it what happens. Whether one
//! listens is asked once per transaction, when its stack is made, and kept in `Listening`: without one, nothing is
//! collected and nothing is computed for it.
//!
//! Rules, held by tests:
//!
//! 1. A recorder changes nothing: results, weights, gas, deposits, events and state are those of the same run without it.
//! 2. A trace follows from the state and the call alone; it is the same on both carriers.
//! 3. A trace is bounded ([`TRACE_BYTES_MAX`]). What does not fit is counted, and nothing behind it is kept.
//!
//! Host calls that are otherwise answered without asking the pallet come to the pallet while they are recorded, and are answered
//! here by the same rules for the same gas; see `answering`.
//!
//! With host calls and their memory, a trace is all that a guest could learn from the outside. So a client can run each
//! frame again on its own, instruction by instruction; that is how gas is attributed to functions and source lines.

pub(crate) mod answering;
mod recorder;
mod types;

pub(crate) use recorder::Recorder;
pub use types::{
    Action, DebugMessage, FrameKind, FrameOutcome, FrameTrace, HostCall, HostCallOutcome, MemoryWrite,
    Omitted, Trace, TraceOptions,
};

use crate::{Config, WeightInfo};
use sp_core::H160;

/// Most bytes that a trace has, about: the sum over its parts, without the output of the frames that are open when it is full.
pub const TRACE_BYTES_MAX: u32 = 16 * 1024 * 1024;

/// Most debug messages that a run keeps.
pub const DEBUG_MESSAGES_MAX: usize = 1024;

/// Most bytes of all debug messages that a run keeps.
pub const DEBUG_MESSAGE_BYTES_MAX: usize = 256 * 1024;

/// What contracts send to this address without a value is a debug message: the address that the `console.log` of the
/// ecosystem's tools calls. Nothing is there; on a chain the call does nothing.
pub const CONSOLE: H160 = H160(*b"\0\0\0\0\0\0\0\0\0console.log");

environmental::environmental!(current: Recorder);

/// What a recorder wants to hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Listening {
    /// There is none.
    Off,
    /// Frames and what they do to the chain.
    Frames,
    /// Every host call too.
    HostCalls,
}

/// What the recorder that is set up now wants to hear of.
pub(crate) fn listening() -> Listening {
    current::with(|recorder| recorder.listening()).unwrap_or(Listening::Off)
}

/// Tells the recorder, if there is one. `tell` must not run anything that tells it something itself.
pub(crate) fn tell(tell: impl FnOnce(&mut Recorder)) {
    current::with(|recorder| tell(recorder));
}

/// Runs `body` and hands out what the recorder heard.
pub(crate) fn record<R>(mut recorder: Recorder, body: impl FnOnce() -> R) -> (R, Recorder) {
    let result = current::using(&mut recorder, body);
    (result, recorder)
}

/// Runs `body` and traces all calls of contracts that it makes.
pub fn trace<T: Config, R>(options: &TraceOptions, body: impl FnOnce() -> R) -> (R, Trace) {
    let (result, recorder) = record(Recorder::new(options), body);
    (result, recorder.into_trace(T::WeightInfo::vm_gas().ref_time()))
}

/// Applies the transactions of a block in order up to the one at `index`, and traces that one. `None` if there is none.
///
/// The runtime has begun the block before, so that the state is the one that the transaction met.
pub fn trace_transaction<T: Config, Transaction, R>(
    transactions: impl IntoIterator<Item = Transaction>,
    index: u32,
    options: &TraceOptions,
    mut apply: impl FnMut(Transaction) -> R,
) -> Option<Trace> {
    for (number, transaction) in (0u32..).zip(transactions) {
        if number == index {
            return Some(trace::<T, R>(options, || apply(transaction)).1);
        }
        apply(transaction);
    }
    None
}
