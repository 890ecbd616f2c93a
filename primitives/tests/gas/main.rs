// SPDX-License-Identifier: Apache-2.0
//! Gas models: the numbers of the specification, and the crate's fast computation against a literal simulator.

mod blocks;
mod conformance;
mod equality;
mod examples;
mod footprint;
mod models;
mod reference;
#[path = "../support/mod.rs"]
mod support;
