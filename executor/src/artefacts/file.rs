// SPDX-License-Identifier: Apache-2.0
//! The format of a kept translation.
//!
//! ```text
//! 0    magic bytes
//! 8    checksum of all that follows
//! 24   bytes of the dependencies, of the section of code, of the translation: 8 bytes each, little-endian
//! 48   the dependencies without the section; the section; the translation
//! ```

use revive_vm_primitives::Code;
use revive_vm_recompiler::Compiled;

use super::{checksum::checksum, key::Dependencies};

const MAGIC: [u8; 8] = *b"RVMKEPT\0";
const CHECKSUM_BYTES: usize = 16;

/// The bytes of a file.
pub(super) fn encode(dependencies: &Dependencies<'_>, translation: &[u8]) -> Vec<u8> {
    let head = dependencies.head();
    let lengths: Vec<u8> = [head.len(), dependencies.section.len(), translation.len()]
        .into_iter()
        .flat_map(|len| (len as u64).to_le_bytes())
        .collect();
    let content = [&lengths, &head, dependencies.section, translation];
    [&MAGIC[..], &checksum(&content), &content.concat()].concat()
}

/// The translation in a file, which may be anything. `code` was parsed from the section of the dependencies. Errors: why it is none
/// of those.
pub(super) fn parse(
    dependencies: &Dependencies<'_>,
    code: &Code<'_>,
    bytes: &[u8],
) -> Result<Compiled, &'static str> {
    const SHORT: &str = "it is not complete";
    let (magic, rest) = bytes.split_first_chunk().ok_or(SHORT)?;
    if *magic != MAGIC {
        return Err("it is no kept translation");
    }
    let (sum, content) = rest.split_first_chunk::<CHECKSUM_BYTES>().ok_or(SHORT)?;
    if *sum != checksum(&[content]) {
        return Err("its checksum is wrong");
    }
    let mut rest = content;
    let mut length = || -> Option<usize> {
        let (length, behind) = rest.split_first_chunk()?;
        rest = behind;
        usize::try_from(u64::from_le_bytes(*length)).ok()
    };
    let lengths = (length(), length(), length());
    let (Some(head), Some(section), Some(translation)) = lengths else { return Err(SHORT) };
    let (head, rest) = rest.split_at_checked(head).ok_or(SHORT)?;
    let (section, rest) = rest.split_at_checked(section).ok_or(SHORT)?;
    if rest.len() != translation {
        return Err("its length is wrong");
    }
    if head != dependencies.head() || section != dependencies.section {
        return Err("it is of something else");
    }
    Compiled::from_bytes(code, &dependencies.config, rest).ok_or("it does not fit the code")
}

#[cfg(test)]
mod tests {
    use super::*;
    use revive_vm_primitives::{
        BlobBuilder, CodeBuilder, Instruction as I, InstructionSet, Opcode, Reg, Tariff,
    };
    use revive_vm_recompiler::{Config, Features, Flavour};

    const ISA: InstructionSet = InstructionSet::Latest64;

    /// A program with several blocks, a host call, a fault, a jump table and a gap.
    fn section() -> Vec<u8> {
        let mut code = CodeBuilder::new(ISA);
        let head = code.label_here();
        code.push(I::reg_reg_imm(Opcode::AddImm32, Reg::A0, Reg::A0, 7));
        code.push(I::imm(Opcode::Ecalli, 3));
        code.push(I::reg_imm(Opcode::LoadU64, Reg::A1, 0x2_0000));
        code.push(I::reg_reg_reg(Opcode::DivSigned64, Reg::A2, Reg::A0, Reg::A1));
        code.push_to(I::reg_imm_offset(Opcode::BranchNotEqImm, Reg::A2, 5, 0), head);
        code.push(I::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
        code.push(I::new(Opcode::Trap));
        // Runs off the end.
        code.push(I::reg_reg_imm(Opcode::AddImm64, Reg::A0, Reg::A0, 1));
        let blob = BlobBuilder::new(ISA).export(b"run", 0).code(code.finish().unwrap()).build();
        let parsed = revive_vm_primitives::Blob::parse(&blob).unwrap();
        let section = parsed.sections().find(|section| section.id == 6).unwrap();
        blob[section.offset..section.offset + section.len].to_vec()
    }

    fn config() -> Config {
        Config {
            gas: Some(Tariff::FLAT),
            flavour: Flavour::Fast,
            step_tracing: false,
            features: Features::BASELINE,
        }
    }

    #[test]
    fn what_is_kept_is_what_was_made() {
        let section = section();
        let code = Code::parse(ISA, &section).unwrap();
        let settings = [(Flavour::Fast, false), (Flavour::Plain, false), (Flavour::Plain, true)];
        for (flavour, step_tracing) in settings {
            let config = Config { flavour, step_tracing, ..config() };
            let dependencies = Dependencies::of(ISA, &config, &section);
            let made = Compiled::new(&code, &config);
            let kept = parse(&dependencies, &code, &encode(&dependencies, &made.to_bytes())).unwrap();
            assert_eq!(kept.to_bytes(), made.to_bytes());
            let bytes = |of: &Compiled| (of.machine_code.code().to_vec(), of.machine_code.jump_table());
            assert_eq!(bytes(&kept), bytes(&made));
            assert_eq!(kept.map.blocks().collect::<Vec<_>>(), made.map.blocks().collect::<Vec<_>>());
            for offset in 0..made.machine_code.code().len() as u64 {
                let at = revive_vm_primitives::machine::CODE_ADDRESS + offset;
                assert_eq!(kept.map.locate(&code, at), made.map.locate(&code, at));
                assert_eq!(kept.map.exit_at(at), made.map.exit_at(at));
            }
        }
    }

    #[test]
    fn what_is_kept_of_something_else_is_not_taken() {
        let section = section();
        let code = Code::parse(ISA, &section).unwrap();
        let (own, other) = (config(), Config { gas: None, ..config() });
        let own = Dependencies::of(ISA, &own, &section);
        let bytes = encode(&own, &Compiled::new(&code, &own.config).to_bytes());
        assert!(parse(&own, &code, &bytes).is_ok());
        let other = Dependencies::of(ISA, &other, &section);
        assert_eq!(parse(&other, &code, &bytes).err(), Some("it is of something else"));
        let newer = Dependencies { generator: "another", ..own.clone() };
        assert_eq!(parse(&newer, &code, &bytes).err(), Some("it is of something else"));
        let short = Dependencies { section: &section[1..], ..own };
        assert_eq!(parse(&short, &code, &bytes).err(), Some("it is of something else"));
    }

    /// Whatever the bytes are, with a wrong checksum and with a right one: nothing panics, and what comes of them is refused or can
    /// be asked for everything.
    #[test]
    fn mutated_files_are_ignored() {
        let section = section();
        let code = Code::parse(ISA, &section).unwrap();
        let config = config();
        let dependencies = Dependencies::of(ISA, &config, &section);
        let made = Compiled::new(&code, &config).to_bytes();
        let file = encode(&dependencies, &made);
        let mut seed = 1u64;
        let mut below = |bound: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % bound
        };
        // Most of a file is code, whose bytes mean nothing here; what does is in front of it and at the end.
        let heads = 48 + dependencies.head().len() + section.len() + 20;
        let (mut taken, mut equal) = (0, 0);
        for round in 0..100_000 {
            let mut bytes = file.clone();
            for _ in 0..1 + below(3) {
                let len = bytes.len();
                let at = match below(3) {
                    0 => below(heads.min(len)),
                    1 => len - 1 - below(200.min(len)),
                    _ => below(len),
                };
                match below(6) {
                    0 => bytes.truncate(at.max(1)),
                    1 => bytes.insert(at, below(256) as u8),
                    2 => bytes[at] = [0, 0xff, 0x7f, 0x80][below(4)],
                    _ => bytes[at] ^= 1 << below(8),
                }
            }
            if round % 2 == 0 {
                match parse(&dependencies, &code, &bytes) {
                    Ok(kept) => {
                        assert_eq!(bytes, file, "round {round}");
                        equal += usize::from(kept.to_bytes() == made);
                    }
                    Err(_) => assert_ne!(bytes, file, "round {round}"),
                }
                continue;
            }
            // By somebody who knows the checksum.
            if let Some((head, content)) = bytes.split_at_mut_checked(24) {
                head[8..].copy_from_slice(&checksum(&[content]));
            }
            if let Ok(kept) = parse(&dependencies, &code, &bytes) {
                taken += 1;
                if taken % 16 == 0 {
                    for _ in 0..32 {
                        let at = revive_vm_primitives::machine::CODE_ADDRESS + below(0x2000) as u64;
                        let _ = (
                            kept.map.locate(&code, at),
                            kept.map.exit_at(at),
                            kept.map.entry_behind(&code, at),
                        );
                    }
                    for offset in 0..code.len() {
                        let _ =
                            (kept.map.block_entry(offset), kept.map.instruction_entry(&code, offset, offset));
                    }
                }
            }
        }
        assert!(taken > 1000, "{taken} were taken: the mutations show nothing");
        println!("{taken} with a right checksum were taken, {equal} were the file");
    }
}
