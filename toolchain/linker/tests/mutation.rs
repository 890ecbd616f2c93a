// SPDX-License-Identifier: Apache-2.0
//! Damaged files: no panic, no hang, no memory that the input does not justify.
//!
//! `cargo xtask fuzz elf --count 100000` tries that many under a limit of memory, made from generated programs and from what
//! compilers made of the guests, if `cargo xtask matrix` or `cargo xtask compare linker` has left them.

mod common;

use std::{env, fs, path::Path};

use common::{
    campaign::{self, number},
    generate,
    random::Random,
};
use revive_vm_linker::{link, OptLevel, Options};

/// Files in an ordinary run.
const MUTATIONS: u64 = 4000;

/// Larger files are left out: a tenth of a second for each.
const ELF_BYTES_MAX: u64 = 48 << 10;

/// Files of compilers that are taken at most, spread over all there are.
const ELFS_MAX: usize = 60;

/// A blob is at most about as large as the file it was made from: an instruction of two bytes becomes at most a dozen of
/// ten, and data is stored as it is, with gaps of up to 64 KiB between sections.
fn bytes_max(elf: &[u8]) -> usize {
    elf.len() * 64 + (64 << 16)
}

fn generated() -> Vec<Vec<u8>> {
    (0..8).map(|seed| generate::program(seed * 7 + 3).0.finish()).collect()
}

/// What compilers made, with debug info: small files of the folders that the variable names.
fn compiled() -> Vec<Vec<u8>> {
    let folders = env::var("LINKER_TEST_ELFS").unwrap_or_default();
    let entries = folders.split(':').filter(|folder| !folder.is_empty()).flat_map(|folder| {
        fs::read_dir(Path::new(folder)).unwrap_or_else(|error| panic!("{folder}: {error}")).flatten()
    });
    let is_small = |path: &Path| path.metadata().is_ok_and(|metadata| metadata.len() <= ELF_BYTES_MAX);
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "elf") && is_small(path));
    paths.sort();
    let step = paths.len().div_ceil(ELFS_MAX).max(1);
    paths.iter().step_by(step).map(|path| fs::read(path).expect("the file can be read")).collect()
}

fn mutate(elf: &[u8], random: &mut Random) -> Vec<u8> {
    let mut elf = elf.to_vec();
    for _ in 0..1 + random.below(4) {
        let at = random.below(elf.len() as u64) as usize;
        match random.below(8) {
            0 => elf[at] ^= 1 << random.below(8),
            1 => elf[at] = random.next() as u8,
            2 => elf[at] = random.pick(&[0, 1, 0x7f, 0x80, 0xff]),
            3 => elf.truncate(at.max(1)),
            // Whole words, as sizes, offsets and types are.
            4 | 5 => {
                let value = random.value() as u32;
                let word = random.pick(&[0, 1, u32::MAX, 1 << 31, 0x7fff_ffff, value]);
                let at = at & !3;
                for (byte, new) in elf.iter_mut().skip(at).zip(word.to_le_bytes()) {
                    *byte = new;
                }
            }
            // Parts of the file, moved.
            6 => {
                let from = random.below(elf.len() as u64) as usize;
                let part: Vec<u8> = elf[from..].iter().copied().take(random.below(32) as usize).collect();
                for (byte, new) in elf.iter_mut().skip(at).zip(part) {
                    *byte = new;
                }
            }
            _ => {
                // Near the end, where the section headers are.
                let len = elf.len();
                let from = len.saturating_sub(1400);
                let at = from + random.below((len - from) as u64) as usize;
                elf[at] = random.next() as u8;
            }
        }
    }
    elf
}

#[test]
fn damaged_files_are_linked_or_refused() {
    let count = number("LINKER_TEST_MUTATIONS", MUTATIONS);
    let first = number("LINKER_TEST_SEED", 0);
    let elfs = [generated(), compiled()].concat();
    let (mut linked, mut refused) = (0_u64, 0_u64);
    campaign::run(first, count, |seed| {
        let mut random = Random::new(seed);
        let elf = mutate(&elfs[random.below(elfs.len() as u64) as usize], &mut random);
        let options = Options {
            opt_level: random.pick(&OptLevel::ALL),
            strip: random.chance(1, 2),
            report: random.chance(1, 4),
            ..Options::default()
        };
        match link(&elf, &options) {
            Ok(result) => {
                linked += 1;
                let bytes = result.blob.len();
                assert!(bytes <= bytes_max(&elf), "{bytes} bytes from {}", elf.len());
            }
            Err(error) => {
                refused += 1;
                let text = error.to_string();
                assert!(!text.contains("mistake of the linker"), "{text}");
            }
        }
        if (seed + 1 - first).is_multiple_of(10_000) {
            println!("up to seed {seed}: {linked} linked, {refused} refused");
        }
    });
    println!("{count} files made from {}: {linked} linked, {refused} refused", elfs.len());
    assert!(
        linked * 20 > count && refused * 20 > count,
        "{linked} linked, {refused} refused: the damage is of one kind"
    );
}
