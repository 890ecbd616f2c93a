// SPDX-License-Identifier: Apache-2.0
//! Machine code written by hand, in place of what the recompiler generates.

#![allow(dead_code)] // Each test uses some of it.

use revive_vm_primitives::machine::{
    exit_code, field, CODE_ADDRESS, ENTER_OFFSET, FIRST_NEAR_REGISTER, GAS_REGISTER, GUEST_REGISTERS,
    LEAVE_OFFSET, REGISTER_MAP,
};
use revive_vm_sandbox::{Pool, PoolConfig, Process, Program};
use rustix::process::{kill_process, Pid, Signal};
use std::{thread, time::Duration};

/// Machine registers by their number.
pub(crate) const RAX: u8 = 0;
pub(crate) const RCX: u8 = 1;
pub(crate) const RDX: u8 = 2;
pub(crate) const RBX: u8 = 3;
pub(crate) const RSP: u8 = 4;
pub(crate) const RSI: u8 = 6;
pub(crate) const RDI: u8 = 7;
pub(crate) const R8: u8 = 8;

/// Guest registers by their index: in `rdi`, `rax`, `rsi`.
pub(crate) const A0: usize = 7;
pub(crate) const A1: usize = 8;
pub(crate) const A2: usize = 9;

/// Generated code under construction.
pub(crate) struct Code(Vec<u8>);

impl Code {
    /// Where the guest goes on behind a host call that has been answered.
    const ANSWERED: u64 = CODE_ADDRESS + 18 + 14 * 7 + 6;

    /// The two entries; what is appended begins behind them, at [`body`](Self::body).
    pub(crate) fn new() -> Self {
        let mut code = Self(Vec::new());
        assert_eq!(ENTER_OFFSET, 0);
        // push rbx, rbp, r12 to r15
        code.raw(&[0x53, 0x55, 0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57]);
        // push rdi: what answers host calls
        code.raw(&[0x57]);
        code.store_field(field::WORKER_SP, RSP);
        code.go_on_with(field::ORDER_REGISTERS, field::ORDER_GAS);
        assert_eq!(code.here(), Self::ANSWERED);
        code.go_on_with(field::REGISTERS + 8 * FIRST_NEAR_REGISTER as u64, field::GAS);
        code.fill_to(LEAVE_OFFSET);
        code.load_field(RSP, field::WORKER_SP);
        // pop rcx, r15 to r12, rbp, rbx; ret
        code.raw(&[0x59, 0x41, 0x5f, 0x41, 0x5e, 0x41, 0x5d, 0x41, 0x5c, 0x5d, 0x5b, 0xc3]);
        code.fill_to(Self::body() - CODE_ADDRESS);
        code
    }

    /// Loads the guest's registers, of which those from `a0` on and the gas are at these addresses, and goes on.
    fn go_on_with(&mut self, near: u64, gas: u64) {
        for (index, register) in REGISTER_MAP.into_iter().enumerate() {
            self.load_field(
                register,
                match index.checked_sub(FIRST_NEAR_REGISTER) {
                    Some(index) => near + 8 * index as u64,
                    None => field::REGISTERS + 8 * index as u64,
                },
            );
        }
        self.load_field(GAS_REGISTER, gas);
        // jmp [resume]
        self.raw(&[0xff, 0x25]);
        self.relative(field::RESUME, 0);
    }

    /// Address of what comes first behind the entries.
    pub(crate) fn body() -> u64 {
        CODE_ADDRESS + 0x180
    }

    fn fill_to(&mut self, offset: u64) {
        assert!(self.0.len() as u64 <= offset);
        self.0.resize(offset as usize, 0xcc);
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Address of what is appended next.
    pub(crate) fn here(&self) -> u64 {
        CODE_ADDRESS + self.0.len() as u64
    }

    /// The displacement to an address, in an instruction that ends `behind` bytes after it.
    fn relative(&mut self, address: u64, behind: u64) {
        let displacement = address.wrapping_sub(self.here() + 4 + behind) as i64;
        self.raw(&i32::try_from(displacement).expect("within reach").to_le_bytes());
    }

    /// `mov register, [field]`
    pub(crate) fn load_field(&mut self, register: u8, address: u64) {
        self.raw(&[0x48 | (register >> 3) << 2, 0x8b, (register & 7) << 3 | 5]);
        self.relative(address, 0);
    }

    /// `mov [field], register`
    pub(crate) fn store_field(&mut self, address: u64, register: u8) {
        self.raw(&[0x48 | (register >> 3) << 2, 0x89, (register & 7) << 3 | 5]);
        self.relative(address, 0);
    }

    /// `mov dword [field], value`
    pub(crate) fn store_value(&mut self, address: u64, value: u32) {
        self.raw(&[0xc7, 0x05]);
        self.relative(address, 4);
        self.raw(&value.to_le_bytes());
    }

    /// `mov register, value`
    pub(crate) fn set(&mut self, register: u8, value: u64) {
        self.raw(&[0x48 | register >> 3, 0xb8 | register & 7]);
        self.raw(&value.to_le_bytes());
    }

    /// `mov to, [base]`, with the lower half of `base` as the address.
    pub(crate) fn load(&mut self, to: u8, base: u8) {
        self.access(0x8b, to, base);
    }

    /// `mov [base], from`, with the lower half of `base` as the address.
    pub(crate) fn store(&mut self, base: u8, from: u8) {
        self.access(0x89, from, base);
    }

    fn access(&mut self, opcode: u8, register: u8, base: u8) {
        assert_ne!(base & 7, 4, "needs another byte");
        self.raw(&[
            0x67,
            0x48 | (register >> 3) << 2 | base >> 3,
            opcode,
            0x40 | (register & 7) << 3 | base & 7,
            0,
        ]);
    }

    /// Leaves the guest as for a host call, unless it is one and the worker answers it. Where to go on is behind this.
    pub(crate) fn exit(&mut self, code: u32, argument: u32) {
        self.store_value(field::EXIT, code);
        self.store_value(field::ARGUMENT, argument);
        // lea rcx, [rip + …]: over the rest, which has 14 stores of 7 bytes, one more, what asks, and a jump of 5.
        let asking = if code == exit_code::HOST_CALL { 7 + 10 + 3 + 2 + 6 } else { 0 };
        self.raw(&[0x48, 0x8d, 0x0d]);
        self.relative(self.here() + 4 + 7 * 15 + asking + 5, 0);
        self.store_field(field::RESUME, RCX);
        for (index, register) in REGISTER_MAP.into_iter().enumerate() {
            self.store_field(field::REGISTERS + 8 * index as u64, register);
        }
        self.store_field(field::GAS, GAS_REGISTER);
        if asking > 0 {
            self.load_field(RSP, field::WORKER_SP);
            self.set(RDI, argument.into());
            // call [rsp]; test eax, eax; jnz answered
            self.raw(&[0xff, 0x14, 0x24, 0x85, 0xc0, 0x0f, 0x85]);
            self.relative(Self::ANSWERED, 0);
        }
        // jmp leave
        self.raw(&[0xe9]);
        self.relative(CODE_ADDRESS + LEAVE_OFFSET, 0);
    }

    /// `ud2`; its address.
    pub(crate) fn trap(&mut self) -> u64 {
        let at = self.here();
        self.raw(&[0x0f, 0x0b]);
        at
    }

    /// `syscall`
    pub(crate) fn syscall(&mut self) {
        self.raw(&[0x0f, 0x05]);
    }

    /// `jmp` to itself
    pub(crate) fn forever(&mut self) {
        self.raw(&[0xeb, 0xfe]);
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn program(&self) -> Program {
        Program::new(&self.0, &[0; 4096], &[], 0).expect("a program")
    }

    /// A new process with this loaded.
    pub(crate) fn process(&self) -> Process {
        let mut process = Process::spawn().expect("a worker");
        process.load(&self.program()).expect("loads");
        process
    }
}

/// Values that differ for each register.
pub(crate) fn values() -> [u64; GUEST_REGISTERS] {
    core::array::from_fn(|index| 0x0123_4567_89ab_cdef_u64.rotate_left(5 * index as u32) ^ index as u64)
}

/// Whether a process of this id exists, also as a zombie.
pub(crate) fn exists(id: u32) -> bool {
    std::path::Path::new(&format!("/proc/{id}")).exists()
}

/// Where the guest was left after it was run from `entry`.
pub(crate) fn resume_of(process: &mut Process, entry: u64) -> u64 {
    process.run(entry).expect("runs");
    process.resume()
}

/// A pool that keeps so many workers.
pub(crate) fn new_pool(idle_max: usize) -> Pool {
    Pool::new(PoolConfig { idle_max, ..PoolConfig::default() })
}

/// Sets up a system call.
pub(crate) fn set_up_call(code: &mut Code, number: u64, arguments: &[u64]) {
    const R9: u8 = 9;
    const R10: u8 = 10;
    for (register, argument) in [RDI, RSI, RDX, R10, R8, R9].into_iter().zip(arguments) {
        code.set(register, *argument);
    }
    code.set(RAX, number);
}

/// Has three workers wait, and ends all but the first, as the kernel does for want of memory. Their ids.
pub(crate) fn end_all_but_first(pool: &Pool) -> Vec<u32> {
    let workers: Vec<Process> = (0..3).map(|_| pool.take().unwrap()).collect();
    let ids: Vec<u32> = workers.iter().map(Process::id).collect();
    workers.into_iter().for_each(|worker| pool.give(worker));
    for id in &ids[1..] {
        kill_process(Pid::from_raw(*id as i32).unwrap(), Signal::KILL).unwrap();
    }
    thread::sleep(Duration::from_millis(500));
    ids
}
