// SPDX-License-Identifier: Apache-2.0
//! What a host function sees of the program that called it, and the closures that are host functions.

use core::fmt;

use revive_vm_primitives::{Gas, Reg};

use super::values::{for_each_argument_count, GuestValue, HostResult, RegisterCursor, ARG_REGS};
use crate::instance::{Instance, MemoryError};

/// The calling program, for the time of a host call: the embedder's data, guest memory, registers, gas.
///
/// A host function that calls another instance of the same module with the gas that is left:
///
/// ```
/// use revive_vm_executor::primitives::{BlobBuilder, CodeBuilder, Instruction, Opcode};
/// use revive_vm_executor::{Caller, Engine, EngineConfig, InstancePre, InstructionSet, Linker, Module, ModuleConfig, Reg};
///
/// struct Host {
///     depth: u32,
///     program: Option<InstancePre<Host, String>>,
/// }
///
/// let mut linker = Linker::<Host, String>::new();
/// linker.func_wrap("deeper", |mut caller: Caller<'_, Host>, x: u64| -> Result<u64, String> {
///     let gas = caller.gas();
///     let host = caller.data_mut();
///     if host.depth == 25 {
///         return Ok(x);
///     }
///     host.depth += 1;
///     let program = host.program.clone().ok_or("no program")?;
///     let mut callee = program.instantiate().map_err(|trouble| trouble.to_string())?;
///     callee.set_gas(gas);
///     let result = callee.call_typed(host, "run", (x + 1,)).map_err(|error| error.to_string());
///     caller.set_gas(callee.gas());
///     result
/// })?;
///
/// // `run(x)` returns what `deeper(x)` does.
/// let mut code = CodeBuilder::new(InstructionSet::Latest64);
/// code.push(Instruction::imm(Opcode::Ecalli, 0));
/// code.push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
/// let blob =
///     BlobBuilder::new(InstructionSet::Latest64).import(b"deeper").export(b"run", 0).code(code.finish()?).build();
/// let engine = Engine::new(EngineConfig::default())?;
/// let module = Module::new(&engine, &blob, &ModuleConfig::default())?;
/// let program = linker.instantiate_pre(&module)?;
///
/// let mut instance = program.instantiate()?;
/// instance.set_gas(1_000);
/// let mut host = Host { depth: 0, program: Some(program) };
/// assert_eq!(instance.call_typed(&mut host, "run", (100u64,)), Ok(125u64));
/// assert_eq!(instance.gas(), 1_000 - 2 * 26);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Caller<'a, T> {
    pub(super) instance: &'a mut Instance,
    pub(super) data: &'a mut T,
}

impl<T> fmt::Debug for Caller<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("instance", &self.instance).finish_non_exhaustive()
    }
}

impl<T> Caller<'_, T> {
    /// The data that the call was made with.
    pub fn data(&self) -> &T {
        self.data
    }

    /// The data that the call was made with.
    pub fn data_mut(&mut self) -> &mut T {
        self.data
    }

    /// Copies guest memory. Errors: not all of it is accessible.
    pub fn read_memory(&self, address: u32, out: &mut [u8]) -> Result<(), MemoryError> {
        self.instance.read_memory(address, out)
    }

    /// A copy of `len` bytes of guest memory. Errors: not all of it is accessible.
    pub fn read_memory_vec(&self, address: u32, len: u32) -> Result<Vec<u8>, MemoryError> {
        self.instance.read_memory_vec(address, len)
    }

    /// Writes guest memory. Errors: not all of it is writable; then nothing is changed.
    pub fn write_memory(&mut self, address: u32, bytes: &[u8]) -> Result<(), MemoryError> {
        self.instance.write_memory(address, bytes)
    }

    /// Value of a register.
    pub fn reg(&self, reg: Reg) -> u64 {
        self.instance.reg(reg)
    }

    /// Sets a register. What the host function returns is written after it, to `a0` and perhaps `a1`.
    pub fn set_reg(&mut self, reg: Reg, value: u64) {
        self.instance.set_reg(reg, value);
    }

    /// Gas left. The rest of the current basic block is already paid.
    pub fn gas(&self) -> Gas {
        self.instance.gas()
    }

    /// Sets the gas left; the way to charge for the host function's work. A negative amount makes the call run out
    /// of gas when the host function returns.
    pub fn set_gas(&mut self, gas: Gas) {
        self.instance.set_gas(gas);
    }

    /// The instance itself, for everything else. To run it, or to set where it runs, loses the place of this call.
    pub fn instance(&mut self) -> &mut Instance {
        self.instance
    }
}

/// A host function with its types forgotten.
pub(super) trait HostFunction<T, E>: Send + Sync {
    /// Registers that its arguments take on an instruction set of this width.
    fn regs(&self, wide: bool) -> usize;
    fn call(&self, instance: &mut Instance, data: &mut T) -> Result<(), E>;
}

/// A closure that can be a host function: `Fn(Caller<'_, T>, A, B, …) -> R` with up to nine arguments.
///
/// `Args` only tells the implementations for different closures apart.
pub trait IntoHostFunction<T, E, Args>: Send + Sync + 'static {
    #[doc(hidden)]
    fn regs(wide: bool) -> usize;
    #[doc(hidden)]
    fn call(&self, instance: &mut Instance, data: &mut T) -> Result<(), E>;
}

macro_rules! into_host_function {
    ($($name:ident)*) => {
        impl<T, E, R, Function, $($name: GuestValue),*> IntoHostFunction<T, E, (R, $($name,)*)> for Function
        where
            Function: Fn(Caller<'_, T>, $($name),*) -> R + Send + Sync + 'static,
            R: HostResult<E>,
        {
            fn regs(_wide: bool) -> usize {
                0 $(+ $name::regs(_wide))*
            }

            #[allow(non_snake_case, reason = "the type parameters double as names of the values")]
            fn call(&self, instance: &mut Instance, data: &mut T) -> Result<(), E> {
                let mut _arguments = RegisterCursor::new(instance);
                $(let $name = $name::read(&mut _arguments);)*
                let result = self(Caller { instance: &mut *instance, data }, $($name),*);
                result.deliver(&mut RegisterCursor::new(instance))
            }
        }
    };
}
for_each_argument_count!(into_host_function);

/// Carries a closure and remembers what its arguments are.
pub(super) struct Typed<F, Args> {
    function: F,
    args: core::marker::PhantomData<fn() -> Args>,
}

impl<F, Args> Typed<F, Args> {
    pub(super) fn new(function: F) -> Self {
        Self { function, args: core::marker::PhantomData }
    }
}

impl<T, E, Args, F: IntoHostFunction<T, E, Args>> HostFunction<T, E> for Typed<F, Args> {
    fn regs(&self, wide: bool) -> usize {
        F::regs(wide)
    }

    fn call(&self, instance: &mut Instance, data: &mut T) -> Result<(), E> {
        self.function.call(instance, data)
    }
}

/// Carries a closure that reads and writes registers itself.
pub(super) struct Untyped<F>(pub(super) F);

impl<T, E, F> HostFunction<T, E> for Untyped<F>
where
    F: Fn(Caller<'_, T>) -> Result<(), E> + Send + Sync,
{
    fn regs(&self, _: bool) -> usize {
        0
    }

    fn call(&self, instance: &mut Instance, data: &mut T) -> Result<(), E> {
        (self.0)(Caller { instance, data })
    }
}

/// Whether arguments that take `needed` registers fit.
pub(super) fn registers_suffice(needed: usize) -> bool {
    needed <= ARG_REGS
}
