// SPDX-License-Identifier: Apache-2.0
//! Why an ELF file cannot be linked: what is wrong, where, and what to do about it.

use std::fmt;

/// Bytes of a name that a message gives. Each instruction of a section may be wrong, so that a long name would be kept as many times.
const NAME_BYTES_MAX: usize = 256;

/// A name as messages give it: what is too long has dots at its end.
pub(crate) fn short(name: &str) -> String {
    match name.len() <= NAME_BYTES_MAX {
        true => name.to_owned(),
        false => format!("{}...", &name[..name.floor_char_boundary(NAME_BYTES_MAX)]),
    }
}

/// Result of everything that looks at the input.
pub(crate) type Result<T, E = LinkError> = std::result::Result<T, E>;

/// Input that is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinkError(Box<Details>);

#[derive(Clone, PartialEq, Eq, Debug)]
struct Details {
    what: String,
    place: Option<Place>,
    symbol: Option<String>,
    hint: Option<String>,
}

/// A place in the input.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Place {
    section: String,
    offset: u64,
    /// The function around it, and how far behind its start.
    function: Option<(String, u64)>,
}

impl LinkError {
    /// An error; `what` is a clause with the values in question.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(Box::new(Details { what: what.into(), place: None, symbol: None, hint: None }))
    }

    /// Says in which section, at which byte of it.
    pub(crate) fn at(mut self, section: &str, offset: u64) -> Self {
        // The innermost place is the most exact one.
        self.0.place.get_or_insert_with(|| Place { section: short(section), offset, function: None });
        self
    }

    /// Says which symbol is concerned.
    pub(crate) fn symbol(mut self, symbol: &str) -> Self {
        if !symbol.is_empty() {
            self.0.symbol.get_or_insert_with(|| short(symbol));
        }
        self
    }

    /// Says in which function the place is, and how many bytes behind its start.
    pub(crate) fn function(mut self, name: &str, offset: u64) -> Self {
        if let Some(place) = &mut self.0.place {
            place.function.get_or_insert_with(|| (short(name), offset));
        }
        self
    }

    /// Says what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint.get_or_insert_with(|| hint.into());
        self
    }

    /// What to do about it, if there is a general answer.
    pub fn advice(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Name of the section that the error is in; of a very long one the first part and dots.
    pub fn section(&self) -> Option<&str> {
        self.0.place.as_ref().map(|place| place.section.as_str())
    }

    /// Byte of the section that the error is at.
    pub fn offset(&self) -> Option<u64> {
        self.0.place.as_ref().map(|place| place.offset)
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.what)?;
        if let Some(symbol) = &self.0.symbol {
            write!(f, ", symbol `{symbol}`")?;
        }
        if let Some(Place { section, offset, function }) = &self.0.place {
            write!(f, ", at {section}+{offset:#x}")?;
            if let Some((name, offset)) = function {
                write!(f, " ({name}+{offset:#x})")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for LinkError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_in_messages() {
        let long = format!("a{}", "\u{e4}".repeat(NAME_BYTES_MAX));
        let error = LinkError::new("it is wrong").symbol(&long).at(&long, 8).function(&long, 4);
        let cut = format!("a{}...", "\u{e4}".repeat((NAME_BYTES_MAX - 1) / 2));
        assert_eq!(error.to_string(), format!("it is wrong, symbol `{cut}`, at {cut}+0x8 ({cut}+0x4)"));
        let longest = "a".repeat(NAME_BYTES_MAX);
        assert_eq!(LinkError::new("").at(&longest, 0).section(), Some(longest.as_str()));
    }
}
