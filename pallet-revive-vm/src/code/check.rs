// SPDX-License-Identifier: Apache-2.0
//! The check of a blob at upload, in the order of the contract ABI, section 2.2.
//!
//! It takes time linear in the length of the blob and keeps nothing. The memory estimates use the constants of a 32-bit
//! runtime on every host ([`limits`]), so that a block author and a native test agree on what is refused.

use crate::{host, limits, primitives::CodeRefusal, storage::LoadSize, Config, Error};
use alloc::{format, string::String};
use revive_vm_primitives::{Blob, InstructionSet, MemoryMap, Opcode};

/// The exports that a contract must have, and the one that it may have, to be run when its code takes over a contract.
const ENTRIES: [&str; 3] = ["deploy", "call", "migrate"];

/// What the check found out about a blob that is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The instruction set.
    pub isa: InstructionSet,
    /// Whether there is an export `migrate`.
    pub exports_migrate: bool,
    /// How much there is to do to load it.
    pub load: LoadSize,
}

/// As how many instructions one counts that takes long to translate or to price, where loading is priced.
pub const HEAVY: u32 = 4;

/// As how many instructions an export counts there: all of them are put in order by their names.
pub const EXPORT: u32 = 32;

/// Whether an instruction takes long to translate or to price: those that divide have to look for what the machine traps at, and of
/// products and host calls few are under way at a time.
const fn is_heavy(opcode: Opcode) -> bool {
    use Opcode::*;
    matches!(
        opcode,
        DivUnsigned32
            | DivUnsigned64
            | DivSigned32
            | DivSigned64
            | RemUnsigned32
            | RemUnsigned64
            | RemSigned32
            | RemSigned64
            | Mul32
            | Mul64
            | MulImm32
            | MulImm64
            | MulUpperSignedSigned
            | MulUpperUnsignedUnsigned
            | MulUpperSignedUnsigned
            | Ecalli
    )
}

/// Checks a blob.
pub fn check<T: Config>(bytes: &[u8]) -> Result<Checked, CodeRefusal> {
    let len = bytes.len() as u64;
    if len > limits::BLOB_BYTES_MAX.into() {
        return Err(CodeRefusal::new(
            Error::<T>::BlobTooLarge,
            format!("the blob has {len} bytes, more than the limit of {}", limits::BLOB_BYTES_MAX),
        ));
    }
    let blob = Blob::parse(bytes)
        .map_err(|error| CodeRefusal::new(Error::<T>::CodeRejected, format!("not a valid blob: {error}")))?;
    if blob.isa() != InstructionSet::ReviveV1 {
        return Err(CodeRefusal::new(
            Error::<T>::WrongInstructionSet,
            format!(
                "the blob is for the instruction set {} (version byte {}), contracts need {} (version byte {})",
                blob.isa(),
                blob.isa().version_byte(),
                InstructionSet::ReviveV1,
                InstructionSet::ReviveV1.version_byte()
            ),
        ));
    }
    check_imports::<T>(&blob)?;
    let exports = check_exports::<T>(&blob)?;
    let size = check_instructions::<T>(&blob)?;
    let pages = check_memory::<T>(&blob, len, &size)?;
    let count = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    // To look up an entry of the jump table takes as long as an instruction that is a block.
    let jumps = u64::from(blob.code().jump_table().len());
    let counted = [
        size.instructions,
        size.heavy.saturating_mul(u64::from(HEAVY) - 1),
        exports.others.saturating_mul(u64::from(EXPORT)),
        jumps,
    ];
    let load = LoadSize {
        instructions: count(counted.into_iter().fold(0, u64::saturating_add)),
        blocks: count(size.blocks.saturating_add(jumps)),
        pages: count(pages),
    };
    let [_, _, migration] = exports.entries;
    Ok(Checked {
        isa: blob.isa(),
        exports_migrate: migration.is_some(),
        load: if has_entry_within_block(&blob, &exports) { load.twice() } else { load },
    })
}

/// Whether a call begins in the midst of a block. The translation for block starts has no place for that, so another one is made.
fn has_entry_within_block(blob: &Blob<'_>, exports: &Exports) -> bool {
    let code = blob.code();
    let mut entries = exports.entries.iter().flatten();
    entries.any(|entry| code.block_start(*entry).is_some_and(|start| start != *entry))
}

fn check_imports<T: Config>(blob: &Blob<'_>) -> Result<(), CodeRefusal> {
    let (declared, known) = (blob.imports().len() as usize, host::IMPORTS.0.len());
    if declared > known {
        return Err(CodeRefusal::new(
            Error::<T>::TooManyImports,
            format!("the blob declares {declared} imports, there are only {known} host functions"),
        ));
    }
    for (index, symbol) in blob.imports().iter().enumerate() {
        let Some(symbol) = symbol else {
            return Err(CodeRefusal::new(
                Error::<T>::MalformedImport,
                format!("the symbol of import {index} does not lie within the import section"),
            ));
        };
        if host::IMPORTS.index_of(symbol).is_none() {
            return Err(CodeRefusal::new(
                Error::<T>::UnknownImport,
                format!(
                    "import {index} is `{}`, which is not a host function of this chain",
                    printable(symbol)
                ),
            ));
        }
    }
    Ok(())
}

/// The exports of a blob.
struct Exports {
    /// The code offset of each of [`ENTRIES`], if there is such an export; of the first, if there are several.
    entries: [Option<u32>; 3],
    /// How many others there are.
    others: u64,
}

fn check_exports<T: Config>(blob: &Blob<'_>) -> Result<Exports, CodeRefusal> {
    let mut exports = Exports { entries: [None; 3], others: 0 };
    for export in blob.exports() {
        match ENTRIES.iter().position(|name| name.as_bytes() == export.name) {
            Some(index) if exports.entries[index].is_none() => exports.entries[index] = Some(export.offset),
            _ => exports.others = exports.others.saturating_add(1),
        }
    }
    let [deploy, call, _] = exports.entries;
    match [deploy, call].into_iter().zip(ENTRIES).find(|(entry, _)| entry.is_none()) {
        None => Ok(exports),
        Some((_, missing)) => Err(CodeRefusal::new(
            Error::<T>::MissingExport,
            format!("the blob does not export `{missing}`; a contract exports `deploy` and `call`"),
        )),
    }
}

/// How much code there is.
struct CodeSize {
    instructions: u64,
    /// Those of them that take long to translate or to price.
    heavy: u64,
    blocks: u64,
}

fn check_instructions<T: Config>(blob: &Blob<'_>) -> Result<CodeSize, CodeRefusal> {
    let mut size = CodeSize { instructions: 0, heavy: 0, blocks: 0 };
    let mut in_block = 0u32;
    for decoded in blob.code().instructions() {
        let offset = decoded.offset;
        let Some(instruction) = decoded.instruction else {
            return Err(CodeRefusal::new(
                Error::<T>::InvalidInstruction,
                format!("there is no valid instruction of ReviveV1 at code offset {offset}"),
            ));
        };
        // The immediate of a host call is its import number; its bits count, not its sign.
        if instruction.opcode == Opcode::Ecalli && instruction.i as u32 == limits::IMPORT_NUMBER_RESERVED {
            return Err(CodeRefusal::new(
                Error::<T>::InvalidInstruction,
                format!(
                    "the host call at code offset {offset} has the reserved import number {}",
                    limits::IMPORT_NUMBER_RESERVED
                ),
            ));
        }
        size.instructions = size.instructions.saturating_add(1);
        size.heavy = size.heavy.saturating_add(is_heavy(instruction.opcode).into());
        in_block = in_block.saturating_add(1);
        if in_block > limits::BASIC_BLOCK_INSTRUCTIONS_MAX {
            return Err(CodeRefusal::new(
                Error::<T>::BasicBlockTooLarge,
                format!(
                    "the basic block around code offset {offset} has more than {} instructions",
                    limits::BASIC_BLOCK_INSTRUCTIONS_MAX
                ),
            ));
        }
        if decoded.ends_block() {
            size.blocks = size.blocks.saturating_add(1);
            in_block = 0;
        }
    }
    if in_block != 0 {
        size.blocks = size.blocks.saturating_add(1);
    }
    Ok(size)
}

/// Returns how many pages of memory an instance has.
fn check_memory<T: Config>(blob: &Blob<'_>, blob_len: u64, size: &CodeSize) -> Result<u64, CodeRefusal> {
    let too_large = |detail: String| CodeRefusal::new(Error::<T>::StaticMemoryTooLarge, detail);

    let entries = size.instructions.saturating_add(size.blocks);
    let code_bytes = u64::from(blob.code().len());
    let cache = limits::CODE_CACHE_ENTRY_BYTES.saturating_mul(entries).min(limits::CODE_CACHE_BYTES_MAX);
    let purgeable =
        cache.saturating_add(limits::ADDRESS_MAP_ENTRY_BYTES.saturating_mul(code_bytes.saturating_add(1)));
    if purgeable > limits::PURGEABLE_MEMORY_BYTES_MAX {
        return Err(too_large(format!(
            "translating {} instructions in {code_bytes} bytes of code takes {purgeable} bytes of memory, more than the limit \
             of {}",
            size.instructions,
            limits::PURGEABLE_MEMORY_BYTES_MAX
        )));
    }

    let map = MemoryMap::for_blob(blob, limits::PAGE_BYTES, 0)
        .map_err(|error| too_large(format!("the memory of the blob cannot be laid out: {error}")))?;
    let [ro, rw, stack] =
        [map.ro_data_size(), map.rw_data_size(), map.stack_high() - map.stack_low()].map(u64::from);
    let payload = (blob.ro_data().len() as u64).saturating_add(blob.rw_data().len() as u64);
    // The payloads are parts of the blob; they are counted as memory instead.
    let baseline =
        blob_len.saturating_sub(payload).saturating_add(ro).saturating_add(rw).saturating_add(stack);
    if baseline > limits::BASELINE_MEMORY_BYTES_MAX {
        return Err(too_large(format!(
            "{ro} bytes of read-only data, {rw} of read-write data, {stack} of stack and the rest of the blob are {baseline} \
             bytes, more than the limit of {}",
            limits::BASELINE_MEMORY_BYTES_MAX
        )));
    }
    Ok(ro.saturating_add(rw).saturating_add(stack).div_ceil(limits::PAGE_BYTES.into()))
}

/// A symbol for a message: what is not printable ASCII is escaped, what is too long is cut.
fn printable(symbol: &[u8]) -> String {
    const SHOWN_BYTES_MAX: usize = 64;
    let (shown, more) = match symbol.get(..SHOWN_BYTES_MAX) {
        Some(start) if symbol.len() > SHOWN_BYTES_MAX => (start, "…"),
        _ => (symbol, ""),
    };
    format!("{}{more}", shown.escape_ascii())
}
