// SPDX-License-Identifier: Apache-2.0
//! Symbols, and why some of them are nowhere.

use super::{bounds, rel, Location};
use crate::error::LinkError;
use std::borrow::Cow;

/// A symbol.
#[derive(Debug)]
pub(crate) struct Symbol<'a> {
    pub(crate) name: Cow<'a, str>,
    /// Where it is.
    pub(crate) location: Result<Location, Missing>,
    pub(crate) size: u64,
    pub(crate) is_function: bool,
}

impl Symbol<'_> {
    /// Whether it has a name that the program's author knows, and not only a tool.
    pub(super) fn is_named(&self) -> bool {
        !self.name.is_empty() && !self.name.starts_with('$') && !self.name.starts_with(".L")
    }
}

/// Why a symbol is in no section.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Missing {
    /// Nothing defines it.
    Undefined,
    /// Nothing defines it, which programs may ask for, but cannot use.
    Weak,
    /// It is a number.
    Absolute,
    /// It is a function that another one would choose at run time.
    Indirect,
    /// It has no section for another reason.
    NoSection,
}

impl Missing {
    /// What follows "a symbol that".
    fn what(self) -> &'static str {
        match self {
            Self::Undefined => "is undefined",
            Self::Weak => "is weak, and undefined",
            Self::Absolute => "is absolute: it has no place in a section",
            Self::Indirect => {
                "is an indirect function (ifunc): another function would choose at run time which one it is"
            }
            Self::NoSection => "has no section",
        }
    }

    /// What to do about it.
    fn hint(self) -> &'static str {
        match self {
            Self::Indirect => {
                "call the one function that suits guests, without `__attribute__((ifunc))` or `target_clones`"
            }
            Self::Absolute => "give the symbol a place in a section, or use the number itself",
            Self::Undefined | Self::Weak | Self::NoSection => {
                "define the symbol in one of the objects that are linked, or remove what uses it"
            }
        }
    }

    /// The error of a relocation, of this type, that refers to such a symbol.
    pub(super) fn error(self, relocation: u32, symbol: &str) -> LinkError {
        LinkError::new(format!("{} refers to a symbol that {}", rel::name(relocation), self.what()))
            .symbol(symbol)
            .hint(match self {
                Self::Undefined if bounds::is_one(symbol) => "link with --emit-relocs instead of -r: linkers define this symbol, where sections start and end is known only then",
                missing => missing.hint(),
            })
    }
}
