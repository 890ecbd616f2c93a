// SPDX-License-Identifier: Apache-2.0
//! Set-up, demo, tests and the stages of continuous integration.

fn main() {}
