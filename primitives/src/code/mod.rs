// SPDX-License-Identifier: Apache-2.0
//! The code section of a blob: code bytes, instruction boundaries, jump table (blob format, section 6; instruction set,
//! sections 3 to 5).
//!
//! [`Code::parse`] checks the section once; everything else is computed from the bytes on demand, so a [`Code`] is a
//! cheap, copyable view. Instructions are never checked here (except by [`Code::validate`]): what is not valid traps
//! when it is executed.
//!
//! Two rows of the list of differences between the reference engines (instruction set, section 11) concern
//! instructions of 25 bytes. They are artefacts of scanning the bitmask byte by byte and are not copied: the distance
//! between two neighbouring starts may be 25, whatever their position within a byte, exactly as sections 3 and 5.2
//! word it.

mod boundaries;
mod decode;
mod walk;

pub use decode::{Decoded, Fetched};
pub use walk::{Block, Instructions};

use crate::{
    error::{ParseError, ParseErrorKind},
    isa::{InstructionSet, Opcode, CODE_ADDRESS_ALIGNMENT},
    limits::{CODE_BYTES_MAX, JUMP_TABLE_ENTRIES_MAX, JUMP_TABLE_ENTRY_BYTES_MAX},
    varint,
};

/// Name of the section in errors.
pub(crate) const SECTION_NAME: &str = "code";

/// A program's code: a view into the blob.
#[derive(Clone, Copy, Debug)]
pub struct Code<'a> {
    isa: InstructionSet,
    /// What opcode bytes mean in it.
    opcodes: &'static [Option<Opcode>; 256],
    bytes: &'a [u8],
    bitmask: &'a [u8],
    jump_table: JumpTable<'a>,
}

impl<'a> Code<'a> {
    /// Reads the payload of a code section. Offsets in errors count from its start.
    ///
    /// # Errors
    ///
    /// All rules of the blob format, section 6, in the order given there.
    pub fn parse(isa: InstructionSet, section: &'a [u8]) -> Result<Self, ParseError> {
        let error = |offset, kind| ParseError { section: SECTION_NAME, offset, kind };
        let number = |what, offset: usize| {
            let bytes = section.get(offset..).unwrap_or_default();
            varint::read(bytes).map_err(|e| error(offset, ParseErrorKind::from_varint(what, e)))
        };
        let too_large = |what, value: u32, max: u32| ParseErrorKind::TooLarge {
            what,
            value: value.into(),
            max: max.into(),
        };

        let (count, size_at) = number("the number of jump table entries", 0)?;
        let Some(&entry_size) = section.get(size_at) else {
            let what = "the size of jump table entries";
            return Err(error(size_at, ParseErrorKind::Truncated { what, needed: 1, available: 0 }));
        };
        let length_at = size_at + 1;
        let (code_len, length_bytes) = number("the length of the code", length_at)?;
        let table_at = length_at + length_bytes;

        if count > JUMP_TABLE_ENTRIES_MAX {
            return Err(error(
                0,
                too_large("the number of jump table entries", count, JUMP_TABLE_ENTRIES_MAX),
            ));
        }
        if code_len > CODE_BYTES_MAX {
            return Err(error(length_at, too_large("the length of the code", code_len, CODE_BYTES_MAX)));
        }
        if entry_size > JUMP_TABLE_ENTRY_BYTES_MAX {
            let max = JUMP_TABLE_ENTRY_BYTES_MAX.into();
            return Err(error(size_at, too_large("the size of jump table entries", entry_size.into(), max)));
        }
        // At most 2^24 * 4 by the checks above, so rule 4 of the section (32-bit overflow) cannot be broken.
        let table_len = count * u32::from(entry_size);

        let rest = section.get(table_at..).unwrap_or_default();
        let truncated = |what, offset, needed: u32, available: usize| {
            error(
                offset,
                ParseErrorKind::Truncated { what, needed: needed.into(), available: available as u64 },
            )
        };
        let (table, rest) = rest
            .split_at_checked(table_len as usize)
            .ok_or_else(|| truncated("the jump table", table_at, table_len, rest.len()))?;
        let code_at = table_at + table.len();
        let (bytes, bitmask) = rest
            .split_at_checked(code_len as usize)
            .ok_or_else(|| truncated("the code", code_at, code_len, rest.len()))?;
        let bitmask_at = code_at + bytes.len();

        let expected = bytes.len().div_ceil(8);
        if bitmask.len() != expected {
            let kind =
                ParseErrorKind::BitmaskLength { found: bitmask.len() as u64, expected: expected as u64 };
            return Err(error(bitmask_at, kind));
        }
        let bits_used = code_len % 8;
        if let Some(&last_byte) = bitmask.last() {
            if bits_used != 0 && last_byte >> bits_used != 0 {
                let kind = ParseErrorKind::BitmaskPadding { last_byte, bits_used };
                return Err(error(bitmask_at + bitmask.len() - 1, kind));
            }
        }
        Ok(Self {
            isa,
            opcodes: isa.opcodes(),
            bytes,
            bitmask,
            jump_table: JumpTable { bytes: table, entry_size },
        })
    }

    /// No code.
    pub const fn empty(isa: InstructionSet) -> Self {
        Self {
            isa,
            opcodes: isa.opcodes(),
            bytes: &[],
            bitmask: &[],
            jump_table: JumpTable { bytes: &[], entry_size: 0 },
        }
    }

    /// The instruction set that the code is written in.
    #[inline]
    pub fn isa(&self) -> InstructionSet {
        self.isa
    }

    /// The code bytes.
    #[inline]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// One bit per code byte, least significant first: whether an instruction starts there.
    #[inline]
    pub fn bitmask(&self) -> &'a [u8] {
        self.bitmask
    }

    /// The targets of dynamic jumps.
    #[inline]
    pub fn jump_table(&self) -> JumpTable<'a> {
        self.jump_table
    }

    /// Number of code bytes, at most [`CODE_BYTES_MAX`].
    #[inline]
    pub fn len(&self) -> u32 {
        // Exact: `parse` admits at most 2^25 bytes.
        self.bytes.len() as u32
    }

    /// Whether there are no code bytes at all; such a program traps at once, or is rejected for JamV1.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// The jump table: code offsets that dynamic jumps may go to (instruction set, section 5.4). Entries need not be valid
/// jump targets.
#[derive(Clone, Copy, Debug)]
pub struct JumpTable<'a> {
    bytes: &'a [u8],
    /// Bytes per entry, 0 to 4.
    entry_size: u8,
}

impl<'a> JumpTable<'a> {
    /// Number of entries; 0 whatever the blob says if its entries have no bytes.
    #[inline]
    pub fn len(&self) -> u32 {
        // Exact: `Code::parse` admits at most 2^26 bytes.
        (self.bytes.len() as u32).checked_div(self.entry_size.into()).unwrap_or(0)
    }

    /// Whether there are no entries.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Size of one entry in the blob, in bytes, 0 to 4.
    pub fn entry_size(&self) -> u8 {
        self.entry_size
    }

    /// The code offset in entry `index`; `None` if there is no such entry.
    #[inline]
    pub fn get(&self, index: u32) -> Option<u32> {
        let size = usize::from(self.entry_size);
        let start = (index as usize).checked_mul(size)?;
        let bytes = self.bytes.get(start..start.checked_add(size)?)?;
        if bytes.is_empty() {
            return None;
        }
        let mut entry = [0; 4];
        entry.get_mut(..size)?.copy_from_slice(bytes);
        Some(u32::from_le_bytes(entry))
    }

    /// All entries in order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + 'a {
        let table = *self;
        (0..table.len()).map_while(move |index| table.get(index))
    }

    /// The code offset that a dynamic jump to `address` goes to. `None` if the jump must trap: address 0, odd, or behind
    /// the end of the table (instruction set, section 5.4, rules 2 and 3). The caller has handled
    /// [`RETURN_ADDRESS`](crate::RETURN_ADDRESS) before, and still has to check the result with
    /// [`Code::is_jump_target`].
    #[inline]
    pub fn by_address(&self, address: u32) -> Option<u32> {
        if !address.is_multiple_of(CODE_ADDRESS_ALIGNMENT) {
            return None;
        }
        self.get((address / CODE_ADDRESS_ALIGNMENT).checked_sub(1)?)
    }
}
