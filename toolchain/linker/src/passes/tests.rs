// SPDX-License-Identifier: Apache-2.0
//! What each pass does, alone, to small programs; and what it must leave alone.

use super::{find, sequence, Context, PASSES};
use crate::{
    ir::{
        check::check,
        data::{FixupValue, Place},
        parse::parse,
        BlockId, Fixup, Program,
    },
    locations::Locations,
    options::OptLevel,
};

fn run(pass: &str, program: &mut Program) {
    let mut locations = Locations::default();
    let mut context = Context::new(&mut locations, true);
    // Also with what the pass before has left behind.
    context.cfg(program);
    (find(pass).expect("the pass exists").run)(program, &mut context);
    check(program).expect("the program stays in order");
    assert!(context.covers(program), "a pass says that it changed the flow");
}

fn lines(text: &str) -> Vec<&str> {
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

#[test]
fn every_pass_has_its_place_and_order_counts_for_some() {
    let names: Vec<_> = sequence(OptLevel::O2).iter().map(|pass| pass.name).collect();
    for pass in PASSES {
        assert!(names.contains(&pass.name), "level 2 runs {}", pass.name);
    }
    let first = |name| names.iter().position(|other| *other == name).unwrap();
    let behind_slide = &names[first("slide")..];
    assert!(!behind_slide.contains(&"registers"), "what moved the stack pointer hides frames");
    let behind_near = &names[first("near")..];
    for undoes in ["constants", "copies", "offsets", "compare", "coalesce", "registers"] {
        assert!(!behind_near.contains(&undoes), "{undoes} would undo what `near` does");
    }
    // What a level names exists: names that are not found are left out.
    assert_eq!((sequence(OptLevel::O0).len(), sequence(OptLevel::O1).len(), names.len()), (2, 11, 31));
}

#[test]
fn collect_keeps_what_exports_reach() {
    golden(
        "collect",
        "export f\n@0:\njump @2\n@1:\na0 = &data0+0\njump [ra]\n@2:\njump [ra]",
        "export f\n@0:\njump @2\n@2:\njump [ra]",
    );
    let mut program = parse("export f\n@0:\na0 = &data1+0\njump [ra]");
    run("collect", &mut program);
    assert_eq!(program.data.iter().map(|section| section.kept).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn constants_go_where_they_are_known() {
    golden(
        "constants",
        "export f
        @0:
            a0 = &data0+0
            a1 = 8
            a0 = Add(W64) a0, a1
            a2 = U64 [a0 + 8]
            jump @2 if a1 Eq 0 else @1
        @1:
            U64 [sp + 0] = a2
            jump [ra]
        @2:
            jump [ra]",
        "export f
        @0:
            a0 = &data0+0
            a1 = 8
            a0 = &data0+8
            a2 = 1663540288323457296
            jump @1
        @1:
            U64 [sp + 0] = a2
            jump [ra]
        @2:
            jump [ra]",
    );
}

#[test]
fn constants_of_both_ways_must_agree() {
    golden(
        "constants",
        "export f
        @0:
            a1 = 1
            jump @1 if a0 Eq 7 else @2
        @1:
            a1 = 2
            jump @3
        @2:
            jump @3
        @3:
            a2 = Add(W64) a1, 1
            jump [ra]",
        "export f
        @0:
            a1 = 1
            jump @1 if a0 Eq 7 else @2
        @1:
            a1 = 2
            jump @3
        @2:
            jump @3
        @3:
            a2 = Add(W64) a1, 1
            jump [ra]",
    );
}

/// Bytes that a relocation writes are not those of the file.
#[test]
fn constants_are_never_read_through_relocated_bytes() {
    let text = "export f\n@0:\na0 = U64 [&data0+8]\na1 = U32 [&data0+12]\na2 = U64 [&data0+16]\njump [ra]\n@1:\njump [ra]";
    let mut program = parse(text);
    program.data[0].fixups.push(Fixup {
        offset: 8,
        bytes: 8,
        value: FixupValue::Absolute(Place::Code(BlockId(1))),
    });
    run("constants", &mut program);
    let after =
        "export f\n@0:\na0 = &@1\na1 = U32 [&data0+12]\na2 = 1663540288323457296\njump [ra]\n@1:\njump [ra]";
    assert_eq!(lines(&program.to_string()), lines(after));
}

/// What can be written is not known.
#[test]
fn constants_are_never_read_from_writable_data() {
    let text = "export f\n@0:\na0 = U64 [&data1+8]\njump [ra]";
    golden("constants", text, text);
}

#[test]
fn copies_use_what_is_there() {
    golden(
        "copies",
        "export f
        @0:
            a1 = a0
            a2 = Add(W64) a1, 5
            a3 = Add(W64) a0, 5
            a4 = 305419896
            a5 = 305419896
            jump [ra]",
        "export f
        @0:
            a1 = a0
            a2 = Add(W64) a0, 5
            a3 = a2
            a4 = 305419896
            a5 = a4
            jump [ra]",
    );
}

#[test]
fn copies_end_where_the_original_changes_and_loads_where_memory_does() {
    let text = "export f
        @0:
            a1 = a0
            a0 = 3
            a2 = Add(W64) a1, 5
            a3 = U64 [sp + 0]
            U64 [a2 + 0] = a1
            a4 = U64 [sp + 0]
            jump [ra]";
    golden("copies", text, text);
}

#[test]
fn additions_become_offsets_if_they_go_away() {
    golden(
        "offsets",
        "export f\n@0:\na3 = Add(W64) a0, 16\na2 = U64 [a3 + 0]\nU64 [a3 + 8] = a2\njump [ra]",
        "export f\n@0:\na2 = U64 [a0 + 16]\nU64 [a0 + 24] = a2\njump [ra]",
    );
    // The sum is a result.
    let text = "export f\n@0:\na1 = Add(W64) a0, 16\na2 = U64 [a1 + 0]\njump [ra]";
    golden("offsets", text, text);
    // The base changes.
    let text = "export f\n@0:\na3 = Add(W64) a0, 16\na0 = 1\na2 = U64 [a3 + 0]\njump [ra]";
    golden("offsets", text, text);
    // The sum is what is stored.
    let text = "export f\n@0:\na3 = Add(W64) a0, 16\nU64 [a3 + 0] = a3\njump [ra]";
    golden("offsets", text, text);
}

#[test]
fn upper_halves_that_nobody_reads_are_not_computed() {
    golden(
        "widen",
        "export f
        @0:
            a2 = Add(W32) a2, a1
            a3 = Add(W32) a2, 0
            a4 = Shl(W64) a3, 32
            a5 = Shr(W64) a4, 30
            a0 = U32 [a5 + &data0+0]
            trap",
        "export f
        @0:
            a2 = Add(W64) a2, a1
            a3 = a2
            a4 = Shl(W64) a3, 32
            a5 = Shl(W64) a3, 2
            a0 = U32 [a5 + &data0+0]
            trap",
    );
    // Whoever is returned to may read them, and so does a comparison.
    let text = "export f\n@0:\na0 = Add(W32) a0, a1\njump [ra]";
    golden("widen", text, text);
    let text = "export f\n@0:\na0 = Add(W32) a0, 0\njump @1 if a0 Eq 0 else @2\n@1:\ntrap\n@2:\ntrap";
    golden("widen", text, text);
}

#[test]
fn dead_instructions_go() {
    golden(
        "dead",
        "export f\n@0:\na3 = &data0+0\nt0 = U64 [a3 + 0]\na0 = Add(W64) a0, 1\njump [ra]",
        "export f\n@0:\na0 = Add(W64) a0, 1\njump [ra]",
    );
    // What is stored, and what a host call reads.
    let text = "export f\n@0:\nU64 [sp + 0] = a5\na0 = 1\nhost call 0\njump [ra]";
    golden("dead", text, text);
}

/// A call that was taken apart, whose return address is only a constant on the stack: what is read where it comes back is
/// not dead.
#[test]
fn what_is_read_behind_a_stored_return_address_is_not_dead() {
    let text = "export f
        @0:
            sp = Add(W64) sp, -16
            U64 [sp + 8] = ra
            t0 = 5
            U64 [sp + 0] = &@1
            jump @2
        @1:
            a0 = Add(W64) a0, t0
            ra = U64 [sp + 8]
            sp = Add(W64) sp, 16
            jump [ra]
        @2:
            ra = U64 [sp + 0]
            a0 = 1
            jump [ra]";
    golden("dead", text, text);
}

/// A caller that reads what by convention is lost keeps it alive.
#[test]
fn what_callers_read_is_not_dead() {
    let text = "export f
        @0:
            ra = &@1, jump @2
        @1:
            a0 = t0
            trap
        @2:
            t0 = 5
            t1 = 6
            jump [ra]";
    golden("dead", text, &text.replace("            t1 = 6\n", "").replace("            a0 = t0\n", ""));
    let kept = text.replace("a0 = t0\n            trap", "U64 [sp + 0] = t0\n            trap");
    golden("dead", &kept, &kept.replace("            t1 = 6\n", ""));
}

#[test]
fn jumps_to_jumps_go_and_tiny_blocks_are_copied() {
    golden(
        "blocks",
        "export f
        @0:
            jump @1 if a0 Eq 0 else @2
        @1:
            jump @3
        @2:
            a0 = 1
            jump @4
        @3:
            a0 = 2
            jump @4
        @4:
            jump [ra]",
        "export f
        @0:
            jump @3 if a0 Eq 0 else @2
        @2:
            a0 = 1
            jump [ra]
        @3:
            a0 = 2
            jump [ra]",
    );
    // An endless loop has no end to go to.
    let text = "export f\n@0:\njump @1 if a0 Eq 0 else @2\n@1:\njump @1\n@2:\njump [ra]";
    golden("blocks", text, text);
}

#[test]
fn traps_come_at_once_if_nobody_can_tell() {
    golden(
        "traps",
        "export f
        @0:
            jump @1 if a0 GeU a1 else @2
        @1:
            a2 = &data0+0
            ra = &@2, jump @3
        @2:
            jump [ra]
        @3:
            sp = Add(W64) sp, -32
            U64 [sp + 8] = a2
            trap",
        "export f
        @0:
            jump @1 if a0 GeU a1 else @2
        @1:
            trap
        @2:
            jump [ra]",
    );
    // The host would see it; somebody else's memory is written; it may never end.
    for block in ["host call 0", "U64 [&data1+0] = a0"] {
        let text = format!("export f\n@0:\n{block}\ntrap");
        golden("traps", &text, &text);
    }
    let text = "export f\n@0:\njump @0 if a0 Eq 0 else @1\n@1:\ntrap";
    golden("traps", text, text);
}

#[test]
fn equal_ends_are_shared() {
    let end = "ra = U64 [sp + 24]\ns0 = U64 [sp + 16]\nsp = Add(W64) sp, 32\njump [ra]\n";
    golden(
        "tails",
        &format!("export f\n@0:\na0 = 1\n{end}export g\n@1:\na0 = 2\n{end}"),
        &format!("export f\n@0:\na0 = 1\njump @2\n@2:\n{end}export g\n@1:\na0 = 2\njump @2\n"),
    );
}

/// Temporaries live in one block only, as between the parts of an atomic operation.
#[test]
fn ends_that_need_a_temporary_are_not_shared() {
    let part = |name: &str, id: u32, op: &str| {
        format!(
            "export {name}\n@{id}:\ntmp0 = I32 [a0 + 0]\ntmp2 = {op} tmp0, a1\nU32 [a0 + 0] = tmp2\na0 = tmp0
            sp = Add(W64) sp, 320\njump [ra]\n"
        )
    };
    let text = part("f", 0, "Add(W32)") + &part("g", 1, "Xor");
    golden("tails", &text, &text);
    // What is written and read in the end is no reason.
    let text = part("f", 0, "Xor") + &part("g", 1, "Xor");
    let mut program = parse(&text);
    run("tails", &mut program);
    assert_eq!(program.blocks.len(), 3, "{program}");
}

#[test]
fn calls_of_a_function_with_one_caller_are_taken_apart_and_put_together() {
    let call = "export f\n@0:\nra = &@1, jump @2\n@1:\njump [ra]\n@2:\na0 = 1\njump [ra]";
    let apart = "export f\n@0:\nra = &@1\njump @2\n@1:\njump [ra]\n@2:\na0 = 1\njump [ra]";
    golden("split-calls", call, apart);
    golden("fuse-calls", apart, call);
    // Two callers.
    let text =
        "export f\n@0:\nra = &@1, jump @3\n@1:\nra = &@2, jump @3\n@2:\njump [ra]\n@3:\na0 = 1\njump [ra]";
    golden("split-calls", text, text);
}

#[test]
fn small_functions_replace_their_calls() {
    golden(
        "inline",
        "export f\n@0:\nra = &@1, jump @2\n@1:\na1 = a0\ntrap\n@2:\na0 = Add(W64) a0, 1\njump [ra]",
        "export f\n@0:\na0 = Add(W64) a0, 1\njump @1\n@1:\na1 = a0\ntrap",
    );
    // The return address is read behind the call.
    let text =
        "export f\n@0:\nra = &@1, jump @2\n@1:\nU64 [sp + 0] = ra\ntrap\n@2:\na0 = Add(W64) a0, 1\njump [ra]";
    golden("inline", text, text);
}

#[test]
fn equal_blocks_are_kept_once() {
    golden(
        "identical",
        "export f
        @0:
            jump @1 if a0 Eq 0 else @2
        @1:
            a0 = U64 [a1 + 8]
            a0 = Add(W64) a0, 77
            jump [ra]
        @2:
            a0 = U64 [a1 + 8]
            a0 = Add(W64) a0, 77
            jump [ra]",
        "export f
        @0:
            jump @1
        @1:
            a0 = U64 [a1 + 8]
            a0 = Add(W64) a0, 77
            jump [ra]",
    );
    // Functions whose addresses are taken are not the same function.
    let text = "export f
        @0:
            a0 = &@1
            a1 = &@2
            jump [ra]
        @1:
            a0 = U64 [a1 + 8]
            a0 = Add(W64) a0, 77
            jump [ra]
        @2:
            a0 = U64 [a1 + 8]
            a0 = Add(W64) a0, 77
            jump [ra]";
    golden("identical", text, text);
}

#[test]
fn blocks_follow_the_jump_to_them() {
    golden(
        "layout",
        "export f\n@0:\njump @2\nexport g\n@1:\njump [ra]\n@2:\na0 = 1\njump [ra]",
        "export f\n@0:\njump @2\n@2:\na0 = 1\njump [ra]\nexport g\n@1:\njump [ra]",
    );
    // A loop keeps its test at the end.
    let text = "export f\n@0:\njump @2\n@1:\na0 = Add(W64) a0, 1\njump @2\n@2:\njump @1 if a0 LtU 9 else @3\n@3:\njump [ra]";
    golden("layout", text, text);
}

#[test]
fn temporaries_take_registers_that_nobody_needs() {
    golden(
        "temporaries",
        "export f\n@0:\ntmp0 = I32 [a0 + 0]\ntmp2 = Add(W32) tmp0, a1\nU32 [a0 + 0] = tmp2\na0 = tmp0\njump [ra]",
        "export f\n@0:\nt0 = I32 [a0 + 0]\nt1 = Add(W32) t0, a1\nU32 [a0 + 0] = t1\na0 = t0\njump [ra]",
    );
}

/// If all are needed, one is saved.
#[test]
fn temporaries_save_a_register_if_they_must() {
    let mut text = String::from("export f\n@0:\ntmp0 = I32 [a0 + 0]\nU32 [a0 + 4] = tmp0\n");
    for (index, reg) in ["ra", "t0", "t1", "t2", "s0", "s1", "a1", "a2", "a3", "a4", "a5"].iter().enumerate()
    {
        text.push_str(&format!("U64 [sp + {}] = {reg}\n", 8 * index));
    }
    text.push_str("jump [ra]");
    let mut program = parse(&text);
    run("temporaries", &mut program);
    let after = program.to_string();
    assert_eq!(program.data.len(), 3, "{after}");
    let expected = "U64 [&data2+0] = t0\nt0 = I32 [a0 + 0]\nU32 [a0 + 4] = t0\nt0 = U64 [&data2+0]";
    assert_eq!(lines(&after)[2..6], lines(expected), "{after}");
}

/// A function with a frame, and what is in it.
fn with_frame(body: &str) -> String {
    format!("export f\n@0:\nsp = Add(W64) sp, -272\n{body}\nsp = Add(W64) sp, 272\njump [ra]")
}

#[test]
fn registers_take_the_place_of_slots() {
    golden(
        "registers",
        &with_frame(
            "a2 = Add(W64) a0, a1
            U64 [sp + 200] = a2
            a2 = U64 [a0 + 0]
            a3 = U64 [sp + 200]
            a0 = Add(W64) a2, a3",
        ),
        &with_frame(
            "t0 = Add(W64) a0, a1
            a0 = U64 [a0 + 0]
            a0 = Add(W64) a0, t0",
        ),
    );
}

/// The pass leaves a program as it is.
#[track_caller]
pub(super) fn is_left_alone(pass: &str, text: &str) {
    golden(pass, text, text);
}

#[test]
fn slots_that_others_may_read_keep_their_stores() {
    // The address of the slot, or of one below, goes to the host.
    for at in [200, 192] {
        let text = format!("U64 [sp + 200] = a1\na2 = U64 [sp + 200]\na0 = Add(W64) sp, {at}\na1 = a2");
        let mut program = parse(&with_frame(&text));
        run("registers", &mut program);
        assert!(program.to_string().contains("U64 [sp + 200] = a1"), "{program}");
    }
    // What lies above the stack pointer belongs to the caller.
    let mut program = parse(&with_frame("U64 [sp + 272] = a1\na2 = U64 [sp + 272]\na0 = Add(W64) a1, a2"));
    run("registers", &mut program);
    assert!(program.to_string().contains("U64 [sp + 272] = a1"), "{program}");
    // A slot that is read elsewhere.
    is_left_alone(
        "registers",
        "export f
        @0:
            sp = Add(W64) sp, -272
            U64 [sp + 200] = a1
            a2 = U64 [sp + 8]
            jump @1 if a2 Eq 0 else @2
        @1:
            sp = Add(W64) sp, 272
            jump [ra]
        @2:
            a0 = U64 [sp + 200]
            sp = Add(W64) sp, 272
            jump [ra]",
    );
}

#[test]
fn arguments_on_the_stack_keep_their_stores() {
    golden(
        "registers",
        "export f
        @0:
            sp = Add(W64) sp, -16
            U64 [sp + 8] = ra
            U64 [sp + 0] = a1
            a2 = U64 [sp + 8]
            ra = &@1, jump @2
        @1:
            ra = U64 [sp + 8]
            sp = Add(W64) sp, 16
            jump [ra]
        @2:
            a0 = U64 [sp + 0]
            a0 = Add(W64) a0, a2
            jump [ra]",
        "export f
        @0:
            sp = Add(W64) sp, -16
            U64 [sp + 8] = ra
            U64 [sp + 0] = a1
            a2 = ra
            ra = &@1, jump @2
        @1:
            ra = U64 [sp + 8]
            sp = Add(W64) sp, 16
            jump [ra]
        @2:
            a0 = U64 [sp + 0]
            a0 = Add(W64) a0, a2
            jump [ra]",
    );
}

#[test]
fn a_program_that_switches_stacks_keeps_its_slots() {
    is_left_alone(
        "registers",
        "export f
        @0:
            U64 [sp + 200] = a1
            a2 = U64 [sp + 200]
            a2 = Add(W64) a2, a1
            sp = U64 [a0 + 0]
            jump [ra]",
    );
}

#[test]
fn slots_that_a_pointer_goes_down_to_keep_their_stores() {
    // By a frame pointer with a negative offset, in another block.
    is_left_alone(
        "registers",
        "export f
        @0:
            sp = Add(W64) sp, -272
            U64 [sp + 200] = a1
            a2 = U64 [sp + 200]
            s0 = Add(W64) sp, 272
            jump @1 if a2 Eq 0 else @2
        @1:
            sp = Add(W64) sp, 272
            jump [ra]
        @2:
            a0 = U64 [s0 + -72]
            a1 = U64 [sp + 200]
            sp = Add(W64) sp, 272
            jump [ra]",
    );
}

#[test]
fn ra_may_hold_other_values_between_saving_and_restoring_it() {
    // What the return reads is known, so that `t0` is dead.
    golden(
        "dead",
        "export f
        @0:
            U64 [sp + -8] = ra
            ra = Add(W64) a0, a1
            a0 = ra
            t0 = 5
            ra = U64 [sp + -8]
            jump [ra]",
        "export f
        @0:
            U64 [sp + -8] = ra
            ra = Add(W64) a0, a1
            a0 = ra
            ra = U64 [sp + -8]
            jump [ra]",
    );
    // A jump through what was calculated may lead anywhere, to where `t0` is read.
    is_left_alone(
        "dead",
        "export f
        @0:
            a1 = &@1
            t0 = 5
            ra = Add(W64) a1, 0
            jump [ra]
        @1:
            a0 = t0
            jump [ra]",
    );
}

#[test]
fn values_are_made_where_copies_would_take_them() {
    golden(
        "coalesce",
        "export f
        @0:
            a3 = U64 [sp + 0]
            a0 = Add(W64) a3, 1
            a1 = a3
            jump @1 if a3 LtU a0 else @2
        @1:
            a0 = Add(W64) a1, a0
            jump [ra]
        @2:
            a0 = a1
            jump [ra]",
        "export f
        @0:
            a1 = U64 [sp + 0]
            a0 = Add(W64) a1, 1
            jump @1 if a1 LtU a0 else @2
        @1:
            a0 = Add(W64) a1, a0
            jump [ra]
        @2:
            a0 = a1
            jump [ra]",
    );
    // Also if the source gets another value behind the copy, which may be made from the old one.
    golden(
        "coalesce",
        "export f
        @0:
            a3 = U64 [sp + 0]
            a1 = a3
            a3 = Add(W64) a3, 1
            a0 = Add(W64) a3, a1
            jump [ra]",
        "export f
        @0:
            a1 = U64 [sp + 0]
            a3 = Add(W64) a1, 1
            a0 = Add(W64) a3, a1
            jump [ra]",
    );
}

#[test]
fn copies_stay_where_both_values_are_needed() {
    for text in [
        // The source lives on.
        "export f
        @0:
            a3 = U64 [sp + 0]
            a1 = a3
            a1 = Add(W64) a1, 1
            a0 = Add(W64) a3, a1
            jump [ra]",
        // It lives on in another block.
        "export f
        @0:
            a3 = U64 [sp + 0]
            a1 = a3
            jump @1 if a1 Eq 0 else @2
        @1:
            a0 = Add(W64) a3, a1
            jump [ra]
        @2:
            a0 = a1
            jump [ra]",
        // The destination is used before.
        "export f
        @0:
            a3 = U64 [sp + 0]
            a2 = Add(W64) a1, a3
            a1 = a3
            a0 = Add(W64) a2, a1
            jump [ra]",
        // Somebody reads the register without naming it.
        "export f
        @0:
            a1 = U64 [sp + 0]
            memset
            a3 = a1
            a0 = Add(W64) a3, 1
            jump [ra]",
        // A conditional move needs the old value where it is.
        "export f
        @0:
            a3 = U64 [sp + 0]
            a3 = a2 if a4 != 0
            a1 = a3
            a0 = a1
            jump [ra]",
    ] {
        golden("coalesce", text, text);
    }
}

#[test]
fn constants_are_taken_from_what_is_near() {
    golden(
        "near",
        "export f
        @0:
            a0 = &data0+0
            a5 = &data0+100
            a1 = 305419896
            a2 = 305419900
            U64 [&data0+8] = a1
            a3 = Add(W64) sp, 200
            U64 [sp + 208] = a1
            U64 [sp + 0] = a5
            a4 = Add(W64) sp, 260
            sp = Add(W64) sp, 16
            U64 [sp + 192] = a4
            jump @1 if a2 Eq 305419896 else @2
        @1:
            jump [ra]
        @2:
            trap",
        "export f
        @0:
            a0 = &data0+0
            a5 = Add(W64) a0, 100
            a1 = 305419896
            a2 = Add(W64) a1, 4
            U64 [a0 + 8] = a1
            a3 = Add(W64) sp, 200
            U64 [a3 + 8] = a1
            U64 [sp + 0] = a5
            a4 = Add(W64) a3, 60
            sp = Add(W64) sp, 16
            U64 [a3 + 8] = a4
            jump @1 if a2 Eq a1 else @2
        @1:
            jump [ra]
        @2:
            trap",
    );
    // What a register held at another stack pointer, or before a store could have changed it, is not near.
    let text = "export f
        @0:
            a3 = Add(W64) sp, 200
            sp = a4
            U64 [sp + 208] = a1
            a3 = a1
            U64 [sp + 216] = a1
            jump [ra]";
    golden("near", text, text);
}

#[test]
fn values_are_compared_without_being_changed_first() {
    golden(
        "compare",
        "export f
        @0:
            a3 = Add(W64) a3, -221
            jump @1 if a3 Ne 0 else @2
        @1:
            a2 = Xor a0, 3
            a0 = 1
            jump @2 if a2 Eq 5 else @3
        @2:
            jump [ra]
        @3:
            a0 = 2
            jump [ra]",
        "export f
        @0:
            jump @1 if a3 Ne 221 else @2
        @1:
            a2 = Xor a0, 3
            a0 = 1
            jump @2 if a2 Eq 5 else @3
        @2:
            jump [ra]
        @3:
            a0 = 2
            jump [ra]",
    );
    for text in [
        // Only half of the register counts, or an order.
        "export f
        @0:
            a2 = Add(W32) a1, -221
            jump @1 if a2 Ne 0 else @2
        @1:
            a2 = Add(W64) a1, -221
            jump @2 if a2 LtU 5 else @3
        @2:
            jump [ra]
        @3:
            a0 = 2
            jump [ra]",
        // The sum is needed.
        "export f
        @0:
            a0 = Add(W64) a0, 1
            jump @1 if a0 Ne 0 else @2
        @1:
            jump [ra]
        @2:
            a0 = 2
            jump [ra]",
    ] {
        golden("compare", text, text);
    }
}

#[test]
fn the_stack_pointer_moves_where_offsets_are_short() {
    golden(
        "slide",
        "export f
        @0:
            sp = Add(W64) sp, -304
            U64 [sp + 296] = ra
            a1 = 1
            U64 [sp + 288] = s0
            a2 = Add(W64) sp, 8
            U64 [sp + 16] = a1
            jump @1 if a0 Eq 0 else @2
        @1:
            ra = U64 [sp + 296]
            a0 = Add(W64) a0, 1
            s0 = U64 [sp + 288]
            sp = Add(W64) sp, 304
            jump [ra]
        @2:
            trap",
        "export f
        @0:
            U64 [sp + -8] = ra
            a1 = 1
            U64 [sp + -16] = s0
            sp = Add(W64) sp, -304
            a2 = Add(W64) sp, 8
            U64 [sp + 16] = a1
            jump @1 if a0 Eq 0 else @2
        @1:
            sp = Add(W64) sp, 304
            ra = U64 [sp + -8]
            a0 = Add(W64) a0, 1
            s0 = U64 [sp + -16]
            jump [ra]
        @2:
            trap",
    );
    // The host could look at the stack; and what stores the stack pointer stores another.
    for text in [
        "export f
        @0:
            sp = Add(W64) sp, -304
            host call 0
            U64 [sp + 296] = ra
            jump [ra]",
        "export f
        @0:
            sp = Add(W64) sp, -304
            U64 [sp + 0] = sp
            U64 [sp + 296] = ra
            jump [ra]",
        "export f
        @0:
            s0 = U64 [sp + 288]
            a0 = sp
            sp = Add(W64) sp, 304
            jump [ra]",
    ] {
        golden("slide", text, text);
    }
}
