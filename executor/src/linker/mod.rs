// SPDX-License-Identifier: Apache-2.0
//! The linker: host functions as closures, found by a module's import symbols, and typed calls into the guest.
//!
//! A host call that nobody can answer (number out of range, invalid symbol, no function and no fallback) ends the
//! call like a trap (execution, section 6), unless linking is strict, which refuses such a module beforehand.
//! With dynamic paging, faults in stack and data are answered by mapping the page with its initial contents, and all
//! others end the call like a trap (memory map, section 6).

mod call;
mod caller;
mod values;

use core::{convert::Infallible, fmt};
use std::{collections::BTreeMap, sync::Arc};

pub use call::LinkedInstance;
pub use caller::{Caller, IntoHostFunction};
pub use values::{GuestArgs, GuestResult, GuestValue, HostResult};

use revive_vm_primitives::answers::{Answer, Price};

use crate::{
    answers::Answers,
    error::{HostTrouble, InstantiateError, LinkError},
    instance::Instance,
    module::Module,
};
use caller::{registers_suffice, HostFunction, Typed, Untyped};

type Function<T, E> = Arc<dyn HostFunction<T, E>>;
type Fallback<T, E> = Arc<dyn Fn(Caller<'_, T>, u32) -> Result<(), E> + Send + Sync>;

/// Host functions by symbol. `T` is the data that they work on, `E` the error with which they can end a call. A clone has
/// the same functions, and can be given more.
///
/// A blob says no types: an import is found by its symbol, and the closure alone says what the registers mean. So does
/// whoever calls an export.
///
/// ```
/// use revive_vm_executor::{Caller, Linker};
///
/// let mut linker = Linker::<Vec<u8>, String>::new();
/// linker.func_wrap("push", |mut caller: Caller<'_, Vec<u8>>, byte: u32| -> Result<u32, String> {
///     let byte = u8::try_from(byte).map_err(|_| format!("{byte} is not a byte"))?;
///     caller.data_mut().push(byte);
///     Ok(caller.data().len() as u32)
/// })?;
/// # Ok::<(), revive_vm_executor::LinkError>(())
/// ```
pub struct Linker<T, E = Infallible> {
    // Not hashed: a module's symbols may overlap, so that all of them together are hundreds of times longer than its blob.
    functions: BTreeMap<Box<[u8]>, Function<T, E>>,
    fallback: Option<Fallback<T, E>>,
    answers: BTreeMap<Box<[u8]>, (Answer, Price)>,
    strict: bool,
}

impl<T, E> Default for Linker<T, E> {
    fn default() -> Self {
        Self { functions: BTreeMap::new(), fallback: None, answers: BTreeMap::new(), strict: false }
    }
}

impl<T, E> Clone for Linker<T, E> {
    fn clone(&self) -> Self {
        Self {
            functions: self.functions.clone(),
            fallback: self.fallback.clone(),
            answers: self.answers.clone(),
            strict: self.strict,
        }
    }
}

impl<T, E> fmt::Debug for Linker<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let symbols =
            |keys: &mut dyn Iterator<Item = &Box<[u8]>>| keys.map(|key| printable(key)).collect::<Vec<_>>();
        f.debug_struct("Linker")
            .field("functions", &symbols(&mut self.functions.keys()))
            .field("fallback", &self.fallback.is_some())
            .field("answers", &symbols(&mut self.answers.keys()))
            .field("strict", &self.strict)
            .finish()
    }
}

/// Import symbols are arbitrary bytes; this makes them fit for a message.
pub(crate) fn printable(name: &[u8]) -> String {
    name.escape_ascii().to_string()
}

impl<T: 'static, E: 'static> Linker<T, E> {
    /// A linker without functions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether [`Self::instantiate_pre`] refuses modules with imports that nobody answers. Default: no.
    pub fn set_strict(&mut self, strict: bool) -> &mut Self {
        self.strict = strict;
        self
    }

    /// Defines a host function by a closure: a [`Caller`] and up to nine arguments of `u32`, `i32`, `u64`, `i64`,
    /// returning nothing, one such value, or a `Result` of these with the linker's error type.
    ///
    /// Errors: the symbol is already defined.
    pub fn func_wrap<Args: 'static>(
        &mut self,
        symbol: impl AsRef<[u8]>,
        function: impl IntoHostFunction<T, E, Args>,
    ) -> Result<&mut Self, LinkError> {
        self.define(symbol.as_ref(), Arc::new(Typed::new(function)))
    }

    /// Defines a host function that reads its arguments from and writes its results to registers itself.
    ///
    /// Errors: the symbol is already defined.
    pub fn func_untyped(
        &mut self,
        symbol: impl AsRef<[u8]>,
        function: impl Fn(Caller<'_, T>) -> Result<(), E> + Send + Sync + 'static,
    ) -> Result<&mut Self, LinkError> {
        self.define(symbol.as_ref(), Arc::new(Untyped(function)))
    }

    /// Sets the function that answers every host call without another answer; it is given the call's number.
    pub fn func_fallback(
        &mut self,
        function: impl Fn(Caller<'_, T>, u32) -> Result<(), E> + Send + Sync + 'static,
    ) -> &mut Self {
        self.fallback = Some(Arc::new(function));
        self
    }

    /// Has calls of a symbol answered where the guest runs, as far as they can be
    /// ([`revive_vm_primitives::answers`]). A call that cannot be goes to the host function of that symbol, or to the
    /// fallback, as if there was no answer. What is answered from is set for each instance
    /// ([`Instance::set_constants`] and others).
    ///
    /// Errors: the symbol has an answer already.
    ///
    /// ```
    /// use revive_vm_executor::primitives::{BlobBuilder, CodeBuilder, Instruction, Opcode};
    /// use revive_vm_executor::{Answer, Engine, EngineConfig, InstructionSet, Linker, Module, ModuleConfig, Price, Reg};
    ///
    /// let mut code = CodeBuilder::new(InstructionSet::Latest64);
    /// code.push(Instruction::imm(Opcode::Ecalli, 0));
    /// code.push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
    /// let blob = BlobBuilder::new(InstructionSet::Latest64).import(b"now").export(b"run", 0).code(code.finish()?).build();
    /// let engine = Engine::new(EngineConfig::default())?;
    /// let module = Module::new(&engine, &blob, &ModuleConfig::default())?;
    ///
    /// // Constant 3 of each instance is a number, and asking for it costs 10 units.
    /// let mut linker = Linker::<()>::new();
    /// linker.answer("now", Answer::Number { constant: 3 }, Price { base: 10, per_kib: 0 })?;
    /// let mut instance = linker.instantiate(&module)?;
    /// let now = 1_700_000_000u64;
    /// instance.set_constants(vec![vec![], vec![], vec![], now.to_le_bytes().to_vec()]);
    /// instance.set_gas(100);
    /// assert_eq!(instance.call_typed(&mut (), "run", ()), Ok(now));
    /// assert_eq!(instance.gas(), 100 - 2 - 10);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn answer(
        &mut self,
        symbol: impl AsRef<[u8]>,
        answer: Answer,
        price: Price,
    ) -> Result<&mut Self, LinkError> {
        let symbol = symbol.as_ref();
        if self.answers.contains_key(symbol) {
            return Err(LinkError::Duplicate { symbol: printable(symbol) });
        }
        self.answers.insert(symbol.into(), (answer, price));
        Ok(self)
    }

    fn define(&mut self, symbol: &[u8], function: Function<T, E>) -> Result<&mut Self, LinkError> {
        if self.functions.contains_key(symbol) {
            return Err(LinkError::Duplicate { symbol: printable(symbol) });
        }
        self.functions.insert(symbol.into(), function);
        Ok(self)
    }

    /// Resolves the imports of a module once, for any number of instances.
    ///
    /// Errors: a function's arguments do not fit into the registers of the module's instruction set; with strict
    /// linking also a missing function or an invalid symbol.
    pub fn instantiate_pre(&self, module: &Module) -> Result<InstancePre<T, E>, LinkError> {
        let wide = module.isa().is_64_bit();
        let strict = self.strict && self.fallback.is_none();
        let mut functions = Vec::with_capacity(module.imports().len());
        for (index, symbol) in (0u32..).zip(module.imports()) {
            let function = match symbol {
                Some(symbol) => {
                    let function = self.functions.get(symbol).cloned();
                    if let Some(needed) = function.as_ref().map(|function| function.regs(wide)) {
                        if !registers_suffice(needed) {
                            let symbol = printable(symbol);
                            return Err(LinkError::TooManyRegisters {
                                symbol,
                                needed,
                                limit: values::ARG_REGS,
                            });
                        }
                    } else if strict && !self.answers.contains_key(symbol) {
                        return Err(LinkError::Missing { index, symbol: printable(symbol) });
                    }
                    function
                }
                None if strict => return Err(LinkError::InvalidSymbol { index }),
                None => None,
            };
            functions.push(function);
        }
        let answers = Answers::for_module(module, |symbol| self.answers.get(symbol).copied());
        Ok(InstancePre {
            module: module.clone(),
            functions: functions.into(),
            fallback: self.fallback.clone(),
            answers: Some(answers).filter(|answers| !answers.is_empty()),
        })
    }

    /// An instance of `module` with these functions. Errors: as [`Self::instantiate_pre`], and host trouble.
    pub fn instantiate(&self, module: &Module) -> Result<LinkedInstance<T, E>, InstantiateError> {
        Ok(self.instantiate_pre(module)?.instantiate()?)
    }
}

/// A module whose imports are resolved. Cheap to clone.
pub struct InstancePre<T, E = Infallible> {
    module: Module,
    functions: Arc<[Option<Function<T, E>>]>,
    fallback: Option<Fallback<T, E>>,
    answers: Option<Answers>,
}

impl<T, E> Clone for InstancePre<T, E> {
    fn clone(&self) -> Self {
        Self {
            module: self.module.clone(),
            functions: self.functions.clone(),
            fallback: self.fallback.clone(),
            answers: self.answers.clone(),
        }
    }
}

impl<T, E> fmt::Debug for InstancePre<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstancePre").field("module", &self.module).finish_non_exhaustive()
    }
}

impl<T, E> InstancePre<T, E> {
    /// The module.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// A new instance of the module. Errors: this machine cannot run it.
    pub fn instantiate(&self) -> Result<LinkedInstance<T, E>, HostTrouble> {
        let mut instance = Instance::new(&self.module)?;
        if let Some(answers) = &self.answers {
            instance.set_answers(answers);
        }
        Ok(LinkedInstance::new(instance, self.clone()))
    }

    /// Answers host call `number`; `None` if nobody can.
    pub(super) fn host_call(
        &self,
        instance: &mut Instance,
        data: &mut T,
        number: u32,
    ) -> Option<Result<(), E>> {
        let function = usize::try_from(number).ok().and_then(|index| self.functions.get(index)?.as_ref());
        match (function, &self.fallback) {
            (Some(function), _) => Some(function.call(instance, data)),
            (None, Some(fallback)) => Some(fallback(Caller { instance, data }, number)),
            (None, None) => None,
        }
    }
}
