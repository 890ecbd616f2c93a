// SPDX-License-Identifier: Apache-2.0
//! An emulator of a CPU: the MOS 6502 of the home computers of 1980, with all of its documented instructions and decimal mode,
//! running the program in [`rom`] `n` times. A large `match` that no predictor likes, flags, and a memory of 64 KiB.

#![no_std]

mod cpu;
mod rom;

use cpu::Cpu;

static mut MEMORY: [u8; 1 << 16] = [0; 1 << 16];

/// Loads the program.
pub fn initialize() {
    // SAFETY: a workload has one thread, and nothing else uses the memory.
    let memory = unsafe { &mut *core::ptr::addr_of_mut!(MEMORY) };
    memory.fill(0);
    memory[rom::ORIGIN..][..rom::CODE.len()].copy_from_slice(&rom::CODE);
}

/// Runs the program `n` times; it goes on with the results of the time before.
pub fn run(n: u64) -> u64 {
    // SAFETY: a workload has one thread, and nothing else uses the memory.
    let memory = unsafe { &mut *core::ptr::addr_of_mut!(MEMORY) };
    let mut steps = 0;
    for _ in 0..n {
        let mut cpu = Cpu::new(memory, rom::ORIGIN as u16);
        while cpu.step() {
            steps += 1;
        }
    }
    memory[rom::RESULTS].iter().fold(steps, |sum, byte| sum << 8 ^ u64::from(*byte) ^ sum >> 56)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the program computes, in Rust.
    fn expected(times: u32) -> [u8; 5] {
        let (mut crc, mut total, mut count) = (0u16, 0u16, 0u32);
        for _ in 0..times {
            let mut prime = [1u8; 256];
            for candidate in 2..16 {
                if prime[candidate] == 1 {
                    (2 * candidate..256).step_by(candidate).for_each(|multiple| prime[multiple] = 0);
                }
            }
            for (i, flag) in prime.iter().enumerate() {
                crc ^= u16::from(i as u8 ^ flag) << 8;
                for _ in 0..8 {
                    crc = if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 };
                }
            }
            for factor in 1..=32 {
                total = total.wrapping_add(factor * (crc >> 8));
            }
            count = (count + 1) % 100;
        }
        let decimal = (count / 10 * 16 + count % 10) as u8;
        [crc as u8, (crc >> 8) as u8, total as u8, (total >> 8) as u8, decimal]
    }

    #[test]
    fn the_program_computes_what_it_says() {
        initialize();
        run(117);
        // SAFETY: this is the only test that uses the memory.
        let memory = unsafe { &*core::ptr::addr_of!(MEMORY) };
        assert_eq!(memory[rom::RESULTS], expected(117));
    }
}
