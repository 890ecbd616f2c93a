// SPDX-License-Identifier: Apache-2.0
//! `revive-vm stats`: which instructions blobs consist of, how many bytes they take, and how large everything else is.

use std::{collections::BTreeMap, fmt::Write as _};

use revive_vm_primitives::{Blob, Opcode};
use serde::Serialize;

use crate::{
    args::{Global, StatsArgs},
    blob_file,
    error::{Outcome, Result},
    output::{self, grouped, table, Align},
};

/// One opcode over all blobs.
#[derive(Serialize)]
struct OpcodeCount {
    name: &'static str,
    count: u64,
    /// Bytes of code that they take.
    bytes: u64,
}

/// One blob.
#[derive(Serialize)]
struct BlobSizes {
    file: String,
    bytes: usize,
    instruction_set: &'static str,
    instructions: u64,
    basic_blocks: u64,
    code_bytes: u32,
    /// Bytes that no instruction starts in.
    gap_bytes: u64,
    invalid_instructions: u64,
    bitmask_bytes: usize,
    jump_table_entries: u32,
    jump_table_bytes: u64,
    /// Bytes of each section's payload by name.
    sections: BTreeMap<String, usize>,
}

#[derive(Serialize)]
struct Report {
    /// Most frequent first, those that do not occur too.
    opcodes: Vec<OpcodeCount>,
    blobs: Vec<BlobSizes>,
}

/// Runs the command.
pub(crate) fn run(global: &Global, args: &StatsArgs) -> Result<Outcome> {
    let mut opcodes = Opcode::ALL.map(|opcode| OpcodeCount { name: opcode.mnemonic(), count: 0, bytes: 0 });
    let mut blobs = Vec::new();
    for path in &args.blobs {
        let bytes = blob_file::read(path)?;
        let blob = blob_file::parse(path, &bytes)?;
        blobs.push(count(path.display().to_string(), &blob, bytes.len(), &mut opcodes));
    }
    let mut opcodes = Vec::from(opcodes);
    opcodes.sort_by(|a, b| b.count.cmp(&a.count).then(a.name.cmp(b.name)));
    let report = Report { opcodes, blobs };
    if global.json {
        output::print_json(&report)?;
    } else {
        output::print(&report.render())?;
    }
    Ok(Outcome::Success)
}

fn count(file: String, blob: &Blob, bytes: usize, opcodes: &mut [OpcodeCount; Opcode::COUNT]) -> BlobSizes {
    let code = blob.code();
    let (mut instructions, mut invalid, mut basic_blocks, mut covered) = (0, 0, 0, 0);
    let mut in_block = false;
    for decoded in code.instructions().filter(|decoded| decoded.offset < code.len()) {
        basic_blocks += u64::from(!in_block);
        in_block = !decoded.ends_block();
        let len = u64::from(decoded.next - decoded.offset);
        if code.is_instruction_start(decoded.offset) {
            instructions += 1;
            covered += len;
        }
        match decoded.instruction {
            Some(instruction) => {
                let entry = &mut opcodes[instruction.opcode as usize];
                entry.count += 1;
                entry.bytes += len;
            }
            None => invalid += 1,
        }
    }
    let mut sections = BTreeMap::new();
    for section in blob.sections() {
        let name = match section.name {
            "unknown" => format!("unknown {}", section.id),
            name => name.to_owned(),
        };
        *sections.entry(name).or_default() += section.len;
    }
    let jump_table = code.jump_table();
    BlobSizes {
        file,
        bytes,
        instruction_set: blob.isa().name(),
        instructions,
        basic_blocks,
        code_bytes: code.len(),
        gap_bytes: u64::from(code.len()) - covered,
        invalid_instructions: invalid,
        bitmask_bytes: code.bitmask().len(),
        jump_table_entries: jump_table.len(),
        jump_table_bytes: u64::from(jump_table.len()) * u64::from(jump_table.entry_size()),
        sections,
    }
}

impl Report {
    fn render(&self) -> String {
        // The part that scripts may read: the layout is that of the ecosystem's tool.
        let mut text = String::from("Instruction distribution:\n");
        for OpcodeCount { name, count, .. } in &self.opcodes {
            let _ = writeln!(text, "{name:>40}: {count}");
        }
        text.push_str("\nBytes of code:\n");
        let mut by_bytes: Vec<_> = self.opcodes.iter().filter(|opcode| opcode.count > 0).collect();
        by_bytes.sort_by(|a, b| b.bytes.cmp(&a.bytes).then(a.name.cmp(b.name)));
        let rows: Vec<_> = by_bytes
            .into_iter()
            .map(|opcode| {
                let each = opcode.bytes as f64 / opcode.count as f64;
                [opcode.name.to_owned(), grouped(opcode.count), grouped(opcode.bytes), format!("{each:.2}")]
            })
            .collect();
        let align = [Align::Left, Align::Right, Align::Right, Align::Right];
        text.push_str(&table(["instruction", "count", "bytes", "bytes each"], align, &rows));
        for blob in &self.blobs {
            let _ = writeln!(text, "\n{} ({}):", blob.file, blob.instruction_set);
            let mut lines = output::Lines::default();
            lines
                .add("blob", format!("{} bytes", grouped(blob.bytes as u128)))
                .add("instructions", grouped(blob.instructions))
                .add("of them invalid, and gaps", grouped(blob.invalid_instructions))
                .add("basic blocks", grouped(blob.basic_blocks))
                .add("code", format!("{} bytes", grouped(blob.code_bytes)))
                .add("in gaps", format!("{} bytes", grouped(blob.gap_bytes)))
                .add("bitmask", format!("{} bytes", grouped(blob.bitmask_bytes as u128)))
                .add(
                    "jump table",
                    format!(
                        "{} bytes, {} entries",
                        grouped(blob.jump_table_bytes),
                        grouped(blob.jump_table_entries)
                    ),
                );
            for (name, bytes) in &blob.sections {
                lines.add(format!("section: {name}"), format!("{} bytes", grouped(*bytes as u128)));
            }
            text.push_str(&lines.render(2));
        }
        text
    }
}
