// SPDX-License-Identifier: Apache-2.0
//! Runs that a node has recorded: the code of their contracts, and their frames as the debugger goes through them.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use revive_vm_debugger::{Answer, End, Frame, Host, HostCall, Program, Recording};
use revive_vm_primitives::{Blob, GasModel};

use crate::{
    blob_file,
    call_trace::View,
    chain::{
        trace::{Action, FrameOutcome, FrameTrace, HostCallOutcome, Subject, Trace},
        types, Chain,
    },
    error::{Error, Result},
    output::{grouped, hex, keccak_256},
};

/// Most memory of a guest, in bytes, as the chain's host functions have it.
const MEMORY_BYTES_MAX: u32 = 8 * 1024 * 1024;

/// The programs of contracts, by code hash.
pub(crate) type Programs = HashMap<[u8; 32], Arc<Program>>;

/// The code of all contracts in the trace, with the debug info of `files`. `subject` is what was run dry.
///
/// # Errors
/// The chain does not have it, or a file is no code of these contracts.
pub(crate) async fn codes(
    chain: &Chain,
    trace: &Trace,
    subject: Option<&Subject>,
    files: &[PathBuf],
) -> Result<Programs> {
    let mut codes = HashMap::new();
    for hash in trace.frames.iter().filter_map(|frame| frame.code_hash) {
        if codes.contains_key(&hash) {
            continue;
        }
        // What the dry run uploaded is not there.
        let uploaded = match subject {
            Some(Subject::Instantiation { code: types::Code::Upload(blob), .. })
                if keccak_256(blob) == hash =>
            {
                Some(blob.clone())
            }
            _ => None,
        };
        let bytes = match uploaded {
            Some(blob) => blob,
            None => chain
                .blob(hash)
                .await?
                .ok_or_else(|| Error::new(format!("the chain has no code {}", hex(hash))))?,
        };
        let model = chain.code(hash).await?.map_or(0, |code| code.gas_model);
        let gas_model = GasModel::from_id(model)
            .ok_or_else(|| Error::new(format!("code {} has the unknown gas model {model}", hex(hash))))?;
        codes.insert(hash, program(&hash, bytes, gas_model));
    }
    for path in files {
        with_debug_info(&mut codes, path)?;
    }
    Ok(codes.into_iter().map(|(hash, program)| (hash, program.into())).collect())
}

/// Takes a file in place of the code that it is but for debug info.
fn with_debug_info(codes: &mut HashMap<[u8; 32], Program>, path: &Path) -> Result<()> {
    let bytes = blob_file::read(path)?;
    let blob = blob_file::parse(path, &bytes)?;
    let same = codes
        .values_mut()
        .find(|code| Blob::parse(&code.blob).is_ok_and(|on_chain| is_same(&on_chain, &blob)));
    match same {
        Some(code) => code.blob = bytes.clone(),
        None => {
            return Err(Error::new(format!("{} is not the code of a contract that ran", path.display()))
                .hint("it must be the blob that was uploaded, or the same with debug info"))
        }
    }
    Ok(())
}

/// Whether two blobs run alike.
fn is_same(a: &Blob<'_>, b: &Blob<'_>) -> bool {
    let (x, y) = (a.code(), b.code());
    a.isa() == b.isa()
        && (x.bytes(), x.bitmask()) == (y.bytes(), y.bitmask())
        && x.jump_table().iter().eq(y.jump_table().iter())
        && (a.ro_data(), a.rw_data()) == (b.ro_data(), b.rw_data())
        && (a.ro_data_size(), a.rw_data_size(), a.stack_size())
            == (b.ro_data_size(), b.rw_data_size(), b.stack_size())
        && a.imports().iter().eq(b.imports().iter())
        && a.exports()
            .map(|export| (export.name, export.offset))
            .eq(b.exports().map(|export| (export.name, export.offset)))
}

/// The code of a contract as a program.
pub(crate) fn program(hash: &[u8; 32], blob: Vec<u8>, gas_model: GasModel) -> Program {
    let name = format!("code {}", hex(hash).get(..10).unwrap_or_default());
    Program { name, blob, gas_model, memory_bytes_max: MEMORY_BYTES_MAX }
}

/// The frames of a trace for the debugger: those that run code.
///
/// # Errors
/// The trace is not whole, or code is missing.
pub(crate) fn recording(trace: &Trace, programs: &Programs, view: &View<'_>) -> Result<Recording> {
    check_whole(trace)?;
    // By their place in the trace, where those of frames that run code are in the recording.
    let running: Vec<usize> =
        (0..trace.frames.len()).filter(|index| runs_code(&trace.frames[*index])).collect();
    let numbers: HashMap<usize, usize> =
        running.iter().enumerate().map(|(number, index)| (*index, number)).collect();
    let mut frames = Vec::new();
    for index in running {
        frames.push(frame(trace, &trace.frames[index], programs, &numbers, Some(view))?);
    }
    let mut roots = Vec::new();
    for (index, _) in trace.frames.iter().enumerate().filter(|(_, frame)| frame.parent.is_none()) {
        roots.extend(entered(trace, index, &numbers));
    }
    if roots.is_empty() {
        return Err(Error::new("no contract's code ran, so there is nothing to go through"));
    }
    Ok(Recording { frames, roots })
}

/// The trace has everything that a run is to be made of again.
///
/// # Errors
/// It does not.
pub(crate) fn check_whole(trace: &Trace) -> Result<()> {
    let Some(omitted) = &trace.omitted else { return Ok(()) };
    Err(Error::new(format!(
        "the trace is limited to {} bytes, {} frames and actions are missing: to run it again takes all",
        grouped(omitted.bytes_max),
        grouped(omitted.count)
    ))
    .hint("take a part of the call: the inner contract with the same input"))
}

/// A frame that runs code, alone, without a word for people.
///
/// # Errors
/// Its code is missing.
pub(crate) fn frame_alone(trace: &Trace, frame: &FrameTrace, programs: &Programs) -> Result<Frame> {
    self::frame(trace, frame, programs, &HashMap::new(), None)
}

/// A frame that runs code, with the frames that it entered as `numbers` has them.
fn frame(
    trace: &Trace,
    frame: &FrameTrace,
    programs: &Programs,
    numbers: &HashMap<usize, usize>,
    view: Option<&View<'_>>,
) -> Result<Frame> {
    let program = frame.code_hash.and_then(|hash| programs.get(&hash));
    let program =
        program.ok_or_else(|| Error::new(format!("the chain has no code of {} any more", hex(frame.to))))?;
    Ok(Frame {
        title: view.map_or_else(|| hex(frame.to), |view| view.title(frame)),
        program: program.clone(),
        export: frame.kind.export().into(),
        args: Vec::new(),
        gas: signed(frame.gas_limit),
        host: Host::Recorded(host_calls(trace, frame, numbers, view)),
        end: view.map(|view| end(frame, view)),
    })
}

/// Gas as guests have it.
fn signed(gas: u64) -> i64 {
    i64::try_from(gas).unwrap_or(i64::MAX)
}

/// Whether a frame runs code.
pub(crate) fn runs_code(frame: &FrameTrace) -> bool {
    frame.gas_limit > 0 && frame.code_hash.is_some()
}

/// The frames that run code which a frame stands for: itself, or what a function of the runtime has called.
fn entered(trace: &Trace, index: usize, numbers: &HashMap<usize, usize>) -> Vec<usize> {
    if let Some(number) = numbers.get(&index) {
        return vec![*number];
    }
    let actions = trace.frames.get(index).map_or(&[][..], |frame| &frame.actions);
    let callees = actions.iter().filter_map(|action| match action {
        Action::Frame(callee) => Some(*callee as usize),
        _ => None,
    });
    callees.flat_map(|callee| entered(trace, callee, numbers)).collect()
}

fn end(frame: &FrameTrace, view: &View<'_>) -> End {
    let is_good = matches!(&frame.outcome, FrameOutcome::Returned(value) if !value.did_revert());
    End { text: view.outcome(frame), is_good }
}

fn host_calls(
    trace: &Trace,
    frame: &FrameTrace,
    numbers: &HashMap<usize, usize>,
    view: Option<&View<'_>>,
) -> Vec<HostCall> {
    let mut calls: Vec<HostCall> = Vec::new();
    for action in &frame.actions {
        match (action, calls.last_mut()) {
            (Action::HostCall(call), _) => {
                let answer = match &call.outcome {
                    HostCallOutcome::Resumed { result, writes } => Answer::Resumed {
                        result: *result,
                        writes: writes.iter().map(|write| (write.address, write.bytes.clone())).collect(),
                        gas: signed(call.gas_after),
                    },
                    HostCallOutcome::Open | HostCallOutcome::Ended | HostCallOutcome::Failed(_) => {
                        let text = String::new();
                        Answer::Ended(view.map_or(End { text, is_good: false }, |view| end(frame, view)))
                    }
                };
                calls.push(HostCall {
                    function: call.function.clone(),
                    text: view.map_or_else(String::new, |view| view.host_call(call)),
                    pc: call.pc,
                    args: call.args,
                    gas: signed(call.gas_before),
                    frames: Vec::new(),
                    answer,
                });
            }
            // What happens during a host call comes behind it.
            (Action::Frame(callee), Some(call)) => {
                call.frames.extend(entered(trace, *callee as usize, numbers));
            }
            _ => {}
        }
    }
    calls
}
