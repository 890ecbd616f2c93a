// SPDX-License-Identifier: Apache-2.0
//! Calls into the guest: find the export, set the registers, run, answer host calls, read the result.

use core::{
    fmt,
    ops::{Deref, DerefMut},
};

use revive_vm_primitives::{Exit, Gas, Reg, Segfault, TrapCause};

use super::{
    printable,
    values::{GuestArgs, GuestResult, RegisterCursor, ARG_REGS},
    InstancePre,
};
use crate::{
    error::{CallError, CallRejected, Interruption, RunError},
    instance::Instance,
    trace::{Step, Tracer},
};

/// An instance together with the host functions that answer it. Dereferences to the [`Instance`].
pub struct LinkedInstance<T, E> {
    instance: Instance,
    pre: InstancePre<T, E>,
    /// Who is told of steps; without it they interrupt calls.
    tracing: Option<(Tracer, Observer)>,
    /// The start of the call that ended where the instance itself could go on: how often the host had set one.
    ended: Option<u64>,
}

/// Somebody who is told of steps.
type Observer = Box<dyn FnMut(&Step) + Send + Sync>;

impl<T, E> Deref for LinkedInstance<T, E> {
    type Target = Instance;

    fn deref(&self) -> &Instance {
        &self.instance
    }
}

impl<T, E> DerefMut for LinkedInstance<T, E> {
    fn deref_mut(&mut self) -> &mut Instance {
        &mut self.instance
    }
}

impl<T, E> fmt::Debug for LinkedInstance<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkedInstance").field("instance", &self.instance).finish_non_exhaustive()
    }
}

impl<T, E> LinkedInstance<T, E> {
    pub(super) fn new(instance: Instance, pre: InstancePre<T, E>) -> Self {
        Self { instance, pre, tracing: None, ended: None }
    }

    /// As [`Instance::gas`]. Here too so that `instance.set_gas(instance.gas() + more)` compiles, which it does not through a
    /// dereference; so with the three below.
    pub fn gas(&self) -> Gas {
        self.instance.gas()
    }

    /// As [`Instance::set_gas`].
    pub fn set_gas(&mut self, gas: Gas) {
        self.instance.set_gas(gas);
    }

    /// As [`Instance::reg`].
    pub fn reg(&self, reg: Reg) -> u64 {
        self.instance.reg(reg)
    }

    /// As [`Instance::set_reg`].
    pub fn set_reg(&mut self, reg: Reg, value: u64) {
        self.instance.set_reg(reg, value);
    }

    /// Has every instruction that calls execute from now on reported to `observer`, instead of interrupting them. Only
    /// for modules with [`ModuleConfig::step_tracing`](crate::ModuleConfig::step_tracing): others report nothing.
    pub fn trace(&mut self, observer: impl FnMut(&Step) + Send + Sync + 'static) {
        self.tracing = Some((Tracer::default(), Box::new(observer)));
    }

    /// Calls an export with typed arguments and reads its typed result. The blob does not say what types there are, so nothing
    /// checks them.
    ///
    /// Gas and memory are as earlier calls left them; a new instance has no gas, so set some first if the module
    /// is metered. After [`Interruption::OutOfGas`] the call can go on with [`Self::resume_typed`].
    pub fn call_typed<Args: GuestArgs, R: GuestResult>(
        &mut self,
        data: &mut T,
        export: impl AsRef<[u8]>,
        args: Args,
    ) -> Result<R, CallError<E>> {
        let offset = self.export_offset(export.as_ref())?;
        let needed = Args::regs(self.instance.module().isa().is_64_bit());
        if needed > ARG_REGS {
            return Err(CallRejected::TooManyArguments { needed, limit: ARG_REGS }.into());
        }
        self.instance.prepare_call(offset, &[]);
        args.write(&mut RegisterCursor::new(&mut self.instance));
        self.run_to_end(data)?;
        Ok(R::fetch(&mut RegisterCursor::new(&mut self.instance)))
    }

    /// Calls an export with register values; read the results with [`Instance::reg`].
    pub fn call_untyped(
        &mut self,
        data: &mut T,
        export: impl AsRef<[u8]>,
        args: &[u64],
    ) -> Result<(), CallError<E>> {
        let offset = self.export_offset(export.as_ref())?;
        if args.len() > ARG_REGS {
            return Err(CallRejected::TooManyArguments { needed: args.len(), limit: ARG_REGS }.into());
        }
        self.instance.prepare_call(offset, args);
        self.run_to_end(data)
    }

    /// Goes on with a call that ran out of gas or stopped before a step. Errors: as the call, and
    /// [`CallRejected::NotSuspended`] if there is none.
    ///
    /// A limit of time, by slices of gas:
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use revive_vm_executor::primitives::{BlobBuilder, CodeBuilder, Instruction, Opcode};
    /// use revive_vm_executor::{CallError, Engine, EngineConfig, InstructionSet, Interruption, Linker, Module, ModuleConfig};
    ///
    /// let mut code = CodeBuilder::new(InstructionSet::Latest64);
    /// let forever = code.label_here();
    /// code.push_to(Instruction::offset(Opcode::Jump, 0), forever);
    /// let blob = BlobBuilder::new(InstructionSet::Latest64).export(b"forever", 0).code(code.finish()?).build();
    /// let engine = Engine::new(EngineConfig::default())?;
    /// let module = Module::new(&engine, &blob, &ModuleConfig::default())?;
    ///
    /// const SLICE: i64 = 100_000;
    /// let deadline = Instant::now() + Duration::from_millis(20);
    /// let mut instance = Linker::<()>::new().instantiate(&module)?;
    /// instance.set_gas(SLICE);
    /// let mut result = instance.call_untyped(&mut (), "forever", &[]);
    /// while let Err(CallError::Interrupted(Interruption::OutOfGas { .. })) = result {
    ///     if Instant::now() >= deadline {
    ///         break;
    ///     }
    ///     instance.set_gas(instance.gas() + SLICE);
    ///     result = instance.resume(&mut ());
    /// }
    /// assert!(result.is_err(), "it would have taken for ever");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resume(&mut self, data: &mut T) -> Result<(), CallError<E>> {
        self.run_to_end(data)
    }

    /// As [`Self::resume`], with the typed result of the call.
    pub fn resume_typed<R: GuestResult>(&mut self, data: &mut T) -> Result<R, CallError<E>> {
        self.run_to_end(data)?;
        Ok(R::fetch(&mut RegisterCursor::new(&mut self.instance)))
    }

    fn export_offset(&self, name: &[u8]) -> Result<u32, CallRejected> {
        let module = self.instance.module();
        module.export_offset(name).ok_or_else(|| CallRejected::NoSuchExport { export: printable(name) })
    }

    /// Runs to the next exit that the call has to deal with.
    fn run_to_exit(&mut self) -> Result<Exit, RunError> {
        let Some((tracer, observer)) = &mut self.tracing else { return self.instance.run() };
        loop {
            let (exit, step) = tracer.run(&mut self.instance)?;
            if let Some(step) = step {
                observer(&step);
            }
            if exit != Exit::Step {
                return Ok(exit);
            }
        }
    }

    fn run_to_end(&mut self, data: &mut T) -> Result<(), CallError<E>> {
        if self.ended == Some(self.instance.starts()) {
            return Err(CallRejected::NotSuspended.into());
        }
        loop {
            let exit = self.run_to_exit().map_err(|error| match error {
                RunError::NextUnset => CallRejected::NotSuspended.into(),
                RunError::Trouble(trouble) => CallError::Trouble(trouble),
            })?;
            let interruption = match exit {
                Exit::Finished => return Ok(()),
                Exit::HostCall(number) => {
                    // If the host function panics, the call is over.
                    self.ended = Some(self.instance.starts());
                    match self.pre.host_call(&mut self.instance, data, number) {
                        Some(Ok(())) => {
                            self.ended = None;
                            continue;
                        }
                        Some(Err(error)) => {
                            self.ended = Some(self.instance.starts());
                            return Err(CallError::HostFunction(error));
                        }
                        None => self.end(self.instance.end_cause()),
                    }
                }
                Exit::Segfault(fault) => match map_initial_page(&mut self.instance, &fault) {
                    Some(true) => continue,
                    // The program did nothing wrong, and there is no cause that says so.
                    Some(false) => self.end(None),
                    None => self.end(self.instance.end_cause()),
                },
                // Also where it could not even begin: there the instance itself would try again.
                Exit::Trap => self.end(self.instance.trap_cause()),
                Exit::OutOfGas => Interruption::OutOfGas { pc: self.instance.pc() },
                Exit::Step => Interruption::Step { pc: self.instance.pc() },
            };
            return Err(CallError::Interrupted(interruption));
        }
    }

    /// Ends the call like a trap, although the instance could go on.
    fn end(&mut self, cause: Option<TrapCause>) -> Interruption {
        self.ended = Some(self.instance.starts());
        Interruption::Trap { pc: self.instance.pc(), cause }
    }
}

/// Answers a page fault in the stack or the initial data by mapping the page as it would be without dynamic
/// paging. `None` if the fault is elsewhere, or a write to read-only memory; false if the memory limit is in the way.
fn map_initial_page(instance: &mut Instance, fault: &Segfault) -> Option<bool> {
    if fault.write_protected {
        return None;
    }
    let module = instance.module().clone();
    let map = module.memory_map();
    let (address, page_size) = (fault.page_address, fault.page_size);
    let offset_in = |start: u32, size: u32| address.checked_sub(start).filter(|offset| *offset < size);

    let (data, offset, writable) = if let Some(offset) = offset_in(map.ro_data_address(), map.ro_data_size())
    {
        (module.ro_data(), offset, false)
    } else if let Some(offset) = offset_in(map.rw_data_address(), map.rw_data_size()) {
        (module.rw_data(), offset, true)
    } else if offset_in(map.stack_low(), map.stack_size()).is_some() {
        (&[][..], 0, true)
    } else {
        return None;
    };
    let rest = data.get(offset as usize..).unwrap_or(&[]);
    let page = rest.get(..page_size as usize).unwrap_or(rest);
    let mapped = instance.map_pages(address, page_size, true).is_ok()
        && instance.write_memory(address, page).is_ok()
        && (writable || instance.protect_pages(address, page_size).is_ok());
    Some(mapped)
}
