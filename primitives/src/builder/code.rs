// SPDX-License-Identifier: Apache-2.0
//! Building the code section: instructions, labels, jump table.

use super::{encode, BuildError, Encoded};
use crate::{
    isa::{Instruction, InstructionSet, CODE_ADDRESS_ALIGNMENT},
    limits::CODE_BYTES_MAX,
};
use alloc::{vec, vec::Vec};

/// How often jumps are lengthened before all of them are: each round takes time proportional to the code, and code can be
/// made whose jumps only grow one after the other. What compilers make takes a handful.
const LAYOUT_ROUNDS_MAX: u32 = 128;

/// A position in code whose offset is not known yet. Belongs to the builder that made it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Label(usize);

/// One piece of code.
#[derive(Clone, Debug)]
enum Item {
    Instruction {
        instruction: Instruction,
        /// Where the target comes from; without a label the instruction holds it itself.
        target: Option<Label>,
    },
    Raw {
        bytes: Vec<u8>,
        is_start: bool,
    },
}

/// Assembles code. Instructions are encoded canonically; jumps to labels take as few bytes as their distance allows, except
/// in code that was made to take for ever.
///
/// Labels are plain positions: nothing is inserted to make them valid jump targets.
#[derive(Clone, Debug)]
pub struct CodeBuilder {
    isa: InstructionSet,
    items: Vec<Item>,
    /// For each label the index of the item that it stands in front of.
    labels: Vec<Option<usize>>,
    jump_table: Vec<Label>,
    /// The first mistake; reported when building is finished.
    error: Option<BuildError>,
}

impl CodeBuilder {
    /// Without any code.
    pub fn new(isa: InstructionSet) -> Self {
        Self { isa, items: Vec::new(), labels: Vec::new(), jump_table: Vec::new(), error: None }
    }

    /// Appends an instruction; the target of a jump is the absolute code offset that it holds.
    pub fn push(&mut self, instruction: Instruction) -> &mut Self {
        self.items.push(Item::Instruction { instruction, target: None });
        self
    }

    /// Appends a jump or branch to a label; the target that the instruction holds is ignored.
    pub fn push_to(&mut self, instruction: Instruction, target: Label) -> &mut Self {
        if !instruction.opcode.format().has_target() {
            self.fail(BuildError::NoTarget(instruction.opcode));
        }
        self.items.push(Item::Instruction { instruction, target: Some(target) });
        self
    }

    /// Appends bytes as they are; the bitmask says that an instruction starts at the first if `is_start`.
    pub fn raw(&mut self, bytes: &[u8], is_start: bool) -> &mut Self {
        self.items.push(Item::Raw { bytes: bytes.into(), is_start });
        self
    }

    /// A new label, to be bound later.
    pub fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() - 1)
    }

    /// Binds a label to the position of what is appended next.
    pub fn bind(&mut self, label: Label) -> &mut Self {
        match self.labels.get_mut(label.0) {
            Some(position @ None) => *position = Some(self.items.len()),
            Some(_) => self.fail(BuildError::LabelBoundTwice(label)),
            None => self.fail(BuildError::UnknownLabel(label)),
        }
        self
    }

    /// A new label at the position of what is appended next.
    pub fn label_here(&mut self) -> Label {
        self.labels.push(Some(self.items.len()));
        Label(self.labels.len() - 1)
    }

    /// Appends a label to the jump table and returns the address for dynamic jumps to it.
    pub fn jump_table_entry(&mut self, label: Label) -> u32 {
        self.jump_table.push(label);
        // The table would have to have 2^31 entries for this to saturate; such code is refused long before.
        u32::try_from(self.jump_table.len()).unwrap_or(u32::MAX).saturating_mul(CODE_ADDRESS_ALIGNMENT)
    }

    fn fail(&mut self, error: BuildError) {
        self.error.get_or_insert(error);
    }

    /// Resolves labels and encodes everything.
    ///
    /// # Errors
    ///
    /// An instruction that the set does not have, misuse of a label, or more code than a blob can hold.
    pub fn finish(&self) -> Result<CodeParts, BuildError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let encoded = self.encode_without_targets()?;
        let offsets = self.lay_out(&encoded)?;
        let mut code = Vec::with_capacity(offsets.last().map_or(0, |end| *end as usize));
        let mut starts = Vec::with_capacity(self.items.len());
        for ((item, encoded), span) in self.items.iter().zip(encoded).zip(offsets.windows(2)) {
            let &[offset, next] = span else { continue };
            match item {
                Item::Raw { bytes, is_start } => {
                    starts.extend(is_start.then_some(offset));
                    code.extend_from_slice(bytes);
                }
                Item::Instruction { instruction, .. } if !instruction.opcode.format().has_target() => {
                    starts.push(offset);
                    code.extend_from_slice(&encoded);
                }
                Item::Instruction { instruction, target } => {
                    starts.push(offset);
                    let instruction = self.resolve(instruction, *target, &offsets)?;
                    code.extend_from_slice(&self.encode(&instruction, offset)?);
                    // A jump to an absolute offset can have been given more bytes than it takes now, and any jump if the
                    // layout was cut short. Its relative target comes last, so further bytes of its sign change nothing.
                    let backwards = (instruction.target.wrapping_sub(offset) as i32) < 0;
                    let sign = if backwards { 0xff } else { 0 };
                    code.resize(code.len().max(next as usize), sign);
                }
            }
        }
        let mut bitmask = vec![0_u8; code.len().div_ceil(8)];
        for start in starts {
            // An empty raw item at the very end starts nothing.
            if let Some(byte) =
                bitmask.get_mut((start / 8) as usize).filter(|_| (start as usize) < code.len())
            {
                *byte |= 1 << (start % 8);
            }
        }
        let offset_of = |label: Label| self.offset_of(label, &offsets);
        let jump_table = self.jump_table.iter().map(|label| offset_of(*label)).collect::<Result<_, _>>()?;
        let labels = (0..self.labels.len()).map(|index| offset_of(Label(index)).ok()).collect();
        Ok(CodeParts { code, bitmask, jump_table, labels })
    }

    /// Each instruction with the shortest target; nothing for raw bytes.
    fn encode_without_targets(&self) -> Result<Vec<Encoded>, BuildError> {
        let encode = |item: &Item| match item {
            Item::Raw { .. } => Ok(Encoded::default()),
            Item::Instruction { instruction, .. } => {
                self.encode(&Instruction { target: 0, ..*instruction }, 0)
            }
        };
        self.items.iter().map(encode).collect()
    }

    /// The offset of each item and, last, of the end.
    fn lay_out(&self, encoded: &[Encoded]) -> Result<Vec<u32>, BuildError> {
        // Jumps start as short as possible and only ever grow, so this ends. A longer jump can only lengthen the distance
        // from another to its label, so each length that this ends with is the canonical one; only jumps to absolute
        // offsets, which labels do not move with, can be left with a byte too many.
        let mut lens: Vec<usize> = Vec::with_capacity(self.items.len());
        let mut jumps = Vec::new();
        for (index, (item, encoded)) in self.items.iter().zip(encoded).enumerate() {
            match item {
                Item::Raw { bytes, .. } => lens.push(bytes.len()),
                Item::Instruction { instruction, target } => {
                    lens.push(encoded.len());
                    if instruction.opcode.format().has_target() {
                        jumps.push((index, instruction, *target));
                    }
                }
            }
        }
        for round in 0..=LAYOUT_ROUNDS_MAX {
            if round == LAYOUT_ROUNDS_MAX {
                self.lengthen_all(&mut lens)?;
            }
            let offsets = offsets(&lens)?;
            let mut grown = false;
            for &(index, instruction, target) in &jumps {
                let instruction = self.resolve(instruction, target, &offsets)?;
                let needed = self.encode(&instruction, offsets[index])?.len();
                if needed > lens[index] {
                    (lens[index], grown) = (needed, true);
                }
            }
            if !grown {
                return Ok(offsets);
            }
        }
        // Not reached: in the last round all jumps have the length that suffices for any distance.
        offsets(&lens)
    }

    /// Gives all jumps the length that suffices for any distance.
    fn lengthen_all(&self, lens: &mut [usize]) -> Result<(), BuildError> {
        for (item, len) in self.items.iter().zip(lens) {
            match item {
                Item::Instruction { instruction, .. } if instruction.opcode.format().has_target() => {
                    *len = self.encode(&Instruction { target: u32::MAX / 2, ..*instruction }, 0)?.len();
                }
                Item::Instruction { .. } | Item::Raw { .. } => {}
            }
        }
        Ok(())
    }

    /// The instruction with the target that its label stands for.
    fn resolve(
        &self,
        instruction: &Instruction,
        target: Option<Label>,
        offsets: &[u32],
    ) -> Result<Instruction, BuildError> {
        Ok(match target {
            Some(label) => Instruction { target: self.offset_of(label, offsets)?, ..*instruction },
            None => *instruction,
        })
    }

    fn encode(&self, instruction: &Instruction, offset: u32) -> Result<Encoded, BuildError> {
        encode(self.isa, instruction, offset)
            .ok_or(BuildError::NotInSet { opcode: instruction.opcode, isa: self.isa })
    }

    fn offset_of(&self, label: Label, offsets: &[u32]) -> Result<u32, BuildError> {
        let position = self.labels.get(label.0).ok_or(BuildError::UnknownLabel(label))?;
        position.and_then(|item| offsets.get(item)).copied().ok_or(BuildError::UnboundLabel(label))
    }
}

/// Where items of these lengths start, and where the last ends.
fn offsets(lens: &[usize]) -> Result<Vec<u32>, BuildError> {
    let mut offsets = Vec::with_capacity(lens.len() + 1);
    let mut offset = 0_u32;
    offsets.push(offset);
    for len in lens {
        offset = u32::try_from(*len)
            .ok()
            .and_then(|len| offset.checked_add(len))
            .filter(|offset| *offset <= CODE_BYTES_MAX)
            .ok_or(BuildError::CodeTooLong { max: CODE_BYTES_MAX })?;
        offsets.push(offset);
    }
    Ok(offsets)
}

/// The parts of a code section.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct CodeParts {
    /// The code bytes.
    pub code: Vec<u8>,
    /// One bit per code byte, least significant first: whether an instruction starts there.
    pub bitmask: Vec<u8>,
    /// Code offsets that dynamic jumps go to.
    pub jump_table: Vec<u32>,
    /// Where the labels of the builder ended up.
    labels: Vec<Option<u32>>,
}

impl CodeParts {
    /// Code that was not made by a [`CodeBuilder`], with a bit of `bitmask` per byte of `code`.
    pub fn new(code: Vec<u8>, bitmask: Vec<u8>, jump_table: Vec<u32>) -> Self {
        Self { code, bitmask, jump_table, labels: Vec::new() }
    }

    /// The code offset of a label; `None` if it was never bound.
    pub fn offset_of(&self, label: Label) -> Option<u32> {
        self.labels.get(label.0).copied().flatten()
    }

    /// The payload of the code section.
    pub fn to_section(&self) -> Vec<u8> {
        let largest = self.jump_table.iter().max().copied().unwrap_or(0);
        // The width must fit the largest entry; a table of zeros still needs a byte per entry, or it would be empty.
        let mut entry_size = (u32::BITS - largest.leading_zeros()).div_ceil(8) as usize;
        if !self.jump_table.is_empty() {
            entry_size = entry_size.max(1);
        }
        let mut out = Vec::new();
        super::write_len(self.jump_table.len(), &mut out);
        out.push(entry_size as u8); // At most 4.
        super::write_len(self.code.len(), &mut out);
        for entry in &self.jump_table {
            out.extend_from_slice(&entry.to_le_bytes()[..entry_size]);
        }
        out.extend_from_slice(&self.code);
        out.extend_from_slice(&self.bitmask);
        out
    }
}
