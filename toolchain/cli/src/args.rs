// SPDX-License-Identifier: Apache-2.0
//! The command line: every option of every command, with the help that users see.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use revive_vm_primitives::{GasModel, InstructionSet};

mod debugging;
mod making;
mod values;

pub(crate) use debugging::DebugArgs;
pub(crate) use making::{BuildArgs, LinkArgs, NewArgs, OptLevelArg};
use values::{
    balance, contract_address, gas_model, gas_value, hex_32, hex_bytes, host_call_answer, instruction_set,
    register_value, weight,
};
pub(crate) use values::{unsigned, HexBytes};

/// Makes, builds, assembles, disassembles, inspects, profiles and runs contracts for the revive-vm virtual machine, and deploys and calls them
/// on a node.
///
/// Exit codes: 0 the command did its job; 1 an error, with advice on standard error; 2 wrong usage; 3 the contract
/// reverted, trapped, ran out of gas or was refused by the chain (the result is still printed).
#[derive(Debug, Parser)]
#[command(name = "revive-vm", version, propagate_version = true, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of all commands.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// Print the result as one JSON document on standard output.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Where the node answers, for commands that talk to one.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "REVIVE_VM_URL",
        default_value = "ws://127.0.0.1:9944"
    )]
    #[arg(help_heading = "Node")]
    pub(crate) url: String,
    /// Who signs: a development account (//Alice), a mnemonic phrase or a 0x seed, with derivation path. Other programs
    /// can see the arguments of commands, so give secrets in the environment.
    #[arg(long, global = true, value_name = "SURI", env = "REVIVE_VM_SURI", hide_env_values = true)]
    #[arg(default_value = "//Alice", help_heading = "Node")]
    pub(crate) suri: String,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make the folder of a new contract in Rust, with unit tests and the commands that come next.
    New(NewArgs),
    /// Compile a contract in Rust and link it: blob, the same with debug info, ABI.
    ///
    /// It takes Rust 1.95 or later with the sources of its standard library (`rustup component add rust-src`), of which core and alloc are
    /// compiled for the contract. Where the toolchain in use lacks them, Debian's is taken, if rustup knows it as `debian`;
    /// REVIVE_VM_ROAD=rustup or debian decides. The ABI is what the contract carries, or else what abi.json or abi.txt in its folder says.
    Build(BuildArgs),
    /// Show what is in a blob: instruction set, sections, memory layout, imports, exports, statistics, code hash.
    Inspect(InspectArgs),
    /// Make a blob of a text.
    Assemble(AssembleArgs),
    /// Print the code of a blob as text, with source lines if it has debug info.
    Disassemble(DisassembleArgs),
    /// Count instructions, their bytes, blocks and sections over one or more blobs.
    Stats(StatsArgs),
    /// Run an export of a blob here, or a contract on a chain, and show where the gas goes: functions, source lines, flame
    /// graph.
    Profile(ProfileArgs),
    /// Go through a run, by line or by instruction, forwards and backwards: of an export here, of a call on a chain with all contracts that it
    /// calls, or of a transaction of a block.
    ///
    /// Asks for commands; `help` shows them. A run on a chain is recorded by the node and goes on here as it was, so nothing that is done
    /// here has an effect there. With --dap an editor takes the place of the terminal.
    Debug(DebugArgs),
    /// Turn the ELF file that a compiler made into a blob.
    Link(LinkArgs),
    /// Run an export of a blob here, without a chain.
    Run(RunArgs),
    /// Store a contract's code on the chain. A dry run unless --execute is given.
    Upload(UploadArgs),
    /// Create a contract from a blob, or from code that is already on the chain. A dry run unless --execute is given.
    Instantiate(InstantiateArgs),
    /// Call a contract. A dry run unless --execute is given.
    Call(CallArgs),
    /// Show what happens in a call, an instantiation or a transaction of a block: a tree of frames with storage, events
    /// and, if wanted, every host call.
    Trace(TraceArgs),
    /// Find the limits that a call or an instantiation needs: with exactly these it succeeds.
    Estimate(EstimateArgs),
    /// Show what the chain knows about a contract, an account or uploaded code.
    Info(InfoArgs),
    /// Show which layers of the wall around guest code this machine gives.
    Doctor,
    /// Register the signer's account, so that it can call and create contracts.
    MapAccount,
}

/// Arguments of `inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// The blob, usually a `.polkavm` file.
    pub(crate) blob: PathBuf,
}

/// Arguments of `assemble`.
#[derive(Debug, Args)]
pub(crate) struct AssembleArgs {
    /// The text; `-` reads standard input.
    pub(crate) text: PathBuf,
    /// Write the blob to this file.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// The instruction set, if the text does not name one.
    #[arg(short, long, value_name = "SET", default_value = "latest64", value_parser = instruction_set())]
    pub(crate) instruction_set: InstructionSet,
}

/// The text forms of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// For reading: blocks, offsets, jump targets by block.
    Guest,
    /// For `assemble`, which makes the same blob of it, byte for byte.
    Assembly,
    /// For comparing two versions of a program: without offsets, block numbers and addresses.
    DiffFriendly,
}

/// Arguments of `disassemble`.
#[derive(Debug, Args)]
pub(crate) struct DisassembleArgs {
    /// The blob, usually a `.polkavm` file.
    pub(crate) blob: PathBuf,
    /// The text form.
    #[arg(short, long, value_enum, default_value_t = FormatArg::Guest)]
    pub(crate) format: FormatArg,
    /// Show in front of the instructions which function and source line they come from, and the text of the line where
    /// the source file is found. Needs debug info.
    #[arg(long)]
    pub(crate) source: bool,
    /// Look for source files in this folder too, by as much of the end of their path as fits. Implies --source.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) source_root: Option<PathBuf>,
    /// With `--format assembly`: leave out debug info, which is bytes to the assembler.
    #[arg(long)]
    pub(crate) strip: bool,
    /// Write to this file instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Show the bytes of each instruction.
    #[arg(long)]
    pub(crate) show_raw_bytes: bool,
    /// Show what each basic block costs, in gas.
    #[arg(long)]
    pub(crate) display_gas: bool,
    /// The gas model to show costs by; implies --display-gas. Default: flat.
    #[arg(long, value_name = "MODEL", value_parser = gas_model())]
    pub(crate) gas_model: Option<GasModel>,
    /// Leave the code offsets out.
    #[arg(long)]
    pub(crate) no_show_offsets: bool,
}

/// Arguments of `stats`.
#[derive(Debug, Args)]
pub(crate) struct StatsArgs {
    /// The blobs, usually `.polkavm` files.
    #[arg(required = true)]
    pub(crate) blobs: Vec<PathBuf>,
}

/// What to run here, without a chain, and how.
#[derive(Debug, Args)]
pub(crate) struct GuestArgs {
    /// The blob, usually a `.polkavm` file.
    pub(crate) blob: PathBuf,
    /// Name of the export to start at.
    pub(crate) export: String,
    /// Numbers for the registers a0 to a5, t0, t1, t2 (decimal, 0x hexadecimal, or negative).
    #[arg(value_parser = register_value, allow_negative_numbers = true)]
    pub(crate) args: Vec<u64>,
    #[command(flatten)]
    pub(crate) options: GuestOptions,
}

/// How to run something here, without a chain.
#[derive(Clone, Debug, Args)]
pub(crate) struct GuestOptions {
    #[command(flatten)]
    pub(crate) terms: GuestTerms,
    /// What to run it with.
    #[arg(long, value_enum, default_value_t = EngineArg::Auto)]
    pub(crate) engine: EngineArg,
}

/// What something is given that runs here, without a chain.
#[derive(Clone, Debug, Args)]
pub(crate) struct GuestTerms {
    /// How much gas the run may use.
    #[arg(long, value_name = "N", default_value = "1_000_000_000", value_parser = gas_value)]
    pub(crate) gas: i64,
    /// The gas model to pay by.
    #[arg(long, value_name = "MODEL", default_value = "flat", value_parser = gas_model())]
    pub(crate) gas_model: GasModel,
    /// Answer calls of the import NAME with VALUE in a0, instead of stopping there. Can be given several times.
    #[arg(long = "host-call", value_name = "NAME=VALUE", value_parser = host_call_answer)]
    pub(crate) host_calls: Vec<(String, u64)>,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) guest: GuestArgs,
    /// Show every instruction that is executed: the registers that it changed, the memory that it accessed, and the
    /// source line if the blob has debug info. The same on every engine.
    #[arg(long)]
    pub(crate) trace: bool,
    /// Show no more than this many instructions; the run itself goes on.
    #[arg(long, value_name = "N", default_value_t = 10_000, requires = "trace")]
    pub(crate) trace_limit: u64,
    /// Write jit-PID.dump to this folder, which names the guest's functions for `perf`: record with `perf record -k 1`,
    /// then `perf inject --jit -i perf.data -o named.data` and `perf report -i named.data`. Recompiler only.
    #[arg(long, value_name = "DIR")]
    pub(crate) jitdump: Option<PathBuf>,
    /// Keep the compiled program in this folder and take it from there the next time. Only you may be able to write there.
    /// Recompiler only.
    #[arg(long, value_name = "DIR")]
    pub(crate) artefact_cache: Option<PathBuf>,
}

/// Arguments of `profile`.
#[derive(Debug, Args)]
pub(crate) struct ProfileArgs {
    /// BLOB EXPORT NUMBER…: an export to run here, with numbers for the registers a0 to a5, t0, t1, t2. With --contract:
    /// the function to call and its arguments.
    #[arg(value_name = "WORD", allow_negative_numbers = true)]
    pub(crate) words: Vec<String>,
    #[command(flatten)]
    pub(crate) options: GuestOptions,
    /// Profile a call of this contract on the node's chain, with all that it calls; nothing is submitted. A blob, or a code
    /// hash, in place of the address: an instantiation of it.
    #[arg(long, value_name = "0xADDRESS|BLOB|0xCODEHASH", help_heading = "Node")]
    pub(crate) contract: Option<String>,
    /// With --contract: a blob that was not stripped of its debug info, for the code on the chain. Several times for several
    /// contracts.
    #[arg(long, value_name = "FILE", requires = "contract", help_heading = "Node")]
    pub(crate) blob: Vec<PathBuf>,
    /// With --contract: count picoseconds of weight, with all that host functions take, instead of gas.
    #[arg(long, requires = "contract", help_heading = "Node")]
    pub(crate) time: bool,
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
    /// Write a flame graph to this file, an SVG image: width is gas, callers are below callees.
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    /// Write the stacks to this file, a line each: functions from the outermost to the innermost, and gas.
    #[arg(long, value_name = "FILE")]
    pub(crate) folded: Option<PathBuf>,
    /// How many functions and source lines to show.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) top: usize,
}

/// The engines by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineArg {
    /// The fastest one that works on this machine.
    Auto,
    /// Interpret.
    Interpreter,
    /// Compile to machine code first.
    Recompiler,
}

/// Arguments of `upload`.
#[derive(Debug, Args)]
pub(crate) struct UploadArgs {
    /// The blob, usually a `.polkavm` file.
    pub(crate) blob: PathBuf,
    /// Submit a transaction.
    #[arg(long)]
    pub(crate) execute: bool,
    /// Highest storage deposit to pay, in the chain's smallest unit. Default: what the dry run says.
    #[arg(long, value_name = "N", value_parser = balance)]
    pub(crate) deposit_limit: Option<u128>,
    /// Submit the transaction even if the dry run fails; it costs its fee.
    #[arg(long, requires = "execute")]
    pub(crate) force: bool,
}

/// How far a transaction may go.
#[derive(Clone, Debug, Args)]
pub(crate) struct Limits {
    /// Amount to send along, in the chain's smallest unit. Contracts count in wei: on the node template they see a million for each.
    #[arg(long, value_name = "N", default_value = "0", value_parser = balance)]
    pub(crate) value: u128,
    /// Submit a transaction. Its limits come from a dry run: the weight that it required plus 5 %, and its deposit.
    #[arg(long)]
    pub(crate) execute: bool,
    /// Weight limit: computation in picoseconds and proof size in bytes. Given explicitly, a transaction is submitted
    /// even if the dry run fails.
    #[arg(long, value_name = "REF,PROOF", value_parser = weight)]
    pub(crate) weight: Option<(u64, u64)>,
    /// Highest storage deposit to pay, in the chain's smallest unit. Default: what the dry run says.
    #[arg(long, value_name = "N", value_parser = balance)]
    pub(crate) deposit_limit: Option<u128>,
    /// Submit the transaction even if the dry run fails; it costs its fee.
    #[arg(long, requires = "execute")]
    pub(crate) force: bool,
}

/// Arguments of `instantiate`.
#[derive(Debug, Args)]
pub(crate) struct InstantiateArgs {
    /// A blob, usually a `.polkavm` file, or the 0x code hash of uploaded code.
    #[arg(value_name = "BLOB|0xCODEHASH")]
    pub(crate) code: String,
    /// Solidity ABI: JSON, an artefact with an `abi` field, or lines such as "function get() returns (uint256)". The first is that of
    /// what is run; more of them name what other contracts do.
    #[arg(long, value_name = "FILE")]
    pub(crate) abi: Vec<PathBuf>,
    /// Arguments of the constructor, written as for `call`.
    #[arg(long = "args", value_name = "ARG", num_args = 1.., allow_negative_numbers = true, conflicts_with = "data")]
    pub(crate) args: Vec<String>,
    /// The constructor's input, ready encoded.
    #[arg(long, value_name = "0xHEX", value_parser = hex_bytes)]
    pub(crate) data: Option<HexBytes>,
    /// 32 bytes that determine the address together with code and input. Default: the address follows from the
    /// account's nonce.
    #[arg(long, value_name = "0xHEX", value_parser = hex_32)]
    pub(crate) salt: Option<[u8; 32]>,
    #[command(flatten)]
    pub(crate) limits: Limits,
}

/// Arguments of `call`.
#[derive(Debug, Args)]
pub(crate) struct CallArgs {
    /// The contract.
    #[arg(value_name = "0xADDRESS", value_parser = contract_address)]
    pub(crate) address: [u8; 20],
    /// Name of a function in the ABI file, or a signature such as "balanceOf(address)(uint256)", which needs none.
    #[arg(conflicts_with = "data")]
    pub(crate) function: Option<String>,
    /// The function's arguments. An account, such as //Bob or in SS58 form, stands for its address. Lists are written `'[1,2]'`, tuples
    /// '(1,"text")'.
    #[arg(allow_negative_numbers = true)]
    pub(crate) args: Vec<String>,
    /// Solidity ABI: JSON, an artefact with an `abi` field, or lines such as "function get() returns (uint256)". The first is that of
    /// what is run; more of them name what other contracts do.
    #[arg(long, value_name = "FILE")]
    pub(crate) abi: Vec<PathBuf>,
    /// The input, ready encoded.
    #[arg(long, value_name = "0xHEX", value_parser = hex_bytes)]
    pub(crate) data: Option<HexBytes>,
    #[command(flatten)]
    pub(crate) limits: Limits,
}

/// What goes with something that is run on a chain.
#[derive(Clone, Debug, Args)]
pub(crate) struct SubjectArgs {
    /// Solidity ABI: JSON, an artefact with an `abi` field, or lines such as "function get() returns (uint256)". The first is that of
    /// what is run; more of them name what other contracts do.
    #[arg(long, value_name = "FILE", help_heading = "Node")]
    pub(crate) abi: Vec<PathBuf>,
    /// The input, ready encoded.
    #[arg(long, value_name = "0xHEX", value_parser = hex_bytes, help_heading = "Node")]
    pub(crate) data: Option<HexBytes>,
    /// Amount to send along, in the chain's smallest unit. Contracts count in wei: on the node template they see a million for each.
    #[arg(long, value_name = "N", default_value = "0", value_parser = balance, help_heading = "Node")]
    pub(crate) value: u128,
    /// Weight limit: computation in picoseconds and proof size in bytes. Default: as much as fits into a block.
    #[arg(long, value_name = "REF,PROOF", value_parser = weight, help_heading = "Node")]
    pub(crate) weight: Option<(u64, u64)>,
    /// Highest storage deposit to pay, in the chain's smallest unit.
    #[arg(long, value_name = "N", value_parser = balance, help_heading = "Node")]
    pub(crate) deposit_limit: Option<u128>,
    /// For an instantiation: 32 bytes that determine the address together with code and input.
    #[arg(long, value_name = "0xHEX", value_parser = hex_32, help_heading = "Node")]
    pub(crate) salt: Option<[u8; 32]>,
}

/// Arguments of `trace`.
#[derive(Debug, Args)]
pub(crate) struct TraceArgs {
    /// The contract to call; a blob or a code hash: to instantiate.
    #[arg(value_name = "0xADDRESS|BLOB|0xCODEHASH")]
    pub(crate) target: Option<String>,
    /// The function and its arguments, as for `call`; for an instantiation the arguments of the constructor.
    #[arg(value_name = "WORD", allow_negative_numbers = true)]
    pub(crate) words: Vec<String>,
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
    /// Show every host call, with its arguments and what came of it.
    #[arg(long)]
    pub(crate) host_calls: bool,
    /// Trace a transaction of this block, by its hash or number, instead of running something new.
    #[arg(long, value_name = "0xHASH|NUMBER", help_heading = "Node")]
    pub(crate) block: Option<String>,
    /// Which transaction of the block, from 0. Default: all that call contracts.
    #[arg(long, value_name = "N", requires = "block", help_heading = "Node")]
    pub(crate) index: Option<u32>,
    /// Most bytes that the trace may have. Default, and most: 16 MiB.
    #[arg(long, value_name = "BYTES", help_heading = "Node")]
    pub(crate) limit: Option<u32>,
}

/// Arguments of `estimate`.
#[derive(Debug, Args)]
pub(crate) struct EstimateArgs {
    /// The contract to call; a blob or a code hash: to instantiate.
    #[arg(value_name = "0xADDRESS|BLOB|0xCODEHASH")]
    pub(crate) target: String,
    /// The function and its arguments, as for `call`; for an instantiation the arguments of the constructor.
    #[arg(value_name = "WORD", allow_negative_numbers = true)]
    pub(crate) words: Vec<String>,
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
}

/// Arguments of `info`.
#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    /// 20 bytes: a contract or an account. 32 bytes: a code hash. An account such as //Bob, or in SS58 form, stands for its address.
    #[arg(value_name = "0xADDRESS|0xCODEHASH|ACCOUNT")]
    pub(crate) subject: String,
}

impl GuestArgs {
    /// From the words of `profile`.
    pub(crate) fn from_words(words: &[String], options: &GuestOptions) -> Result<Self, String> {
        let [blob, export, args @ ..] = words else {
            return Err("give a blob and the name of an export, or --contract".into());
        };
        let args = args.iter().map(|arg| register_value(arg).map_err(|error| format!("`{arg}`: {error}")));
        Ok(Self {
            blob: blob.into(),
            export: export.clone(),
            args: args.collect::<Result<_, _>>()?,
            options: options.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }
}
