// SPDX-License-Identifier: Apache-2.0
//! A block by itself is translated as in its program, whatever comes before and behind: the way back from machine addresses
//! counts on that.

use revive_vm_primitives::{
    gas::{Footprint, GasModel},
    varint, Code, CodeBuilder, Instruction, InstructionSet, Opcode, Reg,
};

use super::*;
use crate::{Features, Flavour};

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

fn check(section: &[u8], isa: InstructionSet, config: &Config) {
    let code = &Code::parse(isa, section).expect("it is code");
    let compiled = Compiled::new(code, config);
    let mut asm = Assembler::new();
    let stubs = stubs::emit(&mut asm);
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
    for block in &compiled.blocks {
        let (marks, owed) = compiled.marks(code, *block);
        marks_again.extend(marks.iter().map(|mark| key(mark, block.native)));
        owed_again.extend(owed.iter().map(owes));
    }
    assert_eq!(marks, marks_again, "{config:?} {section:x?}");
    assert_eq!(owed, owed_again, "{config:?} {section:x?}");
}

#[test]
fn a_block_by_itself_is_translated_as_in_its_program() {
    let every = Features { bmi1: true, bmi2: true, lzcnt: true, popcnt: true };
    let tariff = |model: GasModel| Some(model.tariff(Footprint { code_bytes: 1000, memory_bytes: 1 << 20 }));
    let gas = [None, tariff(GasModel::Flat), tariff(GasModel::Flat), tariff(GasModel::PipelineL2)];
    let count = std::env::var("PROGRAMS").map_or(400, |count| count.parse().expect("a number"));
    let mut numbers = Numbers(1);
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
        let section = if numbers.below(3) == 0 { unlikely(&mut numbers) } else { likely(&mut numbers, isa) };
        check(&section, isa, &config);
    }
}
