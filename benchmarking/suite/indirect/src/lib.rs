// SPDX-License-Identifier: Apache-2.0
//! Calls through pointers: `n` passes over a list of objects of five kinds in no order, each a call through a table of functions,
//! and a sort whose comparison is a pointer.

#![no_std]

/// What has an area, in some unit.
trait Shape {
    fn area(&self, scale: u64) -> u64;
    fn grow(&mut self, by: u64);
}

struct Square(u64);
struct Rectangle(u64, u64);
struct Triangle(u64, u64);
struct Ring(u64, u64);
struct Point;

impl Shape for Square {
    fn area(&self, scale: u64) -> u64 {
        self.0.wrapping_mul(self.0).wrapping_mul(scale)
    }

    fn grow(&mut self, by: u64) {
        self.0 = self.0.wrapping_add(by) & 0xfff;
    }
}

impl Shape for Rectangle {
    fn area(&self, scale: u64) -> u64 {
        self.0.wrapping_mul(self.1).wrapping_mul(scale)
    }

    fn grow(&mut self, by: u64) {
        self.1 = self.1.wrapping_add(by) & 0xfff;
    }
}

impl Shape for Triangle {
    fn area(&self, scale: u64) -> u64 {
        self.0.wrapping_mul(self.1).wrapping_mul(scale) / 2
    }

    fn grow(&mut self, by: u64) {
        self.0 ^= by;
    }
}

impl Shape for Ring {
    fn area(&self, scale: u64) -> u64 {
        (self.0.wrapping_mul(self.0)).wrapping_sub(self.1.wrapping_mul(self.1)).wrapping_mul(3 * scale)
    }

    fn grow(&mut self, by: u64) {
        self.0 = self.0.wrapping_add(by);
        self.1 = self.1.wrapping_add(by);
    }
}

impl Shape for Point {
    fn area(&self, _: u64) -> u64 {
        0
    }

    fn grow(&mut self, _: u64) {}
}

const LEN: usize = 256;

type Order = fn(u64, u64) -> bool;

fn ascending(a: u64, b: u64) -> bool {
    a < b
}

fn descending(a: u64, b: u64) -> bool {
    b < a
}

fn by_low_byte(a: u64, b: u64) -> bool {
    a & 0xff < b & 0xff
}

/// Shell sort: its inner loop is one comparison and one move.
fn sort(numbers: &mut [u64], before: Order) {
    for gap in [57, 23, 10, 4, 1] {
        for i in gap..numbers.len() {
            let value = numbers[i];
            let mut hole = i;
            while hole >= gap && before(value, numbers[hole - gap]) {
                numbers[hole] = numbers[hole - gap];
                hole -= gap;
            }
            numbers[hole] = value;
        }
    }
}

static mut KINDS: [u8; LEN] = [0; LEN];

/// Draws the kinds.
pub fn initialize() {
    // SAFETY: a workload has one thread, and nothing else uses the kinds.
    let kinds = unsafe { &mut *core::ptr::addr_of_mut!(KINDS) };
    let mut seed = 7u32;
    for kind in kinds.iter_mut() {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *kind = (seed >> 24) as u8 % 5;
    }
}

/// Does `n` passes.
pub fn run(n: u64) -> u64 {
    // SAFETY: a workload has one thread, and nothing changes the kinds now.
    let kinds = unsafe { &*core::ptr::addr_of!(KINDS) };
    let (mut square, mut rectangle, mut triangle) = (Square(3), Rectangle(5, 7), Triangle(11, 13));
    let (mut ring, mut point) = (Ring(19, 17), Point);
    let shapes: [&mut dyn Shape; 5] = [&mut square, &mut rectangle, &mut triangle, &mut ring, &mut point];
    // The compiler must not know the tables, or it makes a chain of comparisons of them.
    let shapes = core::hint::black_box(shapes);
    let orders: [Order; 3] = core::hint::black_box([ascending, descending, by_low_byte]);
    let mut areas = [0u64; LEN];
    let mut checksum = 0u64;
    for round in 0..n {
        for (kind, area) in kinds.iter().zip(&mut areas) {
            let shape = &mut *shapes[usize::from(*kind)];
            shape.grow(round & 3);
            *area = shape.area(u64::from(*kind) + 1);
        }
        sort(&mut areas[..64], orders[(round % 3) as usize]);
        checksum = areas.iter().fold(checksum, |sum, area| sum.rotate_left(1) ^ area);
    }
    checksum
}
