// SPDX-License-Identifier: Apache-2.0
//! Exit records, the replies of `enter` and `resume`.
//!
//! | Offset | Size | Content |
//! |---|---|---|
//! | 0 | 1 | 0 = ran, otherwise the code of a [`RunError`] or, of `enter`, of an [`EnterError`] |
//! | 1 | 1 | kind of exit: 0 finished, 1 host call, 2 unknown host call, 3 trap, 4 out of gas |
//! | 2 | 1 | number G of gathered ranges |
//! | 3 | 1 | sum of: 1 if the program counter is set, 2 if the instance is gone |
//! | 4 | 4 | host call: index into the import table; unknown host call: its number; otherwise zero |
//! | 8 | 8 | gas left (signed) |
//! | 16 | 4 | program counter, or zero |
//! | 20 | 4 | of `enter`: the instance id; otherwise zero |
//! | 24 | 48 | a0 to a5 |
//! | 72 | 16 × G | one descriptor per gathered range |
//! | 72 + 16 × G | | the gathered bytes, in order, without gaps |
//! | 72 | 8 | of a trap: its cause, see `trap.rs` |
//!
//! One descriptor:
//!
//! | Offset | Size | Content |
//! |---|---|---|
//! | 0 | 4 | 0 bytes follow, 1 out of bounds, 2 too long |
//! | 4 | 4 | too long: the maximum; otherwise zero |
//! | 8 | 8 | bytes follow: how many; too long: what the guest asked for; otherwise zero |
//!
//! An error reply has 8 bytes: the code, three zero bytes, the detail as `u32`.

use super::{trap, Reader};
use crate::error::{EnterError, RunError};
use alloc::vec::Vec;
use revive_vm_primitives::TrapCause;

/// Bytes of an exit record before the descriptors.
pub const EXIT_HEAD_BYTES: usize = 72;
/// Bytes of one descriptor of an exit record.
pub const EXIT_DESCRIPTOR_BYTES: usize = 16;
/// Bytes of an error reply of `enter` and `resume`.
pub const EXIT_ERROR_BYTES: usize = 8;

const HAS_PC: u8 = 1;
const IS_CLOSED: u8 = 2;

/// Why a run came back to the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitKind {
    /// The guest returned from its export. Final.
    Finished,
    /// The guest called an import. It goes on with `resume`.
    HostCall {
        /// Index into the [`Imports`](crate::Imports) given at entry.
        import: u32,
    },
    /// The guest made a host call whose number is not in the blob's import table, or whose symbol there is
    /// invalid. It can go on with `resume`.
    UnknownHostCall {
        /// The number it used.
        number: u32,
    },
    /// The guest did something it may not do. Final.
    Trap,
    /// The gas does not suffice for what comes next; what is left is not negative unless the runtime gave a negative
    /// amount. It can go on with `resume` and more gas.
    OutOfGas,
}

/// The fixed part of an exit record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitHead {
    /// Why the run ended.
    pub kind: ExitKind,
    /// Gas left.
    pub gas: i64,
    /// Code offset of the instruction concerned; `None` where execution has no position ("Host-visible execution
    /// behaviour", "Interrupts").
    pub pc: Option<u32>,
    /// a0 to a5.
    pub args: [u64; 6],
    /// Of `enter`: the instance id. Otherwise 0.
    pub instance: u32,
    /// Whether the instance is gone.
    pub closed: bool,
    /// Of a trap: why, if that is known.
    pub cause: Option<TrapCause>,
}

/// Begins an exit record with room for `gathers` descriptors, all "out of bounds" until [`set_descriptor`].
pub fn begin_exit(head: &ExitHead, gathers: u8) -> Vec<u8> {
    let (kind, number) = match head.kind {
        ExitKind::Finished => (0, 0),
        ExitKind::HostCall { import } => (1, import),
        ExitKind::UnknownHostCall { number } => (2, number),
        ExitKind::Trap => (3, 0),
        ExitKind::OutOfGas => (4, 0),
    };
    let mut out = Vec::with_capacity(EXIT_HEAD_BYTES + EXIT_DESCRIPTOR_BYTES * usize::from(gathers));
    let has_pc = if head.pc.is_some() { HAS_PC } else { 0 };
    let closed = if head.closed { IS_CLOSED } else { 0 };
    out.extend_from_slice(&[0, kind, gathers, has_pc | closed]);
    out.extend_from_slice(&number.to_le_bytes());
    out.extend_from_slice(&head.gas.to_le_bytes());
    out.extend_from_slice(&head.pc.unwrap_or(0).to_le_bytes());
    out.extend_from_slice(&head.instance.to_le_bytes());
    for arg in head.args {
        out.extend_from_slice(&arg.to_le_bytes());
    }
    if head.kind == ExitKind::Trap {
        trap::encode(head.cause, &mut out);
    }
    for _ in 0..gathers {
        out.extend_from_slice(&descriptor(GatherState::OutOfBounds));
    }
    out
}

/// What became of one gather.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatherState {
    /// This many bytes were read.
    Bytes(u64),
    /// Some byte of the range is not readable.
    OutOfBounds,
    /// Over the declared maximum, nothing was read.
    TooLong {
        /// What the guest asked for.
        len: u64,
        /// What the table allows.
        max: u32,
    },
}

fn descriptor(state: GatherState) -> [u8; EXIT_DESCRIPTOR_BYTES] {
    let (tag, max, len) = match state {
        GatherState::Bytes(len) => (0, 0, len),
        GatherState::OutOfBounds => (1, 0, 0),
        GatherState::TooLong { len, max } => (2, max, len),
    };
    // As one little-endian number: bits 0–31 the tag, 32–63 the maximum, 64–127 the length.
    ((u128::from(len) << 64) | (u128::from(max) << 32) | tag).to_le_bytes()
}

/// Sets descriptor `index` of an exit record under construction. The bytes themselves are appended by the caller.
pub fn set_descriptor(record: &mut [u8], index: usize, state: GatherState) {
    let start = EXIT_HEAD_BYTES + EXIT_DESCRIPTOR_BYTES * index;
    if let Some(slot) = record.get_mut(start..start + EXIT_DESCRIPTOR_BYTES) {
        slot.copy_from_slice(&descriptor(state));
    }
}

/// The reply of a run that was refused.
pub fn encode_run_error(error: RunError) -> Vec<u8> {
    encode_error(error.code())
}

/// The reply of an entry that was refused.
pub fn encode_enter_error(error: EnterError) -> Vec<u8> {
    encode_error(error.code())
}

/// Notes in a record under construction, whose instance was just made, which one that is.
pub fn set_instance(record: &mut [u8], instance: u32) {
    if let Some(slot) = record.get_mut(20..24) {
        slot.copy_from_slice(&instance.to_le_bytes());
    }
}

/// Notes in a record under construction that the instance is gone.
pub fn set_closed(record: &mut [u8]) {
    if let Some(flags) = record.get_mut(3) {
        *flags |= IS_CLOSED;
    }
}

fn encode_error((code, detail): (u8, u32)) -> Vec<u8> {
    let mut out = Vec::with_capacity(EXIT_ERROR_BYTES);
    out.extend_from_slice(&[code, 0, 0, 0]);
    out.extend_from_slice(&detail.to_le_bytes());
    out
}

/// Decodes the fixed part of a reply and checks that the gathered part is complete. `None` if it is malformed.
pub fn decode_exit(reply: &[u8]) -> Option<Result<ExitHead, RunError>> {
    decode_reply(reply, RunError::from_code)
}

/// As [`decode_exit`], for a reply of `enter`.
pub fn decode_enter(reply: &[u8]) -> Option<Result<ExitHead, EnterError>> {
    decode_reply(reply, EnterError::from_code)
}

fn decode_reply<E>(reply: &[u8], error_from_code: fn(u8, u32) -> Option<E>) -> Option<Result<ExitHead, E>> {
    let mut reader = Reader::new(reply);
    let status = reader.u8()?;
    let kind = reader.u8()?;
    let gathers = reader.u8()?;
    let flags = reader.u8()?;
    let number = reader.u32()?;
    if status != 0 {
        let error = error_from_code(status, number)?;
        return (kind == 0 && gathers == 0 && flags == 0 && reader.is_empty()).then_some(Err(error));
    }
    if flags & !(HAS_PC | IS_CLOSED) != 0 {
        return None;
    }
    let kind = match (kind, number) {
        (0, 0) => ExitKind::Finished,
        (1, import) => ExitKind::HostCall { import },
        (2, number) => ExitKind::UnknownHostCall { number },
        (3, 0) => ExitKind::Trap,
        (4, 0) => ExitKind::OutOfGas,
        _ => return None,
    };
    let gas = reader.i64()?;
    let pc = match (flags & HAS_PC, reader.u32()?) {
        (0, 0) => None,
        (HAS_PC, pc) => Some(pc),
        _ => return None,
    };
    let instance = reader.u32()?;
    let mut args = [0; 6];
    for arg in &mut args {
        *arg = reader.u64()?;
    }
    let cause = match kind {
        ExitKind::Trap => trap::decode(&mut reader)?,
        _ => None,
    };
    let mut gathered_bytes = 0u64;
    for _ in 0..gathers {
        if let GatherState::Bytes(len) = decode_descriptor(&mut reader)? {
            gathered_bytes = gathered_bytes.checked_add(len)?;
        }
    }
    (gathered_bytes == u64::try_from(reader.rest().len()).ok()?).then_some(Ok(ExitHead {
        kind,
        gas,
        pc,
        args,
        instance,
        closed: flags & IS_CLOSED != 0,
        cause,
    }))
}

fn decode_descriptor(reader: &mut Reader<'_>) -> Option<GatherState> {
    match (reader.u32()?, reader.u32()?, reader.u64()?) {
        (0, 0, len) => Some(GatherState::Bytes(len)),
        (1, 0, 0) => Some(GatherState::OutOfBounds),
        (2, max, len) => Some(GatherState::TooLong { len, max }),
        _ => None,
    }
}

/// State of the `index`-th gather of a reply that [`decode_exit`] accepted, and its bytes (empty unless
/// [`GatherState::Bytes`]). `None` if there are not so many.
pub fn decode_gathered(reply: &[u8], index: usize) -> Option<(GatherState, &[u8])> {
    let gathers = usize::from(*reply.get(2)?);
    if index >= gathers {
        return None;
    }
    let mut descriptors = Reader::new(reply.get(EXIT_HEAD_BYTES..)?);
    let mut bytes = Reader::new(reply.get(EXIT_HEAD_BYTES + EXIT_DESCRIPTOR_BYTES * gathers..)?);
    for _ in 0..index {
        if let GatherState::Bytes(len) = decode_descriptor(&mut descriptors)? {
            bytes.bytes(usize::try_from(len).ok()?)?;
        }
    }
    let state = decode_descriptor(&mut descriptors)?;
    match state {
        GatherState::Bytes(len) => Some((state, bytes.bytes(usize::try_from(len).ok()?)?)),
        GatherState::OutOfBounds | GatherState::TooLong { .. } => Some((state, &[])),
    }
}
