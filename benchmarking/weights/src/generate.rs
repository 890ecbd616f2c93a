// SPDX-License-Identifier: Apache-2.0
//! `generate`: measures and writes the weights.

use crate::{
    bench::{Bench, Components},
    options::Generate,
};
use frame_benchmarking::{Analysis, BenchmarkMetadata, BenchmarkResult, BenchmarkSelector};
use handlebars::{handlebars_helper, Handlebars};
use serde_json::{json, Map, Value};
use std::{fs, io::Write, time::Instant};

pub(crate) fn generate(options: &Generate) -> Result<(), String> {
    let bench = Bench::new(&options.runtime)?;
    let benchmarks = bench.list()?;
    let mut results: Map<String, Value> = match &options.results {
        Some(path) if path.exists() => {
            let text = fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))?
        }
        _ => Map::new(),
    };
    for benchmark in &benchmarks {
        let name = String::from_utf8_lossy(&benchmark.name).into_owned();
        let wanted = match &options.only {
            Some(only) => name.contains(only),
            None => !results.contains_key(&name),
        };
        if !wanted {
            continue;
        }
        let start = Instant::now();
        print!("{name} … ");
        let _ = std::io::stdout().flush();
        let result = measure(&bench, benchmark, options)
            .map_err(|error| format!("the benchmark `{name}` failed: {error}"))?;
        println!("{} in {:.1?}", line(&result), start.elapsed());
        results.insert(name, result);
        if let Some(path) = &options.results {
            let text = serde_json::to_string_pretty(&results).map_err(|error| error.to_string())?;
            fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        }
    }
    write(&benchmarks, &results, options)
}

/// The values of the components to measure at: each over its range, with the others at their greatest.
fn points(benchmark: &BenchmarkMetadata, steps: u32) -> Vec<Components> {
    let components = &benchmark.components;
    if components.is_empty() {
        return vec![Vec::new()];
    }
    let mut points = Vec::new();
    for (varied, low, high) in components {
        // No value twice.
        let steps = steps.min(high - low + 1).max(2);
        for step in 0..steps {
            let value = low + (u64::from(high - low) * u64::from(step) / u64::from(steps - 1)) as u32;
            points.push(
                components
                    .iter()
                    .map(|(name, _, high)| (*name, if name == varied { value } else { *high }))
                    .collect(),
            );
        }
    }
    points
}

fn measure(bench: &Bench, benchmark: &BenchmarkMetadata, options: &Generate) -> Result<Value, String> {
    let (mut counts, mut times) = (Vec::new(), Vec::new());
    for point in points(benchmark, options.steps) {
        counts.extend(bench.count(&benchmark.name, &point)?);
        times.extend(bench.time(&benchmark.name, &point, options.repeat)?);
    }
    let analyse = |results: &Vec<BenchmarkResult>, selector| {
        Analysis::min_squares_iqr(results, selector).map_err(|error| error.to_string())
    };
    let time = analyse(&times, BenchmarkSelector::ExtrinsicTime)?;
    let reads = analyse(&counts, BenchmarkSelector::Reads)?;
    let writes = analyse(&counts, BenchmarkSelector::Writes)?;
    let proof = counts.iter().map(|result| u128::from(result.proof_size)).max().unwrap_or(0);
    let names = benchmark.components.iter().map(|(name, ..)| name.to_string());
    let slopes = |analysis: &Analysis| -> Vec<Value> {
        let slopes = analysis.names.iter().zip(&analysis.slopes).filter(|(_, slope)| **slope != 0);
        slopes.map(|(name, slope)| json!({ "name": name, "slope": slope.to_string() })).collect()
    };
    let used = |name: &String| {
        [&time, &reads, &writes].iter().any(|analysis| {
            let mut slopes = analysis.names.iter().zip(&analysis.slopes);
            slopes.any(|(other, slope)| other == name && *slope != 0)
        })
    };
    Ok(json!({
        "name": String::from_utf8_lossy(&benchmark.name),
        "components": names
            .map(|name| json!({ "name": name, "is_used": used(&name) }))
            .collect::<Vec<_>>(),
        "component_ranges": benchmark
            .components
            .iter()
            .map(|(name, low, high)| json!({ "name": name.to_string(), "min": low, "max": high }))
            .collect::<Vec<_>>(),
        "min_execution_time": (time.minimum / 1_000).to_string(),
        "base_weight": time.base.to_string(),
        "component_weight": slopes(&time),
        "base_reads": reads.base.to_string(),
        "component_reads": slopes(&reads),
        "base_writes": writes.base.to_string(),
        "component_writes": slopes(&writes),
        "base_calculated_proof_size": proof.to_string(),
    }))
}

/// A result in a line, for people.
fn line(result: &Value) -> String {
    let mut line = format!("{} ps", result["base_weight"].as_str().unwrap_or_default());
    for slope in result["component_weight"].as_array().into_iter().flatten() {
        let part = |key: &str| slope[key].as_str().unwrap_or_default().to_owned();
        line += &format!(" + {} {}", part("slope"), part("name"));
    }
    line
}

handlebars_helper!(underscore: |text: str| {
    let mut out = String::new();
    for (index, digit) in text.chars().enumerate() {
        if index > 0 && (text.len() - index) % 3 == 0 {
            out.push('_');
        }
        out.push(digit);
    }
    out
});

/// Renders the template, which is the one of `revive-vm-node benchmark pallet` too.
fn write(
    benchmarks: &[BenchmarkMetadata],
    results: &Map<String, Value>,
    options: &Generate,
) -> Result<(), String> {
    let mut ordered = Vec::new();
    for benchmark in benchmarks {
        let name = String::from_utf8_lossy(&benchmark.name).into_owned();
        match results.get(&name) {
            Some(result) => ordered.push(result),
            None => {
                println!("`{name}` has not been measured yet: no weights are written");
                return Ok(());
            }
        }
    }
    let template = fs::read_to_string(&options.template)
        .map_err(|error| format!("cannot read {}: {error}", options.template.display()))?;
    let mut handlebars = Handlebars::new();
    handlebars.register_helper("underscore", Box::new(underscore));
    handlebars.register_escape_fn(|text| text.into());
    let data = json!({
        "pallet": "pallet_revive_vm",
        "args": [format!("cargo xtask weights generate ({})", options.carrier)],
        "cpuname": processor(),
        "cmd": { "steps": options.steps, "repeat": options.repeat },
        "benchmarks": ordered,
    });
    let text = handlebars.render_template(&template, &data).map_err(|error| error.to_string())?;
    let path = &options.output;
    fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    println!("wrote {}", path.display());
    Ok(())
}

/// What the system calls this machine's processor.
fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or("unknown".into(), |(_, name)| name.into())
}
