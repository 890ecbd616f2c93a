// SPDX-License-Identifier: Apache-2.0
//! Instruction boundaries, blocks, jumps and decoding: examples, and equality with slow twins on random code.

mod support;

use revive_vm_primitives::{
    gas, isa::RETURN_ADDRESS, Code, CodeParts, Decoded, InstructionSet, Opcode, Tariff,
};
use support::{random_code, Naive, Random};
use InstructionSet::{JamV1, Latest64, ReviveV1};

/// Code with the given bytes; starts where `starts` has a `1`, which has one character per byte.
fn parts(bytes: &[u8], starts: &str) -> CodeParts {
    assert_eq!(bytes.len(), starts.len());
    let mut bitmask = vec![0; bytes.len().div_ceil(8)];
    for (offset, _) in starts.bytes().enumerate().filter(|(_, start)| *start == b'1') {
        bitmask[offset / 8] |= 1 << (offset % 8);
    }
    CodeParts::new(bytes.into(), bitmask, Vec::new())
}

/// Runs `test` on the parsed code.
fn with_code<R>(isa: InstructionSet, parts: &CodeParts, test: impl FnOnce(Code<'_>) -> R) -> R {
    let section = parts.to_section();
    test(Code::parse(isa, &section).expect("the builder writes what the parser reads"))
}

#[test]
fn fast_functions_equal_their_twins_on_random_code() {
    let mut random = Random::new(1);
    for round in 0..3000 {
        let isa = random.pick(&InstructionSet::ALL);
        let len = if round % 10 == 0 { random.below(2) } else { random.below(300) };
        let parts = random_code(&mut random, isa, len);
        let naive = Naive { isa, code: &parts.code, bitmask: &parts.bitmask };
        with_code(isa, &parts, |code| {
            for offset in 0..code.len() + 30 {
                assert_eq!(code.is_instruction_start(offset), naive.is_start(offset));
                assert_eq!(code.is_jump_target(offset), naive.is_jump_target(offset), "{offset}");
                assert_eq!(code.block_start(offset), naive.block_start(offset), "{offset}");
                assert_eq!(code.previous_start(offset), naive.previous_start(offset), "{offset}");
                assert_eq!(code.next_start(offset), naive.next_start(offset), "{offset}");
            }
            for offset in 0..code.len() {
                let (skip, next) = naive.skip(offset);
                assert!(skip <= 24);
                let expected = Decoded {
                    offset,
                    next,
                    next_is_start: naive.is_start(next),
                    instruction: naive.instruction(offset),
                };
                assert_eq!(code.decode(offset), expected);
                let behind = code.fetch(offset).reg_reg_reg_behind();
                assert_eq!(behind.is_some(), skip < 7, "{offset}");
                if let (Some(behind), true) = (behind, next < code.len()) {
                    assert_eq!(behind, code.fetch(next).reg_reg_reg(), "{offset}");
                }
            }
        });
    }
}

#[test]
fn offsets_behind_the_code_are_invalid_instructions_without_length() {
    with_code(Latest64, &parts(&[0], "1"), |code| {
        for offset in [1, 2, 7, 8, 9, u32::MAX - 1, u32::MAX] {
            let expected = Decoded { offset, next: offset, next_is_start: false, instruction: None };
            assert_eq!(code.decode(offset), expected);
            assert!(!code.is_instruction_start(offset));
            assert!(!code.is_jump_target(offset));
            assert_eq!(code.block_start(offset), None);
            assert_eq!(code.next_start(offset), None);
        }
    });
}

/// `len` bytes whose first instruction is `fallthrough` at `from`, with another start at `to`.
fn distance(from: usize, to: usize, len: usize) -> CodeParts {
    let mut bytes = vec![0xff; len];
    bytes[from] = 1;
    bytes[to] = 1;
    let starts: String =
        (0..len).map(|offset| if [from, to].contains(&offset) { '1' } else { '0' }).collect();
    parts(&bytes, &starts)
}

#[test]
fn a_distance_of_25_reaches_whatever_the_position_in_the_bitmask() {
    // The reference engines scan the bitmask byte by byte and lose some of these; see the module's documentation.
    for from in 0..32 {
        for len in from + 26..from + 70 {
            with_code(ReviveV1, &distance(from, from + 25, len), |code| {
                let (from, to) = (from as u32, from as u32 + 25);
                let first = code.decode(from);
                assert_eq!((first.next, first.next_is_start), (to, true));
                assert!(code.is_jump_target(to));
                assert_eq!(code.block_start(to), Some(to));
            });
        }
    }
}

#[test]
fn a_distance_of_26_leaves_a_gap() {
    for from in 0..32 {
        with_code(ReviveV1, &distance(from, from + 26, from + 60), |code| {
            let (from, to) = (from as u32, from as u32 + 26);
            let first = code.decode(from);
            assert_eq!((first.next, first.next_is_start), (from + 25, false));
            assert!(!code.is_jump_target(to));
            assert_eq!(code.block_start(to), None);
        });
    }
}

#[test]
fn operands_are_read_beyond_the_end_of_the_instruction() {
    // load_imm64 of one byte, followed by trap instructions that are part of its literal.
    let code = parts(&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0], "1111111111");
    with_code(Latest64, &code, |code| {
        let decoded = code.decode(0);
        assert_eq!((decoded.next, decoded.instruction.unwrap().k), (1, 0));
    });
    let code = parts(&[20, 0x37, 1, 2, 3, 4, 5, 6], "10000001");
    with_code(Latest64, &code, |code| {
        let instruction = code.decode(0).instruction.unwrap();
        // Register and literal at their places, bytes behind the code are 0, upper nibble ignored.
        assert_eq!((instruction.d.name(), instruction.k), ("a0", 0x0605_0403_0201));
    });
    // add_64 of one byte at the end of the code: all three registers are register 0.
    with_code(Latest64, &parts(&[200], "1"), |code| {
        let instruction = code.decode(0).instruction.unwrap();
        assert_eq!([instruction.d, instruction.s, instruction.t].map(|reg| reg.index()), [0; 3]);
    });
}

#[test]
fn a_start_behind_an_invalid_opcode_is_for_the_host_only() {
    // trap, invalid, trap, move_reg, trap
    with_code(ReviveV1, &parts(&[0, 255, 0, 100, 0x78, 0], "111101"), |code| {
        assert!(code.is_jump_target(0));
        assert!(code.is_jump_target(1), "behind trap");
        assert!(!code.is_jump_target(2), "behind an invalid opcode");
        assert!(code.is_jump_target(3), "behind trap");
        assert!(!code.is_jump_target(4), "no start");
        assert!(!code.is_jump_target(5), "inside a block");
        let starts: Vec<_> = (0..6).map(|offset| code.block_start(offset)).collect();
        assert_eq!(starts, [Some(0), Some(1), Some(2), Some(3), None, Some(3)]);
    });
}

#[test]
fn the_host_cannot_start_where_walking_back_meets_a_gap() {
    let mut bytes = vec![100; 40];
    bytes[0] = 0;
    let starts: String = (0..40).map(|offset| if offset == 0 || offset >= 30 { '1' } else { '0' }).collect();
    with_code(ReviveV1, &parts(&bytes, &starts), |code| {
        assert_eq!(code.block_start(0), Some(0));
        assert_eq!(code.block_start(30), None);
        assert_eq!(code.block_start(35), None);
    });
    // The same without a start at 0, near the beginning: there is nothing to reach.
    with_code(ReviveV1, &parts(&[100, 100, 100], "010"), |code| {
        assert_eq!(code.block_start(0), None);
        assert_eq!(code.block_start(1), None);
    });
}

#[test]
fn jump_table_addresses_are_even_and_start_at_two() {
    let mut code = parts(&[0, 0], "11");
    code.jump_table = vec![1, 0x123, 7];
    with_code(ReviveV1, &code, |code| {
        let table = code.jump_table();
        assert_eq!((table.len(), table.entry_size()), (3, 2), "the width fits 0x123");
        assert_eq!(table.iter().collect::<Vec<_>>(), [1, 0x123, 7]);
        assert_eq!(table.get(3), None);
        assert_eq!(table.get(u32::MAX), None);
        let jumps = [0, 1, 2, 3, 4, 5, 6, 7, 8, RETURN_ADDRESS, u32::MAX - 1, u32::MAX];
        let targets = jumps.map(|address| table.by_address(address));
        let expected = [None, None, Some(1), None, Some(0x123), None, Some(7)];
        assert_eq!(targets[..7], expected);
        assert_eq!(targets[7..], [None; 5]);
    });
}

#[test]
fn every_width_of_jump_table_entries_is_read() {
    for (largest, width) in
        [(0, 1), (0xff, 1), (0x100, 2), (0xffff, 2), (0x1_0000, 3), (0x100_0000, 4), (u32::MAX, 4)]
    {
        let mut code = parts(&[0], "1");
        code.jump_table = vec![0, largest];
        with_code(ReviveV1, &code, |code| {
            assert_eq!(code.jump_table().entry_size(), width, "{largest:#x}");
            assert_eq!(code.jump_table().iter().collect::<Vec<_>>(), [0, largest]);
        });
    }
    // Entries without bytes: the table is empty whatever its count says.
    let code = Code::parse(ReviveV1, &[200, 0, 0, 1, 0, 1]);
    assert!(code.is_err(), "a count of 200 takes two bytes");
    let code = Code::parse(ReviveV1, &[0x80, 200, 0, 1, 0, 1]).unwrap();
    assert_eq!((code.jump_table().len(), code.jump_table().get(0)), (0, None));
    assert_eq!(code.jump_table().by_address(2), None);
}

fn listing(isa: InstructionSet, parts: &CodeParts) -> Vec<(u32, u32, Option<Opcode>)> {
    with_code(isa, parts, |code| {
        code.instructions().map(|d| (d.offset, d.next, d.instruction.map(|i| i.opcode))).collect()
    })
}

#[test]
fn linear_disassembly_reports_stretches_that_can_be_run_into() {
    use Opcode::{Fallthrough, MoveReg, Trap};
    // A stretch at the beginning is reported, one behind `trap` is not, running off the end is.
    let code = parts(&[9, 9, 0, 9, 9, 100, 0], "0010010");
    let mut code_with_gap = code.clone();
    assert_eq!(
        listing(ReviveV1, &code),
        [(0, 2, None), (2, 5, Some(Trap)), (5, 7, Some(MoveReg)), (7, 8, None)],
        "bytes up to the next start belong to the instruction"
    );
    code_with_gap.code = [&[1][..], &[9; 40], &[0], &[9; 40], &[0]].concat();
    let starts: String =
        (0..83).map(|offset| if [0, 41, 82].contains(&offset) { '1' } else { '0' }).collect();
    let code_with_gap = parts(&code_with_gap.code, &starts);
    assert_eq!(
        listing(ReviveV1, &code_with_gap),
        [(0, 25, Some(Fallthrough)), (25, 41, None), (41, 66, Some(Trap)), (82, 83, Some(Trap))]
    );
    assert_eq!(
        listing(ReviveV1, &parts(&[255], "1")),
        [(0, 1, None)],
        "an invalid opcode does not fall through"
    );
    assert_eq!(listing(ReviveV1, &parts(&[9; 3], "000")), [(0, 3, None)], "no instruction at all");
    assert_eq!(listing(ReviveV1, &CodeParts::default()), [], "no code at all");
}

#[test]
fn blocks_end_with_their_terminator_and_cost_one_per_instruction() {
    use Opcode::{AddImm64, Ecalli, JumpIndirect};
    // Two additions, host call, two additions, return: the worked example of execution, section 5.
    let add = [149, 0x77, 1];
    let bytes = [&add[..], &add, &[10, 0], &add, &add, &[50, 0]].concat();
    let code = parts(&bytes, "1001001010010010");
    with_code(ReviveV1, &code, |code| {
        let block: Vec<_> = code.block(0).map(|decoded| decoded.instruction.unwrap().opcode).collect();
        assert_eq!(block, [AddImm64, AddImm64, Ecalli, AddImm64, AddImm64, JumpIndirect]);
        assert_eq!(gas::block_cost(Tariff::FLAT, &code, 0), 6);
        assert_eq!(gas::block_cost(Tariff::FLAT, &code, 8), 3);
        assert_eq!(code.block_start(8), Some(0));
    });
    // Running off the end adds the implicit invalid instruction; behind a terminator nothing is implied.
    with_code(ReviveV1, &parts(&[100, 0], "10"), |code| {
        assert_eq!(
            code.block(0).map(|d| (d.offset, d.instruction.is_some())).collect::<Vec<_>>(),
            [(0, true), (2, false)]
        );
        assert_eq!(gas::block_cost(Tariff::FLAT, &code, 0), 2);
        assert_eq!(
            gas::block_cost(Tariff::FLAT, &code, 1),
            1,
            "not a start: one implicit invalid instruction"
        );
    });
    with_code(ReviveV1, &parts(&[1], "1"), |code| {
        assert_eq!(gas::block_cost(Tariff::FLAT, &code, 0), 1, "fallthrough at the end: no extra charge");
    });
    with_code(ReviveV1, &parts(&[100, 0, 255], "101"), |code| {
        assert_eq!(gas::block_cost(Tariff::FLAT, &code, 0), 2, "an invalid opcode is part of the block");
    });
}

#[test]
fn only_jam_v1_is_validated() {
    let mut gap = vec![9; 41];
    (gap[0], gap[40]) = (1, 0);
    let gap_starts: String = (0..41).map(|offset| if offset % 40 == 0 { '1' } else { '0' }).collect();
    let mut skipped = gap.clone();
    skipped[0] = 0;
    let cases: [(&str, CodeParts, Result<(), u32>); 9] = [
        ("a good program", parts(&[100, 0x78, 0], "101"), Ok(())),
        ("invalid opcode", parts(&[100, 0x78, 255], "101"), Err(2)),
        ("no start at 0", parts(&[0, 0], "01"), Err(0)),
        ("no code", CodeParts::default(), Err(0)),
        ("off the end", parts(&[0, 100, 0x78], "110"), Err(1)),
        ("fallthrough off the end", parts(&[1], "1"), Err(0)),
        ("a branch off the end", parts(&[0, 170, 0], "110"), Err(1)),
        ("fallthrough into a gap", parts(&gap, &gap_starts), Err(0)),
        ("a gap that nothing falls into", parts(&skipped, &gap_starts), Ok(())),
    ];
    for (name, parts, expected) in cases {
        assert_eq!(with_code(JamV1, &parts, |code| code.validate()), expected, "{name}");
        assert_eq!(with_code(Latest64, &parts, |code| code.validate()), Ok(()), "{name}");
    }
}
