// SPDX-License-Identifier: Apache-2.0
//! Times exports of a blob in this interpreter and in that of the `polkavm` crate, in one process and in turn:
//! `cargo run --release -p revive-vm-interpreter --example compare -- BLOB EXPORT:ARGUMENT…`. For work on the
//! interpreter, where `ONLY_OURS=1` leaves the other out; the numbers for users come from the benchmarking folder.

use polkavm::{BackendKind, Config as TheirConfig, Engine, GasMeteringKind, InterruptKind, ModuleConfig};
use revive_vm_interpreter::{Config, Instance, Module};
use revive_vm_primitives::{Blob, Exit, Reg};
use std::time::Instant;

const GAS: i64 = 1 << 60;
const ROUNDS: usize = 5;

fn main() {
    let mut args = std::env::args().skip(1);
    let bytes =
        std::fs::read(args.next().expect("the first argument is a blob")).expect("the blob can be read");
    let blob = Blob::parse(&bytes).expect("the blob is valid");
    let module = Module::new(&blob, &Config::default()).expect("the module can be made");
    println!("{} bytes of code, {} bytes resident", blob.code().len(), module.resident_bytes());

    let mut config = TheirConfig::new();
    config.set_backend(Some(BackendKind::Interpreter));
    let engine = Engine::new(&config).expect("the other engine starts");
    let mut config = ModuleConfig::new();
    config.set_gas_metering(Some(GasMeteringKind::Sync));
    let their_module =
        polkavm::Module::new(&engine, &config, bytes.clone().into()).expect("the other module can be made");

    println!(
        "{:>10} {:>14} {:>10} {:>10} {:>7} {:>9}",
        "export", "gas", "ours ms", "theirs ms", "ratio", "ns/gas"
    );
    let only_ours = std::env::var_os("ONLY_OURS").is_some();
    for arg in args {
        let (name, argument) = arg.split_once(':').expect("EXPORT:ARGUMENT");
        let argument: u64 = argument.parse().expect("the argument is a number");
        let offset = blob.export(name.as_bytes()).expect("the export exists");
        let (mut ours, mut theirs, mut gas) = (f64::MAX, f64::NAN, 0);
        for _ in 0..ROUNDS {
            let mut instance = Instance::new(&module);
            instance.set_gas(GAS);
            instance.prepare_call(offset, &[argument]);
            let start = Instant::now();
            assert_eq!(instance.run(), Ok(Exit::Finished));
            ours = ours.min(start.elapsed().as_secs_f64() * 1e3);
            gas = GAS - instance.gas();
            if only_ours {
                continue;
            }

            let mut other = their_module.instantiate().expect("the other instance can be made");
            other.set_gas(GAS);
            let export = their_module.exports().find(|e| e.symbol().as_bytes() == name.as_bytes());
            other.prepare_call_untyped(export.expect("the export exists").program_counter(), &[argument]);
            let start = Instant::now();
            let exit = other.run().expect("the other instance runs");
            theirs = theirs.min(start.elapsed().as_secs_f64() * 1e3);
            assert!(matches!(exit, InterruptKind::Finished), "{exit:?}");
            assert_eq!(other.gas(), instance.gas(), "gas of {name}");
            assert_eq!(other.reg(polkavm::Reg::A0), instance.reg(Reg::A0), "result of {name}");
        }
        let ratio = theirs / ours;
        println!(
            "{name:>10} {gas:>14} {ours:>10.2} {theirs:>10.2} {ratio:>7.2} {:>9.2}",
            ours * 1e6 / gas as f64
        );
    }
}
