// SPDX-License-Identifier: Apache-2.0
//! The node's client: connecting, asking the runtime, amounts in the chain's unit.
//!
//! Everything is asked at the best block, not at the last finalised one: a development node may finalise nothing until
//! the next transaction comes. Submitting is in [`submit`], errors of the runtime in [`errors`].

pub(crate) mod errors;
pub(crate) mod submit;
pub(crate) mod trace;
pub(crate) mod types;

use std::{str::FromStr, sync::Arc};

use codec::{Decode, Encode};
use serde_json::{Map, Value};
use subxt::{
    backend::LegacyBackend,
    client::OnlineClientAtBlock,
    config::substrate::H256,
    config::RpcConfigFor,
    rpcs::{methods::legacy::LegacyRpcMethods, RpcClient},
    utils::AccountId32,
    OnlineClient, SubstrateConfig,
};
use subxt_signer::{sr25519::Keypair, SecretUri};

use crate::{
    error::{chain_of, one_line, root_of, Error, Result},
    output::{grouped, keccak_256},
};
use types::{
    trailing_message, Balance, Code, CodeDescription, CodeRefusal, CodeUploadReturnValue,
    ContractDescription, ContractResult, DispatchError, ExecReturnValue, InstantiateReturnValue, Weight,
};

/// Name of the contracts pallet in the runtime.
pub(crate) const PALLET: &str = "Revive";
/// Name of its runtime API.
const RUNTIME_API: &str = "ReviveApi";

/// An address of a contract or an account on the contracts' side.
pub(crate) type Address = [u8; 20];
/// An account of the chain.
pub(crate) type Account = [u8; 32];

/// Who signs.
pub(crate) struct Signer {
    keypair: Keypair,
    suri: String,
}

impl Signer {
    /// The key pair of a secret URI: `//Alice`, a mnemonic phrase or a `0x` seed, each with an optional path.
    pub(crate) fn from_suri(suri: &str) -> Result<Self> {
        // The reasons must not repeat the text: it may be a secret.
        let unusable = |why: String| {
            Error::new(format!("the secret of the signer is not usable: {why}"))
                .hint("--suri takes a development account such as //Alice, a mnemonic phrase in quotes, or a 0x seed")
        };
        let uri = SecretUri::from_str(suri).map_err(|error| unusable(error.to_string()))?;
        let keypair = Keypair::from_uri(&uri).map_err(|error| unusable(error.to_string()))?;
        Ok(Self { keypair, suri: suri.to_string() })
    }

    /// The account.
    pub(crate) fn account(&self) -> Account {
        self.keypair.public_key().0
    }

    /// The address that stands for the account on the contracts' side.
    pub(crate) fn address(&self) -> Address {
        address_of(&self.account())
    }

    /// How to give this signer again on the command line: the path of a development account, else a placeholder,
    /// since secrets do not belong into advice.
    pub(crate) fn argument(&self) -> &str {
        if self.suri.starts_with("//") && !self.suri.contains("///") {
            &self.suri
        } else {
            "…"
        }
    }
}

/// The address of an account: its first 20 bytes if the rest is 0xEE, else the last 20 bytes of its Keccak-256 hash
/// (contract interface, section 14.1).
pub(crate) fn address_of(account: &Account) -> Address {
    let hash = keccak_256(account);
    let (head, tail) = account.split_at(20);
    let source = if tail == [0xee; 12] { head } else { hash.split_at(12).1 };
    let mut address = [0; 20];
    address.copy_from_slice(source);
    address
}

/// Accounts, such as `//Bob` or in SS58 form, stand for their address where a Solidity function wants one.
pub(crate) fn address_of_named_account(text: &str) -> Option<Result<Address>> {
    if text.starts_with("//") {
        return Some(Signer::from_suri(text).map(|signer| signer.address()));
    }
    text.parse::<AccountId32>().ok().map(|account| Ok(address_of(&account.0)))
}

/// The chain's unit, as its specification says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    symbol: String,
    /// `None` if the specification says something else than a number: then nobody knows what a unit is.
    decimals: Option<u32>,
}

impl Unit {
    /// Characters of a symbol that are shown.
    const SYMBOL_CHARS_MAX: usize = 16;

    /// A unit with that symbol, of so many decimals.
    #[cfg(test)]
    pub(crate) fn new(symbol: &str, decimals: u32) -> Self {
        Self { symbol: symbol.into(), decimals: Some(decimals) }
    }

    /// From the properties of a chain. Where it has several tokens, the first one is that of fees and deposits.
    fn from_properties(properties: &Map<String, Value>) -> Self {
        let first = |name: &str| match properties.get(name) {
            Some(Value::Array(values)) => values.first(),
            other => other.filter(|value| !value.is_null()),
        };
        let symbol = first("tokenSymbol").and_then(Value::as_str).filter(|symbol| !symbol.trim().is_empty());
        let decimals =
            first("tokenDecimals").map(|value| value.as_u64().and_then(|it| u32::try_from(it).ok()));
        Self {
            symbol: symbol.unwrap_or("UNIT").chars().take(Self::SYMBOL_CHARS_MAX).collect(),
            // What a chain has that does not say.
            decimals: decimals.unwrap_or(Some(12)),
        }
    }

    /// An amount for people: in units, with the decimals that it has. In the smallest unit, and without a symbol, if it is not known
    /// how many make a unit, or too many for any amount to reach one.
    pub(crate) fn show(&self, amount: Balance) -> String {
        let scale =
            self.decimals.and_then(|decimals| Some((decimals as usize, 10u128.checked_pow(decimals)?)));
        let Some((width, scale)) = scale else { return grouped(amount) };
        let whole = grouped(amount / scale);
        let part = format!("{:0width$}", amount % scale);
        let part = part.trim_end_matches('0');
        if part.is_empty() {
            format!("{whole} {}", self.symbol)
        } else {
            format!("{whole}.{part} {}", self.symbol)
        }
    }
}

/// A connection to a node, looking at the block that was the best one when it was made.
pub(crate) struct Chain {
    rpc: LegacyRpcMethods<RpcConfigFor<SubstrateConfig>>,
    at: OnlineClientAtBlock<SubstrateConfig>,
    unit: Unit,
}

impl Chain {
    /// Connects to the node at `url` and checks that its runtime has the contracts pallet.
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        let client = RpcClient::from_insecure_url(url).await.map_err(|error| {
            Error::new(format!("failed to reach a node at {url}: {}", root_of(&error))).hint(
                "start one with `revive-vm-node --dev`, or say where it answers with --url ws://HOST:PORT",
            )
        })?;
        let rpc = LegacyRpcMethods::new(client.clone());
        let backend = LegacyBackend::<SubstrateConfig>::builder().build(client);
        let client = OnlineClient::<SubstrateConfig>::from_backend(Arc::new(backend))
            .await
            .map_err(|error| talking("asking for the genesis block", &error))?;
        let best = rpc
            .chain_get_block_hash(None)
            .await
            .map_err(|error| talking("asking for the best block", &error))?
            .ok_or_else(|| Error::new(format!("the node at {url} has no blocks yet")))?;
        let at =
            client.at_block(best).await.map_err(|error| talking("reading the runtime's metadata", &error))?;
        if at.metadata_ref().runtime_api_trait_by_name(RUNTIME_API).is_none() {
            return Err(Error::new(format!(
                "the runtime of the node at {url} has no `{RUNTIME_API}`: it runs no contracts"
            ))
            .hint("connect to a node that has the contracts pallet, such as `revive-vm-node --dev`"));
        }
        let properties =
            rpc.system_properties().await.map_err(|error| talking("asking for the chain's unit", &error))?;
        let unit = Unit::from_properties(&properties);
        Ok(Self { rpc, at, unit })
    }

    /// The chain's unit.
    pub(crate) fn unit(&self) -> &Unit {
        &self.unit
    }

    /// The client at the best block.
    pub(crate) fn at(&self) -> &OnlineClientAtBlock<SubstrateConfig> {
        &self.at
    }

    /// The node's own methods.
    fn rpc(&self) -> &LegacyRpcMethods<RpcConfigFor<SubstrateConfig>> {
        &self.rpc
    }

    /// Calls a method of the contracts pallet's runtime API and returns the encoded result.
    pub(crate) async fn ask(&self, method: &str, params: &impl Encode) -> Result<Vec<u8>> {
        self.ask_encoded(method, &params.encode()).await
    }

    /// As [`ask`](Self::ask), with parameters that are encoded already.
    async fn ask_encoded(&self, method: &str, params: &[u8]) -> Result<Vec<u8>> {
        self.ask_at(method, params, self.at.block_hash()).await
    }

    /// As [`ask`](Self::ask), in the state behind another block.
    async fn ask_at(&self, method: &str, params: &[u8], block: H256) -> Result<Vec<u8>> {
        let function = format!("{RUNTIME_API}_{method}");
        self.rpc.state_call(&function, Some(params), Some(block)).await.map_err(|error| {
            let failed = talking(&format!("calling {function}"), &error);
            match error {
                // The node has answered.
                subxt::rpcs::Error::User(_) => failed.hint(
                    "if the runtime does not have this function, it is older than this version of revive-vm",
                ),
                _ => failed,
            }
        })
    }

    /// As [`ask`](Self::ask), with the result decoded.
    async fn ask_for<T: Decode>(&self, method: &str, params: &impl Encode) -> Result<T> {
        let bytes = self.ask(method, params).await?;
        T::decode(&mut &bytes[..]).map_err(|error| undecodable(method, &bytes, &error))
    }

    /// Dry run of a call. Missing limits are the highest possible ones.
    pub(crate) async fn dry_call(
        &self,
        origin: Account,
        dest: Address,
        value: Balance,
        weight_limit: Option<Weight>,
        deposit_limit: Option<Balance>,
        input: &[u8],
    ) -> Result<ContractResult<ExecReturnValue>> {
        let bytes = self.ask("call", &(origin, dest, value, weight_limit, deposit_limit, input)).await?;
        ContractResult::decode(&mut &bytes[..]).map_err(|error| undecodable("call", &bytes, &error))
    }

    /// Dry run of an instantiation. Missing limits are the highest possible ones.
    #[allow(clippy::too_many_arguments, reason = "these are the parameters of the runtime API")]
    pub(crate) async fn dry_instantiate(
        &self,
        origin: Account,
        value: Balance,
        weight_limit: Option<Weight>,
        deposit_limit: Option<Balance>,
        code: &Code,
        data: &[u8],
        salt: Option<[u8; 32]>,
    ) -> Result<ContractResult<InstantiateReturnValue>> {
        let params = (origin, value, weight_limit, deposit_limit, code, data, salt);
        let bytes = self.ask("instantiate", &params).await?;
        ContractResult::decode(&mut &bytes[..]).map_err(|error| undecodable("instantiate", &bytes, &error))
    }

    /// Dry run of an upload: hash and deposit, or why it would be refused, with details where the runtime gives any.
    pub(crate) async fn dry_upload(
        &self,
        origin: Account,
        code: &[u8],
        deposit_limit: Option<Balance>,
    ) -> Result<Result<CodeUploadReturnValue, (DispatchError, String)>> {
        let bytes = self.ask("upload_code", &(origin, code, deposit_limit)).await?;
        let mut input = &bytes[..];
        let decoded = Result::<CodeUploadReturnValue, DispatchError>::decode(&mut input)
            .and_then(|result| Ok((result, trailing_message(&mut input)?)));
        let (result, detail) = decoded.map_err(|error| undecodable("upload_code", &bytes, &error))?;
        Ok(result.map_err(|error| (error, detail)))
    }

    /// What the runtime says about a blob that it refuses; `None` if it takes the blob or does not say.
    pub(crate) async fn refusal(&self, code: &[u8]) -> Option<String> {
        let checked: Result<[u8; 32], CodeRefusal> = self.ask_for("check_code", &code).await.ok()?;
        checked.err().map(|refusal| String::from_utf8_lossy(&refusal.detail).into_owned())
    }

    /// The contract at an address.
    pub(crate) async fn contract(&self, address: Address) -> Result<Option<ContractDescription>> {
        self.ask_for("contract_info", &address).await
    }

    /// The code with this hash.
    pub(crate) async fn code(&self, code_hash: [u8; 32]) -> Result<Option<CodeDescription>> {
        self.ask_for("code_info", &code_hash).await
    }

    /// The account that an address stands for: a mapped account, or the one that belongs to every address by itself.
    pub(crate) async fn account_behind(&self, address: Address) -> Result<Account> {
        self.ask_for("account_id", &address).await
    }

    /// Whether an account may call and create contracts.
    pub(crate) async fn is_mapped(&self, account: Account) -> Result<bool> {
        Ok(self.account_behind(address_of(&account)).await? == account)
    }

    /// The balance of an address as contracts see it: 256 bits, little endian, in wei.
    pub(crate) async fn balance_of(&self, address: Address) -> Result<[u8; 32]> {
        self.ask_for("balance", &address).await
    }
}

/// Something went wrong between the node and us.
pub(crate) fn talking(what: &str, error: &dyn std::error::Error) -> Error {
    Error::new(format!("{what} failed: {}", chain_of(error)))
}

fn undecodable(method: &str, bytes: &[u8], error: &codec::Error) -> Error {
    Error::new(format!(
        "the result of {RUNTIME_API}_{method}, {} bytes, has an unknown layout: {}",
        bytes.len(),
        one_line(&error.to_string())
    ))
    .hint("this version of revive-vm and the node's runtime do not fit together")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn amounts_are_shown_in_units() {
        let unit = Unit::new("UNIT", 12);
        assert_eq!(unit.show(0), "0 UNIT");
        assert_eq!(unit.show(1_500_000_000_000), "1.5 UNIT");
        assert_eq!(unit.show(1), "0.000000000001 UNIT");
        assert_eq!(unit.show(1_234_000_000_000_000_000), "1,234,000 UNIT");
        assert_eq!(Unit::new("X", 38).show(u128::MAX), "3.40282366920938463463374607431768211455 X");
        assert_eq!(Unit::new("X", 39).show(5000), "5,000");
        assert_eq!(Unit::new("X", 255).show(5000), "5,000");
        assert_eq!(Unit::new("X", u32::MAX).show(5000), "5,000");
        assert_eq!(Unit::new("X", 0).show(5000), "5,000 X");
    }

    #[test]
    fn units_are_what_the_chain_says_as_far_as_it_can_be_understood() {
        let shown = |properties: Value| {
            Unit::from_properties(properties.as_object().unwrap()).show(1_500_000_000_000)
        };
        for (properties, expected) in [
            (json!({}), "1.5 UNIT"),
            (json!({ "tokenSymbol": null, "tokenDecimals": null }), "1.5 UNIT"),
            (json!({ "tokenSymbol": "DOT", "tokenDecimals": 10 }), "150 DOT"),
            (json!({ "tokenSymbol": ["DOT", "X"], "tokenDecimals": [10, 3] }), "150 DOT"),
            (json!({ "tokenSymbol": [], "tokenDecimals": [] }), "1.5 UNIT"),
            (json!({ "tokenSymbol": 7, "tokenDecimals": 0 }), "1,500,000,000,000 UNIT"),
            (json!({ "tokenSymbol": " ", "tokenDecimals": 12 }), "1.5 UNIT"),
            (json!({ "tokenDecimals": "12" }), "1,500,000,000,000"),
            (json!({ "tokenDecimals": -1 }), "1,500,000,000,000"),
            (json!({ "tokenDecimals": 1.5 }), "1,500,000,000,000"),
            (json!({ "tokenDecimals": 1u64 << 40 }), "1,500,000,000,000"),
            (json!({ "tokenDecimals": [[12]] }), "1,500,000,000,000"),
        ] {
            assert_eq!(shown(properties.clone()), expected, "{properties}");
        }
        assert_eq!(shown(json!({ "tokenSymbol": "a".repeat(1000) })), format!("1.5 {}", "a".repeat(16)));
    }

    #[test]
    fn addresses_of_development_accounts() {
        let alice = Signer::from_suri("//Alice").unwrap();
        // Public knowledge: every development chain has this account.
        assert_eq!(
            crate::output::hex(alice.account()),
            "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"
        );
        assert_eq!(crate::output::hex(alice.address()), "0x9621dde636de098b43efb0fa9b61facfe328f99d");
        let mut fallback = [0xee; 32];
        fallback[..20].copy_from_slice(&[7; 20]);
        assert_eq!(address_of(&fallback), [7; 20]);
        assert_eq!(address_of_named_account("//Alice").unwrap().unwrap(), alice.address());
        assert!(address_of_named_account("0x00").is_none());
        let ss58 = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
        assert_eq!(address_of_named_account(ss58).unwrap().unwrap(), alice.address());
        let mistyped = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ";
        assert!(address_of_named_account(mistyped).is_none());
    }

    #[test]
    fn secrets_are_not_repeated_in_messages() {
        let error = Signer::from_suri("not a real mnemonic phrase").err().unwrap();
        assert!(!error.to_string().contains("not a real"), "{error}");
        let signer = Signer::from_suri("//Alice///password").unwrap();
        assert_eq!(signer.argument(), "…");
        assert_eq!(Signer::from_suri("//Alice").unwrap().argument(), "//Alice");
    }
}
