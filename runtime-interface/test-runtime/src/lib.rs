// SPDX-License-Identifier: Apache-2.0
//! A wasm runtime that runs the host function tests from the inside.
