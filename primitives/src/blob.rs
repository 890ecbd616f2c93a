// SPDX-License-Identifier: Apache-2.0
//! The container of a program: a zero-copy view of a `.polkavm` blob (blob format, sections 1 to 7).
//!
//! [`Blob::parse`] reads the section stream once and remembers where everything is. Imports, exports and debug info are
//! read when asked for, because the format says that mistakes in them only matter then.

use crate::{
    code::Code,
    debug_info::DebugInfo,
    error::{ParseError, ParseErrorKind},
    isa::InstructionSet,
    limits::IMPORTS_MAX,
    varint,
};

/// First four bytes of every blob.
pub const MAGIC: [u8; 4] = [0x50, 0x56, 0x4d, 0x00];

/// Bytes before the first section: magic, version byte, length.
pub const HEADER_BYTES: usize = 13;

/// Section ids (blob format, section 1).
pub mod section_id {
    /// Ends the section stream.
    pub const END: u8 = 0;
    /// Sizes of the data regions and the stack.
    pub const MEMORY_CONFIG: u8 = 1;
    /// Initial bytes of the read-only region.
    pub const RO_DATA: u8 = 2;
    /// Initial bytes of the read-write region.
    pub const RW_DATA: u8 = 3;
    /// Symbols of the host functions.
    pub const IMPORTS: u8 = 4;
    /// Names of code offsets.
    pub const EXPORTS: u8 = 5;
    /// Jump table, code and bitmask.
    pub const CODE: u8 = 6;
    /// Text that the debug info refers to.
    pub const DEBUG_STRINGS: u8 = 128;
    /// Programs that say which source line code comes from.
    pub const DEBUG_LINE_PROGRAMS: u8 = 129;
    /// Code ranges of the line programs.
    pub const DEBUG_LINE_PROGRAM_RANGES: u8 = 130;
    /// Set in the ids of sections that a reader may skip.
    pub const OPTIONAL_BIT: u8 = 128;
}

/// The name of a section as errors and listings show it.
pub fn section_name(id: u8) -> &'static str {
    match id {
        section_id::END => "end",
        section_id::MEMORY_CONFIG => "memory config",
        section_id::RO_DATA => "read-only data",
        section_id::RW_DATA => "read-write data",
        section_id::IMPORTS => "imports",
        section_id::EXPORTS => "exports",
        section_id::CODE => crate::code::SECTION_NAME,
        section_id::DEBUG_STRINGS => "debug strings",
        section_id::DEBUG_LINE_PROGRAMS => "debug line programs",
        section_id::DEBUG_LINE_PROGRAM_RANGES => "debug line program ranges",
        _ => "unknown",
    }
}

/// A parsed blob. Borrows its bytes, so it is cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Blob<'a> {
    bytes: &'a [u8],
    memory: MemoryConfig,
    ro_data: &'a [u8],
    rw_data: &'a [u8],
    imports: Imports<'a>,
    exports: &'a [u8],
    code: Code<'a>,
    debug_info: DebugInfo<'a>,
}

/// Declared sizes in bytes (blob format, section 3).
#[derive(Clone, Copy, Default, Debug)]
struct MemoryConfig {
    ro_data_size: u32,
    rw_data_size: u32,
    stack_size: u32,
}

impl<'a> Blob<'a> {
    /// Reads a blob.
    ///
    /// # Errors
    ///
    /// Every "reject" of the blob format, sections 1 to 6, with section, offset in `bytes`, and the numbers in question.
    /// That a module can be made of it is not checked here: see [`MemoryMap`](crate::MemoryMap) and
    /// [`Code::validate`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let isa = parse_header(bytes)?;
        let mut stream = SectionStream::new(bytes)?;

        let memory = match stream.take(section_id::MEMORY_CONFIG)? {
            Some(section) => parse_memory_config(section)?,
            None => MemoryConfig::default(),
        };
        let ro_data = stream.take(section_id::RO_DATA)?;
        let rw_data = stream.take(section_id::RW_DATA)?;
        let imports = match stream.take(section_id::IMPORTS)? {
            Some(section) => parse_imports(section)?,
            None => Imports::default(),
        };
        let exports = stream.take(section_id::EXPORTS)?.map_or(&[][..], |section| section.payload);
        let code_at = stream.id_at;
        let code = stream.take(section_id::CODE)?.filter(|section| !section.payload.is_empty());
        let debug_strings = stream.take(section_id::DEBUG_STRINGS)?;
        let debug_line_programs = stream.take(section_id::DEBUG_LINE_PROGRAMS)?;
        let debug_ranges = stream.take(section_id::DEBUG_LINE_PROGRAM_RANGES)?;
        while stream.id & section_id::OPTIONAL_BIT != 0 {
            stream.take(stream.id)?;
        }
        if stream.id != section_id::END {
            return Err(stream.unexpected());
        }

        let ro_data = check_data("the length of the read-only data", ro_data, memory.ro_data_size)?;
        let rw_data = check_data("the length of the read-write data", rw_data, memory.rw_data_size)?;
        let Some(code) = code else {
            let section = section_name(section_id::CODE);
            return Err(ParseError { section, offset: code_at, kind: ParseErrorKind::NoCode });
        };
        let code = Code::parse(isa, code.payload)
            .map_err(|error| ParseError { offset: error.offset + code.offset, ..error })?;
        let payload = |section: Option<Section<'a>>| section.map_or(&[][..], |section| section.payload);
        let debug_info =
            DebugInfo::new(payload(debug_strings), payload(debug_line_programs), payload(debug_ranges));
        Ok(Self { bytes, memory, ro_data, rw_data, imports, exports, code, debug_info })
    }

    /// The instruction set that the code is written in.
    pub fn isa(&self) -> InstructionSet {
        self.code.isa()
    }

    /// The length that the header declares, which is that of the blob, in bytes. Bytes behind the end marker count.
    pub fn declared_len(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Declared size of the read-only region in bytes, at least the length of [`ro_data`](Self::ro_data).
    pub fn ro_data_size(&self) -> u32 {
        self.memory.ro_data_size
    }

    /// Declared size of the read-write region in bytes, at least the length of [`rw_data`](Self::rw_data).
    pub fn rw_data_size(&self) -> u32 {
        self.memory.rw_data_size
    }

    /// Declared size of the stack in bytes.
    pub fn stack_size(&self) -> u32 {
        self.memory.stack_size
    }

    /// First bytes of the read-only region; the rest of it is zero.
    pub fn ro_data(&self) -> &'a [u8] {
        self.ro_data
    }

    /// First bytes of the read-write region; the rest of it is zero.
    pub fn rw_data(&self) -> &'a [u8] {
        self.rw_data
    }

    /// The host functions that the program wants.
    pub fn imports(&self) -> Imports<'a> {
        self.imports
    }

    /// The entry points of the program.
    pub fn exports(&self) -> Exports<'a> {
        Exports::new(self.exports)
    }

    /// The code offset of the first export with this name. Takes time proportional to the size of the exports.
    pub fn export(&self, name: &[u8]) -> Option<u32> {
        self.exports().find(|export| export.name == name).map(|export| export.offset)
    }

    /// The code.
    pub fn code(&self) -> Code<'a> {
        self.code
    }

    /// Where the code comes from in the source; may be empty, and is not checked until it is read.
    pub fn debug_info(&self) -> DebugInfo<'a> {
        self.debug_info
    }

    /// All sections in order, the ones that are skipped too; without the end marker.
    pub fn sections(&self) -> impl Iterator<Item = SectionInfo> + 'a {
        let mut stream = SectionStream::new(self.bytes).ok();
        core::iter::from_fn(move || {
            let stream = stream.as_mut().filter(|stream| stream.id != section_id::END)?;
            let id = stream.id;
            let section = stream.take(id).ok().flatten()?;
            Some(SectionInfo {
                id,
                name: section_name(id),
                offset: section.offset,
                len: section.payload.len(),
            })
        })
    }
}

/// Where a section is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SectionInfo {
    /// Its id; see [`section_id`].
    pub id: u8,
    /// Its name, `unknown` for optional sections that nobody knows.
    pub name: &'static str,
    /// Where its payload starts, in bytes from the start of the blob.
    pub offset: usize,
    /// Length of its payload in bytes.
    pub len: usize,
}

/// Reads everything before the first section.
fn parse_header(bytes: &[u8]) -> Result<InstructionSet, ParseError> {
    let error = |offset, kind| ParseError { section: "header", offset, kind };
    let truncated = |offset: usize, what, needed| {
        let available = bytes.len().saturating_sub(offset) as u64;
        error(offset, ParseErrorKind::Truncated { what, needed, available })
    };
    let magic = bytes.first_chunk::<4>().ok_or_else(|| truncated(0, "the magic number", 4))?;
    if *magic != MAGIC {
        return Err(error(0, ParseErrorKind::Magic(*magic)));
    }
    let version = *bytes.get(4).ok_or_else(|| truncated(4, "the version", 1))?;
    let isa = InstructionSet::from_version_byte(version)
        .ok_or_else(|| error(4, ParseErrorKind::Version(version)))?;
    let declared = bytes
        .get(5..)
        .and_then(|rest| rest.first_chunk::<8>())
        .map(|length| u64::from_le_bytes(*length))
        .ok_or_else(|| truncated(5, "the length of the blob", 8))?;
    let actual = bytes.len() as u64;
    if declared != actual {
        return Err(error(5, ParseErrorKind::LengthMismatch { declared, actual }));
    }
    Ok(isa)
}

/// One section of the stream.
#[derive(Clone, Copy)]
struct Section<'a> {
    name: &'static str,
    /// Start of the payload in the blob.
    offset: usize,
    payload: &'a [u8],
}

impl Section<'_> {
    fn error(&self, at: usize, kind: ParseErrorKind) -> ParseError {
        ParseError { section: self.name, offset: self.offset + at, kind }
    }

    /// Reads the varint at `at` of the payload: value and offset behind it.
    fn varint(&self, at: usize, what: &'static str) -> Result<(u32, usize), ParseError> {
        varint::read(self.payload.get(at..).unwrap_or_default())
            .map(|(value, len)| (value, at + len))
            .map_err(|error| self.error(at, ParseErrorKind::from_varint(what, error)))
    }
}

/// Reads the section stream by the rule of the blob format, section 1: hold the current id, consume the section if it
/// is the expected one.
#[derive(Clone, Copy)]
struct SectionStream<'a> {
    bytes: &'a [u8],
    /// Id of the current section.
    id: u8,
    /// Where the current id is.
    id_at: usize,
}

impl<'a> SectionStream<'a> {
    /// A stream at the first section.
    fn new(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let mut stream = Self { bytes, id: section_id::END, id_at: HEADER_BYTES };
        stream.read_id(HEADER_BYTES)?;
        Ok(stream)
    }

    fn read_id(&mut self, at: usize) -> Result<(), ParseError> {
        let Some(&id) = self.bytes.get(at) else {
            let kind =
                ParseErrorKind::Truncated { what: "the id of the next section", needed: 1, available: 0 };
            return Err(ParseError { section: "section stream", offset: at, kind });
        };
        (self.id, self.id_at) = (id, at);
        Ok(())
    }

    /// Consumes the current section if its id is `id`; otherwise the section counts as absent.
    fn take(&mut self, id: u8) -> Result<Option<Section<'a>>, ParseError> {
        if self.id != id {
            return Ok(None);
        }
        let name = section_name(id);
        let length_at = self.id_at + 1;
        let stream = Section { name, offset: 0, payload: self.bytes };
        let (length, offset) = stream.varint(length_at, "the length of the section")?;
        let rest = self.bytes.get(offset..).unwrap_or_default();
        let Some(payload) = rest.get(..length as usize) else {
            let (needed, available) = (length.into(), rest.len() as u64);
            return Err(
                stream.error(offset, ParseErrorKind::Truncated { what: "the section", needed, available })
            );
        };
        self.read_id(offset + payload.len())?;
        Ok(Some(Section { name, offset, payload }))
    }

    fn unexpected(&self) -> ParseError {
        let kind = ParseErrorKind::UnexpectedSection { id: self.id };
        ParseError { section: "section stream", offset: self.id_at, kind }
    }
}

fn parse_memory_config(section: Section<'_>) -> Result<MemoryConfig, ParseError> {
    let (ro_data_size, at) = section.varint(0, "the size of the read-only data")?;
    let (rw_data_size, at) = section.varint(at, "the size of the read-write data")?;
    let (stack_size, at) = section.varint(at, "the size of the stack")?;
    match section.payload.len().saturating_sub(at) {
        0 => Ok(MemoryConfig { ro_data_size, rw_data_size, stack_size }),
        count => Err(section.error(at, ParseErrorKind::TrailingBytes { count: count as u64 })),
    }
}

/// The data of a region, which must not be longer than the region.
fn check_data<'a>(
    what: &'static str,
    section: Option<Section<'a>>,
    size: u32,
) -> Result<&'a [u8], ParseError> {
    let Some(section) = section else { return Ok(&[]) };
    let (value, max) = (section.payload.len() as u64, u64::from(size));
    if value > max {
        return Err(section.error(0, ParseErrorKind::TooLarge { what, value, max }));
    }
    Ok(section.payload)
}

fn parse_imports(section: Section<'_>) -> Result<Imports<'_>, ParseError> {
    let (count, at) = section.varint(0, "the number of imports")?;
    if count > IMPORTS_MAX {
        let (value, max) = (count.into(), IMPORTS_MAX.into());
        return Err(section.error(0, ParseErrorKind::TooLarge { what: "the number of imports", value, max }));
    }
    let rest = section.payload.get(at..).unwrap_or_default();
    let needed = 4 * count as usize; // At most 4096.
    let Some((offsets, symbols)) = rest.split_at_checked(needed) else {
        let (needed, available) = (needed as u64, rest.len() as u64);
        let what = "the list of symbol offsets";
        return Err(section.error(at, ParseErrorKind::Truncated { what, needed, available }));
    };
    Ok(Imports { offsets, symbols })
}

/// The symbols of the host functions that a program calls; `ecalli k` calls import `k` (blob format, section 4).
#[derive(Clone, Copy, Default, Debug)]
pub struct Imports<'a> {
    /// Four bytes each.
    offsets: &'a [u8],
    symbols: &'a [u8],
}

impl<'a> Imports<'a> {
    /// Number of imports, invalid ones included; at most [`IMPORTS_MAX`].
    pub fn len(&self) -> u32 {
        (self.offsets.len() / 4) as u32
    }

    /// Whether there are no imports.
    pub fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    /// The symbol of import `index`, any bytes, perhaps none. `None`: there is no such import; `Some(None)`: there is,
    /// but its symbol does not lie inside of the section.
    pub fn get(&self, index: u32) -> Option<Option<&'a [u8]>> {
        let offset = |index: u32| {
            let bytes = self.offsets.get(index as usize * 4..)?.first_chunk::<4>()?;
            Some(u32::from_le_bytes(*bytes) as usize)
        };
        if index >= self.len() {
            return None;
        }
        let start = offset(index)?;
        let end = offset(index + 1).unwrap_or(self.symbols.len());
        Some(self.symbols.get(start..end))
    }

    /// All imports in order; `None` stands for an invalid symbol.
    pub fn iter(&self) -> impl Iterator<Item = Option<&'a [u8]>> + 'a {
        let imports = *self;
        (0..imports.len()).map_while(move |index| imports.get(index))
    }
}

/// An entry point of a program: a name for a code offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Export<'a> {
    /// The code offset; it may be a bad one, then a call of it traps.
    pub offset: u32,
    /// The name, any bytes.
    pub name: &'a [u8],
}

/// The exports of a program, read one by one; ends at the first that cannot be read (blob format, section 5).
#[derive(Clone, Copy, Debug)]
pub struct Exports<'a> {
    rest: &'a [u8],
    left: u32,
}

impl<'a> Exports<'a> {
    fn new(payload: &'a [u8]) -> Self {
        match varint::read(payload) {
            Ok((left, at)) => Self { rest: payload.get(at..).unwrap_or_default(), left },
            Err(_) => Self { rest: &[], left: 0 },
        }
    }

    fn read(&mut self) -> Option<Export<'a>> {
        let (offset, at) = varint::read(self.rest).ok()?;
        let rest = self.rest.get(at..)?;
        let (length, at) = varint::read(rest).ok()?;
        let (name, rest) = rest.get(at..)?.split_at_checked(length as usize)?;
        self.rest = rest;
        Some(Export { offset, name })
    }
}

impl<'a> Iterator for Exports<'a> {
    type Item = Export<'a>;

    fn next(&mut self) -> Option<Export<'a>> {
        // What cannot be read once cannot be read again either, so the iterator stays at its end.
        self.left = self.left.checked_sub(1)?;
        self.read()
    }
}
