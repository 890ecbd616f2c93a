// SPDX-License-Identifier: Apache-2.0
//! The guest's memory: what it may access and when, and that nothing of it is left for the next guest.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod common;

use common::{Code, A0, A1, A2, RAX, RDI, RSI};
use revive_vm_primitives::machine::{exit_code, CODE_ADDRESS, GUEST_REGISTERS, JUMP_TABLE_ADDRESS};
use revive_vm_sandbox::{Process, Program, SandboxError};

/// Code that stores `a1` at `a0` and loads it back into `a2`.
struct Access {
    process: Process,
    store: u64,
    load: u64,
}

impl Access {
    fn new() -> Self {
        let mut code = Code::new();
        let store = code.here();
        code.store(RDI, RAX);
        code.exit(exit_code::FINISHED, 0);
        let load = code.here();
        code.load(RSI, RDI);
        code.exit(exit_code::FINISHED, 0);
        Self { process: code.process(), store, load }
    }

    /// Whether the guest can store there.
    fn store(&mut self, address: u32, value: u64) -> bool {
        self.process.set_register(A0, address.into());
        self.process.set_register(A1, value);
        let exit = self.process.run(self.store).unwrap();
        let fault = exit.code == exit_code::FAULT;
        assert_eq!(fault, self.process.resume() == self.store);
        assert!(!fault || self.process.fault().address == address.into());
        !fault
    }

    /// What the guest loads there, if it can.
    fn load(&mut self, address: u32) -> Option<u64> {
        self.process.set_register(A0, address.into());
        let exit = self.process.run(self.load).unwrap();
        (exit.code != exit_code::FAULT).then(|| self.process.register(A2))
    }

    fn host(&self, address: u32) -> u64 {
        let mut out = [0; 8];
        self.process.read(address, &mut out).unwrap();
        u64::from_le_bytes(out)
    }
}

#[test]
fn protection_can_change_and_contents_stay() {
    let mut guest = Access::new();
    guest.process.map(0x2_0000, 0x3000, true).unwrap();
    assert!(guest.store(0x2_1000, 5));
    guest.process.protect(0x2_1000, 0x1000, false).unwrap();
    assert!(!guest.store(0x2_1000, 6));
    assert_eq!(guest.load(0x2_1000), Some(5));
    assert!(guest.store(0x2_0ff8, 7) && guest.store(0x2_2000, 8));
    guest.process.protect(0x2_0000, 0x3000, true).unwrap();
    assert!(guest.store(0x2_1000, 9));
    // Mapping again what is mapped changes the protection only.
    guest.process.map(0x2_1000, 0x2000, false).unwrap();
    assert!(!guest.store(0x2_2000, 1) && guest.store(0x2_0000, 1));
    assert_eq!((guest.load(0x2_1000), guest.load(0x2_2000)), (Some(9), Some(8)));
    // Only whole what is mapped can be protected.
    assert!(matches!(guest.process.protect(0x2_2000, 0x2000, true), Err(SandboxError::Argument { .. })));
}

#[test]
fn what_is_unmapped_is_gone() {
    let mut guest = Access::new();
    guest.process.map(0x2_0000, 0x4000, true).unwrap();
    for page in 0..4 {
        assert!(guest.store(0x2_0000 + 0x1000 * page, 5));
    }
    guest.process.unmap(0x2_1000, 0x2000).unwrap();
    assert_eq!(guest.host(0x2_1000), 0);
    assert_eq!((guest.load(0x2_0000), guest.load(0x2_1000)), (Some(5), None));
    assert_eq!((guest.load(0x2_2000), guest.load(0x2_3000)), (None, Some(5)));
    guest.process.map(0x2_1000, 0x2000, true).unwrap();
    assert_eq!((guest.load(0x2_1000), guest.load(0x2_2000)), (Some(0), Some(0)));
    // What has never been mapped can be dropped as well.
    guest.process.write(0x9_0000, &[1]).unwrap();
    guest.process.unmap(0x8_0000, 0x20_0000).unwrap();
    assert_eq!(guest.host(0x9_0000), 0);
}

#[test]
fn zeros_are_written_exactly_where_asked() {
    let guest = Access::new();
    for (start, bytes) in
        [(0x2_0003u32, 5u32), (0x2_0fff, 2), (0x2_0801, 0x3_0000), (0x2_0000, 0x2_0000), (0x2_0800, 0)]
    {
        guest.process.write(0x2_0000, &[0xaa; 0x6_0000]).unwrap();
        guest.process.zero(start, bytes).unwrap();
        let mut out = vec![0; 0x6_0000];
        guest.process.read(0x2_0000, &mut out).unwrap();
        for (address, byte) in (0x2_0000..).zip(out) {
            let inside = (start..start + bytes).contains(&address);
            assert_eq!(byte, if inside { 0 } else { 0xaa }, "{address:#x}");
        }
    }
    guest.process.zero(0xffff_ffff, 1).unwrap();
    guest.process.zero(0x1_0000, 0xffff_0000).unwrap();
}

/// Wiping clears small memory and gives back large; both, and the step between, must leave nothing.
#[test]
fn the_next_guest_finds_nothing() {
    let mut guest = Access::new();
    let program = {
        let mut code = Code::new();
        code.store(RDI, RAX);
        code.exit(exit_code::FINISHED, 0);
        code.load(RSI, RDI);
        code.exit(exit_code::FINISHED, 0);
        code.program()
    };
    for bytes in [0x1000u32, 0x8000, 0x2_0000, 0x2_1000, 0x40_0000] {
        let places = [0x2_0000u32, 0x1000_0000, 0xffff_ffff - (bytes - 1)];
        guest.process.load(&program).unwrap();
        for place in places {
            guest.process.map(place, bytes, true).unwrap();
            for offset in (0..bytes).step_by(0x1000) {
                assert!(guest.store(place + offset + 8, u64::MAX));
            }
        }
        // Written by the host where the guest never had anything, and by the guest where it has nothing any more.
        guest.process.write(0x5000_0123, b"secret").unwrap();
        guest.process.write(0, b"below guest memory").unwrap();
        for index in 0..GUEST_REGISTERS {
            guest.process.set_register(index, u64::MAX);
        }
        guest.process.set_gas(-1);

        guest.process.reset().unwrap();
        let registers: Vec<u64> = (0..GUEST_REGISTERS).map(|index| guest.process.register(index)).collect();
        assert_eq!((registers, guest.process.gas()), (vec![0; GUEST_REGISTERS], 0));
        for place in places.into_iter().chain([0x5000_0000, 0]) {
            let mut out = vec![1; bytes as usize];
            guest.process.read(place, &mut out).unwrap();
            assert!(out.iter().all(|&byte| byte == 0), "{bytes:#x} bytes at {place:#x}");
        }
        guest.process.load(&program).unwrap();
        for place in places {
            assert_eq!(guest.load(place + 8), None, "the next guest has the memory of the last");
        }
        guest.process.map(places[2], bytes, true).unwrap();
        for offset in (0..bytes).step_by(0x1000) {
            assert_eq!(guest.load(places[2] + offset + 8), Some(0));
        }
        guest.process.reset().unwrap();
    }
}

/// What a guest of the same shape needs is still mapped, and so are the pages; only what differs is told the worker.
#[test]
fn shapes_may_follow_in_any_order() {
    let mut guest = Access::new();
    let mut code = Code::new();
    code.store(RDI, RAX);
    code.exit(exit_code::FINISHED, 0);
    code.load(RSI, RDI);
    code.exit(exit_code::FINISHED, 0);
    let programs = [0u32, 0x3000, 0x1000]
        .map(|ro_bytes| Program::new(code.bytes(), &[0; 4096], &[0x77; 16], ro_bytes.max(0x1000)).unwrap());
    for round in 0..60u32 {
        guest.process.reset().unwrap();
        let program = &programs[round as usize % 3];
        guest.process.load(program).unwrap();
        let bottom = 0x1_0000 + program.ro_bytes();
        let bytes = 0x1000 * (1 + round % 5);
        guest.process.map(bottom + 0x1000, bytes, round % 4 != 0).unwrap();
        assert_eq!(guest.load(0x1_0000), Some(0x7777_7777_7777_7777));
        assert!(!guest.store(0x1_0000, 1));
        assert_eq!(guest.load(bottom), None);
        assert_eq!(guest.load(bottom + 0x1000 + bytes), None);
        assert_eq!(guest.load(bottom + 0x1000), Some(0), "round {round}");
        assert_eq!(guest.store(bottom + bytes, 1), round % 4 != 0);
    }
}

/// A jump of the next guest through what is left of a longer jump table would go where no jump of it may.
#[test]
fn nothing_of_a_longer_program_is_left() {
    let mut code = Code::new();
    // mov rax, [rdi], with all 64 bits as the address
    code.raw(&[0x48, 0x8b, 0x07]);
    code.exit(exit_code::FINISHED, 0);
    let mut long_code = code.bytes().to_vec();
    long_code.resize(0x3000, 0xcc);
    let [long, short] = [(long_code.as_slice(), 0x4000), (code.bytes(), 0x2000)]
        .map(|(code, table_bytes)| Program::new(code, &vec![0x11; table_bytes], &[], 0).unwrap());
    let mut process = Process::spawn().unwrap();
    let mut reads = |program: &Program, address: u64| {
        process.reset().unwrap();
        process.load(program).unwrap();
        process.set_register(A0, address);
        process.run(Code::body()).unwrap().code == exit_code::FINISHED
    };
    // The last page of a table is elsewhere.
    for (first, left) in [(CODE_ADDRESS, [0x1000, 0x2ff8]), (JUMP_TABLE_ADDRESS, [0x1000, 0x2ff8])] {
        for offset in left {
            assert!(reads(&long, first + offset) && reads(&short, first), "{:#x}", first + offset);
            assert!(!reads(&short, first + offset), "{:#x} is left of the last program", first + offset);
        }
    }
}
