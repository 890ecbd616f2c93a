// SPDX-License-Identifier: Apache-2.0
//! How clients name places in code and memory: numbers, since they sort and compare them, with the code offset or address in the
//! lower half. What people type as a plain number is an offset of the first program, or an address in the contract that runs.

use crate::Session;

/// The number in a reference: hexadecimal behind `0x`, else decimal.
fn number(reference: &str, offset: i64) -> Result<u64, String> {
    let number = match reference.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => reference.parse(),
    };
    let number =
        number.map_err(|error| format!("`{}` is no reference: {error}", reference.escape_debug()))?;
    number
        .checked_add_signed(offset)
        .filter(|moved| moved >> 32 == number >> 32)
        .ok_or_else(|| format!("`{reference}` and {offset} leave the addresses of 32 bits"))
}

fn halves(number: u64) -> (usize, u32) {
    // Neither half has more than 32 bits.
    ((number >> 32) as usize, number as u32)
}

/// The programs of a recording, each once, as indices of the first frame that runs it.
fn programs(session: &Session) -> Vec<usize> {
    let frames = &session.recording().frames;
    let mut programs: Vec<usize> = Vec::new();
    for (index, frame) in frames.iter().enumerate() {
        if !programs.iter().any(|other| std::sync::Arc::ptr_eq(&frames[*other].program, &frame.program)) {
            programs.push(index);
        }
    }
    programs
}

/// A place in code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CodeReference {
    /// Number of the program.
    pub(super) program: usize,
    pub(super) pc: u32,
}

impl CodeReference {
    pub(super) fn parse(reference: &str, offset: i64) -> Result<Self, String> {
        let (program, pc) = halves(number(reference, offset)?);
        Ok(Self { program, pc })
    }

    /// A place in the program of an open frame.
    pub(super) fn new(session: &Session, contract: usize, pc: u32) -> Option<Self> {
        let frames = &session.recording().frames;
        let of_contract = &frames.get(session.frame(contract)?)?.program;
        let is_same = |frame: &usize| std::sync::Arc::ptr_eq(&frames[*frame].program, of_contract);
        Some(Self { program: programs(session).iter().position(is_same)?, pc })
    }

    pub(super) fn text(self) -> String {
        format!("{:#x}", (self.program as u64) << 32 | u64::from(self.pc))
    }

    /// The name of the program.
    pub(super) fn program_name(self, session: &Session) -> Result<String, String> {
        let frame = programs(session).get(self.program).copied();
        let frame = frame.and_then(|frame| session.recording().frames.get(frame));
        Ok(frame
            .ok_or_else(|| format!("`{}` is in no program of this run", self.text()))?
            .program
            .name
            .clone())
    }

    /// The innermost open frame that runs the program.
    pub(super) fn contract(self, session: &Session) -> Result<usize, String> {
        let name = self.program_name(session)?;
        (0..)
            .map_while(|contract| Some((contract, Self::new(session, contract, self.pc)?)))
            .find_map(|(contract, other)| (other == self).then_some(contract))
            .ok_or_else(|| format!("{name} does not run now"))
    }
}

/// A place in the memory of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MemoryReference {
    /// The frame of the recording.
    pub(super) frame: usize,
    pub(super) address: u32,
}

impl MemoryReference {
    pub(super) fn parse(session: &Session, reference: &str, offset: i64) -> Result<Self, String> {
        let (frame, address) = halves(number(reference, offset)?);
        let frame = match frame.checked_sub(1) {
            Some(frame) => frame,
            None => session.frame(0).ok_or("nothing runs now")?,
        };
        Ok(Self { frame, address })
    }

    pub(super) fn text(self) -> String {
        format!("{:#x}", (self.frame as u64 + 1) << 32 | u64::from(self.address))
    }

    /// The open frame that it is.
    pub(super) fn contract(self, session: &Session) -> Result<usize, String> {
        let title = session.recording().frames.get(self.frame).map(|frame| frame.title.clone());
        let title = title.ok_or_else(|| format!("`{}` is in no frame of this run", self.text()))?;
        (0..)
            .map_while(|contract| Some((contract, session.frame(contract)?)))
            .find_map(|(contract, frame)| (frame == self.frame).then_some(contract))
            .ok_or_else(|| format!("{title} does not run now"))
    }
}

/// The reference to a value that is an address in the memory of an open frame, if there is memory.
pub(super) fn of_pointer(session: &Session, contract: usize, value: u64) -> Option<String> {
    let address = u32::try_from(value).ok()?;
    let frame = session.frame(contract)?;
    let is_readable = !session.memory(contract, address, 1).is_empty();
    is_readable.then(|| MemoryReference { frame, address }.text())
}
