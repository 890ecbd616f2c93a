// SPDX-License-Identifier: Apache-2.0
//! `check`: whether programs that take as long as gas can be made to take pay for their time, on each carrier.
//!
//! Time is what a program takes more if it makes more rounds; charged is what its weight grows by. The least of many samples is
//! compared: what disturbs a measurement only adds to it. So a program that seems not to pay is looked at for longer.

use crate::{
    options::Check,
    runtime::{Executor, Runtime},
};
use pallet_revive_vm::programs::kernels::Kernel;
use revive_vm_measure::Table;
use std::time::{Duration, Instant};

/// Runtimes, and what their contracts run in.
const CARRIERS: [(&str, &str, u32); 2] =
    [("check-node.wasm", "node", 4_000_000), ("check-runtime.wasm", "runtime", 200_000)];

/// How often the samples of a program are taken before it is said not to pay.
const PATIENCE: u32 = 4;

/// What `pallet-revive` 0.20 charges for an instruction, in picoseconds.
const THEIRS: u64 = 43_173;

pub(crate) fn check(options: &Check) -> Result<bool, String> {
    // A runtime with benchmarks will do: what they ask of a node is not called here.
    let executor = Executor::builder().with_allow_missing_host_functions(true).build();
    let mut all_paid = true;
    for (file, carrier, instructions) in CARRIERS {
        let mut runtime = Runtime::new(&executor, &options.runtimes.join(file))?;
        let mut table =
            Table::new(["contracts in the", "kernel", "ps/instruction", "charged", "time/charged", ""]);
        for (name, kernel) in Kernel::ALL
            .iter()
            .filter(|(name, _)| options.only.as_ref().is_none_or(|only| name.contains(only)))
        {
            let contract = runtime.deploy(&kernel.contract(), &[])?;
            let in_a_round = u32::try_from(kernel.round_instructions()).unwrap_or(u32::MAX).max(1);
            let rounds = (instructions / in_a_round).max(1);
            let input = |rounds: u32| u64::from(rounds).to_le_bytes().to_vec();
            let executed = f64::from(rounds) * f64::from(in_a_round);
            let mut least = [Duration::MAX; 2];
            let mut weights = [0; 2];
            let (mut taken, mut charged) = (f64::MAX, 0.0);
            for _ in 0..PATIENCE {
                for _ in 0..options.rounds {
                    for (index, rounds) in [1, 1 + rounds].into_iter().enumerate() {
                        let start = Instant::now();
                        let (_, weight) = runtime.call(contract, &input(rounds), 1)?;
                        least[index] = least[index].min(start.elapsed());
                        weights[index] = weight;
                    }
                }
                taken = least[1].saturating_sub(least[0]).as_secs_f64() * 1e12;
                charged = weights[1].saturating_sub(weights[0]) as f64;
                if taken <= charged {
                    break;
                }
            }
            let paid = taken <= charged;
            all_paid &= paid;
            table.row([
                carrier.to_owned(),
                (*name).to_owned(),
                format!("{:.0}", taken / executed),
                format!("{:.0}", charged / executed),
                format!("{:.3}", taken / charged),
                if paid { "paid" } else { "NOT PAID" }.to_owned(),
            ]);
        }
        print!("{table}");
    }
    println!("pallet-revive 0.20 charges {THEIRS} ps for every instruction");
    Ok(all_paid)
}
