// SPDX-License-Identifier: Apache-2.0
//! A FRAME pallet that runs RISC-V contracts.
