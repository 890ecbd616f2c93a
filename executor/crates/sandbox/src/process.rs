// SPDX-License-Identifier: Apache-2.0
//! One worker process and the guest in it.
//!
//! What the guest may access is written down here first and told to the worker before the guest runs next
//! ([`Process::prepare`]). So a process that goes from one guest to another of the same shape tells it nothing, and the
//! pages stay where they are.

use crate::answers::{Answers, Area};
use crate::error::SandboxError;
use crate::layout::{Change, Extent, Layout};
use crate::link::{command, note_affinity, word_of, Link};
use crate::mapping::{memory_file, Mapping};
use crate::memory::{GuestMemory, KEEP_BYTES_MAX};
use crate::patience::Counts;
use crate::pause::{looks_max, pauses_in};
use crate::program::Program;
use crate::protocol::{
    layer, BEGIN, BEGIN_FIRST, LOAD, MAP, PAGE, PROTECT, RUN, STARTING, START_STEPS, UNMAP,
};
use crate::registers::Registers;
use crate::spawn::{self, Descriptors};
use core::mem::offset_of;
use core::ops::Range;
use core::sync::atomic::AtomicU32;
use revive_vm_primitives::machine::{
    exit_code, Shared, ANSWERS_BYTES, CODE_ADDRESS, GUEST_BOTTOM, GUEST_END, GUEST_REGISTERS, SHARED_BYTES,
};
use rustix::net::{AddressFamily, SocketFlags, SocketType};

const LOG_TARGET: &str = "revive-vm::sandbox";

/// Values that generated code keeps in the shared page for the length of one instruction.
const SPILLS: usize = 4;
/// The stretch that grows to the first one added to it.
const NOWHERE: Range<u64> = Range { start: u64::MAX, end: 0 };
/// Bytes of memory of a worker itself, about: image, stack, page tables.
const OWN_BYTES: u64 = 128 * 1024;
/// With more stretches of memory mapped than this a worker is not kept for the next guest: to unmap them takes longer than to start
/// another one.
const IDLE_EXTENTS_MAX: usize = 256;
/// So many times longer than the supervisor spins for an answer the worker spins for the next order: for what the embedder does
/// between two calls of contracts. Waking the worker costs more than that, and it has a processor of its own while it spins.
const WORKER_PATIENCE: u64 = 8;
/// Nanoseconds that come at least before the worker's first look for an order after a call has ended: to prepare the next call takes longer
/// than to answer a host call.
const FINISHED_WAIT: u32 = 100;
/// SIGBUS: there was no memory for a page.
const SIGNAL_BUS: u32 = 7;

/// Why generated code was left, as the worker said. It is for the caller to check that it makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawExit {
    /// One of `machine::exit_code`.
    pub code: u32,
    /// Operand of the exit. For a fault the number of the signal: 4 for an invalid instruction, 5 for a breakpoint, 8 for
    /// a division, 11 for a memory access.
    pub argument: u32,
}

/// What there is to know about a fault of the machine, as the worker said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    /// The data address, or the address of the instruction if the fault is not about data.
    pub address: u64,
    /// Value of the scratch register.
    pub scratch: u64,
    /// What generated code had kept for the length of an instruction.
    pub spills: [u64; SPILLS],
}

/// One worker process, which runs one instance at a time.
///
/// Dropping it kills and reaps the worker. After an error of the host the worker is dead and everything gives that error.
pub struct Process {
    link: Link,
    layers: u64,
    memory: GuestMemory,
    registers: Registers,
    fault: Fault,
    /// What the worker answers host calls from.
    area: Area,
    /// Host calls that it has answered, as far as they were counted.
    answered: u64,
    /// Bytes of guest memory that were kept when it was wiped last.
    kept: u64,
    /// Whether the worker has yet to wipe what its own memory has of the last guest.
    unwiped: bool,
    /// Whether there is a place in the program that is wanted where the guest can go on.
    entered: bool,
    /// What the guest shall have.
    wanted: Layout,
    wanted_program: Option<Program>,
    /// What the worker has.
    actual: Layout,
    actual_program: Option<Program>,
    /// Whether the two may differ.
    stale: bool,
    /// Where the layouts may differ; outside of it they do not.
    stale_stretch: Range<u64>,
    changes: Vec<Change>,
}

impl Process {
    /// Starts a worker and waits until it has set itself up.
    ///
    /// # Errors
    /// The system does not let a worker start, or denies it a layer that it must have. Nothing is left behind.
    pub fn spawn() -> Result<Self, SandboxError> {
        Self::spawn_without(0)
    }

    /// As [`spawn`](Self::spawn), but some layers, a set of [`layer`] bits, are not even tried. For tests of a layer alone,
    /// and for those who insist on running without the filter of system calls.
    ///
    /// # Errors
    /// As of [`spawn`](Self::spawn).
    pub fn spawn_without(leave_out: u64) -> Result<Self, SandboxError> {
        const STEP: &str = "starting";
        let memory = GuestMemory::new()?;
        const BYTES: usize = SHARED_BYTES + ANSWERS_BYTES;
        let shared_file = memory_file("vm-shared", BYTES as u64)?;
        let shared = Mapping::new(&shared_file, BYTES)?;
        note_affinity();
        let looks = looks_max();
        shared.set_word(command(0), u64::from(std::process::id()));
        shared.set_word(command(1), u64::from(looks) * WORKER_PATIENCE);
        shared.set_word(command(2), leave_out);
        shared.set_word(command(3), pauses_in(FINISHED_WAIT, looks).into());
        let (socket, other) =
            rustix::net::socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
                .map_err(SandboxError::system("making a socket for a worker"))?;
        // As little room as there can be: a worker that says it has loaded a program, but leaves the file lying, keeps few of them
        // in memory. Were that denied, it would be hundreds.
        let _ = rustix::net::sockopt::set_socket_send_buffer_size(&socket, 0);
        let memory_file = memory
            .file()
            .try_clone_to_owned()
            .map_err(SandboxError::io("making a descriptor for a worker"))?;
        let child = spawn::spawn(Descriptors { socket: other, shared: shared_file, memory: memory_file })?;
        let mut link = Link::new(child, socket, shared, looks);
        link.await_answer(STARTING, looks, STEP)?;
        let errno = link.shared().word(command(0));
        if errno != 0 {
            let step = link.shared().word(command(1));
            let step = usize::try_from(step).ok().and_then(|index| START_STEPS.get(index)).copied();
            return Err(SandboxError::Worker { step: step.unwrap_or(STEP), errno: errno as i32 });
        }
        let layers = link.shared().word(command(2));
        if layer::NEEDED & !leave_out & !layers != 0 {
            return Err(SandboxError::Protocol { step: STEP, value: layers as u32 });
        }
        log::debug!(target: LOG_TARGET, "worker {} started with layers {layers:#x}", link.id());
        Ok(Self {
            link,
            layers,
            memory,
            registers: Registers::new(),
            fault: Fault::default(),
            area: Area::new(),
            answered: 0,
            kept: 0,
            unwiped: false,
            entered: false,
            wanted: Layout::default(),
            wanted_program: None,
            actual: Layout::default(),
            actual_program: None,
            stale: false,
            stale_stretch: NOWHERE,
            changes: Vec::new(),
        })
    }

    /// Process id of the worker.
    pub fn id(&self) -> u32 {
        self.link.id()
    }

    /// The layers of the wall that the worker has: [`layer`] bits.
    pub fn layers(&self) -> u64 {
        self.layers
    }

    /// How hand-overs to the worker went, since this was asked last.
    pub fn take_counts(&mut self) -> Counts {
        self.count_answered();
        let answered = std::mem::take(&mut self.answered);
        Counts { answered, ..self.link.take_counts() }
    }

    /// Notes how many host calls the worker has answered since this was done last.
    fn count_answered(&mut self) {
        // Else the line need not come here. In the child of a fork it is the parent's.
        if self.area.is_used() && !self.is_broken() {
            const ANSWERED: usize = offset_of!(Shared, answered);
            self.answered = self.answered.saturating_add(self.link.shared().word(ANSWERED));
            self.link.shared().set_word(ANSWERED, 0);
        }
    }

    /// Whether the worker is dead, after an error, or that of another process, after a fork.
    pub fn is_broken(&self) -> bool {
        self.link.check().is_err()
    }

    /// Whether this process has started the worker, and not the one that it was forked from.
    pub(crate) fn is_this_processes(&self) -> bool {
        self.link.is_this_processes()
    }

    /// Ends the worker: what came of `step` is nothing that a guest can do, so it is not to have another one.
    pub fn distrust(&mut self, step: &'static str) {
        if !self.is_broken() {
            let _ = self.link.fail(SandboxError::Protocol { step, value: 0 });
        }
    }

    /// Whether the worker is dead, asked of the system.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.link.has_ended()
    }

    /// Bytes of memory that it keeps, at most, when it is wiped.
    pub(crate) fn idle_bytes(&self) -> u64 {
        let program = self.actual_program.as_ref().map_or(0, Program::bytes);
        // Each stretch may need a page of the kernel's for where its pages are.
        OWN_BYTES + KEEP_BYTES_MAX + program + PAGE * self.actual.extents().len() as u64
    }

    /// Whether so many stretches of memory are mapped that the next guest had better have another worker.
    pub(crate) fn is_scattered(&self) -> bool {
        self.actual.extents().len() > IDLE_EXTENTS_MAX
    }

    /// Whether more memory was kept when it was wiped than a waiting worker may have, as the system takes none back.
    pub(crate) fn is_swollen(&self) -> bool {
        self.kept > KEEP_BYTES_MAX
    }

    /// Whether this is the program that the worker has at hand, from the last guest too.
    pub fn has_loaded(&self, program: &Program) -> bool {
        self.actual_program.as_ref().is_some_and(|loaded| loaded.is(program))
    }

    /// Gives the guest its code and read-only data, instead of what it had.
    ///
    /// # Errors
    /// [`SandboxError::Argument`] if guest memory is mapped where the read-only data belongs.
    pub fn load(&mut self, program: &Program) -> Result<(), SandboxError> {
        self.link.check()?;
        let bytes = u64::from(program.ro_bytes());
        if let Some(first) = self.wanted.extents().first() {
            if first.start < GUEST_BOTTOM + bytes {
                let problem = "guest memory is mapped where read-only data belongs";
                return Err(SandboxError::Argument { problem, address: first.start, bytes });
            }
        }
        self.wanted_program = Some(program.clone());
        self.entered = false;
        self.stale = true;
        Ok(())
    }

    /// Lets the guest access a stretch of the instance's memory, in whole pages. What has been written there is there;
    /// the rest is zero.
    ///
    /// # Errors
    /// [`SandboxError::Argument`] if these are no whole pages within guest memory above the read-only data.
    pub fn map(&mut self, address: u32, len: u32, writable: bool) -> Result<(), SandboxError> {
        let (start, end) = self.stretch(address, len)?;
        self.want(start, end, Some(writable));
        Ok(())
    }

    /// Changes what the guest may do with a mapped stretch, in whole pages.
    ///
    /// # Errors
    /// [`SandboxError::Argument`] as for [`map`](Self::map), and if not all of the stretch is mapped.
    pub fn protect(&mut self, address: u32, len: u32, writable: bool) -> Result<(), SandboxError> {
        let (start, end) = self.stretch(address, len)?;
        if !self.wanted.covers(start, end) {
            return Err(SandboxError::Argument { problem: "not mapped", address: start, bytes: end - start });
        }
        self.want(start, end, Some(writable));
        Ok(())
    }

    /// Takes a stretch from the guest, in whole pages, mapped or not, and drops what was written there.
    ///
    /// # Errors
    /// [`SandboxError::Argument`] as for [`map`](Self::map).
    pub fn unmap(&mut self, address: u32, len: u32) -> Result<(), SandboxError> {
        let (start, end) = self.stretch(address, len)?;
        self.memory.discard(start, end).map_err(|error| self.link.fail(error))?;
        self.want(start, end, None);
        Ok(())
    }

    /// Copies from the instance's memory, whether the guest may access it or not. Read-only data is not there.
    ///
    /// # Errors
    /// [`SandboxError::Argument`] if that goes beyond 4 GiB.
    pub fn read(&self, address: u32, out: &mut [u8]) -> Result<(), SandboxError> {
        self.memory.read(address, out)
    }

    /// Copies to the instance's memory, whether the guest may access it or not.
    ///
    /// # Errors
    /// [`SandboxError::Argument`] if that goes beyond 4 GiB; the worker is dead.
    pub fn write(&self, address: u32, bytes: &[u8]) -> Result<(), SandboxError> {
        self.link.check()?;
        self.memory.write(address, bytes)
    }

    /// Fills a stretch of the instance's memory with zeros, whether the guest may access it or not.
    ///
    /// # Errors
    /// [`SandboxError::Argument`] if that goes beyond 4 GiB; the worker is dead.
    pub fn zero(&self, address: u32, len: u32) -> Result<(), SandboxError> {
        self.link.check()?;
        self.memory.zero(address, len)
    }

    /// Value of a guest register, by its index in `machine::REGISTER_MAP`. 0 for an index that is none.
    #[inline]
    pub fn register(&self, index: usize) -> u64 {
        self.registers.get(self.link.shared(), index)
    }

    /// Gives a guest register a value. Nothing happens for an index that is none.
    #[inline]
    pub fn set_register(&mut self, index: usize, value: u64) {
        self.registers.set(self.link.shared(), index, value)
    }

    /// Gives all guest registers values. The guest is nowhere then, until [`enter_at`](Self::enter_at).
    pub fn set_registers(&mut self, values: &[u64; GUEST_REGISTERS]) {
        self.registers.set_all(values);
        self.entered = false;
    }

    /// The guest's gas.
    #[inline]
    pub fn gas(&self) -> i64 {
        self.registers.gas
    }

    /// Gives the guest gas, instead of what it had.
    #[inline]
    pub fn set_gas(&mut self, gas: i64) {
        self.registers.gas = gas;
    }

    /// The machine address behind the exit by which generated code was left last, or of the instruction that faulted; or
    /// where [`enter_at`](Self::enter_at) said to go on.
    pub fn resume(&self) -> u64 {
        self.registers.resume(self.link.shared())
    }

    /// What is to know about the fault by which generated code was left last.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// Has the worker answer host calls itself where it can, from here on until [`reset`](Self::reset). It knows which
    /// memory the guest may access as long as that is what is mapped, so under dynamic paging too, but not why a page is
    /// missing: a host call that it does not answer comes back as an exit, without effect.
    ///
    /// # Errors
    /// The worker is dead.
    pub fn set_answers(&mut self, answers: &Answers<'_>) -> Result<(), SandboxError> {
        self.link.check()?;
        self.count_answered();
        self.area.set(self.link.shared(), answers);
        self.area.set_memory(self.link.shared(), self.wanted.extents(), self.wanted_program.as_ref());
        Ok(())
    }

    /// Replaces the output that the worker answers from, and nothing else.
    ///
    /// # Errors
    /// The worker is dead.
    pub fn set_output(&mut self, output: &[u8]) -> Result<(), SandboxError> {
        self.link.check()?;
        self.area.set_output(self.link.shared(), output);
        Ok(())
    }

    /// Has the worker load now what it would else load when the guest runs. Nothing as long as there is no program, because where its
    /// read-only data goes the worker still has that of the last one.
    ///
    /// # Errors
    /// Trouble of the host.
    pub fn make_ready(&mut self) -> Result<(), SandboxError> {
        self.link.check()?;
        if self.stale && self.wanted_program.is_some() {
            self.prepare()?;
        }
        Ok(())
    }

    /// Has the guest go on at an address in the generated code.
    ///
    /// # Errors
    /// [`SandboxError::NotLoaded`], and [`SandboxError::Argument`] if there is no code at `entry`.
    pub fn enter_at(&mut self, entry: u64) -> Result<(), SandboxError> {
        self.link.check()?;
        let Some(program) = &self.wanted_program else { return Err(SandboxError::NotLoaded) };
        let bytes = program.code_bytes() as u64;
        if entry.wrapping_sub(CODE_ADDRESS) >= bytes {
            return Err(SandboxError::Argument { problem: "no generated code there", address: entry, bytes });
        }
        self.registers.set_resume(self.link.shared(), entry);
        self.entered = true;
        Ok(())
    }

    /// Runs the guest, from an address in the generated code until it has to be left.
    ///
    /// # Errors
    /// As of [`enter_at`](Self::enter_at) and [`go_on`](Self::go_on).
    pub fn run(&mut self, entry: u64) -> Result<RawExit, SandboxError> {
        self.enter_at(entry)?;
        self.go_on()
    }

    /// Runs the guest from where it was left, or is to go on, until it has to be left.
    ///
    /// # Errors
    /// [`SandboxError::NotLoaded`] if there is no such place in the program; else trouble of the host.
    #[inline]
    pub fn go_on(&mut self) -> Result<RawExit, SandboxError> {
        self.link.check()?;
        if !self.entered {
            return Err(SandboxError::NotLoaded);
        }
        if self.stale {
            self.prepare()?;
        }
        let begins = self.registers.give(self.link.shared());
        let order = match (std::mem::take(&mut self.unwiped), begins) {
            // After being wiped the registers are none that the worker has.
            (true, _) => BEGIN_FIRST,
            (false, true) => BEGIN,
            (false, false) => RUN,
        };
        let code = self.link.ask(order, "running")?;
        let argument = self.registers.take(self.link.shared());
        if code == exit_code::FAULT {
            self.note_fault(argument)?;
        }
        Ok(RawExit { code, argument })
    }

    #[cold]
    fn note_fault(&mut self, signal: u32) -> Result<(), SandboxError> {
        let shared = self.link.shared();
        self.fault = Fault {
            address: shared.word(offset_of!(Shared, fault_address)),
            scratch: shared.word(offset_of!(Shared, fault_scratch)),
            spills: core::array::from_fn(|index| shared.word(offset_of!(Shared, spill) + index * 8)),
        };
        match signal {
            SIGNAL_BUS => Err(self.link.fail(SandboxError::Memory { address: self.fault.address })),
            _ => Ok(()),
        }
    }

    /// Takes everything from the guest: memory and its contents, registers, gas, program. The next guest finds nothing of
    /// it.
    ///
    /// # Errors
    /// Trouble of the host. The process cannot be used for another guest then.
    pub fn reset(&mut self) -> Result<(), SandboxError> {
        self.link.check()?;
        self.count_answered();
        self.kept = self.memory.wipe().map_err(|error| self.link.fail(error))?;
        self.want(GUEST_BOTTOM, GUEST_END, None);
        self.wanted_program = None;
        self.entered = false;
        self.unwiped = true;
        self.registers = Registers::new();
        self.fault = Fault::default();
        self.area.wipe(self.link.shared()).map_err(|error| self.link.fail(error))?;
        // Whatever a guest could write, but for the words of the turn: the stretches before, between and behind them.
        let shared = self.link.shared();
        let mut start = 0;
        for turn in [offset_of!(Shared, order), offset_of!(Shared, answer)].map(word_of) {
            // Both are within the page, of which all is mapped.
            let _ = shared.zero(start, turn - start);
            start = turn + size_of::<AtomicU32>();
        }
        let _ = shared.zero(start, SHARED_BYTES - start);
        Ok(())
    }

    /// Brings the worker to what the guest shall have.
    fn prepare(&mut self) -> Result<(), SandboxError> {
        let mut changes = std::mem::take(&mut self.changes);
        self.actual.changes(&self.wanted, &self.stale_stretch, &mut changes);
        // What has to go goes first, so that new read-only data meets no old guest memory.
        let (unmap, rest) =
            changes.split_at(changes.iter().take_while(|c| matches!(c, Change::Unmap { .. })).count());
        unmap.iter().try_for_each(|change| self.apply(change))?;
        if let Some(program) = self.wanted_program.clone() {
            if !self.has_loaded(&program) {
                self.transfer(&program)?;
                self.actual_program = Some(program);
            }
        }
        rest.iter().try_for_each(|change| self.apply(change))?;
        self.changes = changes;
        if self.area.is_used() {
            self.area.set_memory(self.link.shared(), self.wanted.extents(), self.wanted_program.as_ref());
        }
        self.stale = false;
        self.stale_stretch = NOWHERE;
        Ok(())
    }

    /// Notes what the guest shall have in a stretch.
    fn want(&mut self, start: u64, end: u64, access: Option<bool>) {
        self.wanted.set(start, end, access);
        let stretch = &self.stale_stretch;
        self.stale_stretch = stretch.start.min(start)..stretch.end.max(end);
        self.stale = true;
    }

    fn apply(&mut self, change: &Change) -> Result<(), SandboxError> {
        let (order, step, Extent { start, end, writable }) = match *change {
            Change::Unmap { start, end } => {
                (UNMAP, "unmapping guest memory", Extent { start, end, writable: false })
            }
            Change::Protect(extent) => (PROTECT, "protecting guest memory", extent),
            Change::Map(extent) => (MAP, "mapping guest memory", extent),
        };
        self.link.order(order, [start, end - start, u64::from(writable)], step)?;
        self.actual.set(start, end, (order != UNMAP).then_some(writable));
        Ok(())
    }

    /// Sends the worker a program.
    fn transfer(&mut self, program: &Program) -> Result<(), SandboxError> {
        self.link.send(program.file())?;
        let bytes =
            [program.code_bytes() as u64, u64::from(program.ro_bytes()), program.table_bytes() as u64];
        self.link.order(LOAD, bytes, "loading a program")
    }

    /// Checks that these are whole pages within guest memory above the read-only data: start and end.
    fn stretch(&self, address: u32, len: u32) -> Result<(u64, u64), SandboxError> {
        self.link.check()?;
        let (start, bytes) = (u64::from(address), u64::from(len));
        let bottom =
            GUEST_BOTTOM + self.wanted_program.as_ref().map_or(0, |program| u64::from(program.ro_bytes()));
        let problem = if !start.is_multiple_of(PAGE) || !bytes.is_multiple_of(PAGE) {
            "not whole pages"
        } else if start < bottom {
            "below the guest memory that can be mapped"
        } else if start + bytes > GUEST_END {
            "beyond guest memory"
        } else {
            return Ok((start, start + bytes));
        };
        Err(SandboxError::Argument { problem, address: start, bytes })
    }
}

impl core::fmt::Debug for Process {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_struct("Process")
            .field("id", &self.id())
            .field("broken", &self.link.broken())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::status;
    use core::sync::atomic::Ordering;
    use core::time::Duration;
    use rustix::fd::OwnedFd;
    use std::process::Child;
    use std::thread;
    use std::time::Instant;

    /// Loading a program may take longer than this side spins. Taken for a worker without a processor, it would put both on
    /// one for hundreds of hand-overs.
    #[test]
    fn a_worker_is_at_work_whatever_it_was_asked() {
        let page = vec![0xcc; PAGE as usize];
        let program = Program::new(&page, &page, &[], 0).unwrap();
        let mut process = Process::spawn().unwrap();
        process.load(&program).unwrap();
        process.make_ready().unwrap();
        assert!(process.link.is_at_work(), "it was asked to load, and has not been asked for more");
    }

    /// A worker that sets itself up for a supervisor of this number, with the shared page and this side of the socket.
    fn start_for(supervisor: u32) -> (Child, Mapping, OwnedFd) {
        const BYTES: usize = SHARED_BYTES + ANSWERS_BYTES;
        let file = memory_file("vm-test", BYTES as u64).unwrap();
        let shared = Mapping::new(&file, BYTES).unwrap();
        shared.set_word(command(0), supervisor.into());
        let (socket, other) =
            rustix::net::socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
                .unwrap();
        let memory = memory_file("vm-test", GUEST_END).unwrap();
        (spawn::spawn(Descriptors { socket: other, shared: file, memory }).unwrap(), shared, socket)
    }

    /// Has a worker half a minute for its end.
    fn ends_as_an_orphan(child: &mut Child) -> bool {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(30) {
            if let Some(end) = child.try_wait().unwrap() {
                return end.code() == Some(status::ORPHAN);
            }
            thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        false
    }

    /// The supervisor may end before its worker has asked to end with it. Then somebody else is its parent.
    #[test]
    fn a_worker_whose_supervisor_has_ended_does_not_set_itself_up() {
        let (mut child, shared, _socket) = start_for(std::process::id() + 1);
        assert!(ends_as_an_orphan(&mut child));
        let answer = shared.atomic(word_of(offset_of!(Shared, answer))).load(Ordering::Acquire);
        assert_eq!(answer, 0, "it has answered");
    }

    /// The second way to notice the end of the supervisor.
    #[test]
    fn a_worker_whose_socket_is_closed_at_the_other_end_ends() {
        let (mut child, shared, socket) = start_for(std::process::id());
        while shared.atomic(word_of(offset_of!(Shared, answer))).load(Ordering::Acquire) == 0 {
            thread::sleep(Duration::from_millis(1));
        }
        assert!(child.try_wait().unwrap().is_none());
        drop(socket);
        assert!(ends_as_an_orphan(&mut child));
    }
}
