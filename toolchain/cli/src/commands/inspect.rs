// SPDX-License-Identifier: Apache-2.0
//! `revive-vm inspect`: what is in a blob.

use revive_vm_primitives::{memory_map::PAGE_SIZE_MIN, Blob, MemoryMap, Opcode};
use serde::Serialize;

use crate::{
    args::{Global, InspectArgs},
    blob_file,
    error::{Outcome, Result},
    output::{self, grouped, hex, table, Align, Lines},
};

/// All that is shown; the JSON document is exactly this.
#[derive(Serialize)]
struct Report {
    file: String,
    bytes: usize,
    code_hash: String,
    instruction_set: &'static str,
    sections: Vec<Section>,
    memory: Option<Memory>,
    memory_error: Option<String>,
    imports: Vec<Option<String>>,
    exports: Vec<Export>,
    code: CodeStatistics,
}

#[derive(Serialize)]
struct Section {
    id: u8,
    name: &'static str,
    offset: usize,
    bytes: usize,
}

#[derive(Serialize)]
struct Memory {
    page_size: u32,
    regions: Vec<Region>,
}

#[derive(Serialize)]
struct Region {
    name: &'static str,
    start: u32,
    end: u32,
    /// Size that the blob declares, or for the heap the most that it can grow to.
    bytes: u32,
    /// Bytes of it that the blob holds; the rest is zero.
    bytes_in_blob: Option<usize>,
}

#[derive(Serialize)]
struct Export {
    name: String,
    offset: u32,
}

#[derive(Serialize)]
struct CodeStatistics {
    bytes: u32,
    instructions: u64,
    invalid_instructions: u64,
    basic_blocks: u64,
    longest_basic_block: u64,
    jump_table_entries: u32,
    host_calls: u64,
}

/// Runs the command.
pub(crate) fn run(global: &Global, args: &InspectArgs) -> Result<Outcome> {
    let bytes = blob_file::read(&args.blob)?;
    let blob = blob_file::parse(&args.blob, &bytes)?;
    let report = Report {
        file: args.blob.display().to_string(),
        bytes: bytes.len(),
        code_hash: hex(output::keccak_256(&bytes)),
        instruction_set: blob.isa().name(),
        sections: blob
            .sections()
            .map(|section| Section {
                id: section.id,
                name: section.name,
                offset: section.offset,
                bytes: section.len,
            })
            .collect(),
        memory: MemoryMap::for_blob(&blob, PAGE_SIZE_MIN, 0).ok().map(|map| memory(&blob, &map)),
        memory_error: MemoryMap::for_blob(&blob, PAGE_SIZE_MIN, 0).err().map(|error| error.to_string()),
        imports: blob.imports().iter().map(|symbol| symbol.map(output::symbol)).collect(),
        exports: blob
            .exports()
            .map(|export| Export { name: output::name(export.name), offset: export.offset })
            .collect(),
        code: statistics(&blob),
    };
    if global.json {
        output::print_json(&report)?;
    } else {
        output::print(&report.render())?;
    }
    Ok(Outcome::Success)
}

fn memory(blob: &Blob, map: &MemoryMap) -> Memory {
    let region =
        |name, start: u32, end: u32, bytes, bytes_in_blob| Region { name, start, end, bytes, bytes_in_blob };
    let end = |start: u32, size: u32| start.saturating_add(size);
    let mut regions = vec![
        region(
            "read-only data",
            map.ro_data_address(),
            end(map.ro_data_address(), map.ro_data_size()),
            blob.ro_data_size(),
            Some(blob.ro_data().len()),
        ),
        region(
            "read-write data",
            map.rw_data_address(),
            end(map.rw_data_address(), map.rw_data_size()),
            blob.rw_data_size(),
            Some(blob.rw_data().len()),
        ),
    ];
    // Contracts' memory does not grow.
    if blob.isa().byte(Opcode::Sbrk).is_some() {
        let (start, room) = (map.heap_base(), map.heap_size_max());
        regions.push(region("heap (room)", start, end(start, room), room, None));
    }
    regions.push(region("stack", map.stack_low(), map.stack_high(), blob.stack_size(), None));
    Memory { page_size: map.page_size(), regions }
}

fn statistics(blob: &Blob) -> CodeStatistics {
    let code = blob.code();
    let mut statistics = CodeStatistics {
        bytes: code.len(),
        instructions: 0,
        invalid_instructions: 0,
        basic_blocks: 0,
        longest_basic_block: 0,
        jump_table_entries: code.jump_table().len(),
        host_calls: 0,
    };
    let mut in_block = 0;
    for decoded in code.instructions().filter(|decoded| decoded.offset < code.len()) {
        if in_block == 0 {
            statistics.basic_blocks += 1;
        }
        in_block += 1;
        statistics.instructions += 1;
        statistics.longest_basic_block = statistics.longest_basic_block.max(in_block);
        match decoded.instruction {
            None => statistics.invalid_instructions += 1,
            Some(instruction) if instruction.opcode == Opcode::Ecalli => {
                statistics.host_calls += 1;
            }
            Some(_) => {}
        }
        if decoded.ends_block() {
            in_block = 0;
        }
    }
    statistics
}

impl Report {
    fn render(&self) -> String {
        let mut head = Lines::default();
        head.add("file", &self.file)
            .add("size", format!("{} bytes", grouped(self.bytes as u128)))
            .add("code hash", &self.code_hash)
            .add("instruction set", self.instruction_set);
        let mut text = head.render(0);

        text.push_str("\nsections\n");
        let rows: Vec<_> = self
            .sections
            .iter()
            .map(|section| {
                [
                    section.id.to_string(),
                    section.name.to_string(),
                    grouped(section.offset as u128),
                    grouped(section.bytes as u128),
                ]
            })
            .collect();
        let align = [Align::Right, Align::Left, Align::Right, Align::Right];
        text.push_str(&table(["id", "name", "offset", "bytes"], align, &rows));

        match (&self.memory, &self.memory_error) {
            (Some(memory), _) => {
                text.push_str(&format!("\nmemory (pages of {} bytes)\n", grouped(memory.page_size)));
                let rows: Vec<_> = memory
                    .regions
                    .iter()
                    .map(|region| {
                        [
                            region.name.to_string(),
                            format!("{:#010x}", region.start),
                            format!("{:#010x}", region.end),
                            grouped(region.bytes),
                            region.bytes_in_blob.map_or(String::new(), |bytes| grouped(bytes as u128)),
                        ]
                    })
                    .collect();
                let align = [Align::Left, Align::Left, Align::Left, Align::Right, Align::Right];
                text.push_str(&table(["region", "from", "to", "bytes", "in blob"], align, &rows));
            }
            (None, error) => {
                let error = error.as_deref().unwrap_or_default();
                text.push_str(&format!("\nmemory: no layout possible, the blob cannot run: {error}\n"));
            }
        }

        text.push_str(&format!("\nimports ({})\n", self.imports.len()));
        for (index, symbol) in self.imports.iter().enumerate() {
            text.push_str(&format!(
                "  {index:>4}  {}\n",
                symbol.as_deref().unwrap_or("(outside of the section)")
            ));
        }
        text.push_str(&format!("\nexports ({})\n", self.exports.len()));
        for export in &self.exports {
            text.push_str(&format!("  {:>8}  {}\n", export.offset, export.name));
        }

        text.push_str("\ncode\n");
        let code = &self.code;
        let mut lines = Lines::default();
        lines
            .add("bytes", grouped(code.bytes))
            .add("instructions", grouped(code.instructions))
            .add("of them invalid", grouped(code.invalid_instructions))
            .add("basic blocks", grouped(code.basic_blocks))
            .add("longest basic block", format!("{} instructions", grouped(code.longest_basic_block)))
            .add("jump table entries", grouped(code.jump_table_entries))
            .add("host call instructions", grouped(code.host_calls));
        text.push_str(&lines.render(2));
        text
    }
}
