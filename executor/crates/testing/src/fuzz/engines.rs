// SPDX-License-Identifier: Apache-2.0
//! The three oracles on generated programs.

use core::hash::{BuildHasher, BuildHasherDefault};
use std::hash::DefaultHasher;

use revive_vm_executor::{Features, GasModel, InstructionSet, ModuleConfig};
use revive_vm_primitives::isa::Opcode;

use super::{minimise::minimise, Case, Failure, Target};
use crate::{
    generate::{Options, Program},
    lockstep::{compare, Coverage, Difference, Limits},
    oracle::{BlackBox, Canary, Fault, Oracle, Ours},
    random::Random,
};

/// What is varied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Instruction sets, gas models, page sizes, extensions of the machine.
    Agree,
    /// The same with dynamic paging.
    Paging,
    /// The same with step tracing.
    Stepping,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Agree => "engines_agree",
            Self::Paging => "paging",
            Self::Stepping => "stepping",
        }
    }
}

/// The oracles.
pub(super) struct Oracles {
    interpreter: Ours,
    recompiler: Box<dyn Oracle>,
    baseline: Box<dyn Oracle>,
    black_box: BlackBox,
}

impl Oracles {
    /// All of them; if asked, with one in the recompiler's place that is wrong.
    pub(super) fn open(is_canary: bool) -> Result<Self, String> {
        let recompiler = |features| -> Result<Box<dyn Oracle>, String> {
            if is_canary {
                return Ok(Box::new(Canary::new(Fault::Register)));
            }
            Ok(Box::new(Ours::recompiler(features).map_err(|error| error.to_string())?))
        };
        Ok(Self {
            interpreter: Ours::interpreter(),
            recompiler: recompiler(None)?,
            baseline: recompiler(Some(Features::BASELINE))?,
            black_box: BlackBox::new()?,
        })
    }

    /// Interpreter, recompiler and black box; the recompiler with the extensions of this machine, or without any.
    pub(super) fn all(&self, baseline: bool) -> [&dyn Oracle; 3] {
        let recompiler = if baseline { &self.baseline } else { &self.recompiler };
        [&self.interpreter, &**recompiler, &self.black_box]
    }
}

/// A target for each [`Kind`].
pub struct Engines {
    kind: Kind,
    oracles: Oracles,
    coverage: Coverage,
    fingerprint: u64,
}

impl Engines {
    /// Sets a target up.
    ///
    /// # Errors
    /// An oracle is not to be had on this machine.
    pub fn open(kind: Kind, is_canary: bool) -> Result<Box<dyn Target>, String> {
        let oracles = Oracles::open(is_canary)?;
        Ok(Box::new(Self { kind, oracles, coverage: Coverage::default(), fingerprint: 0 }))
    }
}

/// Instructions that the black box gets wrong in 32-bit programs. Most of those are generated without.
const WRONG_IN_32_BIT: &[Opcode] = &[
    Opcode::SetLessThanSigned,
    Opcode::SetLessThanSignedImm,
    Opcode::SetGreaterThanSignedImm,
    Opcode::Memset,
];

/// The same with dynamic paging, where it aborts at `sbrk`.
const WRONG_IN_32_BIT_OR_PAGED: &[Opcode] = &[
    Opcode::SetLessThanSigned,
    Opcode::SetLessThanSignedImm,
    Opcode::SetGreaterThanSignedImm,
    Opcode::Memset,
    Opcode::Sbrk,
];

/// What a program is made of. JamV1 is validated: most programs are made valid.
pub(super) fn options(random: &mut Random, isa: InstructionSet, paging: bool) -> Options {
    let jam = isa == InstructionSet::JamV1;
    // A few with everything, so that at least our engines are compared on it.
    let all = random.chance(2);
    Options {
        isa,
        invalid_opcodes: !jam || random.chance(5),
        gaps: !jam || all,
        left_out: match (isa.is_64_bit(), paging) {
            _ if all => &[],
            (false, false) => WRONG_IN_32_BIT,
            (false, true) => WRONG_IN_32_BIT_OR_PAGED,
            (true, true) => &[Opcode::Sbrk],
            (true, false) => &[],
        },
        // The host gives no negative numbers to 32-bit programs, because of the black box.
        loads_registers: !isa.is_64_bit() || random.chance(15),
    }
}

/// A random program with settings to run it with.
pub(super) fn case(kind: Kind, random: &mut Random) -> Case {
    let isa = random.pick(&InstructionSet::ALL);
    let options = options(random, isa, kind == Kind::Paging);
    let gas = match random.below(16) {
        0..10 => GasModel::Flat,
        10..12 => GasModel::PipelineL1,
        12..14 => GasModel::PipelineL2,
        14 => GasModel::PipelineL3,
        _ => GasModel::PipelineFootprint,
    };
    // Without metering nothing but steps ends a loop.
    let gas = (kind != Kind::Stepping || random.chance(75)).then_some(gas);
    let config = ModuleConfig {
        page_size: if random.chance(95) { 4096 } else { 16384 },
        aux_size: if random.chance(95) { 0 } else { 5000 },
        gas,
        step_tracing: kind == Kind::Stepping,
        dynamic_paging: kind == Kind::Paging,
        memory_bytes_max: 1 << 20,
    };
    // The other models charge some thirty times as much.
    let gas = if gas == Some(GasModel::Flat) { 300 } else { 9000 };
    let exits = match kind {
        // Many short looks at many programs find more than long ones at few.
        Kind::Agree => 1 + random.below(7),
        Kind::Paging => 25,
        Kind::Stepping => 100,
    };
    let limits = Limits { gas, exits };
    let baseline = random.chance(20);
    let program = Program::generate_from(random, &options);
    Case { target: kind.name().into(), seed: random.next_u64(), program, config, limits, baseline }
}

/// A hash of a program and of nothing else.
pub(super) fn fingerprint(program: &Program) -> u64 {
    let parts = (program.isa, &program.code, &program.bitmask, &program.jump_table, &program.rw_data);
    BuildHasherDefault::<DefaultHasher>::default().hash_one(parts)
}

fn check(oracles: &Oracles, case: &Case, coverage: &mut Coverage) -> Result<bool, Difference> {
    let all = oracles.all(case.baseline);
    compare(&case.program, case.seed, &all, &case.config, case.limits, coverage)
}

impl Target for Engines {
    fn check(&mut self, random: &mut Random) -> Result<bool, Failure> {
        let case = case(self.kind, random);
        self.fingerprint = fingerprint(&case.program);
        check(&self.oracles, &case, &mut self.coverage).map_err(|difference| {
            let run = |case: &Case| check(&self.oracles, case, &mut Coverage::default()).err();
            let (case, difference) = minimise(case, difference, run);
            Failure { case: case.to_text(&difference.text), text: difference.text }
        })
    }

    fn replay(&mut self, case: &str) -> Result<bool, String> {
        let case = Case::from_text(case)?;
        check(&self.oracles, &case, &mut self.coverage)
            .map_err(|difference| format!("exit {}: {}", difference.exits, difference.text))
    }

    fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    fn fingerprint(&self) -> u64 {
        self.fingerprint
    }
}
