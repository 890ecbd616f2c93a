// SPDX-License-Identifier: Apache-2.0
//! Names of functions as their authors wrote them. Compilers put paths and types into one word each.

use crate::{elf::SectionIndex, hash::FastMap, lower::Functions};
use cpp_demangle::DemangleOptions;
use std::{
    borrow::Cow,
    fmt::{self, Write},
    rc::Rc,
};

/// Bytes of a name, either way. In a few bytes of it, C++ and Rust can repeat others, and these again.
const BYTES_MAX: usize = 4096;

/// The name that an author knows: of Rust without the hash, of C++ without parameters, as debug info has it. What cannot be read stays.
pub(crate) fn readable(name: &str) -> Cow<'_, str> {
    of_rust(name).or_else(|| of_cpp(name)).map_or(Cow::Borrowed(name), Cow::Owned)
}

fn of_rust(name: &str) -> Option<String> {
    let name = rustc_demangle::try_demangle(name).ok()?;
    let mut text = Bounded(String::new());
    write!(text, "{name:#}").ok()?;
    Some(text.0)
}

fn of_cpp(name: &str) -> Option<String> {
    if !name.starts_with("_Z") || name.len() > BYTES_MAX {
        return None;
    }
    let symbol = cpp_demangle::Symbol::new(name).ok()?;
    let mut text = Bounded(String::new());
    symbol.structured_demangle(&mut text, &DemangleOptions::new().no_params().no_return_type()).ok()?;
    Some(text.0)
}

/// A text that does not grow beyond the bound.
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() + text.len() > BYTES_MAX {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

/// Names that were asked for: functions have many instructions.
#[derive(Default)]
pub(crate) struct Names(FastMap<(SectionIndex, u64), Rc<str>>);

impl Names {
    /// The name of the function around a byte of a section.
    pub(crate) fn at(
        &mut self,
        functions: &Functions<'_>,
        section: SectionIndex,
        offset: u64,
    ) -> Option<Rc<str>> {
        let (name, start) = functions.at(section, offset)?;
        let known = self.0.entry((section, start)).or_insert_with(|| readable(name).into());
        Some(known.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_languages_are_read() {
        for (name, expected) in [
            ("memcpy", "memcpy"),
            ("_ZN4core9panicking5panic17h0123456789abcdefE", "core::panicking::panic"),
            ("_RNvCs4fqI2P2rA04_1a4main", "a::main"),
            ("_ZN1A1fEm", "A::f"),
            ("_ZNK3foo3BarIiLb1EE4sizeEPKcS3_", "foo::Bar<int, true>::size"),
            ("_ZN3foo4makeIlEET_S1_", "foo::make<long>"),
            ("_ZN1AC2Ev", "A::A"),
            ("_ZTV1A", "{vtable(A)}"),
            ("_Znot a name", "_Znot a name"),
            ("_Z", "_Z"),
        ] {
            assert_eq!(readable(name), expected, "{name}");
        }
    }

    /// Each of the parameters of the template but the first is made of two of the one before.
    #[test]
    fn names_that_repeat_themselves_stay_as_they_are() {
        let name = |levels: u8| {
            let digits = b"123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
            let part = |digit: &u8| format!("S0_IS{0}_S{0}_E", *digit as char);
            let parts: String = digits.iter().take(levels.into()).map(part).collect();
            format!("_Z1fI1AIiiE{parts}EvT_")
        };
        assert_eq!(readable(&name(1)), "f<A<int, int>, A<A<int, int>, A<int, int> > >");
        assert_eq!(readable(&name(30)), name(30));
        // The same in Rust: each tuple has the one before twice, by its place in the name.
        let name = |levels: u8| {
            let digits = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
            let mut name = String::from("INvC1a1f");
            let mut place = name.len();
            name += "TaaE";
            for _ in 0..levels {
                // Digits for a number from 1 on, which is one less.
                let number = match place - 1 {
                    small @ ..62 => (digits[small] as char).to_string(),
                    large => format!("{}{}", digits[large / 62] as char, digits[large % 62] as char),
                };
                place = name.len();
                name += &format!("TB{number}_B{number}_E");
            }
            format!("_R{name}E")
        };
        assert_eq!(readable(&name(1)), "a::f::<(i8, i8), ((i8, i8), (i8, i8))>");
        assert_eq!(readable(&name(30)), name(30));
        let long = format!("_ZN{BYTES_MAX}{}Ev", "a".repeat(BYTES_MAX));
        assert_eq!(readable(&long), long);
    }
}
