// SPDX-License-Identifier: Apache-2.0
//! The memory that one instruction accesses, before and behind it.

use core::fmt;

use revive_vm_primitives::{Instruction, Opcode, Reg};

use super::Registers;
use crate::instance::Instance;

/// How many bytes of an access are kept. Only a `memset` accesses more than eight.
pub const DATA_BYTES_MAX: usize = 32;

/// What is done to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccessKind {
    /// A load.
    Load,
    /// A store.
    Store,
    /// A `memset`.
    Fill,
}

/// An access to guest memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Access {
    /// What is done.
    pub kind: AccessKind,
    /// Address of the first byte.
    pub address: u32,
    /// How many bytes: 1, 2, 4 or 8, and at least 1 for a `memset`, which is as many as there were left to fill.
    pub bytes: u32,
    /// What was there, for a load what was loaded. `None` if the guest cannot access it; for a `memset` that is the part
    /// up to the first byte that it cannot access.
    pub before: Option<Data>,
    /// What was there afterwards: for a load the same.
    pub after: Option<Data>,
}

impl Access {
    /// The access that an instruction is going to make.
    pub(super) fn look(
        instruction: &Instruction,
        registers: &Registers,
        instance: &Instance,
    ) -> Option<Self> {
        let access = instruction.memory_access()?;
        let value = |reg: Reg| registers[reg as usize];
        let (kind, bytes) = match (instruction.opcode, access.is_store) {
            // The count is of 32 bits on all instruction sets (instruction set, section 8.7).
            (Opcode::Memset, _) => (AccessKind::Fill, value(Reg::A2) as u32),
            (_, true) => (AccessKind::Store, access.bytes),
            (_, false) => (AccessKind::Load, access.bytes),
        };
        let access = Self { kind, address: access.address(value), bytes, before: None, after: None };
        (bytes > 0).then(|| Self { before: access.data(instance), ..access })
    }

    /// The same when it has been made.
    pub(super) fn look_again(self, instance: &Instance) -> Self {
        Self { after: self.data(instance), ..self }
    }

    /// What is there now.
    fn data(&self, instance: &Instance) -> Option<Data> {
        let write = self.kind != AccessKind::Load;
        let bytes = match self.kind {
            AccessKind::Load | AccessKind::Store => self.bytes,
            AccessKind::Fill => {
                let shown = self.bytes.min(DATA_BYTES_MAX as u32);
                (1..=shown)
                    .take_while(|bytes| instance.memory_accessible(self.address, *bytes, write))
                    .last()?
            }
        };
        if !instance.memory_accessible(self.address, bytes, write) {
            return None;
        }
        let mut data = Data { len: bytes as u8, bytes: [0; DATA_BYTES_MAX] };
        instance.read_memory(self.address, data.bytes.get_mut(..bytes as usize)?).ok()?;
        Some(data)
    }
}

/// Up to [`DATA_BYTES_MAX`] bytes of memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Data {
    len: u8,
    bytes: [u8; DATA_BYTES_MAX],
}

impl Data {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len.into()).unwrap_or(&self.bytes)
    }

    /// The bytes as a number, the first one being the lowest; `None` if there are more than eight.
    pub fn number(&self) -> Option<u64> {
        let bytes = self.as_bytes();
        (bytes.len() <= 8).then(|| bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x?}", self.as_bytes())
    }
}
