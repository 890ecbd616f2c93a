// SPDX-License-Identifier: Apache-2.0
//! The command against nodes that answer what no node would: it says what is wrong and ends with the right status, whatever that is.

#[allow(dead_code, reason = "these tests need no blobs")]
mod common;

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use codec::{Compact, Encode};
use common::{revive_vm, stderr, stdout};
use revive_vm_primitives::debug_info::is_invisible;
use scale_info::{MetaType, PortableRegistry, Registry};
use serde_json::{json, Value};
use tungstenite::Message;

/// A folder of its own for these tests.
const TEST: &str = "hostile-node";

/// The address of a contract, and 20 bytes in any case.
const ADDRESS: &str = "0x0101010101010101010101010101010101010101";

/// What comes back for a request.
enum Answer {
    /// This result.
    Result(Value),
    /// This text, with the request's number in place of `ID`.
    Text(String),
    /// Nothing: the connection ends.
    Close,
}

/// Serves whoever connects, for as long as the test runs. Returns the address.
fn serve(client: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    let client = Arc::new(client);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let client = client.clone();
            thread::spawn(move || client(stream));
        }
    });
    url
}

/// A node that answers this to a method, with its first parameter where that names a function.
fn node(answer: impl Fn(&str) -> Option<Answer> + Send + Sync + 'static) -> String {
    serve(move |stream| {
        let Ok(mut socket) = tungstenite::accept(stream) else { return };
        while let Ok(message) = socket.read() {
            let Message::Text(text) = message else { continue };
            let request: Value = serde_json::from_str(&text).unwrap();
            let method = match (request["method"].as_str().unwrap(), &request["params"][0]) {
                ("state_call", Value::String(function)) => function.clone(),
                (method, _) => method.to_owned(),
            };
            let id = request["id"].to_string();
            let text = match answer(&method).unwrap_or_else(|| good(&method)) {
                Answer::Result(result) => {
                    json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }).to_string()
                }
                Answer::Text(text) => text.replace("ID", &id),
                Answer::Close => return,
            };
            if socket.send(Message::text(text)).is_err() {
                return;
            }
        }
    })
}

fn hex(bytes: &[u8]) -> Value {
    format!("0x{}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()).into()
}

/// What an honest node answers, as far as the command asks for it here.
fn good(method: &str) -> Answer {
    let zeros = "0x".to_owned() + &"00".repeat(32);
    Answer::Result(match method {
        "chain_getBlockHash" => zeros.into(),
        "chain_getHeader" => json!({
            "parentHash": zeros, "number": "0x0", "stateRoot": zeros, "extrinsicsRoot": zeros, "digest": { "logs": [] }
        }),
        "Core_version" => {
            let apis: Vec<([u8; 8], u32)> = Vec::new();
            hex(&("mock", "mock", 1u32, 1u32, 1u32, apis, 1u32, 1u8).encode())
        }
        "Metadata_metadata_versions" => hex(&vec![15u32].encode()),
        "Metadata_metadata_at_version" => hex(&Some(metadata(&["ReviveApi"])).encode()),
        "system_properties" => json!({ "tokenSymbol": "UNIT", "tokenDecimals": 12 }),
        "ReviveApi_contract_info" => hex(&contract(1_500_000_000_000)),
        "ReviveApi_code_info" => hex(&[0]),
        "ReviveApi_balance" => hex(&[0; 32]),
        "ReviveApi_account_id" => hex(&[1; 32]),
        _ => Value::Null,
    })
}

/// The encoding of a contract with that deposit: account, code hash, bytes and items of storage, deposit, bytes of immutable data.
fn contract(deposit: u128) -> Vec<u8> {
    Some(([1u8; 32], [2u8; 32], 3u32, 4u32, deposit, 5u32)).encode()
}

/// Metadata in version 15 of a runtime with these APIs, and nothing else.
fn metadata(apis: &[&str]) -> Vec<u8> {
    let mut registry = Registry::new();
    let unit = Compact(registry.register_type(&MetaType::new::<()>()).id);
    let none: Vec<()> = Vec::new();
    let mut bytes = b"meta\x0f".to_vec();
    PortableRegistry::from(registry).encode_to(&mut bytes);
    none.encode_to(&mut bytes);
    // The extrinsic: version, address, call, signature, extra, extensions. The runtime's type.
    (4u8, unit, unit, unit, unit, &none, unit).encode_to(&mut bytes);
    let apis: Vec<_> = apis.iter().map(|name| (*name, &none, &none)).collect();
    apis.encode_to(&mut bytes);
    // Call, event and error of the runtime; values of its own.
    (unit, unit, unit, none).encode_to(&mut bytes);
    bytes
}

/// Runs `info`, which asks for most, and expects an error.
fn refused(what: &str, url: &str) -> String {
    let output = revive_vm(TEST, &["info", ADDRESS, "--url", url]);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{what}: {text}");
    assert_eq!(stdout(&output), "", "{what}");
    assert!(text.starts_with("error: ") && !text.contains("panicked"), "{what}: {text}");
    assert!(!text.chars().any(|c| c.is_control() && c != '\n' || is_invisible(c)), "{what}: {text:?}");
    assert!(text.len() < 10_000, "{what}: {} bytes", text.len());
    assert!(text.lines().count() <= 2, "an error and a hint: {text}");
    text
}

#[test]
fn an_honest_node_is_believed() {
    let output = revive_vm(TEST, &["info", ADDRESS, "--url", &node(|_| None)]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("1.5 UNIT"), "{}", stdout(&output));
}

#[test]
fn what_is_no_node_is_said_to_be_none() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let text = refused("nobody", &format!("ws://{nobody}"));
    assert!(text.contains("failed to reach a node") && text.contains("hint: "), "{text}");
    for (what, answer) in [
        ("an end", &b""[..]),
        ("a web server", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
        ("a redirection to itself", b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"),
        (
            "a wrong accept",
            b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
        ),
        ("no HTTP", b"\xff\xfe\x1b[31m\0\0\0\0\r\n\r\n"),
        ("another protocol", b"SSH-2.0-OpenSSH_9.6\r\n"),
    ] {
        let url = serve(move |mut stream| {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer);
        });
        let text = refused(what, &url);
        assert!(text.contains("failed to reach a node"), "{what}: {text}");
    }
}

/// Every request in turn is answered by every kind of nonsense.
#[test]
fn nonsense_is_an_error_that_says_where() {
    let requests = [
        ("chain_getBlockHash", "asking for the genesis block"),
        ("chain_getHeader", "reading the runtime's metadata"),
        ("Core_version", "reading the runtime's metadata"),
        ("Metadata_metadata_at_version", "reading the runtime's metadata"),
        ("system_properties", "asking for the chain's unit"),
        ("ReviveApi_contract_info", "ReviveApi_contract_info"),
    ];
    for (request, place) in requests {
        let is_properties = request == "system_properties";
        for (what, nonsense) in [
            ("a number", "5".to_owned()),
            ("a huge number", "9".repeat(100_000)),
            ("no number", "1e999".into()),
            ("a text", "\"hello\"".into()),
            ("odd digits", "\"0x1\"".into()),
            ("a list", "[1]".into()),
            ("deep lists", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))),
            ("deep objects", format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000))),
            ("a claim of many", "\"0x01feffffff\"".into()),
            ("ones", format!("\"0x{}\"", "ff".repeat(200))),
        ] {
            let reply = format!("{{\"jsonrpc\":\"2.0\",\"id\":ID,\"result\":{nonsense}}}");
            let url = node(move |method| (method == request).then(|| Answer::Text(reply.clone())));
            let text = refused(&format!("{request}: {what}"), &url);
            assert!(text.contains(place), "{request}, {what}: {text}");
        }
        let error = r#"{"jsonrpc":"2.0","id":ID,"error":{"code":-32000,"message":"no\u001b[31m\u202e\nway","data":[{}]}}"#;
        for (what, reply) in
            [("an error", error), ("no JSON", "hello"), ("neither", r#"{"jsonrpc":"2.0","id":ID}"#)]
        {
            let url = node(move |method| (method == request).then(|| Answer::Text(reply.into())));
            if what == "an error" {
                assert!(refused(request, &url).contains("no\\u{1b}[31m\\u{202e}"), "{request}");
            } else if !is_properties {
                refused(&format!("{request}: {what}"), &url);
            }
        }
        let long = format!(
            r#"{{"jsonrpc":"2.0","id":ID,"error":{{"code":1,"message":"{}"}}}}"#,
            "long ".repeat(100_000)
        );
        let url = node(move |method| (method == request).then(|| Answer::Text(long.clone())));
        assert!(refused(&format!("{request}: a long error"), &url).contains("bytes in all"), "{request}");
        let url = node(move |method| (method == request).then_some(Answer::Close));
        refused(&format!("{request}: an end"), &url);
    }
}

#[test]
fn metadata_is_not_believed() {
    let whole = metadata(&["ReviveApi"]);
    let other = metadata(&["OtherApi"]);
    let text = refused("another runtime", &with_metadata(Some(other).encode()));
    assert!(text.contains("has no `ReviveApi`: it runs no contracts"), "{text}");
    for (what, encoded) in [
        ("none", vec![0]),
        ("empty", Some(Vec::<u8>::new()).encode()),
        ("another version", Some(b"meta\x63".to_vec()).encode()),
        ("no metadata", Some(b"atem\x0f\0\0\0".to_vec()).encode()),
        ("a length that is not there", [&[1, 0xfe, 0xff, 0xff, 0xff][..], b"meta"].concat()),
        ("a registry of many", Some(b"meta\x0f\xfe\xff\xff\xff".to_vec()).encode()),
    ] {
        let text = refused(what, &with_metadata(encoded));
        assert!(text.contains("reading the runtime's metadata"), "{what}: {text}");
    }
    for len in (0..whole.len()).step_by(3) {
        refused(&format!("cut at {len}"), &with_metadata(Some(whole[..len].to_vec()).encode()));
    }
}

fn with_metadata(encoded: Vec<u8>) -> String {
    node(move |method| (method == "Metadata_metadata_at_version").then(|| Answer::Result(hex(&encoded))))
}

#[test]
fn the_unit_of_a_chain_may_be_anything() {
    for (properties, deposit) in [
        (json!({}), "1.5 UNIT"),
        (json!({ "tokenSymbol": ["A", "B"], "tokenDecimals": [10, 12] }), "150 A"),
        (json!({ "tokenSymbol": "A", "tokenDecimals": 0 }), "1,500,000,000,000 A"),
        (json!({ "tokenSymbol": "A", "tokenDecimals": 255 }), "1,500,000,000,000"),
        (json!({ "tokenSymbol": "A", "tokenDecimals": "12" }), "1,500,000,000,000"),
        (json!({ "tokenSymbol": "a\u{1b}[31m\u{202e}", "tokenDecimals": 12 }), "1.5 a\\u{1b}[31m\\u{202e}"),
    ] {
        let answer = properties.clone();
        let url = node(move |method| (method == "system_properties").then(|| Answer::Result(answer.clone())));
        let output = revive_vm(TEST, &["info", ADDRESS, "--url", &url]);
        let text = stdout(&output);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let shown = text.lines().find(|line| line.contains("deposit")).unwrap();
        assert!(shown.ends_with(&format!("  {deposit}")), "{properties}: {shown:?}");
    }
    let url = node(|method| {
        (method == "ReviveApi_contract_info").then(|| Answer::Result(hex(&contract(u128::MAX))))
    });
    let output = revive_vm(TEST, &["info", ADDRESS, "--url", &url]);
    assert!(
        stdout(&output).contains("340,282,366,920,938,463,463,374,607.431768211455 UNIT"),
        "{}",
        stdout(&output)
    );
}

/// Results of runs: cut at every length, and with lengths in them that are not there.
#[test]
fn results_are_not_believed() {
    let whole = contract(7);
    for len in 1..whole.len() {
        let cut = hex(&whole[..len]);
        let url =
            node(move |method| (method == "ReviveApi_contract_info").then(|| Answer::Result(cut.clone())));
        assert!(refused("cut", &url).contains("has an unknown layout"), "{len}");
    }
    for (what, result) in [("nothing", vec![]), ("ones", vec![0xff; 300]), ("zeros", vec![0; 30])] {
        for command in ["call", "trace", "estimate"] {
            let function = if command == "call" {
                "ReviveApi_call".to_owned()
            } else {
                format!("ReviveApi_{command}_call")
            };
            let result = hex(&result);
            let url = node(move |method| (method == function).then(|| Answer::Result(result.clone())));
            let output = revive_vm(TEST, &[command, ADDRESS, "f()", "--url", &url]);
            let text = stderr(&output);
            assert_eq!(output.status.code(), Some(1), "{command}, {what}: {text}");
            assert!(text.contains("has an unknown layout"), "{command}, {what}: {text}");
        }
    }
}
