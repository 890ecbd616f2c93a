// SPDX-License-Identifier: Apache-2.0
//! The suite: the programs in `benchmarking/suite`, with how much work each is given.

/// A program that exports `run(n) -> checksum`.
pub(crate) struct Workload {
    /// Name of its folder and its blob.
    pub(crate) name: &'static str,
    /// What it is called with: enough for some ten milliseconds.
    pub(crate) n: u64,
}

const fn workload(name: &'static str, n: u64) -> Workload {
    Workload { name, n }
}

pub(crate) const ALL: &[Workload] = &[
    workload("dispatch", 700),
    workload("keccak", 1_500),
    workload("matrix", 20),
    workload("moves", 300),
    workload("mulmod", 40_000),
    workload("sha256", 800),
    workload("sieve", 4),
    workload("sort", 4),
];
