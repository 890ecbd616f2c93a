// SPDX-License-Identifier: Apache-2.0
//! Starting the process of a worker.
//!
//! The kernel kills a worker when the *thread* that started it ends, so that no worker outlives a killed node. Threads of
//! a node come and go while workers stay, hence all workers are started by one thread that lives as long as the process. The
//! child of a fork has no such thread, so it gets one of its own.
//!
//! The executable is a file without a name (`executable`), which is executed through `/proc`, or where that is missing directly.

use crate::error::SandboxError;
use crate::executable;
use crate::forks::OfProcess;
use rustix::fd::{AsRawFd, OwnedFd};
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::ptr;
use std::sync::mpsc::{channel, SendError, Sender};
use std::thread;
use std::time::Duration;

const STARTING: &str = "starting a worker";
/// How often and how long a file that cannot be executed yet is waited for: a tenth of a second.
const BUSY_TRIES: u32 = 100;
const BUSY_PAUSE: Duration = Duration::from_millis(1);

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
    let executable = executable::make()?;
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
    match spawn_once_closed(&mut command) {
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
    spawn_once_closed(&mut command).map_err(SandboxError::io(STARTING))
}

/// Starts the process, after a while if the file is open for writing: a process that another thread began to start when the file was
/// written has it until it comes to its own program.
fn spawn_once_closed(command: &mut Command) -> io::Result<Child> {
    for _ in 0..BUSY_TRIES {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => thread::sleep(BUSY_PAUSE),
            started => return started,
        }
    }
    command.spawn()
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
