// SPDX-License-Identifier: Apache-2.0
//! A table of what the worst programs cost the recompiler: `worst_cases [CODE_BYTES] [SHAPE]`, by default the largest legal
//! code and half of it, all shapes. Run under `valgrind --tool=callgrind` with one shape, its count of instructions shows
//! that the time is linear.

use std::{env, fs, time::Instant};

use revive_vm_primitives::{limits, Blob};
use revive_vm_recompiler::{Compiled, Config, Features, Flavour};
use revive_vm_testing::worst::{named, Shape};

/// Most memory that this process has had since the last call, in MiB.
fn peak_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().unwrap_or_default();
    // Forgets the peak; where that is not allowed the figures are those of the worst so far.
    let _ = fs::write("/proc/self/clear_refs", "5");
    kib / 1024
}

fn row(shape: &Shape, code_bytes: usize) {
    let bytes = shape.blob(code_bytes);
    let Ok(blob) = Blob::parse(&bytes) else { return println!("{}: not a blob", shape.name) };
    let config = Config {
        gas: Some(revive_vm_primitives::Tariff::FLAT),
        flavour: Flavour::Fast,
        step_tracing: false,
        features: Features::detect(),
    };
    peak_mib();
    let start = Instant::now();
    let compiled = Compiled::new(&blob.code(), &config);
    println!(
        "{:26} {:>10} {:>12} {:>6.2} {:>12} {:>8.1} ms {:>6} MiB",
        shape.name,
        code_bytes,
        compiled.machine_code.code().len(),
        compiled.machine_code.code().len() as f64 / code_bytes as f64,
        compiled.map.bytes(),
        start.elapsed().as_secs_f64() * 1e3,
        peak_mib()
    );
}

fn main() {
    let mut args = env::args().skip(1);
    let largest = limits::CODE_BYTES_MAX as usize;
    let sizes = match args.next().and_then(|text| text.parse().ok()) {
        Some(bytes) => vec![bytes],
        None => vec![largest / 2, largest],
    };
    let wanted = args.next();
    println!("shape                      code bytes    generated  ratio  bookkeeping        time      peak");
    for shape in named().iter().filter(|shape| wanted.as_ref().is_none_or(|name| shape.name.contains(name))) {
        for bytes in &sizes {
            row(shape, *bytes);
        }
    }
}
