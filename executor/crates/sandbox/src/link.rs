// SPDX-License-Identifier: Apache-2.0
//! The line to one worker: handing it the turn, waiting for it, and its end.
//!
//! How each side waits is in `patience`. Where: a new worker runs on any processor. Together with the supervisor it is
//! bound to the processor of that, because the kernel would rather wake it on another; apart, to all others that the
//! supervisor's thread may run on, because the kernel would rather wake it where it was. Binding may be denied; it is only
//! ever about time.

use crate::error::{SandboxError, WorkerEnd};
use crate::forks::Owner;
use crate::mapping::Mapping;
use crate::patience::{Counts, Patience};
use crate::protocol::{
    ANSWERED, APART, BEGIN, BEGIN_FIRST, EXIT_CODE, NEXT_TURN, PAUSES_SHIFT, RUN, SLEEPING, TURN,
};
use crate::rhythm::Rhythm;
use crate::spin::spin;
use core::mem::offset_of;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::time::Duration;
use revive_vm_primitives::machine::{HandOver, Shared};
use rustix::fd::BorrowedFd;
use rustix::io::Errno;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags};
use rustix::process::{waitid, WaitId, WaitIdOptions};
use rustix::thread::{futex, CpuSet, Pid};
use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::sync::OnceLock;
use std::thread;
use std::time::Instant;

const LOG_TARGET: &str = "revive-vm::sandbox";

/// How long a worker may take for anything but running a guest, and for how long it may be stopped while it runs one.
const STALLED_AFTER: Duration = Duration::from_secs(20);

/// How long a guest may run before this side sleeps until it is done. Far more than it takes to wake a sleeper, and in the
/// meantime whoever else wants the processor has it.
const LINGER: Duration = Duration::from_millis(2);
/// Pauses from one time to the next that others may have the processor.
const LINGER_PAUSES: u32 = 32;

/// Which processors a worker may run on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bound {
    On(usize),
    NotOn(usize),
    Free,
}

/// Where the thread that started the first worker could run.
static FIRST_AFFINITY: OnceLock<CpuSet> = OnceLock::new();

/// Notes where this thread may run, if it is the first one.
pub(crate) fn note_affinity() {
    static NOTED: AtomicBool = AtomicBool::new(false);
    // Nobody waits for who does it: that may be a thread that the child of a fork does not have.
    if !NOTED.swap(true, Ordering::Relaxed) {
        if let Ok(set) = rustix::thread::sched_getaffinity(None) {
            let _ = FIRST_AFFINITY.set(set);
        }
    }
}

/// See the module.
pub(crate) struct Link {
    owner: Owner,
    child: Child,
    /// Closed after the child is dead, being behind it.
    socket: OwnedFd,
    shared: Mapping,
    patience: Patience,
    rhythm: Rhythm,
    /// Pauses before the first look for the answer.
    first: u32,
    /// The number of the turn.
    turn: u32,
    /// The last answer.
    answer: u32,
    /// Where the worker is bound to.
    bound: Option<Bound>,
    /// [`STALLED_AFTER`].
    stalled_after: Duration,
    broken: Option<SandboxError>,
}

impl Link {
    /// `looks` as of [`looks_max`](crate::pause::looks_max).
    pub(crate) fn new(child: Child, socket: OwnedFd, shared: Mapping, looks: u32) -> Self {
        Self {
            owner: Owner::this_process(),
            child,
            socket,
            shared,
            patience: Patience::new(looks),
            rhythm: Rhythm::new(looks),
            first: 0,
            turn: 0,
            answer: 0,
            bound: None,
            stalled_after: STALLED_AFTER,
            broken: None,
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How hand-overs went since this was asked last.
    pub(crate) fn take_counts(&mut self) -> Counts {
        std::mem::take(&mut self.patience.counts)
    }

    #[inline(always)]
    pub(crate) fn shared(&self) -> &Mapping {
        &self.shared
    }

    /// Whether the worker can be relied on.
    #[inline(always)]
    pub(crate) fn check(&self) -> Result<(), SandboxError> {
        match &self.broken {
            None if self.owner.is_this_process() => Ok(()),
            None => Err(SandboxError::Shared),
            Some(error) => Err(error.clone()),
        }
    }

    pub(crate) fn is_this_processes(&self) -> bool {
        self.owner.is_this_process()
    }

    /// Whether the worker has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        end_of(&mut self.child).is_some()
    }

    pub(crate) fn broken(&self) -> Option<&SandboxError> {
        self.broken.as_ref()
    }

    /// The word that this side writes.
    #[inline(always)]
    fn order_word(&self) -> &AtomicU32 {
        self.shared.atomic(word_of(offset_of!(Shared, order)))
    }

    /// The word that the worker writes.
    #[inline(always)]
    fn answer_word(&self) -> &AtomicU32 {
        self.shared.atomic(word_of(offset_of!(Shared, answer)))
    }

    /// Sends the worker a file.
    pub(crate) fn send(&mut self, file: BorrowedFd<'_>) -> Result<(), SandboxError> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        let files = [file];
        // There is room for one descriptor, so this cannot fail; if it did, the worker would miss the file and say so.
        control.push(SendAncillaryMessage::ScmRights(&files));
        let byte = [IoSlice::new(&[0])];
        loop {
            // A worker takes each file before the next one is sent. One that leaves them lying must not have this side wait for room.
            let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
            match rustix::net::sendmsg(&self.socket, &byte, &mut control, flags) {
                Ok(_) => return Ok(()),
                Err(Errno::INTR) => {}
                // The other side is closed: the worker is dead, and the next step finds out how it died.
                Err(Errno::PIPE | Errno::CONNRESET) => return Ok(()),
                Err(error) => {
                    return Err(self.fail(SandboxError::system("sending a program to a worker")(error)))
                }
            }
        }
    }

    /// Has the worker do something that either works or has an error number.
    pub(crate) fn order(
        &mut self,
        order: u32,
        parameters: [u64; 3],
        step: &'static str,
    ) -> Result<(), SandboxError> {
        for (index, parameter) in parameters.into_iter().enumerate() {
            self.shared.set_word(command(index), parameter);
        }
        self.ask(order, step)?;
        match self.shared.word(command(0)) {
            0 => Ok(()),
            errno => Err(self.fail(SandboxError::Worker { step, errno: errno as i32 })),
        }
    }

    /// Gives the turn to the worker and waits for it to come back. What a run came back with, else 0.
    #[inline(always)]
    pub(crate) fn ask(&mut self, order: u32, step: &'static str) -> Result<u32, SandboxError> {
        let asleep = self.order_word().load(Ordering::Relaxed) & SLEEPING != 0;
        let looks = self.patience.looks(asleep);
        if asleep || looks == 0 {
            return self.wake_and_wait(order, looks, step);
        }
        if self.give(order | APART)? {
            self.wake(false)?;
        }
        self.await_answer(order, looks, step)
    }

    #[cold]
    fn wake_and_wait(&mut self, order: u32, looks: u32, step: &'static str) -> Result<u32, SandboxError> {
        let together = looks == 0;
        if together {
            // Said before the worker can answer. If the answer is not the last one any more, the worker is lying, which shows.
            let _ = self.fall_asleep();
        }
        let asleep = self.give(if together { order } else { order | APART })?;
        let began = Instant::now();
        if asleep {
            self.wake(together)?;
        }
        if together {
            self.patience.sleeps(false);
            return self.sleep(order, step);
        }
        let exit = self.await_answer(order, looks, step)?;
        if asleep {
            self.patience.woke(began.elapsed());
            self.rhythm.rested();
        }
        Ok(exit)
    }

    /// Writes an order. Whether the worker sleeps.
    ///
    /// The order before it must be the last one of this side. If it is not, the worker has written there, or this process or
    /// the one that it was forked from has: an answer to that order could be taken for one to this.
    #[inline(always)]
    fn give(&mut self, order: u32) -> Result<bool, SandboxError> {
        let last = self.turn;
        self.turn = self.turn.wrapping_add(NEXT_TURN) & TURN;
        // Sequentially consistent, so that all parameters are there, and as the futex wants it.
        self.first = self.rhythm.begin();
        let word = self.turn | self.first << PAUSES_SHIFT | order;
        let before = self.order_word().swap(word, Ordering::SeqCst);
        match before & TURN == last {
            true => Ok(before & SLEEPING != 0),
            false => Err(self.fail(SandboxError::Shared)),
        }
    }

    /// Says that this side sleeps, unless there is another answer than the last one. The answer as it is then.
    fn fall_asleep(&self) -> u32 {
        let asleep = self.answer | SLEEPING;
        match self.answer_word().compare_exchange(self.answer, asleep, Ordering::SeqCst, Ordering::Acquire) {
            Ok(_) => asleep,
            Err(value) => value,
        }
    }

    /// Wakes the worker, on this processor for `together`, else on another.
    fn wake(&mut self, together: bool) -> Result<(), SandboxError> {
        if self.patience.has_choice() {
            self.bind(together);
        }
        futex::wake(self.order_word(), futex::Flags::empty(), 1)
            .map_err(SandboxError::system("waking a worker"))
            .map_err(|error| self.fail(error))?;
        Ok(())
    }

    /// Binds the worker to this processor for `together`, else to the others.
    fn bind(&mut self, together: bool) {
        let here = rustix::thread::sched_getcpu();
        self.bind_to(if together { Bound::On(here) } else { Bound::NotOn(here) });
    }

    fn bind_to(&mut self, to: Bound) {
        let here = match to {
            Bound::On(here) | Bound::NotOn(here) => here,
            Bound::Free => 0,
        };
        if self.bound == Some(to) || here >= CpuSet::MAX_CPU {
            return;
        }
        // Where this thread may run now; or, if somebody bound it, where the first one that had a worker might.
        let all = || {
            rustix::thread::sched_getaffinity(None).map(|set| match set.count() {
                1 => *FIRST_AFFINITY.get().unwrap_or(&set),
                _ => set,
            })
        };
        let set = match to {
            Bound::On(here) => {
                let mut set = CpuSet::new();
                set.set(here);
                Ok(set)
            }
            Bound::NotOn(here) => all().map(|mut set| {
                if set.count() > 1 {
                    set.unset(here);
                }
                set
            }),
            Bound::Free => all(),
        };
        let worker = Pid::from_raw(self.child.id() as i32);
        // If it is not to be had, it is not asked for again until something else is wanted.
        if let Err(error) = set.and_then(|set| rustix::thread::sched_setaffinity(worker, &set)) {
            log::trace!(target: LOG_TARGET, "binding worker {}: {error}", self.child.id());
        }
        self.bound = Some(to);
    }

    /// Waits until the worker has done what `order` says.
    #[inline(always)]
    pub(crate) fn await_answer(
        &mut self,
        order: u32,
        looks: u32,
        step: &'static str,
    ) -> Result<u32, SandboxError> {
        let word = self.shared.atomic(word_of(offset_of!(Shared, answer)));
        if spin(word, self.answer, self.first, looks) || self.linger() {
            let value = word.load(Ordering::Acquire);
            // The next order is most likely not far.
            self.shared.about_to_write(offset_of!(Shared, order));
            self.patience.spun();
            return self.answered(value, order, step);
        }
        if self.patience.sleeps(self.is_at_work()) {
            self.bind(true);
        }
        self.sleep(order, step)
    }

    /// Whether the worker does what it was asked last, as it says: so it has a processor, and it is the guest, or the kernel
    /// mapping memory, that takes its time.
    pub(crate) fn is_at_work(&self) -> bool {
        self.shared.word(offset_of!(Shared, at_work)) == u64::from(self.turn)
    }

    /// Waits for what takes longer than this side spins, leaving the processor to others now and then. Whether
    /// there is an answer. A worker that lies about being at work has no more of it than this time.
    #[cold]
    fn linger(&self) -> bool {
        let began = Instant::now();
        while self.is_at_work() && began.elapsed() < LINGER {
            thread::yield_now();
            if spin(self.answer_word(), self.answer, 0, LINGER_PAUSES) {
                return true;
            }
        }
        false
    }

    /// Sleeps until the worker has answered or is dead.
    #[cold]
    fn sleep(&mut self, order: u32, step: &'static str) -> Result<u32, SandboxError> {
        let asleep = self.answer | SLEEPING;
        let mut seen = self.fall_asleep();
        let mut began = None;
        let mut unbound = true;
        // A dying worker wakes nobody, so look after it now and then: soon at first, since what kills a worker is
        // mostly done at its start, and then rarely.
        let mut look_after = Duration::from_millis(1);
        // Counted by looks: where everything is stopped for a while, this side may be the first to go on.
        let mut stopped = Duration::ZERO;
        while seen == asleep {
            let timeout = rustix::fs::Timespec { tv_sec: 0, tv_nsec: i64::from(look_after.subsec_nanos()) };
            match futex::wait(self.answer_word(), futex::Flags::empty(), asleep, Some(&timeout)) {
                Ok(()) | Err(Errno::AGAIN | Errno::INTR) => {}
                Err(Errno::TIMEDOUT) => {
                    if let Some(end) = end_of(&mut self.child) {
                        // It may have answered just before.
                        if self.answer_word().load(Ordering::Acquire) == asleep {
                            return Err(self.fail(SandboxError::Died { step, end }));
                        }
                    }
                    // It may wait for a processor that somebody else has, while this thread leaves its own to it.
                    if unbound && self.patience.has_choice() {
                        match self.patience.is_together() {
                            true => self.bind(true),
                            false => self.bind_to(Bound::Free),
                        }
                    }
                    unbound = false;
                    stopped = if self.is_stopped() { stopped + look_after } else { Duration::ZERO };
                    look_after = (look_after * 2).min(Duration::from_millis(100));
                }
                Err(error) => return Err(self.fail(SandboxError::system("waiting for a worker")(error))),
            }
            seen = self.answer_word().load(Ordering::Acquire);
            // Also if it was woken: a worker can do that as often as it likes.
            let mut is_late = || began.get_or_insert_with(Instant::now).elapsed() >= self.stalled_after;
            let is_stalled = if is_run(order) { stopped >= self.stalled_after } else { is_late() };
            if seen == asleep && is_stalled {
                let seconds = self.stalled_after.as_secs();
                return Err(self.fail(SandboxError::Stalled { step, seconds }));
            }
        }
        self.answered(seen, order, step)
    }

    /// Whether somebody has stopped the worker. A guest may run for long, but not without getting on.
    fn is_stopped(&self) -> bool {
        let look = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let status = waitid(WaitId::Pid(Pid::from_child(&self.child)), look);
        status.is_ok_and(|status| status.is_some())
    }

    /// Checks that the value says that the worker has answered this very order.
    #[inline(always)]
    fn answered(&mut self, value: u32, order: u32, step: &'static str) -> Result<u32, SandboxError> {
        let exit = value & EXIT_CODE;
        if value == self.turn | ANSWERED | exit && (exit == 0 || is_run(order)) {
            self.answer = value;
            Ok(exit)
        } else {
            Err(self.fail(SandboxError::Protocol { step, value }))
        }
    }

    /// Kills the worker, which cannot be relied on any more, and remembers why.
    #[cold]
    pub(crate) fn fail(&mut self, error: SandboxError) -> SandboxError {
        log::debug!(target: LOG_TARGET, "worker {}: {error}", self.child.id());
        self.end();
        self.broken = Some(error.clone());
        error
    }

    /// Kills and reaps the worker, unless that has been done or it is another process's.
    fn end(&mut self) {
        if self.broken.is_none() && self.owner.is_this_process() && end_of(&mut self.child).is_none() {
            // It was alive a moment ago and has not been reaped, so its id is still its own.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.end();
    }
}

/// Whether a guest is run, which takes as long as it takes and has an exit.
#[inline(always)]
fn is_run(order: u32) -> bool {
    matches!(order, RUN | BEGIN | BEGIN_FIRST)
}

/// How a worker ended, if it has.
fn end_of(child: &mut Child) -> Option<WorkerEnd> {
    match child.try_wait() {
        Ok(None) => None,
        Ok(Some(status)) => Some(match (status.code(), status.signal()) {
            (Some(code), _) => WorkerEnd::Exited(code),
            (None, Some(signal)) => WorkerEnd::Signalled(signal),
            (None, None) => WorkerEnd::Unknown,
        }),
        // There is no such child: this process has its children reaped elsewhere.
        Err(_) => Some(WorkerEnd::Unknown),
    }
}

/// Offset of the word in one direction of the hand-over, from its own offset.
pub(crate) const fn word_of(hand_over: usize) -> usize {
    hand_over + offset_of!(HandOver, word)
}

/// Offset of a parameter or result of a command in the shared page.
pub(crate) const fn command(index: usize) -> usize {
    offset_of!(Shared, command) + index * 8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::memory_file;
    use revive_vm_primitives::machine::SHARED_BYTES;
    use rustix::net::{AddressFamily, SocketFlags, SocketType};
    use rustix::process::{kill_process, Signal};
    use std::process::{Command, Stdio};
    use std::sync::Arc;

    /// A link to a process that never answers, and its shared page as that process could see it.
    fn unanswered() -> (Link, Mapping) {
        let file = memory_file("vm-test", SHARED_BYTES as u64).unwrap();
        let [shared, other_shared] = [(); 2].map(|()| Mapping::new(&file, SHARED_BYTES).unwrap());
        let (socket, _other) =
            rustix::net::socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
                .unwrap();
        // Lives for as long as there is an end to its input.
        let child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut link = Link::new(child, socket, shared, 0);
        link.stalled_after = Duration::from_millis(50);
        (link, other_shared)
    }

    /// A fork leaves two processes with a line to the same worker. The one that is not the first to use it must not take what the
    /// worker answered to the other for an answer to itself.
    #[test]
    fn an_order_of_another_process_is_noticed() {
        let (mut link, other_shared) = unanswered();
        let other_order = NEXT_TURN | RUN;
        other_shared.atomic(word_of(offset_of!(Shared, order))).store(other_order, Ordering::SeqCst);
        other_shared
            .atomic(word_of(offset_of!(Shared, answer)))
            .store(NEXT_TURN | ANSWERED, Ordering::SeqCst);
        assert_eq!(link.ask(RUN, "running"), Err(SandboxError::Shared));
        assert_eq!(link.check(), Err(SandboxError::Shared));
    }

    /// A worker may wake this side again and again without an answer. That does not give it more time.
    #[test]
    fn waking_is_no_answer() {
        let (mut link, other_shared) = unanswered();
        let id = link.id();
        let done = Arc::new(AtomicBool::new(false));
        let seen_done = done.clone();
        let waker = thread::spawn(move || {
            let word = other_shared.atomic(word_of(offset_of!(Shared, answer)));
            while !seen_done.load(Ordering::Relaxed) {
                futex::wake(word, futex::Flags::empty(), 1).unwrap();
            }
        });
        let error = link.order(crate::protocol::MAP, [0; 3], "mapping").unwrap_err();
        done.store(true, Ordering::Relaxed);
        waker.join().unwrap();
        assert_eq!(error, SandboxError::Stalled { step: "mapping", seconds: 0 });
        assert!(!std::path::Path::new(&format!("/proc/{id}")).exists(), "it has not been reaped");
    }

    /// A guest may run for as long as its gas lasts, but who is stopped does not run.
    #[test]
    fn a_worker_that_is_stopped_while_a_guest_runs_is_noticed() {
        let (mut link, _other) = unanswered();
        link.stalled_after = Duration::from_secs(1);
        let pid = Pid::from_child(&link.child);
        let signals = thread::spawn(move || {
            // Stopped for less than it may be, and then for good; between, it runs for longer than that.
            for (signal, then) in [(Signal::STOP, 50), (Signal::CONT, 1200), (Signal::STOP, 0)] {
                kill_process(pid, signal).unwrap();
                thread::sleep(Duration::from_millis(then));
            }
            Instant::now()
        });
        assert_eq!(link.ask(RUN, "running"), Err(SandboxError::Stalled { step: "running", seconds: 1 }));
        let seen = Instant::now();
        assert!(seen > signals.join().unwrap(), "it ran, or was stopped for a moment");
    }
}
