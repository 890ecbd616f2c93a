// SPDX-License-Identifier: Apache-2.0
//! Finds the cost of a block without simulating every cycle, if nothing unusual happens in it.

use super::operation::{Operation, NEEDS_DIVIDER, NEEDS_MULTIPLIER, NEEDS_TWO_ALUS};

const WINDOW: u32 = 128;
const ROB: usize = 32;
const STARTS_MAX: u8 = 5;
const DECODE_SLOTS: u8 = 4;
pub(super) const OPERATIONS_MAX: usize = 128;

static BELOW: [u128; WINDOW as usize + 1] = {
    let mut below = [u128::MAX; WINDOW as usize + 1];
    let mut n = 0;
    while n < WINDOW {
        below[n as usize] = (1 << n) - 1;
        n += 1;
    }
    below
};

#[derive(Clone, Debug)]
pub(super) struct Planner {
    ready: [u32; 256],
    starts: [u8; WINDOW as usize],
    retire: [u32; OPERATIONS_MAX],
}

impl Planner {
    pub(super) fn new() -> Self {
        Self { ready: [0; 256], starts: [0; WINDOW as usize], retire: [0; OPERATIONS_MAX] }
    }

    #[inline]
    pub(super) fn plan<const PLANES: bool, const SCARCE: bool, const LONG: bool>(
        &mut self,
        operations: &[Operation],
    ) -> Option<u32> {
        let result = self.run::<PLANES, SCARCE, LONG>(operations);
        self.ready[..16].fill(0);
        self.starts.fill(0);
        result
    }

    #[inline(always)]
    fn run<const PLANES: bool, const SCARCE: bool, const LONG: bool>(
        &mut self,
        operations: &[Operation],
    ) -> Option<u32> {
        let (mut cycle, mut left) = (0u32, DECODE_SLOTS);
        let mut base = 0u32;
        let mut last = 0u32;
        let (mut entries, mut retired) = (0usize, 0u32);
        let (mut one, mut two, mut full) = (0u128, 0u128, 0u128);
        let (mut multiplier, mut divider) = (0u128, 0u128);
        for operation in operations {
            let [d, s, t, slots, latency, alu_latency, needs, is_entry] = operation.bytes();
            let advance = left < slots;
            cycle += u32::from(advance);
            left = (if advance { DECODE_SLOTS } else { left }).wrapping_sub(slots);
            if LONG && entries >= ROB {
                let retired = self.retire[(entries - ROB) % OPERATIONS_MAX];
                if retired >= cycle {
                    cycle = retired + 1;
                    left = DECODE_SLOTS.wrapping_sub(slots);
                }
            }
            let ready = |register: u8| self.ready[usize::from(register)];
            let mut start = (cycle + 1).max(ready(d)).max(ready(s)).max(ready(t));
            if PLANES {
                if start + u32::from(alu_latency) - base > WINDOW {
                    let by = cycle - base;
                    if by >= WINDOW || start + u32::from(alu_latency) - cycle > WINDOW {
                        return None;
                    }
                    (one, two, full) = (one >> by, two >> by, full >> by);
                    if SCARCE {
                        (multiplier, divider) = (multiplier >> by, divider >> by);
                    }
                    self.starts.copy_within(by as usize.., 0);
                    self.starts[(WINDOW - by) as usize..].fill(0);
                    base = cycle;
                }
                let from = start - base;
                let mut busy = BELOW[(from + u32::from(alu_latency)) as usize] ^ BELOW[from as usize];
                let mut taken = full;
                if SCARCE && needs != 0 {
                    if needs & NEEDS_TWO_ALUS != 0 {
                        taken |= one & two;
                    }
                    if needs & NEEDS_MULTIPLIER != 0 {
                        taken |= multiplier;
                    }
                    if needs & NEEDS_DIVIDER != 0 {
                        taken |= divider;
                    }
                }
                if busy & taken != 0 {
                    let from = from + (taken >> from).trailing_ones();
                    if from + u32::from(alu_latency) > WINDOW {
                        return None;
                    }
                    busy = BELOW[(from + u32::from(alu_latency)) as usize] ^ BELOW[from as usize];
                    if busy & taken != 0 {
                        return None;
                    }
                    start = base + from;
                }
                if SCARCE && needs != 0 {
                    if needs & NEEDS_MULTIPLIER != 0 {
                        multiplier |= busy;
                    }
                    if needs & NEEDS_DIVIDER != 0 {
                        divider |= busy;
                    }
                    if needs & NEEDS_TWO_ALUS != 0 {
                        let carry = one & busy;
                        one ^= busy;
                        full |= two & carry;
                        two ^= carry;
                    }
                }
                let carry = one & busy;
                one ^= busy;
                full |= two & carry;
                two ^= carry;
            }
            let count = self.starts.get_mut((start - base) as usize)?;
            *count += is_entry;
            if *count > STARTS_MAX {
                return None;
            }
            let finish = start + u32::from(latency);
            self.ready[usize::from(Operation::written(d))] = finish;
            last = last.max(finish);
            if LONG && is_entry != 0 {
                retired = retired.max(finish + 1);
                self.retire[entries % OPERATIONS_MAX] = retired;
                entries += 1;
            }
        }
        Some(last - 1)
    }
}
