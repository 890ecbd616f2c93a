// SPDX-License-Identifier: Apache-2.0
//! Turns RISC-V ELF files of any compiler into blobs.
//!
//! The code of the input is taken apart and put together anew, because the virtual machine has other instructions, keeps
//! code out of data memory, and knows only the code addresses that it gave out itself. So everything that refers to code
//! or data must be visible as a relocation: the input must have been linked with `--emit-relocs`, or `-r`.
//!
//! ```no_run
//! use revive_vm_linker::{link, Options};
//!
//! let elf = std::fs::read("program.elf")?;
//! let linked = link(&elf, &Options { strip: true, ..Options::default() })?;
//! for warning in &linked.warnings {
//!     eprintln!("{warning}");
//! }
//! std::fs::write("program.polkavm", &linked.blob)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What cannot be linked is an error that says what it is and what can be done:
//!
//! ```
//! let error = revive_vm_linker::link(b"#!/bin/sh", &revive_vm_linker::Options::default()).unwrap_err();
//! println!("{error}; {}", error.advice().unwrap_or("no advice"));
//! ```
//!
//! The way of a program, and where to read on:
//!
//! 1. `elf`: sections, symbols, relocations.
//! 2. `riscv`: decoding of instructions.
//! 3. `lower`: blocks with symbolic addresses, the form that `ir` defines.
//! 4. `passes`: garbage collection and optimisation, a pass per file.
//! 5. `memory`, `jump_table`, `imports`: addresses and numbers.
//! 6. `emit`: code; [`link`] puts it into a blob.
//!
//! Nothing here depends on where the input lies, on the machine or on the time: the same input gives the same bytes.

#![forbid(unsafe_code)]

mod abi;
mod analysis;
mod debug;
mod elf;
mod emit;
mod error;
mod hash;
mod imports;
mod ir;
mod jump_table;
mod locations;
mod lower;
mod memory;
mod names;
mod options;
mod passes;
mod report;
mod riscv;
mod size;

pub use abi::{abi_entries, abi_file, abi_path, section, ABI_SECTION};
pub use error::LinkError;
pub use options::{Isa, OptLevel, Options, STACK_SIZE_MIN_DEFAULT};
pub use passes::{Pass, PassReport, PASSES};
pub use report::{Share, SizeReport};

use crate::{elf::Elf, emit::EmitError, error::Result, ir::BlockId, locations::Loc, lower::Lowered};
use revive_vm_primitives::{Blob, BlobBuilder, InstructionSet};

/// A linked program.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The blob.
    pub blob: Vec<u8>,
    /// What each pass did, in the order in which they ran; empty unless [`Options::report`] asked for it.
    pub passes: Vec<PassReport>,
    /// Where the bytes went, if [`Options::report`] asked for it.
    pub sizes: Option<SizeReport>,
    /// What went wrong with debug info, which does not affect the program, and what will go wrong with the program.
    pub warnings: Vec<String>,
}

/// Links an ELF file.
///
/// # Errors
///
/// The file is damaged, or needs what cannot be linked. The error says where, and what to do about it.
pub fn link(elf: &[u8], options: &Options) -> Result<Linked> {
    let elf = Elf::read(elf)?;
    let isa = instruction_set(&elf, options)?;
    let passes = passes::selected(options)?;
    let Lowered { mut program, mut locations, bad_blocks, bad_data, startup, functions } =
        lower::lower(&elf, options.stack_size_min)?;

    let reach = analysis::Reach::new(&program);
    if let Some((_, error)) = bad_blocks.iter().find(|(id, _)| reach.blocks[id.index()]) {
        return Err(error.clone());
    }
    if let Some((_, error)) = bad_data.iter().find(|(id, _)| reach.data[id.index()]) {
        return Err(error.clone());
    }
    // What the program goes through itself is data.
    let without_user = startup.iter().filter(|(_, id)| !reach.data[id.index()]);
    elf.refuse_startup(without_user.map(|(section, _)| *section))?;

    let mut context = passes::Context::new(&mut locations, options.opt_level > OptLevel::O0);
    let reports = passes::run(&mut program, &passes, &mut context, options.report)?;

    let dispatch = dispatch_table(&program, options)?;
    let layout = memory::Layout::new(&program)?;
    let reach = analysis::Reach::new(&program);
    let table = jump_table::JumpTable::new(&program, &reach.dynamic, options.opt_level > OptLevel::O0);
    let imports = imports::number(&program)?;
    let place = |EmitError { error, loc }: EmitError| at_loc(&elf, &locations, &functions, error, loc);
    let request = emit::Request {
        program: &program,
        layout: &layout,
        table: &table,
        isa,
        import_numbers: &imports.numbers,
        dispatch: &dispatch,
        fuses: options.opt_level > OptLevel::O0,
    };
    let emitted = emit::emit(request).map_err(place)?;

    let code_address = |id: BlockId| table.address(id);
    let ro_data = layout.region(&program, true, code_address)?;
    let rw_data = layout.region(&program, false, code_address)?;
    let mut exports: Vec<_> = program
        .exports
        .iter()
        .map(|export| (emitted.offset_of(export.block).unwrap_or_default(), export.name.as_slice()))
        .collect();
    exports.sort_by_key(|(offset, _)| *offset);

    let mut builder = BlobBuilder::new(isa)
        .ro_data(layout.ro_size, &ro_data)
        .rw_data(layout.rw_size, &rw_data)
        .stack_size(program.stack_size)
        .code(emitted.parts.clone());
    for name in &imports.names {
        builder = builder.import(name);
    }
    for (offset, name) in exports {
        builder = builder.export(name, offset);
    }
    let (debug_info, mut warnings) = match options.strip {
        true => Default::default(),
        false => debug::write(&elf, &locations, &functions, &emitted),
    };
    warnings.extend(stack_warning(&program, &locations, &functions));
    let debug_info_bytes =
        debug_info.strings.len() + debug_info.line_programs.len() + debug_info.ranges.len();
    let blob = builder.debug_info(debug_info).build();
    let parsed = Blob::parse(&blob).map_err(|error| {
        LinkError::new(format!("the blob cannot be read back: {error}; this is a mistake of the linker"))
    })?;
    let sizes = options.report.then(|| {
        let instructions = emitted.instructions().map(|(from, to, loc)| (u64::from(to - from), loc));
        let mut sizes = report::sizes(&elf, &program, &locations, &functions, instructions);
        let table = parsed.code().jump_table();
        sizes.bitmask_bytes = parsed.code().bitmask().len() as u64;
        sizes.jump_table_bytes = u64::from(table.len()) * u64::from(table.entry_size());
        sizes.debug_info_bytes = debug_info_bytes as u64;
        sizes.blob_bytes = blob.len() as u64;
        sizes
    });
    Ok(Linked { blob, passes: reports, sizes, warnings })
}

/// The set that the blob is for.
fn instruction_set(elf: &Elf<'_>, options: &Options) -> Result<InstructionSet> {
    let latest = if elf.xlen.is_64() { InstructionSet::Latest64 } else { InstructionSet::Latest32 };
    match options.isa {
        Isa::Latest => Ok(latest),
        Isa::Exactly(isa) if isa.register_bits() == latest.register_bits() => Ok(isa),
        Isa::Exactly(isa) => {
            let what = format!(
                "the input has registers of {} bits, the instruction set {isa} of {}",
                latest.register_bits(),
                isa.register_bits()
            );
            Err(LinkError::new(what)
                .hint(format!("compile for rv{}, or link for {latest}", isa.register_bits())))
        }
    }
}

/// The blocks of the exports that the dispatch table names.
fn dispatch_table(program: &ir::Program, options: &Options) -> Result<Vec<BlockId>> {
    let find = |name: &Vec<u8>| {
        let export = program.exports.iter().find(|export| export.name == *name);
        export.map(|export| export.block).ok_or_else(|| {
            let known: Vec<_> =
                program.exports.iter().map(|export| String::from_utf8_lossy(&export.name)).collect();
            let what = format!(
                "the dispatch table names `{}`, which the program does not export",
                String::from_utf8_lossy(name)
            );
            LinkError::new(what).hint(format!("exports are {}", known.join(", ")))
        })
    };
    options.dispatch_table.iter().map(find).collect()
}

/// Says so if the program needs more stack than it has. It would trap, which looks like any other trap.
fn stack_warning(
    program: &ir::Program,
    locations: &locations::Locations,
    functions: &lower::Functions<'_>,
) -> Option<String> {
    /// Functions that are named.
    const NAMES_MAX: usize = 8;
    let analysis::Deepest { bytes, functions: calls } = analysis::deepest(program)?;
    if bytes <= program.stack_size {
        return None;
    }
    let name = |id: &BlockId| {
        let block = program.block(*id);
        let loc = block.insts.first().map_or(block.end_loc, |node| node.loc);
        let origin = locations.chain(loc).last()?;
        let (name, _) = functions.at(origin.section, u64::from(origin.offset))?;
        Some(format!("`{}`", names::readable(name)))
    };
    let names: Vec<_> = calls.iter().filter_map(name).take(NAMES_MAX).collect();
    let what = format!(
        "the stack has {} bytes, but calls of functions inside one another take {bytes} bytes of it or more: {}; ask for more with the guest library or --min-stack-size",
        program.stack_size,
        names.join(", "),
    );
    Some(what)
}

/// Adds where in the input an error is.
fn at_loc(
    elf: &Elf<'_>,
    locations: &locations::Locations,
    functions: &lower::Functions,
    error: LinkError,
    loc: Loc,
) -> LinkError {
    match locations.get(loc) {
        Some(origin) => {
            let offset = u64::from(origin.offset);
            let error = error.at(&elf.section(origin.section).name, offset);
            functions.name(error, origin.section, offset)
        }
        None => error,
    }
}
