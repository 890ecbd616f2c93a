// SPDX-License-Identifier: Apache-2.0
//! What a guest must do.

use crate::{
    files::Guest,
    runs::{End, Outcome},
};

/// A program of the suite as one of this machine.
struct Native {
    name: &'static str,
    /// Units of work, few: what is compiled without optimisation is run by the interpreter too.
    n: u64,
    initialize: fn(),
    run: fn(u64) -> u64,
}

macro_rules! suite {
    ($($name:ident $n:literal,)*) => {
        const SUITE: &[Native] = &[
            $(Native { name: stringify!($name), n: $n, initialize: $name::initialize, run: $name::run },)*
        ];
    };
}

suite! {
    blake2 2,
    dispatch 3,
    ed25519 2,
    indirect 2,
    json 1,
    keccak 2,
    matrix 1,
    mos6502 1,
    moves 10,
    mulmod 100,
    recursion 2,
    sha256 10,
    sieve 1,
    sort 1,
}

/// What to run of a program.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work {
    /// `initialize`, if there is one, and `run` with so many units of work.
    Run(u64),
    /// Every export by itself.
    Exports,
}

/// What a guest must do.
pub(crate) enum Expected {
    /// Return this for so many units of work.
    Result(u64, u64),
    /// The same as when it was run first; none before.
    Same(Option<Vec<Outcome>>),
}

impl Expected {
    /// What is known of a guest before it is run.
    pub(crate) fn of(guest: &Guest) -> Self {
        if let Some((n, result)) = guest.native {
            return Self::Result(n, result);
        }
        match SUITE.iter().find(|native| native.name == guest.name) {
            Some(native) => {
                (native.initialize)();
                Self::Result(native.n, (native.run)(native.n))
            }
            None => Self::Same(None),
        }
    }

    /// What to run.
    pub(crate) fn work(&self) -> Work {
        match self {
            Self::Result(n, _) => Work::Run(*n),
            Self::Same(_) => Work::Exports,
        }
    }

    /// Compares what was seen; says what differs.
    pub(crate) fn compare(&mut self, found: Vec<Outcome>) -> Result<(), String> {
        match self {
            Self::Result(_, result) => match found.last().map(|outcome| &outcome.end) {
                Some(End::Returned(found)) if found == result => Ok(()),
                other => Err(format!("{other:x?}, the native program returns {result:#x}")),
            },
            Self::Same(expected) => {
                let expected = expected.get_or_insert_with(|| found.clone());
                if *expected == found {
                    return Ok(());
                }
                let pairs = expected.iter().zip(&found);
                let different = pairs.filter(|(a, b)| a != b).map(|(a, b)| format!("{b:?}, at first {a:?}"));
                Err(different.collect::<Vec<_>>().join("; "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(end: End, host_calls: &[&str]) -> Vec<Outcome> {
        let host_calls = host_calls.iter().map(|name| (*name).to_owned()).collect();
        vec![Outcome { export: "run".into(), end, host_calls }]
    }

    #[test]
    fn another_result_than_the_native_one_is_found() {
        let mut expected = Expected::Result(1, 7);
        assert!(expected.compare(outcome(End::Returned(7), &[])).is_ok());
        for end in [End::Returned(8), End::Trapped, End::OutOfGas, End::Ended] {
            assert!(expected.compare(outcome(end, &[])).is_err(), "{end:?}");
        }
        assert!(expected.compare(Vec::new()).is_err());
    }

    #[test]
    fn contracts_must_do_what_they_did_first() {
        let mut expected = Expected::Same(None);
        assert!(expected.compare(outcome(End::Ended, &["a", "b"])).is_ok());
        assert!(expected.compare(outcome(End::Ended, &["a", "b"])).is_ok());
        assert!(expected.compare(outcome(End::Ended, &["a"])).is_err());
        assert!(expected.compare(outcome(End::Trapped, &["a", "b"])).is_err());
    }

    #[test]
    fn the_suite_is_known_by_name() {
        let guest = Guest { name: "sieve".into(), elf: Vec::new(), native: None };
        assert!(matches!(Expected::of(&guest), Expected::Result(1, _)));
    }
}
