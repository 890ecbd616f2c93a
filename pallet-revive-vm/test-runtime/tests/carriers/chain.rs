// SPDX-License-Identifier: Apache-2.0
//! A chain in one of four places, driven from outside as a node drives it: blocks of signed transactions, and the runtime API.
//!
//! Everything goes through the runtime's interface by name and as bytes, in all places alike. What comes back is kept in a trace:
//! results with weight, gas, deposits and output, events, the root of the state after each step.

use codec::{Decode, Encode};
use frame_support::weights::{constants::WEIGHT_REF_TIME_PER_SECOND, Weight};
use pallet_revive_vm::{
    engine::switched::Carrier,
    estimate::{Estimate, Limits},
    tracing::{Trace, TraceOptions},
    AccountId32Mapper, AddressMapper, Call, Code, CodeUploadReturnValue, ContractResult, Event,
    ExecReturnValue, InstantiateReturnValue, TracedResult,
};
use revive_vm_carriers::{
    api, Balance, Block, Header, Runtime, RuntimeCall, RuntimeEvent, RuntimeGenesisConfig, System,
    UncheckedExtrinsic, EMBEDDED_WASM, HOST_WASM,
};
use sc_executor::WasmExecutor;
use sp_core::{
    crypto::Pair,
    ed25519,
    traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode},
    H160, H256, U256,
};
use sp_externalities::Externalities;
use sp_runtime::{
    generic::SignedPayload, traits::Header as HeaderT, AccountId32, ApplyExtrinsicResult, BuildStorage,
    DispatchError, MultiSignature, StateVersion,
};
use std::sync::OnceLock;

/// The host functions of a node that has ours.
type WithOurs = (sp_io::SubstrateHostFunctions, revive_vm_runtime_interface::HostFunctions);

/// Where a chain runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A native runtime over the executor.
    NativeHost,
    /// A native runtime over the interpreter.
    NativeEmbedded,
    /// A wasm runtime over the host functions.
    WasmHost,
    /// A wasm runtime with the interpreter inside, in an executor that has no host functions of ours.
    WasmEmbedded,
}

impl Place {
    pub(crate) const ALL: [Self; 4] =
        [Self::NativeHost, Self::NativeEmbedded, Self::WasmHost, Self::WasmEmbedded];
}

/// A weight that nothing here reaches. No more than a block's, which is what a dry run has at most.
pub(crate) const ENOUGH: Weight = Weight::from_parts(WEIGHT_REF_TIME_PER_SECOND, u64::MAX / 4);

/// Traces with all there is.
const EVERYTHING: TraceOptions = TraceOptions { host_calls: true, memory: true, bytes_max: None };

/// The time of the first block, in milliseconds.
pub(crate) const BEGIN: u64 = 1_700_000_000_000;

/// Who sends transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum User {
    Alice,
    Bob,
}

impl User {
    fn pair(self) -> ed25519::Pair {
        ed25519::Pair::from_seed(&[1 + self as u8; 32])
    }

    pub(crate) fn account(self) -> AccountId32 {
        AccountId32::new(self.pair().public().0)
    }

    pub(crate) fn address(self) -> H160 {
        AccountId32Mapper::<Runtime>::to_address(&self.account())
    }
}

/// What one step showed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    what: String,
    outcome: String,
    events: Vec<RuntimeEvent>,
    root: Vec<u8>,
}

/// A chain, in a block that is being built.
pub(crate) struct Chain {
    place: Place,
    state: sp_io::TestExternalities,
    trace: Vec<Step>,
    /// The blocks that are done.
    blocks: Vec<Block>,
    /// The transactions of the block that is being built.
    extrinsics: Vec<UncheckedExtrinsic>,
    /// Events of the block that were looked at.
    seen: usize,
    salts: u32,
    now: u64,
}

fn genesis() -> sp_io::TestExternalities {
    let users = [User::Alice, User::Bob].map(User::account);
    let config = RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig {
            balances: users.iter().map(|user| (user.clone(), 1_000_000_000_000)).collect(),
            ..Default::default()
        },
        revive: pallet_revive_vm::GenesisConfig { mapped_accounts: users.to_vec(), ..Default::default() },
        ..Default::default()
    };
    sp_io::TestExternalities::new(config.build_storage().expect("the genesis is sound"))
}

fn in_wasm(
    executor: &impl CodeExecutor,
    wasm: Option<&'static [u8]>,
    state: &mut sp_io::TestExternalities,
    method: &str,
    arguments: &[u8],
) -> Result<Vec<u8>, String> {
    let wasm = wasm.expect("the wasm runtimes were built; unset SKIP_WASM_BUILD");
    let fetcher = WrappedRuntimeCode(wasm.into());
    let code = RuntimeCode { code_fetcher: &fetcher, heap_pages: None, hash: vec![0; 32] };
    let context = CallContext::Onchain { import: true };
    executor.call(&mut state.ext(), &code, method, arguments, context).0.map_err(|error| error.to_string())
}

/// Runs a method of the runtime's interface.
fn run(
    place: Place,
    state: &mut sp_io::TestExternalities,
    method: &str,
    arguments: &[u8],
) -> Result<Vec<u8>, String> {
    static WITH_OURS: OnceLock<WasmExecutor<WithOurs>> = OnceLock::new();
    static STOCK: OnceLock<WasmExecutor<sp_io::SubstrateHostFunctions>> = OnceLock::new();
    let mut natively = |carrier: Carrier| {
        carrier.choose();
        state.execute_with(|| api::dispatch(method, arguments)).ok_or(format!("no method {method}"))
    };
    match place {
        Place::NativeHost => natively(Carrier::Host),
        Place::NativeEmbedded => natively(Carrier::Embedded),
        Place::WasmHost => in_wasm(
            WITH_OURS.get_or_init(|| WasmExecutor::builder().build()),
            HOST_WASM,
            state,
            method,
            arguments,
        ),
        Place::WasmEmbedded => in_wasm(
            STOCK.get_or_init(|| WasmExecutor::builder().build()),
            EMBEDDED_WASM,
            state,
            method,
            arguments,
        ),
    }
}

impl Chain {
    /// A fresh chain in its first block.
    pub(crate) fn new(place: Place) -> Self {
        let mut chain = Self {
            place,
            state: genesis(),
            trace: Vec::new(),
            blocks: Vec::new(),
            extrinsics: Vec::new(),
            seen: 0,
            salts: 0,
            now: BEGIN,
        };
        chain.begin_block();
        chain
    }

    /// Asks the runtime.
    fn ask<R: Decode>(&mut self, method: &str, arguments: impl Encode) -> R {
        let bytes = run(self.place, &mut self.state, method, &arguments.encode())
            .unwrap_or_else(|error| panic!("{method} on {:?}: {error}", self.place));
        R::decode(&mut &bytes[..]).expect("the runtime answers in the types of its interface")
    }

    fn begin_block(&mut self) {
        let parent = self.blocks.last().map_or(H256::zero(), |block| block.header.hash());
        let number = self.blocks.len() as u32 + 1;
        let header = Header::new(number, H256::zero(), H256::zero(), parent, Default::default());
        let _: sp_runtime::ExtrinsicInclusionMode = self.ask("Core_initialize_block", header);
        self.seen = 0;
        let time = pallet_timestamp::Call::set { now: self.now };
        let applied = self.apply(UncheckedExtrinsic::new_bare(time.into()));
        assert_eq!(applied, Ok(Ok(())));
    }

    fn end_block(&mut self) {
        let header: Header = self.ask("BlockBuilder_finalize_block", ());
        self.note("block".into(), format!("{header:?}"));
        self.blocks.push(Block { header, extrinsics: core::mem::take(&mut self.extrinsics) });
        // As a node does. It keeps what a root has to be computed over small.
        self.state.commit_all().expect("no layer of storage is open between blocks");
    }

    /// Ends the block and begins one with a later time.
    pub(crate) fn wait(&mut self, seconds: u64) {
        self.end_block();
        self.now += 1000 * seconds;
        self.begin_block();
    }

    /// Ends the block, executes all blocks again from the beginning as a node that imports them does, and hands out the trace.
    pub(crate) fn finish(mut self) -> Vec<Step> {
        self.end_block();
        let mut again = genesis();
        for block in &self.blocks {
            run(self.place, &mut again, "Core_execute_block", &block.encode())
                .unwrap_or_else(|error| panic!("importing a block on {:?}: {error}", self.place));
        }
        assert_eq!(
            again.ext().storage_root(StateVersion::V1),
            self.state.ext().storage_root(StateVersion::V1)
        );
        self.trace
    }

    fn apply(&mut self, extrinsic: UncheckedExtrinsic) -> ApplyExtrinsicResult {
        let applied = self.ask("BlockBuilder_apply_extrinsic", &extrinsic);
        self.extrinsics.push(extrinsic);
        applied
    }

    /// Keeps what a step showed.
    fn note(&mut self, what: String, outcome: String) {
        let events = self.new_events();
        let root = self.state.ext().storage_root(StateVersion::V1);
        self.trace.push(Step { what, outcome, events, root });
    }

    fn new_events(&mut self) -> Vec<RuntimeEvent> {
        let mut key = sp_io::hashing::twox_128(b"System").to_vec();
        key.extend_from_slice(&sp_io::hashing::twox_128(b"Events"));
        let bytes = self.state.ext().storage(&key).unwrap_or_default();
        type Records = Vec<frame_system::EventRecord<RuntimeEvent, H256>>;
        let records = Records::decode(&mut &bytes[..]).unwrap_or_default();
        let new: Vec<_> = records.into_iter().skip(self.seen).map(|record| record.event).collect();
        self.seen += new.len();
        new
    }

    /// Sends a transaction.
    pub(crate) fn send(&mut self, from: User, call: impl Into<RuntimeCall>) -> Result<(), DispatchError> {
        let call = call.into();
        // The creation of contracts raises it too.
        let nonce = self.state.execute_with(|| System::account_nonce(from.account()));
        let check = frame_system::CheckNonce::<Runtime>::from(nonce);
        let payload = SignedPayload::from_raw(call.clone(), check.clone(), ());
        let signature = payload.using_encoded(|bytes| from.pair().sign(bytes));
        let extrinsic =
            UncheckedExtrinsic::new_signed(call, from.account(), MultiSignature::Ed25519(signature), check);
        let applied = self.apply(extrinsic);
        self.note("transaction".into(), format!("{applied:?}"));
        applied.expect("the transaction is valid")
    }

    /// Uploads code.
    pub(crate) fn upload(
        &mut self,
        from: User,
        code: &[u8],
        behaviour_version: u32,
    ) -> Result<H256, DispatchError> {
        let dry: Result<CodeUploadReturnValue<Balance>, DispatchError> =
            self.ask("ReviveApi_upload_code", (from.account(), code, None::<Balance>));
        self.note("upload, dry".into(), format!("{dry:?}"));
        let call = Call::upload_code_with_behaviour {
            code: code.to_vec(),
            storage_deposit_limit: Balance::MAX,
            behaviour_version,
        };
        self.send(from, call).map(|()| H256(sp_io::hashing::keccak_256(code)))
    }

    /// Creates a contract, dry and then by transaction. Both must come to the same end.
    pub(crate) fn instantiate(
        &mut self,
        from: User,
        value: Balance,
        code_hash: H256,
        data: &[u8],
        salt: Option<[u8; 32]>,
    ) -> ContractResult<InstantiateReturnValue, Balance> {
        let code = Code::Existing(code_hash);
        let limit = Some(ENOUGH);
        let dry: ContractResult<InstantiateReturnValue, Balance> = self
            .ask("ReviveApi_instantiate", (from.account(), value, limit, None::<Balance>, code, data, salt));
        self.note("instantiate, dry".into(), format!("{dry:?}"));
        let call = Call::instantiate {
            value,
            weight_limit: ENOUGH,
            storage_deposit_limit: Balance::MAX,
            code_hash,
            data: data.to_vec(),
            salt,
        };
        let sent = self.send(from, call);
        assert_eq!(sent.is_ok(), dry.result.as_ref().is_ok_and(|created| !created.result.did_revert()));
        dry
    }

    /// Asks what a call by `from` would come to.
    pub(crate) fn dry_call(
        &mut self,
        from: User,
        dest: H160,
        value: Balance,
        weight: Weight,
        data: &[u8],
    ) -> ContractResult<ExecReturnValue, Balance> {
        self.ask("ReviveApi_call", (from.account(), dest, value, Some(weight), None::<Balance>, data))
    }

    /// Calls a contract, dry and then by transaction. Both must come to the same end.
    pub(crate) fn call(
        &mut self,
        from: User,
        dest: H160,
        value: Balance,
        weight: Weight,
        data: &[u8],
    ) -> ContractResult<ExecReturnValue, Balance> {
        let dry = self.dry_call(from, dest, value, weight, data);
        self.note("call, dry".into(), format!("{dry:?}"));
        let call = Call::call {
            dest,
            value,
            weight_limit: weight,
            storage_deposit_limit: Balance::MAX,
            data: data.to_vec(),
        };
        let sent = self.send(from, call);
        assert_eq!(
            sent.is_ok(),
            dry.result.as_ref().is_ok_and(|output| !output.did_revert()),
            "{sent:?} {dry:?}"
        );
        dry
    }

    /// Traces a call by Alice, and estimates it.
    pub(crate) fn look_into(&mut self, dest: H160, value: Balance, weight: Weight, data: &[u8]) -> Trace {
        let (from, none) = (User::Alice.account(), None::<Balance>);
        let terms = (from.clone(), dest, value, Some(weight), none, data);
        let dry: ContractResult<ExecReturnValue, Balance> = self.ask("ReviveApi_call", terms.clone());
        let traced: TracedResult<ExecReturnValue, Balance> =
            self.ask("ReviveApi_trace_call", (terms.clone(), EVERYTHING));
        assert_eq!(traced.outcome, dry);
        let estimate: Estimate<ExecReturnValue, Balance> = self.ask("ReviveApi_estimate_call", terms);
        if let Some(Limits { weight, storage_deposit }) = estimate.limits {
            let limits = (from, dest, value, Some(weight), Some(storage_deposit), data);
            let exact: ContractResult<ExecReturnValue, Balance> = self.ask("ReviveApi_call", limits);
            assert_eq!(exact, estimate.outcome);
            assert!(exact.result.is_ok_and(|output| !output.did_revert()));
        }
        self.note("trace".into(), format!("{traced:?}"));
        self.note("estimate".into(), format!("{estimate:?}"));
        traced.trace
    }

    /// Ends the block, and traces each of its transactions as a node does: in the state that the block before left behind.
    pub(crate) fn trace_block(&mut self) -> Vec<Trace> {
        self.wait(6);
        let (block, before) = self.blocks.split_last().expect("a block has ended");
        let trace = |index: usize| {
            let mut state = genesis();
            for block in before {
                run(self.place, &mut state, "Core_execute_block", &block.encode())
                    .expect("it was executed before");
                state.commit_all().expect("no layer of storage is open between blocks");
            }
            let arguments = (block, index as u32, EVERYTHING).encode();
            let bytes =
                run(self.place, &mut state, "ReviveApi_trace_tx", &arguments).expect("it can be traced");
            Option::<Trace>::decode(&mut &bytes[..]).expect("it is a trace")
        };
        assert_eq!(trace(block.extrinsics.len()), None);
        let traces = (0..block.extrinsics.len()).map(|index| trace(index).expect("there is one")).collect();
        self.note("traces of a block".into(), format!("{traces:?}"));
        traces
    }

    /// A new contract of Alice's with this blob, under its own salt.
    #[track_caller]
    pub(crate) fn deploy(&mut self, blob: &[u8], value: Balance, data: &[u8]) -> H160 {
        let hash = self.upload(User::Alice, blob, 1).expect("the blob is good");
        let mut salt = [0; 32];
        salt[..4].copy_from_slice(&self.salts.to_le_bytes());
        self.salts += 1;
        let created = self.instantiate(User::Alice, value, hash, data, Some(salt));
        created.result.unwrap_or_else(|error| panic!("deploy failed: {error:?}")).addr
    }

    /// The output of a call by Alice, whatever it is; `None` after an error.
    pub(crate) fn ask_contract(&mut self, dest: H160, data: &[u8]) -> Option<Vec<u8>> {
        self.call(User::Alice, dest, 0, ENOUGH, data).result.ok().map(|output| output.data)
    }

    /// Wei that an address can spend.
    pub(crate) fn balance(&mut self, of: H160) -> U256 {
        self.ask("ReviveApi_balance", of)
    }

    /// What contracts emitted in the last step.
    pub(crate) fn emitted(&self) -> Vec<(H160, Vec<H256>, Vec<u8>)> {
        let events = self.trace.last().map(|step| step.events.clone()).unwrap_or_default();
        let emitted = |event| match event {
            RuntimeEvent::Revive(Event::ContractEmitted { contract, data, topics }) => {
                Some((contract, topics, data))
            }
            _ => None,
        };
        events.into_iter().filter_map(emitted).collect()
    }
}

/// Plays a scenario in all places and compares.
#[track_caller]
pub(crate) fn same_everywhere(scenario: impl Fn(&mut Chain)) {
    crate::cryptography::provide();
    let [first, others @ ..] = Place::ALL.map(|place| {
        let mut chain = Chain::new(place);
        scenario(&mut chain);
        (place, chain.finish())
    });
    for (place, trace) in others {
        for (number, (expected, found)) in first.1.iter().zip(&trace).enumerate() {
            assert_eq!(expected, found, "step {number}: {:?}, then {place:?}", first.0);
        }
        assert_eq!(first.1.len(), trace.len());
    }
}
