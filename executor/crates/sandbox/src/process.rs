// SPDX-License-Identifier: Apache-2.0
//! One worker process and the guest in it.
//!
//! What the guest may access is written down here first and told to the worker before the guest runs next
//! ([`Process::prepare`]). So a process that goes from one guest to another of the same shape tells it nothing, and the
//! pages stay where they are.

use crate::error::{SandboxError, WorkerEnd};
use crate::layout::{Change, Extent, Layout};
use crate::mapping::{memory_file, Mapping};
use crate::memory::GuestMemory;
use crate::patience::Patience;
use crate::program::Program;
use crate::protocol::{
    layer, ANSWERED, LOAD, MAP, PAGE, PROTECT, RUN, SLEEPING, STARTING, START_STEPS, UNMAP,
};
use crate::spawn::{self, Descriptors};
use core::mem::offset_of;
use core::ops::Range;
use core::sync::atomic::Ordering;
use core::time::Duration;
use revive_vm_primitives::machine::{
    exit_code, Shared, CODE_ADDRESS, GUEST_BOTTOM, GUEST_END, GUEST_REGISTERS, SHARED_BYTES,
};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
};
use rustix::thread::futex;
use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::sync::OnceLock;
use std::thread;
use std::time::Instant;

const LOG_TARGET: &str = "revive-vm::sandbox";

/// Values that generated code keeps in the shared page for the length of one instruction.
const SPILLS: usize = 4;
/// How long a worker may take for anything but running a guest.
const ANSWER_SECONDS_MAX: u64 = 20;
/// The stretch that grows to the first one added to it.
const NOWHERE: Range<u64> = Range { start: u64::MAX, end: 0 };
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
    /// Address in the generated code, see `machine::exit_code`.
    pub resume: u64,
    /// The data address of a fault, or the address of the instruction if the fault is not about data.
    pub fault_address: u64,
    /// Value of the scratch register at a fault.
    pub fault_scratch: u64,
}

/// One worker process, which runs one instance at a time.
///
/// Dropping it kills and reaps the worker. After an error of the host the worker is dead and everything gives that error.
pub struct Process {
    child: Child,
    /// Closed after the child is dead, being behind it.
    socket: OwnedFd,
    shared: Mapping,
    memory: GuestMemory,
    registers: [u64; GUEST_REGISTERS],
    gas: i64,
    spills: [u64; SPILLS],
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
    broken: Option<SandboxError>,
    patience: Patience,
}

impl Process {
    /// Starts a worker and waits until it has set itself up.
    ///
    /// # Errors
    /// The system does not let a worker start, or denies it a layer that it must have. Nothing is left behind.
    pub fn spawn() -> Result<Self, SandboxError> {
        const STEP: &str = "starting";
        let memory = GuestMemory::new()?;
        let shared_file = memory_file("vm-shared", SHARED_BYTES as u64)?;
        let shared = Mapping::new(&shared_file, SHARED_BYTES)?;
        let pauses = spin_pauses();
        shared.set_word(command(0), u64::from(std::process::id()));
        shared.set_word(command(1), u64::from(pauses));
        let (socket, other) =
            rustix::net::socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
                .map_err(SandboxError::system("making a socket for a worker"))?;
        let memory_file = memory
            .file()
            .try_clone_to_owned()
            .map_err(SandboxError::io("making a descriptor for a worker"))?;
        let child = spawn::spawn(Descriptors { socket: other, shared: shared_file, memory: memory_file })?;
        let mut process = Self {
            child,
            socket,
            shared,
            memory,
            registers: [0; GUEST_REGISTERS],
            gas: 0,
            spills: [0; SPILLS],
            wanted: Layout::default(),
            wanted_program: None,
            actual: Layout::default(),
            actual_program: None,
            stale: false,
            stale_stretch: NOWHERE,
            changes: Vec::new(),
            broken: None,
            patience: Patience::new(u64::from(pauses)),
        };
        process.await_answer(STARTING, STEP)?;
        let errno = process.shared.word(command(0));
        if errno != 0 {
            let step = process.shared.word(command(1));
            let step = usize::try_from(step).ok().and_then(|index| START_STEPS.get(index)).copied();
            return Err(SandboxError::Worker { step: step.unwrap_or(STEP), errno: errno as i32 });
        }
        let layers = process.shared.word(command(2));
        log::debug!(
            target: LOG_TARGET,
            "worker {} started; empty address space: {}, no executable memory that was writable: {}",
            process.child.id(),
            layers & layer::EMPTY_ADDRESS_SPACE != 0,
            layers & layer::NO_EXEC_GAIN != 0,
        );
        Ok(process)
    }

    /// Process id of the worker.
    pub fn id(&self) -> u32 {
        self.child.id()
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
        self.check()?;
        let bytes = u64::from(program.ro_bytes());
        if let Some(first) = self.wanted.extents().first() {
            if first.start < GUEST_BOTTOM + bytes {
                let problem = "guest memory is mapped where read-only data belongs";
                return Err(SandboxError::Argument { problem, address: first.start, bytes });
            }
        }
        self.wanted_program = Some(program.clone());
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
        self.memory.discard(start, end).map_err(|error| self.fail(error))?;
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
    /// [`SandboxError::Argument`] if that goes beyond 4 GiB.
    pub fn write(&self, address: u32, bytes: &[u8]) -> Result<(), SandboxError> {
        self.memory.write(address, bytes)
    }

    /// Fills a stretch of the instance's memory with zeros, whether the guest may access it or not.
    ///
    /// # Errors
    /// [`SandboxError::Argument`] if that goes beyond 4 GiB.
    pub fn zero(&self, address: u32, len: u32) -> Result<(), SandboxError> {
        self.memory.zero(address, len)
    }

    /// Value of a guest register, by its index in `machine::REGISTER_MAP`. 0 for an index that is none.
    pub fn register(&self, index: usize) -> u64 {
        self.registers.get(index).copied().unwrap_or(0)
    }

    /// Gives a guest register a value. Nothing happens for an index that is none.
    pub fn set_register(&mut self, index: usize, value: u64) {
        if let Some(register) = self.registers.get_mut(index) {
            *register = value;
        }
    }

    /// The guest's gas.
    pub fn gas(&self) -> i64 {
        self.gas
    }

    /// Gives the guest gas, instead of what it had.
    pub fn set_gas(&mut self, gas: i64) {
        self.gas = gas;
    }

    /// What generated code had kept for the length of an instruction when it was left last. 0 for an index that is none.
    pub fn spill(&self, index: usize) -> u64 {
        self.spills.get(index).copied().unwrap_or(0)
    }

    /// Has the worker load now what it would else load when the guest runs.
    ///
    /// # Errors
    /// Trouble of the host.
    pub fn make_ready(&mut self) -> Result<(), SandboxError> {
        self.check()?;
        if self.stale {
            self.prepare()?;
        }
        Ok(())
    }

    /// Runs the guest, from an address in the generated code until it has to be left.
    ///
    /// # Errors
    /// [`SandboxError::NotLoaded`] and [`SandboxError::Argument`] if there is no code at `entry`; else trouble of the
    /// host.
    pub fn run(&mut self, entry: u64) -> Result<RawExit, SandboxError> {
        const STEP: &str = "running";
        self.check()?;
        let Some(program) = &self.wanted_program else { return Err(SandboxError::NotLoaded) };
        let bytes = program.code_bytes() as u64;
        if entry.wrapping_sub(CODE_ADDRESS) >= bytes {
            return Err(SandboxError::Argument { problem: "no generated code there", address: entry, bytes });
        }
        if self.stale {
            self.prepare()?;
        }
        for (index, register) in self.registers.iter().enumerate() {
            self.shared.set_word(offset_of!(Shared, registers) + index * 8, *register);
        }
        self.shared.set_word(offset_of!(Shared, gas), self.gas as u64);
        self.shared.set_word(offset_of!(Shared, entry), entry);
        self.ask(RUN, STEP)?;
        for (index, register) in self.registers.iter_mut().enumerate() {
            *register = self.shared.word(offset_of!(Shared, registers) + index * 8);
        }
        for (index, spill) in self.spills.iter_mut().enumerate() {
            *spill = self.shared.word(offset_of!(Shared, spill) + index * 8);
        }
        self.gas = self.shared.word(offset_of!(Shared, gas)) as i64;
        // The two halves of one word.
        const { assert!(offset_of!(Shared, argument) == offset_of!(Shared, exit) + 4) };
        let exit_and_argument = self.shared.word(offset_of!(Shared, exit));
        let exit = RawExit {
            code: exit_and_argument as u32,
            argument: (exit_and_argument >> 32) as u32,
            resume: self.shared.word(offset_of!(Shared, resume)),
            fault_address: self.shared.word(offset_of!(Shared, fault_address)),
            fault_scratch: self.shared.word(offset_of!(Shared, fault_scratch)),
        };
        if exit.code == exit_code::FAULT && exit.argument == SIGNAL_BUS {
            return Err(self.fail(SandboxError::Memory { address: exit.fault_address }));
        }
        Ok(exit)
    }

    /// Takes everything from the guest: memory and its contents, registers, gas, program. The next guest finds nothing of
    /// it.
    ///
    /// # Errors
    /// Trouble of the host. The process cannot be used for another guest then.
    pub fn reset(&mut self) -> Result<(), SandboxError> {
        self.check()?;
        self.memory.wipe().map_err(|error| self.fail(error))?;
        self.want(GUEST_BOTTOM, GUEST_END, None);
        self.wanted_program = None;
        self.registers = [0; GUEST_REGISTERS];
        self.spills = [0; SPILLS];
        self.gas = 0;
        for offset in (offset_of!(Shared, registers)..SHARED_BYTES).step_by(8) {
            self.shared.set_word(offset, 0);
        }
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
        self.order(order, [start, end - start, u64::from(writable)], step)?;
        self.actual.set(start, end, (order != UNMAP).then_some(writable));
        Ok(())
    }

    /// Sends the worker a program.
    fn transfer(&mut self, program: &Program) -> Result<(), SandboxError> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        let files = [program.file()];
        // There is room for one descriptor, so this cannot fail; if it did, the worker would miss the file and say so.
        control.push(SendAncillaryMessage::ScmRights(&files));
        let byte = [IoSlice::new(&[0])];
        loop {
            match rustix::net::sendmsg(&self.socket, &byte, &mut control, SendFlags::NOSIGNAL) {
                Ok(_) => break,
                Err(Errno::INTR) => {}
                // The other side is closed: the worker is dead, and the next step finds out how it died.
                Err(Errno::PIPE | Errno::CONNRESET) => break,
                Err(error) => {
                    return Err(self.fail(SandboxError::system("sending a program to a worker")(error)))
                }
            }
        }
        let bytes =
            [program.code_bytes() as u64, u64::from(program.ro_bytes()), program.table_bytes() as u64];
        self.order(LOAD, bytes, "loading a program")
    }

    /// Has the worker do something that either works or has an error number.
    fn order(&mut self, order: u32, parameters: [u64; 3], step: &'static str) -> Result<(), SandboxError> {
        for (index, parameter) in parameters.into_iter().enumerate() {
            self.shared.set_word(command(index), parameter);
        }
        self.ask(order, step)?;
        match self.shared.word(command(0)) {
            0 => Ok(()),
            errno => Err(self.fail(SandboxError::Worker { step, errno: errno as i32 })),
        }
    }

    /// Gives the turn to the worker and waits for it to come back.
    fn ask(&mut self, order: u32, step: &'static str) -> Result<(), SandboxError> {
        let state = self.shared.first();
        // Sequentially consistent, so that all parameters are there, and as the futex wants it.
        if state.swap(order, Ordering::SeqCst) & SLEEPING != 0 {
            if let Err(error) = futex::wake(state, futex::Flags::empty(), 1) {
                return Err(self.fail(SandboxError::system("waking a worker")(error)));
            }
        }
        self.await_answer(order, step)
    }

    /// Waits until the worker has done what `order` says.
    fn await_answer(&mut self, order: u32, step: &'static str) -> Result<(), SandboxError> {
        let state = self.shared.first();
        for _ in 0..self.patience.pauses() {
            if state.load(Ordering::Acquire) != order {
                break;
            }
            core::hint::spin_loop();
        }
        let value = state.load(Ordering::Acquire);
        if value == order {
            self.patience.exhausted();
            return self.sleep(order, step);
        }
        self.patience.rewarded();
        self.answered(value, step)
    }

    /// Sleeps until the worker has answered or is dead.
    fn sleep(&mut self, order: u32, step: &'static str) -> Result<(), SandboxError> {
        let state = self.shared.first();
        let asleep = order | SLEEPING;
        let mut seen = match state.compare_exchange(order, asleep, Ordering::SeqCst, Ordering::Acquire) {
            Ok(_) => asleep,
            Err(value) => value,
        };
        let began = Instant::now();
        // A dying worker wakes nobody, so look after it now and then: soon at first, since what kills a worker is
        // mostly done at its start, and then rarely.
        let mut look_after = Duration::from_millis(1);
        while seen == asleep {
            let timeout = rustix::fs::Timespec { tv_sec: 0, tv_nsec: i64::from(look_after.subsec_nanos()) };
            match futex::wait(state, futex::Flags::empty(), asleep, Some(&timeout)) {
                Ok(()) | Err(Errno::AGAIN | Errno::INTR) => {}
                Err(Errno::TIMEDOUT) => {
                    if let Some(end) = end_of(&mut self.child) {
                        // It may have answered just before.
                        if state.load(Ordering::Acquire) == asleep {
                            return Err(self.fail(SandboxError::Died { step, end }));
                        }
                    }
                    look_after = (look_after * 2).min(Duration::from_millis(100));
                    if order != RUN && began.elapsed().as_secs() >= ANSWER_SECONDS_MAX {
                        return Err(self.fail(SandboxError::Stalled { step, seconds: ANSWER_SECONDS_MAX }));
                    }
                }
                Err(error) => return Err(self.fail(SandboxError::system("waiting for a worker")(error))),
            }
            seen = state.load(Ordering::Acquire);
        }
        self.answered(seen, step)
    }

    /// Checks that the value says that the worker has answered. It may sleep already, waiting for more.
    fn answered(&mut self, value: u32, step: &'static str) -> Result<(), SandboxError> {
        if value & !SLEEPING == ANSWERED {
            Ok(())
        } else {
            Err(self.fail(SandboxError::Protocol { step, value }))
        }
    }

    /// Checks that these are whole pages within guest memory above the read-only data: start and end.
    fn stretch(&self, address: u32, len: u32) -> Result<(u64, u64), SandboxError> {
        self.check()?;
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

    fn check(&self) -> Result<(), SandboxError> {
        match &self.broken {
            Some(error) => Err(error.clone()),
            None => Ok(()),
        }
    }

    /// Kills the worker, which cannot be relied on any more, and remembers why.
    fn fail(&mut self, error: SandboxError) -> SandboxError {
        log::debug!(target: LOG_TARGET, "worker {}: {error}", self.child.id());
        self.end();
        self.broken = Some(error.clone());
        error
    }

    /// Kills and reaps the worker, unless that has been done.
    fn end(&mut self) {
        if self.broken.is_none() && end_of(&mut self.child).is_none() {
            // It was alive a moment ago and has not been reaped, so its id is still its own.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

impl core::fmt::Debug for Process {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_struct("Process")
            .field("id", &self.id())
            .field("broken", &self.broken)
            .finish_non_exhaustive()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
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

/// Offset of a parameter or result of a command in the shared page.
const fn command(index: usize) -> usize {
    offset_of!(Shared, command) + index * 8
}

/// How many pauses of the processor a side spins before it sleeps: about as long as it takes to wake a sleeping one on
/// another core. None where there is one processor, because nothing changes while one spins there.
fn spin_pauses() -> u32 {
    const SPIN: Duration = Duration::from_micros(50);
    const SAMPLE: u32 = 256;
    static PAUSES: OnceLock<u32> = OnceLock::new();
    *PAUSES.get_or_init(|| {
        if thread::available_parallelism().map_or(1, usize::from) == 1 {
            return 0;
        }
        // The shortest of some measurements is the one that nothing came between.
        let sample = (0..5)
            .map(|_| {
                let began = Instant::now();
                for _ in 0..SAMPLE {
                    core::hint::spin_loop();
                }
                began.elapsed().as_nanos().max(1)
            })
            .min()
            .unwrap_or(1);
        u32::try_from(SPIN.as_nanos() * u128::from(SAMPLE) / sample).unwrap_or(u32::MAX).clamp(64, 1 << 16)
    })
}
