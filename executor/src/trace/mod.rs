// SPDX-License-Identifier: Apache-2.0
//! Step tracing: which instructions a program executes, and what each of them changes.
//!
//! A module made with [`ModuleConfig::step_tracing`](crate::ModuleConfig::step_tracing) returns to the host before every
//! instruction (execution, section 7). A [`Tracer`] makes a [`Step`] of what it finds before an instruction and behind
//! it. It sees nothing but registers and memory of the [`Instance`], so the steps are the same on every engine.
//!
//! ```
//! use revive_vm_executor::{trace::Tracer, Engine, EngineConfig, Exit, Instance, InstructionSet, Module, ModuleConfig, Reg};
//! use revive_vm_primitives::{isa::Instruction, isa::Opcode, BlobBuilder, CodeBuilder};
//!
//! let mut code = CodeBuilder::new(InstructionSet::Latest64);
//! code.push(Instruction::reg_imm(Opcode::LoadImm, Reg::A0, 7));
//! code.push(Instruction::reg_imm(Opcode::StoreU64, Reg::A0, 0x20000));
//! code.push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
//! let blob = BlobBuilder::new(InstructionSet::Latest64).rw_data(8, &[]).export(b"run", 0).code(code.finish()?).build();
//!
//! let engine = Engine::new(EngineConfig::default())?;
//! let config = ModuleConfig { step_tracing: true, ..ModuleConfig::default() };
//! let module = Module::new(&engine, &blob, &config)?;
//! let mut instance = Instance::new(&module)?;
//! instance.set_gas(100);
//! instance.prepare_call(0, &[]);
//!
//! let mut tracer = Tracer::default();
//! let mut steps = Vec::new();
//! let exit = loop {
//!     let (exit, step) = tracer.run(&mut instance)?;
//!     steps.extend(step);
//!     if exit != Exit::Step {
//!         break exit;
//!     }
//! };
//! assert_eq!((exit, steps.len()), (Exit::Finished, 3));
//! assert_eq!(steps[0].changed().collect::<Vec<_>>(), [(Reg::A0, 0, 7)]);
//! let store = steps[1].access.unwrap();
//! assert_eq!((store.address, store.bytes), (0x20000, 8));
//! assert_eq!((store.before.unwrap().number(), store.after.unwrap().number()), (Some(0), Some(7)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod access;
mod calls;

use revive_vm_primitives::{Exit, Gas, Instruction, Reg};

pub use access::{Access, AccessKind, Data, DATA_BYTES_MAX};
pub use calls::{Call, Calls, Transfer};
pub use revive_vm_primitives::debug_info::SourceMap;

use crate::{error::RunError, instance::Instance};

/// The registers of a program in the order of [`Reg::ALL`].
pub type Registers = [u64; Reg::COUNT];

/// An instruction that was executed, or that execution stopped at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Code offset of the instruction.
    pub pc: u32,
    /// The instruction; `None` if there is none that is valid, which traps.
    pub instruction: Option<Instruction>,
    /// Registers before it.
    pub before: Registers,
    /// Registers behind it. What the host changes afterwards, in answer to a host call say, is not in there.
    pub after: Registers,
    /// The memory that it accesses, if any.
    pub access: Option<Access>,
    /// Gas left behind it. The first instruction of a block shows the charge for all of the block.
    pub gas: Gas,
    /// How the run went on: [`Exit::Step`] if another instruction comes. After [`Exit::OutOfGas`] and
    /// [`Exit::Segfault`] the instruction has not been executed, or a `memset` not to its end; if the run goes on, it is
    /// reported once more.
    pub exit: Exit,
}

impl Step {
    /// The registers that changed, with the values before and after, in the order of [`Reg::ALL`].
    pub fn changed(&self) -> impl Iterator<Item = (Reg, u64, u64)> + '_ {
        let values = self.before.iter().zip(&self.after);
        let all = Reg::ALL.into_iter().zip(values);
        all.filter(|(_, (before, after))| before != after)
            .map(|(reg, (before, after))| (reg, *before, *after))
    }
}

/// Turns the runs of one instance into [`Step`]s.
#[derive(Clone, Debug, Default)]
pub struct Tracer {
    /// The instruction that comes next, and how often the host had set the instance's start when it was announced.
    announced: Option<(u32, u64)>,
}

/// An instance in front of an instruction.
struct Before {
    pc: u32,
    instruction: Option<Instruction>,
    registers: Registers,
    access: Option<Access>,
}

impl Tracer {
    /// As [`Instance::run`], and the step that has come to its end by it. There is none if the run began afresh: its first
    /// exit announces the first instruction.
    ///
    /// # Errors
    /// As [`Instance::run`].
    pub fn run(&mut self, instance: &mut Instance) -> Result<(Exit, Option<Step>), RunError> {
        // If the host has set a new start, the instruction that was announced will not be executed.
        let announced = self.announced.take().filter(|(_, starts)| *starts == instance.starts());
        let before = announced.map(|(pc, _)| Before::look(pc, instance));
        let exit = instance.run()?;
        self.announced = match exit {
            Exit::Step => instance.pc().map(|pc| (pc, instance.starts())),
            // The instruction is tried again if the run goes on.
            Exit::OutOfGas | Exit::Segfault(_) => announced,
            Exit::Finished | Exit::Trap | Exit::HostCall(_) => None,
        };
        Ok((exit, before.map(|before| before.compare(exit, instance))))
    }
}

impl Before {
    fn look(pc: u32, instance: &Instance) -> Self {
        let code = instance.module().code();
        // There are bytes in gaps too, but they are no instructions.
        let instruction = code.decode(pc).instruction.filter(|_| code.is_instruction_start(pc));
        let registers = registers(instance);
        let access = instruction.and_then(|instruction| Access::look(&instruction, &registers, instance));
        Self { pc, instruction, registers, access }
    }

    fn compare(self, exit: Exit, instance: &Instance) -> Step {
        Step {
            pc: self.pc,
            instruction: self.instruction,
            before: self.registers,
            after: registers(instance),
            access: self.access.map(|access| access.look_again(instance)),
            gas: instance.gas(),
            exit,
        }
    }
}

fn registers(instance: &Instance) -> Registers {
    Reg::ALL.map(|reg| instance.reg(reg))
}
