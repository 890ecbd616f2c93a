// SPDX-License-Identifier: Apache-2.0
//! What listens to a run.

use super::{
    Action, DebugMessage, FrameKind, FrameOutcome, FrameTrace, HostCall, HostCallOutcome, Listening,
    MemoryWrite, Omitted, Trace, TraceOptions, CONSOLE, DEBUG_MESSAGES_MAX, DEBUG_MESSAGE_BYTES_MAX,
    TRACE_BYTES_MAX,
};
use crate::{
    exec::{ExecResult, Executable, Frame},
    primitives::StorageDeposit,
    AddressMapper, BalanceOf, Config, Error,
};
use alloc::{string::String, vec::Vec};
use frame_support::weights::Weight;
use revive_vm_primitives::Gas;
use sp_core::{H160, U256};

/// What a frame counts for beside its input and output, and an action beside its bytes: about what they take encoded.
const FRAME_BYTES: usize = 256;
const ACTION_BYTES: usize = 128;
const PART_BYTES: usize = 8;

/// What listens to a run.
#[derive(Debug)]
pub(crate) struct Recorder {
    options: TraceOptions,
    frames: Vec<FrameTrace>,
    /// The frames that run: an index into `frames`, or none for a frame that did not fit.
    open: Vec<Option<u32>>,
    bytes_max: u32,
    bytes_left: usize,
    omitted: u64,
    /// Frames, below the outermost ones, that failed for lack of weight, gas or deposit.
    starved: u32,
    messages: Vec<DebugMessage>,
    message_bytes_left: usize,
}

/// A recorder that keeps debug messages and counts starved frames, and no trace.
impl Default for Recorder {
    fn default() -> Self {
        Self::new(&TraceOptions { bytes_max: Some(0), ..TraceOptions::default() })
    }
}

/// Gas of a guest as clients see it: never below zero.
fn gas(gas: Gas) -> u64 {
    u64::try_from(gas).unwrap_or(0)
}

impl Recorder {
    /// A recorder for a trace.
    pub(crate) fn new(options: &TraceOptions) -> Self {
        let bytes_max = options.bytes_max.unwrap_or(TRACE_BYTES_MAX).min(TRACE_BYTES_MAX);
        Self {
            options: *options,
            frames: Vec::new(),
            open: Vec::new(),
            bytes_max,
            bytes_left: bytes_max as usize,
            omitted: 0,
            starved: 0,
            messages: Vec::new(),
            message_bytes_left: DEBUG_MESSAGE_BYTES_MAX,
        }
    }

    pub(crate) fn listening(&self) -> Listening {
        match self.options.host_calls {
            true => Listening::HostCalls,
            false => Listening::Frames,
        }
    }

    /// Whether the memory of host calls is wanted, and there is room.
    pub(crate) fn wants_memory(&self) -> bool {
        self.options.memory && self.omitted == 0
    }

    /// Frames, below the outermost ones, that failed for lack of weight, gas or deposit.
    pub(crate) fn starved(&self) -> u32 {
        self.starved
    }

    pub(crate) fn take_messages(&mut self) -> Vec<DebugMessage> {
        core::mem::take(&mut self.messages)
    }

    pub(crate) fn into_trace(self, gas_price: u64) -> Trace {
        let omitted =
            (self.omitted > 0).then_some(Omitted { count: self.omitted, bytes_max: self.bytes_max });
        Trace { frames: self.frames, gas_price, omitted }
    }

    /// Makes room for `bytes`, or counts what has none. Nothing behind it has room then.
    fn fits(&mut self, bytes: usize) -> bool {
        match self.bytes_left.checked_sub(bytes) {
            Some(left) if self.omitted == 0 => self.bytes_left = left,
            _ => self.omitted = self.omitted.saturating_add(1),
        }
        self.omitted == 0
    }

    fn top(&mut self) -> Option<&mut FrameTrace> {
        let index = (*self.open.last()?)?;
        self.frames.get_mut(index as usize)
    }

    fn push(&mut self, bytes: usize, frame: FrameTrace) {
        if !self.fits(bytes) {
            self.open.push(None);
            return;
        }
        // The limit on bytes keeps their number far below 32 bits.
        let index = self.frames.len() as u32;
        if let Some(caller) = self.top() {
            caller.actions.push(Action::Frame(index));
        }
        self.frames.push(frame);
        self.open.push(Some(index));
    }

    fn parent(&self) -> Option<u32> {
        self.open.last().copied().flatten()
    }

    /// A frame is about to be entered.
    pub(crate) fn enter<T: Config>(&mut self, frame: &Frame<T>) {
        let (to, code_hash) = match frame.executable {
            Executable::Code(code) if frame.is_delegate => (frame.immutables_of, Some(code.hash)),
            Executable::Code(code) => (frame.address, Some(code.hash)),
            Executable::Precompile(address) => (address, None),
        };
        let from = match frame.is_delegate {
            true => Some(frame.address),
            false => frame.caller.account().ok().map(T::AddressMapper::to_address),
        };
        let input = frame.input.as_deref().unwrap_or_default();
        let bytes = input.len().saturating_add(FRAME_BYTES);
        let entered = FrameTrace {
            parent: self.parent(),
            kind: FrameKind::new(frame.entry, frame.is_delegate),
            from,
            to,
            code_hash,
            read_only: frame.read_only,
            value: frame.value,
            // Copied even if there is no room for it; the limit on call data bounds it.
            input: input.to_vec(),
            weight_limit: frame.meter.weight.left(),
            weight_consumed: Weight::zero(),
            deposit_limit: frame.meter.deposit.limit().into(),
            storage_deposit: StorageDeposit::default(),
            gas_limit: 0,
            gas_consumed: 0,
            outcome: FrameOutcome::Open,
            actions: Vec::new(),
        };
        self.push(bytes, entered);
    }

    /// The topmost frame ended, which had these meters. `message` is the detail behind an error.
    pub(crate) fn leave<T: Config>(
        &mut self,
        weight_consumed: Weight,
        storage_deposit: StorageDeposit<BalanceOf<T>>,
        result: &ExecResult,
        message: &str,
    ) {
        if let Err(failure) = result {
            let lack = [Error::<T>::OutOfGas, Error::<T>::StorageDepositLimitExhausted];
            if self.open.len() > 1 && lack.into_iter().any(|error| failure.error == error.into()) {
                self.starved = self.starved.saturating_add(1);
            }
        }
        let bytes = match result {
            Ok(output) => output.data.len(),
            Err(_) => message.len(),
        };
        let is_kept = self.parent().is_some() && self.fits(bytes);
        if let Some(frame) = self.top() {
            frame.weight_consumed = weight_consumed;
            frame.storage_deposit = match storage_deposit {
                StorageDeposit::Charge(amount) => StorageDeposit::Charge(amount.into()),
                StorageDeposit::Refund(amount) => StorageDeposit::Refund(amount.into()),
            };
            frame.outcome = match result {
                Ok(output) => {
                    let mut output = output.clone();
                    if !is_kept {
                        output.data.clear();
                    }
                    FrameOutcome::Returned(output)
                }
                Err(failure) => FrameOutcome::Failed {
                    error: failure.error,
                    message: if is_kept { String::from(message) } else { String::new() },
                },
            };
        }
        self.open.pop();
    }

    /// An address without code was called.
    pub(crate) fn transfer<T: Config>(
        &mut self,
        from: Option<H160>,
        to: H160,
        value: U256,
        input: &[u8],
        read_only: bool,
        result: &ExecResult,
    ) {
        if let (true, Some(contract), Ok(_)) = (to == CONSOLE, from, result) {
            self.message(contract, input);
        }
        let frame = FrameTrace {
            parent: self.parent(),
            kind: FrameKind::Transfer,
            from,
            to,
            code_hash: None,
            read_only,
            value,
            input: input.to_vec(),
            weight_limit: Weight::zero(),
            weight_consumed: Weight::zero(),
            deposit_limit: U256::zero(),
            storage_deposit: StorageDeposit::default(),
            gas_limit: 0,
            gas_consumed: 0,
            outcome: FrameOutcome::Open,
            actions: Vec::new(),
        };
        self.push(input.len().saturating_add(FRAME_BYTES), frame);
        self.leave::<T>(Weight::zero(), StorageDeposit::default(), result, "");
    }

    fn message(&mut self, contract: H160, payload: &[u8]) {
        let Some(left) = self.message_bytes_left.checked_sub(payload.len()) else { return };
        if self.messages.len() < DEBUG_MESSAGES_MAX {
            self.message_bytes_left = left;
            self.messages.push(DebugMessage { contract, payload: payload.to_vec() });
        }
    }

    /// The guest of the topmost frame starts with so much gas.
    pub(crate) fn start(&mut self, limit: Gas) {
        if let Some(frame) = self.top() {
            frame.gas_limit = gas(limit);
        }
    }

    /// The guest of the topmost frame used the gas between the two.
    pub(crate) fn spend(&mut self, before: Gas, after: Gas) {
        if let Some(frame) = self.top() {
            frame.gas_consumed = frame.gas_consumed.saturating_add(gas(before.saturating_sub(after)));
        }
    }

    /// The topmost frame did something.
    pub(crate) fn act(&mut self, action: Action) {
        let bytes = match &action {
            Action::HostCall(call) => call.memory.iter().map(|part| part_bytes(part.as_deref())).sum(),
            Action::Frame(_) => 0,
            Action::Read { key, value, .. } => key.len().saturating_add(part_bytes(value.as_deref())),
            Action::Write { key, old, new, .. } => [old, new]
                .into_iter()
                .fold(key.len(), |sum, value| sum.saturating_add(part_bytes(value.as_deref()))),
            Action::Event { topics, data, .. } => data.len().saturating_add(topics.len().saturating_mul(32)),
        };
        let bytes = bytes.saturating_add(ACTION_BYTES);
        if self.parent().is_none() {
            // The frame is missing, and counted.
            return;
        }
        if self.fits(bytes) {
            if let Some(frame) = self.top() {
                frame.actions.push(action);
            }
        }
    }

    /// The last host call of the topmost frame came to an end.
    pub(crate) fn end_host_call(&mut self, after: Gas, weight: Weight, outcome: HostCallOutcome) {
        let mut outcome = outcome;
        if let HostCallOutcome::Resumed { writes, .. } = &mut outcome {
            let bytes = writes.iter().map(|write| write.bytes.len().saturating_add(PART_BYTES)).sum();
            if bytes > 0 && !self.fits(bytes) {
                writes.clear();
            }
        }
        let Some(frame) = self.top() else { return };
        let open = frame.actions.iter_mut().rev().find_map(|action| match action {
            Action::HostCall(call) => Some(call),
            _ => None,
        });
        // If it was left out, the last one is another, which has ended.
        if let Some(call) = open.filter(|call| call.outcome == HostCallOutcome::Open) {
            call.gas_after = gas(after);
            call.weight = weight;
            call.outcome = outcome;
        }
    }

    /// A host call of the topmost frame that has not ended.
    pub(crate) fn begin_host_call(
        &mut self,
        function: &str,
        pc: Option<u32>,
        args: [u64; 6],
        memory: Vec<Option<Vec<u8>>>,
        before: Gas,
    ) {
        self.act(Action::HostCall(HostCall {
            function: function.into(),
            pc,
            args,
            memory,
            gas_before: gas(before),
            gas_after: 0,
            weight: Weight::zero(),
            outcome: HostCallOutcome::Open,
        }));
    }
}

fn part_bytes(part: Option<&[u8]>) -> usize {
    part.map_or(0, <[u8]>::len).saturating_add(PART_BYTES)
}

impl MemoryWrite {
    pub(crate) fn new(address: u32, bytes: &[u8]) -> Self {
        Self { address, bytes: bytes.to_vec() }
    }
}
