// SPDX-License-Identifier: Apache-2.0
//! The passes, one per file, and in which order they run.
//!
//! A pass is a function from program to program that keeps what the program does. It may run at any time, and alone:
//! [`Options::passes`](crate::Options::passes). Each file shows what its pass does, and has tests with programs before
//! and after.

mod collect;
mod temporaries;

use crate::{
    error::{LinkError, Result},
    ir::{check, Program},
    locations::Locations,
    options::{OptLevel, Options},
};
use revive_vm_primitives::InstructionSet;

/// What passes know and share beyond the program.
pub(crate) struct Context<'c> {
    pub(crate) locations: &'c mut Locations,
    pub(crate) isa: InstructionSet,
    /// Whether jumps through `ra` are taken for returns where the program is conventional.
    pub(crate) trusts_returns: bool,
}

/// A pass.
#[derive(Clone, Copy)]
pub struct Pass {
    /// The name that the switch takes.
    pub name: &'static str,
    /// What it is for, in a line.
    pub purpose: &'static str,
    /// The lowest level that runs it.
    pub(crate) from: OptLevel,
    run: fn(&mut Program, &mut Context<'_>),
}

/// All passes in the order in which they first run.
pub static PASSES: &[Pass] = &[
    Pass {
        name: "collect",
        purpose: "removes code and data that no export can reach",
        from: OptLevel::O0,
        run: collect::run,
    },
    Pass {
        name: "temporaries",
        purpose: "gives temporaries a register of the machine",
        from: OptLevel::O0,
        run: temporaries::run,
    },
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
            let known: Vec<_> = PASSES.iter().map(|pass| pass.name).collect();
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
    PASSES.iter().filter(|pass| pass.from <= level).collect()
}

/// Runs passes one after the other.
pub(crate) fn run(
    program: &mut Program,
    passes: &[&Pass],
    context: &mut Context<'_>,
) -> Result<Vec<PassReport>> {
    let mut reports = Vec::new();
    for pass in passes {
        let (instructions_before, bytes_before) =
            (program.instruction_count(), crate::size::estimate(program));
        (pass.run)(program, context);
        if let Err(problem) = check::check(program) {
            return Err(LinkError::new(format!(
                "behind pass {} {problem}; this is a mistake of the linker",
                pass.name
            ))
            .hint("link with --opt-level 0, and report the file"));
        }
        reports.push(PassReport {
            name: pass.name,
            instructions_before,
            instructions_after: program.instruction_count(),
            bytes_before,
            bytes_after: crate::size::estimate(program),
        });
    }
    Ok(reports)
}
