// SPDX-License-Identifier: Apache-2.0
//! ABI files: what compilers write, and declarations that people write for contracts without such a compiler.

use alloy_json_abi::{AbiItem, Fallback, JsonAbi, Receive, StateMutability};
use serde_json::{json, Map, Value};

use crate::error::Error;

/// What declarations begin with.
const KEYWORDS: [&str; 6] = ["constructor", "error", "event", "fallback", "function", "receive"];

/// An error about an ABI file.
pub(super) fn unusable(origin: &str, why: &str) -> Error {
    Error::new(format!("failed to parse the ABI file {origin}: {why}")).hint(
        "expected a JSON list of functions, events and errors, an object with such a list as `abi`, or a declaration in each line, \
         such as: function get() returns (uint256)",
    )
}

/// The items of an ABI file, or why it is none.
pub(super) fn items(text: &str) -> Result<JsonAbi, String> {
    let declares = |line: &str| KEYWORDS.iter().any(|keyword| line.trim_start().starts_with(keyword));
    if text.lines().any(declares) && !text.trim_start().starts_with(['[', '{']) {
        let lines = (1..).zip(text.lines()).map(|(number, line)| (format!("line {number}"), line));
        return declarations(lines);
    }
    let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let list = match &json {
        Value::Array(list) => list,
        Value::Object(fields) => fields
            .get("abi")
            .or_else(|| json.pointer("/output/abi"))
            .ok_or("the object has no field `abi`")?
            .as_array()
            .ok_or("the field `abi` is no list")?,
        _ => return Err("neither a list nor an object".into()),
    };
    if !list.is_empty() && list.iter().all(Value::is_string) {
        let texts = list.iter().map(|item| item.as_str().unwrap_or_default());
        return declarations((1..).zip(texts).map(|(number, text)| (format!("item {number}"), text)));
    }
    let completed: Vec<_> = list.iter().cloned().map(completed).collect();
    for (number, item) in (1..).zip(&completed) {
        serde_json::from_value::<AbiItem<'_>>(item.clone())
            .map_err(|error| format!("item {number} of the list{}: {error}", label(item)))?;
    }
    serde_json::from_value(Value::Array(completed)).map_err(|error| error.to_string())
}

/// The items that texts declare, without comments and empty ones.
fn declarations<'a>(texts: impl Iterator<Item = (String, &'a str)>) -> Result<JsonAbi, String> {
    let (mut known, mut receive, mut fallback) = (Vec::new(), None, None);
    for (place, text) in texts {
        let text = text.split("//").next().unwrap_or_default().trim().trim_end_matches(';').trim_end();
        let state_mutability = match text.ends_with("payable") {
            true => StateMutability::Payable,
            false => StateMutability::NonPayable,
        };
        if text.is_empty() {
            continue;
        } else if text.starts_with("receive()") {
            receive = Some(Receive { state_mutability: StateMutability::Payable });
        } else if text.starts_with("fallback()") {
            fallback = Some(Fallback { state_mutability });
        } else {
            AbiItem::parse(text).map_err(|_| format!("{place}: `{text}` is no declaration"))?;
            known.push(text);
        }
    }
    let abi = JsonAbi::parse(known).map_err(|error| error.to_string())?;
    Ok(JsonAbi { receive, fallback, ..abi })
}

/// An item with what people leave out who write one.
fn completed(mut item: Value) -> Value {
    if let Value::Object(fields) = &mut item {
        let kind = fields.get("type").and_then(Value::as_str).unwrap_or_default().to_string();
        let mut default = |name: &str, value: Value| {
            fields.entry(name).or_insert(value);
        };
        match kind.as_str() {
            "function" => {
                default("inputs", json!([]));
                default("outputs", json!([]));
                default("stateMutability", json!("nonpayable"));
            }
            "event" => {
                default("inputs", json!([]));
                default("anonymous", json!(false));
                if let Some(Value::Array(inputs)) = fields.get_mut("inputs") {
                    for input in inputs.iter_mut().filter_map(Value::as_object_mut) {
                        input.entry("indexed").or_insert(json!(false));
                    }
                }
            }
            "error" => default("inputs", json!([])),
            _ => {}
        }
    }
    item
}

/// What an item is, as far as it says so.
fn label(item: &Value) -> String {
    let text = |fields: &Map<String, Value>, name: &str| Some(fields.get(name)?.as_str()?.to_string());
    let Some(fields) = item.as_object() else { return String::new() };
    match (text(fields, "type"), text(fields, "name")) {
        (Some(kind), Some(name)) => format!(", {kind} {name}"),
        (Some(kind), None) => format!(", {kind}"),
        _ => String::new(),
    }
}
