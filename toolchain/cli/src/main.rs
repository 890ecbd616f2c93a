// SPDX-License-Identifier: Apache-2.0
//! The revive-vm command.

fn main() {}
