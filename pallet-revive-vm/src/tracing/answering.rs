// SPDX-License-Identifier: Apache-2.0
//! Answers while host calls are recorded.
//!
//! The carrier is told to answer nothing, so that every host call gets here; what it would have answered is answered here, by
//! the same rules (`revive_vm_primitives::answers`) for the same gas. The rules ask whether memory can be written before they
//! write. Here that is tried: a guest that cannot be resumed with the writes has not changed, and the call goes on to the
//! pallet, as one that the carrier could not answer does.

use crate::{
    engine::{Guest, GuestOf},
    exec::Stack,
    host::answers::{self, BlockConstants},
    limits::GUEST_RANGE_BYTES_MAX,
    tracing::MemoryWrite,
    Config,
};
use alloc::{vec, vec::Vec};
use core::cell::Cell;
use revive_vm_primitives::{answers as rules, Gas};
use revive_vm_runtime_interface::{Answer, ExitRecord, Operand, Price};
use sp_io::hashing::keccak_256;

/// What a guest goes on with.
pub(crate) struct Answered {
    pub(crate) gas: Gas,
    pub(crate) result: Option<u64>,
    pub(crate) writes: Vec<MemoryWrite>,
}

/// What becomes of the host call that `guest` stands at; `None` if the pallet has to look at it.
pub(crate) fn answer<T: Config>(
    stack: &Stack<T>,
    block: &BlockConstants,
    guest: &GuestOf<T>,
    exit: &ExitRecord,
    answer: Answer,
    price: Price,
) -> Option<Answered> {
    answers::with_constants(stack, block, |constants| {
        let frame = stack.top();
        let known = Known { constants, input: frame.input.as_deref(), output: &frame.output };
        let answered = Answered { gas: exit.gas, result: None, writes: Vec::new() };
        let mut standing = Standing::<T> { guest, args: &exit.args, answered, failed: Cell::new(false) };
        rules::answer(&mut standing, &known, answer, price)?;
        (!standing.failed.get()).then_some(standing.answered)
    })
}

struct Known<'a> {
    constants: &'a [&'a [u8]],
    input: Option<&'a [u8]>,
    output: &'a [u8],
}

impl rules::Known for Known<'_> {
    fn constant(&self, number: u8) -> Option<&[u8]> {
        self.constants.get(usize::from(number)).copied().filter(|bytes| !bytes.is_empty())
    }

    fn input(&self) -> Option<&[u8]> {
        self.input
    }

    fn output(&self) -> Option<&[u8]> {
        Some(self.output)
    }
}

/// A guest that stands at a host call, and what it is to find when it goes on.
struct Standing<'a, T: Config> {
    guest: &'a GuestOf<T>,
    args: &'a [u64; 6],
    answered: Answered,
    /// Memory that the rules took for readable was not.
    failed: Cell<bool>,
}

impl<T: Config> rules::Guest for Standing<'_, T> {
    type Operand = Operand;

    fn operand(&self, operand: Operand) -> u32 {
        operand.read(|number| self.args.get(number).copied().unwrap_or(0))
    }

    fn set_a0(&mut self, value: u64) {
        self.answered.result = Some(value);
    }

    fn gas(&self) -> Option<Gas> {
        Some(self.answered.gas)
    }

    fn set_gas(&mut self, gas: Gas) {
        self.answered.gas = gas;
    }

    fn accessible(&self, address: u32, len: u32, write: bool) -> bool {
        if len > GUEST_RANGE_BYTES_MAX {
            return false;
        }
        write || self.guest.read_memory(address, &mut vec![0; len as usize]).is_ok()
    }

    fn read(&self, address: u32, out: &mut [u8]) {
        if self.guest.read_memory(address, out).is_err() {
            self.failed.set(true);
        }
    }

    fn write(&mut self, address: u32, bytes: &[u8]) {
        self.answered.writes.push(MemoryWrite::new(address, bytes));
    }

    fn zero(&mut self, address: u32, len: u32) {
        // No longer than what was found to be accessible.
        self.answered.writes.push(MemoryWrite { address, bytes: vec![0; len as usize] });
    }

    fn keccak_256(&self, address: u32, len: u32) -> [u8; 32] {
        let mut bytes = vec![0; len as usize];
        self.read(address, &mut bytes);
        keccak_256(&bytes)
    }
}
