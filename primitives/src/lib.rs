// SPDX-License-Identifier: Apache-2.0
//! Instruction sets, blob format, memory map, gas models and exit types of the virtual machine.
