// SPDX-License-Identifier: Apache-2.0
//! What `trace`, `estimate` and `profile --contract` run: a call or an instantiation, from the words of the command line.

use std::path::Path;

use super::instantiate::code;
use crate::{
    abi::{check_address, Abi, Call},
    args::{HexBytes, SubjectArgs},
    chain::{
        address_of_named_account,
        trace::{Subject, Terms},
        types::Weight,
        Signer,
    },
    error::{Error, Result},
};

/// What is to be run, and what is known about it.
pub(super) struct Described {
    pub(super) subject: Subject,
    pub(super) abis: Vec<Abi>,
    /// The function that is called, if it was named.
    pub(super) call: Option<Call>,
    /// In words.
    pub(super) title: String,
}

/// Reads the ABI files.
pub(super) fn abis(args: &SubjectArgs) -> Result<Vec<Abi>> {
    args.abi.iter().map(|path| Abi::read(path)).collect()
}

/// The address that a text is.
fn address(text: &str) -> Option<[u8; 20]> {
    alloy_primitives::hex::decode(text.strip_prefix("0x")?).ok()?.try_into().ok()
}

/// A call of `target` if it is an address, else an instantiation of it.
pub(super) fn describe(target: &str, words: &[String], args: &SubjectArgs) -> Result<Described> {
    let abis = abis(args)?;
    // The first file is the interface of what is called; the others are for what that calls.
    let abi = abis.first();
    if args.data.is_some() && !words.is_empty() {
        return Err(Error::usage("--data is all of the input; leave the function and its arguments out"));
    }
    if let Some(dest) = address(target) {
        check_address(target, &dest).map_err(|why| Error::usage(format!("`{target}`: {why}")))?;
        let call = match words {
            [function, arguments @ ..] => {
                Some(Call::encode(abi, function, arguments, &address_of_named_account)?)
            }
            [] => None,
        };
        let input = match (&call, &args.data) {
            (Some(call), _) => call.input.clone(),
            (None, Some(HexBytes(data))) => data.clone(),
            (None, None) => Vec::new(),
        };
        let function = words.first().map_or_else(|| "call".to_string(), |function| function.clone());
        return Ok(Described {
            subject: Subject::Call { dest, input },
            abis,
            call,
            title: format!("{target} {function}"),
        });
    }
    if target.starts_with("0x") && !Path::new(target).exists() && target.len() != 2 + 2 * 32 {
        return Err(Error::usage(format!(
            "`{target}` is neither an address, 0x and 40 digits, nor a code hash, 0x and 64 digits"
        )));
    }
    let input = match (&args.data, abi) {
        (Some(HexBytes(data)), _) => data.clone(),
        (None, Some(abi)) => abi.encode_constructor(words, &address_of_named_account)?,
        (None, None) if words.is_empty() => Vec::new(),
        (None, None) => {
            return Err(Error::new("the parameters of the constructor are not known")
                .hint("give the contract's ABI with --abi FILE, or encoded input with --data 0x…"))
        }
    };
    let code = code(target)?;
    let name = Path::new(target).file_name().map_or(target.into(), |name| name.to_string_lossy());
    Ok(Described {
        title: format!("{name} constructor"),
        subject: Subject::Instantiation { code, input, salt: args.salt },
        abis,
        call: None,
    })
}

/// Who runs it, and within which limits.
pub(super) fn terms(signer: &Signer, args: &SubjectArgs) -> Terms {
    Terms {
        origin: signer.account(),
        value: args.value,
        weight: args.weight.map(|(ref_time, proof_size)| Weight { ref_time, proof_size }),
        deposit: args.deposit_limit,
    }
}
