// SPDX-License-Identifier: Apache-2.0
//! `linker`: our linker against the `polkavm-linker` crate, on the same ELF files.
//!
//! Both link each file, for the same instruction set, without debug info, with all optimisations. Compared are the bytes of code,
//! the time that the code takes in one and the same engine (our recompiler with flat gas), and the time that linking takes. What
//! both blobs do must be the same, in our engine and in polkavm's, and for the suite what the native program does. Ratios are ours
//! over theirs: below 1 ours is smaller or faster.

mod elfs;
mod links;
mod runs;

use revive_vm_measure::{duration, geometric_mean, Bound, Samples, Table};
use serde_json::{json, Value};

use crate::{
    options::Options,
    report::{samples, Report},
};
use elfs::Input;
use links::Links;

/// Fewer files than this say little.
const FILES_MIN: usize = 12;

/// What was measured of one file.
struct Measured {
    name: String,
    links: Links,
    /// Run times of the blobs, ours and theirs; none where there is nothing to time.
    runs: Option<[Samples; 2]>,
    /// Why the blobs do not do the same in our engine, if so.
    differs: Option<String>,
    /// The same in polkavm's.
    differs_in_polkavm: Option<String>,
}

impl Measured {
    fn code(&self) -> f64 {
        self.links.ours.code_bytes as f64 / self.links.theirs.code_bytes as f64
    }

    fn run(&self) -> Option<f64> {
        let [ours, theirs] = self.runs.as_ref()?;
        Some(ours.minimum()? / theirs.minimum()?)
    }

    fn link(&self) -> Option<f64> {
        Some(self.links.ours.time.minimum()? / self.links.theirs.time.minimum()?)
    }
}

/// Measures everything.
pub(crate) fn compare(options: &Options) -> Result<Report, String> {
    let wanted = |name: &str| options.only.as_ref().is_none_or(|only| only == name);
    let inputs = elfs::from_folder(&options.elfs, &wanted)?;
    let engines = runs::Engines::start()?;
    if let Err(why) = &engines.polkavm {
        println!("polkavm does not start here: {why}");
    }

    let (mut measured, mut refused) = (Vec::new(), Vec::new());
    for input in &inputs {
        match links::link(input, options.rounds) {
            Ok(links) => measured.push(measure(input, links, &engines, options.rounds)?),
            Err(refusal) => refused.push((input.name.as_str(), refusal)),
        }
    }
    println!("{}", table(&measured));
    for (name, refusal) in &refused {
        println!("{name}: {refusal}");
    }
    for one in &measured {
        for why in one.differs.iter().chain(&one.differs_in_polkavm) {
            println!("{}: {why}", one.name);
        }
    }

    let ours_refuses = refused.iter().filter(|(_, refusal)| refusal.by_ours).map(|(name, _)| *name);
    let bounds = bounds(&measured, &ours_refuses.collect::<Vec<_>>(), engines.polkavm.is_ok());
    Ok(Report {
        name: "linker",
        data: json!(measured.iter().map(data).collect::<Vec<_>>()),
        plots: Vec::new(),
        bounds,
    })
}

fn measure(input: &Input, links: Links, engines: &runs::Engines, rounds: usize) -> Result<Measured, String> {
    println!("{}", input.name);
    let blobs = [links.ours.blob.as_slice(), links.theirs.blob.as_slice()];
    let differs = runs::difference(&engines.ours, blobs, input);
    let differs_in_polkavm =
        engines.polkavm.as_ref().ok().and_then(|engine| runs::difference(engine, blobs, input));
    let runs = match input.work {
        Some(work) if differs.is_none() => Some(runs::time(&engines.ours, blobs, work, rounds)?),
        _ => None,
    };
    Ok(Measured { name: input.name.clone(), links, runs, differs, differs_in_polkavm })
}

fn bounds(measured: &[Measured], refused: &[&str], polkavm_runs: bool) -> Vec<Bound> {
    let worst = |ratio: &dyn Fn(&Measured) -> Option<f64>| {
        let all = measured.iter().filter_map(|one| Some((ratio(one)?, one.name.as_str())));
        let worst = all.max_by(|a, b| a.0.total_cmp(&b.0));
        worst.map_or_else(String::new, |(ratio, name)| format!("worst: {name} {ratio:.3}"))
    };
    let mean = |name: &str, ratio: &dyn Fn(&Measured) -> Option<f64>, limit| {
        let figures = measured.iter().map(ratio).filter(Option::is_some);
        Bound::new(name, geometric_mean(figures), limit).note(worst(ratio))
    };
    let count =
        |name: &str, names: Vec<&str>| Bound::new(name, Some(names.len() as f64), 0.0).note(names.join(", "));
    let names = |pick: &dyn Fn(&Measured) -> bool| {
        measured.iter().filter(|one| pick(one)).map(|one| one.name.as_str()).collect::<Vec<_>>()
    };
    let missing = FILES_MIN.saturating_sub(measured.len());
    let mut in_polkavm = count(
        "files whose blobs differ in the polkavm crate",
        names(&|one| one.differs_in_polkavm.is_some()),
    );
    if !polkavm_runs {
        in_polkavm.figure = None;
    }
    vec![
        mean("code bytes / polkavm-linker", &|one| Some(one.code()), 0.92),
        mean("run time in our recompiler / polkavm-linker, minima", &Measured::run, 0.95),
        mean("link time / polkavm-linker, minima", &Measured::link, 1.00),
        count("files whose blobs differ in our recompiler", names(&|one| one.differs.is_some())),
        in_polkavm,
        count("files that only polkavm-linker links", refused.to_vec()),
        Bound::new(format!("files short of {FILES_MIN}"), Some(missing as f64), 0.0),
    ]
}

fn table(measured: &[Measured]) -> Table {
    let mut table = Table::new([
        "file",
        "code bytes",
        "theirs",
        "ratio",
        "blob bytes",
        "theirs",
        "run",
        "theirs",
        "ratio",
        "link",
        "theirs",
        "ratio",
    ]);
    let ratio = |ratio: Option<f64>| ratio.map_or("-".into(), |ratio| format!("{ratio:.3}"));
    for one in measured {
        let (ours, theirs) = (&one.links.ours, &one.links.theirs);
        let run = |index: usize| duration(one.runs.as_ref().and_then(|runs| runs[index].minimum()));
        table.row([
            one.name.clone(),
            ours.code_bytes.to_string(),
            theirs.code_bytes.to_string(),
            ratio(Some(one.code())),
            ours.blob.len().to_string(),
            theirs.blob.len().to_string(),
            run(0),
            run(1),
            ratio(one.run()),
            duration(ours.time.minimum()),
            duration(theirs.time.minimum()),
            ratio(one.link()),
        ]);
    }
    table
}

fn data(one: &Measured) -> Value {
    let side = |index: usize| {
        let link = [&one.links.ours, &one.links.theirs][index];
        json!({ "code_bytes": link.code_bytes, "blob_bytes": link.blob.len(), "link_ns": samples(&link.time),
            "run_ns": one.runs.as_ref().map(|runs| samples(&runs[index])) })
    };
    json!({ "name": one.name, "ours": side(0), "theirs": side(1), "differs": one.differs,
        "differs_in_polkavm": one.differs_in_polkavm })
}

#[cfg(test)]
mod tests {
    use super::*;
    use links::Link;

    fn measured(name: &str, code: [usize; 2], times: [f64; 2]) -> Measured {
        let samples = |value: f64| {
            let mut samples = Samples::new();
            samples.push_value(value);
            samples
        };
        let link =
            |index: usize| Link { blob: Vec::new(), code_bytes: code[index], time: samples(times[index]) };
        Measured {
            name: name.into(),
            links: Links { ours: link(0), theirs: link(1) },
            runs: Some(times.map(samples)),
            differs: None,
            differs_in_polkavm: None,
        }
    }

    #[test]
    fn smaller_and_faster_meets_all_bounds() {
        let all: Vec<_> = (0..12).map(|_| measured("a", [90, 100], [0.9, 1.0])).collect();
        assert!(bounds(&all, &[], true).iter().all(Bound::is_met));
        assert!(!bounds(&all, &["b"], true).iter().all(Bound::is_met));
        assert!(!bounds(&all, &[], false).iter().all(Bound::is_met));
        assert!(!bounds(&all[1..], &[], true).iter().all(Bound::is_met));
    }

    #[test]
    fn what_differs_misses_its_bound_and_is_named() {
        let mut all: Vec<_> = (0..12).map(|_| measured("a", [90, 100], [0.9, 1.0])).collect();
        all[3].name = "odd".into();
        all[3].differs = Some("why".into());
        let bounds = bounds(&all, &[], true);
        let missed: Vec<_> = bounds.iter().filter(|bound| !bound.is_met()).collect();
        assert_eq!((missed.len(), missed[0].note.as_str()), (1, "odd"));
    }

    #[test]
    fn larger_code_misses_its_bound() {
        let all: Vec<_> = (0..12).map(|_| measured("a", [93, 100], [0.9, 1.0])).collect();
        assert!(!bounds(&all, &[], true)[0].is_met());
    }
}
