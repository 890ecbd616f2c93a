// SPDX-License-Identifier: Apache-2.0
//! A server of the Debug Adapter Protocol: editors go through a [`Session`] with it.
//!
//! | who | does what |
//! |---|---|
//! | `framing`, `protocol`, `connection` | messages: where one ends, what is in it, and those that go out |
//! | `inbox` | the thread that reads, and that interrupts a session that moves |
//! | `server` | which request may come when; motions, and the events that come of them |
//! | `debuggee` | what was launched, and requests that do not move it |
//! | `frames`, `variables`, `memory`, `disassembly`, `breakpoints`, `stops` | the answers and what is told, by what they are about |
//! | `references` | how clients name what they want to see |
//!
//! There is one thread; going back is going back in the recording. Nothing can be changed, so nothing is offered for that. The
//! client is told of the end when the session stands there, and can go back; going on once more ends the run for it.
//!
//! Requests that make no sense are refused, and it goes on. Input that cannot be taken apart into messages is an error of [`serve`].

use std::io::{self, BufRead, Write};

use serde_json::{Map, Value};

use crate::{Session, SourceFiles};

mod breakpoints;
mod connection;
mod debuggee;
mod disassembly;
mod frames;
mod framing;
mod inbox;
mod memory;
mod protocol;
mod references;
mod server;
mod stops;
mod variables;

/// Makes a session of what a client sends with `launch`.
pub trait Launcher {
    /// The session, in its beginning.
    ///
    /// # Errors
    /// Why there is none, for people.
    fn launch(&mut self, arguments: &Map<String, Value>) -> Result<Launched, String>;
}

/// What was launched.
pub struct Launched {
    /// The session, in its beginning.
    pub session: Session,
    /// Where its source files are.
    pub sources: SourceFiles,
    /// Text for the client's console, the title for instance; may be empty.
    pub message: String,
}

/// Serves one client until it disconnects or its input ends, also if the session moves then: nobody is there any more to see
/// where it stops. A script has to keep its end open until it has what it waits for.
///
/// A thread reads the input. It ends with the input, or behind `disconnect`.
///
/// # Errors
/// The input is broken (of kind [`InvalidData`](io::ErrorKind::InvalidData), with what is wrong in it), or input or output fail.
pub fn serve(
    input: impl BufRead + Send + 'static,
    output: impl Write,
    launcher: &mut dyn Launcher,
) -> io::Result<()> {
    let served = server::Server::new(inbox::Inbox::new(input)?, output, launcher).run();
    match served {
        // The client has gone without a word.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        served => served,
    }
}
