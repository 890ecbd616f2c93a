// SPDX-License-Identifier: Apache-2.0
//! The suite: the programs in `benchmarking/suite`, with how much work each is given.

/// A program that exports `run(n) -> checksum`.
pub(crate) struct Workload {
    /// Name of its folder and its blob.
    pub(crate) name: &'static str,
    /// What it is called with: enough for a few milliseconds, so that set-up does not count, and few enough that
    /// most runs are not interrupted on a busy machine.
    pub(crate) n: u64,
}

const fn workload(name: &'static str, n: u64) -> Workload {
    Workload { name, n }
}

pub(crate) const ALL: &[Workload] = &[
    workload("dispatch", 250),
    workload("keccak", 600),
    workload("matrix", 8),
    workload("moves", 150),
    workload("mulmod", 12_000),
    workload("sha256", 400),
    workload("sieve", 2),
    workload("sort", 2),
];
