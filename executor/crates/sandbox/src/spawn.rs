// SPDX-License-Identifier: Apache-2.0
//! Starting the process of a worker.
//!
//! The kernel kills a worker when the *thread* that started it ends, so that no worker outlives a killed node. Threads of
//! a node come and go while workers stay, hence all workers are started by one thread that lives as long as the process. The
//! child of a fork has no such thread, so it gets one of its own.
//!
//! The executable is in memory only: a sealed file that is executed through `/proc`, or where that is missing directly.

use crate::error::SandboxError;
use crate::mapping::sealed_file;
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::fs::MemfdFlags;
use std::io;
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::mpsc::{channel, Sender};
use std::sync::{Mutex, OnceLock, PoisonError};
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

/// The thread that starts workers.
struct Starter {
    /// The process that it is a thread of.
    process: u32,
    requests: Sender<Request>,
}

static STARTER: Mutex<Option<Starter>> = Mutex::new(None);

/// Starts a worker's process.
pub(crate) fn spawn(descriptors: Descriptors) -> Result<Child, SandboxError> {
    let step = "reaching the thread that starts workers";
    let lost = || SandboxError::System { step, errno: rustix::io::Errno::PIPE.raw_os_error() };
    let (answer, answered) = channel();
    {
        // A thread that panicked while it held the lock left a starter or none, either of which is fine.
        let mut starter = STARTER.lock().unwrap_or_else(PoisonError::into_inner);
        let process = std::process::id();
        let found = match starter.take().filter(|starter| starter.process == process) {
            Some(found) => found,
            None => Starter { process, requests: start_thread()? },
        };
        found.requests.send((descriptors, answer)).map_err(|_| lost())?;
        *starter = Some(found);
    }
    answered.recv().map_err(|_| lost())?
}

fn start_thread() -> Result<Sender<Request>, SandboxError> {
    let (sender, requests) = channel::<Request>();
    thread::Builder::new()
        .name("vm-workers".into())
        .spawn(move || {
            while let Ok((descriptors, answer)) = requests.recv() {
                let child = start(descriptors);
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

fn start(descriptors: Descriptors) -> Result<Child, SandboxError> {
    let executable = executable()?;
    let Descriptors { socket, shared, memory } = descriptors;
    let mut command = Command::new(format!("/proc/self/fd/{}", executable.as_raw_fd()));
    command.arg0("vm-worker").env_clear().stdin(socket).stdout(shared).stderr(memory);
    match command.spawn() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => start_without_proc(command, executable),
        started => started.map_err(SandboxError::io(STARTING)),
    }
}

/// Executes the file by its descriptor. Slower, because the process has to be forked for it.
fn start_without_proc(mut command: Command, executable: &'static OwnedFd) -> Result<Child, SandboxError> {
    extern "C" {
        fn fexecve(file: i32, arguments: *const *const i8, environment: *const *const i8) -> i32;
    }
    let file = executable.as_raw_fd();
    let execute = move || {
        let arguments = [c"vm-worker".as_ptr(), core::ptr::null()];
        let environment = [core::ptr::null()];
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
fn executable() -> Result<&'static OwnedFd, SandboxError> {
    static EXECUTABLE: OnceLock<OwnedFd> = OnceLock::new();
    if let Some(file) = EXECUTABLE.get() {
        return Ok(file);
    }
    let file = sealed_file("vm-worker", MemfdFlags::EXEC, WORKER.len() as u64, |file| {
        file.write_all_at(WORKER, 0).map_err(SandboxError::io("writing the worker"))
    })?;
    Ok(EXECUTABLE.get_or_init(|| file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Process;

    /// The child of a fork has the memory of its parent, but none of its threads: nobody would ever answer.
    #[test]
    fn a_starter_of_another_process_is_not_waited_for() {
        let (requests, never_served) = channel();
        let process = std::process::id().wrapping_add(1);
        *STARTER.lock().unwrap_or_else(PoisonError::into_inner) = Some(Starter { process, requests });
        Process::spawn().unwrap();
        drop(never_served);
    }
}
