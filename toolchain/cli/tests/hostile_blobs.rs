// SPDX-License-Identifier: Apache-2.0
//! Blobs that were made to harm who looks at them, through every command that reads debug info, names and symbols: an answer or an
//! error, never a panic, and nothing that steers a terminal.

#[allow(dead_code, reason = "these blobs are others")]
mod common;

use common::{revive_vm, stderr, stdout, write};
use revive_vm_primitives::{
    debug_info::{is_invisible, DebugInfoBuilder, DebugSections, SourceRegion},
    BlobBuilder, CodeBuilder, Frame, FrameKind, Instruction, InstructionSet, Opcode, Reg,
};

/// Takes over a title, clears a screen in one byte, turns text around, begins a line.
const EVIL: &str = "a\x1b]0;x\x07\u{9b}2J\u{202e}b\r\nfn;c\u{200b}";

fn blob(debug: DebugSections) -> BlobBuilder {
    let mut code = CodeBuilder::new(InstructionSet::Latest64);
    code.push(Instruction::reg_reg_imm(Opcode::AddImm64, Reg::A0, Reg::A0, 1));
    code.push(Instruction::imm(Opcode::Ecalli, 0));
    code.push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
    BlobBuilder::new(InstructionSet::Latest64)
        .import(EVIL.as_bytes())
        .export(b"run", 0)
        .export(EVIL.as_bytes(), 0)
        .debug_info(debug)
        .code(code.finish().unwrap())
}

fn frames() -> DebugSections {
    let frame =
        |kind, line| Frame { kind, namespace: EVIL, function: EVIL, path: EVIL, line, column: u32::MAX };
    let frames = [frame(FrameKind::Enter, 1), frame(FrameKind::Call, u32::MAX), frame(FrameKind::Line, 3)];
    let mut debug = DebugInfoBuilder::new();
    debug.program(0, &[SourceRegion { bytes: 100, frames: frames.to_vec() }]).unwrap();
    debug.finish()
}

/// Commands of the debugger that show something of all blobs.
const DEBUGGING: [&str; 24] = [
    "-c",
    "where",
    "-c",
    "catch call",
    "-c",
    "breakpoints",
    "-c",
    "backtrace",
    "-c",
    "step",
    "-c",
    "stepi",
    "-c",
    "disassemble",
    "-c",
    "next",
    "-c",
    "registers",
    "-c",
    "host",
    "-c",
    "reverse-next",
    "-c",
    "finish",
];

/// Runs all commands on a blob of that name.
fn all_commands(name: &str) {
    let answer = format!("--host-call={EVIL}=7");
    for args in [
        &["inspect", name][..],
        &["stats", name],
        &["disassemble", name],
        &["disassemble", name, "--source"],
        &["disassemble", name, "--source-root", "/"],
        &["disassemble", name, "--source", "--format", "assembly"],
        &["disassemble", name, "--source", "--format", "diff-friendly"],
        &["run", name, "run", "1"],
        &["run", name, "none"],
        &["run", name, "run", "1", "--trace", &answer],
        &["run", name, "run", "1", "--trace", "--trace-limit", "2", "--engine", "interpreter"],
        &["run", name, EVIL, "1", "--gas", "1", &answer],
        &["profile", name, "run", "1", &answer],
        &["profile", name, EVIL, "1"],
        &[&["debug", name, "run", "1", &answer][..], &DEBUGGING].concat(),
        &[&["debug", name, EVIL, "1", "--source-root", "/"][..], &DEBUGGING].concat(),
        &["debug", name, "none", "--command", "where"],
        &["debug", name, "run", "--command", "list"],
        &["debug", name, "run", "--command", &format!("break {EVIL}")],
    ] {
        for json in [false, true] {
            let args = [args, if json { &["--json"][..] } else { &[] }].concat();
            let output = revive_vm("hostile-blobs", &args);
            let (out, err) = (stdout(&output), stderr(&output));
            assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{args:?}: {:?} {err}", output.status);
            assert!(!err.contains("panicked"), "{args:?}: {err}");
            for text in [&out, &err] {
                let bad =
                    text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t') || is_invisible(*c));
                // Documents are for programs; what stands in strings there is escaped as far as it has to be.
                assert!(bad.is_none_or(|c| json && !c.is_ascii_control()), "{args:?}: {bad:?} in {text:?}");
            }
            if json && output.status.success() {
                serde_json::from_str::<serde_json::Value>(&out)
                    .unwrap_or_else(|why| panic!("{args:?}: {why}"));
            }
        }
    }
}

#[test]
fn names_cannot_steer_a_terminal() {
    write("hostile-blobs", "names.polkavm", &blob(frames()).build());
    all_commands("names.polkavm");
}

#[test]
fn damaged_debug_info_is_no_reason_to_stop() {
    let good = frames();
    let mut seed = 1u64;
    let mut below = |bound: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % bound
    };
    for round in 0..6 {
        let mut debug = good.clone();
        for _ in 0..=round {
            let section = match below(3) {
                0 => &mut debug.strings,
                1 => &mut debug.line_programs,
                _ => &mut debug.ranges,
            };
            if section.len() < 2 {
                continue;
            }
            let at = below(section.len());
            match below(4) {
                0 => section.truncate(at),
                1 => section[at] = 0xff,
                2 => section.insert(at, below(256) as u8),
                _ => section[at] ^= 1 << below(8),
            }
        }
        let name = format!("damaged-{round}.polkavm");
        write("hostile-blobs", &name, &blob(debug).build());
        all_commands(&name);
    }
}
