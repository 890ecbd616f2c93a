// SPDX-License-Identifier: Apache-2.0
//! What the host chooses for a module.

use revive_vm_primitives::GasModel;

/// What the host chooses when it makes a module. All instances of the module follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    /// Page size in bytes: a power of two from 4096 to 65536. Granularity of what the guest can access.
    pub page_size: u32,
    /// Size in bytes of the aux region, which the host fills and the guest can only read.
    pub aux_size: u32,
    /// How gas is charged; `None` switches metering off.
    pub gas: Option<GasModel>,
    /// Whether `run` stops before every instruction.
    pub step_tracing: bool,
    /// Whether the host maps pages instead of the regions of the memory map being there from the start.
    pub dynamic_paging: bool,
    /// The most bytes of guest memory an instance may have: all regions and the heap, or the mapped pages under
    /// dynamic paging. A module that needs more is rejected; growing the heap beyond it fails.
    pub memory_bytes_max: u32,
}

impl Default for Config {
    /// Pages of 4096 bytes, no aux region, flat gas, no tracing, static memory of at most 64 MiB.
    fn default() -> Self {
        Self {
            page_size: 4096,
            aux_size: 0,
            gas: Some(GasModel::Flat),
            step_tracing: false,
            dynamic_paging: false,
            memory_bytes_max: 64 << 20,
        }
    }
}
