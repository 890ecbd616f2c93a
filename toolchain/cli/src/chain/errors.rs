// SPDX-License-Identifier: Apache-2.0
//! Errors of the runtime by name, with the documentation that the metadata has for them, and with advice.

use subxt::metadata::Metadata;

use super::{types::DispatchError, Signer, PALLET};

/// A runtime error for people and scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedError {
    /// `Pallet::Error` for errors of pallets, else the kind: `Token::FundsUnavailable`, `BadOrigin`.
    pub(crate) name: String,
    /// What it means, in one line; may be empty.
    pub(crate) meaning: String,
}

impl NamedError {
    /// Looks the error up.
    pub(crate) fn new(error: &DispatchError, metadata: &Metadata) -> Self {
        let plain = |name: String, meaning: &str| Self { name, meaning: meaning.into() };
        match error {
            DispatchError::Module { index, error } => {
                let [error_index, ..] = *error;
                let Some(pallet) = metadata.pallet_by_error_index(*index) else {
                    return plain(
                        format!("Module({index}, {error_index})"),
                        "a pallet that the metadata does not have",
                    );
                };
                match pallet.error_variant_by_index(error_index) {
                    Some(variant) => Self {
                        name: format!("{}::{}", pallet.name(), variant.name),
                        meaning: variant.docs.join(" ").trim().to_string(),
                    },
                    None => plain(
                        format!("{}::{error_index}", pallet.name()),
                        "an error that the metadata does not have",
                    ),
                }
            }
            DispatchError::Token(error) => plain(format!("Token::{error:?}"), "an error of balances"),
            DispatchError::Arithmetic(error) => {
                plain(format!("Arithmetic::{error:?}"), "an error of arithmetic")
            }
            DispatchError::Transactional(error) => {
                plain(format!("Transactional::{error:?}"), "an error of nested storage transactions")
            }
            DispatchError::Trie(number) => plain(format!("Trie({number})"), "an error of the storage trie"),
            DispatchError::BadOrigin => plain("BadOrigin".into(), "this account may not do this"),
            other => plain(format!("{other:?}"), ""),
        }
    }

    /// Whether this is the given error of the contracts pallet.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.strip_prefix(PALLET).and_then(|rest| rest.strip_prefix("::")) == Some(name)
    }

    /// What to do about it, where something can be done.
    pub(crate) fn advice(&self, signer: &Signer) -> Option<String> {
        let error = self.name.strip_prefix(PALLET).and_then(|rest| rest.strip_prefix("::"));
        let advice = match error.unwrap_or(&self.name) {
            "AccountUnmapped" => {
                return Some(format!(
                    "register the account first: revive-vm map-account --suri {}",
                    signer.argument()
                ))
            }
            "AccountAlreadyMapped" => "nothing to do: the account can call and create contracts",
            "ContractNotFound" => {
                "check the address; `revive-vm instantiate BLOB --execute` creates a contract"
            }
            "CodeNotFound" | "CodeInfoNotFound" => {
                "check the code hash; `revive-vm upload BLOB --execute` stores code on the chain"
            }
            "OutOfGas" => {
                "give more with --weight REF,PROOF; without it a dry run may use as much as fits into a block"
            }
            "StorageDepositLimitExhausted" => {
                "give more with --deposit-limit N, or leave it out to take what a dry run says"
            }
            "StorageDepositNotEnoughFunds" | "Token::FundsUnavailable" | "TransferFailed" => {
                "the account does not have enough; send funds to it, or use another with --suri"
            }
            "DuplicateContract" => {
                "use another --salt: there is a contract with this code, input and salt already"
            }
            "CodeRejected"
            | "WrongInstructionSet"
            | "TooManyImports"
            | "MalformedImport"
            | "UnknownImport"
            | "MissingExport" => "see what the blob contains with `revive-vm inspect BLOB`",
            "BlobTooLarge" | "StaticMemoryTooLarge" | "BasicBlockTooLarge" => {
                "compile for size; `revive-vm inspect BLOB` shows the sizes"
            }
            "InvalidInstruction" => {
                "the code uses instructions that contracts may not use; compile it for the contracts target"
            }
            "ContractTrapped" => {
                "`revive-vm debug --contract ADDRESS …` goes there: `continue`, then `backtrace`; with --blob, the blob that has debug info, it shows source lines"
            }
            _ => return None,
        };
        Some(advice.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> NamedError {
        NamedError { name: name.into(), meaning: String::new() }
    }

    #[test]
    fn advice_names_the_command() {
        let alice = Signer::from_suri("//Alice").unwrap();
        let advice = named("Revive::AccountUnmapped").advice(&alice).unwrap();
        assert_eq!(advice, "register the account first: revive-vm map-account --suri //Alice");
        assert!(named("Token::FundsUnavailable").advice(&alice).unwrap().contains("--suri"));
        assert_eq!(named("Other").advice(&alice), None);
    }

    #[test]
    fn only_errors_of_the_pallet_match_by_short_name() {
        assert!(named("Revive::OutOfGas").is("OutOfGas"));
        assert!(!named("Balances::OutOfGas").is("OutOfGas"));
        assert!(!named("ReviveOutOfGas").is("OutOfGas"));
    }
}
