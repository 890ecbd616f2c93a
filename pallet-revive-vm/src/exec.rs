// SPDX-License-Identifier: Apache-2.0
//! The frame stack: what runs, on whose behalf, with what budget, and what is undone when it fails.
//!
//! One [`Stack`] lives for one call or instantiation from outside. Each entry into a contract is a [`Frame`] in a storage layer
//! of its own: if it fails or reverts, its changes, events and transfers are gone, and the weight it used stays used.
//! Rust recursion follows guest recursion: guest, host function, [`Stack::call`], next guest; at most
//! [`limits::FRAMES_MAX`] deep.
//!
//! | Sub-module | Idea |
//! |---|---|
//! | `error` | errors, and whose fault they are |
//! | `entry` | from outside: `bare_call`, `bare_instantiate`, `bare_upload_code` |
//! | `settle` | storage deposits: prices at the end of a frame, movements at the end of a transaction |
//! | `items` | storage items of the running frame, persistent and transient, with their prices |
//! | `layer` | storage layers |
//! | `loaded` | code that the transaction has loaded |
//! | `terminate` | the end of contracts |
//! | `upgrade` | contracts that replace their own code |

mod entry;
mod error;
mod items;
mod layer;
mod loaded;
mod settle;
mod terminate;
mod upgrade;

pub use entry::MayRevert;
pub use error::{ErrorOrigin, ExecError, ExecResult};
pub use items::StorageKind;
pub(crate) use settle::base_deposit;
pub use terminate::Termination;
pub(crate) use terminate::TerminationRule;

use layer::layered;
use loaded::Loaded;

use crate::{
    address, balance, code,
    engine::{Engine, ModuleOf},
    limits,
    metering::{CallLimits, FrameMeter},
    minimal_proxy, precompiles,
    primitives::{EventLevel, ExecReturnValue, StorageDeposit},
    storage::{child_info, AccountInfo, CodeInfo, ContractInfo, LoadSize, TrieId},
    tracing::{self, Listening, Recorder},
    transient::TransientStorage,
    vm::{self, GuestContext},
    AddressMapper, BalanceOf, CodeInfoOf, Config, Error, Event, Pallet, PristineCode, WeightInfo,
};
use alloc::{format, rc::Rc, string::String, vec::Vec};
use frame_support::{
    traits::{
        fungible::{Inspect, Mutate},
        tokens::Preservation,
        Get,
    },
    weights::Weight,
};
use frame_system::pallet_prelude::OriginFor;
use sp_core::{storage::ChildInfo, H160, H256, U256};
use sp_runtime::{
    traits::{Bounded, One, Zero},
    DispatchError, DispatchResult, SaturatedConversion, TransactionOutcome,
};

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin<AccountId> {
    /// The chain itself. Has no address, no balance and pays no deposits.
    Root,
    /// An account: of a user or of a contract.
    Signed(AccountId),
}

impl<AccountId: Clone> Origin<AccountId> {
    /// The account, if there is one.
    pub fn account(&self) -> Result<&AccountId, DispatchError> {
        match self {
            Self::Signed(account) => Ok(account),
            Self::Root => Err(DispatchError::RootNotAllowed),
        }
    }

    /// The origin of an extrinsic: signed by an account that a key may sign for, or root.
    pub fn from_runtime<T: Config<AccountId = AccountId>>(
        origin: OriginFor<T>,
    ) -> Result<Self, DispatchError> {
        match frame_system::ensure_signed_or_root(origin)? {
            Some(account) => Pallet::<T>::ensure_key_holder(account).map(Self::Signed),
            None => Ok(Self::Root),
        }
    }
}

/// [`Origin`] of a chain.
pub type OriginOf<T> = Origin<<T as frame_system::Config>::AccountId>;

/// The export that a frame enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryPoint {
    /// `deploy`.
    Constructor,
    /// `call`.
    Call,
    /// `migrate`, which new code may export to be run when it takes over a contract.
    Migration,
}

impl EntryPoint {
    /// The symbol of the export.
    pub fn export(self) -> &'static str {
        match self {
            Self::Constructor => "deploy",
            Self::Call => "call",
            Self::Migration => "migrate",
        }
    }
}

/// The code that a frame runs.
#[derive(Clone, Copy, Debug)]
pub struct FrameCode {
    /// Keccak-256 of the blob.
    pub hash: H256,
    /// Bytes of the blob.
    pub len: u32,
    /// The id of the gas model.
    pub gas_model: u32,
    /// The version of the host functions' behaviour; see [`limits::BEHAVIOUR_VERSION_MAX`].
    pub behaviour_version: u32,
    /// Whether the code exports `migrate`.
    pub exports_migrate: bool,
    /// How much there is to do to load it.
    pub load: LoadSize,
}

impl FrameCode {
    fn load<T: Config>(hash: H256) -> Result<Self, Error<T>> {
        let CodeInfo { code_len, gas_model, behaviour_version, exports_migrate, load, .. } =
            CodeInfoOf::<T>::get(hash).ok_or(Error::<T>::CodeNotFound)?;
        Ok(Self { hash, len: code_len, gas_model, behaviour_version, exports_migrate, load })
    }
}

/// What a frame runs.
#[derive(Clone, Copy, Debug)]
pub enum Executable {
    /// Code in the virtual machine.
    Code(FrameCode),
    /// The function of the runtime at this address.
    Precompile(H160),
}

impl Executable {
    /// The version of the host functions' behaviour that the frame sees.
    pub fn behaviour_version(&self) -> u32 {
        match self {
            Self::Code(code) => code.behaviour_version,
            Self::Precompile(_) => limits::BEHAVIOUR_VERSION_MAX,
        }
    }
}

/// What a contract is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Creation {
    /// Uploaded code, with the input of its constructor.
    Code {
        /// Keccak-256 of the blob.
        hash: H256,
        /// The input of the constructor.
        input: Vec<u8>,
    },
    /// A minimal proxy that delegates to this address.
    MinimalProxy(H160),
}

/// What a frame and the frames below it that ended well did to contracts as a whole.
#[derive(Debug, Default)]
pub struct Effects {
    /// Contracts that were created.
    created: Vec<H160>,
    /// Contracts that go at the end of the transaction.
    terminated: Vec<Termination>,
}

impl Effects {
    fn absorb(&mut self, nested: Self) {
        self.created.extend(nested.created);
        self.terminated.extend(nested.terminated);
    }
}

/// One entry into a contract.
pub struct Frame<T: Config> {
    /// The account that the frame acts for; in a delegate call that of the delegating contract.
    pub account: T::AccountId,
    /// Its address.
    pub address: H160,
    /// Who called; in a delegate call who called the delegating frame.
    pub caller: OriginOf<T>,
    /// Wei that came with the call; in a delegate call those of the delegating frame.
    pub value: U256,
    /// The export that was entered.
    pub entry: EntryPoint,
    /// Whether the code is that of another contract.
    pub is_delegate: bool,
    /// What runs.
    pub executable: Executable,
    /// The address whose immutable data the frame reads.
    pub immutables_of: H160,
    /// The child trie of `account`.
    pub trie: ChildInfo,
    /// The input, until it is given away.
    pub input: Option<Vec<u8>>,
    /// The output of the last sub-call.
    pub output: Vec<u8>,
    /// Whether the state must not change.
    pub read_only: bool,
    /// Whether `account` may be entered while a sub-call of this frame runs.
    pub allows_reentry: bool,
    /// What the frame may use and has used.
    pub meter: FrameMeter<T>,
    /// What it did to contracts as a whole.
    pub effects: Effects,
    /// Whether the deposit for the existence of the contract is to be priced anew when the frame ends.
    pub reprice_base: bool,
}

/// What a contract may ask of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallMode {
    /// The callee and everything below it must not change the state.
    pub read_only: bool,
    /// The caller may be entered again from below.
    pub allow_reentry: bool,
}

/// The stack of one transaction.
pub struct Stack<T: Config> {
    /// Who started it.
    pub origin: OriginOf<T>,
    /// Transient storage of all accounts.
    pub transient: TransientStorage,
    /// Detail behind the last error of a guest, for people. Empty if there is none.
    pub detail: String,
    /// The numbers behind the refusal that is on its way up, until somebody says where it happened.
    refusal: Option<String>,
    /// The table of host functions and the constants of the block, made when the first guest needs them.
    pub(crate) guest_context: Option<Rc<GuestContext>>,
    /// The code that was loaded so far.
    pub(crate) loaded: Loaded<ModuleOf<T>>,
    /// What a recorder, if there is one, wants to hear of.
    pub(crate) listening: Listening,
    /// How many traps a listener was told the cause of.
    pub(crate) traps_explained: u32,
    frames: Vec<Frame<T>>,
    /// The budget of the transaction.
    root: FrameMeter<T>,
    /// What the transaction did to contracts as a whole.
    effects: Effects,
}

impl<T: Config> Stack<T> {
    /// A stack without frames.
    pub fn new(origin: OriginOf<T>, weight_limit: Weight, deposit_limit: BalanceOf<T>) -> Self {
        Self {
            origin,
            transient: TransientStorage::default(),
            detail: String::new(),
            refusal: None,
            guest_context: None,
            loaded: Loaded::default(),
            listening: tracing::listening(),
            traps_explained: 0,
            frames: Vec::new(),
            root: FrameMeter::new(weight_limit, deposit_limit),
            effects: Effects::default(),
        }
    }

    /// The frame that runs.
    ///
    /// # Panics
    ///
    /// If no frame runs. Only the guest loop and the host functions call this, and they run inside one.
    pub fn top(&self) -> &Frame<T> {
        self.frames.last().expect("guests and host functions run inside a frame; qed")
    }

    /// The frame that runs, to change it. See [`Self::top`].
    pub fn top_mut(&mut self) -> &mut Frame<T> {
        self.frames.last_mut().expect("guests and host functions run inside a frame; qed")
    }

    fn meter(&mut self) -> &mut FrameMeter<T> {
        self.frames.last_mut().map_or(&mut self.root, |frame| &mut frame.meter)
    }

    /// The frame below the topmost one: who asked a function of the runtime, if a contract did.
    pub fn below_top(&self) -> Option<&Frame<T>> {
        self.frames.len().checked_sub(2).and_then(|index| self.frames.get(index))
    }

    /// Takes `weight` from the running frame.
    pub fn charge(&mut self, weight: Weight) -> Result<(), Error<T>> {
        let left = self.meter().weight.left();
        if self.meter().weight.charge(weight).is_ok() {
            return Ok(());
        }
        self.note(format!(
            "it takes {} ps and {} bytes of proof, {} ps and {} bytes are left",
            weight.ref_time(),
            weight.proof_size(),
            left.ref_time(),
            left.proof_size()
        ));
        Err(Error::<T>::OutOfGas)
    }

    /// Gives back what `charged` is over `actual`.
    pub fn adjust(&mut self, charged: Weight, actual: Weight) {
        self.meter().weight.adjust(charged, actual);
    }

    /// Tells the recorder, if there is one.
    pub(crate) fn tell(&self, tell: impl FnOnce(&mut Recorder)) {
        if self.listening != Listening::Off {
            tracing::tell(tell);
        }
    }

    /// Keeps the numbers behind a refusal for the message about it.
    pub fn note(&mut self, numbers: String) {
        self.refusal = Some(numbers);
    }

    /// The numbers behind the last refusal, once.
    pub fn take_note(&mut self) -> Option<String> {
        self.refusal.take()
    }

    /// The contract at `address`, unless its constructor is still running.
    pub fn contract(&self, address: &H160) -> Option<ContractInfo<T>> {
        let constructing = self
            .frames
            .iter()
            .any(|frame| frame.entry == EntryPoint::Constructor && frame.address == *address);
        if constructing {
            return None;
        }
        ContractInfo::<T>::load(address)
    }

    /// Calls `dest` with `value` wei on behalf of the running frame or, without one, of the origin.
    pub fn call(
        &mut self,
        limits: CallLimits<BalanceOf<T>>,
        dest: H160,
        value: U256,
        input: Vec<u8>,
        mode: CallMode,
    ) -> ExecResult {
        if let Some(frame) = self.frames.last_mut() {
            frame.allows_reentry = mode.allow_reentry;
        }
        let result = self.call_guarded(limits, dest, value, input, mode.read_only);
        if let Some(frame) = self.frames.last_mut() {
            frame.allows_reentry = true;
        }
        result
    }

    fn call_guarded(
        &mut self,
        limits: CallLimits<BalanceOf<T>>,
        dest: H160,
        value: U256,
        input: Vec<u8>,
        read_only: bool,
    ) -> ExecResult {
        let precompile = precompiles::find::<T>(&dest)?;
        balance::from_wei::<T>(value)?;
        let read_only = read_only || self.frames.last().is_some_and(|frame| frame.read_only);
        if read_only && !value.is_zero() {
            return Err(Error::<T>::StateChangeDenied.into());
        }
        let caller =
            self.frames.last().map_or(self.origin.clone(), |frame| Origin::Signed(frame.account.clone()));
        let account = T::AddressMapper::to_fallback_account_id(&dest);
        let (executable, trie) = if precompile.is_some() {
            // It has no storage of its own.
            (Executable::Precompile(dest), child_info(&TrieId::default()))
        } else {
            let Some(contract) = self.contract(&dest) else {
                // Solidity's `transfer` gives 2,300 gas, and what it takes to make an account is its caller's.
                let most = match limits {
                    CallLimits::Exact { deposit, .. } => deposit,
                    CallLimits::Everything | CallLimits::Gas { .. } => BalanceOf::<T>::max_value(),
                };
                let to = T::AddressMapper::to_account_id(&dest);
                let makes_account = !value.is_zero() && !balance::has_any::<T>(&to);
                let moved = if makes_account && T::Currency::minimum_balance() > most {
                    Err(Error::<T>::StorageDepositLimitExhausted.into())
                } else {
                    self.transfer_layered(&caller, &to, value)
                };
                let result = moved.map(|()| ExecReturnValue::default()).map_err(ExecError::from);
                self.tell(|recorder| {
                    let from = caller.account().ok().map(T::AddressMapper::to_address);
                    recorder.transfer::<T>(from, dest, value, &input, read_only, &result);
                });
                return result;
            };
            (Executable::Code(FrameCode::load::<T>(contract.code_hash)?), child_info(&contract.trie_id))
        };
        if self.frames.iter().any(|frame| frame.account == account && !frame.allows_reentry) {
            return Err(Error::<T>::ReentranceDenied.into());
        }
        let meter = self.nested_meter(limits, &executable)?;
        self.execute(Frame {
            account,
            address: dest,
            caller,
            value,
            entry: EntryPoint::Call,
            is_delegate: false,
            executable,
            immutables_of: dest,
            trie,
            input: Some(input),
            output: Vec::new(),
            read_only,
            allows_reentry: true,
            meter,
            effects: Effects::default(),
            reprice_base: false,
        })
    }

    /// Runs the code of `target` on behalf of the running frame. An address without code does nothing, well.
    pub fn delegate_call(
        &mut self,
        limits: CallLimits<BalanceOf<T>>,
        target: H160,
        input: Vec<u8>,
    ) -> ExecResult {
        let executable = if precompiles::find::<T>(&target)?.is_some() {
            Executable::Precompile(target)
        } else {
            let Some(contract) = self.contract(&target) else { return Ok(ExecReturnValue::default()) };
            Executable::Code(FrameCode::load::<T>(contract.code_hash)?)
        };
        let meter = self.nested_meter(limits, &executable)?;
        let top = self.top();
        let frame = Frame {
            account: top.account.clone(),
            address: top.address,
            caller: top.caller.clone(),
            value: top.value,
            entry: EntryPoint::Call,
            is_delegate: true,
            executable,
            immutables_of: target,
            trie: top.trie.clone(),
            input: Some(input),
            output: Vec::new(),
            read_only: top.read_only,
            allows_reentry: true,
            meter,
            effects: Effects::default(),
            reprice_base: false,
        };
        self.execute(frame)
    }

    /// Creates a contract on behalf of the running frame or, without one, of the origin. Returns where it is, or would have
    /// been had it not reverted.
    pub fn instantiate(
        &mut self,
        limits: CallLimits<BalanceOf<T>>,
        creation: Creation,
        value: U256,
        salt: Option<&[u8; 32]>,
    ) -> Result<(H160, ExecReturnValue), ExecError> {
        // Outside of the layer: what was priced stays priced if nothing is created.
        self.price_pending()?;
        balance::from_wei::<T>(value)?;
        let implementation = match creation {
            Creation::Code { hash, input } => return self.create(limits, hash, value, input, salt, None),
            Creation::MinimalProxy(implementation) => implementation,
        };
        // The code, which may be stored for this clone alone, goes if nothing is created.
        layered(|| {
            let charge = |len| self.charge(T::WeightInfo::upload_code(len));
            let created =
                minimal_proxy::ensure_stored::<T>(charge).map_err(ExecError::from).and_then(|hash| {
                    let input = implementation.as_bytes().to_vec();
                    self.create(limits, hash, value, input, salt, Some(&implementation))
                });
            match created {
                Ok((address, output)) if !output.did_revert() => {
                    TransactionOutcome::Commit(Ok((address, output)))
                }
                result => TransactionOutcome::Rollback(result),
            }
        })
    }

    /// Creates a contract with the code `code_hash`: as a proxy of `proxy_of`, if there is one, whose address Ethereum's creation
    /// code decides.
    fn create(
        &mut self,
        limits: CallLimits<BalanceOf<T>>,
        code_hash: H256,
        value: U256,
        input: Vec<u8>,
        salt: Option<&[u8; 32]>,
        proxy_of: Option<&H160>,
    ) -> Result<(H160, ExecReturnValue), ExecError> {
        let code = FrameCode::load::<T>(code_hash)?;
        let (creator, is_origin) = match self.frames.last() {
            Some(frame) => (frame.account.clone(), false),
            None => (self.origin.account()?.clone(), true),
        };
        let nonce = frame_system::Pallet::<T>::account_nonce(&creator);
        // The nonce of an origin was raised already by the transaction extension that checked it.
        let create_nonce: u64 = nonce.saturated_into::<u64>().saturating_sub(u64::from(is_origin));
        let creator_address = T::AddressMapper::to_address(&creator);
        let dest = match (salt, proxy_of) {
            (None, _) => address::create1(&creator_address, create_nonce),
            (Some(salt), None) => {
                let blob = PristineCode::<T>::get(code_hash).ok_or(Error::<T>::CodeNotFound)?;
                address::create2(&creator_address, &blob, &input, salt)
            }
            (Some(salt), Some(implementation)) => {
                let creation_code = minimal_proxy::creation_code(implementation);
                address::create2(&creator_address, &creation_code, &[], salt)
            }
        };
        if AccountInfo::<T>::is_contract(&dest) {
            return Err(Error::<T>::DuplicateContract.into());
        }
        let trie = child_info(&ContractInfo::<T>::new(&dest, nonce, code_hash)?.trie_id);
        let executable = Executable::Code(code);
        let meter = self.nested_meter(limits, &executable)?;
        let output = self.execute(Frame {
            account: T::AddressMapper::to_fallback_account_id(&dest),
            address: dest,
            caller: Origin::Signed(creator),
            value,
            entry: EntryPoint::Constructor,
            is_delegate: false,
            executable,
            immutables_of: dest,
            trie,
            input: Some(input),
            output: Vec::new(),
            read_only: false,
            allows_reentry: true,
            meter,
            effects: Effects { created: alloc::vec![dest], terminated: Vec::new() },
            reprice_base: true,
        })?;
        Ok((dest, output))
    }

    /// The meters of a callee. The caller pays for loading its code, so that a callee with a tight limit has all of it.
    fn nested_meter(
        &mut self,
        limits: CallLimits<BalanceOf<T>>,
        executable: &Executable,
    ) -> Result<FrameMeter<T>, ExecError> {
        self.price_pending()?;
        let deposit_left = self.deposit_left();
        if let Executable::Code(code) = executable {
            let price = if self.loaded.contains(code) {
                T::WeightInfo::load_code_again(code.len, code.load)
            } else {
                T::WeightInfo::load_code(code.len, code.load)
            };
            self.charge(price)?;
        }
        Ok(self.meter().nested(limits, deposit_left).map_err(|_| Error::<T>::OutOfGas)?)
    }

    /// Runs a frame in a storage layer and folds its meters into those below it.
    fn execute(&mut self, frame: Frame<T>) -> ExecResult {
        if self.frames.len() >= limits::FRAMES_MAX || !self.has_room(&frame) {
            return Err(Error::<T>::MaxCallDepthReached.into());
        }
        self.tell(|recorder| recorder.enter(&frame));
        self.transient.begin();
        self.frames.push(frame);
        let result: ExecResult = layered(|| {
            let result = self.run_top().map_err(|error| ExecError { error, origin: ErrorOrigin::Callee });
            match &result {
                Ok(output) if !output.did_revert() => TransactionOutcome::Commit(result),
                _ => TransactionOutcome::Rollback(result),
            }
        });
        let success = result.as_ref().is_ok_and(|output| !output.did_revert());
        self.transient.end(success);
        if let Some(Frame { meter, effects, .. }) = self.frames.pop() {
            self.tell(|recorder| {
                let message = self.refusal.as_ref().unwrap_or(&self.detail);
                recorder.leave::<T>(meter.weight.consumed(), meter.deposit.total(), &result, message);
            });
            self.meter().absorb(meter, success);
            if success {
                self.effects().absorb(effects);
            }
        }
        result
    }

    /// Whether the carrier has memory for one frame more. For a single one it always has.
    fn has_room(&self, frame: &Frame<T>) -> bool {
        let codes = self.frames.iter().chain([frame]).filter_map(|frame| match frame.executable {
            Executable::Code(code) => Some(code.load),
            Executable::Precompile(_) => None,
        });
        self.frames.is_empty() || T::Engine::has_room(codes)
    }

    fn effects(&mut self) -> &mut Effects {
        self.frames.last_mut().map_or(&mut self.effects, |frame| &mut frame.effects)
    }

    fn run_top(&mut self) -> Result<ExecReturnValue, DispatchError> {
        self.detail.clear();
        self.refusal = None;
        match self.top().entry {
            EntryPoint::Constructor => self.create_contract()?,
            EntryPoint::Migration => self.replace_code()?,
            EntryPoint::Call => (),
        }
        let Frame { caller, account, value, is_delegate, entry, executable, .. } = self.top();
        let executable = *executable;
        if !*is_delegate && *entry != EntryPoint::Migration {
            let (caller, account, value) = (caller.clone(), account.clone(), *value);
            self.transfer(&caller, &account, value)?;
        }
        let output = match executable {
            Executable::Code(code) => vm::run(self, code)?,
            Executable::Precompile(address) => precompiles::run(self, &address)?,
        };
        if !output.did_revert() {
            self.price_storage()?;
            self.report_call();
        }
        Ok(output)
    }

    /// Tells the chain that a contract was called, if it wants to know.
    fn report_call(&self) {
        let Frame { entry: EntryPoint::Call, is_delegate: false, executable: Executable::Code(_), .. } =
            self.top()
        else {
            return;
        };
        // Asked first, because an address is a hash.
        if T::EventLevel::get() < EventLevel::Everything {
            return;
        }
        let Frame { caller, address, .. } = self.top();
        let caller = caller.account().ok().map(T::AddressMapper::to_address);
        Pallet::<T>::emit(Event::Called { caller, contract: *address });
    }

    /// Makes account and record of the contract whose constructor is about to run. The record is there from the start, so
    /// that a roll-back finds all of it in one place; [`Self::contract`] hides it until the constructor is done.
    fn create_contract(&mut self) -> DispatchResult {
        let frame = self.top();
        let Executable::Code(FrameCode { hash: code_hash, .. }) = frame.executable else { return Ok(()) };
        let account = frame.account.clone();
        let creator = frame.caller.account()?.clone();
        let nonce = frame_system::Pallet::<T>::account_nonce(&creator);
        let contract = ContractInfo::<T>::new(&frame.address, nonce, code_hash)?;
        let existed = balance::has_any::<T>(&account);
        if !existed {
            balance::mint_existential_deposit::<T>(&account);
        }
        frame_system::Pallet::<T>::inc_consumers(&account)?;
        frame_system::Account::<T>::mutate(&account, |record| record.nonce = One::one());
        frame_system::Pallet::<T>::inc_account_nonce(&creator);
        if self.frames.len() == 1 && nonce.is_zero() {
            // An origin that signed nothing itself: its next contract must not have the same address.
            frame_system::Pallet::<T>::inc_account_nonce(&creator);
        }
        code::increment_refcount::<T>(code_hash)?;
        contract.store_new(&frame.address, existed);
        Ok(())
    }

    /// Moves `value` wei. An account that does not exist gets its existential deposit from the origin in addition.
    fn transfer(&mut self, from: &OriginOf<T>, to: &T::AccountId, value: U256) -> DispatchResult {
        if value.is_zero() {
            return Ok(());
        }
        let from = from.account()?;
        let mut existential_deposit = BalanceOf::<T>::zero();
        if !balance::has_any::<T>(to) {
            existential_deposit = T::Currency::minimum_balance();
            let payer = self.origin.account().map_err(|_| Error::<T>::StorageDepositNotEnoughFunds)?;
            T::Currency::transfer(payer, to, existential_deposit, Preservation::Preserve)
                .map_err(|_| Error::<T>::StorageDepositNotEnoughFunds)?;
        }
        balance::transfer::<T>(from, to, value)?;
        // Counted last: what failed above is rolled back by the caller and must not have been counted.
        self.meter().deposit.count(StorageDeposit::Charge(existential_deposit));
        Ok(())
    }

    /// A transfer that stands alone.
    fn transfer_layered(&mut self, from: &OriginOf<T>, to: &T::AccountId, value: U256) -> DispatchResult {
        layered(|| match self.transfer(from, to, value) {
            Ok(()) => TransactionOutcome::Commit(Ok(())),
            Err(error) => TransactionOutcome::Rollback(Err(error)),
        })
    }
}
