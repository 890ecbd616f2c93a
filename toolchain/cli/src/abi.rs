// SPDX-License-Identifier: Apache-2.0
//! Solidity ABI: reading ABI files, encoding arguments, decoding outputs, events and the reasons of reverts.

mod arguments;
mod file;
mod values;

use std::path::Path;

use alloy_dyn_abi::{DynSolValue, EventExt, FunctionExt, JsonAbiExt, Specifier};
use alloy_json_abi::{Function, JsonAbi, Param, StateMutability};
use alloy_primitives::B256;

use crate::{
    abi_bounds::{check, check_topic},
    error::{Error, Result},
    input_file,
};
pub(crate) use arguments::check_address;
use arguments::coerce;
pub(crate) use values::{revert_reason, revert_reason_of, show, to_json};

/// Most bytes of an ABI file. Artefacts of compilers with everything in them have some megabytes.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Turns a word such as `//Bob` into an address; `None` if it is no account.
pub(crate) type AccountLookup<'a> = &'a dyn Fn(&str) -> Option<Result<[u8; 20]>>;

/// An ABI file.
pub(crate) struct Abi {
    items: JsonAbi,
    origin: String,
}

impl Abi {
    /// Reads an ABI file: the bare list that compilers print, an artefact with such a list in a field `abi`, or lines of declarations.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let origin = path.display().to_string();
        let bytes = input_file::read(path, FILE_BYTES_MAX, "ABI files have at most").map_err(|error| {
            Error::new(format!("failed to read the ABI file {origin}: {error}")).hint(
                "the compiler writes it, for example `resolc --abi` or the `abi` field of a build artefact",
            )
        })?;
        match String::from_utf8(bytes) {
            Ok(text) => Self::parse(&text, origin),
            Err(_) => Err(file::unusable(&origin, "it is a binary file")),
        }
    }

    /// Parses the text of an ABI file; `origin` names it in messages.
    pub(crate) fn parse(text: &str, origin: String) -> Result<Self> {
        let items = file::items(text).map_err(|why| file::unusable(&origin, &why))?;
        Ok(Self { items, origin })
    }

    /// Why commands could not use a text as an ABI file, if they could not.
    pub(crate) fn check(text: &str) -> Result<(), String> {
        file::items(text).map(drop)
    }

    /// The items as JSON, in the order that the linker gives those of an ELF file.
    pub(crate) fn entries(&self) -> Vec<String> {
        // What was read can be written: there is nothing but text in it.
        self.items.items().filter_map(|item| serde_json::to_string(&item).ok()).collect()
    }

    /// Whether the contract takes calls that name no function.
    pub(crate) fn takes_plain_calls(&self) -> bool {
        self.items.receive.is_some() || self.items.fallback.is_some()
    }

    /// The names of the functions.
    pub(crate) fn function_names(&self) -> String {
        self.items.functions.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
    }

    /// The input of the constructor with these arguments.
    pub(crate) fn encode_constructor(&self, args: &[String], accounts: AccountLookup) -> Result<Vec<u8>> {
        let Some(constructor) = &self.items.constructor else {
            if args.is_empty() {
                return Ok(Vec::new());
            }
            return Err(Error::new(format!(
                "the contract's constructor takes no arguments, found {}: {} declares none",
                args.len(),
                self.origin
            )));
        };
        let types: Vec<_> = constructor.inputs.iter().map(Param::selector_type).collect();
        let signature = format!("constructor({})", types.join(","));
        let values = coerce(&constructor.inputs, args, &signature, accounts)?;
        constructor
            .abi_encode_input_raw(&values)
            .map_err(|error| Error::new(format!("failed to encode the constructor's arguments: {error}")))
    }

    /// The function that `name` and the number of arguments select.
    fn function(&self, name: &str, arg_count: usize) -> Result<Function> {
        if name.contains('(') {
            // In the form that types have in selectors: `int` is `int256`.
            let given = parse_signature(name)?;
            let known = self.items.functions().find(|function| function.signature() == given.signature());
            return Ok(known.filter(|_| given.outputs.is_empty()).cloned().unwrap_or(given));
        }
        let Some(overloads) = self.items.function(name) else {
            return Err(Error::new(format!("{} has no function `{name}`", self.origin))
                .hint(format!("it has: {}", self.function_names())));
        };
        let fitting: Vec<_> =
            overloads.iter().filter(|function| function.inputs.len() == arg_count).collect();
        match (fitting.as_slice(), overloads.as_slice()) {
            ([function], _) => Ok(Function::clone(function)),
            ([], [function]) => Ok(function.clone()),
            _ => {
                let arguments = if arg_count == 1 { "argument does" } else { "arguments do" };
                let choice = if fitting.is_empty() { overloads.iter().collect() } else { fitting };
                let signatures: Vec<_> =
                    choice.iter().map(|function| format!("'{}'", function.signature())).collect();
                Err(Error::new(format!(
                    "there are several functions `{name}`, and {arg_count} {arguments} not tell which"
                ))
                .hint(format!("give the signature, one of: {}", signatures.join(", "))))
            }
        }
    }

    /// The function that an input calls.
    fn called(&self, input: &[u8]) -> Option<&Function> {
        let selector = input.get(..4)?;
        self.items.functions().find(|function| function.selector() == selector)
    }

    /// A call in the terms of the ABI: the function and its arguments. `None` if the ABI does not know it or it does not fit.
    pub(crate) fn call(&self, input: &[u8]) -> Option<DecodedCall> {
        let function = self.called(input)?;
        let args = input.get(4..)?;
        checked(&function.inputs, args).ok()?;
        let values = function.abi_decode_input(args).ok()?;
        Some(DecodedCall { name: function.name.clone(), args: named(&function.inputs, values) })
    }

    /// The constructor with its arguments, from its input. `None` if the ABI does not declare one with arguments, or it does not fit.
    pub(crate) fn construction(&self, input: &[u8]) -> Option<DecodedCall> {
        let constructor =
            self.items.constructor.as_ref().filter(|constructor| !constructor.inputs.is_empty())?;
        let inputs = &constructor.inputs;
        checked(inputs, input).ok()?;
        let values = constructor.abi_decode_input(input).ok()?;
        Some(DecodedCall { name: "constructor".into(), args: named(inputs, values) })
    }

    /// What the function that an input calls returned.
    pub(crate) fn returned(&self, input: &[u8], output: &[u8]) -> Option<Vec<DynSolValue>> {
        let function = self.called(input).filter(|function| !function.outputs.is_empty())?;
        checked(&function.outputs, output).ok()?;
        function.abi_decode_output(output).ok()
    }

    /// Decodes an event; `None` if the ABI does not know it or it does not fit.
    pub(crate) fn event(&self, topics: &[[u8; 32]], data: &[u8]) -> Option<DecodedEvent> {
        let first = B256::from(*topics.first()?);
        self.items.events().filter(|event| !event.anonymous && event.selector() == first).find_map(|event| {
            let types = |indexed: bool| {
                let inputs = event.inputs.iter().filter(move |input| input.indexed == indexed);
                inputs.map(|input| input.resolve().ok()).collect::<Option<Vec<_>>>()
            };
            check(&types(false)?, data).ok()?;
            let mut indexed = types(true)?.into_iter().zip(topics.iter().skip(1));
            indexed.try_for_each(|(ty, topic)| check_topic(&ty, topic)).ok()?;
            let decoded = event.decode_log_parts(topics.iter().map(|topic| B256::from(*topic)), data).ok()?;
            let (mut indexed, mut body) = (decoded.indexed.into_iter(), decoded.body.into_iter());
            let mut args = Vec::with_capacity(event.inputs.len());
            for (position, input) in event.inputs.iter().enumerate() {
                let value = if input.indexed { indexed.next()? } else { body.next()? };
                args.push((name_or_position(&input.name, position), value));
            }
            Some(DecodedEvent { name: event.name.clone(), args })
        })
    }

    /// Decodes a custom error; `None` if the ABI does not know it.
    fn custom_error(&self, data: &[u8]) -> Option<String> {
        let selector = data.get(..4)?;
        self.items.errors().filter(|error| error.selector() == selector).find_map(|error| {
            let body = data.get(4..)?;
            checked(&error.inputs, body).ok()?;
            let values = error.abi_decode_input(body).ok()?;
            let args: Vec<_> = error
                .inputs
                .iter()
                .zip(&values)
                .map(|(input, value)| match input.name.as_str() {
                    "" => show(value),
                    name => format!("{name}={}", show(value)),
                })
                .collect();
            Some(format!("{}({})", error.name, args.join(", ")))
        })
    }
}

/// An event in the terms of its ABI.
pub(crate) struct DecodedEvent {
    /// Its name.
    pub(crate) name: String,
    /// Names (or positions, where there is no name) and values. An indexed value longer than a word is its hash.
    pub(crate) args: Vec<(String, DynSolValue)>,
}

/// A call in the terms of its ABI.
pub(crate) struct DecodedCall {
    /// The function.
    pub(crate) name: String,
    /// Names (or positions, where there is no name) and values.
    pub(crate) args: Vec<(String, DynSolValue)>,
}

/// A function call: the function and the input bytes.
pub(crate) struct Call {
    function: Function,
    /// Whether the function, with what it says of values, is from an ABI file.
    is_known: bool,
    /// Selector and encoded arguments.
    pub(crate) input: Vec<u8>,
}

impl Call {
    /// Encodes the call of `function` — a name in the ABI, or a signature — with `args`.
    pub(crate) fn encode(
        abi: Option<&Abi>,
        function: &str,
        args: &[String],
        accounts: AccountLookup,
    ) -> Result<Self> {
        let function = match abi {
            Some(abi) => abi.function(function, args.len())?,
            None if function.contains('(') => parse_signature(function)?,
            None => {
                return Err(Error::new(format!("the parameters of `{function}` are not known")).hint(
                    "give the contract's ABI with --abi FILE, or a signature such as \"balanceOf(address)(uint256)\"",
                ))
            },
        };
        let is_known = abi.is_some_and(|abi| abi.items.functions().any(|known| *known == function));
        let values = coerce(&function.inputs, args, &function.signature(), accounts)?;
        let input = function
            .abi_encode_input(&values)
            .map_err(|error| Error::new(format!("failed to encode the arguments: {error}")))?;
        Ok(Self { function, is_known, input })
    }

    /// Decodes what the function returned. `None` if the function's signature declares no outputs; an error text if
    /// the data is not what the signature says.
    pub(crate) fn decode_output(&self, data: &[u8]) -> Option<Result<Vec<DynSolValue>, String>> {
        if self.function.outputs.is_empty() {
            return None;
        }
        let signature = self.function.signature_with_outputs();
        let failed =
            |why: &dyn std::fmt::Display| format!("{} bytes do not decode as {signature}: {why}", data.len());
        if let Err(why) = checked(&self.function.outputs, data) {
            return Some(Err(failed(&why)));
        }
        Some(self.function.abi_decode_output(data).map_err(|error| match data.is_empty() {
            true => format!(
                "nothing came back, which is no output of {signature}: is it a function of this contract?"
            ),
            false => failed(&error),
        }))
    }

    /// The function's signature, if the ABI says that it takes no value.
    pub(crate) fn refuses_value(&self) -> Option<String> {
        let refuses = self.is_known && self.function.state_mutability != StateMutability::Payable;
        refuses.then(|| self.function.signature())
    }

    /// Names and types of the outputs, for people.
    pub(crate) fn output_labels(&self) -> Vec<String> {
        let label =
            |param: &Param| format!("{} {}", param.selector_type(), param.name).trim_end().to_string();
        self.function.outputs.iter().map(label).collect()
    }
}

/// Whether what is decoded from data as values of these parameters is what is there, and takes no more memory than that, or why not. Where
/// their types are not known it cannot be decoded.
fn checked(params: &[Param], data: &[u8]) -> Result<(), String> {
    let types = params.iter().map(|param| param.resolve());
    types.collect::<Result<Vec<_>, _>>().map_or(Ok(()), |types| check(&types, data))
}

fn parse_signature(signature: &str) -> Result<Function> {
    Function::parse(signature).map_err(|_| {
        Error::new(format!("`{signature}` is not a function signature")).hint(
            "write it as \"transfer(address,uint256)\", with outputs as \"balanceOf(address)(uint256)\"",
        )
    })
}

/// Values with the names of their parameters, or their positions.
fn named(params: &[Param], values: Vec<DynSolValue>) -> Vec<(String, DynSolValue)> {
    let names = params.iter().enumerate().map(|(position, param)| name_or_position(&param.name, position));
    names.zip(values).collect()
}

fn name_or_position(name: &str, position: usize) -> String {
    if name.is_empty() {
        position.to_string()
    } else {
        name.to_string()
    }
}

#[cfg(test)]
#[path = "abi_tests.rs"]
mod tests;
