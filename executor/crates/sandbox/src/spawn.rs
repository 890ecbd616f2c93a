// SPDX-License-Identifier: Apache-2.0
//! Starting the process of a worker.
//!
//! The kernel kills a worker when the *thread* that started it ends, so that no worker outlives a killed node. Threads of
//! a node come and go while workers stay, hence all workers are started by one thread that lives as long as the process. The
//! child of a fork has no such thread, so it gets one of its own.
//!
//! The executable is in memory only: a sealed file that is executed through `/proc`, or where that is missing directly.

use crate::error::SandboxError;
use crate::forks::OfProcess;
use crate::mapping::sealed_file;
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::fs::MemfdFlags;
use std::io;
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::ptr;
use std::sync::mpsc::{channel, SendError, Sender};
use std::thread;

/// The worker, as the build script compiled it.
pub(crate) static WORKER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/worker"));

const STARTING: &str = "starting a worker";

/// The only descriptors that a worker begins with.
pub(crate) struct Descriptors {
    pub(crate) socket: OwnedFd,
    pub(crate) shared: OwnedFd,
    pub(crate) memory: OwnedFd,
}

type Request = (Descriptors, Sender<Result<Child, SandboxError>>);

/// What is asked of the thread that starts workers.
static STARTER: OfProcess<Sender<Request>> = OfProcess::new();

/// Starts a worker's process.
pub(crate) fn spawn(descriptors: Descriptors) -> Result<Child, SandboxError> {
    let step = "reaching the thread that starts workers";
    let lost = || SandboxError::System { step, errno: rustix::io::Errno::PIPE.raw_os_error() };
    let (answer, answered) = channel();
    let mut request = (descriptors, answer);
    loop {
        let starter = STARTER.get_or_make(start_thread)?;
        let Err(SendError(back)) = starter.send(request) else { break };
        // Its thread has ended; there will be another one.
        STARTER.give_up(starter);
        request = back;
    }
    answered.recv().map_err(|_| lost())?
}

fn start_thread() -> Result<Sender<Request>, SandboxError> {
    let (sender, requests) = channel::<Request>();
    let executable = executable()?;
    thread::Builder::new()
        .name("vm-workers".into())
        .spawn(move || {
            while let Ok((descriptors, answer)) = requests.recv() {
                let child = start(&executable, descriptors);
                if let Err(unheard) = answer.send(child) {
                    // Who asked is gone; the worker notices, but is to be reaped.
                    if let Ok(mut child) = unheard.0 {
                        let _ = child.kill();
                        let _ = child.wait();
                    }
                }
            }
        })
        .map_err(SandboxError::io("starting the thread that starts workers"))?;
    Ok(sender)
}

fn start(executable: &OwnedFd, descriptors: Descriptors) -> Result<Child, SandboxError> {
    let Descriptors { socket, shared, memory } = descriptors;
    let mut command = Command::new(format!("/proc/self/fd/{}", executable.as_raw_fd()));
    command.arg0("vm-worker").env_clear().stdin(socket).stdout(shared).stderr(memory);
    match command.spawn() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => start_without_proc(command, executable),
        started => started.map_err(SandboxError::io(STARTING)),
    }
}

/// Executes the file by its descriptor. Slower, because the process has to be forked for it.
fn start_without_proc(mut command: Command, executable: &OwnedFd) -> Result<Child, SandboxError> {
    extern "C" {
        fn fexecve(file: i32, arguments: *const *const i8, environment: *const *const i8) -> i32;
    }
    let file = executable.as_raw_fd();
    let execute = move || {
        let arguments = [c"vm-worker".as_ptr(), ptr::null()];
        let environment = [ptr::null()];
        // SAFETY: both lists end with null and live through the call, which comes back only if it failed. The function
        // may be called between fork and exec, where nothing may allocate or lock; this closure does neither.
        // `tests/start.rs` starts a worker this way.
        unsafe { fexecve(file, arguments.as_ptr(), environment.as_ptr()) };
        Err(io::Error::last_os_error())
    };
    // SAFETY: the closure does nothing that is forbidden after a fork, see there.
    unsafe { command.pre_exec(execute) };
    command.spawn().map_err(SandboxError::io(STARTING))
}

/// The sealed file with the worker.
fn executable() -> Result<OwnedFd, SandboxError> {
    sealed_file("vm-worker", MemfdFlags::EXEC, WORKER.len() as u64, |file| {
        file.write_all_at(WORKER, 0).map_err(SandboxError::io("writing the worker"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Process;
    use std::cell::Cell;

    /// Whatever ended its thread, nobody gets to hear of it.
    #[test]
    fn a_starter_that_has_ended_is_replaced() {
        // Other tests may start one in between.
        let is_ended = Cell::new(false);
        while !is_ended.get() {
            STARTER.give_up(STARTER.get_or_make(start_thread).unwrap());
            let ended = || {
                is_ended.set(true);
                Ok::<_, SandboxError>(channel().0)
            };
            STARTER.get_or_make(ended).unwrap();
        }
        Process::spawn().unwrap();
    }
}
