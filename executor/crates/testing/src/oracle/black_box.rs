// SPDX-License-Identifier: Apache-2.0
//! The interpreter of the `polkavm` crate as an oracle.
//!
//! Release 0.35: later ones jump to and start at places behind invalid opcodes and gaps, which the specification, the
//! conformance files' semantics and all earlier releases do not (instruction set, sections 5.2 and 5.5).

use polkavm as reference;
use revive_vm_executor::{Exit, Gas, InstructionSet, ModuleConfig, Reg, Segfault};
use revive_vm_primitives::{gas::GasModel, isa::Opcode};

use super::{is_low, Explained, Loaded, Machine, Oracle, Paging, Seen};
use crate::generate::Program;

/// See the module.
pub struct BlackBox {
    engine: reference::Engine,
}

impl BlackBox {
    /// Sets one up.
    ///
    /// # Errors
    /// As the crate says.
    pub fn new() -> Result<Self, String> {
        let mut config = reference::Config::new();
        config.set_backend(Some(reference::BackendKind::Interpreter));
        config.set_allow_dynamic_paging(true);
        let engine = reference::Engine::new(&config).map_err(|error| error.to_string())?;
        Ok(Self { engine })
    }
}

/// Whether an instruction is one of those that the black box gets wrong in 32-bit programs.
const fn is_wrong_in_32_bit(opcode: Opcode) -> bool {
    matches!(
        opcode,
        Opcode::SetLessThanSigned
            | Opcode::SetLessThanSignedImm
            | Opcode::SetGreaterThanSignedImm
            | Opcode::Memset
    )
}

impl Oracle for BlackBox {
    fn name(&self) -> String {
        "polkavm 0.35".into()
    }

    fn sets_aside(&self, program: &Program, config: &ModuleConfig) -> Option<Explained> {
        let isa = program.isa;
        // Every place where an instruction may begin counts, whether it is ever executed or not.
        let has = |wanted: fn(Opcode) -> bool| {
            let opcodes = program.starts.iter().filter_map(|start| isa.opcode(program.code[*start as usize]));
            opcodes.into_iter().any(wanted)
        };
        if program.has_scanning_artefact() {
            Some(Explained::ScanningArtefact)
        } else if isa == InstructionSet::JamV1 && program.has_gaps() {
            Some(Explained::JamValidation)
        } else if !isa.is_64_bit() && has(is_wrong_in_32_bit) {
            Some(Explained::Comparison32)
        } else if config.dynamic_paging && has(|opcode| opcode == Opcode::Sbrk) {
            Some(Explained::SbrkWithPaging)
        } else if config.gas == Some(GasModel::PipelineFootprint) {
            Some(Explained::OwnGasModel)
        } else {
            None
        }
    }

    fn register_value(&self, isa: InstructionSet, value: u64) -> u64 {
        // In 32-bit programs it compares negative numbers wrongly, as signed ones, if they come from the host. Programs
        // load theirs themselves.
        if isa.is_64_bit() {
            value
        } else {
            value & 0x7fff_ffff
        }
    }

    fn load(&self, blob: &[u8], config: &ModuleConfig) -> Result<Box<dyn Loaded>, String> {
        let mut settings = reference::ModuleConfig::new();
        settings.set_page_size(config.page_size);
        settings.set_aux_data_size(config.aux_size);
        settings.set_gas_metering(config.gas.map(|_| reference::GasMeteringKind::Sync));
        settings.set_cost_model(config.gas.and_then(cost_model));
        settings.set_step_tracing(config.step_tracing);
        settings.set_dynamic_paging(config.dynamic_paging);
        match reference::Module::new(&self.engine, &settings, blob.to_vec().into()) {
            Ok(module) => Ok(Box::new(TheirModule { module, paging: config.dynamic_paging })),
            Err(error) => Err(error.to_string()),
        }
    }

    fn explains(&self, first: &Seen, other: &Seen, config: &ModuleConfig) -> Option<Explained> {
        // Here the heap did not grow, there it did, and what it grew by is in a register now.
        if !config.dynamic_paging && other.heap > first.heap && other.heap > config.memory_bytes_max / 2 {
            return Some(Explained::MemoryLimit);
        }
        match (first.exit, other.exit) {
            // Nothing differs but what it is called, and so where it would go on.
            (Exit::Trap, Exit::Segfault(fault)) if is_low(&fault) => {
                let same = (first.pc, first.gas, first.heap, first.regs)
                    == (other.pc, other.gas, other.heap, other.regs);
                same.then_some(Explained::LowestPages)
            }
            _ => None,
        }
    }
}

/// What the crate calls a gas model.
fn cost_model(model: GasModel) -> Option<reference::CostModelKind> {
    let cache = match model {
        GasModel::PipelineL1 => reference::CacheModel::L1Hit,
        GasModel::PipelineL2 => reference::CacheModel::L2Hit,
        GasModel::PipelineL3 => reference::CacheModel::L3Hit,
        _ => return None,
    };
    Some(reference::CostModelKind::Full(cache))
}

fn reference_reg(reg: Reg) -> reference::Reg {
    use reference::Reg::*;
    [RA, SP, T0, T1, T2, S0, S1, A0, A1, A2, A3, A4, A5][reg.index()]
}

struct TheirModule {
    module: reference::Module,
    paging: bool,
}

impl Loaded for TheirModule {
    fn instance(&self) -> Result<Box<dyn Machine>, String> {
        let instance = self.module.instantiate().map_err(|error| error.to_string())?;
        Ok(Box::new(TheirMachine { instance, paging: self.paging }))
    }
}

struct TheirMachine {
    instance: reference::RawInstance,
    /// With dynamic paging it has no heap: it would panic.
    paging: bool,
}

impl Machine for TheirMachine {
    fn set_reg(&mut self, reg: Reg, value: u64) {
        self.instance.set_reg(reference_reg(reg), value);
    }

    fn set_gas(&mut self, gas: Gas) {
        self.instance.set_gas(gas);
    }

    fn set_next(&mut self, offset: u32) {
        self.instance.set_next_program_counter(reference::ProgramCounter(offset));
    }

    fn run(&mut self) -> Result<Seen, String> {
        let exit = match self.instance.run().map_err(|error| error.to_string())? {
            reference::InterruptKind::Finished => Exit::Finished,
            reference::InterruptKind::Trap => Exit::Trap,
            reference::InterruptKind::Ecalli(number) => Exit::HostCall(number),
            reference::InterruptKind::NotEnoughGas => Exit::OutOfGas,
            reference::InterruptKind::Step => Exit::Step,
            reference::InterruptKind::Segfault(fault) => Exit::Segfault(Segfault {
                page_address: fault.page_address,
                page_size: fault.page_size,
                write_protected: fault.is_write_protected,
            }),
        };
        Ok(Seen {
            exit,
            pc: self.instance.program_counter().map(|pc| pc.0),
            next: self.instance.next_program_counter().map(|pc| pc.0),
            gas: self.instance.gas(),
            heap: self.heap(),
            regs: Reg::ALL.map(|reg| self.instance.reg(reference_reg(reg))),
            step: None,
        })
    }

    fn read_memory(&mut self, address: u32, out: &mut [u8]) -> bool {
        self.instance.read_memory_into(address, out).is_ok()
    }

    fn write_memory(&mut self, address: u32, bytes: &[u8]) -> bool {
        self.instance.write_memory(address, bytes).is_ok()
    }

    fn heap(&self) -> u32 {
        if self.paging {
            return 0;
        }
        self.instance.heap_size()
    }

    fn grow_heap(&mut self, bytes: u32) -> bool {
        matches!(self.instance.sbrk(bytes), Ok(Some(_)))
    }

    fn page(&mut self, address: u32, size: u32, change: Paging) -> bool {
        let map = |instance: &mut reference::RawInstance, protection| {
            instance.zero_memory_with_memory_protection(address, size, protection)
        };
        match change {
            Paging::Map { writable: true } => {
                map(&mut self.instance, reference::MemoryProtection::ReadWrite).is_ok()
            }
            Paging::Map { writable: false } => {
                map(&mut self.instance, reference::MemoryProtection::Read).is_ok()
            }
            Paging::Unprotect => self.instance.unprotect_memory(address, size).is_ok(),
            Paging::Protect => self.instance.protect_memory(address, size).is_ok(),
            Paging::Free => self.instance.free_pages(address, size).is_ok(),
        }
    }

    /// A second start at a block behind an invalid opcode is charged twice, and a start at a place where no instruction is
    /// succeeds if an earlier run came by it (execution, section 10).
    fn forgets(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is explained is one thing; whatever else differs beside it is a bug like any other.
    #[test]
    fn an_explanation_does_not_cover_other_differences() {
        let black_box = BlackBox::new().unwrap();
        let config = ModuleConfig { memory_bytes_max: 1 << 20, ..ModuleConfig::default() };
        let fault = Segfault { page_address: 0x8000, page_size: 4096, write_protected: false };
        let regs = [7; Reg::COUNT];
        let trap = Seen { exit: Exit::Trap, pc: Some(3), next: None, gas: 9, heap: 0, regs, step: None };
        let low = Seen { exit: Exit::Segfault(fault), next: Some(3), ..trap.clone() };
        let limit = Seen { heap: 1 << 20, ..trap.clone() };
        let explains = |other: &Seen| black_box.explains(&trap, other, &config);
        assert_eq!(explains(&low), Some(Explained::LowestPages));
        assert_eq!(explains(&limit), Some(Explained::MemoryLimit));

        let mut regs = regs;
        regs[4] = 8;
        let high = Segfault { page_address: 0x1_0000, ..fault };
        for other in [
            Seen { regs, ..low.clone() },
            Seen { gas: 8, ..low.clone() },
            Seen { pc: Some(4), ..low.clone() },
            Seen { exit: Exit::Segfault(high), ..low.clone() },
        ] {
            assert_eq!(explains(&other), None, "{other:?}");
        }
        // Both heaps have grown as far, so it was not the limit.
        let grown = Seen { heap: 1 << 20, regs, ..trap.clone() };
        assert_eq!(black_box.explains(&limit, &grown, &config), None);
    }
}
