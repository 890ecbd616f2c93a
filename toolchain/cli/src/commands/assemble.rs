// SPDX-License-Identifier: Apache-2.0
//! `revive-vm assemble`: a blob from a text.

use std::{collections::BTreeMap, path::Path};

use revive_vm_assembly::{assemble_program, AssembleError};
use revive_vm_primitives::Blob;
use serde::Serialize;

use crate::{
    args::{AssembleArgs, Global},
    error::{Error, Outcome, Result},
    input_file,
    output::{self, grouped, Lines},
    output_file,
};

/// No program that fits into a blob needs a longer text.
const TEXT_BYTES_MAX: u64 = 1024 * 1024 * 1024;

#[derive(Serialize)]
struct Report {
    file: String,
    output: String,
    bytes: usize,
    instruction_set: &'static str,
    code_bytes: u32,
    imports: Vec<String>,
    exports: BTreeMap<String, u32>,
    labels: BTreeMap<String, u32>,
}

/// Runs the command.
pub(crate) fn run(global: &Global, args: &AssembleArgs) -> Result<Outcome> {
    output_file::differs(&args.output, &args.text)?;
    let text = read(&args.text)?;
    let program =
        assemble_program(&text, args.instruction_set).map_err(|error| explain(&args.text, &text, &error))?;
    let bytes = program.to_blob();
    // Sections can be given as bytes, so the blob need not be one that anything can read.
    let code_bytes = match Blob::parse(&bytes) {
        Ok(blob) => blob.code().len(),
        Err(error) => {
            tell!("warning: what is written is no valid blob: {error}");
            program.code().code.len() as u32 // The assembler limits it.
        }
    };
    output_file::write(&args.output, &bytes)?;
    let report = Report {
        file: args.text.display().to_string(),
        output: args.output.display().to_string(),
        bytes: bytes.len(),
        instruction_set: program.isa().name(),
        code_bytes,
        imports: program.imports().map(output::name).collect(),
        exports: program.exports().map(|(name, offset)| (output::name(name), offset)).collect(),
        labels: program.labels().map(|(name, offset)| (output::name(name.as_bytes()), offset)).collect(),
    };
    if global.json {
        output::print_json(&report)?;
    } else {
        let mut lines = Lines::default();
        lines
            .add("blob", format!("{}, {} bytes", report.output, grouped(report.bytes as u128)))
            .add("instruction set", report.instruction_set)
            .add("code", format!("{} bytes", grouped(report.code_bytes)));
        for (name, offset) in &report.exports {
            lines.add("export", format!("{name} at {offset}"));
        }
        output::print(&lines.render(0))?;
    }
    Ok(Outcome::Success)
}

fn read(path: &Path) -> Result<String> {
    let failed = |error: String| Error::new(format!("failed to read {}: {error}", path.display()));
    let limit = "a text has at most";
    let read = match path == Path::new("-") {
        true => input_file::read_stdin(TEXT_BYTES_MAX, limit),
        false => input_file::read(path, TEXT_BYTES_MAX, limit),
    };
    let bytes = read.map_err(|error| failed(error.to_string()))?;
    if bytes.starts_with(b"PVM\0") {
        return Err(failed("it is a blob already".into()).hint("`revive-vm disassemble` makes a text of it"));
    }
    String::from_utf8(bytes).map_err(|error| {
        failed(format!("byte {} is not UTF-8 text", error.utf8_error().valid_up_to()))
            .hint("`assemble` reads the text that `disassemble --format assembly` writes")
    })
}

/// The error with the line that it is about, and a mark under the place.
fn explain(path: &Path, text: &str, error: &AssembleError) -> Error {
    let message = format!("failed to assemble {}: {error}", path.display());
    let Some(line) = text.lines().nth((error.line - 1) as usize) else { return Error::new(message) };
    // Tabs stay, so that the mark is under the place however wide they are shown.
    let start = (error.column as usize).saturating_sub(60);
    let shown: String = line.chars().skip(start).take(100).map(printable).collect();
    let before = line.chars().skip(start).take(error.column as usize - 1 - start);
    let gap: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let error = Error::new(format!("{message}\n  | {shown}\n  | {gap}^"));
    // The head of a block, as the forms of a text have it that are for reading and comparing.
    let is_head = |line: &str| line.trim_start().starts_with(": @") || line.starts_with("@_:");
    if text.lines().any(is_head) {
        return error.hint("`assemble` reads the text that `disassemble --format assembly` writes");
    }
    error
}

fn printable(c: char) -> char {
    if c.is_control() && c != '\t' {
        char::REPLACEMENT_CHARACTER
    } else {
        c
    }
}
