// SPDX-License-Identifier: Apache-2.0
//! What the guest tells the linker in sections of its own: exports, imports, the stack that it needs.

use crate::{
    elf::{rel, Class, Elf, Location, Section},
    error::{short, LinkError, Result},
    hash::FastMap,
    ir::{Import, Reg},
};

/// An exported function as the section lists it.
pub(crate) struct RawExport {
    /// Byte of the section where the entry starts.
    pub(crate) entry: u64,
    pub(crate) name: Vec<u8>,
    pub(crate) code: Location,
}

const HINT: &str = "use the macros of the guest library, or write the record as the guest interface says; GNU ld may have shortened it: compile with -mno-relax, or pass --no-relax to it";

/// Page size that stacks are rounded up to.
const STACK_PAGE: u32 = 4096;

/// The stack in bytes: the largest of all requests and of `min`.
pub(crate) fn stack_size(elf: &Elf<'_>, min: u32) -> Result<u32> {
    let mut size = min;
    for section in elf.sections.iter().filter(|section| section.class == Class::StackSize) {
        let (requests, rest) = section.data.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(LinkError::new(format!(
                "the section has {} bytes, which is no list of 32-bit numbers",
                section.data.len()
            ))
            .at(&section.name, 0)
            .hint(HINT));
        }
        size = requests.iter().map(|bytes| u32::from_le_bytes(*bytes)).fold(size, u32::max);
    }
    size.checked_next_multiple_of(STACK_PAGE).ok_or_else(|| {
        LinkError::new(format!("a stack of {size} bytes does not fit into memory"))
            .hint("ask for a smaller minimum stack size")
    })
}

/// The place that the pointer at `offset` points to.
fn pointer(elf: &Elf<'_>, section: &Section<'_>, offset: u64, what: &str) -> Result<Location> {
    let absolute = if elf.xlen.is_64() { rel::ABS64 } else { rel::ABS32 };
    let from = section.relocations.partition_point(|relocation| relocation.offset < offset);
    let at = section.relocations.iter().skip(from).take_while(|relocation| relocation.offset == offset);
    let found: Vec<_> = at.filter(|relocation| relocation.symbol != 0).collect();
    let fail = |text: String| LinkError::new(text).at(&section.name, offset).hint(HINT);
    let [relocation] = found.as_slice() else {
        return Err(fail(format!("the {what} has {} relocations, it must have one", found.len())));
    };
    let pc_relative = relocation.kind == rel::PCREL_HI20 && section.class == Class::Exports;
    if relocation.kind != absolute && !pc_relative {
        return Err(fail(format!(
            "the {what} has {}, it must have {}",
            rel::name(relocation.kind),
            rel::name(absolute)
        )));
    }
    elf.place(relocation).map_err(|error| error.at(&section.name, offset))
}

/// Bytes of names of functions for each byte of the file's sections. Names may share their ends.
const NAMES_FACTOR: usize = 16;

/// How long the names of exported or imported functions are together. Records may share the bytes of their names, so that a small
/// file would have names out of proportion.
pub(super) struct Names {
    left: usize,
    max: usize,
}

impl Names {
    /// None yet.
    pub(super) fn of(elf: &Elf<'_>) -> Self {
        let bytes: usize = elf.sections.iter().map(|section| section.data.len()).sum();
        let max = bytes.saturating_mul(NAMES_FACTOR);
        Self { left: max, max }
    }

    /// One more.
    pub(super) fn add(&mut self, name: &[u8]) -> Result<()> {
        self.left = self.left.checked_sub(name.len()).ok_or_else(|| {
            let what = format!(
                "the names of functions take more than {} bytes, {NAMES_FACTOR} times those of the file's sections",
                self.max
            );
            LinkError::new(what).hint("the records share the bytes of long names: write each name once")
        })?;
        Ok(())
    }
}

/// Reads all entries of the export sections.
pub(crate) fn exports(elf: &Elf<'_>) -> Result<Vec<RawExport>> {
    let mut exports = Vec::new();
    let mut names = Names::of(elf);
    let mut by_name: FastMap<Vec<u8>, Location> = FastMap::default();
    let pointer_bytes = elf.xlen.bytes();
    for section in elf.sections.iter().filter(|section| section.class == Class::Exports) {
        let entry_bytes = 1 + 2 * pointer_bytes as usize;
        for (index, entry) in section.data.chunks(entry_bytes).enumerate() {
            let offset = (index * entry_bytes) as u64;
            let fail = |text: String| Err(LinkError::new(text).at(&section.name, offset).hint(HINT));
            if entry.len() != entry_bytes {
                return fail(format!(
                    "the entry of an export has {} bytes, it must have {entry_bytes}",
                    entry.len()
                ));
            }
            if entry[0] != 1 {
                return fail(format!("the entry of an export has version {}, only 1 is known", entry[0]));
            }
            let record = pointer(elf, section, offset + 1, "pointer to the record of an export")?;
            let code = pointer(elf, section, offset + 1 + pointer_bytes, "pointer to the code of an export")?;
            if elf.section(code.section).class != Class::Code {
                return fail(format!(
                    "the export leads to {}+{:#x}, which is not code",
                    elf.section(code.section).name,
                    code.offset
                ));
            }
            let record = self::record(elf, record)?;
            names.add(&record.name)?;
            // Which one a name finds would depend on where passes put them.
            match by_name.get(&record.name) {
                None => {
                    by_name.insert(record.name.clone(), code);
                    exports.push(RawExport { entry: offset, name: record.name, code });
                }
                // It says the same once more.
                Some(known) if *known == code => {}
                Some(_) => {
                    let name = short(&String::from_utf8_lossy(&record.name));
                    return Err(LinkError::new(format!("two functions are exported as `{name}`"))
                        .at(&section.name, offset)
                        .hint("export one of them under another name, or not at all"));
                }
            }
        }
    }
    if exports.is_empty() {
        return Err(LinkError::new("the program exports nothing, so that nothing of it could ever run").hint("export a function with the macros of the guest library; if it does, keep the section .polkavm_exports when linking (`--gc-sections` needs its flag R)"));
    }
    Ok(exports)
}

/// Reads the record of an imported or exported function.
pub(crate) fn record(elf: &Elf<'_>, location: Location) -> Result<Import> {
    let section = elf.section(location.section);
    let at = location.offset as u64;
    let fail = |text: String| LinkError::new(text).at(&section.name, at).hint(HINT);
    let bytes = |from: u64, count: u64| {
        let from = at.checked_add(from).and_then(|from| usize::try_from(from).ok());
        let bytes = from.and_then(|from| section.data.get(from..)?.get(..count as usize));
        bytes.ok_or_else(|| {
            fail(format!(
                "the record of a function reaches out of the {} bytes of its section",
                section.data.len()
            ))
        })
    };
    let byte = |from| bytes(from, 1).map(|bytes| bytes[0]);
    let word = |from| {
        bytes(from, 4).map(|bytes| bytes.iter().rev().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)))
    };

    let version = byte(0)?;
    if !matches!(version, 1 | 2) {
        return Err(fail(format!("the record of a function has version {version}, only 1 and 2 are known")));
    }
    let flags = word(1)?;
    if flags != 0 {
        return Err(fail(format!("the record of a function has flags {flags:#x}, none are known")));
    }
    let name_bytes = u64::from(word(5)?);
    let rest = 9 + elf.xlen.bytes();
    let (inputs, outputs) = (byte(rest)?, byte(rest + 1)?);
    if usize::from(inputs) > Reg::ARGS.len() || outputs > 2 {
        return Err(fail(format!(
            "the function has {inputs} argument and {outputs} result registers, at most 9 and 2 are possible"
        )));
    }
    let index = match version {
        2 if byte(rest + 2)? != 0 => Some(word(rest + 3)?),
        _ => None,
    };

    let name = pointer(elf, section, at + 9, "name of a function")?;
    let name_section = elf.section(name.section);
    let start = usize::try_from(name.offset).ok();
    let name =
        start.and_then(|start| name_section.data.get(start..)?.get(..usize::try_from(name_bytes).ok()?));
    let name = name.ok_or_else(|| {
        fail(format!(
            "the name of a function, {name_bytes} bytes, reaches out of section {}",
            name_section.name
        ))
    })?;
    Ok(Import { name: name.to_vec(), index, inputs, outputs })
}
