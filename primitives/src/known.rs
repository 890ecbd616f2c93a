// SPDX-License-Identifier: Apache-2.0
//! What answers are made from, owned: for whoever keeps it with an instance. (`answers` cannot have this, because the worker, which
//! has no memory to allocate, compiles that file too.)

use alloc::vec::Vec;

use crate::answers::Known;

/// The constants, the input and the last output of a callee that an instance's host calls are answered from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedKnown {
    /// By number. One without bytes is none.
    pub constants: Vec<Vec<u8>>,
    /// `None` after it was given away.
    pub input: Option<Vec<u8>>,
    /// Empty if there was none.
    pub output: Vec<u8>,
}

impl Default for OwnedKnown {
    /// No constants, and an empty input.
    fn default() -> Self {
        Self { constants: Vec::new(), input: Some(Vec::new()), output: Vec::new() }
    }
}

impl Known for OwnedKnown {
    fn constant(&self, number: u8) -> Option<&[u8]> {
        self.constants.get(usize::from(number)).map(Vec::as_slice).filter(|bytes| !bytes.is_empty())
    }

    fn input(&self) -> Option<&[u8]> {
        self.input.as_deref()
    }

    fn output(&self) -> Option<&[u8]> {
        Some(&self.output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn a_constant_without_bytes_is_none() {
        let known = OwnedKnown { constants: vec![vec![], vec![1]], ..OwnedKnown::default() };
        assert_eq!([known.constant(0), known.constant(1), known.constant(2)], [None, Some(&[1][..]), None]);
        assert_eq!((known.input(), known.output()), (Some(&[][..]), Some(&[][..])));
        assert_eq!(OwnedKnown { input: None, ..known }.input(), None);
    }
}
