// SPDX-License-Identifier: Apache-2.0
//! Programs with debug info, from assembly in which each instruction says where it comes from.

use revive_vm_debugger::{Answer, End, Frame, Host, HostCall, Program, Recording};
use revive_vm_primitives::{
    debug_info::{self, DebugInfoBuilder, FrameKind, SourceRegion},
    Blob, BlobBuilder, GasModel, InstructionSet,
};
use std::sync::Arc;

/// A program. Behind `//` each line of the text has the functions that it belongs to with their lines, the outermost first: `a0 = 1 // f:3 g:12`
/// is line 12 of `g`, which was inlined into line 3 of `f`. All of it is in `/project/FILE`.
pub(crate) fn program(file: &str, text: &str) -> Arc<Program> {
    let assembled = revive_vm_assembly::assemble_program(text, InstructionSet::Latest64).unwrap();
    let bytes = assembled.to_blob();
    let blob = Blob::parse(&bytes).unwrap();
    let path = format!("/project/{file}");
    let sources = text.lines().filter_map(|line| line.split_once("//")).map(|(_, source)| source.trim());
    let instructions: Vec<_> = blob.code().instructions().collect();
    let regions: Vec<_> = sources
        .zip(&instructions)
        .map(|(source, decoded)| SourceRegion {
            bytes: decoded.next - decoded.offset,
            frames: frames(source, &path),
        })
        .collect();
    assert_eq!(regions.len(), instructions.len(), "each instruction says where it comes from");
    let mut info = DebugInfoBuilder::new();
    info.program(0, &regions).unwrap();
    let mut builder = BlobBuilder::new(InstructionSet::Latest64)
        .stack_size(blob.stack_size())
        .rw_data(blob.rw_data_size(), blob.rw_data())
        .code(assembled.code().clone())
        .debug_info(info.finish());
    for import in assembled.imports() {
        builder = builder.import(import);
    }
    for (name, offset) in assembled.exports() {
        builder = builder.export(name, offset);
    }
    Arc::new(Program {
        name: file.into(),
        blob: builder.build(),
        gas_model: GasModel::Flat,
        memory_bytes_max: 1 << 20,
    })
}

fn frames<'a>(source: &'a str, path: &'a str) -> Vec<debug_info::Frame<'a>> {
    let places: Vec<(&str, u32)> = source
        .split_whitespace()
        .filter_map(|place| place.split_once(':'))
        .map(|(function, line)| (function, line.parse().unwrap()))
        .collect();
    let frame = |kind, function: &'a str, line| debug_info::Frame {
        kind,
        namespace: "",
        function,
        path,
        line,
        column: 0,
    };
    let mut frames = Vec::new();
    for (index, (function, line)) in places.iter().enumerate() {
        frames.push(frame(FrameKind::Enter, function, 1));
        match places.get(index + 1) {
            Some((inlined, _)) => frames.push(frame(FrameKind::Call, inlined, *line)),
            None => frames.push(frame(FrameKind::Line, function, *line)),
        }
    }
    frames
}

/// A run of `run` with some gas.
pub(crate) fn frame(title: &str, program: &Arc<Program>, host: Host) -> Frame {
    let (title, export) = (title.into(), "run".into());
    Frame { title, program: program.clone(), export, args: Vec::new(), gas: 1000, host, end: None }
}

/// One run that makes no host calls.
pub(crate) fn alone(program: &Arc<Program>) -> Recording {
    Recording { frames: vec![frame("alone", program, Host::Fixed([].into()))], roots: vec![0] }
}

/// A host call of `function` with nothing in the registers, that gives 7 and writes to memory.
pub(crate) fn host_call(
    function: &str,
    gas: i64,
    frames: Vec<usize>,
    writes: Vec<(u32, Vec<u8>)>,
) -> HostCall {
    HostCall {
        function: function.into(),
        text: format!("{function}()"),
        pc: None,
        args: [0; 6],
        gas,
        frames,
        answer: Answer::Resumed { result: Some(7), writes, gas: gas - 100 },
    }
}

/// A host call that ends its frame.
pub(crate) fn last_host_call(function: &str, gas: i64, is_good: bool) -> HostCall {
    let end = End { text: format!("{function} was its end"), is_good };
    HostCall { answer: Answer::Ended(end), ..host_call(function, gas, Vec::new(), Vec::new()) }
}
