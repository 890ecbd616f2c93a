// SPDX-License-Identifier: Apache-2.0
//! What the client sends. A thread of its own reads it, so that it can interrupt a session that is moving.
//!
//! While the session moves, requests that do not ask where it stands are answered at once, others wait until it stands. So what
//! comes of requests that are sent one after the other does not depend on time.

use std::{
    collections::VecDeque,
    io::{self, BufRead},
    sync::{
        mpsc::{channel, Receiver},
        Arc, Mutex, PoisonError,
    },
    thread,
};

use super::{
    framing,
    protocol::{Message, Request},
};
use crate::Interrupter;

/// Something that came from the client.
pub(super) enum Incoming {
    /// A request.
    Request(Request),
    /// The input has ended.
    End,
    /// The input cannot be read on.
    Broken(io::Error),
}

impl Incoming {
    /// Whether it is for sessions that move too.
    fn is_urgent(&self) -> bool {
        const URGENT: [&str; 9] = [
            "disconnect",
            "pause",
            "setBreakpoints",
            "setDataBreakpoints",
            "setExceptionBreakpoints",
            "setFunctionBreakpoints",
            "setInstructionBreakpoints",
            "terminate",
            "threads",
        ];
        match self {
            Self::Request(request) => URGENT.contains(&request.command.as_str()),
            Self::End | Self::Broken(_) => true,
        }
    }

    /// Whether nothing comes behind it.
    fn is_last(&self) -> bool {
        match self {
            Self::Request(request) => request.command == "disconnect",
            Self::End | Self::Broken(_) => true,
        }
    }
}

/// See the module.
pub(super) struct Inbox {
    receiver: Receiver<Incoming>,
    /// What came while the session moved, and waits until it stands.
    waiting: VecDeque<Incoming>,
    /// What stops the session, while it moves.
    moving: Arc<Mutex<Option<Interrupter>>>,
}

impl Inbox {
    /// Begins to read.
    pub(super) fn new(mut input: impl BufRead + Send + 'static) -> io::Result<Self> {
        let (sender, receiver) = channel();
        let moving = Arc::new(Mutex::new(None::<Interrupter>));
        let read = {
            let moving = moving.clone();
            move || loop {
                let incoming =
                    match framing::read(&mut input).and_then(|message| message.map(parse).transpose()) {
                        // Answers and events are nothing that a client has to send.
                        Ok(Some(Message::Other)) => continue,
                        Ok(Some(Message::Request(request))) => Incoming::Request(request),
                        Ok(None) => Incoming::End,
                        Err(error) => Incoming::Broken(error),
                    };
                let (is_urgent, is_last) = (incoming.is_urgent(), incoming.is_last());
                // Sent before it interrupts, so that whoever is interrupted finds it.
                if sender.send(incoming).is_err() {
                    return;
                }
                let moving = moving.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(interrupter) = moving.as_ref().filter(|_| is_urgent) {
                    interrupter.interrupt();
                }
                if is_last {
                    return;
                }
            }
        };
        // It ends with the input, which may be later than the server.
        thread::Builder::new().name("dap-input".into()).spawn(read)?;
        Ok(Self { receiver, waiting: VecDeque::new(), moving })
    }

    /// What came next; waits for it.
    pub(super) fn next(&mut self) -> Incoming {
        match self.waiting.pop_front() {
            Some(incoming) => incoming,
            None => self.receiver.recv().unwrap_or(Incoming::End),
        }
    }

    /// From now on what is urgent stops the session.
    pub(super) fn moves(&self, interrupter: Interrupter) {
        *self.moving.lock().unwrap_or_else(PoisonError::into_inner) = Some(interrupter);
    }

    /// The next one that has come and is urgent.
    pub(super) fn urgent(&mut self) -> Option<Incoming> {
        while let Ok(incoming) = self.receiver.try_recv() {
            if incoming.is_urgent() {
                return Some(incoming);
            }
            self.waiting.push_back(incoming);
        }
        None
    }

    /// From now on nothing stops the session any more.
    pub(super) fn stands(&self) {
        let interrupter = self.moving.lock().unwrap_or_else(PoisonError::into_inner).take();
        // One that came too late would stop the next motion.
        if let Some(interrupter) = interrupter {
            interrupter.take();
        }
    }
}

fn parse(message: serde_json::Value) -> io::Result<Message> {
    Message::parse(message).map_err(|error| {
        io::Error::new(io::ErrorKind::InvalidData, format!("a message is none of the protocol: {error}"))
    })
}
