// SPDX-License-Identifier: Apache-2.0
//! Every instruction form of RV32/64 E, M, A, C, Zba, Zbb, Zbs and Zicond, with every kind of operand, through the linker at every level and
//! both engines, against the independent machine.

mod common;

use common::{
    asm::{i_type, r_type, s_type, Asm, Part, To},
    forms::{REGISTER_FORMS, WORD_FORMS},
    harness,
    random::Random,
};

/// Destination and sources, as the fields of an instruction.
const REGISTERS: [(u32, u32, u32); 8] = [
    (12, 10, 11),
    (10, 10, 11),
    (11, 10, 11),
    (10, 10, 10),
    (12, 0, 11),
    (12, 10, 0),
    (12, 0, 0),
    (0, 10, 11),
];

const IMMEDIATES: [i32; 8] = [0, 1, -1, 31, 127, -128, 2047, -2048];

/// Pairs of operands that lean towards the edges; sign-extended on 32 bits.
fn operands(is_64: bool, seed: u64) -> Vec<Vec<u64>> {
    let mut random = Random::new(seed);
    let mut pairs =
        vec![[0, 0], [u64::MAX, 1], [1 << 63, u64::MAX], [0xffff_ffff_8000_0000, u64::MAX], [7, 0]];
    pairs.extend((0..6).map(|_| [random.value(), random.value()]));
    let fit = |value: u64| if is_64 { value } else { value as i32 as i64 as u64 };
    pairs.into_iter().map(|pair| pair.map(fit).to_vec()).collect()
}

/// Runs one instruction; its destination is the result.
fn check(name: &str, is_64: bool, rd: u32, write: impl Fn(&mut Asm)) {
    let mut asm = Asm::new(is_64);
    asm.data[Part::Data as usize] = (0..32_u8).map(|byte| byte.wrapping_mul(37) ^ 0x95).collect();
    asm.bss_size = 8;
    let main = asm.label_here();
    asm.li(12, 77);
    write(&mut asm);
    asm.word(i_type(0x13, 0, 10, rd, 0));
    asm.ret();
    asm.export("main", main);
    asm.export_sections();
    let ran = harness::compare(
        &format!("{name}-{}", if is_64 { 64 } else { 32 }),
        &mut asm,
        &operands(is_64, 5),
        2,
    );
    assert!(ran, "{name} does not end");
}

fn for_both(check: impl Fn(bool)) {
    [true, false].into_iter().for_each(check);
}

#[test]
fn register_forms() {
    for_both(|is_64| {
        let words = WORD_FORMS.map(|form| (0x3b, form));
        let forms =
            REGISTER_FORMS.map(|form| (0x33, form)).into_iter().chain(words.into_iter().filter(|_| is_64));
        for (opcode, (funct7, funct3)) in forms {
            for (rd, rs1, rs2) in REGISTERS {
                let word = r_type(opcode, funct3, funct7, rd, rs1, rs2);
                check(&format!("op-{word:08x}"), is_64, rd, |asm| asm.word(word));
            }
        }
    });
}

#[test]
fn immediate_forms() {
    for_both(|is_64| {
        let shifts = if is_64 { 64 } else { 32 };
        for (rd, rs1, _) in REGISTERS {
            for imm in IMMEDIATES {
                for funct3 in [0, 2, 3, 4, 6, 7] {
                    let word = i_type(0x13, funct3, rd, rs1, imm);
                    check(&format!("imm-{word:08x}"), is_64, rd, |asm| asm.word(word));
                }
                if is_64 {
                    let word = i_type(0x1b, 0, rd, rs1, imm);
                    check(&format!("immw-{word:08x}"), is_64, rd, |asm| asm.word(word));
                }
            }
            for amount in [0, 1, 15, 31, 32, 63].into_iter().filter(|amount| *amount < shifts) {
                for (funct3, kind) in
                    [(1, 0), (5, 0), (5, 0x400), (5, 0x600), (1, 0x280), (1, 0x480), (1, 0x680), (5, 0x480)]
                {
                    let word = i_type(0x13, funct3, rd, rs1, amount | kind);
                    check(&format!("shift-{word:08x}"), is_64, rd, |asm| asm.word(word));
                    if is_64 && (kind, funct3) == (0, 1) {
                        let word = i_type(0x1b, 1, rd, rs1, amount | 0x80);
                        check(&format!("slli.uw-{word:08x}"), is_64, rd, |asm| asm.word(word));
                    }
                    if is_64 && amount < 32 && [0, 0x400, 0x600].contains(&kind) {
                        let word = i_type(0x1b, funct3, rd, rs1, amount | kind);
                        check(&format!("shiftw-{word:08x}"), is_64, rd, |asm| asm.word(word));
                    }
                }
            }
        }
    });
}

#[test]
fn unary_forms() {
    for_both(|is_64| {
        for (rd, rs1, _) in REGISTERS {
            let reverse = if is_64 { 0x6b8 } else { 0x698 };
            let mut words = vec![r_type(if is_64 { 0x3b } else { 0x33 }, 4, 4, rd, rs1, 0)];
            words.extend([0x600, 0x601, 0x602, 0x604, 0x605].map(|imm| i_type(0x13, 1, rd, rs1, imm)));
            words.extend([0x287, reverse].map(|imm| i_type(0x13, 5, rd, rs1, imm)));
            if is_64 {
                words.extend([0x600, 0x601, 0x602].map(|imm| i_type(0x1b, 1, rd, rs1, imm)));
            }
            for word in words {
                check(&format!("unary-{word:08x}"), is_64, rd, |asm| asm.word(word));
            }
        }
    });
}

#[test]
fn upper_immediates_and_conditional_moves() {
    for_both(|is_64| {
        for imm in [0, 1, 0x7ffff, 0x80000, 0xfffff_u32] {
            check(&format!("lui-{imm:x}"), is_64, 12, |asm| asm.word(imm << 12 | 12 << 7 | 0x37));
        }
        for (rd, rs1, rs2) in REGISTERS {
            for funct7 in [0x20, 0x21] {
                let word = r_type(0x0b, 1, funct7, rd, rs1, rs2);
                check(&format!("cmov-{word:08x}"), is_64, rd, |asm| asm.word(word));
            }
        }
    });
}

#[test]
fn loads_and_stores() {
    for_both(|is_64| {
        let loads: &[u32] = if is_64 { &[0, 1, 2, 3, 4, 5, 6] } else { &[0, 1, 2, 4, 5] };
        let stores: &[u32] = if is_64 { &[0, 1, 2, 3] } else { &[0, 1, 2] };
        for offset in [0, 1, 7, -3] {
            for &funct3 in loads {
                check(&format!("load-{funct3}-{offset}"), is_64, 12, |asm| {
                    asm.la(13, To::At(Part::Data, 8));
                    asm.word(i_type(0x03, funct3, 12, 13, offset));
                });
            }
            for &funct3 in stores {
                for reg in [10, 0] {
                    check(&format!("store-{funct3}-{offset}-{reg}"), is_64, 11, |asm| {
                        asm.la(13, To::At(Part::Data, 8));
                        asm.word(s_type(0x23, funct3, 13, reg, offset));
                    });
                }
            }
        }
    });
}

#[test]
fn atomics() {
    for_both(|is_64| {
        for width in if is_64 { vec![2, 3] } else { vec![2] } {
            for funct5 in [0, 1, 2, 3, 4, 8, 12, 16, 20, 24, 28] {
                // The result may go where the address or the operand is, or nowhere.
                for (rd, rs2) in [(12, 10), (13, 10), (10, 10), (0, 10), (12, 0), (12, 13)] {
                    // The operand of a load is always the zero register; an address is no value to store.
                    if (funct5 == 2) != (rs2 == 0) && funct5 == 2 || rs2 == 13 {
                        continue;
                    }
                    let word = r_type(0x2f, width, funct5 << 2 | 3, rd, 13, rs2);
                    check(&format!("atomic-{word:08x}"), is_64, if rd == 13 { 13 } else { 12 }, |asm| {
                        asm.la(13, To::At(Part::Data, 8));
                        asm.word(word);
                    });
                }
            }
        }
    });
}

/// Functions that differ in one atomic operation end alike behind what they calculate.
#[test]
fn atomics_in_front_of_equal_ends() {
    for_both(|is_64| {
        for others in [[0, 4], [0, 8], [12, 28], [1, 24]] {
            let mut asm = Asm::new(is_64);
            asm.data[Part::Data as usize] = vec![0x95; 16];
            let main = asm.label_here();
            let other = asm.label();
            asm.la(13, To::At(Part::Data, 8));
            asm.branch(1, 11, 0, other, true);
            for funct5 in others {
                asm.word(r_type(0x2f, 2, funct5 << 2, 12, 13, 10));
                asm.word(i_type(0x13, 0, 10, 12, 1000));
                asm.word(i_type(0x03, 2, 11, 13, 0));
                asm.word(r_type(0x33, 4, 0, 12, 11, 10)); // xor a2, a1, a0
                asm.ret();
                if funct5 == others[0] {
                    asm.bind(other);
                }
            }
            asm.export("main", main);
            asm.export_sections();
            let name = format!("atomics-{others:?}-{}", if is_64 { 64 } else { 32 });
            assert!(harness::compare(&name, &mut asm, &operands(is_64, 6), 2), "{name} does not end");
        }
    });
}

#[test]
fn branches() {
    for_both(|is_64| {
        for funct3 in [0, 1, 4, 5, 6, 7] {
            for (_, rs1, rs2) in REGISTERS {
                for kept in [true, false] {
                    check(&format!("branch-{funct3}-{rs1}-{rs2}-{kept}"), is_64, 12, |asm| {
                        let over = asm.label();
                        asm.branch(funct3, rs1, rs2, over, kept);
                        asm.li(12, 1);
                        asm.bind(over);
                    });
                }
            }
        }
    });
}

/// All compressed instructions that are not jumps and do not use the stack pointer as a value: every half-word whose
/// expansion the independent machine knows.
#[test]
fn compressed_forms() {
    for_both(|is_64| {
        let mut random = Random::new(9);
        for _ in 0..600 {
            let half = random.next() as u32 & 0xffff;
            let (quadrant, kind) = (half & 3, half >> 13);
            let rd = half >> 7 & 31;
            let rs2 = half >> 2 & 31;
            let is_value = |reg: u32| reg == 0 || (5..16).contains(&reg);
            let known = match (quadrant, kind) {
                (1, 0) | (1, 2) => is_value(rd) && (rd != 0 || kind == 0),
                (1, 1) => is_64 && is_value(rd) && rd != 0,
                (1, 3) => is_value(rd) && rd != 0 && half & 0x107c != 0,
                (1, 4) => {
                    let is_shift = half >> 11 & 1 == 0;
                    let is_register = half >> 10 & 3 == 3;
                    (is_64 || half >> 12 & 1 == 0)
                        && !(is_register && half >> 12 & 1 == 1 && half >> 6 & 1 == 1)
                        || (!is_shift && !is_register)
                }
                (2, 0) => is_value(rd) && rd != 0 && (is_64 || half >> 12 & 1 == 0),
                (2, 4) => rs2 != 0 && is_value(rd) && is_value(rs2) && rd != 0,
                _ => false,
            };
            if known {
                let result = if quadrant == 1 && kind == 4 { (half >> 7 & 7) + 8 } else { rd };
                check(&format!("c-{half:04x}"), is_64, result, |asm| asm.half(half));
            }
        }
        // The forms with the stack pointer, and those that load and store.
        check("c-stack", is_64, 12, |asm| {
            asm.half(0x7139); // c.addi16sp -64
            asm.half(0x0028); // c.addi4spn a0, 8
            asm.half(0xc02e); // c.swsp a1, 0(sp)
            asm.half(0xc10c); // c.sw a1, 0(a0)
            asm.half(0x4602); // c.lwsp a2, 0(sp)
            asm.half(0x4108); // c.lw a0, 0(a0)
            asm.half(0x962a); // c.add a2, a0
            if is_64 {
                asm.half(0xe42e); // c.sdsp a1, 8(sp)
                asm.half(0x65a2); // c.ldsp a1, 8(sp)
                asm.half(0x962e); // c.add a2, a1
            }
            asm.half(0x6121); // c.addi16sp 64
        });
    });
}
