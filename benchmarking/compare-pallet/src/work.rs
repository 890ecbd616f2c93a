// SPDX-License-Identifier: Apache-2.0
//! What is called.

/// What a workload is mostly about, which decides its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Code of the contract.
    Compute,
    /// Functions of the host and state.
    Host,
}

/// Which contract is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contract {
    /// OpenZeppelin's ERC-20.
    Erc20,
    /// `solidity/Work.sol`.
    Work,
}

/// A call to measure.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) contract: Contract,
    pub(crate) input: Vec<u8>,
    /// Calls in one run of our runtime.
    pub(crate) ours: u32,
    /// Calls in one run of the other's.
    pub(crate) theirs: u32,
    /// The time of a call of theirs is at least this many times ours.
    pub(crate) faster: f64,
}

fn word(number: u128) -> [u8; 32] {
    let mut word = [0; 32];
    word[16..].copy_from_slice(&number.to_be_bytes());
    word
}

fn call_data(signature: &str, words: &[[u8; 32]]) -> Vec<u8> {
    let hash = sp_io::hashing::keccak_256(signature.as_bytes());
    [&hash[..4], &words.concat()].concat()
}

/// The input of the ERC-20's constructor: name, symbol, supply.
pub(crate) fn constructor() -> Vec<u8> {
    let string = |text: &str| {
        let mut bytes = [0; 32];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        [word(text.len() as u128), bytes].concat()
    };
    [&word(0x60)[..], &word(0xA0), &word(1_000_000_000), &string("Token"), &string("TKN")].concat()
}

/// All of them.
///
/// Work of the compute kind takes several times what a call takes, which has a line of its own. Runs of either side take some
/// milliseconds, as blocks do: what a run costs once, such as waking a worker, counts as it does there.
pub(crate) fn workloads() -> Vec<Workload> {
    let host = |name, contract, input, ours, theirs, faster| Workload {
        name,
        kind: Kind::Host,
        contract,
        input,
        ours,
        theirs,
        faster,
    };
    let compute = |name, signature, words: &[u128], ours| Workload {
        name,
        kind: Kind::Compute,
        contract: Contract::Work,
        input: call_data(signature, &words.iter().copied().map(word).collect::<Vec<_>>()),
        ours,
        theirs: 1,
        faster: 40.0,
    };
    let mut bob = [0; 32];
    bob[12..].fill(0xB0);
    let transfer = call_data("transfer(address,uint256)", &[bob, word(77)]);
    vec![
        host("a call that does nothing", Contract::Work, call_data("nothing()", &[]), 100, 100, 1.0),
        host("ERC-20 transfer", Contract::Erc20, transfer, 50, 50, 1.5),
        host(
            "storage, 200 reads and writes",
            Contract::Work,
            call_data("storeLoop(uint256)", &[word(200)]),
            3,
            3,
            1.0,
        ),
        host(
            "keccak over 64 KiB, once",
            Contract::Work,
            call_data("hashLoop(uint256)", &[word(1)]),
            30,
            30,
            1.0,
        ),
        compute("Fibonacci, 256 bits, 100,000 steps", "fibonacci(uint256)", &[100_000], 40),
        compute("sorting 256 numbers", "sort(uint256)", &[256], 30),
        compute("ten sieves below 1,024, 256-bit counters", "sieve(uint256,uint256)", &[1_024, 10], 40),
    ]
}
