// SPDX-License-Identifier: Apache-2.0
//! Containers around raw sections, without the checks of the blob builder: test programs may be as broken as they
//! like as long as the container itself can be read.

use revive_vm_primitives::InstructionSet;

/// The sections of a blob, as raw bytes.
#[derive(Clone, Debug, Default)]
pub struct Sections<'a> {
    /// Size of the read-only region, at least the length of its data.
    pub ro_data_size: u32,
    /// Initial data of the read-only region.
    pub ro_data: &'a [u8],
    /// Size of the read-write region, at least the length of its data.
    pub rw_data_size: u32,
    /// Initial data of the read-write region.
    pub rw_data: &'a [u8],
    /// Size of the stack.
    pub stack_size: u32,
    /// Payload of the code section: jump table, code, bitmask (blob format, section 6).
    pub code: &'a [u8],
}

impl Sections<'_> {
    /// The blob.
    pub fn to_blob(&self, isa: InstructionSet) -> Vec<u8> {
        let mut blob = b"PVM\0".to_vec();
        blob.push(isa.version_byte());
        blob.extend([0; 8]);
        let mut memory = Vec::new();
        for size in [self.ro_data_size, self.rw_data_size, self.stack_size] {
            write_varint(&mut memory, size);
        }
        for (id, payload) in [(1, &memory[..]), (2, self.ro_data), (3, self.rw_data), (6, self.code)] {
            if !payload.is_empty() {
                blob.push(id);
                write_varint(&mut blob, u32::try_from(payload.len()).expect("test programs are small; qed"));
                blob.extend(payload);
            }
        }
        blob.push(0);
        let len = blob.len() as u64;
        blob[5..13].copy_from_slice(&len.to_le_bytes());
        blob
    }
}

/// The payload of a code section from its parts.
pub fn code_section(jump_table: &[u32], code: &[u8], bitmask: &[u8]) -> Vec<u8> {
    let entry_bytes = match jump_table.iter().max().copied() {
        None => 0,
        Some(0..=0xff) => 1,
        Some(0x100..=0xffff) => 2,
        Some(0x1_0000..=0xff_ffff) => 3,
        Some(0x100_0000..) => 4,
    };
    let mut section = Vec::new();
    write_varint(&mut section, jump_table.len() as u32);
    section.push(entry_bytes as u8);
    write_varint(&mut section, code.len() as u32);
    for entry in jump_table {
        section.extend(&entry.to_le_bytes()[..entry_bytes]);
    }
    section.extend(code);
    section.extend(bitmask);
    section
}

/// Appends the shortest prefix varint of `value` (blob format, section 2.1).
fn write_varint(out: &mut Vec<u8>, value: u32) {
    let following = match value {
        0..0x80 => 0u32,
        0x80..0x4000 => 1,
        0x4000..0x20_0000 => 2,
        0x20_0000..0x1000_0000 => 3,
        0x1000_0000.. => 4,
    };
    // As many leading ones as bytes follow, then the most significant bits of the value.
    let ones = !(0xffu32 >> following) & 0xff;
    let top = value.checked_shr(8 * following).unwrap_or(0);
    out.push((ones | top) as u8);
    out.extend(&value.to_le_bytes()[..following as usize]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use revive_vm_primitives::Blob;

    #[test]
    fn sections_come_back_from_the_parser() {
        let code: Vec<u8> = [0; 300].into();
        let bitmask: Vec<u8> = [0xff; 37].iter().copied().chain([0x0f]).collect();
        let section = code_section(&[1, 299], &code, &bitmask);
        let sections = Sections {
            ro_data_size: 70_000,
            ro_data: &[1, 2, 3],
            rw_data_size: 0x1234_5678,
            rw_data: &[4],
            stack_size: 4096,
            code: &section,
        };
        for isa in InstructionSet::ALL {
            let bytes = sections.to_blob(isa);
            let blob = Blob::parse(&bytes).unwrap();
            assert_eq!(blob.isa(), isa);
            assert_eq!(blob.ro_data_size(), 70_000);
            assert_eq!(blob.rw_data_size(), 0x1234_5678);
            assert_eq!(blob.stack_size(), 4096);
            assert_eq!((blob.ro_data(), blob.rw_data()), (&[1, 2, 3][..], &[4][..]));
            assert_eq!(blob.code().bytes(), &code[..]);
            assert_eq!(blob.code().bitmask(), &bitmask[..]);
            assert_eq!(blob.code().jump_table().iter().collect::<Vec<_>>(), [1, 299]);
        }
    }
}
