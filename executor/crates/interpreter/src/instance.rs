// SPDX-License-Identifier: Apache-2.0
//! An instance: registers, memory, gas, and where it is; and `run`, which implements the rules on starting, resuming
//! and stopping of the specification's part on execution, sections 3 to 5 and 7.

use crate::dispatch;
use crate::error::RunError;
use crate::memory::Memory;
use crate::module::Module;
use crate::op::{HostStart, Image, State, Stop};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use revive_vm_primitives::paging::GuestFault;
use revive_vm_primitives::{Exit, Gas, MemoryError, Reg, RETURN_ADDRESS};

/// A program being executed.
pub struct Instance {
    module: Module,
    state: State,
    gas: Gas,
    pc: Option<u32>,
    next: Option<u32>,
    resume: Resume,
}

/// How a run continues at `next`.
#[derive(Clone, Copy)]
enum Resume {
    /// `next` was set by the host.
    Fresh,
    /// At this op, its block is paid.
    At(u32),
    /// At this op, the first of its block, which is not paid.
    Enter(u32),
}

/// Gas of an instance without metering: what the execution of ops uses is taken from it and put back.
const UNMETERED: i64 = i64::MAX;

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance")
            .field("pc", &self.pc)
            .field("next", &self.next)
            .field("gas", &self.gas)
            .finish_non_exhaustive()
    }
}

impl Instance {
    /// Makes an instance with initial memory, all registers and gas 0, and nowhere to continue.
    pub fn new(module: &Module) -> Self {
        Self {
            state: State {
                regs: [0; Reg::COUNT],
                memory: Memory::new(module.layout()),
                stop: Stop::Trap,
                at: 0,
                gas: 0,
                fault: GuestFault::Trap,
            },
            module: module.clone(),
            gas: 0,
            pc: None,
            next: None,
            resume: Resume::Fresh,
        }
    }

    /// The module this is an instance of.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// A register; on a 32-bit set at most 2^32-1.
    pub fn reg(&self, reg: Reg) -> u64 {
        let value = self.state.regs[reg as usize];
        if self.module.image().wide {
            value
        } else {
            u64::from(value as u32)
        }
    }

    /// Sets a register; on a 32-bit set to the low 32 bits of `value`.
    pub fn set_reg(&mut self, reg: Reg, value: u64) {
        self.state.regs[reg as usize] = self.register_value(value);
    }

    /// A value as registers hold it.
    fn register_value(&self, value: u64) -> u64 {
        if self.module.image().wide {
            value
        } else {
            i64::from(value as i32) as u64
        }
    }

    /// The gas left.
    pub fn gas(&self) -> Gas {
        self.gas
    }

    /// Sets the gas left. Negative gas makes the next run end as out-of-gas.
    pub fn set_gas(&mut self, gas: Gas) {
        self.gas = gas;
    }

    /// Code offset of the instruction that the last run stopped at, if it has one.
    pub fn pc(&self) -> Option<u32> {
        self.pc
    }

    /// Code offset where the next run continues.
    pub fn next(&self) -> Option<u32> {
        self.next
    }

    /// Sets where the next run starts and forgets what was being resumed. Any offset can be set; one that is not a
    /// permissible start makes the run trap.
    pub fn set_next(&mut self, offset: u32) {
        self.pc = None;
        self.next = Some(offset);
        self.resume = Resume::Fresh;
    }

    /// Sets registers and `next` for a call of the export at `offset`. Arguments are register values, at most nine;
    /// more are ignored. Gas and memory stay as they are.
    pub fn prepare_call(&mut self, offset: u32, args: &[u64]) {
        self.state.regs = [0; Reg::COUNT];
        self.set_reg(Reg::Ra, u64::from(RETURN_ADDRESS));
        self.set_reg(Reg::Sp, u64::from(self.module.memory_map().stack_high()));
        for (reg, value) in Reg::ARGS.iter().zip(args) {
            self.set_reg(*reg, *value);
        }
        self.set_next(offset);
    }

    /// Executes until something has to be told to the host.
    ///
    /// # Errors
    ///
    /// `next` is not set; nothing was executed.
    pub fn run(&mut self) -> Result<Exit, RunError> {
        let Some(next) = self.next else { return Err(RunError::NextUnset) };
        if self.gas < 0 {
            return Ok(Exit::OutOfGas);
        }
        let module = self.module.clone();
        let image = module.image();
        let start = match self.resume {
            Resume::Fresh => match image.find_start(next) {
                None => {
                    self.pc = Some(next);
                    return Ok(Exit::Trap);
                }
                Some(HostStart::Block(at)) => Resume::Enter(at),
                Some(HostStart::Inside { at, cost }) => {
                    if image.metered {
                        match self.gas.checked_sub(i64::from(cost)).filter(|left| *left >= 0) {
                            Some(left) => self.gas = left,
                            None => {
                                self.pc = None;
                                return Ok(Exit::OutOfGas);
                            }
                        }
                    }
                    Resume::At(at)
                }
            },
            resume => resume,
        };
        Ok(self.execute(image, start))
    }

    /// Executes ops until one stops for a reason that concerns the host.
    fn execute(&mut self, image: &Image, mut start: Resume) -> Exit {
        let mut gas = if image.metered { self.gas } else { UNMETERED };
        let exit = loop {
            // Pay for the block to be entered.
            let at = match start {
                Resume::At(at) => at,
                Resume::Fresh => break self.stop(Exit::Trap, None),
                Resume::Enter(at) => {
                    let cost = image.cost(at);
                    if gas < cost {
                        break self.suspend(Exit::OutOfGas, image, at, Resume::Enter(at));
                    }
                    gas -= cost;
                    at
                }
            };
            let slice = dispatch::slice(gas);
            dispatch::run(image, at, &mut self.state, slice);
            gas = if image.metered { gas - slice + self.state.gas } else { UNMETERED };

            let at = self.state.at;
            start = match self.state.stop {
                Stop::Refill => Resume::Enter(at),
                Stop::Yield => Resume::At(at + 1),
                Stop::Charge => {
                    let cost = i64::from(image.ops.get(at as usize).map_or(0, |op| op.j));
                    if gas < cost {
                        break self.suspend(Exit::OutOfGas, image, at, Resume::At(at));
                    }
                    gas -= cost;
                    Resume::At(at + 1)
                }
                Stop::Memset => match self.fill(image, &mut gas) {
                    Ok(()) => Resume::At(at + 1),
                    Err(None) => break self.suspend(Exit::OutOfGas, image, at, Resume::At(at)),
                    Err(Some(fault)) => break self.fault(fault, image, at),
                },
                Stop::Trap => break self.stop(Exit::Trap, Some(image.offset(at))),
                Stop::Fault => break self.fault(self.state.fault, image, at),
                Stop::Finished => break self.stop(Exit::Finished, None),
                Stop::HostCall => {
                    let number = image.ops.get(at as usize).map_or(0, |op| op.i) as u32;
                    let exit = self.suspend(Exit::HostCall(number), image, at, Resume::At(at + 1));
                    self.next = Some(image.offset(at + 1));
                    break exit;
                }
                Stop::Step => break self.suspend(Exit::Step, image, at, Resume::At(at + 1)),
            };
        };
        if image.metered {
            self.gas = gas;
        }
        exit
    }

    /// Leaves the instance without a place to continue.
    fn stop(&mut self, exit: Exit, pc: Option<u32>) -> Exit {
        self.pc = pc;
        self.next = None;
        exit
    }

    /// Leaves the instance at the op `at`, to be resumed.
    fn suspend(&mut self, exit: Exit, image: &Image, at: u32, resume: Resume) -> Exit {
        let offset = image.offset(at);
        self.pc = Some(offset);
        self.next = Some(offset);
        self.resume = resume;
        exit
    }

    /// Ends a run at a memory access that failed.
    fn fault(&mut self, fault: GuestFault, image: &Image, at: u32) -> Exit {
        match fault {
            GuestFault::Trap => self.stop(Exit::Trap, Some(image.offset(at))),
            GuestFault::Segfault(segfault) => {
                self.suspend(Exit::Segfault(segfault), image, at, Resume::At(at))
            }
        }
    }

    /// Executes `memset` (instruction set, section 8.7) as far as gas and memory allow. `Err(None)`: out of gas.
    fn fill(&mut self, image: &Image, gas: &mut i64) -> Result<(), Option<GuestFault>> {
        let regs = &mut self.state.regs;
        let value = regs[Reg::A1 as usize] as u8;
        let mut left = regs[Reg::A2 as usize] as u32;
        let mut result = Ok(());
        while left > 0 {
            let affordable = match image.metered {
                true => u32::try_from(*gas).unwrap_or(u32::MAX).min(left),
                false => left,
            };
            if affordable == 0 {
                result = Err(None);
                break;
            }
            let address = regs[Reg::A0 as usize];
            match self.state.memory.guest_fill(address as u32, affordable, value) {
                Ok(count) => {
                    if image.metered {
                        *gas -= i64::from(count);
                    }
                    left -= count.min(left);
                    regs[Reg::A0 as usize] = if image.wide {
                        address.wrapping_add(u64::from(count))
                    } else {
                        i64::from((address as u32).wrapping_add(count) as i32) as u64
                    };
                }
                Err(fault) => {
                    result = Err(Some(fault));
                    break;
                }
            }
        }
        regs[Reg::A2 as usize] = if image.wide { u64::from(left) } else { i64::from(left as i32) as u64 };
        result
    }

    /// Reads guest memory.
    ///
    /// # Errors
    ///
    /// Some byte is not in a region that the host can read, or the bytes are not in one region; under dynamic paging:
    /// not in mapped pages. Reading nothing succeeds at any address.
    pub fn read_memory(&self, address: u32, out: &mut [u8]) -> Result<(), MemoryError> {
        self.state.memory.read(address, out)
    }

    /// Reads guest memory into a new vector, which is made only if the bytes are accessible.
    ///
    /// # Errors
    ///
    /// As [`read_memory`](Self::read_memory).
    pub fn read_memory_vec(&self, address: u32, len: u32) -> Result<Vec<u8>, MemoryError> {
        if !self.memory_accessible(address, len, false) {
            return Err(MemoryError::OutOfRange { address, len: u64::from(len) });
        }
        let mut out = vec![0; len as usize];
        self.read_memory(address, &mut out)?;
        Ok(out)
    }

    /// Writes guest memory: the read-write, stack and aux regions, or pages mapped as writable. Nothing is written if
    /// it fails.
    ///
    /// # Errors
    ///
    /// As [`read_memory`](Self::read_memory), for writing.
    pub fn write_memory(&mut self, address: u32, bytes: &[u8]) -> Result<(), MemoryError> {
        self.state.memory.write(address, bytes)
    }

    /// Writes zeros.
    ///
    /// # Errors
    ///
    /// As [`write_memory`](Self::write_memory).
    pub fn zero_memory(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        self.state.memory.zero(address, len)
    }

    /// Whether a guest load, or with `write` a guest store, could access all of these bytes. The host can read all
    /// that a load can, and can write aux memory although a guest store cannot.
    pub fn memory_accessible(&self, address: u32, len: u32, write: bool) -> bool {
        self.state.memory.accessible(address, len, write)
    }

    /// Bytes by which the heap has grown.
    pub fn heap_size(&self) -> u32 {
        self.state.memory.heap_size()
    }

    /// Grows the heap by `bytes` as `sbrk` does. Returns its new top, or nothing if a limit forbids it.
    pub fn grow_heap(&mut self, bytes: u32) -> Option<u32> {
        self.state.memory.grow_heap(bytes)
    }

    /// Makes memory and heap as in a new instance. Registers, gas and position stay.
    pub fn reset_memory(&mut self) {
        self.state.memory.reset();
    }

    /// Sets how many bytes of the aux region are accessible, rounded up to pages. What is hidden is lost: it is zero
    /// when it becomes accessible again.
    ///
    /// # Errors
    ///
    /// `bytes` is more than the region has, or the module uses dynamic paging.
    pub fn set_aux_accessible_size(&mut self, bytes: u32) -> Result<(), MemoryError> {
        self.state.memory.set_aux_accessible_size(bytes)
    }

    /// Sets whether host writes that reach above the top of the stack, so those to the aux region, fail.
    ///
    /// # Errors
    ///
    /// The module uses dynamic paging.
    pub fn set_aux_write_protected(&mut self, protected: bool) -> Result<(), MemoryError> {
        self.state.memory.set_aux_write_protected(protected)
    }

    /// Maps the pages from `address` on as zeros with this protection; pages already mapped are zeroed. `len` is
    /// rounded up to pages.
    ///
    /// # Errors
    ///
    /// Without dynamic paging; `address` is not a multiple of the page size or below 0x10000; the pages reach beyond
    /// 2^32; the memory limit.
    pub fn map_pages(&mut self, address: u32, len: u32, writable: bool) -> Result<(), MemoryError> {
        self.state.memory.pages_mut()?.map(address, len, writable)
    }

    /// Makes mapped pages read-only: all that these bytes touch.
    ///
    /// # Errors
    ///
    /// Without dynamic paging; a page is not mapped (nothing is changed).
    pub fn protect_pages(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        self.state.memory.pages_mut()?.protect(address, len, false)
    }

    /// Makes mapped pages writable: all that these bytes touch.
    ///
    /// # Errors
    ///
    /// As [`protect_pages`](Self::protect_pages).
    pub fn unprotect_pages(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        self.state.memory.pages_mut()?.protect(address, len, true)
    }

    /// Unmaps pages. `len` is rounded up to pages; pages that are not mapped are passed over.
    ///
    /// # Errors
    ///
    /// As [`map_pages`](Self::map_pages).
    pub fn free_pages(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        self.state.memory.pages_mut()?.free(address, len)
    }
}
