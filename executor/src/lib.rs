// SPDX-License-Identifier: Apache-2.0
//! The virtual machine: engines, modules, instances and the linker of host functions.
