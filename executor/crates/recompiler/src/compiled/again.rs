// SPDX-License-Identifier: Apache-2.0
//! A block by itself is translated as in its program, whatever comes before and behind: the way back from machine addresses
//! counts on that.

use revive_vm_primitives::{
    gas::{Footprint, GasModel},
    varint, Code, CodeBuilder, Instruction, InstructionSet, Label, Opcode, Reg,
};

use super::*;
use crate::{
    block::Extent,
    dead::Owed,
    stubs,
    translator::{Mark, Spot, Until},
    Features, Flavour,
};

/// Numbers that look random.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % bound as u64) as usize
    }

    fn immediate(&mut self) -> i32 {
        let small = self.below(64) as i32;
        [small, 8 * small, -small, self.below(1 << 31) as i32, -1, 32, 48][self.below(7)]
    }
}

/// Instructions that are often translated together, in few registers, with jumps and branches to places nearby.
fn likely(numbers: &mut Numbers, isa: InstructionSet) -> Vec<u8> {
    let opcodes: Vec<Opcode> = Opcode::ALL.into_iter().filter(|opcode| isa.byte(*opcode).is_some()).collect();
    let favoured = [
        Opcode::Add64,
        Opcode::SetLessThanUnsigned,
        Opcode::LoadIndirectU64,
        Opcode::LoadIndirectI32,
        Opcode::StoreIndirectU64,
        Opcode::ShiftLogicalLeftImm64,
        Opcode::Add32,
        Opcode::BranchNotEqImm,
        Opcode::AddImm32,
        Opcode::And,
    ]
    .map(|opcode| if isa.byte(opcode).is_some() { opcode } else { Opcode::Add32 });
    let mut code = CodeBuilder::new(isa);
    let most = if numbers.below(20) == 0 { 1500 } else { 150 };
    let count = 2 + numbers.below(most);
    // Blocks are long or short in some programs, and most branches go back a little.
    let most = if numbers.below(8) == 0 { 200 } else { 12 };
    let straight = 1 + numbers.below(most);
    let labels: Vec<_> = (0..count).map(|_| code.label()).collect();
    for (index, label) in labels.iter().enumerate() {
        code.bind(*label);
        let opcode = match numbers.below(3) {
            0 => opcodes[numbers.below(opcodes.len())],
            _ => favoured[numbers.below(favoured.len())],
        };
        let opcode =
            if opcode.is_terminator() && numbers.below(straight) > 0 { Opcode::Add32 } else { opcode };
        let mut reg = || Reg::ALL[3 * numbers.below(4) + usize::from(numbers.below(8) == 0)];
        let (d, s, t) = (reg(), reg(), reg());
        let (i, j) = (numbers.immediate(), numbers.immediate());
        let instruction = Instruction { d, s, t, i, j, k: i as u64, ..Instruction::new(opcode) };
        if opcode.format().has_target() {
            let back = index.saturating_sub(numbers.below(12));
            let target = if numbers.below(4) > 0 { back } else { numbers.below(count) };
            code.push_to(instruction, labels[target]);
        } else {
            code.push(instruction);
        }
    }
    code.finish().expect("it is built").to_section()
}

/// Registers that numbers are in, of which neighbours meet often.
const NUMBERS: [Reg; 8] = [Reg::A0, Reg::A1, Reg::T0, Reg::A2, Reg::A3, Reg::S1, Reg::A4, Reg::T1];

/// Programs of what the translation of a block looks around for.
struct Idioms<'n> {
    numbers: &'n mut Numbers,
    isa: InstructionSet,
    code: CodeBuilder,
}

impl Idioms<'_> {
    /// An opcode of 64 bits, or what stands for it where there are none.
    fn wide(&self, opcode: Opcode) -> Opcode {
        match opcode {
            _ if self.isa.byte(opcode).is_some() => opcode,
            Opcode::LoadIndirectU64 | Opcode::LoadIndirectU32 => Opcode::LoadIndirectI32,
            Opcode::StoreIndirectU64 => Opcode::StoreIndirectU32,
            Opcode::ShiftLogicalLeftImm64 => Opcode::ShiftLogicalLeftImm32,
            Opcode::Mul64 => Opcode::Mul32,
            Opcode::Sub64 => Opcode::Sub32,
            _ => Opcode::Add32,
        }
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.numbers.below(of.len())]
    }

    fn three(&mut self, opcode: Opcode, d: Reg, s: Reg, t: Reg) {
        let opcode = self.wide(opcode);
        self.code.push(Instruction::reg_reg_reg(opcode, d, s, t));
    }

    fn two(&mut self, opcode: Opcode, d: Reg, s: Reg, imm: i32) {
        let opcode = self.wide(opcode);
        self.code.push(Instruction::reg_reg_imm(opcode, d, s, imm));
    }

    /// Few places, so that what is loaded has often been stored before, in this block or in another one.
    fn place(&mut self) -> (Reg, i32) {
        (self.pick(&[Reg::Sp, Reg::S0]), self.pick(&[0, 8, 16, 2000]))
    }

    /// A few instructions that may be translated together.
    fn few(&mut self) {
        use Opcode::*;
        let first = self.numbers.below(NUMBERS.len());
        let [d, s, t, e] = [0, 1, 2, 3].map(|index| NUMBERS[(first + index) % NUMBERS.len()]);
        let (base, offset) = self.place();
        let overwrites = self.numbers.below(4) > 0;
        match self.numbers.below(9) {
            0 => self.three(Add32, d, s, t),
            1 => self.two(AddImm32, d, d, 1),
            // Of results whose extension is pending and others.
            2 => {
                self.three(Sub32, d, d, t);
                let opcode = self.pick(&[And, Or, Xor]);
                self.three(opcode, e, d, s);
            }
            3 => self.two(StoreIndirectU64, d, base, offset),
            4 | 5 => {
                let load = self.pick(&[LoadIndirectU64, LoadIndirectU64, LoadIndirectI32, LoadIndirectU32]);
                let operation = self.pick(&[Add64, Sub64, Mul64, And, Xor, Add32, Mul32]);
                self.two(load, t, base, offset);
                self.three(operation, d, d, t);
                if overwrites {
                    let (base, offset) = self.place();
                    self.two(StoreIndirectU64, e, base, offset + 100);
                    self.code.push(Instruction::reg_imm(LoadImm, t, 1));
                }
            }
            6 => {
                self.three(Add64, d, s, t);
                self.three(SetLessThanUnsigned, e, d, s);
                self.three(Add64, s, s, e);
                if overwrites {
                    self.code.push(Instruction::reg_imm(LoadImm, e, 1));
                }
            }
            _ => {
                let by = self.pick(&[1, 2, 3, 4]);
                self.two(ShiftLogicalLeftImm64, t, s, by);
                self.three(Add64, t, base, t);
                let load = self.pick(&[LoadIndirectU64, LoadIndirectI32, LoadIndirectU8]);
                self.two(load, d, t, offset);
                if overwrites {
                    self.code.push(Instruction::reg_imm(LoadImm, t, 1));
                }
            }
        }
    }

    fn branch_to(&mut self, target: Label) {
        let opcode = self.pick(&[Opcode::BranchNotEqImm, Opcode::BranchLessUnsignedImm]);
        let reg = self.pick(&NUMBERS);
        self.code.push_to(Instruction::reg_imm_offset(opcode, reg, 9, 0), target);
    }

    /// The end of a block that the next one follows.
    fn end(&mut self) {
        if self.numbers.below(2) == 0 {
            self.code.push(Instruction::new(Opcode::Fallthrough));
        } else {
            let next = self.code.label();
            self.branch_to(next);
            self.code.bind(next);
        }
    }

    /// A loop of one block or more.
    fn looped(&mut self) {
        self.end();
        let (head, out) = (self.code.label_here(), self.code.label());
        for _ in 0..self.pick(&[0, 0, 1, 2]) {
            let (base, offset) = self.place();
            match self.numbers.below(3) {
                0 => self.two(Opcode::StoreIndirectU64, Reg::A0, base, offset),
                1 => self.two(Opcode::AddImm32, Reg::A0, Reg::A1, 1),
                _ => {}
            }
            if self.numbers.below(3) == 0 {
                self.code.push(Instruction::new(Opcode::Fallthrough));
            } else {
                self.branch_to(out);
            }
        }
        for _ in 0..1 + self.numbers.below(5) {
            self.few();
        }
        self.branch_to(head);
        self.code.bind(out);
    }

    /// What one block stores the next one loads.
    fn handed_over(&mut self) {
        let (base, offset) = self.place();
        for _ in 0..1 + self.numbers.below(3) {
            self.two(Opcode::StoreIndirectU64, Reg::A4, base, offset);
        }
        self.end();
        self.two(Opcode::LoadIndirectU64, Reg::A2, base, offset);
        self.three(Opcode::Add64, Reg::A3, Reg::A3, Reg::A2);
        self.code.push(Instruction::reg_imm(Opcode::LoadImm, Reg::A2, 1));
    }

    /// As many instructions as a charge can just say, or another number.
    fn long(&mut self) {
        self.end();
        for index in 0..self.pick(&[10, 46, 47, 48, 49, 125, 126, 127, 128, 300]) {
            let opcode = self.pick(&[Opcode::AddImm32, Opcode::AddImm32, Opcode::XorImm]);
            self.two(opcode, Reg::A0, Reg::A1, index);
        }
        if self.numbers.below(3) == 0 {
            self.few();
        }
    }

    fn program(numbers: &mut Numbers, isa: InstructionSet) -> Vec<u8> {
        let mut idioms = Idioms { numbers, isa, code: CodeBuilder::new(isa) };
        for _ in 0..4 + idioms.numbers.below(12) {
            match idioms.numbers.below(8) {
                0..4 => idioms.looped(),
                4 | 5 => idioms.handed_over(),
                6 => (0..idioms.numbers.below(6)).for_each(|_| idioms.few()),
                _ => idioms.long(),
            }
        }
        match idioms.numbers.below(4) {
            // Off the end, where one more is charged for than there are.
            0 => {
                idioms.end();
                for index in 0..idioms.pick(&[126, 127, 127, 128]) {
                    idioms.two(Opcode::AddImm32, Reg::A0, Reg::A1, index);
                }
            }
            1 => {}
            _ => {
                idioms.code.push(Instruction::new(Opcode::Trap));
            }
        }
        idioms.code.finish().expect("it is built").to_section()
    }
}

/// Any bytes, where most bytes begin an instruction, or few.
fn unlikely(numbers: &mut Numbers) -> Vec<u8> {
    let bytes = 1 + numbers.below(300);
    let dense = 1 + numbers.below(4);
    let code: Vec<u8> = (0..bytes).map(|_| numbers.below(256) as u8).collect();
    let mut mask = vec![0; bytes.div_ceil(8)];
    (0..bytes).filter(|_| numbers.below(dense) == 0).for_each(|at| mask[at / 8] |= 1 << (at % 8));
    let mut section = vec![0, 0];
    varint::write(bytes as u32, &mut section);
    section.extend([code, mask].concat());
    section
}

/// How many programs have what is to be tried.
#[derive(Default, Debug)]
struct Seen {
    copies: u32,
    owed: u32,
    pending: u32,
    long_charges: u32,
    charges_behind: u32,
}

fn check(section: &[u8], isa: InstructionSet, config: &Config, seen: &mut Seen) {
    let code = &Code::parse(isa, section).expect("it is code");
    let Compiled { machine_code, map } = Compiled::new(code, config);
    for offset in 0..code.len() + 2 {
        assert_eq!(map.block_start(code, offset), code.block_start(offset), "{offset} of {section:x?}");
    }
    let mut asm = Assembler::new();
    let stubs = stubs::put(&mut asm);
    let mut scratch = Scratch::default();
    scratch.make_room(code.len() as usize);
    let mut whole = Translator::new(*code, *config, asm, stubs, scratch, 1);
    whole.want_marks();
    if let Some(start) = code.next_start(0) {
        whole.translate(start, start == 0, Extent::Program);
    }
    let (marks, owed) = whole.into_marks();
    let key = |mark: &Mark, from: u32| (mark.guest, from + mark.native, mark.pending, mark.ahead);
    let owes = |owed: &Owed| (owed.by, owed.behind, owed.until);
    let marks: Vec<_> = marks.iter().map(|mark| key(mark, 0)).collect();
    let owed: Vec<_> = owed.iter().map(owes).collect();
    let (mut marks_again, mut owed_again) = (Vec::new(), Vec::new());
    for block in &map.blocks {
        let (marks, owed) = map.marks(code, *block);
        marks_again.extend(marks.iter().map(|mark| key(mark, block.native)));
        owed_again.extend(owed.iter().map(owes));
    }
    for block in &map.blocks {
        looked_up_anywhere(&map, code, *block);
    }
    assert_eq!(marks, marks_again, "{config:?} {section:x?}");
    assert_eq!(owed, owed_again, "{config:?} {section:x?}");
    // In a copy instructions come a second time.
    let copies = marks.windows(2).any(|two| two[1].0 <= two[0].0);
    let is_long = |block: &Spot| matches!(machine_code.code[block.native as usize..], [0x49, 0x81, ..]);
    seen.copies += u32::from(copies);
    seen.owed += u32::from(!owed.is_empty());
    seen.pending += u32::from(marks.iter().any(|mark| mark.2 != 0));
    seen.long_charges += u32::from(map.blocks.iter().any(is_long));
    seen.charges_behind += u32::from(map.exits.last().is_some_and(|exit| exit.native > map.tail));
}

/// Programs in all flavours and with all ways to charge.
fn check_all(count: usize, mut program: impl FnMut(&mut Numbers, InstructionSet) -> Vec<u8>) -> Seen {
    let every = Features { bmi1: true, bmi2: true, lzcnt: true, popcnt: true };
    let tariff = |model: GasModel| Some(model.tariff(Footprint { code_bytes: 1000, memory_bytes: 1 << 20 }));
    let gas = [None, tariff(GasModel::Flat), tariff(GasModel::Flat), tariff(GasModel::PipelineL2)];
    let count = std::env::var("PROGRAMS").map_or(count, |count| count.parse().expect("a number"));
    let mut numbers = Numbers(1);
    let mut seen = Seen::default();
    for _ in 0..count {
        let isa =
            [InstructionSet::Latest64, InstructionSet::ReviveV1, InstructionSet::Latest32][numbers.below(3)];
        let flavour = [Flavour::Fast, Flavour::Fast, Flavour::Fast, Flavour::Plain][numbers.below(4)];
        let config = Config {
            gas: gas[numbers.below(4)],
            flavour,
            step_tracing: flavour == Flavour::Plain && numbers.below(2) == 0,
            features: [every, Features::BASELINE][numbers.below(2)],
        };
        check(&program(&mut numbers, isa), isa, &config, &mut seen);
    }
    println!("{count}: {seen:?}");
    seen
}

#[test]
fn a_block_by_itself_is_translated_as_in_its_program() {
    check_all(
        400,
        |numbers, isa| if numbers.below(3) == 0 { unlikely(numbers) } else { likely(numbers, isa) },
    );
}

/// The same of programs that have what looks around: copies of loops, values that are owed, extensions that are put off, values that
/// were stored a moment ago, blocks that are charged for in another form.
#[test]
fn a_block_full_of_idioms_by_itself_is_translated_as_in_its_program() {
    const PROGRAMS: u32 = 200;
    let Seen { copies, owed, pending, long_charges, charges_behind } =
        check_all(PROGRAMS as usize, Idioms::program);
    if std::env::var("PROGRAMS").is_err() {
        assert!(
            copies > PROGRAMS / 2 && owed > PROGRAMS / 2 && pending > PROGRAMS / 4,
            "{copies}, {owed}, {pending}"
        );
        assert!(long_charges > PROGRAMS / 4 && charges_behind > 3, "{long_charges}, {charges_behind}");
    }
}

/// Whatever was looked at before, each instruction of a block is found where it is, and what is behind it.
fn looked_up_anywhere(map: &CodeMap, code: &Code<'_>, block: Spot) {
    let (marks, _) = map.marks(code, block);
    let key = |mark: &Mark| (mark.guest, mark.native, mark.pending, mark.ahead);
    // Other code has copies, in which an instruction comes again, and is looked through as a whole.
    let is_plain = map.config.flavour != Flavour::Fast;
    // Forwards in strides, then back: from the beginning on and from what is known.
    let strides = (0..marks.len()).step_by(97).chain((0..marks.len()).rev().step_by(61));
    for index in strides.filter(|_| is_plain) {
        for until in [Until::Native(marks[index].native), Until::Guest(marks[index].guest)] {
            let (around, _) = map.marks_around(code, block, until);
            let at = around.iter().position(|mark| key(mark) == key(&marks[index])).expect("it is found");
            let behind = around[at..].iter().map(key).take(2);
            assert!(behind.eq(marks[index..].iter().map(key).take(2)), "{index}");
        }
    }
}

/// A fault in a long block does not take longer than one in a short one, once the way there is known.
#[test]
fn a_long_block_is_not_translated_for_each_fault() {
    let mut code = CodeBuilder::new(InstructionSet::Latest64);
    for index in 0..20_000 {
        code.push(Instruction::reg_reg_imm(Opcode::AddImm64, Reg::A0, Reg::A1, index % 300));
    }
    code.push(Instruction::new(Opcode::Trap));
    let section = code.finish().unwrap().to_section();
    let code = &Code::parse(InstructionSet::Latest64, &section).unwrap();
    for step_tracing in [false, true] {
        let gas = Some(GasModel::Flat.tariff(Footprint::default()));
        let config = Config { gas, flavour: Flavour::Plain, step_tracing, features: Features::BASELINE };
        let map = Compiled::new(code, &config).map;
        let block = map.blocks[0];
        looked_up_anywhere(&map, code, block);
        let (all, _) = map.marks(code, block);
        for mark in all.iter().step_by(1111) {
            let (around, _) = map.marks_around(code, block, Until::Native(mark.native));
            assert!(around.len() <= 2 * CodeMap::KNOWN_EVERY + 2, "{} instructions", around.len());
        }
    }
}

/// Nor does it if instances, each in a long block of its own, take turns: which of them faults next is for guests to decide.
#[test]
fn long_blocks_in_turn_are_not_translated_for_each_fault() {
    let mut code = CodeBuilder::new(InstructionSet::Latest64);
    for _ in 0..3 {
        for index in 0..20_000 {
            code.push(Instruction::reg_reg_imm(Opcode::AddImm64, Reg::A0, Reg::A1, index % 300));
        }
        code.push(Instruction::new(Opcode::Trap));
    }
    let section = code.finish().unwrap().to_section();
    let code = &Code::parse(InstructionSet::Latest64, &section).unwrap();
    let gas = Some(GasModel::Flat.tariff(Footprint::default()));
    let config = Config { gas, flavour: Flavour::Plain, step_tracing: false, features: Features::BASELINE };
    let map = Compiled::new(code, &config).map;
    let marks = [0, 1, 2].map(|index: usize| map.marks(code, map.blocks[index]).0);
    for index in (0..20_000).step_by(CodeMap::KNOWN_EVERY) {
        for (block, marks) in map.blocks.iter().zip(&marks) {
            let (around, _) = map.marks_around(code, *block, Until::Native(marks[index].native));
            assert!(around.len() <= 2 * CodeMap::KNOWN_EVERY + 2, "{} instructions at {index}", around.len());
        }
    }
}
