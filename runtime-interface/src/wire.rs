// SPDX-License-Identifier: Apache-2.0
//! How requests and replies cross the boundary between runtime and host.
//!
//! All integers are little-endian; nothing is aligned; there is no padding beyond the bytes named "zero". Both sides
//! use this module, so the tables below, the encoders and the decoders cannot drift apart.
//!
//! Who trusts whom: the host decodes what the runtime sent and answers anything malformed with a defined error. The
//! runtime decodes what the host sent; a reply it cannot read means that node and runtime disagree about the interface,
//! which is host trouble, so the runtime panics and its call is aborted.
//!
//! # Import table (request of `enter`)
//!
//! A `u32` count, then per import, without gaps:
//!
//! | Offset | Size | Content |
//! |---|---|---|
//! | 0 | 1 | length S of the symbol |
//! | 1 | 1 | number G of gathers |
//! | 2 | S | symbol |
//! | 2 + S | 12 × G | gathers |
//!
//! One gather:
//!
//! | Offset | Size | Content |
//! |---|---|---|
//! | 0 | 1 | operand of the address |
//! | 1 | 1 | kind of length: 0 fixed, 1 bytes, 2 items, 3 key |
//! | 2 | 1 | operand of the length; zero if fixed |
//! | 3 | 1 | zero |
//! | 4 | 4 | fixed: bytes; bytes and key: maximum in bytes; items: bytes of one item |
//! | 8 | 4 | items: maximum count; otherwise zero |
//!
//! An operand is the number of the a-register (0–5), plus 0x80 for its upper half.
//!
//! After the imports, until the end of the request, the answers of 16 bytes each, at most one per import:
//!
//! | Offset | Size | Content |
//! |---|---|---|
//! | 0 | 4 | index of the import |
//! | 4 | 1 | kind: 0 constant, 1 number, 2 input size, 3 input copy, 4 input load, 5 output size, 6 output copy, 7 Keccak-256, 8 final |
//! | 5 | 3 | its operands in the order of [`Answer`], a constant being its number; the rest zero |
//! | 8 | 4 | gas per call |
//! | 12 | 4 | gas per 1024 bytes |
//!
//! # Frame (request of `enter`)
//!
//! A byte with the number of constants; per constant a byte with its length, 0 if it is missing, and its bytes; the input.
//!
//! # Memory writes (request of `resume`)
//!
//! Per write, without gaps, until the end of the request:
//!
//! | Offset | Size | Content |
//! |---|---|---|
//! | 0 | 1 | kind: 0 bytes, 1 zero fill, 2 output of a callee, 3 beginning of the output, 4 the input is gone |
//! | 1 | 4 | guest address; zero for 2 and 4 |
//! | 5 | 4 | length L; zero for 4 |
//! | 9 | L | for 0 and 2 the bytes |
//!
//! # Exit record (reply of `enter` and `resume`)
//!
//! In `wire/exit.rs`.

use crate::{
    imports::{Answer, Answered, Gather, Imports, Length, Operand, Price, Reply},
    limits,
};
use alloc::vec::Vec;

mod exit;
mod trap;

pub use exit::{
    begin_exit, decode_enter, decode_exit, decode_gathered, encode_enter_error, encode_run_error, set_closed,
    set_descriptor, set_instance, ExitHead, ExitKind, GatherState, EXIT_DESCRIPTOR_BYTES, EXIT_ERROR_BYTES,
    EXIT_HEAD_BYTES,
};

/// Bytes of one gather in an import table.
pub const GATHER_BYTES: usize = 12;
/// Bytes of one answer in an import table.
pub const ANSWER_BYTES: usize = 16;

const OPERAND_HIGH: u8 = 0x80;
const OPERAND_REGISTER_MAX: u8 = 5;

/// Reads little-endian fields one after the other; `None` past the end.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// True at the end.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// The next `len` bytes.
    pub fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(bytes)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*bytes)
    }

    /// The next byte.
    pub fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(u8::from_le_bytes)
    }

    /// The next 4 bytes.
    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// The next 8 bytes.
    pub fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// The next 8 bytes, signed.
    pub fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }
}

fn operand_byte(operand: Operand) -> u8 {
    match operand {
        Operand::Low(register) => register,
        Operand::High(register) => register | OPERAND_HIGH,
    }
}

fn operand_from_byte(byte: u8) -> Option<Operand> {
    let register = byte & !OPERAND_HIGH;
    if register > OPERAND_REGISTER_MAX {
        return None;
    }
    Some(if byte & OPERAND_HIGH == 0 { Operand::Low(register) } else { Operand::High(register) })
}

/// Encodes an import table. `None` if a count or a symbol does not fit into its field.
pub fn encode_imports(imports: &Imports) -> Option<Vec<u8>> {
    let bytes = imports
        .0
        .iter()
        .map(|import| 2 + import.symbol.len() + GATHER_BYTES * import.gather.len())
        .fold(4, usize::saturating_add);
    let mut out = Vec::with_capacity(bytes);
    out.extend_from_slice(&u32::try_from(imports.0.len()).ok()?.to_le_bytes());
    for import in imports.0 {
        out.push(u8::try_from(import.symbol.len()).ok()?);
        out.push(u8::try_from(import.gather.len()).ok()?);
        out.extend_from_slice(import.symbol.as_bytes());
        for gather in import.gather {
            let (kind, operand, first, second) = match gather.length {
                Length::Fixed(bytes) => (0, 0, bytes, 0),
                Length::Bytes { count, max } => (1, operand_byte(count), max, 0),
                Length::Items { count, item_bytes, count_max } => {
                    (2, operand_byte(count), item_bytes, count_max)
                }
                Length::Key { len, max } => (3, operand_byte(len), max, 0),
            };
            out.extend_from_slice(&[operand_byte(gather.address), kind, operand, 0]);
            out.extend_from_slice(&first.to_le_bytes());
            out.extend_from_slice(&second.to_le_bytes());
        }
    }
    Some(out)
}

/// Encodes an import table with answers. `None` if a count or a symbol does not fit into its field.
pub fn encode_table(imports: &Imports, answers: &[Answered]) -> Option<Vec<u8>> {
    let mut out = encode_imports(imports)?;
    for Answered { import, reply, price } in answers {
        let operands = |operands: [Operand; 3]| operands.map(operand_byte);
        let (kind, operands) = match *reply {
            Reply::Answer(Answer::Constant { constant, to }) => (0, [constant, operand_byte(to), 0]),
            Reply::Answer(Answer::Number { constant }) => (1, [constant, 0, 0]),
            Reply::Answer(Answer::InputSize) => (2, [0; 3]),
            Reply::Answer(Answer::InputCopy { to, len, offset }) => (3, operands([to, len, offset])),
            Reply::Answer(Answer::InputLoad { to, offset }) => {
                (4, [operand_byte(to), operand_byte(offset), 0])
            }
            Reply::Answer(Answer::OutputSize) => (5, [0; 3]),
            Reply::Answer(Answer::OutputCopy { to, cell, offset }) => (6, operands([to, cell, offset])),
            Reply::Answer(Answer::Keccak256 { from, len, to }) => (7, operands([from, len, to])),
            Reply::Final => (8, [0; 3]),
        };
        out.extend_from_slice(&import.to_le_bytes());
        out.push(kind);
        out.extend_from_slice(&operands);
        out.extend_from_slice(&price.base.to_le_bytes());
        out.extend_from_slice(&price.per_kib.to_le_bytes());
    }
    Some(out)
}

/// One decoded import: its symbol and its gathers.
pub type DecodedImport<'a> = (&'a [u8], Vec<Gather>);

/// Decodes an import table and checks it against the layout and the [limits]. Symbols may still repeat.
pub fn decode_table(bytes: &[u8]) -> Option<(Vec<DecodedImport<'_>>, Vec<Answered>)> {
    let mut reader = Reader::new(bytes);
    let imports = decode_imports(&mut reader)?;
    let mut answers: Vec<Answered> = Vec::new();
    while !reader.is_empty() {
        let answered = decode_answer(&mut reader)?;
        let index = usize::try_from(answered.import).ok()?;
        if index >= imports.len() || answers.iter().any(|known| known.import == answered.import) {
            return None;
        }
        answers.push(answered);
    }
    Some((imports, answers))
}

fn decode_answer(reader: &mut Reader<'_>) -> Option<Answered> {
    let import = reader.u32()?;
    let kind = reader.u8()?;
    let operands @ [a, b, c] = [reader.u8()?, reader.u8()?, reader.u8()?];
    let price = Price { base: reader.u32()?, per_kib: reader.u32()? };
    let used = match kind {
        2 | 5 | 8 => 0,
        1 => 1,
        0 | 4 => 2,
        _ => 3,
    };
    if operands.iter().skip(used).any(|unused| *unused != 0) {
        return None;
    }
    let operand = operand_from_byte;
    let answer = match kind {
        0 => Answer::Constant { constant: a, to: operand(b)? },
        1 => Answer::Number { constant: a },
        2 => Answer::InputSize,
        3 => Answer::InputCopy { to: operand(a)?, len: operand(b)?, offset: operand(c)? },
        4 => Answer::InputLoad { to: operand(a)?, offset: operand(b)? },
        5 => Answer::OutputSize,
        6 => Answer::OutputCopy { to: operand(a)?, cell: operand(b)?, offset: operand(c)? },
        7 => Answer::Keccak256 { from: operand(a)?, len: operand(b)?, to: operand(c)? },
        8 => return Some(Answered { import, reply: Reply::Final, price }),
        _ => return None,
    };
    Some(Answered { import, reply: Reply::Answer(answer), price })
}

fn decode_imports<'a>(reader: &mut Reader<'a>) -> Option<Vec<DecodedImport<'a>>> {
    let count = usize::try_from(reader.u32()?).ok()?;
    if count > limits::IMPORTS_MAX {
        return None;
    }
    let mut imports = Vec::with_capacity(count);
    for _ in 0..count {
        let symbol_bytes = usize::from(reader.u8()?);
        let gathers = usize::from(reader.u8()?);
        if gathers > limits::GATHERS_MAX {
            return None;
        }
        let symbol = reader.bytes(symbol_bytes)?;
        let gather = (0..gathers).map(|_| decode_gather(reader)).collect::<Option<Vec<_>>>()?;
        let bytes_max = gather.iter().map(|g| g.length.bytes_max()).fold(0, u64::saturating_add);
        if bytes_max > limits::GATHER_BYTES_MAX {
            return None;
        }
        imports.push((symbol, gather));
    }
    Some(imports)
}

/// Encodes a frame. `None` if there are more than 255 constants or one has more than 255 bytes.
pub fn encode_frame(constants: &[&[u8]], input: &[u8]) -> Option<Vec<u8>> {
    let bytes =
        constants.iter().map(|constant| 1 + constant.len()).fold(1 + input.len(), usize::saturating_add);
    let mut out = Vec::with_capacity(bytes);
    out.push(u8::try_from(constants.len()).ok()?);
    for constant in constants {
        out.push(u8::try_from(constant.len()).ok()?);
        out.extend_from_slice(constant);
    }
    out.extend_from_slice(input);
    Some(out)
}

/// Decodes a frame into constants and input. `None` if it is malformed.
pub fn decode_frame(bytes: &[u8]) -> Option<(Vec<&[u8]>, &[u8])> {
    let mut reader = Reader::new(bytes);
    let count = reader.u8()?;
    let mut constants = Vec::with_capacity(usize::from(count));
    for _ in 0..count {
        let len = usize::from(reader.u8()?);
        constants.push(reader.bytes(len)?);
    }
    Some((constants, reader.rest()))
}

fn decode_gather(reader: &mut Reader<'_>) -> Option<Gather> {
    let address = operand_from_byte(reader.u8()?)?;
    let kind = reader.u8()?;
    let operand = reader.u8()?;
    let zero = reader.u8()?;
    let first = reader.u32()?;
    let second = reader.u32()?;
    let length = match kind {
        0 if operand == 0 && second == 0 => Length::Fixed(first),
        1 if second == 0 => Length::Bytes { count: operand_from_byte(operand)?, max: first },
        2 => Length::Items { count: operand_from_byte(operand)?, item_bytes: first, count_max: second },
        3 if second == 0 => Length::Key { len: operand_from_byte(operand)?, max: first },
        _ => return None,
    };
    (zero == 0).then_some(Gather { address, length })
}

/// A write to guest memory that goes with a resume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write<'a> {
    /// Copies bytes to an address.
    Bytes {
        /// First guest address.
        address: u32,
        /// What is written. May be empty, then any address will do.
        bytes: &'a [u8],
    },
    /// Fills with zero bytes.
    Zero {
        /// First guest address.
        address: u32,
        /// Number of bytes. May be 0, then any address will do.
        len: u32,
    },
    /// Not to memory: these bytes are the last output of a callee from now on.
    Output {
        /// The output.
        bytes: &'a [u8],
    },
    /// Copies the beginning of the last output of a callee to an address.
    FromOutput {
        /// First guest address.
        address: u32,
        /// Number of bytes, at most the length of the output.
        len: u32,
    },
    /// Not to memory: the input is no longer the guest's.
    InputGone,
}

/// Encodes the writes of a resume. `None` if one has more than `u32::MAX` bytes.
pub fn encode_writes(writes: &[Write<'_>]) -> Option<Vec<u8>> {
    const HEAD_BYTES: usize = 9;
    let bytes = writes
        .iter()
        .map(|write| match write {
            Write::Bytes { bytes, .. } | Write::Output { bytes } => HEAD_BYTES + bytes.len(),
            Write::Zero { .. } | Write::FromOutput { .. } | Write::InputGone => HEAD_BYTES,
        })
        .fold(0, usize::saturating_add);
    let mut out = Vec::with_capacity(bytes);
    for write in writes {
        let (kind, address, len, bytes) = match *write {
            Write::Bytes { address, bytes } => (0, address, u32::try_from(bytes.len()).ok()?, bytes),
            Write::Zero { address, len } => (1, address, len, &[][..]),
            Write::Output { bytes } => (2, 0, u32::try_from(bytes.len()).ok()?, bytes),
            Write::FromOutput { address, len } => (3, address, len, &[][..]),
            Write::InputGone => (4, 0, 0, &[][..]),
        };
        out.push(kind);
        out.extend_from_slice(&address.to_le_bytes());
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(bytes);
    }
    Some(out)
}

/// Decodes the next write of a resume. `None` if it is malformed.
pub fn decode_write<'a>(reader: &mut Reader<'a>) -> Option<Write<'a>> {
    let kind = reader.u8()?;
    let address = reader.u32()?;
    let len = reader.u32()?;
    match kind {
        0 => Some(Write::Bytes { address, bytes: reader.bytes(usize::try_from(len).ok()?)? }),
        1 => Some(Write::Zero { address, len }),
        2 if address == 0 => Some(Write::Output { bytes: reader.bytes(usize::try_from(len).ok()?)? }),
        3 => Some(Write::FromOutput { address, len }),
        4 if address == 0 && len == 0 => Some(Write::InputGone),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
