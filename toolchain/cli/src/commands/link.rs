// SPDX-License-Identifier: Apache-2.0
//! `revive-vm link`: turns the ELF file of a guest program into a blob, and writes the ABI that it carries beside it.

use std::{fmt::Write as _, path::Path};

use revive_vm_linker::{abi_file, abi_path, link, Isa, Linked, OptLevel, Options, Share, SizeReport, PASSES};
use revive_vm_primitives::Blob;
use serde_json::{json, Value};

use crate::{
    args::{Global, LinkArgs, OptLevelArg},
    elf_file,
    error::{Error, Outcome, Result},
    output::{self, grouped, table, Align},
    output_file,
};

/// Lines of a table of the size report; `--json` has all.
const ROWS_MAX: usize = 40;

/// Runs the command.
pub(crate) fn run(global: &Global, args: &LinkArgs) -> Result<Outcome> {
    if args.print_passes && args.input.is_none() {
        print_passes(global)?;
        return Ok(Outcome::Success);
    }
    let (Some(input), Some(output)) = (&args.input, &args.output) else {
        return Err(Error::usage("an ELF file and -o OUTPUT are needed"));
    };
    output_file::differs(output, input)?;
    if args.run_only_if_newer && is_up_to_date(input, output) {
        return Ok(Outcome::Success);
    }
    let elf = elf_file::read(input)?;
    let linked = link(&elf, &options(args)).map_err(|error| elf_file::not_linked(input, &error))?;
    let abi = elf_file::abi(input, &elf)?;
    for warning in &linked.warnings {
        log::warn!("{}: {warning}", input.display());
    }
    if args.isa.is_none() && is_contract(&linked.blob) {
        log::warn!(
            "{}: a program with the exports `deploy` and `call` is a contract, and chains take contracts of revive_v1 only: --isa revive_v1",
            input.display()
        );
    }
    // There is nothing beside a pipe or a device.
    let is_file = output.is_file() || !output.exists();
    let abi = abi.filter(|_| is_file).map(|entries| (abi_path(output), entries));
    // The blob last: whoever links only if it is older has all of it then.
    if let Some((path, entries)) = &abi {
        output_file::write(path, abi_file(entries).as_bytes())?;
    }
    output_file::write(output, &linked.blob)?;
    if global.json {
        let beside = abi.as_ref().map(|(path, _)| path.as_path());
        output::print_json(&document(input, output, beside, &linked)?)?;
    } else if args.report || args.print_passes {
        output::print(&text(args, &linked))?;
    }
    Ok(Outcome::Success)
}

fn options(args: &LinkArgs) -> Options {
    let level = match args.opt_level {
        _ if args.disable_optimizations => OptLevel::O0,
        OptLevelArg::Zero => OptLevel::O0,
        OptLevelArg::One => OptLevel::O1,
        OptLevelArg::Two | OptLevelArg::Experimental => OptLevel::O2,
    };
    Options {
        opt_level: level,
        passes: args.passes.clone(),
        report: true,
        strip: args.strip,
        isa: args.isa.map_or(Isa::Latest, Isa::Exactly),
        stack_size_min: args.min_stack_size,
        dispatch_table: args.dispatch_table.iter().map(|name| name.trim().as_bytes().to_vec()).collect(),
    }
}

/// Whether it has what a chain enters a contract by.
fn is_contract(blob: &[u8]) -> bool {
    Blob::parse(blob)
        .is_ok_and(|blob| ["deploy", "call"].iter().all(|name| blob.export(name.as_bytes()).is_some()))
}

/// Whether the output is at least as new as the input.
fn is_up_to_date(input: &Path, output: &Path) -> bool {
    let modified = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    matches!((modified(input), modified(output)), (Some(input), Some(output)) if output >= input)
}

fn print_passes(global: &Global) -> Result<()> {
    if global.json {
        let passes: Vec<_> =
            PASSES.iter().map(|pass| json!({ "name": pass.name, "purpose": pass.purpose })).collect();
        return output::print_json(&passes);
    }
    let rows: Vec<_> = PASSES.iter().map(|pass| [pass.name.to_string(), pass.purpose.to_string()]).collect();
    output::print(&table(["pass", "purpose"], [Align::Left, Align::Left], &rows))
}

/// What `--json` prints.
fn document(input: &Path, output: &Path, abi: Option<&Path>, linked: &Linked) -> Result<Value> {
    let blob = Blob::parse(&linked.blob)
        .map_err(|error| Error::new(format!("failed to read the blob back: {error}")))?;
    let shares = |shares: &[Share]| -> Vec<Value> {
        shares.iter().map(|share| json!({ "name": share.name, "bytes": share.bytes, "instructions": share.instructions })).collect()
    };
    let passes: Vec<Value> = linked
        .passes
        .iter()
        .map(|pass| {
            json!({
                "name": pass.name,
                "instructions_before": pass.instructions_before,
                "instructions_after": pass.instructions_after,
                "bytes_before": pass.bytes_before,
                "bytes_after": pass.bytes_after,
            })
        })
        .collect();
    let sizes = linked.sizes.as_ref().map(|sizes| {
        json!({
            "blob": sizes.blob_bytes,
            "bitmask": sizes.bitmask_bytes,
            "jump_table": sizes.jump_table_bytes,
            "debug_info": sizes.debug_info_bytes,
            "linker": sizes.linker_bytes,
            "functions": shares(&sizes.functions),
            "crates": shares(&sizes.crates),
            "code_sections": shares(&sizes.code_sections),
            "data_sections": shares(&sizes.data_sections),
        })
    });
    Ok(json!({
        "input": input.display().to_string(),
        "output": output.display().to_string(),
        "abi": abi.map(|path| path.display().to_string()),
        "instruction_set": blob.isa().name(),
        "bytes": linked.blob.len(),
        "code_bytes": blob.code().len(),
        "warnings": linked.warnings,
        "passes": passes,
        "sizes": sizes,
    }))
}

/// The tables that people read.
fn text(args: &LinkArgs, linked: &Linked) -> String {
    let mut text = String::new();
    if args.print_passes {
        let rows: Vec<_> = linked
            .passes
            .iter()
            .map(|pass| {
                let saved = pass.bytes_before as i64 - pass.bytes_after as i64;
                [
                    pass.name.to_string(),
                    grouped(pass.instructions_after as u128),
                    grouped(pass.bytes_after),
                    output::group_digits(&saved.to_string()),
                ]
            })
            .collect();
        let align = [Align::Left, Align::Right, Align::Right, Align::Right];
        text.push_str(&table(["pass", "instructions", "bytes (estimate)", "saved"], align, &rows));
    }
    if let Some(sizes) = linked.sizes.as_ref().filter(|_| args.report) {
        report(sizes, &mut text);
    }
    text
}

fn report(sizes: &SizeReport, text: &mut String) {
    for (title, shares) in [
        ("function", &sizes.functions),
        ("crate", &sizes.crates),
        ("section of code", &sizes.code_sections),
        ("section of data", &sizes.data_sections),
    ] {
        if !text.is_empty() {
            text.push('\n');
        }
        let mut rows: Vec<_> = shares
            .iter()
            .take(ROWS_MAX)
            .map(|share| [grouped(share.bytes), grouped(share.instructions), share.name.clone()])
            .collect();
        if let Some(rest) = shares.get(ROWS_MAX..).filter(|rest| !rest.is_empty()) {
            let sum = |of: fn(&Share) -> u64| grouped(rest.iter().map(of).sum::<u64>());
            rows.push([
                sum(|share| share.bytes),
                sum(|share| share.instructions),
                format!("({} others; --json has all)", rest.len()),
            ]);
        }
        text.push_str(&table(
            ["bytes", "instructions", title],
            [Align::Right, Align::Right, Align::Left],
            &rows,
        ));
    }
    text.push('\n');
    let rows = [
        ("code of the linker alone", sizes.linker_bytes),
        ("jump table", sizes.jump_table_bytes),
        ("bitmask", sizes.bitmask_bytes),
        ("debug info", sizes.debug_info_bytes),
        ("whole blob", sizes.blob_bytes),
    ];
    for (what, bytes) in rows {
        let _ = writeln!(text, "  {:>10}  {what}", grouped(bytes));
    }
}
