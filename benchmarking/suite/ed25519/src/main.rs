// SPDX-License-Identifier: Apache-2.0
//! The workload as a program for a guest target.

#![no_std]
#![no_main]

// Compiled for size, its calls take 8,552 bytes, more than programs get by default.
revive_vm_workload::program!(ed25519, stack_bytes = 16 * 1024);
