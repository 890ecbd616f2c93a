// SPDX-License-Identifier: Apache-2.0
//! Solidity ABI: reading ABI files, encoding arguments, decoding outputs, events and the reasons of reverts.
//!
//! Numbers are shown in decimal, and as strings in JSON, since they may have 256 bits; addresses and bytes as `0x…`.

use std::{fs, path::Path};

use alloy_dyn_abi::{DynSolType, DynSolValue, EventExt, FunctionExt, JsonAbiExt, Specifier};
use alloy_json_abi::{Function, JsonAbi, Param};
use alloy_primitives::B256;
use serde_json::{json, Value};

use crate::{
    abi_bounds::is_bounded,
    error::{Error, Result},
    output::hex,
};

/// Selector of `Error(string)`, the standard error of `require` and `revert` with a text.
const ERROR_STRING: [u8; 4] = [0x08, 0xc3, 0x79, 0xa0];
/// Selector of `Panic(uint256)`, the standard error of checks that the compiler inserts.
const PANIC: [u8; 4] = [0x4e, 0x48, 0x7b, 0x71];

/// Turns a word such as `//Bob` into an address; `None` if it is no account.
pub(crate) type AccountLookup<'a> = &'a dyn Fn(&str) -> Option<Result<[u8; 20]>>;

/// An ABI file.
pub(crate) struct Abi {
    items: JsonAbi,
    origin: String,
}

impl Abi {
    /// Reads an ABI file: the bare list that compilers print, or an artefact with such a list in a field `abi`.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let origin = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|error| {
            Error::new(format!("failed to read the ABI file {origin}: {error}")).hint(
                "the compiler writes it, for example `resolc --abi` or the `abi` field of a build artefact",
            )
        })?;
        Self::parse(&text, origin)
    }

    /// Parses the text of an ABI file; `origin` names it in messages.
    pub(crate) fn parse(text: &str, origin: String) -> Result<Self> {
        let unusable = |why: String| {
            Error::new(format!("failed to parse the ABI file {origin}: {why}"))
                .hint("expected a JSON list of functions, events and errors, or an object with such a list as `abi`")
        };
        let json: Value = serde_json::from_str(text).map_err(|error| unusable(error.to_string()))?;
        let list = match &json {
            Value::Array(_) => &json,
            Value::Object(fields) => fields
                .get("abi")
                .or_else(|| json.pointer("/output/abi"))
                .ok_or_else(|| unusable("the object has no field `abi`".into()))?,
            _ => return Err(unusable("neither a list nor an object".into())),
        };
        let items = serde_json::from_value(list.clone()).map_err(|error| unusable(error.to_string()))?;
        Ok(Self { items, origin })
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
            let wanted: String = name.chars().filter(|c| !c.is_whitespace()).collect();
            return match self.items.functions().find(|function| function.signature() == wanted) {
                Some(function) => Ok(function.clone()),
                None => parse_signature(name),
            };
        }
        let Some(overloads) = self.items.function(name) else {
            let known: Vec<_> = self.items.functions.keys().map(String::as_str).collect();
            return Err(Error::new(format!("{} has no function `{name}`", self.origin))
                .hint(format!("it has: {}", known.join(", "))));
        };
        let fitting: Vec<_> =
            overloads.iter().filter(|function| function.inputs.len() == arg_count).collect();
        match (fitting.as_slice(), overloads.as_slice()) {
            ([function], _) => Ok(Function::clone(function)),
            ([], [function]) => Ok(function.clone()),
            _ => {
                let signatures: Vec<_> = overloads.iter().map(Function::signature).collect();
                Err(Error::new(format!(
                    "there are several functions `{name}`, and {arg_count} arguments do not tell which"
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
        let values = is_harmless(&function.inputs, args).then(|| function.abi_decode_input(args).ok())??;
        let names = function.inputs.iter().enumerate();
        let args =
            names.map(|(position, input)| name_or_position(&input.name, position)).zip(values).collect();
        Some(DecodedCall { name: function.name.clone(), args })
    }

    /// What the function that an input calls returned.
    pub(crate) fn returned(&self, input: &[u8], output: &[u8]) -> Option<Vec<DynSolValue>> {
        let function = self.called(input).filter(|function| !function.outputs.is_empty())?;
        is_harmless(&function.outputs, output).then(|| function.abi_decode_output(output).ok())?
    }

    /// Decodes an event; `None` if the ABI does not know it or it does not fit.
    pub(crate) fn event(&self, topics: &[[u8; 32]], data: &[u8]) -> Option<DecodedEvent> {
        let first = B256::from(*topics.first()?);
        self.items.events().filter(|event| !event.anonymous && event.selector() == first).find_map(|event| {
            let body = event.inputs.iter().filter(|input| !input.indexed);
            if !is_bounded(&body.map(|input| input.resolve().ok()).collect::<Option<Vec<_>>>()?, data) {
                return None;
            }
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
            let values = is_harmless(&error.inputs, body).then(|| error.abi_decode_input(body).ok())??;
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
        let values = coerce(&function.inputs, args, &function.signature(), accounts)?;
        let input = function
            .abi_encode_input(&values)
            .map_err(|error| Error::new(format!("failed to encode the arguments: {error}")))?;
        Ok(Self { function, input })
    }

    /// Decodes what the function returned. `None` if the function's signature declares no outputs; an error text if
    /// the data is not what the signature says.
    pub(crate) fn decode_output(&self, data: &[u8]) -> Option<Result<Vec<DynSolValue>, String>> {
        if self.function.outputs.is_empty() {
            return None;
        }
        let failed = |why: &dyn std::fmt::Display| {
            format!("{} bytes do not decode as {}: {why}", data.len(), self.function.signature_with_outputs())
        };
        if !is_harmless(&self.function.outputs, data) {
            return Some(Err(failed(&"they stand for far more than they are")));
        }
        Some(self.function.abi_decode_output(data).map_err(|error| failed(&error)))
    }

    /// Names and types of the outputs, for people.
    pub(crate) fn output_labels(&self) -> Vec<String> {
        let label =
            |param: &Param| format!("{} {}", param.selector_type(), param.name).trim_end().to_string();
        self.function.outputs.iter().map(label).collect()
    }
}

/// Whether data can be decoded as values of these parameters, or not, without taking all memory. Where their types are not known
/// it cannot be decoded.
fn is_harmless(params: &[Param], data: &[u8]) -> bool {
    let types = params.iter().map(|param| param.resolve());
    types.collect::<Result<Vec<_>, _>>().map_or(true, |types| is_bounded(&types, data))
}

fn parse_signature(signature: &str) -> Result<Function> {
    Function::parse(signature).map_err(|error| {
        Error::new(format!("`{signature}` is not a function signature: {error}")).hint(
            "write it as \"transfer(address,uint256)\", with outputs as \"balanceOf(address)(uint256)\"",
        )
    })
}

fn name_or_position(name: &str, position: usize) -> String {
    if name.is_empty() {
        position.to_string()
    } else {
        name.to_string()
    }
}

fn coerce(
    params: &[Param],
    args: &[String],
    signature: &str,
    accounts: AccountLookup,
) -> Result<Vec<DynSolValue>> {
    if params.len() != args.len() {
        let arguments = if params.len() == 1 { "argument" } else { "arguments" };
        return Err(Error::new(format!(
            "{signature} takes {} {arguments}, found {}",
            params.len(),
            args.len()
        )));
    }
    let coerce_one = |(position, (param, arg)): (usize, (&Param, &String))| {
        let ty: DynSolType = param.resolve().map_err(|error| {
            Error::new(format!("the type of parameter {} of {signature} is not known: {error}", position + 1))
        })?;
        if ty == DynSolType::Address {
            if let Some(address) = accounts(arg) {
                return address.map(|address| DynSolValue::Address(address.into()));
            }
        }
        ty.coerce_str(arg).map_err(|_| {
            let name = name_or_position(&param.name, position);
            Error::new(format!("argument {} of {signature}: `{arg}` is no {ty} ({name})", position + 1))
                .hint(how_to_write(&ty))
        })
    };
    params.iter().zip(args).enumerate().map(coerce_one).collect()
}

fn how_to_write(ty: &DynSolType) -> &'static str {
    match ty {
        DynSolType::Bool => "write true or false",
        DynSolType::Int(_) | DynSolType::Uint(_) => {
            "write a whole number in range: 1000000, 0xf4240, or with a unit, \"1 ether\" for 10^18"
        }
        DynSolType::Address => "write 0x and 40 hexadecimal digits, or a development account such as //Bob",
        DynSolType::Bytes | DynSolType::FixedBytes(_) | DynSolType::Function => {
            "write 0x and two hexadecimal digits for each byte, as many bytes as the type has"
        }
        DynSolType::Array(_) | DynSolType::FixedArray(..) => "write a list: [1,2,3]",
        DynSolType::Tuple(_) => "write a tuple: (1,true,0x00)",
        _ => "see the Solidity documentation for the values of this type",
    }
}

/// A value in one line, for people.
pub(crate) fn show(value: &DynSolValue) -> String {
    match value {
        DynSolValue::String(text) => format!("{text:?}"),
        _ => match to_json(value) {
            Value::String(text) => text,
            other => other.to_string().replace('"', ""),
        },
    }
}

/// A value as JSON: numbers as decimal strings, bytes and addresses as `0x…`, tuples as lists.
pub(crate) fn to_json(value: &DynSolValue) -> Value {
    match value {
        DynSolValue::Bool(flag) => json!(flag),
        DynSolValue::Int(number, _) => json!(number.to_string()),
        DynSolValue::Uint(number, _) => json!(number.to_string()),
        DynSolValue::FixedBytes(word, len) => json!(hex(word.get(..*len).unwrap_or(word.as_slice()))),
        DynSolValue::Address(address) => json!(hex(address)),
        DynSolValue::Function(function) => json!(hex(function)),
        DynSolValue::Bytes(bytes) => json!(hex(bytes)),
        DynSolValue::String(text) => json!(text),
        DynSolValue::Array(items) | DynSolValue::FixedArray(items) | DynSolValue::Tuple(items) => {
            Value::Array(items.iter().map(to_json).collect())
        }
    }
}

/// Why a contract reverted, from the data that it returned: the text of a `require`, the meaning of a panic code, or
/// a custom error by name. `None` if the data says nothing that is known.
pub(crate) fn revert_reason(abi: Option<&Abi>, data: &[u8]) -> Option<String> {
    if let Some(reason) = abi.and_then(|abi| abi.custom_error(data)) {
        return Some(reason);
    }
    if let Some(body) = data.strip_prefix(&ERROR_STRING) {
        if let Ok(DynSolValue::Tuple(values)) =
            DynSolType::Tuple(vec![DynSolType::String]).abi_decode_params(body)
        {
            if let [DynSolValue::String(text)] = values.as_slice() {
                return Some(text.clone());
            }
        }
    }
    if let Some(body) = data.strip_prefix(&PANIC) {
        if let Ok(DynSolValue::Uint(code, _)) = DynSolType::Uint(256).abi_decode(body) {
            let meaning = u64::try_from(code).map_or("unknown panic", panic_meaning);
            return Some(format!("Panic({code:#x}): {meaning}"));
        }
    }
    None
}

/// The meanings of panic codes, from the Solidity documentation ("Panic via assert and Error via require").
fn panic_meaning(code: u64) -> &'static str {
    match code {
        0x00 => "generic panic of the compiler",
        0x01 => "an assertion failed",
        0x11 => "arithmetic overflow or underflow",
        0x12 => "division by zero",
        0x21 => "a value is out of range for its enum",
        0x22 => "a byte array in storage is encoded incorrectly",
        0x31 => "pop of an empty array",
        0x32 => "array index out of bounds",
        0x41 => "too much memory was allocated, or an array is too large",
        0x51 => "call of an uninitialised internal function",
        _ => "unknown panic",
    }
}

#[cfg(test)]
#[path = "abi_tests.rs"]
mod tests;
