// SPDX-License-Identifier: Apache-2.0
//! An emulator in the machine: a bytecode interpreter with registers, memory and a dispatch loop, running a program
//! that computes Collatz lengths and stores them. Indirect jumps, and data-dependent everything.

#![no_std]

const MEMORY: usize = 256;

static mut CELLS: [u64; MEMORY] = [0; MEMORY];

/// Instructions of four bytes: operation, destination, two operands.
#[rustfmt::skip]
const PROGRAM: [u8; 4 * 20] = [
    //  r0 counts the numbers, r1 the steps, r2 the number, r6 = 1, r7 = the last number
    SET,   6, 1,  0,   // 0
    SET,   0, 1,  0,   // 1
    COPY,  2, 0,  0,   // 2: next number
    SET,   1, 0,  0,   // 3
    SUB,   3, 2,  6,   // 4: step
    JZ,    0, 3,  14,  // 5: at 1: done
    AND,   3, 2,  6,   // 6
    JZ,    0, 3,  11,  // 7: even
    TRIPLE,2, 2,  0,   // 8
    ADD,   2, 2,  6,   // 9
    JUMP,  0, 0,  12,  // 10
    HALVE, 2, 2,  0,   // 11: even
    ADD,   1, 1,  6,   // 12
    JUMP,  0, 0,  4,   // 13
    STORE, 1, 0,  0,   // 14: done
    LOAD,  4, 0,  0,   // 15
    XOR,   5, 5,  4,   // 16
    ADD,   0, 0,  6,   // 17
    JNE,   0, 7,  2,   // 18: all numbers?
    HALT,  0, 0,  0,   // 19
];

const HALT: u8 = 0;
const SET: u8 = 1;
const COPY: u8 = 2;
const ADD: u8 = 3;
const SUB: u8 = 4;
const AND: u8 = 5;
const XOR: u8 = 6;
const TRIPLE: u8 = 7;
const HALVE: u8 = 8;
const JUMP: u8 = 9;
const JZ: u8 = 10;
const JNE: u8 = 11;
const LOAD: u8 = 12;
const STORE: u8 = 13;

fn interpret(program: &[u8], registers: &mut [u64; 8], cells: &mut [u64; MEMORY]) {
    let mut at = 0;
    loop {
        let instruction = &program[4 * at..4 * at + 4];
        let (to, a, b) = (usize::from(instruction[1] & 7), instruction[2], instruction[3]);
        let (x, y) = (registers[usize::from(a & 7)], registers[usize::from(b & 7)]);
        at += 1;
        match instruction[0] {
            SET => registers[to] = u64::from(a),
            COPY => registers[to] = x,
            ADD => registers[to] = x.wrapping_add(y),
            SUB => registers[to] = x.wrapping_sub(y),
            AND => registers[to] = x & y,
            XOR => registers[to] = x.rotate_left(1) ^ y,
            TRIPLE => registers[to] = x.wrapping_mul(3),
            HALVE => registers[to] = x >> 1,
            JUMP => at = usize::from(b),
            JZ if x == 0 => at = usize::from(b),
            JNE if registers[to] != x => at = usize::from(b),
            JZ | JNE => (),
            LOAD => registers[to] = cells[x as usize % MEMORY],
            STORE => cells[x as usize % MEMORY] = registers[to],
            _ => return,
        }
    }
}

/// There is nothing to make beforehand.
pub fn initialize() {}

/// Emulates the program for the numbers up to `n`.
pub fn run(n: u64) -> u64 {
    // SAFETY: a workload has one thread, and nothing else uses the cells.
    let cells = unsafe { &mut *core::ptr::addr_of_mut!(CELLS) };
    let mut registers = [0; 8];
    registers[7] = n + 1;
    interpret(core::hint::black_box(&PROGRAM), &mut registers, cells);
    registers[5]
}
