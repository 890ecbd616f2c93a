// SPDX-License-Identifier: Apache-2.0
//! Host functions through which a runtime runs contracts.
