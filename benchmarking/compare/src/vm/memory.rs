// SPDX-License-Identifier: Apache-2.0
//! Memory of modules and instances: what the process and all its descendants, the workers, occupy.

use std::fs;

use revive_vm_backends::{Export, Instance, Module};

use super::{measure::Started, results::Memory, workloads::Workload};

/// How many modules and instances are kept at once: more than the workers that a pool may have waiting.
const COUNT: usize = 16;

/// Measures all back ends that can run the workload.
pub(crate) fn measure(started: &[Started], workload: &Workload) -> Vec<Memory> {
    let measured = started.iter().map(|Started { entry, backend }| -> Result<Memory, String> {
        let compile = backend.prepare(&workload.program)?;
        let before = occupied_bytes();
        let modules: Vec<Box<dyn Module>> = (0..COUNT).map(|_| compile()).collect::<Result<_, _>>()?;
        let with_modules = occupied_bytes();
        let mut instances: Vec<Box<dyn Instance>> =
            modules.iter().map(|module| module.instantiate()).collect::<Result<_, _>>()?;
        for instance in &mut instances {
            instance.call(Export::Initialize, 0)?;
        }
        let with_instances = occupied_bytes();
        let each = |more: u64, less: u64| more.saturating_sub(less) as f64 / COUNT as f64;
        Ok(Memory {
            backend: entry.name,
            module: each(with_modules, before),
            instance: each(with_instances, with_modules),
        })
    });
    measured.filter_map(Result::ok).collect()
}

/// What this process and its descendants occupy, pages that are shared among processes in parts.
fn occupied_bytes() -> u64 {
    let mut waiting = vec![std::process::id()];
    let mut sum = 0;
    while let Some(process) = waiting.pop() {
        sum += proportional_bytes(process).unwrap_or(0);
        let Ok(tasks) = fs::read_dir(format!("/proc/{process}/task")) else { continue };
        for task in tasks.flatten() {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            waiting.extend(children.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
        }
    }
    sum
}

fn proportional_bytes(process: u32) -> Option<u64> {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    let line = rollup.lines().find(|line| line.starts_with("Pss:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}
