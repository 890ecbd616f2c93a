// SPDX-License-Identifier: Apache-2.0
//! What the tests of the command share: blobs made on the spot, running the real program, comparing with golden text.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use revive_vm_primitives::{
    debug_info::{DebugInfoBuilder, SourceRegion},
    BlobBuilder, CodeBuilder, Frame, Instruction, InstructionSet, Opcode, Reg,
};

/// A blob with some of everything: data, imports, exports, a jump table, a gap, debug info, all kinds of label.
pub(crate) fn sample_blob() -> Vec<u8> {
    let isa = InstructionSet::Latest64;
    let mut code = CodeBuilder::new(isa);
    let (sum, done, helper, inside) = (code.label_here(), code.label(), code.label(), code.label());
    code.push(Instruction::reg_reg_reg(Opcode::Add64, Reg::A0, Reg::A0, Reg::A1))
        .push_to(Instruction::reg_imm_offset(Opcode::BranchEqImm, Reg::A0, 0, 0), done)
        .push(Instruction::reg_imm(Opcode::LoadImm, Reg::A1, 5))
        .push(Instruction::reg_imm(Opcode::StoreU64, Reg::A0, 0x30000))
        .push(Instruction::imm(Opcode::Ecalli, 0))
        .push(Instruction::imm(Opcode::Ecalli, 7))
        .push(Instruction::new(Opcode::Fallthrough))
        .bind(done)
        .push(Instruction::reg_reg_imm(Opcode::AddImm64, Reg::Sp, Reg::Sp, -8))
        .bind(inside)
        .push(Instruction::reg_reg_imm(Opcode::AddImm64, Reg::Sp, Reg::Sp, 8))
        .push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0))
        .bind(helper)
        .push(Instruction::reg_imm64(Opcode::LoadImm64, Reg::T0, 0x0123_4567_89ab_cdef))
        .push(Instruction::reg_reg_imm(Opcode::LoadIndirectU32, Reg::T1, Reg::T0, -4))
        .push(Instruction::new(Opcode::Trap));
    code.jump_table_entry(helper);
    code.jump_table_entry(done);
    let parts = code.finish().expect("the code is valid");
    let at = |label| parts.offset_of(label).expect("the label is bound");

    let end = u32::try_from(parts.code.len()).expect("the code is short");
    let mut debug = DebugInfoBuilder::new();
    let frame = |function, line| Frame {
        namespace: "sample",
        function,
        path: "src/lib.rs",
        line,
        ..Frame::default()
    };
    let (first, second) = ([frame("sum", 10)], [frame("helper", 20)]);
    debug.program(0, &[SourceRegion { bytes: at(helper), frames: first.to_vec() }]).expect("one frame fits");
    debug
        .program(at(helper), &[SourceRegion { bytes: end - at(helper), frames: second.to_vec() }])
        .expect("one frame fits");

    BlobBuilder::new(isa)
        .ro_data(8, &[1, 2, 3])
        .rw_data(16, &[])
        .stack_size(4096)
        .import(b"now")
        .export(b"sum", at(sum))
        .export(b"total", at(sum))
        .export(b"inside", at(inside))
        .export(&[0xff, 0xfe], at(helper))
        .debug_info(debug.finish())
        .code(parts)
        .build()
}

/// A blob whose export `run` accesses memory in every way and then traps; a0 is an amount of bytes to fill.
#[allow(dead_code, reason = "not all tests trace")]
pub(crate) fn memory_blob(isa: InstructionSet) -> Vec<u8> {
    let data = 0x30000;
    let mut code = CodeBuilder::new(isa);
    code.push(Instruction::reg_reg(Opcode::MoveReg, Reg::A2, Reg::A0))
        .push(Instruction::reg_imm(Opcode::LoadImm, Reg::A0, data))
        .push(Instruction::reg_imm(Opcode::LoadImm, Reg::A1, 0xab));
    if isa.byte(Opcode::Memset).is_some() {
        code.push(Instruction::new(Opcode::Memset));
    }
    code.push(Instruction::reg_reg_imm(Opcode::LoadIndirectU8, Reg::A3, Reg::A0, 0))
        .push(Instruction::reg_imm(Opcode::LoadI16, Reg::A4, 0x10001))
        .push(Instruction::reg_reg_imm(Opcode::StoreIndirectU32, Reg::A4, Reg::Sp, -4))
        .push(Instruction::imm_imm(Opcode::StoreImmU16, data + 3, -2))
        .push(Instruction::imm(Opcode::Ecalli, 0))
        .push(Instruction::reg_imm_imm(Opcode::StoreImmIndirectU8, Reg::A0, 0, 1))
        .push(Instruction::new(Opcode::Trap));
    let parts = code.finish().expect("the code is valid");
    let end = u32::try_from(parts.code.len()).expect("the code is short");
    let frame = |line| Frame {
        namespace: "memory",
        function: "run",
        path: "src/memory.rs",
        line,
        column: 5,
        ..Frame::default()
    };
    let regions = [
        SourceRegion { bytes: 5, frames: vec![frame(1)] },
        SourceRegion { bytes: end - 5, frames: vec![frame(2), frame(3)] },
    ];
    let mut debug = DebugInfoBuilder::new();
    debug.program(0, &regions).expect("two frames fit");
    BlobBuilder::new(isa)
        .ro_data(8, &[1, 2, 3])
        .rw_data(64, &[9, 8, 7])
        .stack_size(4096)
        .import(b"where")
        .export(b"run", 0)
        .debug_info(debug.finish())
        .code(parts)
        .build()
}

/// Writes `bytes` to a file of this name, in a place of the test that asks.
pub(crate) fn write(test: &str, name: &str, bytes: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    fs::create_dir_all(&folder).expect("the temporary folder can be made");
    let path = folder.join(name);
    fs::write(&path, bytes).expect("the temporary file can be written");
    path
}

/// Runs the program in the folder of `test`, so that messages have short paths.
pub(crate) fn revive_vm(test: &str, args: &[&str]) -> Output {
    command(test, args).output().expect("the program starts")
}

/// The program, to be run there.
pub(crate) fn command(test: &str, args: &[&str]) -> Command {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    fs::create_dir_all(&folder).expect("the temporary folder can be made");
    let mut command = Command::new(env!("CARGO_BIN_EXE_revive-vm"));
    command.args(args).current_dir(folder);
    for variable in ["REVIVE_VM_URL", "REVIVE_VM_SURI", "REVIVE_VM_SDK", "RUST_LOG"] {
        command.env_remove(variable);
    }
    command
}

/// What the program printed with `--json`.
pub(crate) fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).expect("the output is one JSON document")
}

/// Standard output as text.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("the output is UTF-8")
}

/// Standard error as text.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("the messages are UTF-8")
}

/// Compares with the golden text of this name. With `REVIVE_VM_BLESS=1` in the environment it is written anew.
pub(crate) fn assert_golden(name: &str, actual: &str) {
    let path = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for tests"))
        .join("tests/golden")
        .join(name);
    if std::env::var_os("REVIVE_VM_BLESS").is_some_and(|value| value == "1") {
        fs::write(&path, actual).expect("the golden text can be written");
        return;
    }
    let expected = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; write it with REVIVE_VM_BLESS=1", path.display()));
    assert!(
        actual == expected,
        "the output is not what {} says; if it should be, write that anew with REVIVE_VM_BLESS=1\n--- expected\n{expected}\n--- actual\n{actual}",
        path.display()
    );
}
