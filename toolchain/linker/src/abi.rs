// SPDX-License-Identifier: Apache-2.0
//! What an ELF file says of itself to tools, in sections that no program needs: the ABI of a contract.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::{
    elf::Elf,
    error::{LinkError, Result},
};

/// The section in which guest libraries leave the ABI of a contract: lines, each of them a JSON object.
pub const ABI_SECTION: &str = ".revive_vm_abi";

/// In which order kinds of entries stand in an ABI file; others come behind them.
const KINDS: [&str; 6] = ["constructor", "fallback", "receive", "function", "event", "error"];

/// Characters of an entry that a message shows.
const SHOWN_CHARS_MAX: usize = 80;

/// The contents of all sections of a name, in the order of the file: compilers' linkers can leave the parts of a section apart.
/// Nothing if there are none.
///
/// # Errors
///
/// The file is damaged, or no ELF file that could be linked.
pub fn section(elf: &[u8], name: &str) -> Result<Vec<u8>> {
    let elf = Elf::read(elf)?;
    let of_name = elf.sections.iter().filter(|section| section.name == name);
    Ok(of_name.flat_map(|section| section.data.as_ref()).copied().collect())
}

/// The ABI that a contract's ELF file carries in [`ABI_SECTION`]: a JSON object for each of constructor, functions, events and
/// errors, in this order, those of a kind by name. Nothing if there is none.
///
/// What is in the objects is for somebody with a JSON parser to check.
///
/// # Errors
///
/// The file is damaged, or no ELF file that could be linked, or a line is not one object from end to end.
pub fn abi_entries(elf: &[u8]) -> Result<Vec<String>> {
    let contents = section(elf, ABI_SECTION)?;
    let text = std::str::from_utf8(&contents).map_err(|error| {
        LinkError::new("the ABI is no UTF-8 text").at(ABI_SECTION, error.valid_up_to() as u64)
    })?;
    let mut entries = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        // Zeros are what aligns the parts of a section.
        let entry = line.trim_matches(|c: char| c == '\0' || c.is_ascii_whitespace());
        if !entry.is_empty() {
            let Some((kind, name)) = kind_and_name(entry) else {
                let shown: String = entry.chars().take(SHOWN_CHARS_MAX).collect();
                let what = format!("a line of the ABI is not one JSON object: `{}`", shown.escape_debug());
                return Err(LinkError::new(what).at(ABI_SECTION, offset).hint(
                    "the guest library writes it; entries of one's own have a line each, ended by a newline",
                ));
            };
            let rank = KINDS.iter().position(|known| *known == kind).unwrap_or(KINDS.len());
            entries.push((rank, name, entry));
        }
        offset += line.len() as u64;
    }
    entries.sort_unstable();
    // Two parts of a program may declare the same error.
    entries.dedup();
    Ok(entries.into_iter().map(|(.., entry)| entry.to_owned()).collect())
}

/// The text of an ABI file: a JSON list with an entry in each line.
pub fn abi_file(entries: &[String]) -> String {
    if entries.is_empty() {
        return "[]\n".into();
    }
    format!("[\n  {}\n]\n", entries.join(",\n  "))
}

/// Where the ABI of a blob belongs: `NAME.abi.json` beside `NAME.polkavm`.
pub fn abi_path(blob: &Path) -> PathBuf {
    let mut name = match blob.extension() {
        Some(extension) if extension == "polkavm" => blob.file_stem().map(OsString::from),
        _ => blob.file_name().map(OsString::from),
    }
    .unwrap_or_default();
    name.push(".abi.json");
    blob.with_file_name(name)
}

/// The strings `type` and `name` of a JSON object, as they are written, empty where there are none; `None` if the text is not
/// an object from end to end.
fn kind_and_name(text: &str) -> Option<(&str, &str)> {
    let (mut kind, mut name) = ("", "");
    let mut rest = text.strip_prefix('{')?;
    let mut depth = 1_usize;
    // Of the object itself, not of those in it: the last string, and the key that a value belongs to.
    let (mut last, mut key) = ("", None);
    loop {
        let c = rest.chars().next()?;
        rest = &rest[c.len_utf8()..];
        match c {
            '"' => {
                let string;
                (string, rest) = split_at_quote(rest)?;
                match key {
                    _ if depth > 1 => {}
                    None => last = string,
                    Some("type") => kind = string,
                    Some("name") => name = string,
                    Some(_) => {}
                }
            }
            ':' if depth == 1 => key = Some(last),
            ',' if depth == 1 => key = None,
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return rest.is_empty().then_some((kind, name));
        }
    }
}

/// Splits behind an opening quote: up to the one that closes the string, and what follows it.
fn split_at_quote(text: &str) -> Option<(&str, &str)> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return Some((&text[..at], &text[at + 1..])),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_and_name_are_those_of_the_object_itself() {
        let function = r#"{"inputs":[{"name":"by","type":"uint64"}], "name" : "add", "outputs":[{"name":"x","type":"bool"}],"type":"function"}"#;
        assert_eq!(kind_and_name(function), Some(("function", "add")));
        let structures = r#"{"inputs":[{"components":[{"components":[{"name":"x","type":"bool"}],"name":"b","type":"tuple[2]"}],"name":"a","type":"tuple[]"}],"name":"E","type":"error"}"#;
        assert_eq!(kind_and_name(structures), Some(("error", "E")));
        assert_eq!(kind_and_name(r#"{"type":"event","name":"a\"}\\"}"#), Some(("event", r#"a\"}\\"#)));
        assert_eq!(kind_and_name(r#"{"name":7,"type":"error"}"#), Some(("error", "")));
        assert_eq!(kind_and_name("{}"), Some(("", "")));
        for text in ["", "[]", "x", "{", "{}{}", "{} ,", r#"{"type":"#, r#"{"a}"#, r#"{"a\"}"#, "{[}"] {
            assert_eq!(kind_and_name(text), None, "{text}");
        }
    }

    #[test]
    fn files_have_a_line_for_each_entry() {
        assert_eq!(abi_file(&[]), "[]\n");
        assert_eq!(abi_file(&["{}".into(), "{\"a\":1}".into()]), "[\n  {},\n  {\"a\":1}\n]\n");
    }

    #[test]
    fn the_abi_lies_beside_the_blob() {
        for (blob, abi) in [
            ("a/token.polkavm", "a/token.abi.json"),
            ("token", "token.abi.json"),
            ("a.b/token.v2", "a.b/token.v2.abi.json"),
            ("token.debug.polkavm", "token.debug.abi.json"),
        ] {
            assert_eq!(abi_path(Path::new(blob)), Path::new(abi));
        }
    }
}
