// SPDX-License-Identifier: Apache-2.0
//! What the text means, and what is said about text that means nothing.

use revive_vm_assembly::{assemble, assemble_program, AssembleErrorKind};
use revive_vm_primitives::{
    Blob, Instruction, InstructionSet,
    Opcode::{self, *},
    Reg::{self, *},
};

/// The only instruction of a line, with its mnemonic.
fn instruction(isa: InstructionSet, line: &str) -> Instruction {
    let text = format!("%isa = {isa}\n{line}\n");
    let blob = assemble(&text).unwrap_or_else(|error| panic!("{line}: {error}"));
    let blob = Blob::parse(&blob).unwrap();
    blob.code().decode(0).instruction.unwrap_or_else(|| panic!("{line}"))
}

fn rrr(opcode: Opcode, d: Reg, s: Reg, t: Reg) -> Instruction {
    Instruction::reg_reg_reg(opcode, d, s, t)
}

fn rri(opcode: Opcode, d: Reg, s: Reg, i: i32) -> Instruction {
    Instruction::reg_reg_imm(opcode, d, s, i)
}

fn ri(opcode: Opcode, d: Reg, i: i32) -> Instruction {
    Instruction::reg_imm(opcode, d, i)
}

#[test]
fn the_published_example_gives_the_published_bytes() {
    // Command-line tool, section 2.2.
    let program = assemble_program(
        "%isa = latest64
         %rw_data_size = 16
         %stack_size = 4096

         pub @sum:
             a0 = a0 + a1
             jump @skip if a0 == 0
             a1 = 5
             u64 [0x20000] = a0
             ecalli 0
         @skip:
             sp = sp - 8
             ret",
        InstructionSet::Latest32,
    )
    .unwrap();
    let expected = [
        0xc8, 0x87, 0x07, 0x51, 0x07, 0x0d, 0x33, 0x08, 0x05, 0x3e, 0x07, 0x00, 0x00, 0x02, 0x0a, 0x01, 0x95,
        0x11, 0xf8, 0x32, 0x00,
    ];
    assert_eq!(program.code().code, expected);
    assert_eq!((program.label("sum"), program.label("skip")), (Some(0), Some(16)));
    assert_eq!((program.label_plus("skip", 1), program.label_plus("skip", 2)), (Some(19), Some(21)));
    assert_eq!(program.label_plus("skip", 3), None);
    assert_eq!(program.exports().collect::<Vec<_>>(), [(&b"sum"[..], 0)]);
    let blob = program.to_blob();
    let blob = Blob::parse(&blob).unwrap();
    assert_eq!((blob.rw_data_size(), blob.stack_size()), (16, 4096));
}

#[test]
fn statements_mean_what_the_table_says() {
    let isa = InstructionSet::Latest64;
    for (line, expected) in [
        ("nop", Instruction::reg_reg(MoveReg, Ra, Ra)),
        ("ret", ri(JumpIndirect, Ra, 0)),
        ("jump [a0 + 0xfffffffc]", ri(JumpIndirect, A0, -4)),
        ("jump [a0 - 4]", ri(JumpIndirect, A0, -4)),
        ("ecalli 4294967295", Instruction::imm(Ecalli, -1)),
        ("a0 = r8", Instruction::reg_reg(MoveReg, A0, A1)),
        ("a0 = -1", ri(LoadImm, A0, -1)),
        ("a0 = 0xffffffff87654321", ri(LoadImm, A0, 0x8765_4321_u32 as i32)),
        ("a0 = 0xffffffff", Instruction::reg_imm64(LoadImm64, A0, 0xffff_ffff)),
        ("a0 = 18446744073709551615", ri(LoadImm, A0, -1)),
        ("a0 = -9223372036854775808", Instruction::reg_imm64(LoadImm64, A0, 1 << 63)),
        ("a0 = i64 0b101", Instruction::reg_imm64(LoadImm64, A0, 5)),
        ("a0 = 1_000", ri(LoadImm, A0, 1000)),
        ("a0 = a1 - 7", rri(AddImm64, A0, A1, -7)),
        ("a0 = a1 - -7", rri(AddImm64, A0, A1, 7)),
        ("i32 a0 = a1 - 7", rri(AddImm32, A0, A1, -7)),
        ("a0 = 7 + a1", rri(AddImm64, A0, A1, 7)),
        ("a0 = 7 - a1", rri(NegateAndAddImm64, A0, A1, 7)),
        ("a0 = -a1", rri(NegateAndAddImm64, A0, A1, 0)),
        ("i32 a0 = -a1", rri(NegateAndAddImm32, A0, A1, 0)),
        ("a0 = -1 << a1", rri(ShiftLogicalLeftImmAlt64, A0, A1, -1)),
        ("a0 = a1 >u 7", rri(SetGreaterThanUnsignedImm, A0, A1, 7)),
        ("a0 = 7 <u a1", rri(SetGreaterThanUnsignedImm, A0, A1, 7)),
        ("a0 = 7 >s a1", rri(SetLessThanSignedImm, A0, A1, 7)),
        ("a0 = a1 >s a2", rrr(SetLessThanSigned, A0, A2, A1)),
        ("a0 = a1 & ~a2", rrr(AndInverted, A0, A1, A2)),
        ("a0 = a1 &~ a2", rrr(AndInverted, A0, A1, A2)),
        ("a0 = ~(a1 ^ a2)", rrr(Xnor, A0, A1, A2)),
        ("a0=a1>>a2", rrr(ShiftLogicalRight64, A0, A1, A2)),
        ("a0 = a1 >>a a2", rrr(ShiftArithmeticRight64, A0, A1, A2)),
        ("i32 a0 = a1 >>r 3", rri(RotateRightImm32, A0, A1, 3)),
        ("a0 = minu(a1, a2)", rrr(MinimumUnsigned, A0, A1, A2)),
        ("a0 = a1 if a2 != 0", rrr(CmovIfNotZero, A0, A1, A2)),
        ("a0 = a1 if a2 == 0", rrr(CmovIfZero, A0, A1, A2)),
        ("a0 = 9 if a2 != 0", rri(CmovIfNotZeroImm, A0, A2, 9)),
        ("a0 = a1 mulhsu a2", rrr(MulUpperSignedUnsigned, A0, A1, A2)),
        ("a0 = sbrk a1", Instruction::reg_reg(Sbrk, A0, A1)),
        ("[a0..a0 + a2] = u8 a1", Instruction::new(Memset)),
        ("i32 a0 = clz a1", Instruction::reg_reg(CountLeadingZeroBits32, A0, A1)),
        ("a0 = i32 [sp + -4] // spilled", rri(LoadIndirectI32, A0, Sp, -4)),
        ("u8 [a0] = 255", Instruction::reg_imm_imm(StoreImmIndirectU8, A0, 0, 255)),
        ("u8 [a0] = -1", Instruction::reg_imm_imm(StoreImmIndirectU8, A0, 0, -1)),
        ("u64 [0xfffffffffffe0000] = 0xffffffffffffffff", Instruction::imm_imm(StoreImmU64, -0x20000, -1)),
        ("a0 = 5, jump [a1]", Instruction::reg_reg_imm_imm(LoadImmAndJumpIndirect, A0, A1, 5, 0)),
        (
            "tmp = a0, a0 = 5, jump [tmp + 8]",
            Instruction::reg_reg_imm_imm(LoadImmAndJumpIndirect, A0, A0, 5, 8),
        ),
        ("jump 0 if a0 <=s a1", Instruction::reg_reg_offset(BranchGreaterOrEqualSigned, A1, A0, 0)),
        ("jump 0 if a0 >u a1", Instruction::reg_reg_offset(BranchLessUnsigned, A1, A0, 0)),
        ("jump 0 if 5 <u a1", Instruction::reg_imm_offset(BranchGreaterUnsignedImm, A1, 5, 0)),
        ("jump 0 if a1 <=s 4294967295", Instruction::reg_imm_offset(BranchLessOrEqualSignedImm, A1, -1, 0)),
        ("jump 7", Instruction::offset(Jump, 7)),
    ] {
        assert_eq!(instruction(isa, line), expected, "{line}");
    }
}

#[test]
fn the_32_bit_set_takes_the_prefix_and_does_without() {
    let isa = InstructionSet::Latest32;
    for (line, expected) in [
        ("a0 = a1 + a2", rrr(Add32, A0, A1, A2)),
        ("i32 a0 = a1 + a2", rrr(Add32, A0, A1, A2)),
        ("a0 = 0xffffffff", ri(LoadImm, A0, -1)),
        ("a0 = a1 & 0xfffffffd", rri(AndImm, A0, A1, -3)),
        ("a0 = ctz a1", Instruction::reg_reg(CountTrailingZeroBits32, A0, A1)),
    ] {
        assert_eq!(instruction(isa, line), expected, "{line}");
    }
}

#[test]
fn labels_start_blocks_unless_told_not_to() {
    let program = assemble_program(
        "    jump @inside
         @start:
             nop
             nop
         pub @inside: %no_fallthrough
             nop
         @twin:
         @again:
             a0 = @inside
             a1 = @twin
             a2 = @inside
             jump @again",
        InstructionSet::Latest64,
    )
    .unwrap();
    let [start, inside, twin, again] =
        ["start", "inside", "twin", "again"].map(|name| program.label(name).unwrap());
    // Two bytes each: the jump, the moves, and a fallthrough of one byte in front of `twin`.
    assert_eq!((start, inside, twin, again), (2, 6, 9, 9));
    assert_eq!(program.code().jump_table, [start, twin, start]);
    assert_eq!(program.exports().collect::<Vec<_>>(), [(&b"inside"[..], inside)]);
    let blob = program.to_blob();
    let blob = Blob::parse(&blob).unwrap();
    let all: Vec<_> = blob.code().instructions().filter_map(|decoded| decoded.instruction).collect();
    assert_eq!(
        all[0],
        Instruction::offset(Jump, start),
        "a jump to a label inside of a block goes to its start"
    );
    assert_eq!(all[4], Instruction::new(Fallthrough));
    assert_eq!(&all[5..8], [ri(LoadImm, A0, 2), ri(LoadImm, A1, 4), ri(LoadImm, A2, 6)]);
}

#[test]
fn raw_bytes_are_taken_as_they_are() {
    let program = assemble_program(
        "%instruction = 64 87 00 00
         @behind:
         %gap = 01 02
         %instruction = ff
         jump @behind",
        InstructionSet::Latest64,
    )
    .unwrap();
    assert_eq!(program.code().code, [0x64, 0x87, 0, 0, 1, 2, 0xff, 40, 0xfd]);
    assert_eq!(program.code().bitmask, [0b1100_0001, 0]);
    assert_eq!(program.label("behind"), Some(4));
}

#[test]
fn imports_can_be_called_by_name() {
    let program = assemble_program(
        "%import = 'a'\n%import = 'b'\necalli 'b'\necalli 'a'\ntrap",
        InstructionSet::Latest64,
    )
    .unwrap();
    assert_eq!(program.code().code, [10, 1, 10, 0]);
    assert_eq!(program.imports().collect::<Vec<_>>(), [b"a", b"b"]);
}

#[test]
fn mistakes_are_told_with_their_place() {
    for (text, line, column, message) in [
        ("a0 = ", 1, 6, "expected a register or a number, found the end of the line"),
        ("\n  a0 = a1 ** a2", 2, 12, "expected a register or a number, found `*`"),
        ("a0 = a1 ? a2", 1, 9, "expected an instruction, a label or a directive, found `? a2`"),
        ("blub", 1, 1, "expected an instruction, found `blub`"),
        ("a9 = 5", 1, 1, "expected an instruction, found `a9`"),
        ("a0 = a9", 1, 6, "expected a register or a number, found `a9`"),
        ("a0 = 5 a1", 1, 8, "expected an operator (+ - * & | ^ & ~ | ~ /u"),
        ("a0 = 12a", 1, 6, "expected a number (decimal, `0x` hexadecimal or `0b` binary), found `12a`"),
        ("a0 = 18446744073709551616", 1, 6, "is a number from -9223372036854775808 to 18446744073709551615"),
        ("a0 = a1 + 0x80000000", 1, 11, "`2147483648` is out of range: a constant that is sign-extended"),
        (
            "u8 [a0] = 256",
            1,
            11,
            "`256` is out of range: a constant of this width is a number from -128 to 255",
        ),
        ("a0 = u8 [0x1ffffffff]", 1, 10, "a 32-bit number is a number from -2147483648 to 4294967295"),
        ("a0 = 5 /u a1", 1, 8, "no instruction does this with a constant"),
        ("a0 = 5 + 6", 1, 10, "one side of an operator must be a register"),
        ("jump @a if 1 == 2", 1, 17, "one side of a comparison must be a register"),
        ("i32 a0 = a1 & a2", 1, 13, "no 32-bit variant"),
        ("i32 a0 = a1", 1, 10, "no 32-bit variant"),
        ("a0 = 5, jump [a0]", 1, 14, "write `tmp = REG"),
        ("jump @nowhere", 1, 6, "the label @nowhere is defined nowhere"),
        (
            "trap\n jump @größe if a0 == é",
            2,
            23,
            "expected an instruction, a label or a directive, found `é`",
        ),
        ("@a:\ntrap\n@a:", 3, 1, "the label @a is defined in line 1 already"),
        ("@a: trap", 1, 5, "expected the end of the line, or `%no_fallthrough`, found `trap`"),
        ("pub a:", 1, 5, "expected a label such as `@name:` behind `pub`"),
        ("trap trap", 1, 6, "expected the end of the line, found `trap`"),
        ("%ise = latest64", 1, 2, "no directive is named `%ise`; there are: %isa,"),
        ("%isa = latest", 1, 8, "no instruction set is named `latest`; there are: revive_v1, latest32"),
        ("%isa = latest64\n%isa = latest64", 2, 1, "`%isa` is given in line 1 already"),
        ("%isa = latest32\nu64 [a0] = a1", 2, 1, "the instruction set latest32 has no store_indirect_u64"),
        ("%isa = revive_v1\n unlikely", 2, 2, "the instruction set revive_v1 has no unlikely"),
        ("%stack_size = 4294967296", 1, 15, "is a number from 0 to 4294967295"),
        ("%ro_data = 01 0", 1, 16, "expected a second hexadecimal digit"),
        ("%ro_data = 01 0g", 1, 16, "expected pairs of hexadecimal digits, found `g`"),
        ("%ro_data_size = 1\n%ro_data = 01 02", 2, 1, "the ro data has 2 bytes, but `%ro_data_size` says 1"),
        ("%import = name", 1, 11, "expected a name in quotes"),
        ("ecalli 'x'", 1, 8, "no line before this one declares the import 'x'; `%import = 'x'` would"),
        ("%section 7 = 00", 1, 10, "expected a section that a blob can have"),
        ("%section 2 = 00\n%rw_data_size = 1\n%ro_data_size = 1\n%ro_data = 00", 1, 1, "as well; leave one"),
        ("%jump_table_entry_size = 1\n%jump_table = 256", 1, 1, "`256` is out of range"),
        ("%jump_table_entry_size = 5", 1, 2, "is a number from 1 to 4"),
    ] {
        let error = assemble(text).expect_err(text);
        assert_eq!((error.line, error.column), (line, column), "{text}: {error}");
        assert!(error.to_string().contains(message), "{text}: {error}");
    }
}

#[test]
fn too_many_imports_are_counted() {
    let error = assemble(&"%import = 'a'\n".repeat(1025)).unwrap_err();
    assert_eq!(error.kind, AssembleErrorKind::TooMany { what: "imports", found: 1025, max: 1024 });
    assert_eq!(error.line, 1025);
}

#[test]
fn messages_repeat_only_the_beginning_of_long_text() {
    let error = assemble(&"x".repeat(100_000)).unwrap_err();
    assert!(error.to_string().len() < 200, "{error}");
}

/// What `docs/ASSEMBLY.md` shows can be assembled.
#[test]
fn the_document_is_right() {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for tests");
    let path = std::path::Path::new(&manifest).join("../../docs/ASSEMBLY.md");
    let document = std::fs::read_to_string(path).unwrap();
    let program = document.split("```").nth(1).expect("the document shows a program");
    assert!(program.contains("pub @later:"));
    assemble(program).unwrap_or_else(|error| panic!("{error}\n{program}"));

    let (_, table) = document.split_once("## Instructions").expect("the document lists instructions");
    let mut count = 0;
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        let cell = row.replace("\\|", "\u{1}");
        let cell = cell.split('|').nth(1).unwrap_or_default().replace('\u{1}', "|");
        // Between backticks is every second piece.
        for line in cell.split('`').skip(1).step_by(2) {
            let text = format!("%import = 'name'\n{line}\n@a:\n@f:\n trap");
            assemble(&text).unwrap_or_else(|error| panic!("{line}: {error}"));
            count += 1;
        }
    }
    assert!(count > 40, "{count} instructions");
}
