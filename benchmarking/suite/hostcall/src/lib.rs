// SPDX-License-Identifier: Apache-2.0
//! Calls of a host function, `n` of them. Not a workload of the suite: what it takes is the price of a host call.

#![no_std]

use revive_vm_workload::host_call;

/// There is nothing to make beforehand.
pub fn initialize() {}

/// Calls the host `n` times.
pub fn run(n: u64) -> u64 {
    (0..n).fold(0, |value, i| host_call(value ^ i))
}
