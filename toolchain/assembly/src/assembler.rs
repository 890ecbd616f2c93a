// SPDX-License-Identifier: Apache-2.0
//! Goes through the lines of a text: directives, labels, statements (command-line tool, section 3).

use std::collections::HashMap;

use revive_vm_primitives::{
    blob::section_id,
    limits::{CODE_BYTES_MAX, IMPORTS_MAX, JUMP_TABLE_ENTRIES_MAX, JUMP_TABLE_ENTRY_BYTES_MAX},
    Instruction, InstructionSet, Opcode,
};

use crate::{
    error::{shortened, AssembleError, AssembleErrorKind, Parsed, Problem},
    hex,
    lexer::{Token, Tokens},
    name,
    program::{Item, Place, Program, RawSection, Region, Rest},
    statement::{self, parse_target, parse_u32, Statement, Target},
};

/// All directives.
pub(crate) const DIRECTIVES: [&str; 13] = [
    "isa",
    "ro_data_size",
    "rw_data_size",
    "stack_size",
    "ro_data",
    "rw_data",
    "import",
    "export",
    "jump_table",
    "jump_table_entry_size",
    "instruction",
    "gap",
    "section",
];

/// The directive behind a label that keeps it from starting a block.
const NO_FALLTHROUGH: &str = "no_fallthrough";

/// The text as a blob. Its instruction set is what `%isa` says, Latest64 without it.
///
/// # Errors
///
/// The first mistake in the text, with line and column.
pub fn assemble(text: &str) -> Result<Vec<u8>, AssembleError> {
    Ok(assemble_program(text, InstructionSet::Latest64)?.to_blob())
}

/// The text as a program, from which code, labels and the blob can be had. `isa` is its instruction set unless the text
/// has a directive `%isa`.
///
/// # Errors
///
/// The first mistake in the text, with line and column.
pub fn assemble_program(text: &str, isa: InstructionSet) -> Result<Program, AssembleError> {
    let isa = find_isa(text)?.unwrap_or(isa);
    let mut assembler = Assembler::new(isa);
    for (number, line) in lines(text) {
        assembler.line(number, line).map_err(|problem| problem.in_line(number, line))?;
    }
    assembler.finish(text)
}

/// The lines with their numbers, from 1.
fn lines(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (1..=u32::MAX).zip(text.lines())
}

/// The instruction set that the text asks for; it may do so anywhere.
fn find_isa(text: &str) -> Result<Option<InstructionSet>, AssembleError> {
    let mut found = None;
    for (number, line) in lines(text) {
        let Some(rest) = line.trim_start().strip_prefix('%') else { continue };
        if !rest.trim_start().strip_prefix("isa").is_some_and(|rest| rest.trim_start().starts_with('=')) {
            continue;
        }
        let isa = read_isa(line).map_err(|problem| problem.in_line(number, line))?;
        if let Some((_, first)) = found {
            let at = line.len() - line.trim_start().len();
            let kind = AssembleErrorKind::Twice { what: "`%isa`".into(), first };
            return Err(Problem::new(at, kind).in_line(number, line));
        }
        found = Some((isa, number));
    }
    Ok(found.map(|(isa, _)| isa))
}

fn read_isa(line: &str) -> Parsed<InstructionSet> {
    let mut tokens = Tokens::new(line);
    for _ in ["%", "isa", "="] {
        tokens.next()?;
    }
    let token = tokens.next()?;
    let Token::Word(name) = token.token else {
        return Err(tokens.wrong(&token, "the name of an instruction set"));
    };
    tokens.end("the end of the line")?;
    InstructionSet::from_name(name)
        .ok_or_else(|| Problem::new(token.at, AssembleErrorKind::UnknownInstructionSet(name.into())))
}

/// A label that is defined.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Definition {
    /// The line, from 1.
    line: u32,
    /// The item that the label stands in front of.
    pub(crate) item: usize,
    /// The item that jumps to the label go to: the same, or the start of its block.
    pub(crate) jump_item: usize,
}

/// A place that names a label.
#[derive(Clone, Copy, Debug)]
struct Mention<'a> {
    name: &'a str,
    line: u32,
    at: usize,
}

struct Assembler<'a> {
    isa: InstructionSet,
    items: Vec<Item<Mention<'a>>>,
    /// The item that the current block starts with.
    block: usize,
    labels: HashMap<&'a str, Definition>,
    /// Labels that are exported.
    public: Vec<&'a str>,
    /// Exports of the directive.
    exports: Vec<(Vec<u8>, Place<Mention<'a>>)>,
    /// The number of the first import of each name.
    imports: HashMap<Vec<u8>, u32>,
    jump_table: Vec<Place<Mention<'a>>>,
    rest: Rest,
    /// The line of each directive that there can be one of.
    given: HashMap<String, u32>,
}

impl<'a> Assembler<'a> {
    fn new(isa: InstructionSet) -> Self {
        Self {
            isa,
            items: Vec::new(),
            block: 0,
            labels: HashMap::new(),
            public: Vec::new(),
            exports: Vec::new(),
            imports: HashMap::new(),
            jump_table: Vec::new(),
            rest: Rest::default(),
            given: HashMap::new(),
        }
    }

    fn line(&mut self, number: u32, line: &'a str) -> Parsed<()> {
        let mut tokens = Tokens::new(line);
        let first = tokens.peek()?.clone();
        match first.token {
            Token::End => Ok(()),
            Token::Symbol("%") => {
                tokens.next()?;
                self.directive(number, tokens)
            }
            Token::Label(name) => {
                tokens.next()?;
                self.label(number, first.at, name, tokens)
            }
            Token::Word("pub") => {
                tokens.next()?;
                let token = tokens.next()?;
                let Token::Label(name) = token.token else {
                    return Err(tokens.wrong(&token, "a label such as `@name:` behind `pub`"));
                };
                self.label(number, token.at, name, tokens)?;
                self.public.push(name);
                Ok(())
            }
            _ => {
                let statement = statement::parse(self.isa, &mut tokens)?;
                self.statement(number, statement)
            }
        }
    }

    /// Behind the name of a label that is defined.
    fn label(&mut self, line: u32, at: usize, name: &'a str, mut tokens: Tokens<'a>) -> Parsed<()> {
        tokens.symbol(":", "`:` behind the label")?;
        let mut stays = false;
        if tokens.eat("%")? {
            let expected = "`%no_fallthrough` or the end of the line";
            if !tokens.eat_word(NO_FALLTHROUGH)? {
                return Err(tokens.unexpected(expected)?);
            }
            stays = true;
        }
        tokens.end("the end of the line, or `%no_fallthrough`")?;
        if let Some(first) = self.labels.get(name) {
            let kind = AssembleErrorKind::DuplicateLabel { name: name.into(), first: first.line };
            return Err(Problem::new(at, kind));
        }
        if self.block != self.items.len() && !stays {
            self.items.push(Item::Instruction(Instruction::new(Opcode::Fallthrough)));
            self.block = self.items.len();
        }
        let item = self.items.len();
        self.labels.insert(name, Definition { line, item, jump_item: self.block });
        Ok(())
    }

    fn statement(&mut self, line: u32, statement: Statement<'a>) -> Parsed<()> {
        let item = match statement {
            Statement::Plain(instruction) => Item::Instruction(instruction),
            Statement::Jump(instruction, target) => match target {
                Target::Offset(target) => Item::Instruction(Instruction { target, ..instruction }),
                Target::Label { name, at } => Item::Jump(instruction, Mention { name, line, at }),
            },
            Statement::CodeAddress(d, target) => {
                self.jump_table.push(place(target, line));
                // Bounded by the length of the text, whose lines are counted in 32 bits; checked when all is read.
                let address = self.jump_table.len() as u32;
                let i = address.wrapping_mul(revive_vm_primitives::CODE_ADDRESS_ALIGNMENT);
                Item::Instruction(Instruction::reg_imm(Opcode::LoadImm, d, i.cast_signed()))
            }
            Statement::NamedCall { name, at } => {
                let Some(number) = self.imports.get(&name) else {
                    return Err(Problem::new(at, AssembleErrorKind::UnknownImport(name::quoted(&name))));
                };
                Item::Instruction(Instruction::imm(Opcode::Ecalli, number.cast_signed()))
            }
        };
        let ends_block = match &item {
            Item::Instruction(instruction) | Item::Jump(instruction, _) => instruction.opcode.is_terminator(),
            Item::Raw { .. } => false,
        };
        self.items.push(item);
        if ends_block {
            self.block = self.items.len();
        }
        Ok(())
    }

    /// Behind `%`.
    fn directive(&mut self, line: u32, mut tokens: Tokens<'a>) -> Parsed<()> {
        let token = tokens.next()?;
        let Token::Word(name) = token.token else {
            return Err(tokens.wrong(&token, "the name of a directive"));
        };
        let at = token.at;
        match name {
            // Read before everything else.
            "isa" => {
                tokens.symbol("=", "`=` and the name of an instruction set")?;
                tokens.next()?;
                tokens.end("the end of the line")
            }
            "ro_data_size" | "rw_data_size" | "stack_size" => {
                self.once(name, line, at)?;
                let size = number(&mut tokens, "a size in bytes")?;
                match name {
                    "ro_data_size" => self.rest.memory.ro.size = size,
                    "rw_data_size" => self.rest.memory.rw.size = size,
                    _ => self.rest.memory.stack_size = size,
                }
                Ok(())
            }
            "ro_data" | "rw_data" => {
                self.equals_or_more(name, line, at, &mut tokens)?;
                let (bytes_at, text) = tokens.rest();
                let memory = &mut self.rest.memory;
                let region = if name == "ro_data" { &mut memory.ro } else { &mut memory.rw };
                region.data.extend(hex::read(bytes_at, text)?);
                Ok(())
            }
            "import" => {
                tokens.symbol("=", "`=` and a name in quotes")?;
                let name = quoted_name(&mut tokens)?;
                tokens.end("the end of the line")?;
                let number = self.rest.imports.len() as u32; // At most `IMPORTS_MAX`.
                self.imports.entry(name.clone()).or_insert(number);
                self.rest.imports.push(name);
                at_most("imports", self.rest.imports.len(), IMPORTS_MAX, at)
            }
            "export" => {
                tokens.symbol("=", "`=`, a name in quotes, and a label")?;
                let name = quoted_name(&mut tokens)?;
                let place = place(parse_target(&mut tokens)?, line);
                tokens.end("the end of the line")?;
                self.exports.push((name, place));
                Ok(())
            }
            "jump_table" => {
                self.equals_or_more(name, line, at, &mut tokens)?;
                while tokens.peek()?.token != Token::End {
                    let target = parse_target(&mut tokens)?;
                    self.jump_table.push(place(target, line));
                }
                Ok(())
            }
            "jump_table_entry_size" => {
                self.once(name, line, at)?;
                let size = number(&mut tokens, "a size in bytes")?;
                let max = JUMP_TABLE_ENTRY_BYTES_MAX;
                match u8::try_from(size).ok().filter(|size| (1..=max).contains(size)) {
                    Some(size) => self.rest.jump_table_entry_size = Some(size),
                    None => {
                        let found = shortened(&size.to_string());
                        let what = "the size of an entry in bytes";
                        let kind = AssembleErrorKind::OutOfRange { what, found, min: 1, max: max.into() };
                        return Err(Problem::new(at, kind));
                    }
                }
                Ok(())
            }
            "instruction" | "gap" => {
                tokens.symbol("=", "`=` and bytes in hexadecimal")?;
                let (bytes_at, text) = tokens.rest();
                let bytes = hex::read(bytes_at, text)?;
                if bytes.is_empty() {
                    return Err(Problem::expected(bytes_at, "at least one byte", ""));
                }
                self.items.push(Item::Raw { bytes, is_start: name == "instruction" });
                self.block = self.items.len();
                Ok(())
            }
            "section" => self.section(line, at, tokens),
            _ => Err(Problem::new(at, AssembleErrorKind::UnknownDirective(name.into()))),
        }
    }

    /// `%section ID = hex`, `%section ID += hex`, `%section ID (hex) = hex`.
    fn section(&mut self, line: u32, at: usize, mut tokens: Tokens<'a>) -> Parsed<()> {
        let token = tokens.next()?;
        let id = match token.token {
            Token::Number(text) => Some(parse_u32("the number of a section", token.at, text)?),
            _ => None,
        };
        let Some(id) = id.and_then(|id| u8::try_from(id).ok()) else {
            return Err(tokens.wrong(&token, "the number of a section, 0 to 255"));
        };
        let is_known = (section_id::MEMORY_CONFIG..=section_id::CODE).contains(&id);
        if !is_known && id != section_id::END && id & section_id::OPTIONAL_BIT == 0 {
            let expected =
                "a section that a blob can have: 1 to 6, 128 to 255, or 0 for what is behind its end";
            return Err(tokens.wrong(&token, expected));
        }
        let mut length = None;
        if tokens.eat("(")? {
            let mut bytes = Vec::new();
            while !tokens.eat(")")? {
                let token = tokens.next()?;
                let (Token::Number(text) | Token::Word(text)) = token.token else {
                    return Err(tokens.wrong(&token, "the bytes of the section's length, and `)`"));
                };
                bytes.extend(hex::read(token.at, text)?);
            }
            length = Some(bytes);
        }
        if tokens.eat("+=")? {
            let (bytes_at, text) = tokens.rest();
            let bytes = hex::read(bytes_at, text)?;
            let last = self.rest.sections.last_mut().filter(|section| section.id == id && length.is_none());
            let Some(last) = last else {
                let why = "`+=` goes on with the section in the lines before, but this is not its number";
                return Err(Problem::new(at, AssembleErrorKind::NoInstruction(why)));
            };
            last.payload.extend(bytes);
            return Ok(());
        }
        tokens.symbol("=", "`=` or `+=`, and bytes in hexadecimal")?;
        if is_known || id == section_id::END {
            self.once(&format!("section {id}"), line, at)?;
        }
        let (bytes_at, text) = tokens.rest();
        self.rest.sections.push(RawSection { id, length, payload: hex::read(bytes_at, text)? });
        Ok(())
    }

    /// Refuses a second directive of this name.
    fn once(&mut self, name: &str, line: u32, at: usize) -> Parsed<()> {
        match self.given.insert(name.into(), line) {
            None => Ok(()),
            Some(first) => {
                Err(Problem::new(at, AssembleErrorKind::Twice { what: format!("`%{name}`"), first }))
            }
        }
    }

    /// Reads `=`, which a directive can have once, or `+=`; true for the latter.
    fn equals_or_more(&mut self, name: &str, line: u32, at: usize, tokens: &mut Tokens<'a>) -> Parsed<bool> {
        if tokens.eat("+=")? {
            return Ok(true);
        }
        tokens.symbol("=", "`=` or `+=`")?;
        self.once(name, line, at)?;
        Ok(false)
    }

    fn finish(self, text: &str) -> Result<Program, AssembleError> {
        let error = |line: u32, at: usize, kind| {
            let source = lines(text).find(|(number, _)| *number == line).map_or("", |(_, line)| line);
            Problem::new(at, kind).in_line(line, source)
        };
        // Of a directive that was given; where it stands in its line is not kept.
        let error_at = |name: &str, kind| error(self.given.get(name).copied().unwrap_or(1), 0, kind);
        let memory = &self.rest.memory;
        // Sizes given as bytes are for those who know what they do.
        let sizes_are_raw = self.rest.sections.iter().any(|section| section.id == section_id::MEMORY_CONFIG);
        for (what, name, region) in [("ro", "ro_data", &memory.ro), ("rw", "rw_data", &memory.rw)] {
            let Region { size, data } = region;
            let len = data.len() as u64;
            if len > u64::from(*size) && !sizes_are_raw {
                return Err(error_at(name, AssembleErrorKind::DataTooLong { what, len, size: *size }));
            }
        }
        let find = |mention: Mention<'a>| {
            self.labels.get(mention.name).copied().ok_or_else(|| {
                error(mention.line, mention.at, AssembleErrorKind::UnknownLabel(mention.name.into()))
            })
        };
        let items = self.items.iter().map(|item| {
            Ok(match item {
                Item::Jump(instruction, mention) => Item::Jump(*instruction, find(*mention)?.jump_item),
                Item::Instruction(instruction) => Item::Instruction(*instruction),
                Item::Raw { bytes, is_start } => Item::Raw { bytes: bytes.clone(), is_start: *is_start },
            })
        });
        let items = items.collect::<Result<Vec<_>, AssembleError>>()?;
        let jump_table = self.jump_table.iter().map(|place| match place {
            Place::Label(mention) => find(*mention).map(|label| Place::Label(label.jump_item)),
            Place::Offset(offset) => Ok(Place::Offset(*offset)),
        });
        let jump_table = jump_table.collect::<Result<Vec<_>, _>>()?;
        at_most("entries of the jump table", jump_table.len(), JUMP_TABLE_ENTRIES_MAX, 0)
            .map_err(|problem| error_at("jump_table", problem.kind))?;
        let mut public: Vec<_> =
            self.public.iter().filter_map(|name| self.labels.get_key_value(name)).collect();
        public.sort_unstable_by_key(|(name, _)| name.as_bytes());
        let mut exports: Vec<_> = public
            .into_iter()
            .map(|(name, label)| (name.as_bytes().to_owned(), Place::Label(label.item)))
            .collect();
        for (name, place) in &self.exports {
            let place = match place {
                Place::Label(mention) => Place::Label(find(*mention)?.item),
                Place::Offset(offset) => Place::Offset(*offset),
            };
            exports.push((name.clone(), place));
        }
        let labels = self.labels.iter().map(|(name, label)| ((*name).to_owned(), label.item));
        let program =
            Program::new(self.isa, &items, &jump_table, labels, exports.into_iter(), self.rest.clone());
        let program = program.map_err(|_| {
            // Everything else that the builder refuses cannot be written: labels are resolved, instructions checked.
            let found = u64::from(CODE_BYTES_MAX) + 1;
            let what = "bytes of code or more";
            error(1, 0, AssembleErrorKind::TooMany { what, found, max: CODE_BYTES_MAX.into() })
        })?;
        if let Some(size) = self.rest.jump_table_entry_size {
            let max = (1_i128 << (8 * size)) - 1;
            if let Some(entry) = program.code().jump_table.iter().find(|entry| i128::from(**entry) > max) {
                let (what, found) = ("a code offset in an entry of this size", shortened(&entry.to_string()));
                let kind = AssembleErrorKind::OutOfRange { what, found, min: 0, max };
                return Err(error_at("jump_table_entry_size", kind));
            }
        }
        for section in &self.rest.sections {
            let described = match section.id {
                section_id::CODE => !items.is_empty() || !jump_table.is_empty(),
                id => !program.payload(id).is_empty(),
            };
            if described {
                let what = format!("section {}", section.id);
                let why = "the section is given as bytes, and other lines describe it as well; leave one of them out";
                return Err(error_at(&what, AssembleErrorKind::NoInstruction(why)));
            }
        }
        Ok(program)
    }
}

fn place(target: Target<'_>, line: u32) -> Place<Mention<'_>> {
    match target {
        Target::Label { name, at } => Place::Label(Mention { name, line, at }),
        Target::Offset(offset) => Place::Offset(offset),
    }
}

/// Reads `= N` and the end of the line.
fn number(tokens: &mut Tokens<'_>, what: &'static str) -> Parsed<u32> {
    tokens.symbol("=", "`=` and a number")?;
    let token = tokens.next()?;
    let Token::Number(text) = token.token else { return Err(tokens.wrong(&token, "a number")) };
    let value = parse_u32(what, token.at, text)?;
    tokens.end("the end of the line")?;
    Ok(value)
}

fn quoted_name(tokens: &mut Tokens<'_>) -> Parsed<Vec<u8>> {
    let token = tokens.next()?;
    match token.token {
        Token::Name(name) => Ok(name),
        _ => Err(tokens.wrong(&token, "a name in quotes, such as 'transfer'")),
    }
}

fn at_most(what: &'static str, found: usize, max: u32, at: usize) -> Parsed<()> {
    let (found, max) = (found as u64, u64::from(max));
    match found <= max {
        true => Ok(()),
        false => Err(Problem::new(at, AssembleErrorKind::TooMany { what, found, max })),
    }
}
