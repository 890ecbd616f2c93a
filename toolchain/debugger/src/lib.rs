// SPDX-License-Identifier: Apache-2.0
//! A debugger for contracts: goes through a run that was recorded, by instruction or by source line, forwards and backwards.
//!
//! A [`Recording`] has the frames of a call, one for each contract that was entered, with all that their programs learnt from
//! the outside: arguments, gas, and the answers of host calls. So the run here is the run that was recorded, to the register and the unit of
//! gas, as often as it is wanted; going back is running again up to an earlier time. A [`Session`] stands at a time in it, and
//! moves by [`Session::go`]. Where no recording is to be had, answers of host calls can be fixed numbers.
//!
//! ```
//! use revive_vm_debugger::{Direction, Frame, Host, Motion, Program, Recording, Session, Stop, Unit};
//! use revive_vm_primitives::{GasModel, InstructionSet, Reg};
//!
//! let text = "pub @run:\n a0 = a0 + 1\n a0 = a0 + a0\n ret";
//! let blob = revive_vm_assembly::assemble_program(text, InstructionSet::Latest64).unwrap().to_blob();
//! let program = Program { name: "double".into(), blob, gas_model: GasModel::Flat, memory_bytes_max: 1 << 20 };
//! let frame = Frame {
//!     title: "run".into(),
//!     program: program.into(),
//!     export: "run".into(),
//!     args: vec![4],
//!     gas: 100,
//!     host: Host::Fixed([].into()),
//!     end: None,
//! };
//! let mut session = Session::new(Recording { frames: vec![frame], roots: vec![0] })?;
//! let step = Motion::Into(Unit::Instruction);
//! assert_eq!(session.go(step, Direction::Forward)?, Stop::Step);
//! assert_eq!(session.go(step, Direction::Forward)?, Stop::Step);
//! assert_eq!(session.register(0, Reg::A0), Some(10));
//! assert_eq!(session.go(step, Direction::Back)?, Stop::Step);
//! assert_eq!(session.register(0, Reg::A0), Some(5));
//! assert_eq!(session.go(Motion::Continue, Direction::Forward)?, Stop::Over);
//! # Ok::<(), revive_vm_debugger::DebugError>(())
//! ```

#![forbid(unsafe_code)]

mod at;
mod breakpoints;
pub mod dap;
mod error;
pub mod expression;
mod machine;
mod program;
mod recording;
mod replay;
mod session;
mod source_files;
mod stack;

pub use breakpoints::{Breakpoint, BreakpointId, Target};
pub use error::DebugError;
pub use program::Position;
pub use recording::{Answer, End, Frame, Host, HostCall, Program, Recording};
pub use replay::Replay;
pub use session::{Direction, Interrupter, Motion, Place, Session, Stop, Unit};
pub use source_files::SourceFiles;
pub use stack::StackFrame;
