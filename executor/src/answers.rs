// SPDX-License-Identifier: Apache-2.0
//! Host calls that whoever runs the guest answers, without an exit to the embedder: constants, input, output of the last
//! callee, Keccak-256 (`revive_vm_primitives::answers` has the rules).
//!
//! Compiled programs are answered where they run, in the worker process. The interpreter is answered here, and so is what
//! the worker leaves: the same call is tried once more by the same rules on this side, so it does not matter what the
//! worker has room for. A call that cannot be answered exits, without having changed anything.

use std::sync::Arc;

use revive_vm_primitives::{
    answers::{self as rules, Answer, Operand, Price},
    keccak::Keccak256,
    Gas, OwnedKnown, Reg,
};

use crate::{instance::Running, module::Module};

/// The answers to a module's host calls, with their prices. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers(Arc<[Option<(Answer, Price)>]>);

impl Answers {
    /// The answers to the host calls from number 0 on.
    pub fn new(by_number: impl IntoIterator<Item = Option<(Answer, Price)>>) -> Self {
        Self(by_number.into_iter().collect())
    }

    /// The answers to the imports of a module, by symbol.
    pub fn for_module(module: &Module, mut of: impl FnMut(&[u8]) -> Option<(Answer, Price)>) -> Self {
        Self::new(module.imports().map(|symbol| symbol.and_then(&mut of)))
    }

    /// The answer to host call `number`.
    pub fn get(&self, number: u32) -> Option<(Answer, Price)> {
        self.0.get(usize::try_from(number).ok()?).copied().flatten()
    }

    /// Whether nothing is answered.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }
}

/// What an instance's host calls are answered from.
#[derive(Debug)]
#[cfg_attr(
    not(all(target_os = "linux", target_arch = "x86_64")),
    allow(dead_code, reason = "there are no workers")
)]
pub(crate) struct Answering {
    pub(crate) answers: Answers,
    pub(crate) known: OwnedKnown,
    /// Whether a worker has to be told all of it, or the output.
    pub(crate) stale: bool,
    pub(crate) output_stale: bool,
}

impl Default for Answering {
    fn default() -> Self {
        Self { answers: Answers::default(), known: OwnedKnown::default(), stale: true, output_stale: false }
    }
}

impl Answering {
    /// Answers host call `number` of an instance that stands at it. `None` if it cannot; then nothing has happened.
    pub(crate) fn answer(&self, running: &mut Running, module: &Module, number: u32) -> Option<()> {
        let (answer, price) = self.answers.get(number)?;
        self.apply(running, module, answer, price)
    }

    /// On its own, because most of what comes here is not answered here, and should not pass by all of this.
    #[inline(never)]
    fn apply(&self, running: &mut Running, module: &Module, answer: Answer, price: Price) -> Option<()> {
        rules::answer(&mut Standing { running, module }, &self.known, answer, price)
    }

    /// In the form in which a worker is told.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    pub(crate) fn for_worker(&self, module: &Module) -> revive_vm_sandbox::Answers<'_> {
        revive_vm_sandbox::Answers {
            entries: &self.answers.0,
            constants: &self.known.constants,
            input: self.known.input.as_deref(),
            output: &self.known.output,
            wide: module.isa().is_64_bit(),
            metered: module.config().gas.is_some(),
        }
    }
}

/// An instance that stands at a host call.
struct Standing<'a> {
    running: &'a mut Running,
    module: &'a Module,
}

impl rules::Guest for Standing<'_> {
    type Operand = Operand;

    fn operand(&self, operand: Operand) -> u32 {
        operand.read(|number| Reg::ARGS.get(number).map_or(0, |reg| self.running.reg(*reg)))
    }

    fn set_a0(&mut self, value: u64) {
        self.running.set_reg(Reg::A0, value);
    }

    fn gas(&self) -> Option<Gas> {
        self.module.config().gas.is_some().then(|| self.running.gas())
    }

    fn set_gas(&mut self, gas: Gas) {
        self.running.set_gas(gas);
    }

    fn accessible(&self, address: u32, len: u32, write: bool) -> bool {
        self.running.memory_accessible(address, len, write)
    }

    fn read(&self, address: u32, out: &mut [u8]) {
        let read = self.running.read_memory(self.module, address, out);
        debug_assert_eq!(read, Ok(()), "accessible by the rules; qed");
    }

    fn write(&mut self, address: u32, bytes: &[u8]) {
        let written = self.running.write_memory(address, bytes);
        debug_assert_eq!(written, Ok(()), "accessible by the rules; qed");
    }

    fn zero(&mut self, address: u32, len: u32) {
        let zeroed = self.running.zero_memory(address, len);
        debug_assert_eq!(zeroed, Ok(()), "accessible by the rules; qed");
    }

    fn keccak_256(&self, address: u32, len: u32) -> [u8; 32] {
        const PIECE_BYTES: u32 = 32 * 136;
        let mut state = Keccak256::default();
        let mut piece = [0; PIECE_BYTES as usize];
        let (mut at, mut left) = (address, len);
        while left > 0 {
            let count = left.min(PIECE_BYTES);
            let bytes = piece.get_mut(..count as usize).unwrap_or_default();
            self.read(at, bytes);
            state.update(bytes);
            at = at.wrapping_add(count);
            left -= count;
        }
        state.finish()
    }
}
