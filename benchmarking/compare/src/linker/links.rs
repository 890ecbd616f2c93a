// SPDX-License-Identifier: Apache-2.0
//! Links one file with both linkers.

use std::{
    fmt,
    hint::black_box,
    time::{Duration, Instant},
};

use polkavm_linker::TargetInstructionSet as Theirs;
use revive_vm_linker::{Isa, Options};
use revive_vm_measure::{in_turn, Samples};
use revive_vm_primitives::InstructionSet as Ours;

use super::elfs::Input;

/// How long all links of one file may take, about.
const LINK_DURATION: Duration = Duration::from_secs(3);

/// The least number of times that a file is linked by each.
const LINKS_MIN: usize = 5;

/// A blob.
pub(super) struct Link {
    pub(super) blob: Vec<u8>,
    /// Bytes of instructions, without jump table and bitmask.
    pub(super) code_bytes: usize,
    /// How long it took to make.
    pub(super) time: Samples,
}

/// The blobs of one file.
pub(super) struct Links {
    pub(super) ours: Link,
    pub(super) theirs: Link,
}

/// Why there are no two blobs.
pub(super) struct Refusal {
    /// Whether the other linker takes the file.
    pub(super) by_ours: bool,
    why: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

/// Links in turn, for the first instruction set that the program can do with, as often as `rounds` says or the time allows.
pub(super) fn link(input: &Input, rounds: usize) -> Result<Links, Refusal> {
    const ELF_CLASS: usize = 4;
    let sets: &[(Ours, Theirs)] = match input.elf.get(ELF_CLASS) {
        Some(1) => &[(Ours::Latest32, Theirs::Latest)],
        _ => &[(Ours::ReviveV1, Theirs::ReviveV1), (Ours::Latest64, Theirs::Latest)],
    };
    let mut refusal = Refusal { by_ours: false, why: "no instruction set fits".into() };
    for &set in sets {
        // The first time of each also warms it.
        let begin = Instant::now();
        match (ours(&input.elf, set.0), theirs(&input.elf, set.1)) {
            (Ok(_), Ok(_)) => {
                let affordable = LINK_DURATION.as_secs_f64() / begin.elapsed().as_secs_f64();
                let rounds = rounds.min((affordable as usize).max(LINKS_MIN));
                return time(input, set, rounds).map_err(|why| Refusal { by_ours: false, why });
            }
            (Err(why), Ok(_)) => refusal = Refusal { by_ours: true, why },
            (Ok(_), Err(why)) => refusal = Refusal { by_ours: false, why },
            (Err(first), Err(second)) => {
                refusal = Refusal { by_ours: false, why: format!("{first}; {second}") };
            }
        }
    }
    Err(refusal)
}

fn time(input: &Input, set: (Ours, Theirs), rounds: usize) -> Result<Links, String> {
    let mut times = [Samples::new(), Samples::new()];
    let mut blobs = [Vec::new(), Vec::new()];
    in_turn(rounds, &[1, 1], |index, _| {
        let begin = Instant::now();
        let blob = black_box(match index {
            0 => ours(&input.elf, set.0)?,
            _ => theirs(&input.elf, set.1)?,
        });
        times[index].push(begin.elapsed());
        blobs[index] = blob;
        Ok::<(), String>(())
    })?;
    let [blob, other] = blobs;
    let [time, other_time] = times;
    Ok(Links {
        ours: Link { code_bytes: code_bytes(&blob)?, blob, time },
        theirs: Link { code_bytes: code_bytes(&other)?, blob: other, time: other_time },
    })
}

fn ours(elf: &[u8], isa: Ours) -> Result<Vec<u8>, String> {
    let options = Options { strip: true, isa: Isa::Exactly(isa), ..Options::default() };
    let linked = revive_vm_linker::link(elf, &options).map_err(|error| format!("our linker: {error}"))?;
    Ok(linked.blob)
}

fn theirs(elf: &[u8], isa: Theirs) -> Result<Vec<u8>, String> {
    let mut config = polkavm_linker::Config::default();
    config.set_strip(true).set_optimize(true);
    polkavm_linker::program_from_elf(config, isa, elf).map_err(|error| format!("polkavm-linker: {error}"))
}

/// Read by the other project's reader, which knows whatever either linker writes.
fn code_bytes(blob: &[u8]) -> Result<usize, String> {
    let blob = polkavm::ProgramBlob::parse(blob.to_vec().into()).map_err(|error| error.to_string())?;
    Ok(blob.code().len())
}
