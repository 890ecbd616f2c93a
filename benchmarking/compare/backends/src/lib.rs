// SPDX-License-Identifier: Apache-2.0
//! Our engines and other virtual machines behind one trait.
//!
//! A [`Backend`] is a machine in one configuration. It takes a [`Program`] through the same stations as all others: prepare (not
//! measured: what the machine wants the bytes to be in), compile, instantiate, call. Who measures stands outside.
//!
//! A back end is one file of this crate and one line in [`all`]. A machine that does not start here is no error: [`all`] says why.

#![forbid(unsafe_code)]

mod native;
mod ours;
mod polkavm;
#[cfg(feature = "wasmer")]
mod wasmer;
#[cfg(feature = "wasmi")]
mod wasmi;
#[cfg(feature = "wasmtime")]
mod wasmtime;

/// Far more than any program needs, so that metering happens but never ends a run.
const GAS: i64 = 1 << 60;

/// Refuses an instance of a program that can only be compiled.
const NO_RUN: &str = "there is no export `run`";

/// What a back end says when it cannot do something.
pub type Result<T> = std::result::Result<T, String>;

/// One program in every form that there is of it.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The blob.
    pub guest: Option<Vec<u8>>,
    /// The wasm module.
    pub wasm: Option<Vec<u8>>,
    /// The program itself.
    pub native: Option<Native>,
}

/// A program that is linked into this one.
#[derive(Clone, Copy, Debug)]
pub struct Native {
    /// Makes the input.
    pub initialize: fn(),
    /// Does so many units of work and gives a checksum.
    pub run: fn(u64) -> u64,
}

/// The functions that a program exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// Makes the input; programs that are not ours may lack it.
    Initialize,
    /// Does the work.
    Run,
}

impl Export {
    /// The name under which it is exported.
    pub fn name(self) -> &'static str {
        match self {
            Self::Initialize => "initialize",
            Self::Run => "run",
        }
    }
}

/// Compiles a program once each time it is called.
pub type Compile = Box<dyn Fn() -> Result<Box<dyn Module>>>;

/// A machine in one configuration.
pub trait Backend {
    /// Makes the program ready for [`Compile`]. Errors: there is no form of it for this machine, or it cannot be read.
    fn prepare(&self, program: &Program) -> Result<Compile>;
}

/// A compiled program.
pub trait Module {
    /// Makes an instance whose memory is as the program says.
    fn instantiate(&self) -> Result<Box<dyn Instance>>;
}

/// A program that can be called.
pub trait Instance {
    /// Calls an export and gives its result; 0 for an `initialize` that is not there. Host calls are answered with the argument plus
    /// one. Errors: anything but a return.
    fn call(&mut self, export: Export, argument: u64) -> Result<u64>;

    /// The gas that all calls together have used; `None` where it is not metered, or not by our models.
    fn gas_used(&self) -> Option<i64> {
        None
    }
}

/// Makes a back end, or says why it does not start here.
pub type Start = fn() -> Result<Box<dyn Backend>>;

/// What there is to say of a back end without starting it.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Name in tables and in JSON.
    pub name: &'static str,
    /// What exactly is measured.
    pub about: &'static str,
    /// In how many rounds it takes part: in each, or in every so-manieth, because it is slow.
    pub every: usize,
    /// Name of the gas model; the same name promises the same gas.
    pub gas: Option<&'static str>,
    /// Starts it.
    pub start: Start,
}

/// All back ends.
pub fn all() -> Vec<Entry> {
    let mut entries = vec![native::ENTRY];
    entries.extend(ours::ENTRIES);
    entries.extend(polkavm::ENTRIES);
    #[cfg(feature = "wasmtime")]
    entries.extend(wasmtime::ENTRIES);
    #[cfg(feature = "wasmer")]
    entries.push(wasmer::ENTRY);
    #[cfg(feature = "wasmi")]
    entries.push(wasmi::ENTRY);
    entries
}

/// The blob of a program.
fn guest_of(program: &Program) -> Result<&[u8]> {
    program.guest.as_deref().ok_or_else(|| "there is no blob of it".into())
}

/// The wasm module of a program.
#[cfg(any(feature = "wasmer", feature = "wasmi", feature = "wasmtime"))]
fn wasm_of(program: &Program) -> Result<&[u8]> {
    program.wasm.as_deref().ok_or_else(|| "there is no wasm module of it".into())
}
