// SPDX-License-Identifier: Apache-2.0
//! What a worker answers host calls from, written by the supervisor (`area` has the layout). Nothing is ever read back.

use crate::area::{
    encode, flag, Head, Slice, Stretch, CONSTANTS, CONSTANTS_MAX, ENTRIES, STRETCHES, STRETCHES_MAX,
};
use crate::error::SandboxError;
use crate::layout::Extent;
use crate::mapping::Mapping;
use crate::program::Program;
use crate::protocol::whole_pages;
use core::mem::offset_of;
use revive_vm_primitives::answers::{Answer, Price};
use revive_vm_primitives::machine::{ANSWERS_BYTES, GUEST_BOTTOM, SHARED_BYTES};

/// Bytes at the start that a wiped area keeps the memory of: what an ordinary guest needs.
const KEEP_BYTES: usize = 16 * 1024;

/// What a guest's host calls are answered from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Answers<'a> {
    /// The answers with their prices, by number of the host call.
    pub entries: &'a [Option<(Answer, Price)>],
    /// The constants; one without bytes is none.
    pub constants: &'a [Vec<u8>],
    /// The input, unless it was given away.
    pub input: Option<&'a [u8]>,
    /// The last output of a callee.
    pub output: &'a [u8],
    /// Whether registers have 64 bits.
    pub wide: bool,
    /// Whether answers are paid for.
    pub metered: bool,
}

/// The supervisor's side of the area. What does not fit into it is left out; then the supervisor is asked.
pub(crate) struct Area {
    head: Head,
    /// Offset behind what is not output.
    output_offset: usize,
    /// Bytes from the start that may be something else than zeros.
    used_bytes: usize,
}

impl Area {
    /// An area of zeros.
    pub(crate) fn new() -> Self {
        Self { head: Head::default(), output_offset: ENTRIES, used_bytes: 0 }
    }

    /// Whether anything is answered.
    pub(crate) fn is_used(&self) -> bool {
        self.head.entries > 0
    }

    /// Writes all of it but for the stretches of guest memory.
    pub(crate) fn set(&mut self, shared: &Mapping, answers: &Answers<'_>) {
        let Answers { entries, constants, input, output, wide, metered } = *answers;
        let fits = entries.len() <= u32::MAX as usize
            && constants.len() <= CONSTANTS_MAX
            && ENTRIES + 16 * entries.len() <= ANSWERS_BYTES;
        let entries = if fits { entries } else { &[] };
        let mut at = ENTRIES + 16 * entries.len();
        let mut image = Vec::with_capacity(at);
        image.resize(CONSTANTS - STRETCHES, 0);
        let mut bytes: Vec<u8> = Vec::new();
        for constant in constants.iter().take(CONSTANTS_MAX) {
            let fits = at + bytes.len() + constant.len() <= ANSWERS_BYTES;
            let constant = if fits { constant.as_slice() } else { &[] };
            let slice = Slice { offset: (at + bytes.len()) as u32, len: constant.len() as u32 };
            push_words(&mut image, [slice.offset, slice.len]);
            bytes.extend_from_slice(constant);
        }
        image.resize(ENTRIES - STRETCHES, 0);
        for entry in entries {
            push_words(&mut image, entry.map_or([0; 4], |(answer, price)| encode(answer, price)));
        }
        image.extend_from_slice(&bytes);
        at += bytes.len();
        self.write(shared, CONSTANTS, image.get(CONSTANTS - STRETCHES..).unwrap_or_default());
        let flag_if = |bit, is: bool| if is { bit } else { 0 };
        let mut flags = flag_if(flag::WIDE, wide) | flag_if(flag::METERED, metered);
        let mut place = Slice::default();
        if let Some(input) = input.filter(|input| at + input.len() <= ANSWERS_BYTES) {
            flags |= flag::INPUT;
            place = Slice { offset: at as u32, len: input.len() as u32 };
            self.write(shared, at, input);
            at += input.len();
        }
        self.head = Head {
            entries: entries.len() as u32,
            constants: constants.len().min(CONSTANTS_MAX) as u32,
            flags,
            input: place,
            ..self.head
        };
        // On a cache line of its own, because it changes oftener.
        self.output_offset = at.next_multiple_of(64).min(ANSWERS_BYTES);
        self.set_output(shared, output);
    }

    /// Writes another output.
    pub(crate) fn set_output(&mut self, shared: &Mapping, output: &[u8]) {
        let fits = self.output_offset + output.len() <= ANSWERS_BYTES;
        self.head.flags &= !flag::OUTPUT;
        self.head.output = Slice::default();
        if fits {
            self.write(shared, self.output_offset, output);
            self.head.flags |= flag::OUTPUT;
            self.head.output = Slice { offset: self.output_offset as u32, len: output.len() as u32 };
        }
        self.write_head(shared);
    }

    /// Writes which memory the guest may access: what is mapped, and the read-only data of its program.
    pub(crate) fn set_memory(&mut self, shared: &Mapping, mapped: &[Extent], program: Option<&Program>) {
        let read_only = program.map_or(0, Program::ro_bytes);
        let first = (read_only > 0).then_some(Extent {
            start: GUEST_BOTTOM,
            end: GUEST_BOTTOM + u64::from(read_only),
            writable: false,
        });
        let count = mapped.len() + usize::from(first.is_some());
        let fits = count <= STRETCHES_MAX;
        // What is written most comes first: the stack and the data are above what can only be read.
        for (index, extent) in mapped.iter().rev().chain(&first).take(STRETCHES_MAX).enumerate() {
            let mut bytes = Vec::with_capacity(size_of::<Stretch>());
            // The start of a stretch is below 4 GiB.
            push_words(&mut bytes, [extent.start as u32, extent.writable.into()]);
            bytes.extend_from_slice(&extent.end.to_le_bytes());
            self.write(shared, STRETCHES + index * size_of::<Stretch>(), &bytes);
        }
        self.head.stretches = if fits { count as u32 } else { 0 };
        self.write_head(shared);
    }

    /// Fills all that was ever written with zeros again, keeping a little memory.
    pub(crate) fn wipe(&mut self, shared: &Mapping) -> Result<(), SandboxError> {
        let used = core::mem::replace(self, Self::new()).used_bytes;
        // Within the mapping, because it was written.
        let _ = shared.zero(SHARED_BYTES, used.min(KEEP_BYTES));
        match used > KEEP_BYTES {
            true => {
                shared.discard(SHARED_BYTES + KEEP_BYTES, whole_pages((used - KEEP_BYTES) as u64) as usize)
            }
            false => Ok(()),
        }
    }

    fn write_head(&mut self, shared: &Mapping) {
        let Head { entries, stretches, constants, flags, input, output } = self.head;
        const { assert!(offset_of!(Head, input) == 16 && size_of::<Head>() == 32) };
        let words =
            [entries, stretches, constants, flags, input.offset, input.len, output.offset, output.len];
        let mut bytes = Vec::with_capacity(size_of::<Head>());
        push_words(&mut bytes, words);
        self.write(shared, 0, &bytes);
    }

    fn write(&mut self, shared: &Mapping, offset: usize, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        // The callers have checked that it fits.
        let written = shared.write(SHARED_BYTES + offset, bytes);
        debug_assert!(written.is_some(), "{} bytes at {offset:#x}", bytes.len());
        self.used_bytes = self.used_bytes.max(offset + bytes.len());
    }
}

fn push_words<const COUNT: usize>(bytes: &mut Vec<u8>, words: [u32; COUNT]) {
    words.iter().for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
}
