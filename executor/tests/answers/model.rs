// SPDX-License-Identifier: Apache-2.0
//! An independent model of answers to host calls: slow, byte by byte, with another implementation of the hash.

use revive_vm_executor::{Answer, Operand, Price};
use tiny_keccak::{Hasher, Keccak};

/// What a guest's host calls are answered from.
#[derive(Clone, Default)]
pub(crate) struct Known {
    pub(crate) constants: Vec<Vec<u8>>,
    pub(crate) input: Option<Vec<u8>>,
    pub(crate) output: Vec<u8>,
}

/// A stretch of memory.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) start: u32,
    pub(crate) writable: bool,
    pub(crate) bytes: Vec<u8>,
}

/// The state of a guest that an answer may change.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) args: [u64; 6],
    /// `None` without metering.
    pub(crate) gas: Option<i64>,
    /// All that the guest may load.
    pub(crate) memory: Vec<Stretch>,
    pub(crate) wide: bool,
}

pub(crate) fn keccak_256(bytes: &[u8]) -> [u8; 32] {
    let (mut hasher, mut hash) = (Keccak::v256(), [0; 32]);
    hasher.update(bytes);
    hasher.finalize(&mut hash);
    hash
}

impl State {
    fn operand(&self, operand: Operand) -> u64 {
        match operand {
            Operand::Low(register) => self.args[usize::from(register)] % (1 << 32),
            Operand::High(register) => self.args[usize::from(register)] / (1 << 32),
        }
    }

    /// What is in memory there; nothing if a byte is missing, or not writable where that is asked.
    fn bytes(&self, address: u64, len: u64, write: bool) -> Option<Vec<u8>> {
        // Nobody has that much here; it would take long to find out byte by byte.
        if len > 1 << 20 {
            return None;
        }
        (address..address + len)
            .map(|at| self.byte(at).filter(|(index, _)| !write || self.memory[*index].writable))
            .map(|place| place.map(|(index, offset)| self.memory[index].bytes[offset]))
            .collect()
    }

    /// Where a byte is: index of its stretch and offset there.
    fn byte(&self, address: u64) -> Option<(usize, usize)> {
        self.memory.iter().enumerate().find_map(|(index, stretch)| {
            let offset = address.checked_sub(stretch.start.into())? as usize;
            (offset < stretch.bytes.len()).then_some((index, offset))
        })
    }

    fn put(&mut self, address: u64, bytes: &[u8]) {
        for (at, new) in (address..).zip(bytes) {
            let (index, offset) = self.byte(at).unwrap();
            self.memory[index].bytes[offset] = *new;
        }
    }

    fn pay(&mut self, price: Price, len: u64) -> Option<()> {
        let cost = i128::from(price.base) + (i128::from(price.per_kib) * i128::from(len) + 1023) / 1024;
        let Some(gas) = &mut self.gas else { return Some(()) };
        let left = i128::from(*gas) - cost;
        *gas = i64::try_from(left).ok().filter(|left| *left >= 0)?;
        Some(())
    }

    fn result(&mut self, value: u64) {
        self.args[0] = if self.wide { value } else { value % (1 << 32) };
    }

    /// The state after the answer; nothing if there is none.
    pub(crate) fn answered(&self, known: &Known, answer: Answer, price: Price) -> Option<Self> {
        let mut new = self.clone();
        let constant =
            |number: u8| known.constants.get(usize::from(number)).filter(|bytes| !bytes.is_empty());
        // What of the data is at an offset, with zeros behind.
        let padded = |data: &[u8], offset: u64, len: u64| -> Vec<u8> {
            (offset..offset + len)
                .map(|at| usize::try_from(at).ok().and_then(|at| data.get(at)).copied().unwrap_or(0))
                .collect()
        };
        match answer {
            Answer::Constant { constant: number, to } => {
                let (bytes, to) = (constant(number)?, self.operand(to));
                self.bytes(to, bytes.len() as u64, true)?;
                new.pay(price, bytes.len() as u64)?;
                new.put(to, bytes);
            }
            Answer::Number { constant: number } => {
                let bytes = constant(number)?;
                if bytes.len() != 8 {
                    return None;
                }
                new.pay(price, 0)?;
                new.result(bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)));
            }
            Answer::InputSize => {
                let len = known.input.as_ref()?.len();
                new.pay(price, 0)?;
                new.result(len as u64);
            }
            Answer::InputCopy { to, len, offset } => {
                let (to, len, offset) = (self.operand(to), self.operand(len), self.operand(offset));
                self.bytes(to, len, true)?;
                let bytes = padded(known.input.as_ref()?, offset, len);
                new.pay(price, len)?;
                new.put(to, &bytes);
            }
            Answer::InputLoad { to, offset } => {
                let (to, offset) = (self.operand(to), self.operand(offset));
                self.bytes(to, 32, true)?;
                let mut bytes = padded(known.input.as_ref()?, offset, 32);
                bytes.reverse();
                new.pay(price, 32)?;
                new.put(to, &bytes);
            }
            Answer::OutputSize => {
                new.pay(price, 0)?;
                new.result(known.output.len() as u64);
            }
            Answer::OutputCopy { to, cell, offset } => {
                let (to, cell, offset) = (self.operand(to), self.operand(cell), self.operand(offset));
                let capacity = self.bytes(cell, 4, true)?;
                let capacity = capacity.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
                let rest = (known.output.len() as u64).checked_sub(offset)?;
                let len = rest.min(capacity);
                self.bytes(to, len, true)?;
                new.pay(price, len)?;
                new.put(to, &padded(&known.output, offset, len));
                new.put(cell, &(len as u32).to_le_bytes());
            }
            Answer::Keccak256 { from, len, to } => {
                let (from, len, to) = (self.operand(from), self.operand(len), self.operand(to));
                let bytes = self.bytes(from, len, false)?;
                self.bytes(to, 32, true)?;
                new.pay(price, len)?;
                new.put(to, &keccak_256(&bytes));
            }
        }
        Some(new)
    }
}
