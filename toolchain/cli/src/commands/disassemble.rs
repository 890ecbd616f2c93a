// SPDX-License-Identifier: Apache-2.0
//! `revive-vm disassemble`: the code of a blob as text.

use revive_vm_assembly::{disassemble_with, listing, WriteOptions};
use revive_vm_debugger::SourceFiles;
use revive_vm_primitives::{
    debug_info::{SourceMap, Trail},
    Blob, GasModel,
};
use serde_json::json;

use crate::{
    args::{DisassembleArgs, FormatArg, Global},
    blob_file,
    error::{Error, Outcome, Result},
    output, output_file,
};

/// Bytes of comments about the source for each byte of the blob, at most.
const COMMENT_BYTES_PER_BYTE: usize = 256;

/// Bytes of comments that even the smallest blob can have.
const COMMENT_BYTES_LEAST: usize = 1 << 20;

/// Runs the command. With `--json` the text is the field `text` of the document.
pub(crate) fn run(global: &Global, args: &DisassembleArgs) -> Result<Outcome> {
    if let Some(output) = &args.output {
        output_file::differs(output, &args.blob)?;
    }
    let bytes = blob_file::read(&args.blob)?;
    let blob = blob_file::parse(&args.blob, &bytes)?;
    let gas = args.gas_model.or(args.display_gas.then_some(GasModel::Flat));
    let wants_source = args.source || args.source_root.is_some();
    if wants_source && blob.debug_info().is_empty() {
        tell!("warning: {} has no debug info, so no source can be shown", args.blob.display());
    }
    let files = SourceFiles::new(args.source_root.as_deref());
    let line_of = |path: &str, line: u32| files.line(path, line);
    let mut text = match args.format {
        FormatArg::Guest | FormatArg::DiffFriendly => {
            let options = listing::Options {
                offsets: !args.no_show_offsets,
                raw_bytes: args.show_raw_bytes,
                gas,
                diff_friendly: args.format == FormatArg::DiffFriendly,
                source: wants_source.then_some(&line_of),
            };
            listing::list(&blob, &options)
        }
        FormatArg::Assembly => assembly(args, &bytes, &blob, wants_source.then_some(&line_of))?,
    };
    if global.json {
        let document = json!({
            "file": args.blob.display().to_string(),
            "instruction_set": blob.isa().name(),
            "gas_model": gas.map(GasModel::name),
            "text": text,
        });
        text = format!("{document:#}\n");
    }
    match &args.output {
        None => output::print(&text)?,
        Some(path) => output_file::write(path, text.as_bytes())?,
    }
    Ok(Outcome::Success)
}

fn assembly(
    args: &DisassembleArgs,
    bytes: &[u8],
    blob: &Blob,
    source: Option<listing::SourceLine<'_>>,
) -> Result<String> {
    // Comments of few bytes of debug info can be long, and the text is made in memory.
    let left = bytes.len().saturating_mul(COMMENT_BYTES_PER_BYTE).max(COMMENT_BYTES_LEAST);
    let map = std::cell::RefCell::new((SourceMap::new(blob.debug_info()), String::new(), left));
    let comments = |offset: u32| {
        let (map, last, left) = &mut *map.borrow_mut();
        if *left == 0 {
            return Vec::new();
        }
        let positions = map.positions(offset);
        let Some(innermost) = positions.last() else { return Vec::new() };
        let trail = Trail(&positions).to_string();
        if trail == *last {
            return Vec::new();
        }
        let text = innermost.place().and_then(|(path, line)| source?(path, line));
        *last = trail.clone();
        let text = text.map(|text| format!("| {}", output::source_line(&text, " ")));
        let comments: Vec<String> = [trail].into_iter().chain(text).collect();
        *left = left.saturating_sub(comments.iter().map(String::len).sum());
        if *left == 0 {
            return vec![format!(
                "debug info is left out from here on: it would be more than {COMMENT_BYTES_PER_BYTE} times the blob"
            )];
        }
        comments
    };
    let comments: Option<&dyn Fn(u32) -> Vec<String>> = if source.is_some() { Some(&comments) } else { None };
    disassemble_with(bytes, &WriteOptions { strip: args.strip, comments })
        .map_err(|error| Error::new(format!("failed to parse {}: {error}", args.blob.display())))
}
