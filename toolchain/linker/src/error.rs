// SPDX-License-Identifier: Apache-2.0
//! Why an ELF file cannot be linked: what is wrong, where, and what to do about it.

use std::fmt;

/// Result of everything that looks at the input.
pub(crate) type Result<T, E = LinkError> = std::result::Result<T, E>;

/// Input that is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinkError {
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
        Self { what: what.into(), place: None, symbol: None, hint: None }
    }

    /// Says in which section, at which byte of it.
    pub(crate) fn at(mut self, section: &str, offset: u64) -> Self {
        // The innermost place is the most exact one.
        self.place.get_or_insert_with(|| Place { section: section.to_owned(), offset, function: None });
        self
    }

    /// Says which symbol is concerned.
    pub(crate) fn symbol(mut self, symbol: &str) -> Self {
        if !symbol.is_empty() {
            self.symbol.get_or_insert_with(|| symbol.to_owned());
        }
        self
    }

    /// Says in which function the place is, and how many bytes behind its start.
    pub(crate) fn function(mut self, name: &str, offset: u64) -> Self {
        if let Some(place) = &mut self.place {
            place.function.get_or_insert_with(|| (name.to_owned(), offset));
        }
        self
    }

    /// Says what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint.get_or_insert_with(|| hint.into());
        self
    }

    /// What to do about it, if there is a general answer.
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Name of the section that the error is in.
    pub fn section(&self) -> Option<&str> {
        self.place.as_ref().map(|place| place.section.as_str())
    }

    /// Byte of the section that the error is at.
    pub fn offset(&self) -> Option<u64> {
        self.place.as_ref().map(|place| place.offset)
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(symbol) = &self.symbol {
            write!(f, ", symbol `{symbol}`")?;
        }
        if let Some(Place { section, offset, function }) = &self.place {
            write!(f, ", at {section}+{offset:#x}")?;
            if let Some((name, offset)) = function {
                write!(f, " ({name}+{offset:#x})")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for LinkError {}
