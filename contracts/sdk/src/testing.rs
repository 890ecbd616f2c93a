// SPDX-License-Identifier: Apache-2.0
//! A host for unit tests: contracts as native programs, without a chain.
//!
//! A contract that begins with `#![cfg_attr(not(test), no_std)]` and `#![cfg_attr(not(test), no_main)]` can have tests, which
//! `cargo test` runs on this machine. [`Contract`] is one contract and what is around it; other contracts are closures.
//!
//! ```ignore
//! #[test]
//! fn a_transfer_moves_an_amount() {
//!     let mut token = Contract::new(deploy, call);
//!     token.caller = ALICE;
//!     token.deploy(&Token::constructor(100u64.into())).returned();
//!     assert!(token.call(&Token::transfer(BOB, 30u64.into())).value::<bool>());
//!     assert_eq!(token.events[1], Transfer { from: ALICE, to: BOB, value: 30u64.into() }.into());
//! }
//! ```
//!
//! As on a chain, a contract is not entered by a call of its own that does not [allow reentry](crate::host::Call::allow_reentry), and
//! nothing is created twice at one address. It knows nothing of gas, storage deposits and limits, and the functions of the chain that take cryptography answer that nothing
//! is valid. Those are for a run on a dev node: `revive-vm call`, `estimate` and `trace`.

pub(crate) mod raw;
#[cfg(test)]
mod tests;

use std::{
    boxed::Box,
    cell::RefCell,
    collections::BTreeMap,
    format,
    panic::{catch_unwind, resume_unwind, AssertUnwindSafe},
    string::{String, ToString},
    vec::Vec,
};

use crate::{
    abi::{
        coder::{InMemory, Reader},
        Address, Outputs, Word,
    },
    host::CallError,
    keccak::keccak_256,
    uint::U256,
};

/// How one contract comes to another's code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CalledHow {
    /// It calls it.
    Call,
    /// It runs its code on its own storage.
    Delegate,
    /// It creates it: the input begins with the hash of the code.
    Instantiate,
}

/// What the contract asked of another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Called {
    /// How.
    pub how: CalledHow,
    /// Whom; of an instantiation, the address that it gets.
    pub callee: Address,
    /// With which amount.
    pub value: U256,
    /// With which input.
    pub input: Vec<u8>,
    /// Whether nothing may be changed.
    pub read_only: bool,
    /// How much it may use: picoseconds, and bytes of proof.
    pub weight_limit: (u64, u64),
    /// What it may leave to be paid for storage.
    pub deposit_limit: U256,
}

/// An event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// Its topics; the first is the hash of its signature.
    pub topics: Vec<Word>,
    /// Its data.
    pub data: Vec<u8>,
}

/// How a run ended.
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use = "a run may have failed"]
pub enum Outcome {
    /// With this output.
    Returned(Vec<u8>),
    /// With this reason; what it did is undone.
    Reverted(Vec<u8>),
    /// With a trap, such as a panic; what it did is undone.
    Trapped(String),
}

impl Outcome {
    /// The output; panics if the run failed.
    #[track_caller]
    pub fn returned(self) -> Vec<u8> {
        match self {
            Self::Returned(output) => output,
            other => panic!("the contract did not return: {}", other.reason()),
        }
    }

    /// The output as one number; panics if it is not one word.
    #[track_caller]
    pub fn number(self) -> U256 {
        let output = self.returned();
        let word = output.as_slice().try_into();
        U256::from_word(&word.unwrap_or_else(|_| panic!("the output is no word: {output:02x?}")))
    }

    /// The output as values; panics if the run failed, or if it is something else.
    #[track_caller]
    pub fn value<O: Outputs>(self) -> O {
        let output = self.returned();
        let values = Reader::new(InMemory::new(&output)).checked(O::read_all);
        values.unwrap_or_else(|wrong| {
            let types: Vec<_> = O::TYPES.iter().map(|of| of.name).collect();
            panic!("{wrong:?}: {} in {output:02x?}", types.join(", "))
        })
    }

    /// Why the run failed: the text of `Error(string)`, other reasons in hexadecimal, the message of a panic.
    pub fn reason(&self) -> String {
        match self {
            Self::Returned(_) => "it returned".into(),
            Self::Trapped(message) => message.clone(),
            Self::Reverted(data) => {
                let text = data.strip_prefix(&[0x08, 0xc3, 0x79, 0xa0]).and_then(|body| {
                    let length = U256::from_word(body.get(32..64)?.try_into().ok()?).to_u64()?;
                    let text = body.get(64..64usize.checked_add(length as usize)?)?;
                    Some(String::from_utf8_lossy(text).into_owned())
                });
                text.unwrap_or_else(|| data.iter().map(|byte| format!("{byte:02x}")).collect())
            }
        }
    }
}

/// What comes of asking another contract.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It returns this output.
    Returned(Vec<u8>),
    /// It reverts, for this reason.
    Reverted(Vec<u8>),
    /// It fails otherwise: a trap, or want of weight or deposit, for instance. There is nothing to be read.
    Failed(CallError),
}

/// Output, or the reason of a revert.
impl From<Result<Vec<u8>, Vec<u8>>> for Answer {
    fn from(result: Result<Vec<u8>, Vec<u8>>) -> Self {
        match result {
            Ok(output) => Self::Returned(output),
            Err(reason) => Self::Reverted(reason),
        }
    }
}

/// What other contracts do.
type Others = Box<dyn FnMut(&Called) -> Answer>;

/// Those that return nothing.
fn silent() -> Others {
    Box::new(|_| Answer::Returned(Vec::new()))
}

/// What is to be seen of an account's code.
#[derive(Clone, Copy)]
struct Code {
    hash: Word,
    bytes: u64,
}

impl Code {
    fn of(code: &[u8]) -> Self {
        Self { hash: keccak_256(code), bytes: code.len() as u64 }
    }
}

/// What the contract can change, and what is undone if it fails.
#[derive(Clone, Default)]
struct State {
    storage: BTreeMap<Vec<u8>, Vec<u8>>,
    transient: BTreeMap<Vec<u8>, Vec<u8>>,
    immutable: Option<Vec<u8>>,
    events: Vec<Event>,
    balances: BTreeMap<Address, U256>,
    /// Of other accounts, those among them that it created.
    codes: BTreeMap<Address, Code>,
}

/// One contract, and the world as it sees it. Fields may be changed between runs.
pub struct Contract {
    deploy: fn(),
    call: fn(),
    /// Where it is.
    pub address: Address,
    /// Who calls it.
    pub caller: Address,
    /// Who signed the transaction.
    pub origin: Address,
    /// The amount that the next run comes with; 0 again after that. Nobody is asked for it.
    pub value: U256,
    /// The time of the block, in seconds.
    pub now: u64,
    /// The number of the block.
    pub block_number: u64,
    /// The number of the chain.
    pub chain_id: u64,
    /// All events of runs that did not fail.
    pub events: Vec<Event>,
    /// What it asked of other contracts, in order, in runs that failed too.
    pub calls: Vec<Called>,
    /// Its debug messages.
    pub messages: Vec<String>,
    state: State,
    others: Others,
}

/// A run: the contract, and what is known only while it lasts.
struct Run {
    contract: Contract,
    input: Vec<u8>,
    constructing: bool,
    return_data: Vec<u8>,
}

std::thread_local! {
    static RUN: RefCell<Option<Run>> = const { RefCell::new(None) };
}

/// What unwinds when a contract ends by itself.
struct Ended(Outcome);

/// Ends the run as a trap does.
pub(crate) fn trap() -> ! {
    end(Outcome::Trapped("trap".into()))
}

fn end(outcome: Outcome) -> ! {
    resume_unwind(Box::new(Ended(outcome)))
}

/// Lets somebody look at the run, and change it.
fn with<T>(look: impl FnOnce(&mut Run) -> T) -> T {
    RUN.with(|run| {
        look(run.borrow_mut().as_mut().expect("host functions need a `testing::Contract` that runs"))
    })
}

impl Contract {
    /// A contract with these entry points, with nothing stored. Its address is twenty bytes of 0xc0, the caller's of 0xa1.
    pub fn new(deploy: fn(), call: fn()) -> Self {
        Self {
            deploy,
            call,
            address: [0xc0; 20],
            caller: [0xa1; 20],
            origin: [0xa1; 20],
            value: U256::ZERO,
            now: 1_700_000_000,
            block_number: 1,
            chain_id: 1,
            events: Vec::new(),
            calls: Vec::new(),
            messages: Vec::new(),
            state: State::default(),
            others: silent(),
        }
    }

    /// Says what other contracts answer: `Ok` with output, `Err` with the reason of a revert, or an [`Answer`]. Without it all return
    /// nothing.
    pub fn others<A: Into<Answer>>(&mut self, mut answer: impl FnMut(&Called) -> A + 'static) {
        self.others = Box::new(move |called| answer(called).into());
    }

    /// What an account can spend.
    pub fn balance(&self, account: &Address) -> U256 {
        self.state.balances.get(account).copied().unwrap_or_default()
    }

    /// Gives an account this much to spend.
    pub fn set_balance(&mut self, account: Address, balance: U256) {
        self.state.balances.insert(account, balance);
    }

    /// Gives an account this code, of which the contract sees size and hash; it is not run, [`Self::others`] says what that does.
    /// The contract itself, once it is constructed, and contracts that it creates have code of one byte. All other accounts have none.
    pub fn set_code(&mut self, account: Address, code: &[u8]) {
        self.state.codes.insert(account, Code::of(code));
    }

    /// The storage item under a key.
    pub fn storage(&self, key: &[u8]) -> Option<&[u8]> {
        self.state.storage.get(key).map(Vec::as_slice)
    }

    /// Runs the constructor with this input.
    pub fn deploy(&mut self, input: &[u8]) -> Outcome {
        self.run(self.deploy, input, true)
    }

    /// Calls it with this input: selector and arguments.
    pub fn call(&mut self, input: &[u8]) -> Outcome {
        self.run(self.call, input, false)
    }

    fn run(&mut self, entry: fn(), input: &[u8], constructing: bool) -> Outcome {
        self.state.transient.clear();
        let before = self.state.clone();
        let balance = self.balance(&self.address).checked_add(self.value).expect("the balance fits");
        self.set_balance(self.address, balance);
        let contract = core::mem::replace(self, Self::new(self.deploy, self.call));
        let run = Run { contract, input: input.to_vec(), constructing, return_data: Vec::new() };
        let outer = RUN.with(|slot| slot.replace(Some(run)));
        assert!(outer.is_none(), "a contract runs inside another: let `others` answer instead");
        let ended = catch_unwind(AssertUnwindSafe(entry));
        let run = RUN.with(RefCell::take).expect("the run is where it was put");
        *self = run.contract;
        let outcome = match ended {
            Ok(()) => Outcome::Returned(Vec::new()),
            Err(payload) => match payload.downcast::<Ended>() {
                Ok(ended) => ended.0,
                Err(payload) => {
                    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
                    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
                    Outcome::Trapped(text.unwrap_or_else(|| "a panic".into()))
                }
            },
        };
        self.value = U256::ZERO;
        if matches!(outcome, Outcome::Returned(_)) {
            self.events.append(&mut self.state.events);
        } else {
            self.state = before;
        }
        outcome
    }
}
