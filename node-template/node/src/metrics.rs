// SPDX-License-Identifier: Apache-2.0
//! Metrics of the virtual machine that runs contracts, for Prometheus.

use std::sync::Arc;

use revive_vm_runtime_interface::{engine_name, engine_statistics, EngineStatistics, EXIT_KINDS};
use substrate_prometheus_endpoint::{
    register as add, MetricSource, Opts, PrometheusError, Registry, SourcedCounter, SourcedGauge,
};

use crate::executor::{AtGate, Gate};

/// A number of the engine's statistics, or several with a label each, read whenever somebody asks for metrics.
#[derive(Clone, Copy)]
struct Reading(fn(&EngineStatistics, Take<'_>));

/// Takes a reading with its labels.
type Take<'a> = &'a mut dyn FnMut(&[&str], f64);

impl MetricSource for Reading {
    type N = f64;

    fn collect(&self, mut set: impl FnMut(&[&str], f64)) {
        (self.0)(&engine_statistics(), &mut set);
    }
}

/// How many calls are at the gate, as a number of the node's metrics or several with a label each.
#[derive(Clone)]
struct GateReading(Arc<Gate>, fn(AtGate, Take<'_>));

impl MetricSource for GateReading {
    type N = f64;

    fn collect(&self, mut set: impl FnMut(&[&str], f64)) {
        (self.1)(self.0.now(), &mut set);
    }
}

/// Adds what the engine and `gate` count to the node's metrics.
pub(crate) fn register(registry: &Registry, gate: Arc<Gate>) -> Result<(), PrometheusError> {
    let counter = |name: &str, help: &str, label: Option<&str>, reading| {
        add(SourcedCounter::new(&options(name, help, label), Reading(reading))?, registry).map(drop)
    };
    counter("modules_compiled_total", "Contracts compiled to machine code", None, |now, set| {
        set(&[], now.compiled as f64)
    })?;
    counter("compile_seconds_total", "Seconds spent on compiling", None, |now, set| {
        set(&[], now.compile_nanoseconds as f64 / 1e9)
    })?;
    counter(
        "module_cache_total",
        "Contracts asked for, by whether they were ready",
        Some("outcome"),
        |now, set| {
            set(&["hit"], now.cache_hits as f64);
            set(&["miss"], now.cache_misses as f64);
        },
    )?;
    counter(
        "artefact_cache_total",
        "Contracts to be compiled, by whether that was kept on disk",
        Some("outcome"),
        |now, set| {
            set(&["hit"], now.artefact_hits as f64);
            set(&["miss"], now.artefact_misses as f64);
            set(&["rejected"], now.artefacts_rejected as f64);
        },
    )?;
    counter(
        "artefact_cache_write_failures_total",
        "Compiled contracts that could not be kept on disk",
        None,
        |now, set| set(&[], now.artefacts_not_kept as f64),
    )?;
    counter("workers_started_total", "Worker processes started", None, |now, set| {
        set(&[], now.workers_started as f64)
    })?;
    counter(
        "workers_lost_total",
        "Worker processes that were killed, died or were not fit for another contract",
        None,
        |now, set| set(&[], now.workers_lost as f64),
    )?;
    counter(
        "hand_overs_total",
        "Hand-overs to a worker process, by how the answer was waited for",
        Some("wait"),
        |now, set| {
            set(&["spin"], now.hand_overs_spun as f64);
            set(&["sleep"], now.hand_overs_slept as f64);
        },
    )?;
    counter(
        "host_calls_answered_total",
        "Host calls that worker processes answered without a hand-over",
        None,
        |now, set| set(&[], now.answered as f64),
    )?;
    counter("exits_total", "Exits of compiled contracts, by kind", Some("kind"), |now, set| {
        for (kind, count) in EXIT_KINDS.iter().zip(now.exits) {
            set(&[kind], count as f64);
        }
    })?;
    let workers = options("workers", "Worker processes, by what they do", Some("state"));
    let workers = SourcedGauge::new(
        &workers,
        Reading(|now, set| {
            set(&["idle"], now.workers_idle as f64);
            set(&["busy"], now.workers_live.saturating_sub(now.workers_idle) as f64);
        }),
    );
    add(workers?, registry)?;
    let engine = options("engine_info", "What runs contracts; always 1", Some("engine"));
    add(SourcedGauge::new(&engine, Reading(|_, set| set(&[engine_name()], 1.0)))?, registry)?;
    let dry_runs =
        options("dry_runs", "Dry runs, traces and estimates, by whether they run or wait", Some("state"));
    let dry_runs = SourcedGauge::new(
        &dry_runs,
        GateReading(gate.clone(), |now, set| {
            set(&["running"], now.running as f64);
            set(&["waiting"], now.waiting as f64);
        }),
    );
    add(dry_runs?, registry)?;
    let refused = options(
        "dry_runs_refused_total",
        "Dry runs, traces and estimates refused because too many waited",
        None,
    );
    let refused = SourcedCounter::new(&refused, GateReading(gate, |now, set| set(&[], now.refused as f64)));
    add(refused?, registry).map(drop)
}

fn options(name: &str, help: &str, label: Option<&str>) -> Opts {
    let options = Opts::new(format!("revive_vm_{name}"), help);
    match label {
        Some(label) => options.variable_label(label),
        None => options,
    }
}
