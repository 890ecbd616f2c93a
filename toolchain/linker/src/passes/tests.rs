// SPDX-License-Identifier: Apache-2.0
//! How passes are tested, and in which order they run. What each does is tested beside it.

use super::{find, sequence, Context, PASSES};
use crate::{
    ir::{check::check, parse::parse, Program},
    locations::Locations,
    options::OptLevel,
};

/// Runs a pass alone; the program is in order afterwards.
pub(super) fn run(pass: &str, program: &mut Program) {
    let mut locations = Locations::default();
    let mut context = Context::new(&mut locations, true);
    // Also with what the pass before has left behind.
    context.cfg(program);
    (find(pass).expect("the pass exists").run)(program, &mut context);
    check(program).expect("the program stays in order");
    assert!(context.covers(program), "a pass says that it changed the flow");
}

/// The lines of a text that are not empty, without the spaces around them.
pub(super) fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// The program before, and after.
#[track_caller]
pub(super) fn golden(pass: &str, before: &str, after: &str) {
    let mut program = parse(before);
    assert_eq!(lines(&program.to_string()), lines(before), "the text is in normal form");
    run(pass, &mut program);
    assert_eq!(lines(&program.to_string()), lines(after));
}

/// The pass leaves a program as it is.
#[track_caller]
pub(super) fn is_left_alone(pass: &str, text: &str) {
    golden(pass, text, text);
}

#[test]
fn every_pass_has_its_place_and_order_counts_for_some() {
    let names: Vec<_> = sequence(OptLevel::O2).iter().map(|pass| pass.name).collect();
    for pass in PASSES {
        assert!(names.contains(&pass.name), "level 2 runs {}", pass.name);
    }
    let first = |name| names.iter().position(|other| *other == name).unwrap();
    for takes_loads in ["saves", "registers", "constants", "dead"] {
        assert!(first("objects") < first(takes_loads), "{takes_loads} takes away what a compiler loads");
    }
    let behind_slide = &names[first("slide")..];
    assert!(!behind_slide.contains(&"registers"), "what moved the stack pointer hides frames");
    let behind_near = &names[first("near")..];
    for undoes in ["constants", "copies", "offsets", "compare", "coalesce", "registers"] {
        assert!(!behind_near.contains(&undoes), "{undoes} would undo what `near` does");
    }
    // What a level names exists: names that are not found are left out.
    assert_eq!((sequence(OptLevel::O0).len(), sequence(OptLevel::O1).len(), names.len()), (2, 11, 32));
}
