// SPDX-License-Identifier: Apache-2.0
//! What comparisons share: samples, ratios, rounds in turn, bounds, tables.
//!
//! A comparison measures its entries [in turn](rounds::in_turn) within one process, so that whatever else the machine does hits
//! all of them, keeps [`Samples`] of each, and ends with a list of [`Bound`]s, each of which is met or missed. The machines that
//! are compared are no business of this crate.

#![forbid(unsafe_code)]

mod bounds;
mod rounds;
mod samples;
mod table;

pub use bounds::{all_met, Bound};
pub use rounds::in_turn;
pub use samples::{geometric_mean, Samples};
pub use table::{duration, Table};
