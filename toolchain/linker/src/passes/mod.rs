// SPDX-License-Identifier: Apache-2.0
//! The passes, one per file, and in which order they run.
//!
//! A pass is a function from program to program that keeps what the program does. It may run at any time, and alone:
//! [`Options::passes`](crate::Options::passes). Each file shows what its pass does, and has tests with programs before
//! and after.

mod blocks;
mod calls;
mod coalesce;
mod collect;
mod compare;
mod constants;
mod copies;
mod dead;
mod duplicate;
mod identical;
mod inline;
mod layout;
mod near;
mod objects;
mod offsets;
mod registers;
mod saves;
mod slide;
mod stores;
mod tails;
mod temporaries;
#[cfg(test)]
mod tests;
mod traps;
mod widen;

use std::hint::black_box;
use std::rc::Rc;

use crate::{
    analysis::{hot_blocks, Cfg, Liveness, Reach},
    error::{LinkError, Result},
    ir::{check, Program},
    locations::Locations,
    options::{OptLevel, Options},
};

/// What passes know and share beyond the program.
pub(crate) struct Context<'c> {
    pub(crate) locations: &'c mut Locations,
    /// Whether jumps through `ra` are taken for returns where the program is conventional.
    trusts_returns: bool,
    /// What can be reached, as long as no pass has changed it.
    reach: Option<Rc<Reach>>,
    /// Who leads where, likewise.
    cfg: Option<Rc<Cfg>>,
    /// Which blocks are likely to run often. It is a guess, so it stays when the program changes.
    hot: Option<Rc<Vec<bool>>>,
    /// What `registers` has found out about blocks.
    gaps: registers::Gaps,
}

impl<'c> Context<'c> {
    /// With nothing known yet.
    pub(crate) fn new(locations: &'c mut Locations, trusts_returns: bool) -> Self {
        Self {
            locations,
            trusts_returns,
            reach: None,
            cfg: None,
            hot: None,
            gaps: registers::Gaps::default(),
        }
    }

    /// What can be reached. What became unreachable since it was computed may still be in it.
    fn reach(&mut self, program: &Program) -> Rc<Reach> {
        Rc::clone(self.reach.get_or_insert_with(|| Rc::new(Reach::new(program))))
    }

    /// Who leads where, likewise.
    fn cfg(&mut self, program: &Program) -> Rc<Cfg> {
        let reach = self.reach(program);
        Rc::clone(self.cfg.get_or_insert_with(|| Rc::new(Cfg::of(program, reach))))
    }

    /// Whether each block is likely to run often; what is not there was added since this was asked for first.
    fn hot(&mut self, program: &Program) -> Rc<Vec<bool>> {
        let cfg = self.cfg(program);
        Rc::clone(self.hot.get_or_insert_with(|| Rc::new(hot_blocks(program, &cfg))))
    }

    /// A pass has made control flow otherwise, or has taken an address that nobody took before.
    fn flow_changed(&mut self) {
        (self.reach, self.cfg) = (None, None);
    }

    /// A pass has given blocks other terminators, but every block whose address is taken was such a block before.
    fn ends_changed(&mut self, program: &Program) {
        self.cfg = self.cfg.take().map(|old| Rc::new(old.with_ends_of(program)));
    }

    /// Which registers are live where.
    fn liveness(&self, program: &Program, cfg: &Cfg) -> Liveness {
        match self.trusts_returns {
            true => Liveness::new(program, cfg),
            false => Liveness::conservative(program, cfg),
        }
    }

    /// Whether what is known of the control flow still covers the program.
    fn covers(&self, program: &Program) -> bool {
        self.cfg.as_ref().is_none_or(|cfg| cfg.covers(&Cfg::new(program), program))
    }
}

/// A pass.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    /// The name that the switch takes.
    pub name: &'static str,
    /// What it is for, in a line.
    pub purpose: &'static str,
    run: fn(&mut Program, &mut Context<'_>),
}

const fn pass(name: &'static str, purpose: &'static str, run: fn(&mut Program, &mut Context<'_>)) -> Pass {
    Pass { name, purpose, run }
}

/// All passes.
pub static PASSES: &[Pass] = &[
    pass("collect", "removes code and data that no export can reach", collect::run),
    pass("objects", "notes which stores to the stack are for others", objects::run),
    pass("constants", "uses values that are known, over the whole program", constants::run),
    pass("copies", "uses values that are in registers already", copies::run),
    pass("offsets", "puts additions into the offsets of loads and stores", offsets::run),
    pass("widen", "drops work on upper halves of registers that nobody looks at", widen::run),
    pass("coalesce", "calculates values where copies would take them to", coalesce::run),
    pass("compare", "compares values instead of what additions make of them", compare::run),
    pass("dead", "removes instructions whose results nobody reads", dead::run),
    pass("blocks", "removes jumps to jumps, joins blocks, copies tiny ones", blocks::run),
    pass("traps", "traps at once where a trap is inevitable", traps::run),
    pass("tails", "keeps one of several equal ends of blocks", tails::run),
    pass("split-calls", "takes calls apart where only one leads to a function", calls::split),
    pass("inline", "puts small functions in the place of calls", inline::run),
    pass("identical", "keeps one of several equal blocks and functions", identical::run),
    pass("registers", "keeps more in registers and less on the stack", registers::run),
    pass("saves", "drops the saving of registers that nobody needs back", saves::run),
    pass("stores", "stores constants at once that lie next to one another on the stack", stores::run),
    pass("slide", "moves the stack pointer where that shortens the offsets of slots", slide::run),
    pass("near", "takes constants and addresses from registers that hold something near", near::run),
    pass("duplicate", "copies short blocks to where loops jump to them", duplicate::run),
    pass("layout", "orders blocks so that few jumps are needed", layout::run),
    pass("fuse-calls", "puts calls together", calls::fuse),
    pass("temporaries", "gives temporaries a register of the machine", temporaries::run),
];

/// What level 1 does: it makes code smaller where it is, and does without frames.
const FIRST: &[&str] =
    &["collect", "constants", "copies", "offsets", "widen", "dead", "blocks", "constants", "dead", "collect"];

/// What level 2 does. Found by trying: from a longer list that repeated all of level 1, passes were taken out, put in and
/// moved, and what was kept made the code of the suite smaller at no more gas of the pipeline's model. Four rules hold
/// besides: none that takes away loads runs before `objects`, none that looks at frames behind `slide`, none behind `near` that would
/// undo it, and every pass has its place, for programs that are not like the suite's.
const SECOND: &[&str] = &[
    "collect",
    "objects",
    "saves",
    "registers",
    "constants",
    "blocks",
    "split-calls",
    "widen",
    "dead",
    "inline",
    "identical",
    "blocks",
    "traps",
    "offsets",
    "compare",
    "registers",
    "coalesce",
    "copies",
    "constants",
    "dead",
    "stores",
    "fuse-calls",
    "slide",
    "coalesce",
    "near",
    "identical",
    "tails",
    "blocks",
    "layout",
    "duplicate",
    "collect",
];

/// What one run of a pass changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PassReport {
    /// Its name.
    pub name: &'static str,
    /// Instructions in front of it.
    pub instructions_before: usize,
    /// Instructions behind it.
    pub instructions_after: usize,
    /// Size of the code in bytes in front of it; an estimate that does not know where things are.
    pub bytes_before: u64,
    /// Size of the code in bytes behind it, by the same estimate.
    pub bytes_after: u64,
}

/// Finds a pass.
fn find(name: &str) -> Option<&'static Pass> {
    PASSES.iter().find(|pass| pass.name == name)
}

/// The passes to run, by level or by name.
pub(crate) fn selected(options: &Options) -> Result<Vec<&'static Pass>> {
    let Some(names) = &options.passes else {
        return Ok(sequence(options.opt_level));
    };
    let mut passes = vec![find("collect")];
    for name in names {
        let pass = find(name).ok_or_else(|| {
            // Were it known here how many there are, `join` would be unrolled over all of them, and the compiler would
            // spend four minutes on what it can prove about the sum of their lengths.
            let known: Vec<_> = black_box(PASSES).iter().map(|pass| pass.name).collect();
            LinkError::new(format!("there is no pass `{name}`"))
                .hint(format!("passes are {}", known.join(", ")))
        })?;
        passes.push(Some(pass));
    }
    // Nothing can be written that still has temporaries, or refers to what is not there.
    passes.push(find("collect"));
    passes.push(find("temporaries"));
    Ok(passes.into_iter().flatten().collect())
}

/// The passes of a level.
fn sequence(level: OptLevel) -> Vec<&'static Pass> {
    let names = match level {
        OptLevel::O0 => &["collect"],
        OptLevel::O1 => FIRST,
        OptLevel::O2 => SECOND,
    };
    names.iter().copied().chain(["temporaries"]).filter_map(find).collect()
}

/// Runs passes one after the other; says what each did if it is asked for.
pub(crate) fn run(
    program: &mut Program,
    passes: &[&Pass],
    context: &mut Context<'_>,
    is_measured: bool,
) -> Result<Vec<PassReport>> {
    let mut reports = Vec::new();
    let measure = |program: &Program| (program.instruction_count(), crate::size::estimate(program));
    let mut before = if is_measured { measure(program) } else { (0, 0) };
    for (index, pass) in passes.iter().enumerate() {
        (pass.run)(program, context);
        // Tests notice at once, others before anything is written.
        debug_assert!(context.covers(program), "{} says that it changed the flow", pass.name);
        if cfg!(debug_assertions) || index + 1 == passes.len() {
            if let Err(problem) = check::check(program) {
                let what = format!("behind pass {} {problem}; this is a mistake of the linker", pass.name);
                return Err(LinkError::new(what).hint("link with --opt-level 0, and report the file"));
            }
        }
        if is_measured {
            let after = measure(program);
            reports.push(PassReport {
                name: pass.name,
                instructions_before: before.0,
                instructions_after: after.0,
                bytes_before: before.1,
                bytes_after: after.1,
            });
            before = after;
        }
    }
    Ok(reports)
}
