// SPDX-License-Identifier: Apache-2.0
//! Answers: how whoever runs a guest replies to host calls without asking the embedder.
//!
//! For each import the embedder may give an [`Answer`] with a [`Price`]; what is answered from, it gives per instance
//! ([`Known`]). The rules are [`answer`]: look at everything, charge, then act.
//!
//! Where a call cannot be answered, because an address is bad, a constant is missing, the input is gone or the gas does not
//! suffice, nothing is charged, nothing changes, and the call is an ordinary exit to the embedder. So there is one place for
//! every refusal, the embedder, and running out of gas at an answer is the embedder's to report: at that very call.
//!
//! This file uses nothing but `core` and nothing else of this crate, because the worker, which is compiled without any
//! dependency, includes it as a module of its own. All engines have these rules from here; an independent model of them
//! is in `executor/tests/answers`.

/// Half of one of the argument registers a0 to a5.
///
/// Contracts pack two 32-bit arguments into one register where six registers are not enough (contract ABI,
/// "Calls and instantiation").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// Bits 0 to 31 of a-register 0 to 5.
    Low(u8),
    /// Bits 32 to 63 of a-register 0 to 5.
    High(u8),
}

impl Operand {
    /// The operand's value, given a0 to a5. A register number over 5 reads as 0.
    pub fn read(self, arg: impl FnOnce(usize) -> u64) -> u32 {
        let (register, shift) = match self {
            Self::Low(register) => (register as usize, 0),
            Self::High(register) => (register as usize, 32),
        };
        if register < 6 {
            (arg(register) >> shift) as u32
        } else {
            0
        }
    }
}

/// How a call of an import is answered. `O` is an [`Operand`], or whatever an engine has made of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer<O = Operand> {
    /// Writes a constant to memory. The price is for its length.
    Constant {
        /// Its number.
        constant: u8,
        /// Where to.
        to: O,
    },
    /// Puts a constant of eight little-endian bytes into a0.
    Number {
        /// Its number.
        constant: u8,
    },
    /// Puts the length of the input into a0.
    InputSize,
    /// Copies from the input, zeros behind its end. The price is for the length asked for.
    InputCopy {
        /// Where to.
        to: O,
        /// How many bytes.
        len: O,
        /// From where in the input.
        offset: O,
    },
    /// Writes a word of the input, 32 bytes from an offset with zeros behind the end, in reverse order.
    InputLoad {
        /// Where to.
        to: O,
        /// From where in the input.
        offset: O,
    },
    /// Puts the length of the last output of a callee into a0.
    OutputSize,
    /// Copies from the last output of a callee as much as a length cell in memory says and there is, and writes that
    /// number into the cell. The price is for that number. An offset behind the end of the output is no answer.
    OutputCopy {
        /// Where to.
        to: O,
        /// Address of the length cell, four bytes.
        cell: O,
        /// From where in the output.
        offset: O,
    },
    /// Writes the Keccak-256 hash of a range of memory. The price is for the length of the range.
    Keccak256 {
        /// Address of the range.
        from: O,
        /// Length of the range.
        len: O,
        /// Where to.
        to: O,
    },
}

/// What an answer costs, in units of gas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Price {
    /// For the call.
    pub base: u32,
    /// For each 1024 bytes that are copied or hashed, in proportion, rounded up.
    pub per_kib: u32,
}

impl Price {
    /// The price of an answer over `len` bytes.
    #[inline(always)]
    pub fn of(self, len: u32) -> u64 {
        // Neither overflows: the product is below 2^64 - 2^33, and the sum below 2^55.
        (self.per_kib as u64 * len as u64).div_ceil(1024) + self.base as u64
    }
}

/// What answers are made from.
pub trait Known {
    /// A constant; `None` if there is none of that number.
    fn constant(&self, number: u8) -> Option<&[u8]>;
    /// The input; `None` if it was given away.
    fn input(&self) -> Option<&[u8]>;
    /// The last output of a callee, empty if there was none; `None` where it is not at hand.
    fn output(&self) -> Option<&[u8]>;
}

/// An instance that stands at a host call.
///
/// What is written and read here was found to be accessible before.
pub trait Guest {
    /// What operands are for this engine.
    type Operand: Copy;
    /// The value of an operand.
    fn operand(&self, operand: Self::Operand) -> u32;
    /// Sets a0; a 32-bit instruction set keeps the low half.
    fn set_a0(&mut self, value: u64);
    /// Gas left; `None` without metering, where answers cost nothing.
    fn gas(&self) -> Option<i64>;
    /// Sets the gas left.
    fn set_gas(&mut self, gas: i64);
    /// Whether the guest could load from, or store to, all bytes of a range. No bytes are accessible anywhere.
    fn accessible(&self, address: u32, len: u32, write: bool) -> bool;
    /// Reads memory.
    fn read(&self, address: u32, out: &mut [u8]);
    /// Writes memory.
    fn write(&mut self, address: u32, bytes: &[u8]);
    /// Fills memory with zeros.
    fn zero(&mut self, address: u32, len: u32);
    /// Keccak-256 of a range of memory.
    fn keccak_256(&self, address: u32, len: u32) -> [u8; 32];
}

/// Answers the host call that the guest stands at. `None` if it cannot; then nothing has happened.
#[inline(always)]
pub fn answer<G: Guest>(
    guest: &mut G,
    known: &impl Known,
    answer: Answer<G::Operand>,
    price: Price,
) -> Option<()> {
    match answer {
        Answer::Constant { constant, to } => {
            let (to, bytes) = (guest.operand(to), known.constant(constant)?);
            let len = writable(guest, to, bytes.len())?;
            charge(guest, price, len)?;
            guest.write(to, bytes);
        }
        Answer::Number { constant } => {
            let number = u64::from_le_bytes(known.constant(constant)?.try_into().ok()?);
            charge(guest, price, 0)?;
            guest.set_a0(number);
        }
        Answer::InputSize => {
            let len = known.input()?.len();
            charge(guest, price, 0)?;
            guest.set_a0(len as u64);
        }
        Answer::InputCopy { to, len, offset } => {
            let (to, len) = (guest.operand(to), guest.operand(len));
            let input = known.input()?;
            let to = guest.accessible(to, len, true).then_some(to)?;
            let rest = from_offset(input, guest.operand(offset)).unwrap_or_default();
            let fitting = cut(rest, len);
            charge(guest, price, len)?;
            // Not longer than `len`, and the range was found to be accessible, so nothing wraps around.
            let copied = fitting.len() as u32;
            guest.write(to, fitting);
            if copied < len {
                guest.zero(to.wrapping_add(copied), len.wrapping_sub(copied));
            }
        }
        Answer::InputLoad { to, offset } => {
            const WORD: usize = 32;
            let (to, input) = (guest.operand(to), known.input()?);
            let len = writable(guest, to, WORD)?;
            charge(guest, price, len)?;
            let rest = from_offset(input, guest.operand(offset)).unwrap_or_default();
            guest.write(to, &reversed_word(rest));
        }
        Answer::OutputSize => {
            let len = known.output()?.len();
            charge(guest, price, 0)?;
            guest.set_a0(len as u64);
        }
        Answer::OutputCopy { to, cell, offset } => {
            const CELL: usize = 4;
            let (to, cell) = (guest.operand(to), guest.operand(cell));
            writable(guest, cell, CELL)?;
            let mut capacity = [0; CELL];
            guest.read(cell, &mut capacity);
            let rest = from_offset(known.output()?, guest.operand(offset))?;
            let fitting = cut(rest, u32::from_le_bytes(capacity));
            let len = writable(guest, to, fitting.len())?;
            charge(guest, price, len)?;
            guest.write(to, fitting);
            guest.write(cell, &len.to_le_bytes());
        }
        Answer::Keccak256 { from, len, to } => {
            let (from, len, to) = (guest.operand(from), guest.operand(len), guest.operand(to));
            let from = guest.accessible(from, len, false).then_some(from)?;
            writable(guest, to, 32)?;
            charge(guest, price, len)?;
            let hash = guest.keccak_256(from, len);
            guest.write(to, &hash);
        }
    }
    Some(())
}

/// `len`, if so many bytes can be written at `address`.
#[inline(always)]
fn writable(guest: &impl Guest, address: u32, len: usize) -> Option<u32> {
    let len = u32::try_from(len).ok()?;
    guest.accessible(address, len, true).then_some(len)
}

/// Charges for an answer over `len` bytes, if the gas suffices.
#[inline(always)]
fn charge(guest: &mut impl Guest, price: Price, len: u32) -> Option<()> {
    let Some(gas) = guest.gas() else { return Some(()) };
    // A price is far below 2^63.
    let left = gas.checked_sub(price.of(len) as i64)?;
    if left < 0 {
        return None;
    }
    guest.set_gas(left);
    Some(())
}

/// The first 32 bytes, zeros behind the end, last one first.
#[inline(always)]
fn reversed_word(bytes: &[u8]) -> [u8; 32] {
    let mut word = [0; 32];
    match bytes.first_chunk::<32>() {
        Some(whole) => word = *whole,
        None => word.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from),
    }
    word.reverse();
    word
}

/// What is behind the first `offset` bytes; `None` if there are not so many.
#[inline(always)]
fn from_offset(bytes: &[u8], offset: u32) -> Option<&[u8]> {
    bytes.get(offset as usize..)
}

/// At most `len` bytes.
#[inline(always)]
fn cut(bytes: &[u8], len: u32) -> &[u8] {
    match bytes.get(..len as usize) {
        Some(head) => head,
        None => bytes,
    }
}
