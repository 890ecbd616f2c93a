// SPDX-License-Identifier: Apache-2.0
//! The runtime of the node template.
