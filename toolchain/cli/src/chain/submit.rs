// SPDX-License-Identifier: Apache-2.0
//! Submitting a transaction, waiting for the block that contains it, and reading what it did from that block.

use std::time::Duration;

use codec::Decode;
use subxt::{
    config::DefaultExtrinsicParamsBuilder,
    error::{BackendError, ExtrinsicError, RpcError},
    ext::scale_encode::EncodeAsFields,
    transactions::{dynamic, TransactionStatus},
    SubstrateConfig,
};

use super::{
    errors::NamedError,
    talking,
    types::{
        Balance, ContractEmitted, DispatchError, DispatchInfo, Instantiated, TransactionFeePaid, Weight,
    },
    Chain, Signer, PALLET,
};
use crate::error::{chain_of, one_line, Error, Result};

/// How long to wait for a block. Longer than any sensible block time.
const INCLUSION_TIMEOUT: Duration = Duration::from_secs(120);

/// For how many blocks a transaction is valid.
const VALID_BLOCKS: u64 = 64;

/// What a transaction did, from the events of the block that contains it.
#[derive(Debug)]
pub(crate) struct Included {
    /// The block.
    pub(crate) block: [u8; 32],
    /// Its number.
    pub(crate) block_number: u64,
    /// The error that the transaction ended with, if any. Then all its other effects are undone, but its fee is paid.
    pub(crate) error: Option<NamedError>,
    /// What the transaction used, with the overhead that every transaction has.
    pub(crate) weight: Option<Weight>,
    /// The fee.
    pub(crate) fee: Option<Balance>,
    /// Events of contracts.
    pub(crate) contract_events: Vec<ContractEmitted>,
    /// Contracts that were created.
    pub(crate) instantiated: Vec<Instantiated>,
    /// All other events as `Pallet.Event`.
    pub(crate) other_events: Vec<String>,
}

impl Chain {
    /// Signs and submits a call of the contracts pallet and waits until the best chain contains it.
    ///
    /// `args` are the dispatchable's parameters in order. The result may hold an error of the runtime; an error here
    /// means that the transaction did not make it into a block, or that nobody knows.
    pub(crate) async fn submit(
        &self,
        signer: &Signer,
        dispatchable: &str,
        args: impl EncodeAsFields,
    ) -> Result<Included> {
        let account = signer.account().into();
        // The node's answer counts the transactions that wait in its pool; the state does not.
        let nonce = self
            .rpc()
            .system_account_next_index(&account)
            .await
            .map_err(|error| talking("asking for the account's nonce", &error))?;
        let params =
            DefaultExtrinsicParamsBuilder::<SubstrateConfig>::new().mortal(VALID_BLOCKS).nonce(nonce).build();
        let call = dynamic(PALLET, dispatchable, args);
        let transaction = self
            .at()
            .transactions()
            .create_signed(&call, &signer.keypair, params)
            .await
            .map_err(|error| talking(&format!("putting {PALLET}.{dispatchable} together"), &error))?;
        let mut progress = transaction.submit_and_watch().await.map_err(|error| refused(&error))?;

        let wait = async {
            while let Some(status) = progress.next().await {
                match status.map_err(|error| talking("following the transaction", &error))? {
                    TransactionStatus::InBestBlock(block) | TransactionStatus::InFinalizedBlock(block) => {
                        return Ok(block)
                    }
                    TransactionStatus::Error { message }
                    | TransactionStatus::Invalid { message }
                    | TransactionStatus::Dropped { message } => {
                        return Err(Error::new(format!(
                            "the node gave the transaction up: {}",
                            one_line(&message)
                        ))
                        .hint("try again; another transaction of this account may have come first"))
                    }
                    TransactionStatus::Validated
                    | TransactionStatus::Broadcasted
                    | TransactionStatus::NoLongerInBestBlock => {}
                }
            }
            Err(Error::new("the node stopped reporting about the transaction before it was in a block"))
        };
        let block = tokio::time::timeout(INCLUSION_TIMEOUT, wait).await.map_err(|_| {
            Error::new(format!(
                "no block took the transaction within {} seconds; it may still be taken later",
                INCLUSION_TIMEOUT.as_secs()
            ))
            .hint("check that the node makes blocks: `revive-vm-node --dev` makes one for each transaction")
        })??;

        let at = block.at().await.map_err(|error| talking("reading the transaction's block", &error))?;
        let events = block
            .fetch_events()
            .await
            .map_err(|error| talking("reading the transaction's events", &error))?;
        let mut included = Included {
            block: block.block_hash().0,
            block_number: at.block_number(),
            error: None,
            weight: None,
            fee: None,
            contract_events: Vec::new(),
            instantiated: Vec::new(),
            other_events: Vec::new(),
        };
        for event in events.iter() {
            let event = event.map_err(|error| talking("decoding the transaction's events", &error))?;
            included
                .take(event.pallet_name(), event.event_name(), event.field_bytes(), at.metadata_ref())
                .map_err(|error| {
                    talking(&format!("decoding {}.{}", event.pallet_name(), event.event_name()), &error)
                })?;
        }
        Ok(included)
    }
}

/// The events of a dry run.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// Of contracts.
    pub(crate) contracts: Vec<ContractEmitted>,
    /// All others as `Pallet.Event`.
    pub(crate) others: Vec<String>,
}

impl Events {
    /// From the events as the runtime encodes them. One that the metadata does not have goes by its numbers.
    pub(crate) fn decode(events: &[Vec<u8>], metadata: &subxt::metadata::Metadata) -> Self {
        let mut decoded = Self::default();
        for event in events {
            let [pallet_index, index, fields @ ..] = &event[..] else { continue };
            let pallet = metadata.pallet_by_event_index(*pallet_index);
            let name = pallet.and_then(|pallet| {
                Some((pallet.name().to_string(), pallet.event_variant_by_index(*index)?.name.clone()))
            });
            match name {
                Some((pallet, name)) if pallet == PALLET && name == "ContractEmitted" => {
                    match ContractEmitted::decode(&mut &*fields) {
                        Ok(event) => decoded.contracts.push(event),
                        Err(_) => decoded.others.push(format!("{pallet}.{name} (undecodable)")),
                    }
                }
                Some((pallet, name)) => decoded.others.push(format!("{pallet}.{name}")),
                None => decoded.others.push(format!("event {index} of pallet {pallet_index}")),
            }
        }
        decoded
    }
}

impl Included {
    /// Takes one event in.
    fn take(
        &mut self,
        pallet: &str,
        event: &str,
        mut fields: &[u8],
        metadata: &subxt::metadata::Metadata,
    ) -> Result<(), codec::Error> {
        let input = &mut fields;
        match (pallet, event) {
            ("System", "ExtrinsicSuccess") => self.weight = Some(DispatchInfo::decode(input)?.weight),
            ("System", "ExtrinsicFailed") => {
                let error = DispatchError::decode(input)?;
                self.error = Some(NamedError::new(&error, metadata));
                self.weight = Some(DispatchInfo::decode(input)?.weight);
            }
            ("TransactionPayment", "TransactionFeePaid") => {
                self.fee = Some(TransactionFeePaid::decode(input)?.actual_fee);
            }
            (PALLET, "ContractEmitted") => self.contract_events.push(ContractEmitted::decode(input)?),
            (PALLET, "Instantiated") => self.instantiated.push(Instantiated::decode(input)?),
            _ => self.other_events.push(format!("{pallet}.{event}")),
        }
        Ok(())
    }
}

/// The node did not take the transaction.
fn refused(error: &ExtrinsicError) -> Error {
    let text = match error {
        // The reason is in the data that comes with the answer, which the error's text leaves out.
        ExtrinsicError::ErrorSubmittingTransaction(BackendError::Rpc(RpcError::ClientError(
            subxt::rpcs::Error::User(answer),
        ))) => reason(&answer.message, answer.data.as_ref().map(|data| data.get())),
        _ => chain_of(error),
    };
    refused_because(&text)
}

/// Message and data of a node's answer in one line.
fn reason(message: &str, data: Option<&str>) -> String {
    match data {
        // The data is JSON, here always a string.
        Some(data) => one_line(&format!("{message}: {}", data.trim_matches('"'))),
        None => one_line(message),
    }
}

fn refused_because(text: &str) -> Error {
    let refused = Error::new(format!("the node refused the transaction: {text}"));
    if text.contains("Inability to pay") {
        refused.hint("the account cannot pay the fee; send funds to it, or use another with --suri")
    } else if text.contains("exhaust") {
        refused.hint("the weight limit is more than fits into a block; give less with --weight REF,PROOF")
    } else if text.contains("outdated") || text.contains("Priority is too low") {
        refused.hint("another transaction of this account came first; try again")
    } else {
        refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::Encode;
    use scale_info::{MetaType, PortableRegistry, Registry, TypeDef, TypeInfo};
    use subxt::ext::scale_encode::Field;

    /// Types as the runtime has them.
    #[derive(Encode, TypeInfo)]
    struct H160([u8; 20]);
    #[derive(Encode, TypeInfo)]
    struct H256([u8; 32]);
    #[derive(Encode, TypeInfo)]
    struct RuntimeWeight {
        #[codec(compact)]
        ref_time: u64,
        #[codec(compact)]
        proof_size: u64,
    }
    /// Parameters of the dispatchable `call`.
    #[derive(Encode, TypeInfo)]
    struct Call {
        dest: H160,
        #[codec(compact)]
        value: u128,
        weight_limit: RuntimeWeight,
        #[codec(compact)]
        storage_deposit_limit: u128,
        data: Vec<u8>,
    }
    /// Parameters of the dispatchable `instantiate`.
    #[derive(Encode, TypeInfo)]
    struct Instantiate {
        #[codec(compact)]
        value: u128,
        weight_limit: RuntimeWeight,
        #[codec(compact)]
        storage_deposit_limit: u128,
        code_hash: H256,
        data: Vec<u8>,
        salt: Option<[u8; 32]>,
    }

    /// Encodes `args` for the fields of `T`, as a submission does for the fields of a dispatchable.
    fn encode_for<T: TypeInfo + 'static>(args: impl EncodeAsFields) -> Vec<u8> {
        let mut registry = Registry::new();
        let id = registry.register_type(&MetaType::new::<T>()).id;
        let registry: PortableRegistry = registry.into();
        let TypeDef::Composite(composite) = &registry.resolve(id).unwrap().type_def else {
            panic!("parameters are a struct");
        };
        let mut fields = composite.fields.iter().map(|field| Field::new(field.ty.id, field.name.as_deref()));
        args.encode_as_fields(&mut fields, &registry).unwrap()
    }

    /// The texts are those of the transaction pool's answers.
    #[test]
    fn refusals_carry_their_reason_and_advice() {
        let message = "Invalid Transaction";
        for (data, advice) in [
            ("\"Inability to pay some fees (e.g. account balance too low)\"", "send funds"),
            ("\"Transaction would exhaust the block limits\"", "less with --weight"),
            ("\"Transaction is outdated\"", "try again"),
        ] {
            let error = refused_because(&reason(message, Some(data)));
            assert!(error.to_string().ends_with(data.trim_matches('"')), "{error}");
            assert!(error.advice().unwrap().contains(advice), "{:?}", error.advice());
        }
        assert_eq!(reason(message, None), message);
    }

    #[test]
    fn arguments_are_encoded_as_the_runtime_expects() {
        let weight = || RuntimeWeight { ref_time: 5_000_000_000, proof_size: 70_000 };
        let call = Call {
            dest: H160([7; 20]),
            value: 10,
            weight_limit: weight(),
            storage_deposit_limit: u128::MAX,
            data: vec![1, 2, 3],
        };
        let args = ([7u8; 20], 10u128, (5_000_000_000u64, 70_000u64), u128::MAX, vec![1u8, 2, 3]);
        assert_eq!(encode_for::<Call>(args), call.encode());

        for salt in [None, Some([9; 32])] {
            let instantiate = Instantiate {
                value: 0,
                weight_limit: weight(),
                storage_deposit_limit: 1,
                code_hash: H256([3; 32]),
                data: Vec::new(),
                salt,
            };
            let args = (0u128, (5_000_000_000u64, 70_000u64), 1u128, [3u8; 32], Vec::<u8>::new(), salt);
            assert_eq!(encode_for::<Instantiate>(args), instantiate.encode());
        }
    }
}
