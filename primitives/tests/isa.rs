// SPDX-License-Identifier: Apache-2.0
//! The instruction table: counts, spot checks and the differences between the sets (instruction set, section 2).

use revive_vm_primitives::{Format, Instruction, InstructionSet, Opcode, Reg};
use InstructionSet::{JamV1, Latest32, Latest64, ReviveV1};

fn defined(isa: InstructionSet) -> usize {
    (0..=255).filter(|byte| isa.opcode(*byte).is_some()).count()
}

#[test]
fn each_set_has_its_number_of_opcodes() {
    assert_eq!(InstructionSet::ALL.map(defined), [138, 106, 141, 139]);
    assert_eq!(Opcode::COUNT, 141, "Latest64 has every instruction there is");
}

#[test]
fn bytes_and_opcodes_are_inverse() {
    for isa in InstructionSet::ALL {
        for byte in 0..=255 {
            if let Some(opcode) = isa.opcode(byte) {
                assert_eq!(isa.byte(opcode), Some(byte), "{isa} {opcode}");
            }
        }
        let bytes = Opcode::ALL.into_iter().filter_map(|opcode| isa.byte(opcode)).count();
        assert_eq!(bytes, defined(isa), "{isa}");
        assert_eq!(isa.opcode(255), None);
    }
}

#[test]
fn opcodes_have_the_numbers_of_the_specification() {
    let rows: [(Opcode, [Option<u8>; 4]); 16] = [
        (Opcode::Trap, [Some(0); 4]),
        (Opcode::Fallthrough, [Some(1); 4]),
        (Opcode::Memset, [None, Some(2), Some(2), None]),
        (Opcode::Unlikely, [None, Some(3), Some(3), Some(2)]),
        (Opcode::Ecalli, [Some(10); 4]),
        (Opcode::LoadImm64, [Some(20), None, Some(20), Some(20)]),
        (Opcode::StoreImmU64, [Some(33), None, Some(33), Some(33)]),
        (Opcode::Jump, [Some(40); 4]),
        (Opcode::JumpIndirect, [Some(50); 4]),
        (Opcode::LoadU32, [Some(56), None, Some(56), Some(56)]),
        (Opcode::LoadI32, [Some(57); 4]),
        (Opcode::Sbrk, [None, Some(101), Some(101), None]),
        (Opcode::ReverseByte, [Some(111), Some(111), Some(111), Some(110)]),
        (Opcode::AddImm64, [Some(149), None, Some(149), Some(149)]),
        (Opcode::LoadImmAndJumpIndirect, [Some(180); 4]),
        (Opcode::MinimumUnsigned, [Some(230); 4]),
    ];
    for (opcode, bytes) in rows {
        assert_eq!(InstructionSet::ALL.map(|isa| isa.byte(opcode)), bytes, "{opcode}");
    }
}

#[test]
fn jam_v1_numbers_the_unary_operations_one_lower() {
    for byte in 102..=111 {
        assert_eq!(JamV1.opcode(byte - 1), Latest64.opcode(byte));
    }
    assert_eq!(JamV1.opcode(111), None);
    assert_eq!(ReviveV1.opcode(101), None);
}

#[test]
fn latest32_lacks_exactly_the_64_bit_instructions() {
    for opcode in Opcode::ALL {
        let name = opcode.mnemonic();
        let wide = ["_64", "_u64"].iter().any(|suffix| name.ends_with(suffix))
            || ["load_imm64", "load_u32", "load_indirect_u32"].contains(&name);
        assert_eq!(Latest32.byte(opcode).is_none(), wide, "{name}");
    }
}

#[test]
fn terminators_are_those_of_section_5_1() {
    let mut branches = 0;
    for opcode in Opcode::ALL {
        let name = opcode.mnemonic();
        let (terminator, falls_through) = match name {
            "trap" | "jump" | "jump_indirect" | "load_imm_and_jump" | "load_imm_and_jump_indirect" => {
                (true, false)
            }
            "fallthrough" => (true, true),
            _ if name.starts_with("branch_") => (true, true),
            _ => (false, true),
        };
        branches += usize::from(name.starts_with("branch_"));
        assert_eq!(
            (opcode.is_terminator(), opcode.can_fall_through()),
            (terminator, falls_through),
            "{name}"
        );
    }
    assert_eq!(branches, 16);
}

#[test]
fn names_find_what_they_name() {
    for opcode in Opcode::ALL {
        assert_eq!(Opcode::from_mnemonic(opcode.mnemonic()), Some(opcode));
    }
    assert_eq!(Opcode::from_mnemonic("add"), None);
    for isa in InstructionSet::ALL {
        assert_eq!(InstructionSet::from_name(isa.name()), Some(isa));
        assert_eq!(InstructionSet::from_version_byte(isa.version_byte()), Some(isa));
    }
    assert_eq!(InstructionSet::from_version_byte(4), None);
    assert_eq!(InstructionSet::ALL.map(InstructionSet::register_bits), [64, 32, 64, 64]);
    for reg in Reg::ALL {
        assert_eq!(Reg::from_name(reg.name()), Some(reg));
        assert_eq!(Reg::from_name(reg.plain_name()), Some(reg));
        assert_eq!(Reg::from_nibble(reg.index() as u8), reg);
    }
    assert_eq!(Reg::from_name("r13"), None);
    for nibble in 13..=15 {
        assert_eq!(Reg::from_nibble(nibble), Reg::A5);
        assert_eq!(Reg::from_nibble(nibble | 0xf0), Reg::A5);
    }
    assert_eq!(Reg::ARGS.map(Reg::index), [7, 8, 9, 10, 11, 12, 2, 3, 4]);
}

#[test]
fn opcodes_are_dense_and_small() {
    for (index, opcode) in Opcode::ALL.into_iter().enumerate() {
        assert_eq!(opcode as usize, index);
    }
    // The decode tables hold one byte per entry.
    assert_eq!(size_of::<Option<Opcode>>(), 1);
    assert_eq!(Opcode::LoadImm64.format(), Format::RegImm64);
}

#[test]
fn memory_accesses_are_those_that_the_names_say() {
    for opcode in Opcode::ALL {
        let name = opcode.mnemonic();
        let instruction = Instruction { i: -3, d: Reg::S0, s: Reg::S1, ..Instruction::new(opcode) };
        let access = instruction.memory_access();
        let (is_load, is_store) =
            (name.starts_with("load_") && !name.starts_with("load_imm"), name.starts_with("store_"));
        if opcode == Opcode::Memset {
            assert_eq!(
                access.map(|access| (access.base, access.bytes, access.is_store)),
                Some((Some(Reg::A0), 1, true))
            );
            continue;
        }
        let Some(access) = access else {
            assert!(!is_load && !is_store, "{name}");
            continue;
        };
        assert_eq!((is_load, is_store), (!access.is_store, access.is_store), "{name}");
        let bits: String = name.rsplit('_').next().unwrap().chars().filter(char::is_ascii_digit).collect();
        assert_eq!(access.bytes * 8, bits.parse::<u32>().unwrap(), "{name}");
        let base = match (name.contains("_indirect_"), name.contains("_imm_")) {
            (false, _) => None,
            (true, false) => Some(Reg::S1),
            (true, true) => Some(Reg::S0),
        };
        assert_eq!(access.base, base, "{name}");
        let address = access.address(|_| 0xffff_ffff_0000_0001);
        assert_eq!(address, if base.is_some() { u32::MAX - 1 } else { u32::MAX - 2 }, "{name}");
    }
}
