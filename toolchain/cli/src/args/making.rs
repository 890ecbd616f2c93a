// SPDX-License-Identifier: Apache-2.0
//! Arguments of the commands that lead from nothing to a blob.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use revive_vm_primitives::InstructionSet;

use super::values::instruction_set;

/// Arguments of `new`.
#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// Name of the contract, and of the folder that is made for it here: letters, digits, `-` and `_`.
    pub(crate) name: String,
    /// Folder of the guest library, `contracts/sdk` in a checkout of revive-vm. A relative one stays relative in the new Cargo.toml, so
    /// that both can move together. Default: where the checkout is that this program was built from.
    #[arg(long, value_name = "FOLDER", env = "REVIVE_VM_SDK")]
    pub(crate) sdk: Option<PathBuf>,
}

/// Arguments of `build`.
#[derive(Debug, Args)]
pub(crate) struct BuildArgs {
    /// Folder of the contract, with its Cargo.toml.
    #[arg(value_name = "FOLDER", default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Write NAME.polkavm, which is for the chain, NAME.debug.polkavm, the same code with debug info, and NAME.abi.json to this folder.
    /// Default: `build` in the contract's.
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// Which program of the package is the contract, if it has several.
    #[arg(long, value_name = "NAME")]
    pub(crate) bin: Option<String>,
    /// The least stack, in bytes; the contract can ask for more. Rounded up to 4096.
    #[arg(long, value_name = "BYTES", default_value_t = revive_vm_linker::STACK_SIZE_MIN_DEFAULT)]
    pub(crate) min_stack_size: u32,
    /// Options for cargo, behind `--`: --locked, --offline, --features NAME and the like.
    #[arg(last = true, value_name = "OPTION")]
    pub(crate) cargo: Vec<String>,
}

/// Arguments of `link`. The names are those of the ecosystem's tool, so that scripts can switch.
#[derive(Debug, Args)]
pub(crate) struct LinkArgs {
    /// The ELF file. It must have been linked with --emit-relocs, or -r.
    pub(crate) input: Option<PathBuf>,
    /// The blob to write. The ABI, if the ELF file carries one, is written beside it: NAME.abi.json for NAME.polkavm.
    #[arg(short, long, value_name = "FILE", required_unless_present = "print_passes")]
    pub(crate) output: Option<PathBuf>,
    /// Leave out debug info.
    #[arg(short, long)]
    pub(crate) strip: bool,
    /// How much is done to the code: 0 nothing, 1 what keeps its shape, 2 everything. `experimental` is 2.
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "2")]
    pub(crate) opt_level: OptLevelArg,
    /// The same as --opt-level 0.
    #[arg(long, hide = true)]
    pub(crate) disable_optimizations: bool,
    /// Run these passes only, in this order.
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub(crate) passes: Option<Vec<String>>,
    /// Show what each pass saved; without an ELF file, which passes there are.
    #[arg(long)]
    pub(crate) print_passes: bool,
    /// Show where the bytes went: per function, crate and section.
    #[arg(long)]
    pub(crate) report: bool,
    /// Do nothing if the blob is at least as new as the ELF file.
    #[arg(long)]
    pub(crate) run_only_if_newer: bool,
    /// The least stack, in bytes; the program can ask for more. Rounded up to 4096.
    #[arg(long, value_name = "BYTES", default_value_t = revive_vm_linker::STACK_SIZE_MIN_DEFAULT)]
    pub(crate) min_stack_size: u32,
    /// Exports that get a jump at the start of the code, at offsets 0, 5, 10 and so on.
    #[arg(long, value_name = "EXPORT,...", value_delimiter = ',')]
    pub(crate) dispatch_table: Vec<String>,
    /// The instruction set. Default: latest32 or latest64, by the ELF file.
    #[arg(long, alias = "instruction-set", short = 'i', value_name = "NAME", value_parser = instruction_set())]
    pub(crate) isa: Option<InstructionSet>,
}

/// Levels of optimisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OptLevelArg {
    /// Nothing but what is needed.
    #[value(name = "0")]
    Zero,
    /// What keeps the shape of the code.
    #[value(name = "1")]
    One,
    /// Everything.
    #[value(name = "2")]
    Two,
    /// As 2.
    #[value(hide = true)]
    Experimental,
}
