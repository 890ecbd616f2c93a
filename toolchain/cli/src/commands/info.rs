// SPDX-License-Identifier: Apache-2.0
//! `revive-vm info`: what the chain knows about a contract, an account or a code.

use alloy_primitives::U256;
use serde_json::json;

use crate::{
    abi::check_address,
    args::{Global, InfoArgs},
    chain::{address_of, address_of_named_account, Chain},
    error::{Error, Outcome, Result},
    output::{self, group_digits, grouped, hex, Lines},
};

/// Runs the command.
pub(crate) async fn run(global: &Global, args: &InfoArgs) -> Result<Outcome> {
    match Subject::parse(&args.subject)? {
        Subject::Address(address) => {
            let chain = Chain::connect(&global.url).await?;
            about_address(global, &chain, address).await
        }
        Subject::Code(hash) => {
            let chain = Chain::connect(&global.url).await?;
            about_code(global, &chain, hash).await
        }
    }
}

/// What is asked about.
#[derive(Debug, PartialEq, Eq)]
enum Subject {
    Address([u8; 20]),
    Code([u8; 32]),
}

impl Subject {
    fn parse(text: &str) -> Result<Self> {
        if let Some(address) = address_of_named_account(text) {
            return address.map(Self::Address);
        }
        let bytes = text.strip_prefix("0x").map(alloy_primitives::hex::decode);
        let Some(Ok(bytes)) = bytes else {
            return Err(Error::usage(format!(
                "`{text}` is neither 0x and hexadecimal digits nor an account, such as //Bob or in SS58 form"
            )));
        };
        if let Ok(address) = <[u8; 20]>::try_from(bytes.as_slice()) {
            check_address(text, &address).map_err(|why| Error::usage(format!("`{text}`: {why}")))?;
            return Ok(Self::Address(address));
        }
        let found = bytes.len();
        <[u8; 32]>::try_from(bytes).map(Self::Code).map_err(|_| {
            Error::usage(format!("expected 20 bytes (an address) or 32 bytes (a code hash), found {found}"))
        })
    }
}

async fn about_address(global: &Global, chain: &Chain, address: [u8; 20]) -> Result<Outcome> {
    let contract = chain.contract(address).await?;
    let balance = U256::from_le_bytes(chain.balance_of(address).await?).to_string();
    let account = chain.account_behind(address).await?;
    let mapped = contract.is_none() && address_of(&account) == address && account[20..] != [0xee; 12];
    let kind = match (&contract, mapped) {
        (Some(_), _) => "contract",
        (None, true) => "account",
        (None, false) => "unknown",
    };
    if global.json {
        let contract = contract.as_ref().map(|contract| {
            json!({
                "code_hash": hex(contract.code_hash),
                "storage_bytes": contract.storage_bytes,
                "storage_items": contract.storage_items,
                "storage_deposit": contract.storage_deposit.to_string(),
                "immutable_data_bytes": contract.immutable_data_bytes,
            })
        });
        output::print_json(&json!({
            "address": hex(address),
            "kind": kind,
            "account": hex(account),
            "balance_wei": balance,
            "contract": contract,
        }))?;
        return Ok(Outcome::Success);
    }
    let mut lines = Lines::default();
    lines.add("address", hex(address)).add(
        "kind",
        match kind {
            "contract" => "a contract",
            "account" => "an account that was mapped to this address",
            _ => "no contract, and no account was mapped to this address",
        },
    );
    lines.add("account", hex(account)).add("balance", format!("{} wei", group_digits(&balance)));
    if let Some(contract) = contract {
        lines
            .add("code hash", hex(contract.code_hash))
            .add(
                "storage",
                format!(
                    "{} items, {} bytes with their keys",
                    grouped(contract.storage_items),
                    grouped(contract.storage_bytes)
                ),
            )
            .add("immutable data", format!("{} bytes", grouped(contract.immutable_data_bytes)))
            .add("deposit", chain.unit().show(contract.storage_deposit));
    }
    output::print(&lines.render(0))?;
    Ok(Outcome::Success)
}

async fn about_code(global: &Global, chain: &Chain, code_hash: [u8; 32]) -> Result<Outcome> {
    let Some(code) = chain.code(code_hash).await? else {
        return Err(Error::new(format!("the chain has no code {}", hex(code_hash)))
            .hint("check the hash and the chain (--url); `revive-vm upload BLOB --execute` stores code"));
    };
    if global.json {
        output::print_json(&json!({
            "code_hash": hex(code_hash),
            "kind": "code",
            "owner": hex(code.owner),
            "deposit": code.deposit.to_string(),
            "contracts": code.contracts,
            "bytes": code.bytes,
            "behaviour_version": code.behaviour_version,
            "gas_model": code.gas_model,
            "isa": code.isa,
        }))?;
        return Ok(Outcome::Success);
    }
    let gas_model = revive_vm_primitives::GasModel::from_id(code.gas_model)
        .map_or_else(|| format!("number {}", code.gas_model), |model| model.name().to_string());
    let isa = revive_vm_primitives::InstructionSet::from_version_byte(code.isa)
        .map_or_else(|| format!("number {}", code.isa), |isa| isa.name().to_string());
    let mut lines = Lines::default();
    lines
        .add("code hash", hex(code_hash))
        .add("size", format!("{} bytes", grouped(code.bytes)))
        .add("contracts", grouped(code.contracts))
        .add("owner", hex(code.owner))
        .add("deposit", chain.unit().show(code.deposit))
        .add("behaviour", format!("version {} of the host functions", code.behaviour_version))
        .add("instruction set", isa)
        .add("gas model", gas_model);
    output::print(&lines.render(0))?;
    Ok(Outcome::Success)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_addresses_and_code_hashes_are_told_apart() {
        let alice = Subject::parse("//Alice").unwrap();
        assert_eq!(Subject::parse("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY").unwrap(), alice);
        assert_eq!(Subject::parse("0x9621dde636de098b43efb0fa9b61facfe328f99d").unwrap(), alice);
        assert_eq!(Subject::parse(&format!("0x{}", "11".repeat(32))).unwrap(), Subject::Code([0x11; 32]));
        let error = |text: &str| Subject::parse(text).unwrap_err().to_string();
        assert!(error("0x12").contains("found 1"));
        assert!(error("Alice").contains("//Bob"));
        assert!(error("0x9621dDe636de098b43efb0fa9b61facfe328f99d").contains("wrong checksum"));
    }
}
