// SPDX-License-Identifier: Apache-2.0
//! `check`: whether programs that take as long as gas can be made to take pay for their time, on each carrier.
//!
//! Time is what a program takes more if it makes more rounds; charged is what its weight grows by. The least of many samples is
//! compared: what disturbs a measurement only adds to it. So a program that seems not to pay is looked at for longer.

use crate::{
    options::Check,
    runtime::{Address, Executor, Runtime},
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
            let executed = f64::from(rounds) * f64::from(in_a_round);
            let mut slope = Slope::default();
            for _ in 0..PATIENCE {
                slope.measure(&mut runtime, contract, rounds, options.rounds)?;
                if slope.is_paid() {
                    break;
                }
            }
            let (taken, charged, paid) = (slope.taken(), slope.charged(), slope.is_paid());
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

/// What more rounds of a kernel take and what they are charged: calls with one round, and with all of them.
struct Slope {
    /// The shortest of each.
    least: [Duration; 2],
    weights: [u64; 2],
}

impl Default for Slope {
    fn default() -> Self {
        Self { least: [Duration::MAX; 2], weights: [0; 2] }
    }
}

impl Slope {
    /// Takes so many samples more.
    fn measure(
        &mut self,
        runtime: &mut Runtime<'_>,
        contract: Address,
        rounds: u32,
        samples: u32,
    ) -> Result<(), String> {
        for _ in 0..samples {
            for (index, rounds) in [1, 1 + rounds].into_iter().enumerate() {
                let input = u64::from(rounds).to_le_bytes();
                let start = Instant::now();
                let (_, weight) = runtime.call(contract, &input, 1)?;
                self.least[index] = self.least[index].min(start.elapsed());
                self.weights[index] = weight;
            }
        }
        Ok(())
    }

    /// In picoseconds.
    fn taken(&self) -> f64 {
        self.least[1].saturating_sub(self.least[0]).as_secs_f64() * 1e12
    }

    /// In picoseconds.
    fn charged(&self) -> f64 {
        self.weights[1].saturating_sub(self.weights[0]) as f64
    }

    fn is_paid(&self) -> bool {
        self.taken() <= self.charged()
    }
}
