// SPDX-License-Identifier: Apache-2.0
//! Fuzz targets: what is generated and who must agree on it, as ordinary code. Command: `revive-vm-fuzz`.
//!
//! A [`Target`] checks one input at a time, made of a seed or of a fuzzer's bytes, and says whether the input counts, or what
//! is wrong with it. [`campaign`] is a target run on many seeds; what fails is made smaller and written as a [`Case`] that
//! can be run again.

pub mod blob;
pub mod campaign;
pub mod case;
pub mod engines;
pub mod every_gas;
mod minimise;

use crate::{lockstep::Coverage, random::Random};
pub use case::Case;

/// What is wrong with an input.
#[derive(Debug)]
pub struct Failure {
    /// Who saw what.
    pub text: String,
    /// The input, made smaller where that is possible, as text that [`Target::replay`] understands.
    pub case: String,
}

/// Something that must hold for every input.
pub trait Target {
    /// Checks the input that `random` makes. True if it counts, false if it was set aside for a reason that is known.
    ///
    /// # Errors
    /// It does not hold.
    fn check(&mut self, random: &mut Random) -> Result<bool, Failure>;

    /// Checks an input that failed once, from its text.
    ///
    /// # Errors
    /// The text is none of this target, or it still does not hold.
    fn replay(&mut self, case: &str) -> Result<bool, String>;

    /// What has been covered so far.
    fn coverage(&self) -> &Coverage;

    /// A hash of the last input, to know how many were different.
    fn fingerprint(&self) -> u64;
}

/// A target by its name.
pub struct Entry {
    /// Name on the command line.
    pub name: &'static str,
    /// What must hold.
    pub about: &'static str,
    /// Sets it up. If asked, as a canary: with something in it that is wrong, so that it must fail.
    pub open: fn(is_canary: bool) -> Result<Box<dyn Target>, String>,
}

/// All targets.
pub const TARGETS: &[Entry] = &[
    Entry {
        name: "engines_agree",
        about: "interpreter, recompiler and black box do the same with a program",
        open: |is_canary| engines::Engines::open(engines::Kind::Agree, is_canary),
    },
    Entry {
        name: "paging",
        about: "the same with dynamic paging, page faults answered in all ways",
        open: |is_canary| engines::Engines::open(engines::Kind::Paging, is_canary),
    },
    Entry {
        name: "stepping",
        about: "the same instruction by instruction, with and without metering",
        open: |is_canary| engines::Engines::open(engines::Kind::Stepping, is_canary),
    },
    Entry {
        name: "engines_every_gas",
        about: "a program that stops at any amount of gas and goes on ends as if it had not stopped, on all of them",
        open: every_gas::EveryGas::open,
    },
    Entry {
        name: "blob_parse",
        about: "damaged blobs neither panic nor hang, and engines agree on what is one",
        open: blob::BlobParse::open,
    },
];

/// The target of a name.
pub fn target(name: &str) -> Option<&'static Entry> {
    TARGETS.iter().find(|entry| entry.name == name)
}

/// What a fuzzer that chooses bytes calls: panics if the target does not hold for the input made of them.
pub fn check_bytes(name: &str, bytes: &[u8]) {
    thread_local! {
        static OPEN: core::cell::RefCell<Vec<(String, Box<dyn Target>)>> = const { core::cell::RefCell::new(Vec::new()) };
    }
    OPEN.with_borrow_mut(|open| {
        if !open.iter().any(|(known, _)| known == name) {
            let entry = target(name).unwrap_or_else(|| panic!("there is no target {name}"));
            open.push((name.into(), (entry.open)(false).unwrap_or_else(|error| panic!("{name}: {error}"))));
        }
        let found = open.iter_mut().find(|(known, _)| known == name);
        let (_, target) = found.unwrap_or_else(|| unreachable!("it was opened above"));
        if let Err(failure) = target.check(&mut Random::from_bytes(bytes)) {
            panic!("{}\n{}", failure.text, failure.case);
        }
    });
}
