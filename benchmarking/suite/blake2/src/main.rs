// SPDX-License-Identifier: Apache-2.0
//! The workload as a program for a guest target.

#![no_std]
#![no_main]

revive_vm_workload::program!(blake2);
