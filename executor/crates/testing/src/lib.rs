// SPDX-License-Identifier: Apache-2.0
//! Test tools of the virtual machine: vectors, generators and oracles.
//!
//! - [`vectors`] runs programs written down with their expected end, as JSON files. Command: `revive-vm-vectors`.
//! - [`text`] runs vectors that are written as guest assembly, and makes those of everything that computes.
//! - [`generate`] makes random programs that lean towards the edges of the instruction set.
//! - [`oracle`] has the machines that are compared, and the list of differences that are understood.
//! - [`lockstep`] runs a program on several of them at once.
//! - [`fuzz`] has the fuzz targets. Command: `revive-vm-fuzz`.
//! - [`mutate`] damages blobs.
//! - [`number`] reads numbers as the commands and variables of all of them take them.
//! - [`worst`] has programs that are as bad as they can be for whoever loads them.
//! - [`container`] puts raw code into a blob.
//!
//! The tests of this crate compare the engines with the vectors, with the `polkavm` crate as a black box, and throw
//! damaged blobs at them. None of it is for production use.

#![forbid(unsafe_code)]

pub mod container;
pub mod fuzz;
pub mod generate;
pub mod lockstep;
pub mod mutate;
pub mod number;
pub mod oracle;
pub mod random;
pub mod text;
pub mod vectors;
pub mod worst;
