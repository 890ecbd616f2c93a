// SPDX-License-Identifier: Apache-2.0
//! The cause of a trap, as the record of its exit has it.
//!
//! | Offset | Size | Content |
//! |---|---|---|
//! | 0 | 1 | 0 unknown, 1 explicit, 2 no instruction, 3 access to memory, 4 jump to an address, 5 jump to a code offset, 6 host call |
//! | 1 | 1 | access: 1 if it is a store; otherwise zero |
//! | 2 | 1 | access: how many bytes; otherwise zero |
//! | 3 | 1 | access: the place, by its number in the order of [`Place`](revive_vm_primitives::Place); otherwise zero |
//! | 4 | 4 | the address, code offset or number of the host call; otherwise zero |

use super::Reader;
use alloc::vec::Vec;
use revive_vm_primitives::{BadAccess, Place, TrapCause};

/// By their numbers.
const PLACES: [Place; 7] = [
    Place::Bottom,
    Place::ReadOnlyData,
    Place::BehindReadOnlyData,
    Place::BehindHeap,
    Place::BelowStack,
    Place::StackOverflow,
    Place::AboveStack,
];

/// Appends a cause.
pub(super) fn encode(cause: Option<TrapCause>, out: &mut Vec<u8>) {
    let [mut store, mut bytes, mut place] = [0; 3];
    let (kind, detail) = match cause {
        None => (0, 0),
        Some(TrapCause::Explicit) => (1, 0),
        Some(TrapCause::NoInstruction) => (2, 0),
        Some(TrapCause::Access(access)) => {
            store = u8::from(access.is_store);
            // 1, 2, 4 or 8.
            bytes = access.bytes as u8;
            place = PLACES.iter().position(|place| *place == access.place).unwrap_or(0) as u8;
            (3, access.address)
        }
        Some(TrapCause::Address(address)) => (4, address),
        Some(TrapCause::Offset(offset)) => (5, offset),
        Some(TrapCause::HostCall(number)) => (6, number),
    };
    out.extend_from_slice(&[kind, store, bytes, place]);
    out.extend_from_slice(&detail.to_le_bytes());
}

/// Reads a cause. `None` if there is none that is written like this.
pub(super) fn decode(reader: &mut Reader<'_>) -> Option<Option<TrapCause>> {
    let [kind, store, bytes, place] = [reader.u8()?, reader.u8()?, reader.u8()?, reader.u8()?];
    let detail = reader.u32()?;
    if kind != 3 && (store, bytes, place) != (0, 0, 0) {
        return None;
    }
    Some(Some(match (kind, detail) {
        (0, 0) => return Some(None),
        (1, 0) => TrapCause::Explicit,
        (2, 0) => TrapCause::NoInstruction,
        (3, address) if store <= 1 && matches!(bytes, 1 | 2 | 4 | 8) => TrapCause::Access(BadAccess {
            is_store: store == 1,
            bytes: bytes.into(),
            address,
            place: *PLACES.get(usize::from(place))?,
        }),
        (4, address) => TrapCause::Address(address),
        (5, offset) => TrapCause::Offset(offset),
        (6, number) => TrapCause::HostCall(number),
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_survive_the_way() {
        let access = |is_store, place| {
            [1, 2, 4, 8].map(|bytes| TrapCause::Access(BadAccess { is_store, bytes, address: 77, place }))
        };
        let accesses =
            PLACES.iter().flat_map(|place| [access(false, *place), access(true, *place)]).flatten();
        let others = [
            TrapCause::Explicit,
            TrapCause::NoInstruction,
            TrapCause::Address(u32::MAX),
            TrapCause::Offset(0),
            TrapCause::HostCall(5),
        ];
        for cause in others.into_iter().chain(accesses).map(Some).chain([None]) {
            let mut bytes = Vec::new();
            encode(cause, &mut bytes);
            assert_eq!(decode(&mut Reader::new(&bytes)), Some(cause));
            assert_eq!(decode(&mut Reader::new(&bytes[..7])), None, "one byte short");
        }
    }

    #[test]
    fn other_bytes_are_no_cause() {
        for bytes in [
            [7, 0, 0, 0, 0, 0, 0, 0],
            [0, 0, 0, 0, 1, 0, 0, 0],
            [1, 0, 0, 0, 1, 0, 0, 0],
            [1, 1, 0, 0, 0, 0, 0, 0],
            [3, 2, 1, 0, 0, 0, 0, 0],
            [3, 0, 0, 0, 0, 0, 0, 0],
            [3, 0, 3, 0, 0, 0, 0, 0],
            [3, 0, 1, 7, 0, 0, 0, 0],
            [4, 0, 1, 0, 0, 0, 0, 0],
        ] {
            assert_eq!(decode(&mut Reader::new(&bytes)), None, "{bytes:?}");
        }
    }
}
