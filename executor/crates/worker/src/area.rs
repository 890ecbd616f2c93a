// SPDX-License-Identifier: Apache-2.0
//! What the worker answers host calls from, as it lies in memory behind the shared page. Both sides compile this file.
//!
//! The supervisor writes it while it has the turn; the worker maps it readable only, before it has a guest, and gives up
//! the descriptor. So neither a guest nor somebody who has taken over the worker changes it; and the supervisor never
//! reads it, so that nothing there is ever believed. Offsets count from [`ANSWERS_ADDRESS`](crate::machine::ANSWERS_ADDRESS).
//!
//! ```text
//! 0     Head
//! 64    8 stretches of guest memory that the guest may access, of 16 bytes
//! 192   256 constants: where each is, of 8 bytes
//! 2240  entries, by number of the host call, of 16 bytes
//!       then the bytes of the constants, the input and the output
//! ```

pub(crate) use crate::rules::{Answer, Operand, Price};

/// The beginning.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(crate) struct Head {
    /// Number of entries. With none, every host call is the supervisor's.
    pub(crate) entries: u32,
    /// Number of stretches.
    pub(crate) stretches: u32,
    /// Number of constants.
    pub(crate) constants: u32,
    /// Of [`flag`].
    pub(crate) flags: u32,
    /// Where the input is.
    pub(crate) input: Slice,
    /// Where the output is.
    pub(crate) output: Slice,
}

/// Bits of [`Head::flags`].
pub(crate) mod flag {
    /// Registers have 64 bits.
    pub(crate) const WIDE: u32 = 1;
    /// Answers are paid for.
    pub(crate) const METERED: u32 = 2;
    /// The input is here.
    pub(crate) const INPUT: u32 = 4;
    /// The output is here.
    pub(crate) const OUTPUT: u32 = 8;
}

/// A stretch of bytes in this area.
#[repr(C)]
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Slice {
    /// Offset of the first.
    pub(crate) offset: u32,
    /// How many.
    pub(crate) len: u32,
}

/// A stretch of guest memory.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(crate) struct Stretch {
    /// First address.
    pub(crate) start: u32,
    /// Whether the guest may write it too: 1.
    pub(crate) writable: u32,
    /// Address behind the last.
    pub(crate) end: u64,
}

/// An answer with its price: kind, three operands or the number of a constant; base; price of 1024 bytes; 0.
pub(crate) type Entry = [u32; 4];

/// Most stretches of guest memory. With more, every host call is the supervisor's.
pub(crate) const STRETCHES_MAX: usize = 8;
/// Most constants, and what a number of one can say.
pub(crate) const CONSTANTS_MAX: usize = 256;
/// Offset of the stretches.
pub(crate) const STRETCHES: usize = 64;
/// Offset of the constants' places.
pub(crate) const CONSTANTS: usize = STRETCHES + STRETCHES_MAX * size_of::<Stretch>();
/// Offset of the entries.
pub(crate) const ENTRIES: usize = CONSTANTS + CONSTANTS_MAX * size_of::<Slice>();

const _: () = assert!(size_of::<Head>() <= STRETCHES);
const _: () = assert!(size_of::<Stretch>() == 16 && ENTRIES.is_multiple_of(16));

pub(crate) const CONSTANT: u8 = 1;
pub(crate) const NUMBER: u8 = 2;
pub(crate) const INPUT_SIZE: u8 = 3;
pub(crate) const INPUT_COPY: u8 = 4;
pub(crate) const INPUT_LOAD: u8 = 5;
pub(crate) const OUTPUT_SIZE: u8 = 6;
pub(crate) const OUTPUT_COPY: u8 = 7;
pub(crate) const KECCAK_256: u8 = 8;
/// The byte of an operand that reads as 0: what follows the six registers is not theirs.
const NO_REGISTER: u8 = u8::MAX;

/// The entry of an answer. An operand becomes the offset of its half behind a0.
pub(crate) fn encode(answer: Answer, price: Price) -> Entry {
    let byte = |operand| match operand {
        Operand::Low(register @ 0..6) => 8 * register,
        Operand::High(register @ 0..6) => 8 * register + 4,
        _ => NO_REGISTER,
    };
    let head = match answer {
        Answer::Constant { constant, to } => [CONSTANT, constant, byte(to), 0],
        Answer::Number { constant } => [NUMBER, constant, 0, 0],
        Answer::InputSize => [INPUT_SIZE, 0, 0, 0],
        Answer::InputCopy { to, len, offset } => [INPUT_COPY, byte(to), byte(len), byte(offset)],
        Answer::InputLoad { to, offset } => [INPUT_LOAD, byte(to), byte(offset), 0],
        Answer::OutputSize => [OUTPUT_SIZE, 0, 0, 0],
        Answer::OutputCopy { to, cell, offset } => [OUTPUT_COPY, byte(to), byte(cell), byte(offset)],
        Answer::Keccak256 { from, len, to } => [KECCAK_256, byte(from), byte(len), byte(to)],
    };
    [u32::from_le_bytes(head), price.base, price.per_kib, 0]
}

/// An operand as [`encode`] has it.
#[derive(Clone, Copy)]
pub(crate) struct Half(pub(crate) u8);

impl Half {
    /// Whether it is a half of a register, else it reads as 0.
    #[inline(always)]
    pub(crate) fn is_there(self) -> bool {
        self.0 < 48
    }
}

/// Does `work` with what an entry says; `None` for the entry of a host call without an answer, which is all 0. Each kind
/// has its own copy of the work, so what that does for other kinds is not there: an answer is looked at once.
macro_rules! with_answer {
    ($entry:expr, |$answer:ident, $price:ident| $work:expr) => {{
        use $crate::area::*;
        let entry: Entry = $entry;
        let [kind, a, b, c] = entry[0].to_le_bytes();
        let $price = Price { base: entry[1], per_kib: entry[2] };
        macro_rules! work {
            ($known:expr) => {{
                let $answer = $known;
                $work
            }};
        }
        match kind {
            CONSTANT => work!(Answer::Constant { constant: a, to: Half(b) }),
            NUMBER => work!(Answer::Number { constant: a }),
            INPUT_SIZE => work!(Answer::InputSize),
            INPUT_COPY => work!(Answer::InputCopy { to: Half(a), len: Half(b), offset: Half(c) }),
            INPUT_LOAD => work!(Answer::InputLoad { to: Half(a), offset: Half(b) }),
            OUTPUT_SIZE => work!(Answer::OutputSize),
            OUTPUT_COPY => work!(Answer::OutputCopy { to: Half(a), cell: Half(b), offset: Half(c) }),
            KECCAK_256 => work!(Answer::Keccak256 { from: Half(a), len: Half(b), to: Half(c) }),
            _ => None,
        }
    }};
}
pub(crate) use with_answer;
