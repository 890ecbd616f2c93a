// SPDX-License-Identifier: Apache-2.0
//! `revive-vm disassemble`: the code of a blob as text.

use std::fs;

use revive_vm_primitives::GasModel;
use serde_json::json;

use crate::{
    args::{DisassembleArgs, Global},
    blob_file,
    disassembly::{disassemble, Options},
    error::{Error, Outcome, Result},
    output,
};

/// Runs the command. With `--json` the text is the field `text` of the document.
pub(crate) fn run(global: &Global, args: &DisassembleArgs) -> Result<Outcome> {
    let bytes = blob_file::read(&args.blob)?;
    let blob = blob_file::parse(&args.blob, &bytes)?;
    let options = Options {
        offsets: !args.no_show_offsets,
        raw_bytes: args.show_raw_bytes,
        gas: args.gas_model.or(args.display_gas.then_some(GasModel::Flat)),
    };
    let mut text = disassemble(&blob, options);
    if global.json {
        let document = json!({
            "file": args.blob.display().to_string(),
            "instruction_set": blob.isa().name(),
            "gas_model": options.gas.map(GasModel::name),
            "text": text,
        });
        text = format!("{document:#}\n");
    }
    match &args.output {
        None => output::print(&text)?,
        Some(path) => fs::write(path, text)
            .map_err(|error| Error::new(format!("failed to write {}: {error}", path.display())))?,
    }
    Ok(Outcome::Success)
}
