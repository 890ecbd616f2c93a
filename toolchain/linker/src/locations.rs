// SPDX-License-Identifier: Apache-2.0
//! Where instructions come from: a byte of the input's code, and the calls that were inlined around it.

use crate::elf::{Location, SectionIndex};
use crate::hash::FastMap;

/// Index of an origin in [`Locations`]; 0 is unknown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub(crate) struct Loc(pub(crate) u32);

impl Loc {
    /// Of nothing in the input.
    pub(crate) const NONE: Self = Self(0);
}

/// A place in the input's code, and the call that was inlined there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Origin {
    pub(crate) section: SectionIndex,
    pub(crate) offset: u32,
    /// Where the call stood that brought the instruction here; [`Loc::NONE`] if it stands in its own function.
    pub(crate) caller: Loc,
}

/// All origins, each once.
#[derive(Clone, Default, Debug)]
pub(crate) struct Locations {
    origins: Vec<Origin>,
    known: FastMap<Origin, Loc>,
}

/// Inlined calls around an instruction that are remembered.
const CALLERS_MAX: usize = 8;

impl Locations {
    /// A place in the input. Those must be added before calls are inlined, each once.
    pub(crate) fn add(&mut self, location: Location) -> Loc {
        self.origins.push(Origin {
            section: location.section,
            offset: u32::try_from(location.offset).unwrap_or(u32::MAX),
            caller: Loc::NONE,
        });
        Loc(u32::try_from(self.origins.len()).unwrap_or(u32::MAX))
    }

    /// The origin; `None` if it is unknown.
    pub(crate) fn get(&self, loc: Loc) -> Option<Origin> {
        self.origins.get((loc.0 as usize).checked_sub(1)?).copied()
    }

    /// The same instruction after the call at `caller` was inlined.
    pub(crate) fn inlined(&mut self, loc: Loc, caller: Loc) -> Loc {
        let Some(origin) = self.get(loc) else { return caller };
        let depth = self.chain(loc).count() + self.chain(caller).count();
        if caller == Loc::NONE || depth > CALLERS_MAX {
            return loc;
        }
        let outer = match origin.caller {
            Loc::NONE => caller,
            inner => self.inlined(inner, caller),
        };
        self.intern(Origin { caller: outer, ..origin })
    }

    /// The origin and, from the inside out, those of the calls around it.
    pub(crate) fn chain(&self, loc: Loc) -> impl Iterator<Item = Origin> + '_ {
        std::iter::successors(self.get(loc), |origin| self.get(origin.caller))
    }

    fn intern(&mut self, origin: Origin) -> Loc {
        let next = Loc(u32::try_from(self.origins.len() + 1).unwrap_or(u32::MAX));
        *self.known.entry(origin).or_insert_with(|| {
            self.origins.push(origin);
            next
        })
    }
}
