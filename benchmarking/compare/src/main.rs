// SPDX-License-Identifier: Apache-2.0
//! Ratios of our engines against other virtual machines, measured in one run.

fn main() {}
