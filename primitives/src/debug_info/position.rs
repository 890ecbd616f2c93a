// SPDX-License-Identifier: Apache-2.0
//! What people want to know of code: the function it belongs to, those that it was inlined into, and the line in each.
//!
//! Frames say it in pieces (linker, section 14.1): `Enter` a function and where it is declared, `Call` where an inlined
//! call stands and whom it calls, `Line` the line at last and the function it belongs to. For a call of `g` inlined into
//! `f`: Enter f, Call g, Enter g, Line g. Producers leave out what they do not know.

use super::{Frame, FrameKind};
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

/// A function that code belongs to, and the place in it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Position<'a> {
    /// Namespace of the function; may be empty.
    pub namespace: &'a str,
    /// Name of the function; may be empty.
    pub function: &'a str,
    /// Source file of the place; may be empty.
    pub path: &'a str,
    /// Line from 1, or 0 if unknown.
    pub line: u32,
    /// Column from 1, or 0 if unknown.
    pub column: u32,
    /// Whether the place is only where the function is declared, because nothing closer is known.
    pub is_declaration: bool,
}

impl<'a> Position<'a> {
    fn new(frame: &Frame<'a>) -> Self {
        let Frame { kind, namespace, function, path, line, column } = *frame;
        Self { namespace, function, path, line, column, is_declaration: kind == FrameKind::Enter }
    }

    fn is_of(&self, frame: &Frame<'_>) -> bool {
        (self.namespace, self.function) == (frame.namespace, frame.function)
    }

    /// Keeps the function and takes the place of the frame.
    fn move_to(&mut self, frame: &Frame<'a>) {
        let named = Self { namespace: self.namespace, function: self.function, ..Self::new(frame) };
        *self = Self { is_declaration: false, ..named };
    }

    /// Shows the name: `namespace::function`, or `?` if there is none. Control characters and invisible ones are escaped.
    pub fn name(&self) -> impl fmt::Display + 'a {
        Name { namespace: self.namespace, function: self.function }
    }

    /// The place as an editor takes it: path and line, without those that are only a declaration. `None` if it is not
    /// known.
    pub fn place(&self) -> Option<(&'a str, u32)> {
        (!self.path.is_empty() && self.line != 0 && !self.is_declaration).then_some((self.path, self.line))
    }
}

/// The functions that code with these frames belongs to, the outermost first, each with the line that is executed in it.
pub fn positions<'a>(frames: &[Frame<'a>]) -> Vec<Position<'a>> {
    let mut found: Vec<Position<'a>> = Vec::new();
    for frame in frames {
        match frame.kind {
            FrameKind::Enter => found.push(Position::new(frame)),
            // The name is that of the callee, which enters next; the place is in the caller.
            FrameKind::Call => match found.last_mut() {
                Some(caller) => caller.move_to(frame),
                None => found.push(Position { namespace: "", function: "", ..Position::new(frame) }),
            },
            FrameKind::Line if frame.function.is_empty() => match found.last_mut() {
                Some(last) => last.move_to(frame),
                None => found.push(Position::new(frame)),
            },
            FrameKind::Line => match found.iter_mut().rfind(|position| position.is_of(frame)) {
                Some(position) => position.move_to(frame),
                None => found.push(Position::new(frame)),
            },
        }
    }
    found
}

struct Name<'a> {
    namespace: &'a str,
    function: &'a str,
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.function.is_empty() && self.namespace.is_empty() {
            return f.write_char('?');
        }
        if !self.namespace.is_empty() {
            escape(self.namespace, f)?;
            f.write_str("::")?;
        }
        escape(self.function, f)
    }
}

/// Characters without shape: joiners, marks of direction, line and paragraph separators. They hide or reorder the text around them.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Writes text from a blob so that it can neither steer a terminal nor make what it stands in lie.
fn escape(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    text.chars().try_for_each(|c| {
        if c.is_control() || is_invisible(c) {
            write!(f, "{}", c.escape_default())
        } else {
            f.write_char(c)
        }
    })
}

/// Shows positions in one line, from the inside out: `counter.rs:42 in transfer, inlined into call`.
#[derive(Clone, Copy, Debug)]
pub struct Trail<'a, 'b>(pub &'b [Position<'a>]);

impl fmt::Display for Trail<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((inner, outer)) = self.0.split_last() else { return f.write_char('?') };
        if let Some((path, line)) = inner.place() {
            escape(path, f)?;
            write!(f, ":{line} ")?;
        }
        write!(f, "in {}", inner.name())?;
        outer.iter().rev().try_for_each(|position| write!(f, ", inlined into {}", position.name()))
    }
}
