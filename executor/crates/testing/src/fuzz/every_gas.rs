// SPDX-License-Identifier: Apache-2.0
//! Programs that start with every amount of gas up to what they need, stop for want of it, get more and go on: they must
//! stop at the same places on all oracles, and end as if they had never stopped.

use revive_vm_executor::{Exit, Reg};

use super::{
    engines::{self, Kind, Oracles},
    Case, Failure, Target,
};
use crate::{
    lockstep::Coverage,
    oracle::{Explained, Loaded, Machine, Oracle, Seen},
    random::Random,
};

/// Gas of the run that does not stop.
const PLENTY: i64 = 1_000_000;
/// Programs that take more are left alone: each amount is a run.
const TOTAL_MAX: i64 = 120;
/// The same with the models that charge for cycles.
const TOTAL_PIPELINE_MAX: i64 = 600;
/// Exits of a run after which a program is left alone.
const EXITS_MAX: usize = 30;

/// See the module.
pub struct EveryGas {
    oracles: Oracles,
    coverage: Coverage,
    fingerprint: u64,
}

impl EveryGas {
    /// Sets it up.
    ///
    /// # Errors
    /// An oracle is not to be had on this machine.
    pub fn open(is_canary: bool) -> Result<Box<dyn Target>, String> {
        let oracles = Oracles::open(is_canary)?;
        Ok(Box::new(Self { oracles, coverage: Coverage::default(), fingerprint: 0 }))
    }

    fn check_case(&mut self, case: &Case) -> Result<bool, String> {
        let (mut set_aside, mut modules) = (None, Vec::new());
        for oracle in self.oracles.all(case.baseline) {
            if let Some(why) = oracle.sets_aside(&case.program, &case.config) {
                set_aside = Some(why);
                continue;
            }
            match oracle.load(&case.program.to_blob(), &case.config) {
                Ok(module) => modules.push((oracle, module)),
                // Who rejects what is another target's business.
                Err(_) => return Ok(false),
            }
        }
        let map = modules[0].1.memory_map().ok_or("no memory map")?;
        let memory = [(map.rw_data_address(), map.rw_data_size()), (map.stack_low(), map.stack_size())];
        // Those whose difference is explained drop out, and the others are compared all the same.
        let whole = loop {
            match agree(&modules, case, "all at once", PLENTY, &memory)? {
                Ok(end) => break end,
                Err((index, why)) => {
                    set_aside = Some(why);
                    modules.remove(index);
                }
            }
        };
        let total = PLENTY - whole.last.gas;
        let total_max = if case.config.gas == Some(revive_vm_executor::GasModel::Flat) {
            TOTAL_MAX
        } else {
            TOTAL_PIPELINE_MAX
        };
        if whole.given > 0 || total > total_max || whole.exits >= EXITS_MAX {
            return Ok(false);
        }
        // The pipeline models charge in large pieces: not every amount is a place of its own.
        let step = if total_max == TOTAL_MAX { 1 } else { 7 };
        for gas in (0..total).step_by(step) {
            // What is explained has shown when it ran all at once.
            let end = agree(&modules, case, "in parts", gas, &memory)?
                .map_err(|(_, why)| format!("in parts only: {why:?}"))?;
            self.coverage.out_of_gas += 1;
            let last = Seen { gas: end.last.gas - end.given - gas + PLENTY, ..end.last.clone() };
            if last != whole.last || end.memory != whole.memory {
                return Err(format!(
                    "with {gas} of {total} gas at first it ends otherwise\n{whole:x?}\n{end:x?}"
                ));
            }
        }
        self.coverage.finished += u64::from(whole.last.exit == Exit::Finished);
        self.coverage.trap += u64::from(whole.last.exit == Exit::Trap);
        self.coverage.host_call += whole.exits as u64;
        if let Some(why) = set_aside {
            *self.coverage.set_aside.entry(why).or_default() += 1;
        }
        Ok(set_aside.is_none())
    }
}

/// How all of them end, or who may end otherwise, and why.
fn agree(
    modules: &[(&dyn Oracle, Box<dyn Loaded>)],
    case: &Case,
    what: &str,
    gas: i64,
    memory: &[(u32, u32)],
) -> Result<Result<End, (usize, Explained)>, String> {
    let mut first: Option<End> = None;
    for (index, (oracle, module)) in modules.iter().enumerate() {
        let end = run_once(*oracle, &**module, case, gas, memory)?;
        let Some(first) = &first else {
            first = Some(end);
            continue;
        };
        if *first != end {
            if let Some(why) = oracle.explains(&first.last, &end.last, &case.config) {
                return Ok(Err((index, why)));
            }
            let names = (modules[0].0.name(), oracle.name());
            return Err(format!("{what}, {gas} gas: {} and {}\n{first:x?}\n{end:x?}", names.0, names.1));
        }
    }
    first.map(Ok).ok_or_else(|| "no oracle".into())
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
struct End {
    last: Seen,
    /// Every stop for want of gas: where, and with how much.
    stops: Vec<(Option<u32>, i64)>,
    /// Gas that it was given after those.
    given: i64,
    exits: usize,
    memory: Vec<u8>,
}

/// Runs to the end. The first time that gas does not suffice it gets one unit, so that it stops again where it can, then as
/// much as it likes.
fn run_once(
    oracle: &dyn Oracle,
    module: &dyn Loaded,
    case: &Case,
    gas: i64,
    memory: &[(u32, u32)],
) -> Result<End, String> {
    let mut machine = module.instance()?;
    let machine: &mut dyn Machine = &mut *machine;
    for (reg, value) in Reg::ALL.into_iter().zip(case.program.regs) {
        machine.set_reg(reg, oracle.register_value(case.program.isa, masked(case, value)));
    }
    machine.set_gas(gas);
    machine.set_next(0);
    let (mut stops, mut given, mut exits) = (Vec::new(), 0, 0);
    let last = loop {
        let seen = machine.run().map_err(|error| format!("{}: {error}", oracle.name()))?;
        match seen.exit {
            Exit::OutOfGas if stops.len() < 2 => {
                stops.push((seen.pc, seen.gas));
                let more = if stops.len() == 1 { 1 } else { PLENTY };
                given += more;
                machine.set_gas(seen.gas + more);
            }
            Exit::HostCall(number) if exits < EXITS_MAX => {
                exits += 1;
                let reg = Reg::ALL[number as usize % Reg::COUNT];
                machine.set_reg(reg, u64::from(number));
            }
            _ => break seen,
        }
    };
    let mut bytes = Vec::new();
    for (address, len) in memory {
        let mut part = vec![0; *len as usize];
        machine.read_memory(*address, &mut part);
        bytes.extend(part);
    }
    Ok(End { last, stops, given, exits, memory: bytes })
}

/// The value of a register that all oracles understand alike.
fn masked(case: &Case, value: u64) -> u64 {
    if case.program.isa.is_64_bit() {
        value
    } else {
        value & 0x7fff_ffff
    }
}

impl Target for EveryGas {
    fn check(&mut self, random: &mut Random) -> Result<bool, Failure> {
        let mut case = engines::case(Kind::Agree, random);
        case.target = "engines_every_gas".into();
        self.fingerprint = engines::fingerprint(&case.program);
        self.check_case(&case).map_err(|text| Failure { case: case.to_text(&text), text })
    }

    fn replay(&mut self, case: &str) -> Result<bool, String> {
        self.check_case(&Case::from_text(case)?)
    }

    fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    fn fingerprint(&self) -> u64 {
        self.fingerprint
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use revive_vm_executor::GasModel;

    /// The model that follows the footprint is what contracts pay by, and the black box does not have it.
    #[test]
    fn what_the_black_box_cannot_run_is_compared_without_it() {
        let oracles = Oracles::open(true).unwrap();
        let mut canary = EveryGas { oracles, coverage: Coverage::default(), fingerprint: 0 };
        let noticed = (0..100).any(|seed| {
            let mut case = engines::case(Kind::Agree, &mut Random::new(seed));
            case.config.gas = Some(GasModel::PipelineFootprint);
            canary.check_case(&case).is_err()
        });
        assert!(noticed);
    }
}
