// SPDX-License-Identifier: Apache-2.0
//! A trace for people, as a tree, and for scripts, as a document.

use alloy_dyn_abi::DynSolValue;
use alloy_primitives::U256;
use serde_json::{json, Map, Value};

use crate::{
    abi::{self, Abi},
    chain::{
        trace::{Action, FrameKind, FrameOutcome, FrameTrace, HostCall, HostCallOutcome, Trace},
        types::{DispatchError, StorageDeposit, Weight},
        Address, Unit,
    },
    console,
    host_signatures::{arguments, enters, failure, memory_name},
    output::{self, grouped, harmless, hex},
};

/// Bytes that are shown of a value in the tree; the document has all.
const SHOWN_BYTES_MAX: usize = 64;

/// The address whose calls are debug messages.
pub(crate) const CONSOLE: Address = *b"\0\0\0\0\0\0\0\0\0console.log";

/// What a trace is shown with.
pub(crate) struct View<'a> {
    /// The interfaces of the contracts; the first that fits is taken.
    pub(crate) abis: &'a [Abi],
    /// The name of an error.
    pub(crate) error: &'a dyn Fn(&DispatchError) -> String,
    /// The chain's unit.
    pub(crate) unit: &'a Unit,
    /// Whether host calls are shown; without them only those that should have run other code and did not, in few words.
    pub(crate) host_calls: bool,
}

/// The calls that should have run other code and came to nothing before that began.
fn refused(frame: &FrameTrace, position: usize) -> Option<(&HostCall, &'static str)> {
    let Some(Action::HostCall(call)) = frame.actions.get(position) else { return None };
    let HostCallOutcome::Resumed { result: Some(result), .. } = call.outcome else { return None };
    // What happens during a host call comes behind it.
    let ran = matches!(frame.actions.get(position + 1), Some(Action::Frame(_)));
    let why = failure(&call.function, result).filter(|_| enters(&call.function) && !ran)?;
    Some((call, why))
}

/// Whom or what a host call was about: the callee, or the hash of the code.
fn object(call: &HostCall) -> Option<String> {
    call.memory.iter().enumerate().find_map(|(index, bytes)| {
        let bytes = bytes.as_ref()?;
        match memory_name(&call.function, index).as_str() {
            "callee" => Some(hex(bytes)),
            "code_hash" => Some(format!("code {}", hex(bytes))),
            // The input of a constructor begins with the hash of its code.
            "input" if call.function == "instantiate" => Some(format!("code {}", hex(bytes.get(..32)?))),
            _ => None,
        }
    })
}

/// Bytes in hexadecimal, the end of long ones left out.
fn short(bytes: &[u8]) -> String {
    match bytes.get(..SHOWN_BYTES_MAX) {
        Some(head) if bytes.len() > SHOWN_BYTES_MAX => {
            format!("{}… ({} bytes)", hex(head), grouped(bytes.len() as u128))
        }
        _ => hex(bytes),
    }
}

fn optional(bytes: Option<&Vec<u8>>) -> String {
    bytes.map_or_else(|| "nothing".into(), |bytes| short(bytes))
}

fn named(args: &[(String, DynSolValue)]) -> String {
    args.iter().map(|(name, value)| format!("{name}={}", abi::show(value))).collect::<Vec<_>>().join(", ")
}

impl View<'_> {
    /// What a frame was asked for. The first interface is that of what is run, so only the outermost constructor can be its.
    fn call(&self, frame: &FrameTrace) -> Option<abi::DecodedCall> {
        match (frame.kind, frame.parent) {
            (FrameKind::Constructor, None) => self.abis.first()?.construction(&frame.input),
            (FrameKind::Constructor, Some(_)) => None,
            _ => self.abis.iter().find_map(|abi| abi.call(&frame.input)),
        }
    }

    fn revert_reason(&self, data: &[u8]) -> Option<String> {
        let known = self.abis.iter().find_map(|abi| abi::revert_reason(Some(abi), data));
        known.or_else(|| abi::revert_reason(None, data))
    }

    /// All frames as a tree.
    pub(crate) fn tree(&self, trace: &Trace) -> String {
        let mut text = String::new();
        for (index, frame) in trace.frames.iter().enumerate() {
            if frame.parent.is_none() {
                self.frame(trace, index, "", "", &mut text);
            }
        }
        if let Some(omitted) = &trace.omitted {
            text.push_str(&format!(
                "{} more frames and actions are left out: the trace is limited to {} bytes\n",
                grouped(omitted.count),
                grouped(omitted.bytes_max)
            ));
        }
        text
    }

    /// One frame and what is below it: the first line behind `head`, the others behind `indent`.
    fn frame(&self, trace: &Trace, index: usize, head: &str, indent: &str, text: &mut String) {
        let Some(frame) = trace.frames.get(index) else { return };
        text.push_str(&format!("{head}{}\n", harmless(&self.title(frame))));
        if frame.kind != FrameKind::Transfer {
            text.push_str(&format!("{indent}│ {}\n", harmless(&self.costs(frame))));
        }
        for (position, action) in frame.actions.iter().enumerate() {
            let head = format!("{indent}├ ");
            match action {
                Action::HostCall(_) if !self.host_calls => {
                    if let Some((call, why)) = refused(frame, position) {
                        let object = object(call).map_or_else(String::new, |object| format!(" {object}"));
                        let line = format!("{}{object} came to nothing: {why}", call.function);
                        text.push_str(&format!("{head}{}\n", harmless(&line)));
                    }
                }
                Action::Frame(callee) => {
                    // What is below is above itself: frames come behind those that called them.
                    if *callee as usize > index {
                        self.frame(trace, *callee as usize, &head, &format!("{indent}│ "), text);
                    }
                }
                other => text.push_str(&format!("{head}{}\n", harmless(&self.action(other)))),
            }
        }
        text.push_str(&format!("{indent}└ {}\n", harmless(&self.outcome(frame))));
    }

    /// What a frame is called, in a line.
    pub(crate) fn title(&self, frame: &FrameTrace) -> String {
        let from = frame.from.map_or_else(|| "the chain".into(), hex);
        let read_only = if frame.read_only { ", read-only" } else { "" };
        let value = U256::from_le_bytes(frame.value);
        let value = if value.is_zero() {
            String::new()
        } else {
            format!(" with {} wei", output::group_digits(&value.to_string()))
        };
        let what = match self.call(frame) {
            Some(call) if frame.kind == FrameKind::Constructor => format!(" ({})", named(&call.args)),
            Some(call) => format!(" {}({})", call.name, named(&call.args)),
            None if frame.kind == FrameKind::Transfer && frame.to == CONSOLE => {
                format!(" debug message: {}", console::text(&frame.input))
            }
            None if frame.input.is_empty() => String::new(),
            None => format!(" input {}", short(&frame.input)),
        };
        format!("{}{read_only} {from} → {}{value}{what}", frame.kind.name(), hex(frame.to))
    }

    fn costs(&self, frame: &FrameTrace) -> String {
        let deposit = match frame.storage_deposit.narrow() {
            StorageDeposit::Charge(0) | StorageDeposit::Refund(0) => String::new(),
            StorageDeposit::Charge(amount) => format!(", deposit {} charged", self.unit.show(amount)),
            StorageDeposit::Refund(amount) => format!(", deposit {} refunded", self.unit.show(amount)),
        };
        let Weight { ref_time, proof_size } = frame.weight_limit;
        // A dry run has no limit of proof, and what is left of that is a number that says nothing.
        let limit = match proof_size > u64::MAX / 2 {
            true => format!("{} ps, no limit of proof", grouped(ref_time)),
            false => frame.weight_limit.to_string(),
        };
        format!("gas {}, weight {} of {limit}{deposit}", grouped(frame.gas_consumed), frame.weight_consumed)
    }

    /// What came of a frame, in a line.
    pub(crate) fn outcome(&self, frame: &FrameTrace) -> String {
        match &frame.outcome {
            FrameOutcome::Open => "what came of it is not in the trace".into(),
            FrameOutcome::Returned(value) if value.did_revert() => {
                let reason = self.revert_reason(&value.data).unwrap_or_else(|| short(&value.data));
                format!("reverted: {reason}")
            }
            FrameOutcome::Returned(value) => {
                let decoded = self.abis.iter().find_map(|abi| abi.returned(&frame.input, &value.data));
                match decoded {
                    Some(values) => {
                        format!("returned {}", values.iter().map(abi::show).collect::<Vec<_>>().join(", "))
                    }
                    None if value.data.is_empty() => "returned".into(),
                    None => format!("returned {}", short(&value.data)),
                }
            }
            FrameOutcome::Failed { error, message } if message.is_empty() => {
                format!("failed: {}", (self.error)(error))
            }
            FrameOutcome::Failed { error, message } => format!("failed: {}: {message}", (self.error)(error)),
        }
    }

    fn action(&self, action: &Action) -> String {
        let place = |transient: &bool| if *transient { "transient " } else { "" };
        match action {
            Action::HostCall(call) => self.host_call(call),
            // Shown by the tree itself.
            Action::Frame(_) => String::new(),
            Action::Read { transient, key, value } => {
                format!("read {}{} = {}", place(transient), short(key), optional(value.as_ref()))
            }
            Action::Write { transient, key, old, new } => format!(
                "write {}{} = {}, was {}",
                place(transient),
                short(key),
                optional(new.as_ref()),
                optional(old.as_ref())
            ),
            Action::Event { topics, data, .. } => {
                match self.abis.iter().find_map(|abi| abi.event(topics, data)) {
                    Some(event) => format!("event {}({})", event.name, named(&event.args)),
                    None => {
                        let topics: Vec<_> = topics.iter().map(hex).collect();
                        format!("event topics [{}] data {}", topics.join(", "), short(data))
                    }
                }
            }
        }
    }

    /// A host call with what came of it, in a line.
    pub(crate) fn host_call(&self, call: &HostCall) -> String {
        let args: Vec<_> = arguments(&call.function, &call.args)
            .iter()
            .map(|(name, value)| format!("{name}={value:#x}"))
            .collect();
        let mut text = format!("host {}({})", call.function, args.join(", "));
        for (index, bytes) in call.memory.iter().enumerate() {
            if let Some(bytes) = bytes {
                text.push_str(&format!(" {}={}", memory_name(&call.function, index), short(bytes)));
            }
        }
        match &call.outcome {
            HostCallOutcome::Open => text.push_str(" → not in the trace"),
            HostCallOutcome::Resumed { result, writes } => {
                if let Some(result) = result {
                    text.push_str(&format!(" → {result:#x}"));
                    if let Some(why) = failure(&call.function, *result) {
                        text.push_str(&format!(" ({why})"));
                    }
                }
                for write in writes {
                    text.push_str(&format!(" [{:#x}] = {}", write.address, short(&write.bytes)));
                }
            }
            HostCallOutcome::Ended => text.push_str(" → end"),
            HostCallOutcome::Failed(error) => text.push_str(&format!(" → {}", (self.error)(error))),
        }
        match call.answer_gas() {
            0 => text.push_str(&format!(", {} ps", grouped(call.weight.ref_time))),
            gas => text.push_str(&format!(", {} gas", grouped(gas))),
        }
        if let Some(pc) = call.pc {
            text.push_str(&format!(", at {pc}"));
        }
        text
    }

    /// All frames as a document.
    pub(crate) fn document(&self, trace: &Trace) -> Value {
        let roots = trace.frames.iter().enumerate().filter(|(_, frame)| frame.parent.is_none());
        let frames: Vec<_> = roots.map(|(index, _)| self.frame_document(trace, index)).collect();
        json!({
            "frames": frames,
            "picoseconds_per_gas": trace.gas_price,
            "omitted": trace.omitted.map(|omitted| json!({ "count": omitted.count, "bytes_max": omitted.bytes_max })),
        })
    }

    fn frame_document(&self, trace: &Trace, index: usize) -> Value {
        let Some(frame) = trace.frames.get(index) else { return Value::Null };
        let mut document = Map::new();
        let mut put = |name: &str, value: Value| document.insert(name.into(), value);
        put("type", json!("frame"));
        put("kind", json!(frame.kind.name()));
        put("from", json!(frame.from.map(hex)));
        put("to", json!(hex(frame.to)));
        put("code_hash", json!(frame.code_hash.map(hex)));
        put("read_only", json!(frame.read_only));
        put("value_wei", json!(U256::from_le_bytes(frame.value).to_string()));
        put("input", json!(hex(&frame.input)));
        if let Some(call) = self.call(frame) {
            let args: Map<_, _> =
                call.args.iter().map(|(name, value)| (name.clone(), abi::to_json(value))).collect();
            put("call", json!({ "function": call.name, "args": args }));
        }
        if frame.to == CONSOLE && frame.kind == FrameKind::Transfer {
            put("debug_message", json!(console::text(&frame.input)));
        }
        put("weight_limit", json!(frame.weight_limit));
        put("weight_consumed", json!(frame.weight_consumed));
        let (kind, amount) = match frame.storage_deposit.narrow() {
            StorageDeposit::Charge(amount) => ("charge", amount),
            StorageDeposit::Refund(amount) => ("refund", amount),
        };
        put("storage_deposit", json!({ "kind": kind, "amount": amount.to_string() }));
        put("storage_deposit_limit", json!(U256::from_le_bytes(frame.deposit_limit).to_string()));
        put("gas_limit", json!(frame.gas_limit));
        put("gas_consumed", json!(frame.gas_consumed));
        match &frame.outcome {
            FrameOutcome::Open => put("outcome", json!("unknown")),
            FrameOutcome::Returned(value) => {
                put("output", json!(hex(&value.data)));
                if value.did_revert() {
                    put("revert_reason", json!(self.revert_reason(&value.data)));
                } else if let Some(values) =
                    self.abis.iter().find_map(|abi| abi.returned(&frame.input, &value.data))
                {
                    put("returned", Value::Array(values.iter().map(abi::to_json).collect()));
                }
                put("outcome", json!(if value.did_revert() { "reverted" } else { "returned" }))
            }
            FrameOutcome::Failed { error, message } => {
                put("error", json!((self.error)(error)));
                put("error_detail", json!(message));
                put("outcome", json!("failed"))
            }
        };
        let shown = |position: usize, action: &Action| {
            match action {
            Action::Frame(callee) if *callee as usize > index => {
                Some(self.frame_document(trace, *callee as usize))
            }
            Action::HostCall(_) if !self.host_calls => refused(frame, position).map(|(call, why)| {
                json!({ "type": "refused", "function": call.function, "object": object(call), "why": why })
            }),
            other => Some(self.action_document(other)),
        }
        };
        let actions =
            frame.actions.iter().enumerate().filter_map(|(position, action)| shown(position, action));
        let actions = actions.collect();
        document.insert("actions".into(), Value::Array(actions));
        Value::Object(document)
    }

    fn action_document(&self, action: &Action) -> Value {
        let bytes = |bytes: &Option<Vec<u8>>| json!(bytes.as_ref().map(hex));
        match action {
            Action::Frame(_) => Value::Null,
            Action::HostCall(call) => {
                let (outcome, result, writes) = match &call.outcome {
                    HostCallOutcome::Open => ("unknown".into(), None, &[][..]),
                    HostCallOutcome::Resumed { result, writes } => ("resumed".into(), *result, &writes[..]),
                    HostCallOutcome::Ended => ("ended".into(), None, &[][..]),
                    HostCallOutcome::Failed(error) => ((self.error)(error), None, &[][..]),
                };
                let named = |(name, value): &(String, u64)| (name.clone(), json!(format!("{value:#x}")));
                let args: Map<_, _> = arguments(&call.function, &call.args).iter().map(named).collect();
                let memory: Map<_, _> = call
                    .memory
                    .iter()
                    .enumerate()
                    .map(|(index, part)| (memory_name(&call.function, index), bytes(part)))
                    .collect();
                let writes: Vec<_> = writes
                    .iter()
                    .map(|write| json!({ "address": write.address, "bytes": hex(&write.bytes) }))
                    .collect();
                json!({
                    "type": "host_call",
                    "function": call.function,
                    "code_offset": call.pc,
                    "args": args,
                    "memory": memory,
                    "outcome": outcome,
                    "result": result.map(|result| format!("{result:#x}")),
                    "writes": writes,
                    "gas": call.answer_gas(),
                    "ref_time": call.weight.ref_time,
                    "proof_size": call.weight.proof_size,
                })
            }
            Action::Read { transient, key, value } => {
                json!({ "type": "read", "transient": transient, "key": hex(key), "value": bytes(value) })
            }
            Action::Write { transient, key, old, new } => json!({
                "type": "write", "transient": transient, "key": hex(key), "old": bytes(old), "new": bytes(new),
            }),
            Action::Event { contract, topics, data } => {
                let decoded = self.abis.iter().find_map(|abi| abi.event(topics, data));
                let args = decoded.as_ref().map(|event| {
                    let args = event.args.iter().map(|(name, value)| (name.clone(), abi::to_json(value)));
                    args.collect::<Map<_, _>>()
                });
                json!({
                    "type": "event",
                    "contract": hex(contract),
                    "name": decoded.map(|event| event.name),
                    "args": args,
                    "topics": topics.iter().map(hex).collect::<Vec<_>>(),
                    "data": hex(data),
                })
            }
        }
    }
}

#[cfg(test)]
#[path = "call_trace_tests.rs"]
mod tests;
