// SPDX-License-Identifier: Apache-2.0
//! One frame of a recording being run again: its host calls are those that were recorded, and get the same answers.
//!
//! At each host call the import, the code offset, the arguments and the gas have to be those of the recording, and all that were
//! recorded have to be made. So what runs here is what was recorded, or there is an error.

use revive_vm_executor::{Engine, Exit, Instance, Module, ModuleConfig, Reg};

use crate::{
    error::DebugError,
    recording::{Answer, End, Frame, Host, HostCall, Program},
};

impl Program {
    /// Sets the program up, to return before every instruction.
    ///
    /// # Errors
    /// [`DebugError::Rejected`]: the blob is damaged, or has more memory than it could have.
    pub fn module(&self, engine: &Engine) -> Result<Module, DebugError> {
        let config = ModuleConfig {
            gas: Some(self.gas_model),
            step_tracing: true,
            memory_bytes_max: self.memory_bytes_max,
            ..ModuleConfig::default()
        };
        Module::new(engine, &self.blob, &config)
            .map_err(|error| DebugError::Rejected { what: self.name.clone(), reason: error.to_string() })
    }
}

/// See the module. Whoever has it runs [`instance`](Self::instance), and comes back at each [`Exit::HostCall`].
pub struct Replay {
    /// The frame's program, as far as it is.
    pub instance: Instance,
    /// Code offset of the export that is run.
    start: u32,
    /// Host calls that were made.
    host_calls: usize,
    /// The import that the last one was of.
    import: u32,
}

impl Replay {
    /// In front of the first instruction. `module` is that of the frame's program.
    ///
    /// # Errors
    /// [`DebugError::Rejected`]: it has no such export. [`DebugError::Trouble`]: there is no memory.
    pub fn new(module: &Module, frame: &Frame) -> Result<Self, DebugError> {
        let start = start_of(frame, module)?;
        let mut instance =
            Instance::new(module).map_err(|trouble| DebugError::Trouble(trouble.to_string()))?;
        instance.set_gas(frame.gas);
        instance.prepare_call(start, frame.args.get(..Reg::ARGS.len()).unwrap_or(&frame.args));
        Ok(Self { instance, start, host_calls: 0, import: 0 })
    }

    /// Code offset of the export that is run.
    pub fn start(&self) -> u32 {
        self.start
    }

    /// The host call that comes next, if it was recorded.
    pub fn next_host_call<'a>(&self, frame: &'a Frame) -> Option<&'a HostCall> {
        recorded(frame).get(self.host_calls)
    }

    /// The host call that was made last, if it was recorded.
    pub fn last_host_call<'a>(&self, frame: &'a Frame) -> Option<&'a HostCall> {
        recorded(frame).get(self.host_calls.checked_sub(1)?)
    }

    /// The program makes a host call of an import. It is to be [answered](Self::answer) then.
    ///
    /// # Errors
    /// [`DebugError::Differs`]: it is not the next one that was recorded.
    pub fn host_call(&mut self, frame: &Frame, import: u32) -> Result<(), DebugError> {
        if let Host::Recorded(_) = frame.host {
            self.agrees(frame, import).map_err(|reason| differs(frame, reason))?;
        }
        self.host_calls += 1;
        self.import = import;
        Ok(())
    }

    fn agrees(&self, frame: &Frame, import: u32) -> Result<(), String> {
        let pc = self.instance.pc();
        let name = match self.instance.module().import_symbol(import) {
            Some(symbol) => shown(symbol),
            None => format!("number {import}"),
        };
        let number = self.host_calls + 1;
        let gas = self.instance.gas();
        let here = format!("here it is of {name} at {} with {gas}", offset(pc));
        let Some(call) = self.next_host_call(frame) else {
            return Err(format!("there was no host call {number}, {here} gas left"));
        };
        let args = Reg::ARGS.iter().map(|reg| self.instance.reg(*reg)).take(call.args.len());
        let is_same = self.instance.module().import_symbol(import) == Some(call.function.as_bytes())
            && (call.pc.is_none() || call.pc == pc)
            && call.gas == gas
            && args.eq(call.args);
        let function = shown(call.function.as_bytes());
        match is_same {
            true => Ok(()),
            false => Err(format!(
                "host call {number} was of {function} at {} with {} gas left, {here}",
                offset(call.pc),
                call.gas
            )),
        }
    }

    /// Answers the last host call, or says how it has ended the frame.
    ///
    /// # Errors
    /// [`DebugError::Differs`]: it cannot have written where it is said to have.
    pub fn answer(&mut self, frame: &Frame) -> Result<Option<End>, DebugError> {
        let answers = match &frame.host {
            Host::Fixed(answers) => answers,
            Host::Recorded(_) => return self.recorded_answer(frame),
        };
        let symbol = self.instance.module().import_symbol(self.import);
        if let Some(answer) = symbol.and_then(|symbol| answers.get(symbol)) {
            self.instance.set_reg(Reg::A0, *answer);
            return Ok(None);
        }
        let function = match symbol {
            Some(symbol) => shown(symbol),
            None => format!("number {}, which the blob does not import", self.import),
        };
        Ok(Some(End {
            text: format!("stopped at host function {function}: nobody answers it"),
            is_good: false,
        }))
    }

    fn recorded_answer(&mut self, frame: &Frame) -> Result<Option<End>, DebugError> {
        let Some(call) = self.last_host_call(frame) else { return Ok(None) };
        match &call.answer {
            Answer::Ended(end) => Ok(Some(end.clone())),
            Answer::Resumed { result, writes, gas } => {
                for (address, bytes) in writes {
                    self.instance.write_memory(*address, bytes).map_err(|error| {
                        let function = shown(call.function.as_bytes());
                        differs(frame, format!("{function} cannot have written to its memory: {error}"))
                    })?;
                }
                if let Some(result) = result {
                    self.instance.set_reg(Reg::A0, *result);
                }
                self.instance.set_gas(*gas);
                Ok(None)
            }
        }
    }

    /// The program has ended by itself, by an exit that is neither a step nor a host call.
    ///
    /// # Errors
    /// [`DebugError::Differs`]: host calls that were recorded have not been made.
    pub fn ended(&self, frame: &Frame, exit: Exit) -> Result<(), DebugError> {
        let Some(call) = self.next_host_call(frame) else { return Ok(()) };
        let (number, function) = (self.host_calls + 1, shown(call.function.as_bytes()));
        let at = offset(self.instance.pc());
        Err(differs(
            frame,
            format!("host call {number} was of {function}, here it comes to {exit:?} at {at} before that"),
        ))
    }
}

/// The code offset where a frame begins.
///
/// # Errors
/// [`DebugError::Rejected`]: there is none.
pub(crate) fn start_of(frame: &Frame, module: &Module) -> Result<u32, DebugError> {
    module.export_offset(frame.export.as_bytes()).ok_or_else(|| DebugError::Rejected {
        what: frame.program.name.clone(),
        reason: format!("it has no export {}", shown(frame.export.as_bytes())),
    })
}

fn recorded(frame: &Frame) -> &[HostCall] {
    match &frame.host {
        Host::Recorded(calls) => calls,
        Host::Fixed(_) => &[],
    }
}

fn differs(frame: &Frame, reason: String) -> DebugError {
    DebugError::Differs { frame: frame.title.clone(), reason }
}

/// A name from a program, for a message.
fn shown(name: &[u8]) -> String {
    format!("`{}`", String::from_utf8_lossy(name).escape_debug())
}

fn offset(pc: Option<u32>) -> String {
    pc.map_or_else(|| "an unknown code offset".into(), |pc| format!("code offset {pc}"))
}
