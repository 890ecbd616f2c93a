// SPDX-License-Identifier: Apache-2.0
//! The interpreter: the reference semantics of the virtual machine.
