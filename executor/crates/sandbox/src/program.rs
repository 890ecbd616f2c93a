// SPDX-License-Identifier: Apache-2.0
//! What all instances of a module share.

use crate::error::SandboxError;
use crate::mapping::sealed_file;
use crate::protocol::{whole_pages, PAGE};
use revive_vm_primitives::machine::{
    CODE_BYTES_MAX, GUEST_BOTTOM, GUEST_END, JUMP_TABLE_ADDRESS, RETURN_PAGE_ADDRESS,
};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::MemfdFlags;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// Generated code and read-only data of a module, in one file in memory that nobody can change any more.
///
/// A clone is another handle of the same. The memory lives until the last handle is gone and no worker has it loaded;
/// an idle worker keeps its last program loaded, in case the next guest is of the same.
#[derive(Clone)]
pub struct Program(Arc<Sealed>);

struct Sealed {
    file: File,
    code_bytes: usize,
    ro_bytes: u32,
    table_bytes: usize,
}

impl Program {
    /// Copies `code`, which the worker maps at `machine::CODE_ADDRESS`, and `ro_data`, which it maps at
    /// `machine::GUEST_BOTTOM` followed by zeros up to `ro_bytes`, a multiple of the page size. `jump_table` has whole
    /// pages too: they go to `machine::JUMP_TABLE_ADDRESS`, the last one to `machine::RETURN_PAGE_ADDRESS`.
    ///
    /// # Errors
    /// [`SandboxError::Argument`] if there is no code or more than `machine::CODE_BYTES_MAX`, or if `ro_bytes` is not as
    /// said, beyond guest memory or less than `ro_data` has. [`SandboxError::System`] if the system has no memory.
    pub fn new(code: &[u8], jump_table: &[u8], ro_data: &[u8], ro_bytes: u32) -> Result<Self, SandboxError> {
        let wrong = |problem, address, bytes: usize| {
            Err(SandboxError::Argument { problem, address, bytes: bytes as u64 })
        };
        if code.is_empty() || code.len() as u64 > CODE_BYTES_MAX {
            return wrong("not an amount of code that can be loaded", 0, code.len());
        }
        let read_only = u64::from(ro_bytes);
        if !read_only.is_multiple_of(PAGE)
            || read_only > GUEST_END - GUEST_BOTTOM
            || ro_data.len() as u64 > read_only
        {
            return wrong("not an amount of read-only data that can be loaded", read_only, ro_data.len());
        }
        let table = jump_table.len() as u64;
        if table < PAGE || !table.is_multiple_of(PAGE) || table > RETURN_PAGE_ADDRESS - JUMP_TABLE_ADDRESS {
            return wrong("not a jump table that can be loaded", 0, jump_table.len());
        }
        let data_offset = whole_pages(code.len() as u64);
        // Code is followed by zeros to the end of its last page. They are not within the code's length, so a fault there
        // is not one of the guest.
        let table_offset = data_offset + read_only;
        let bytes = table_offset + table;
        let file = sealed_file("vm-program", MemfdFlags::NOEXEC_SEAL, bytes, |file| {
            file.set_len(bytes).map_err(SandboxError::io("making room for a program"))?;
            file.write_all_at(code, 0)
                .and_then(|()| file.write_all_at(ro_data, data_offset))
                .and_then(|()| file.write_all_at(jump_table, table_offset))
                .map_err(SandboxError::io("writing a program"))
        })?;
        let file = File::from(file);
        Ok(Self(Arc::new(Sealed { file, code_bytes: code.len(), ro_bytes, table_bytes: jump_table.len() })))
    }

    /// Bytes of generated code.
    pub fn code_bytes(&self) -> usize {
        self.0.code_bytes
    }

    /// Fills `bytes` with generated code from an offset on.
    ///
    /// # Errors
    /// [`SandboxError::Argument`] if there is not that much code. [`SandboxError::System`] if the system does not give it.
    pub fn read_code(&self, offset: usize, bytes: &mut [u8]) -> Result<(), SandboxError> {
        if offset.checked_add(bytes.len()).is_none_or(|end| end > self.0.code_bytes) {
            let problem = "not within the code of a program";
            return Err(SandboxError::Argument {
                problem,
                address: offset as u64,
                bytes: bytes.len() as u64,
            });
        }
        self.0.file.read_exact_at(bytes, offset as u64).map_err(SandboxError::io("reading a program"))
    }

    /// Bytes of read-only data with the zeros behind it.
    pub fn ro_bytes(&self) -> u32 {
        self.0.ro_bytes
    }

    /// Bytes of the jump table with the page for the return address.
    pub fn table_bytes(&self) -> usize {
        self.0.table_bytes
    }

    /// Bytes of memory that it takes.
    pub(crate) fn bytes(&self) -> u64 {
        whole_pages(self.0.code_bytes as u64) + u64::from(self.0.ro_bytes) + self.0.table_bytes as u64
    }

    pub(crate) fn file(&self) -> BorrowedFd<'_> {
        self.0.file.as_fd()
    }

    /// Whether both are handles of the same.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl core::fmt::Debug for Program {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_struct("Program")
            .field("code_bytes", &self.0.code_bytes)
            .field("ro_bytes", &self.0.ro_bytes)
            .finish()
    }
}
