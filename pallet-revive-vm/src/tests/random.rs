// SPDX-License-Identifier: Apache-2.0
//! Contracts made of random actions on storage, value, events, other contracts and themselves, with reverts, traps and ends at
//! random points.

use super::fixtures::{contract, Asm, NONE, RW};
use sp_core::{H160, H256};

/// Wei in a native unit of the chains that these contracts are for.
const RATIO: u64 = 1_000_000;

const CALLEE: u64 = RW + 0x1000;
const VALUE: u64 = RW + 0x1040;
const CELL: u64 = RW + 0x1080;
const KEY: u64 = RW + 0x1100;
const HASH: u64 = RW + 0x1200;

/// Xorshift.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }
}

/// What a random contract knows of the world.
#[derive(Clone, Default)]
pub(super) struct World {
    pub(super) contracts: Vec<H160>,
    pub(super) code: Vec<H256>,
}

fn key_and_value(asm: &mut Asm, random: &mut Random) -> (u64, u64) {
    let key_len = [1, 8, 32][random.below(3) as usize];
    asm.data(KEY, &[random.below(4) as u8; 32]);
    (key_len, random.below(120))
}

/// One action.
fn act(asm: &mut Asm, random: &mut Random, world: &World) {
    match random.below(14) {
        0..=2 => {
            let (key_len, value_len) = key_and_value(asm, random);
            asm.host("set_storage", [0, KEY, key_len, RW, value_len]);
        }
        3 => {
            let zero = random.below(2);
            asm.data(KEY, &[random.below(4) as u8; 32]).data(KEY + 32, &[1 - zero as u8; 32]);
            asm.host("set_storage_or_clear", [random.below(2), KEY, KEY + 32]);
        }
        4 => {
            // Clears an item by the precompile, in a delegate call.
            let (key_len, _) = key_and_value(asm, random);
            let mut input = vec![0xcc, 0xec, 0xf7, 0x15];
            for word in [0, u128::from(key_len == 32), 96, u128::from(key_len)] {
                input.extend_from_slice(&super::word(word));
            }
            input.extend_from_slice(&[random.below(4) as u8; 32]);
            asm.data(RW + 0x2000, &input)
                .data(CALLEE, H160::from_low_u64_be(0x901).as_bytes())
                .data(CELL, &[0; 8])
                .host(
                    "delegate_call_evm",
                    [0, CALLEE, u64::MAX, (input.len() as u64) << 32 | (RW + 0x2000), CELL << 32 | NONE],
                );
        }
        5 => {
            asm.host("deposit_event", [RW, random.below(5), RW, random.below(80)]);
        }
        6..=8 => call(asm, random, world),
        9 => {
            let callee = pick(random, &world.contracts);
            asm.data(CALLEE, callee.as_bytes())
                .data(CELL, &[0; 8])
                .host("delegate_call_evm", [0, CALLEE, u64::MAX, RW, CELL << 32 | NONE]);
        }
        10 => {
            let Some(hash) = world.code.get(random.below(world.code.len().max(1) as u64) as usize) else {
                return;
            };
            asm.data(HASH, hash.as_bytes())
                .data(VALUE, &wei(random))
                .data(VALUE + 32, &[0xFF; 32])
                .instantiate(HASH, VALUE, VALUE + 32);
        }
        11 => {
            asm.data(RW, &[random.below(256) as u8; 64]);
        }
        12 => {
            let Some(hash) = world.code.get(random.below(world.code.len().max(1) as u64) as usize) else {
                return;
            };
            asm.data(HASH, hash.as_bytes()).host("set_code", [HASH, RW, random.below(40)]);
        }
        _ => {
            // The precompile, so that old contracts go too.
            let mut input = vec![0xed, 0xb4, 0x55, 0x29];
            input.extend_from_slice(&super::address_word(&beneficiary(random, world)));
            asm.data(RW + 0x2000, &input)
                .data(CALLEE, H160::from_low_u64_be(0x900).as_bytes())
                .data(VALUE, &[0; 32])
                .data(CELL, &[0; 8])
                .host("call_evm", [8, CALLEE, VALUE, u64::MAX, 36 << 32 | (RW + 0x2000), CELL << 32 | NONE]);
        }
    }
}

/// Some wei: often none, often with dust.
fn wei(random: &mut Random) -> [u8; 32] {
    let mut value = [0; 32];
    let amount = match random.below(3) {
        0 => 0,
        1 => random.below(5_000_000),
        _ => random.below(3_000) * RATIO,
    };
    value[..8].copy_from_slice(&amount.to_le_bytes());
    value
}

pub(super) fn pick(random: &mut Random, contracts: &[H160]) -> H160 {
    match contracts.get(random.below(contracts.len() as u64 + 1) as usize) {
        Some(contract) => *contract,
        // Some account, or nobody yet.
        None => H160([0x60 + random.below(3) as u8; 20]),
    }
}

/// Mostly nobody's account, now and then a contract, which may be the one that ends or be about to end itself.
fn beneficiary(random: &mut Random, world: &World) -> H160 {
    match random.below(3) {
        0 => pick(random, &world.contracts),
        _ => H160([0x60 + random.below(3) as u8; 20]),
    }
}

fn call(asm: &mut Asm, random: &mut Random, world: &World) {
    let flags = [8, 8, 8, 0, 24][random.below(5) as usize];
    if random.below(5) == 0 {
        asm.host("address", [CALLEE]);
    } else {
        asm.data(CALLEE, pick(random, &world.contracts).as_bytes());
    }
    let gas = if random.below(3) == 0 { 1 << (20 + random.below(16)) } else { u64::MAX };
    asm.data(VALUE, &wei(random))
        .data(CELL, &[0; 8])
        .host("call_evm", [flags, CALLEE, VALUE, gas, 8 << 32 | RW, CELL << 32 | NONE]);
}

fn end(asm: &mut Asm, random: &mut Random, world: &World) {
    match random.below(9) {
        0 => asm.trap().end(),
        1 => asm.ret(1, RW, 4).end(),
        2 => asm.data(CALLEE, beneficiary(random, world).as_bytes()).host("terminate", [CALLEE]).end(),
        3 => asm.spin().end(),
        4 => asm.host::<u64>("consume_all_gas", []).end(),
        _ => asm.ret(0, RW, 4).end(),
    }
}

pub(super) fn random_contract(random: &mut Random, world: &World) -> Vec<u8> {
    let seed = |random: &mut Random| Random(random.below(u64::MAX - 1) + 1);
    let [mut in_deploy, mut in_call] = [seed(random), seed(random)];
    contract(
        |asm| {
            for _ in 0..in_deploy.below(4) {
                act(asm, &mut in_deploy, world);
            }
            if in_deploy.below(6) == 0 {
                end(asm, &mut in_deploy, world);
            }
        },
        |asm| {
            for _ in 0..1 + in_call.below(6) {
                act(asm, &mut in_call, world);
            }
            end(asm, &mut in_call, world);
        },
    )
}
