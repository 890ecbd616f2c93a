// SPDX-License-Identifier: Apache-2.0
//! What a translation depends on, all of it, in one place. What is kept is found and recognised by this.

use revive_vm_primitives::{InstructionSet, Tariff};
use revive_vm_recompiler::{Config, Features, Flavour};

use super::checksum::{checksum, hexadecimal};

/// Version of the format of kept translations.
const FORMAT: u32 = 1;

/// See the module.
#[derive(Clone)]
pub(crate) struct Dependencies<'a> {
    /// Version of the format of what is kept.
    pub(crate) format: u32,
    /// Version of the virtual machine.
    pub(crate) vm_version: &'a str,
    /// Checksum of the sources of everything that generates code.
    pub(crate) generator: &'a str,
    /// Instruction set of the code.
    pub(crate) isa: InstructionSet,
    /// Settings of the translation: tariff of gas, flavour, step tracing, extensions of the processor.
    pub(crate) config: Config,
    /// The blob's section of code: instructions, bitmask and jump table.
    pub(crate) section: &'a [u8],
}

impl<'a> Dependencies<'a> {
    /// Those of a translation that this program makes.
    pub(crate) fn of(isa: InstructionSet, config: &Config, section: &'a [u8]) -> Self {
        Self {
            format: FORMAT,
            vm_version: env!("CARGO_PKG_VERSION"),
            generator: env!("REVIVE_VM_GENERATOR"),
            isa,
            config: *config,
            section,
        }
    }

    /// All but the section, as bytes that differ wherever a field does. Fields are taken apart by name, so that whoever adds
    /// one is told here.
    pub(crate) fn head(&self) -> Vec<u8> {
        let Self { format, vm_version, generator, isa, config, section: _ } = self;
        let Config { gas, flavour, step_tracing, features } = config;
        let Features { bmi1, bmi2, lzcnt, popcnt } = features;
        let flavour = match flavour {
            Flavour::Fast => 0,
            Flavour::Plain => 1,
        };
        let mut head = format.to_le_bytes().to_vec();
        for text in [vm_version, generator] {
            head.extend_from_slice(&(text.len() as u64).to_le_bytes());
            head.extend_from_slice(text.as_bytes());
        }
        head.extend_from_slice(&[*isa as u8, gas.is_some().into(), flavour]);
        head.extend_from_slice(&gas.map(Tariff::to_bytes).unwrap_or_default());
        head.extend([step_tracing, bmi1, bmi2, lzcnt, popcnt].map(|flag| u8::from(*flag)));
        head
    }

    /// What the file is called. Two that are called the same are told apart by what is in it.
    pub(crate) fn name(&self) -> String {
        hexadecimal(&checksum(&[&self.head(), self.section]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use revive_vm_primitives::{Footprint, GasModel};
    use std::collections::BTreeSet;

    /// All that differ from the first one in one thing.
    pub(crate) fn variations() -> Vec<Dependencies<'static>> {
        let config =
            Config { gas: None, flavour: Flavour::Fast, step_tracing: false, features: Features::BASELINE };
        let first = Dependencies {
            format: 1,
            vm_version: "1.0",
            generator: "a",
            isa: InstructionSet::ReviveV1,
            config,
            section: b"code",
        };
        let mut all = vec![first.clone()];
        let mut vary = |change: &dyn Fn(&mut Dependencies<'static>)| {
            let mut other = first.clone();
            change(&mut other);
            all.push(other);
        };
        vary(&|it| it.format = 2);
        vary(&|it| it.vm_version = "1.0a");
        vary(&|it| (it.vm_version, it.generator) = ("1.", "0a"));
        vary(&|it| it.generator = "b");
        for isa in [InstructionSet::Latest32, InstructionSet::Latest64, InstructionSet::JamV1] {
            vary(&|it| it.isa = isa);
        }
        for model in GasModel::ALL {
            vary(&|it| it.config.gas = Some(model.tariff(Footprint::default())));
        }
        // A larger program of the same model.
        let large = Footprint { code_bytes: u32::MAX, memory_bytes: u64::MAX };
        vary(&|it| it.config.gas = Some(GasModel::PipelineFootprint.tariff(large)));
        vary(&|it| it.config.flavour = Flavour::Plain);
        vary(&|it| it.config.step_tracing = true);
        vary(&|it| it.config.features.bmi1 = true);
        vary(&|it| it.config.features.bmi2 = true);
        vary(&|it| it.config.features.lzcnt = true);
        vary(&|it| it.config.features.popcnt = true);
        vary(&|it| it.section = b"cod");
        vary(&|it| it.section = b"core");
        all
    }

    #[test]
    fn whatever_differs_has_another_name() {
        let all = variations();
        let names: BTreeSet<String> = all.iter().map(Dependencies::name).collect();
        assert_eq!(names.len(), all.len());
    }

    #[test]
    fn the_generator_is_known() {
        let config =
            Config { gas: None, flavour: Flavour::Fast, step_tracing: false, features: Features::BASELINE };
        let own = Dependencies::of(InstructionSet::ReviveV1, &config, b"");
        assert!(own.generator.len() == 32 && own.generator.bytes().all(|digit| digit.is_ascii_hexdigit()));
    }
}
