// SPDX-License-Identifier: Apache-2.0
//! Every row, with every register and every kind of memory operand, against an independent decoder.

use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register};
use revive_vm_assembler::row::{cmov, set, Form, Source, Widths, ROWS};
use revive_vm_assembler::{Assembler, Condition, Gpr, Mem, RegMem, Row, Scale, Width};

fn decode(bytes: &[u8]) -> Instruction {
    let mut decoder = Decoder::with_ip(64, bytes, 0x1000, DecoderOptions::NONE);
    let instruction = decoder.decode();
    assert!(!instruction.is_invalid(), "invalid bytes {bytes:02x?}");
    assert_eq!(instruction.len(), bytes.len(), "{bytes:02x?} is {instruction:?} and something else");
    instruction
}

fn register(reg: Gpr, width: Width) -> Register {
    use Register::*;
    let names = match width {
        Width::W8 => [AL, CL, DL, BL, SPL, BPL, SIL, DIL, R8L, R9L, R10L, R11L, R12L, R13L, R14L, R15L],
        Width::W16 => [AX, CX, DX, BX, SP, BP, SI, DI, R8W, R9W, R10W, R11W, R12W, R13W, R14W, R15W],
        Width::W32 => [EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI, R8D, R9D, R10D, R11D, R12D, R13D, R14D, R15D],
        Width::W64 => [RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15],
    };
    names[reg as usize]
}

fn widths(row: &Row) -> &'static [Width] {
    match row.widths {
        Widths::All { .. } => &[Width::W8, Width::W16, Width::W32, Width::W64],
        Widths::From16 => &[Width::W16, Width::W32, Width::W64],
        Widths::From32 => &[Width::W32, Width::W64],
        Widths::Only64 => &[Width::W64],
        Widths::Only8 => &[Width::W8],
    }
}

fn source_width(row: &Row, width: Width) -> Width {
    match row.source {
        Source::Same => width,
        Source::W8 => Width::W8,
        Source::W16 => Width::W16,
        Source::W32 => Width::W32,
    }
}

/// A memory operand and what a decoder must read back: base, index, scale, displacement.
type MemCase = (Mem, Register, Register, u32, u64);

fn memory_cases() -> Vec<MemCase> {
    let mut cases = Vec::new();
    let displacements = [0, 1, -1, 127, -128, 128, -129, 0x1234_5678, i32::MIN, i32::MAX];
    for base in Gpr::ALL {
        let name = register(base, Width::W64);
        let name32 = register(base, Width::W32);
        for disp in displacements {
            let low = u64::from(disp as u32);
            cases.push((Mem::base(base, disp), name, Register::None, 1, disp as i64 as u64));
            cases.push((Mem::base(base, disp).addr32(), name32, Register::None, 1, low));
        }
        for index in Gpr::ALL.into_iter().filter(|index| *index != Gpr::Rsp) {
            let index_name = register(index, Width::W64);
            for (scale, factor) in [(Scale::X1, 1), (Scale::X2, 2), (Scale::X4, 4), (Scale::X8, 8)] {
                for disp in [0, -8, 0x1000] {
                    let mem = Mem::base_index(base, index, scale, disp);
                    cases.push((mem, name, index_name, factor, disp as i64 as u64));
                    cases.push((
                        mem.addr32(),
                        name32,
                        register(index, Width::W32),
                        factor,
                        u64::from(disp as u32),
                    ));
                }
                let mem = Mem::index(index, scale, -64);
                cases.push((mem, Register::None, index_name, factor, -64i64 as u64));
            }
        }
    }
    for disp in displacements {
        cases.push((Mem::absolute(disp), Register::None, Register::None, 1, disp as i64 as u64));
        cases.push((Mem::absolute(disp).addr32(), Register::None, Register::None, 1, u64::from(disp as u32)));
    }
    cases
}

const IMM: i32 = -0x12;

/// Emits `row` and returns the bytes.
fn emit(row: Row, width: Width, reg: Gpr, rm: RegMem, third: Gpr) -> Vec<u8> {
    let mut asm = Assembler::new();
    match row.form {
        Form::RmReg => asm.rm_reg(row, width, rm, reg),
        Form::RegRm => asm.reg_rm(row, width, reg, rm),
        Form::Rm(_) | Form::RmCl(_) => asm.rm(row, width, rm),
        Form::RmImm8(_) | Form::RmImm(_) => asm.rm_imm(row, width, rm, IMM),
        Form::RegRmImm8 | Form::RegRmImm | Form::VexRegRmImm8 => asm.reg_rm_imm(row, width, reg, rm, IMM),
        Form::VexRegRmReg | Form::VexRegRegRm => asm.vex(row, width, reg, rm, third),
    }
    asm.finish()
}

/// Positions of the operands in the order of the decoder: (reg, rm, third, immediate).
fn positions(form: Form) -> (Option<u32>, u32, Option<u32>, Option<u32>) {
    match form {
        Form::RmReg => (Some(1), 0, None, None),
        Form::RegRm => (Some(0), 1, None, None),
        Form::Rm(_) => (None, 0, None, None),
        Form::RmCl(_) => (None, 0, None, None),
        Form::RmImm8(_) | Form::RmImm(_) => (None, 0, None, Some(1)),
        Form::RegRmImm8 | Form::RegRmImm | Form::VexRegRmImm8 => (Some(0), 1, None, Some(2)),
        Form::VexRegRmReg => (Some(0), 1, Some(2), None),
        Form::VexRegRegRm => (Some(0), 2, Some(1), None),
    }
}

fn check(
    row: &Row,
    mnemonic: &str,
    width: Width,
    reg: Gpr,
    rm: RegMem,
    third: Gpr,
    memory: Option<&MemCase>,
) {
    let bytes = emit(*row, width, reg, rm, third);
    let decoded = decode(&bytes);
    let context = format!("{mnemonic} {width:?} {reg:?} {rm:?}: {bytes:02x?}");
    assert_eq!(format!("{:?}", decoded.mnemonic()).to_lowercase(), mnemonic, "{context}");
    let (reg_at, rm_at, third_at, imm_at) = positions(row.form);
    if let Some(at) = reg_at {
        assert_eq!(decoded.op_register(at), register(reg, width), "{context}");
    }
    if let Some(at) = third_at {
        assert_eq!(decoded.op_register(at), register(third, width), "{context}");
    }
    if matches!(row.form, Form::RmCl(_)) {
        assert_eq!(decoded.op_register(1), Register::CL, "{context}");
    }
    if let Some(at) = imm_at {
        let expected = match decoded.op_kind(at) {
            // Shift counts, rorx and bt are read as unsigned bytes; the others are sign-extended to the operand's width.
            OpKind::Immediate8 => u64::from(IMM as u8),
            OpKind::Immediate16 => u64::from(IMM as u16),
            OpKind::Immediate32 => u64::from(IMM as u32),
            _ => IMM as i64 as u64,
        };
        assert_eq!(decoded.immediate(at), expected, "{context}");
    }
    match (rm, memory) {
        (RegMem::Reg(rm), _) => {
            assert_eq!(decoded.op_register(rm_at), register(rm, source_width(row, width)), "{context}")
        }
        (RegMem::Mem(_), Some((_, base, index, scale, disp))) => {
            assert_eq!(decoded.op_kind(rm_at), OpKind::Memory, "{context}");
            // With scale 1 and no index the decoder may report either form; compare what the address is made of.
            assert_eq!(decoded.memory_base(), *base, "{context}");
            assert_eq!(decoded.memory_index(), *index, "{context}");
            if *index != Register::None {
                assert_eq!(decoded.memory_index_scale(), *scale, "{context}");
            }
            assert_eq!(decoded.memory_displacement64(), *disp, "{context}");
        }
        (RegMem::Mem(_), None) => unreachable!("memory operands come with what to expect"),
    }
}

fn check_row(row: &Row, mnemonic: &str, memory: &[MemCase]) {
    for &width in widths(row) {
        if !row.memory_only {
            for reg in Gpr::ALL {
                for rm in Gpr::ALL {
                    // `xchg rax, rax` and its like have an alias that decodes as nop only in the one-byte form, not in ours.
                    check(
                        row,
                        mnemonic,
                        width,
                        reg,
                        RegMem::Reg(rm),
                        Gpr::ALL[(reg as usize + 5) % 16],
                        None,
                    );
                }
            }
        }
        for (at, case) in memory.iter().enumerate() {
            let reg = Gpr::ALL[at % 16];
            check(row, mnemonic, width, reg, RegMem::Mem(case.0), Gpr::ALL[(at / 16) % 16], Some(case));
        }
    }
}

#[test]
fn every_row_decodes_to_what_was_meant() {
    let memory = memory_cases();
    for row in ROWS {
        check_row(row, row.name, &memory);
    }
}

fn condition_name(condition: Condition) -> &'static str {
    match condition {
        Condition::Overflow => "o",
        Condition::NotOverflow => "no",
        Condition::Below => "b",
        Condition::AboveOrEqual => "ae",
        Condition::Equal => "e",
        Condition::NotEqual => "ne",
        Condition::BelowOrEqual => "be",
        Condition::Above => "a",
        Condition::Sign => "s",
        Condition::NotSign => "ns",
        Condition::Less => "l",
        Condition::GreaterOrEqual => "ge",
        Condition::LessOrEqual => "le",
        Condition::Greater => "g",
    }
}

#[test]
fn conditional_rows_carry_their_condition() {
    let memory = memory_cases();
    for condition in Condition::ALL {
        let name = condition_name(condition);
        check_row(&set(condition), &format!("set{name}"), &memory);
        check_row(&cmov(condition), &format!("cmov{name}"), &memory);
        assert_eq!(condition.negate().negate(), condition);
        assert_ne!(condition.negate(), condition);

        let mut asm = Assembler::new();
        let jump = asm.jcc(condition);
        asm.aim(jump, 6);
        let decoded = decode(&asm.finish());
        assert_eq!(format!("{:?}", decoded.mnemonic()).to_lowercase(), format!("j{name}"));
        assert_eq!(decoded.near_branch64(), 0x1006);
    }
}

#[test]
fn rip_relative_displacement_counts_from_the_end() {
    let mut asm = Assembler::new();
    asm.rm_imm(revive_vm_assembler::row::CMP_RM_IMM, Width::W32, Mem::rip(0x40), 7);
    let code = asm.finish();
    assert_eq!(decode(&code).ip_rel_memory_address(), 0x1000 + code.len() as u64 + 0x40);
}

/// Whichever of the two is the base.
#[test]
fn sums_take_the_shorter_form() {
    use revive_vm_assembler::row::LEA_REG_MEM;
    let lea = |mem| emit(LEA_REG_MEM, Width::W64, Gpr::Rax, RegMem::Mem(mem), Gpr::Rax);
    let registers = || Gpr::ALL.into_iter().filter(|reg| *reg != Gpr::Rsp);
    for (one, other) in registers().flat_map(|one| registers().map(move |other| (one, other))) {
        for disp in [0, 8] {
            let sum = lea(Mem::sum(one, other, disp));
            let instruction = decode(&sum);
            let mut found = [instruction.memory_base(), instruction.memory_index()];
            let mut meant = [one, other].map(|reg| register(reg, Width::W64));
            found.sort_unstable();
            meant.sort_unstable();
            assert_eq!((found, instruction.memory_index_scale()), (meant, 1));
            assert_eq!(instruction.memory_displacement64(), disp as u64);
            let orders = [(one, other), (other, one)];
            let forms = orders.map(|(base, index)| lea(Mem::base_index(base, index, Scale::X1, disp)).len());
            assert_eq!(Some(sum.len()), forms.into_iter().min(), "{one:?} {other:?} {disp}");
        }
    }
}

#[test]
fn constants_take_the_shortest_form() {
    for (value, len) in [
        (0, 5),
        (1, 5),
        (0xffff_ffff, 5),
        (0x8000_0000, 5),
        (u64::MAX, 7),
        (1 << 63, 10),
        (0xffff_ffff_8000_0000, 7),
    ] {
        for reg in Gpr::ALL {
            let mut asm = Assembler::new();
            asm.mov_imm64(reg, value);
            let code = asm.finish();
            let decoded = decode(&code);
            assert_eq!(
                code.len() - usize::from(len == 5 && reg as u8 >= 8),
                len,
                "{value:#x} to {reg:?}: {code:02x?}"
            );
            assert_eq!(decoded.immediate(1), value, "{code:02x?}");
            let named = if len == 5 { Width::W32 } else { Width::W64 };
            assert_eq!(decoded.op_register(0), register(reg, named));
        }
    }
}

#[test]
fn instructions_without_a_row_decode() {
    for reg in Gpr::ALL {
        for width in [Width::W32, Width::W64] {
            let mut asm = Assembler::new();
            asm.bswap(width, reg);
            let decoded = decode(&asm.finish());
            assert_eq!(decoded.mnemonic(), Mnemonic::Bswap);
            assert_eq!(decoded.op_register(0), register(reg, width));
        }
        let mut asm = Assembler::new();
        asm.push(reg);
        assert_eq!(decode(&asm.finish()).op_register(0), register(reg, Width::W64));
        let mut asm = Assembler::new();
        asm.pop(reg);
        assert_eq!(decode(&asm.finish()).op_register(0), register(reg, Width::W64));
    }
    /// An instruction and its mnemonic.
    type Plain = (fn(&mut Assembler), &'static str);
    let plain: [Plain; 6] = [
        (|asm| asm.ret(), "ret"),
        (|asm| asm.ud2(), "ud2"),
        (|asm| asm.rep_stosb_addr32(), "stosb"),
        (|asm| asm.sign_extend_rax(Width::W32), "cdq"),
        (|asm| asm.sign_extend_rax(Width::W64), "cqo"),
        (
            |asm| {
                asm.raw(&[0xcc]);
                asm.align_with_traps(1);
            },
            "int3",
        ),
    ];
    for (emit, name) in plain {
        let mut asm = Assembler::new();
        emit(&mut asm);
        assert_eq!(format!("{:?}", decode(&asm.finish()).mnemonic()).to_lowercase(), name);
    }
}

/// Where the jump at `at` goes; the code lies at 0.
fn target(code: &[u8], at: usize) -> u64 {
    Decoder::with_ip(64, &code[at..], at as u64, DecoderOptions::NONE).decode().near_branch64()
}

#[test]
fn jumps_find_more_than_the_end_of_a_line() {
    for len in 0..140 {
        let mut general = Assembler::new();
        general.raw(&vec![0x90; len]);
        let mut quick = Assembler::new();
        quick.raw(&vec![0x90; len]);
        general.align_with_traps(16);
        if general.len() % 64 == 48 {
            general.align_with_traps(64);
        }
        quick.align_for_jumps();
        quick.ret();
        general.ret();
        assert_eq!(general.finish(), quick.finish(), "{len}");
    }
}

#[test]
fn arrivals_are_not_at_the_end_of_a_line() {
    for at in 0..192_usize {
        let mut asm = Assembler::new();
        (0..at).for_each(|_| asm.raw(&[0x90]));
        asm.align_for_arrivals();
        let expected = if at % 64 < 48 { at } else { at.next_multiple_of(64) };
        assert_eq!(asm.len(), expected);
        let code = asm.finish();
        let nops: Vec<_> = Decoder::new(64, &code[at..], DecoderOptions::NONE).into_iter().collect();
        assert!(nops.len() <= 2 && nops.iter().all(|nop| nop.mnemonic() == Mnemonic::Nop), "{at}: {nops:?}");
    }
}

#[test]
fn jumps_back_are_short_where_that_reaches() {
    for distance in 120..140usize {
        let mut asm = Assembler::new();
        asm.raw(&vec![0x90; distance]);
        asm.jmp_back(0);
        let code = asm.finish();
        assert_eq!(target(&code, distance), 0);
        assert_eq!(code.len() - distance, if distance <= 126 { 2 } else { 5 }, "at {distance}");

        for condition in Condition::ALL {
            let mut asm = Assembler::new();
            asm.raw(&vec![0x90; distance]);
            asm.jcc_back(condition, 0);
            let code = asm.finish();
            assert_eq!(target(&code, distance), 0);
            assert_eq!(code.len() - distance, if distance <= 126 { 2 } else { 6 }, "at {distance}");
            let decoded = Decoder::new(64, &code[distance..], DecoderOptions::NONE).decode();
            let name = format!("j{}", condition_name(condition));
            assert_eq!(format!("{:?}", decoded.mnemonic()).to_lowercase(), name);
        }
    }
}

#[test]
fn jumps_are_aimed_when_their_target_is_known() {
    let mut asm = Assembler::new();
    let call = asm.call();
    let jump = asm.jmp();
    let branch = asm.jcc(Condition::Below);
    let short = asm.jmp_short();
    let short_branch = asm.jcc_short(Condition::Above);
    asm.raw(&[0x90; 100]);
    asm.aim_here(short);
    asm.aim_here(short_branch);
    let here = asm.len() as u32;
    asm.raw(&[0x90; 100]);
    asm.aim(call, here);
    asm.aim(jump, 0);
    asm.aim(branch, here + 100);
    assert_eq!(jump.position(), 6);
    let code = asm.finish();
    let here = u64::from(here);
    assert_eq!([0, 5, 10, 16, 18].map(|at| target(&code, at)), [here, 0, here + 100, here, here]);
}

#[test]
fn a_buffer_that_is_used_again_gives_the_same_bytes() {
    let mut asm = Assembler::with_capacity(3);
    let emit = |asm: &mut Assembler| {
        for value in 0..10_000u64 {
            asm.mov_imm64(Gpr::R9, value << 20);
            asm.overwrite(asm.len() - 1, &[0x77, 0x99]);
        }
        asm.code().to_vec()
    };
    let first = emit(&mut asm);
    asm.clear();
    assert!(asm.is_empty());
    assert_eq!(emit(&mut asm), first);
    assert_eq!(asm.finish(), first);
}

#[test]
fn code_is_repeated() {
    let mut asm = Assembler::new();
    (0..1000u64).for_each(|value| asm.mov_imm64(Gpr::Rbx, value));
    let once = asm.code().to_vec();
    let len = once.len() as u32;
    asm.repeat(0, len);
    asm.repeat(5, 10);
    let expected = [&once, &once, &once[5..10]].concat();
    assert_eq!(asm.code(), expected);
    for (start, end) in [(0, 2 * len + 6), (10, 10), (10, 5), (u32::MAX, u32::MAX)] {
        asm.repeat(start, end);
        assert_eq!(asm.len(), expected.len(), "there is no code from {start} to {end}");
    }
    assert_eq!(asm.finish(), expected);
}
