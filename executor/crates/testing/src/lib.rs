// SPDX-License-Identifier: Apache-2.0
//! Test tools of the virtual machine: vectors, generators and oracles.
