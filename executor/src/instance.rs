// SPDX-License-Identifier: Apache-2.0
//! Instances at the low level: registers, memory, gas, and [`Instance::run`].
//!
//! What each exit means for program counter, gas and resumption is laid down in the specification of execution,
//! sections 3 to 5. [`Linker`](crate::Linker) is the comfortable layer above.

use core::{cell::Cell, marker::PhantomData};

use revive_vm_interpreter as interpreter;
use revive_vm_primitives::{Exit, Gas, Reg, TrapCause};

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
use crate::compiled;
use crate::{
    answers::{Answering, Answers},
    error::{HostTrouble, RunError},
    module::{Module, Program},
};
pub use revive_vm_primitives::MemoryError;

/// One running program: its registers, its gas and its memory.
///
/// Begins with all registers and gas at 0, memory as the blob says, and nothing to run. Can be moved between threads, but not
/// shared.
///
/// A loop like this is the whole of a host:
///
/// ```
/// use revive_vm_executor::primitives::{BlobBuilder, CodeBuilder, Instruction, Opcode};
/// use revive_vm_executor::{Engine, EngineConfig, Exit, Instance, InstructionSet, Module, ModuleConfig, Reg};
///
/// // `run(address, len)` calls the first import, and returns what that returned.
/// let mut code = CodeBuilder::new(InstructionSet::Latest64);
/// code.push(Instruction::imm(Opcode::Ecalli, 0));
/// code.push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
/// let blob = BlobBuilder::new(InstructionSet::Latest64)
///     .import(b"shout")
///     .export(b"run", 0)
///     .rw_data(4096, b"")
///     .code(code.finish()?)
///     .build();
/// let engine = Engine::new(EngineConfig::default())?;
/// let module = Module::new(&engine, &blob, &ModuleConfig::default())?;
///
/// // A string goes into the guest's memory, its address and length into registers.
/// let mut instance = Instance::new(&module)?;
/// let address = module.memory_map().rw_data_address();
/// instance.write_memory(address, b"hello")?;
/// instance.prepare_call(module.export_offset(b"run").ok_or("no run")?, &[address.into(), 5]);
/// let mut exits = Vec::new();
/// loop {
///     let exit = instance.run()?;
///     exits.push(exit);
///     match exit {
///         Exit::Finished => break,
///         // Goes on exactly where it was. Here the two instructions of the block were to be paid.
///         Exit::OutOfGas => instance.set_gas(2),
///         Exit::HostCall(0) => {
///             let (address, len) = (instance.reg(Reg::A0) as u32, instance.reg(Reg::A1) as u32);
///             let text = instance.read_memory_vec(address, len)?.to_ascii_uppercase();
///             instance.write_memory(address, &text)?;
///             instance.set_reg(Reg::A0, text.len() as u64);
///         }
///         // Imports that are not there, traps; page faults and steps for who asked for them.
///         other => return Err(format!("the guest is over: {other}").into()),
///     }
/// }
/// assert_eq!(exits, [Exit::OutOfGas, Exit::HostCall(0), Exit::Finished]);
/// assert_eq!((instance.reg(Reg::A0), instance.gas()), (5, 0));
/// assert_eq!(instance.read_memory_vec(address, 5)?, b"HELLO");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Instance {
    module: Module,
    running: Running,
    /// How often the host has set where to run.
    starts: u64,
    /// What host calls are answered from, if any are.
    answering: Option<Box<Answering>>,
    /// What a compiled one is not, none is: else programs would compile on some machines only.
    not_shared: PhantomData<Cell<()>>,
}

/// An instance of one of the engines.
pub(crate) enum Running {
    Interpreted(Box<interpreter::Instance>),
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    Compiled(Box<compiled::Instance>),
}

/// Does something with the instance that is running. The second expression is for a compiled one, where that is
/// something else.
macro_rules! on_either {
    ($running:expr, $instance:ident => $either:expr) => {
        on_either!($running, $instance => $either, $either)
    };
    ($running:expr, $instance:ident => $interpreted:expr, $compiled:expr) => {
        match $running {
            Running::Interpreted($instance) => $interpreted,
            #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
            Running::Compiled($instance) => $compiled,
        }
    };
}

/// What answers to host calls need.
impl Running {
    pub(crate) fn reg(&self, reg: Reg) -> u64 {
        on_either!(self, instance => instance.reg(reg))
    }

    pub(crate) fn set_reg(&mut self, reg: Reg, value: u64) {
        on_either!(self, instance => instance.set_reg(reg, value))
    }

    pub(crate) fn gas(&self) -> Gas {
        on_either!(self, instance => instance.gas())
    }

    pub(crate) fn set_gas(&mut self, gas: Gas) {
        on_either!(self, instance => instance.set_gas(gas))
    }

    pub(crate) fn memory_accessible(&self, address: u32, len: u32, write: bool) -> bool {
        on_either!(self, instance => instance.memory_accessible(address, len, write))
    }

    pub(crate) fn read_memory(
        &self,
        module: &Module,
        address: u32,
        out: &mut [u8],
    ) -> Result<(), MemoryError> {
        on_either!(
            self,
            instance => instance.read_memory(address, out),
            instance.read_memory(module.blob_bytes(), address, out)
        )
    }

    pub(crate) fn write_memory(&mut self, address: u32, bytes: &[u8]) -> Result<(), MemoryError> {
        on_either!(self, instance => instance.write_memory(address, bytes))
    }

    pub(crate) fn zero_memory(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        on_either!(self, instance => instance.zero_memory(address, len))
    }

    // Part of its only caller: what lies between two hand-overs is as much of a host call's time as a cache line that travels.
    #[inline(always)]
    fn run(&mut self, module: &Module) -> Result<Exit, RunError> {
        on_either!(
            self,
            instance => instance.run().map_err(Into::into),
            instance.run(module.blob_bytes())
        )
    }
}

impl Instance {
    /// An instance of `module`. Errors: this machine cannot run it, for want of memory or processes.
    pub fn new(module: &Module) -> Result<Self, HostTrouble> {
        let running = match module.program() {
            Program::Interpreted(program) => {
                Running::Interpreted(Box::new(interpreter::Instance::new(program)))
            }
            #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
            Program::Compiled(program) => {
                Running::Compiled(Box::new(compiled::Instance::new(program, module.blob_bytes())?))
            }
        };
        Ok(Self { module: module.clone(), running, starts: 0, answering: None, not_shared: PhantomData })
    }

    /// The module that it was made from.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// Value of a register; below 2^32 on a 32-bit instruction set.
    pub fn reg(&self, reg: Reg) -> u64 {
        self.running.reg(reg)
    }

    /// Sets a register; a 32-bit instruction set keeps the low half.
    pub fn set_reg(&mut self, reg: Reg, value: u64) {
        self.running.set_reg(reg, value)
    }

    /// Gas left.
    pub fn gas(&self) -> Gas {
        self.running.gas()
    }

    /// Sets the gas left. With a negative amount [`Self::run`] reports out-of-gas, also when metering is off.
    pub fn set_gas(&mut self, gas: Gas) {
        self.running.set_gas(gas)
    }

    /// Code offset of the instruction that the last exit belongs to, if it has one.
    pub fn pc(&self) -> Option<u32> {
        on_either!(&self.running, instance => instance.pc(), instance.pc(self.module.blob_bytes()))
    }

    /// Why the last run trapped, as far as code, registers and memory tell: to be asked after [`Exit::Trap`], before anything is
    /// changed.
    pub fn trap_cause(&self) -> Option<TrapCause> {
        self.cause(self.next())
    }

    /// The same after an exit that the instance could go on from, and that ends a call all the same.
    pub(crate) fn end_cause(&self) -> Option<TrapCause> {
        self.cause(None)
    }

    fn cause(&self, next: Option<u32>) -> Option<TrapCause> {
        let (code, map) = (self.module.code(), self.module.memory_map());
        let accessible = |address, len, write| self.memory_accessible(address, len, write);
        TrapCause::find(&code, map, self.pc()?, next, |reg| self.reg(reg), accessible)
    }

    /// Code offset where [`Self::run`] goes on, if anywhere.
    pub fn next(&self) -> Option<u32> {
        on_either!(&self.running, instance => instance.next(), instance.next(self.module.blob_bytes()))
    }

    /// Makes [`Self::run`] begin afresh at a code offset, which charges for the block there even if it has been
    /// charged before. An offset that nothing can start at makes the run trap.
    pub fn set_next(&mut self, offset: u32) {
        self.starts += 1;
        on_either!(&mut self.running, instance => instance.set_next(offset))
    }

    /// Sets registers and start for a call, instead of what was to go on: all registers 0, `ra` the return address, `sp` the
    /// stack's top, the arguments in `a0..a5, t0..t2`. Gas and memory stay.
    ///
    /// `args` are register values; only the first nine are used.
    pub fn prepare_call(&mut self, offset: u32, args: &[u64]) {
        self.starts += 1;
        let args = args.get(..Reg::ARGS.len()).unwrap_or(args);
        on_either!(&mut self.running, instance => instance.prepare_call(offset, args))
    }

    /// How often the host has set where to run, in this instance's life.
    pub(crate) fn starts(&self) -> u64 {
        self.starts
    }

    /// Runs until the next exit. Errors: there is nothing to run, or host trouble.
    pub fn run(&mut self) -> Result<Exit, RunError> {
        let Self { module, running, answering, .. } = self;
        loop {
            #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
            if let (Running::Compiled(instance), Some(answering)) = (&mut *running, &mut *answering) {
                instance.take_answers(answering, module);
            }
            match running.run(module) {
                Ok(Exit::HostCall(number)) => {
                    let answered =
                        |answering: &Answering| answering.answer(running, module, number).is_some();
                    if !answering.as_deref().is_some_and(answered) {
                        return Ok(Exit::HostCall(number));
                    }
                }
                // Else copied, which takes until the machine has written it whole.
                Ok(Exit::Finished) => return Ok(Exit::Finished),
                other => return other,
            }
        }
    }

    /// Has host calls answered from here on without an exit of [`Self::run`], as far as they can be: by
    /// [`revive_vm_primitives::answers`]. An instance begins without answers.
    pub fn set_answers(&mut self, answers: &Answers) {
        let answering = self.answering();
        answering.answers = answers.clone();
        answering.stale = true;
    }

    /// Sets the constants that host calls are answered from; one without bytes is none. In the beginning there are none.
    pub fn set_constants(&mut self, constants: Vec<Vec<u8>>) {
        let answering = self.answering();
        answering.known.constants = constants;
        answering.stale = true;
    }

    /// Sets the input that host calls are answered from; `None` for one that was given away. In the beginning it is empty.
    pub fn set_input(&mut self, input: Option<Vec<u8>>) {
        let answering = self.answering();
        answering.known.input = input;
        answering.stale = true;
    }

    /// Sets the output of a callee that host calls are answered from. In the beginning it is empty.
    pub fn set_output(&mut self, output: Vec<u8>) {
        let answering = self.answering();
        answering.known.output = output;
        answering.output_stale = true;
    }

    fn answering(&mut self) -> &mut Answering {
        self.answering.get_or_insert_default()
    }

    /// Copies guest memory to `out`. Errors: not all of it is accessible; then `out` is unspecified.
    pub fn read_memory(&self, address: u32, out: &mut [u8]) -> Result<(), MemoryError> {
        self.running.read_memory(&self.module, address, out)
    }

    /// A copy of `len` bytes of guest memory. Errors: not all of it is accessible; checked before anything is
    /// allocated.
    pub fn read_memory_vec(&self, address: u32, len: u32) -> Result<Vec<u8>, MemoryError> {
        if !self.memory_accessible(address, len, false) {
            return Err(MemoryError::OutOfRange { address, len: len.into() });
        }
        let mut out = vec![0; len as usize];
        self.read_memory(address, &mut out)?;
        Ok(out)
    }

    /// Copies `bytes` to guest memory. Errors: not all of it is writable for the host; then nothing is changed.
    pub fn write_memory(&mut self, address: u32, bytes: &[u8]) -> Result<(), MemoryError> {
        self.running.write_memory(address, bytes)
    }

    /// Fills guest memory with zeros. Errors: as [`Self::write_memory`].
    pub fn zero_memory(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        self.running.zero_memory(address, len)
    }

    /// Whether all of a range of memory is there for the guest, and writable if that is asked.
    pub fn memory_accessible(&self, address: u32, len: u32, write: bool) -> bool {
        self.running.memory_accessible(address, len, write)
    }

    /// Bytes that the heap has grown by.
    pub fn heap_size(&self) -> u32 {
        on_either!(&self.running, instance => instance.heap_size())
    }

    /// Grows the heap by `bytes` and returns its new end; `None` if it cannot grow that far, then nothing changes.
    #[must_use = "the heap may not have grown"]
    pub fn grow_heap(&mut self, bytes: u32) -> Option<u32> {
        on_either!(&mut self.running, instance => instance.grow_heap(bytes))
    }

    /// Puts memory back to what it was in the beginning.
    pub fn reset_memory(&mut self) {
        on_either!(
            &mut self.running,
            instance => instance.reset_memory(),
            instance.reset_memory(self.module.blob_bytes())
        );
        // The worker has been wiped, and so has what it answers host calls from.
        if let Some(answering) = &mut self.answering {
            answering.stale = true;
        }
    }

    /// Sets how much of the aux region is accessible, rounded up to pages. Errors: more than the module was set up
    /// with, or dynamic paging is on.
    pub fn set_aux_accessible_size(&mut self, size: u32) -> Result<(), MemoryError> {
        on_either!(&mut self.running, instance => instance.set_aux_accessible_size(size))
    }

    /// Sets whether host writes to the aux region fail, as in the beginning they do not. Error: dynamic paging is on.
    pub fn set_aux_write_protected(&mut self, protected: bool) -> Result<(), MemoryError> {
        on_either!(&mut self.running, instance => instance.set_aux_write_protected(protected))
    }

    /// Dynamic paging: maps zeroed pages. `address` must be a multiple of the page size, `len` is rounded up to one.
    ///
    /// ```
    /// use revive_vm_executor::primitives::{BlobBuilder, CodeBuilder, Instruction, Opcode};
    /// use revive_vm_executor::{Engine, EngineConfig, Exit, Instance, InstructionSet, Module, ModuleConfig, Reg};
    ///
    /// let mut code = CodeBuilder::new(InstructionSet::Latest64);
    /// code.push(Instruction::reg_imm(Opcode::LoadU8, Reg::A0, 0x4000_0007));
    /// code.push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
    /// let blob = BlobBuilder::new(InstructionSet::Latest64).export(b"run", 0).code(code.finish()?).build();
    /// let engine = Engine::new(EngineConfig::default())?;
    /// let config = ModuleConfig { dynamic_paging: true, ..ModuleConfig::default() };
    /// let mut instance = Instance::new(&Module::new(&engine, &blob, &config)?)?;
    /// instance.set_gas(2);
    /// instance.prepare_call(0, &[]);
    ///
    /// let Exit::Segfault(fault) = instance.run()? else { panic!("nothing is mapped yet") };
    /// assert_eq!((fault.page_address, fault.write_protected), (0x4000_0000, false));
    /// instance.map_pages(fault.page_address, fault.page_size, true)?;
    /// instance.write_memory(fault.page_address, b"01234567")?;
    /// assert_eq!(instance.run()?, Exit::Finished);
    /// assert_eq!((instance.reg(Reg::A0), instance.gas()), (b'7'.into(), 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn map_pages(&mut self, address: u32, len: u32, writable: bool) -> Result<(), MemoryError> {
        on_either!(&mut self.running, instance => instance.map_pages(address, len, writable))
    }

    /// Dynamic paging: makes mapped pages read-only. Errors: a page in the range is not mapped.
    pub fn protect_pages(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        on_either!(&mut self.running, instance => instance.protect_pages(address, len))
    }

    /// Dynamic paging: makes mapped pages writable. Errors: a page in the range is not mapped.
    pub fn unprotect_pages(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        on_either!(&mut self.running, instance => instance.unprotect_pages(address, len))
    }

    /// Dynamic paging: unmaps pages.
    pub fn free_pages(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        on_either!(&mut self.running, instance => instance.free_pages(address, len))
    }
}

impl core::fmt::Debug for Instance {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Instance")
            .field("pc", &self.pc())
            .field("next", &self.next())
            .field("gas", &self.gas())
            .finish_non_exhaustive()
    }
}
