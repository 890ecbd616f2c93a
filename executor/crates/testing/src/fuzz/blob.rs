// SPDX-License-Identifier: Apache-2.0
//! Damaged blobs: reading one neither panics nor hangs, engines agree on whether it is one, and on what it does.

use core::hash::{BuildHasher, BuildHasherDefault};
use std::hash::DefaultHasher;

use revive_vm_executor::{
    Engine, EngineChoice, EngineConfig, Exit, Instance, InstructionSet, Module, ModuleConfig, Reg,
};
use revive_vm_primitives::Blob;

use super::{engines, Failure, Target};
use crate::{generate::Program, lockstep::Coverage, mutate::mutate, random::Random};

/// Gas for each start.
const GAS: i64 = 300;

/// See the module.
pub struct BlobParse {
    engines: [Engine; 2],
    /// Gas for each start, of each engine: the same, unless it is a canary.
    gas: [i64; 2],
    coverage: Coverage,
    fingerprint: u64,
}

impl BlobParse {
    /// Sets it up.
    ///
    /// # Errors
    /// An engine is not to be had on this machine.
    pub fn open(is_canary: bool) -> Result<Box<dyn Target>, String> {
        let engine = |engine| {
            Engine::new(EngineConfig { engine, module_cache_bytes_max: 0, ..EngineConfig::default() })
                .map_err(|error| error.to_string())
        };
        Ok(Box::new(Self {
            engines: [engine(EngineChoice::Interpreter)?, engine(EngineChoice::Recompiler)?],
            gas: [GAS, GAS + i64::from(is_canary)],
            coverage: Coverage::default(),
            fingerprint: 0,
        }))
    }

    fn check_blob(&mut self, bytes: &[u8]) -> Result<bool, String> {
        walk(bytes);
        let config = ModuleConfig { memory_bytes_max: 1 << 20, ..ModuleConfig::default() };
        let [first, second] = self.engines.each_ref().map(|engine| Module::new(engine, bytes, &config));
        let modules = match (first, second) {
            (Ok(first), Ok(second)) => [first, second],
            (Err(first), Err(second)) if first == second => {
                self.coverage.rejected += 1;
                return Ok(true);
            }
            (first, second) => return Err(format!("one rejects: {:?}, {:?}", first.err(), second.err())),
        };
        let mut starts: Vec<u32> = modules[0].exports().map(|(_, offset)| offset).take(3).collect();
        starts.push(0);
        let [mut first, mut second] = [Instance::new(&modules[0]), Instance::new(&modules[1])]
            .map(|instance| instance.map_err(|trouble| trouble.to_string()));
        let (first, second) =
            (first.as_mut().map_err(|error| error.clone())?, second.as_mut().map_err(|error| error.clone())?);
        for start in starts {
            let both = [(first as &mut Instance, self.gas[0]), (second, self.gas[1])];
            let seen = both.map(|(instance, gas)| {
                instance.prepare_call(start, &[u64::from(start), 0xffff_ffff, 0x1_0000]);
                instance.set_gas(gas);
                run(instance)
            });
            if seen[0] != seen[1] {
                return Err(format!("start at {start}: {:x?}\n{:x?}", seen[0], seen[1]));
            }
            match seen[0].as_ref().map(|(exit, ..)| *exit) {
                Ok(Exit::Finished) => self.coverage.finished += 1,
                Ok(Exit::OutOfGas) => self.coverage.out_of_gas += 1,
                Ok(Exit::HostCall(_)) => self.coverage.host_call += 1,
                _ => self.coverage.trap += 1,
            }
        }
        Ok(true)
    }
}

type Ran = Result<(Exit, [u64; Reg::COUNT], i64, Option<u32>), String>;

/// Runs to the end, or to the tenth host call.
fn run(instance: &mut Instance) -> Ran {
    let mut calls = 0;
    loop {
        match instance.run().map_err(|error| error.to_string())? {
            Exit::HostCall(number) if calls < 10 => {
                calls += 1;
                instance.set_reg(Reg::A0, u64::from(number));
            }
            exit => {
                let regs = Reg::ALL.map(|reg| instance.reg(reg));
                return Ok((exit, regs, instance.gas(), instance.pc()));
            }
        }
    }
}

/// Looks at everything that a blob says.
fn walk(bytes: &[u8]) {
    let Ok(blob) = Blob::parse(bytes) else { return };
    let code = blob.code();
    // What is read must not be thrown away unread by the compiler.
    let mut sum = blob.imports().iter().flatten().map(<[u8]>::len).sum::<usize>();
    sum += blob.exports().map(|export| export.name.len()).sum::<usize>();
    sum += code.instructions().map(|decoded| decoded.next as usize).sum::<usize>();
    sum += code.jump_table().iter().filter(|target| code.is_jump_target(*target)).count();
    sum += usize::from(code.validate().is_ok());
    core::hint::black_box(sum);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Target for BlobParse {
    fn check(&mut self, random: &mut Random) -> Result<bool, Failure> {
        let isa = random.pick(&InstructionSet::ALL);
        let options = engines::options(random, isa, false);
        let blob = Program::generate_from(random, &options).to_blob();
        let bytes = mutate(&blob, random);
        self.fingerprint = BuildHasherDefault::<DefaultHasher>::default().hash_one(&bytes);
        self.check_blob(&bytes).map_err(|text| Failure { case: format!("blob {}\n", hex(&bytes)), text })
    }

    fn replay(&mut self, case: &str) -> Result<bool, String> {
        let digits =
            case.lines().find_map(|line| line.strip_prefix("blob ")).ok_or("there is no line `blob`")?.trim();
        let bytes: Result<Vec<u8>, _> = (0..digits.len() / 2)
            .map(|at| u8::from_str_radix(digits.get(2 * at..2 * at + 2).unwrap_or("?"), 16))
            .collect();
        self.check_blob(&bytes.map_err(|error| error.to_string())?)
    }

    fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    fn fingerprint(&self) -> u64 {
        self.fingerprint
    }
}
