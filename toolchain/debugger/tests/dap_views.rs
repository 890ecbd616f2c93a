// SPDX-License-Identifier: Apache-2.0
//! What the server of the Debug Adapter Protocol says of a session that stands, and what it is told to stop at.

mod common;

use common::{client::Client, sources, vault_calls};
use serde_json::{json, Value};

#[test]
fn breakpoints_say_where_they_are() {
    let mut client = Client::launched(vault_calls("transfer", 1), None, json!({ "stopOnEntry": false }));
    let lines = |client: &mut Client, path: &str, lines: &[u32]| {
        let breakpoints: Vec<_> = lines.iter().map(|line| json!({ "line": line })).collect();
        client.ok("setBreakpoints", json!({ "source": { "path": path }, "breakpoints": breakpoints }))
            ["breakpoints"]
            .clone()
    };
    let set = lines(&mut client, "/elsewhere/src/vault.rs", &[9, 40]);
    assert_eq!((&set[0]["verified"], &set[0]["line"]), (&json!(true), &json!(12)));
    assert_eq!((&set[1]["verified"], &set[1]["line"]), (&json!(false), &Value::Null));
    assert_eq!(set[1]["message"], "there is no code for it in the programs of this run");
    let unknown = lines(&mut client, "/elsewhere/src/other.rs", &[1]);
    assert_eq!(unknown[0]["verified"], false);
    assert!(client.refused("setBreakpoints", json!({ "source": { "name": "x" } })).contains("`path`"));
    let error = client.refused("setBreakpoints", json!({ "source": {}, "breakpoints": [{}] }));
    assert!(
        error.starts_with("the arguments of `setBreakpoints` are wrong: missing field `line`"),
        "{error}"
    );
    client.ok("configurationDone", json!({}));
    let stopped = client.event("stopped");
    assert_eq!(
        (&stopped["reason"], &stopped["hitBreakpointIds"]),
        (&json!("breakpoint"), &json!([set[0]["id"]]))
    );
    // All of a file are set anew each time.
    let again = lines(&mut client, "/elsewhere/src/vault.rs", &[7]);
    assert_eq!(client.reason("reverseContinue"), "entry");
    assert_eq!(client.moves("continue", json!({}))["hitBreakpointIds"], json!([again[0]["id"]]));
    assert_eq!(lines(&mut client, "/elsewhere/src/vault.rs", &[]), json!([]));
    assert_eq!(client.reason("reverseContinue"), "entry");
    assert_eq!(client.reason("continue"), "end");
    client.disconnect();
}

/// Editors send the breakpoints of all files that they know.
#[test]
fn files_that_are_called_alike_are_told_apart() {
    let folder = sources("files_that_are_called_alike");
    let other = folder.join("other/src");
    std::fs::create_dir_all(&other).unwrap();
    std::fs::write(other.join("vault.rs"), "// something else\n").unwrap();
    let mut client = Client::standing(vault_calls("transfer", 1), Some(folder.clone()));
    let mut set = |path: std::path::PathBuf| {
        let set = client
            .ok("setBreakpoints", json!({ "source": { "path": path }, "breakpoints": [{ "line": 5 }] }));
        (set["breakpoints"][0]["verified"].clone(), set["breakpoints"][0]["message"].clone())
    };
    assert_eq!(set(folder.join("src/vault.rs")), (json!(true), Value::Null));
    assert_eq!(set(folder.join("src/../src/vault.rs")), (json!(true), Value::Null));
    let refused = (json!(false), json!("no program of this run comes from this file"));
    assert_eq!(set(other.join("vault.rs")), refused);
    // It may have been there when the program was made.
    assert_eq!(set("/nowhere/src/vault.rs".into()), (json!(true), Value::Null));
    client.disconnect();
}

#[test]
fn a_breakpoint_where_it_begins_is_stopped_at() {
    let mut client = Client::launched(vault_calls("transfer", 1), None, json!({ "stopOnEntry": false }));
    let set = client.ok("setFunctionBreakpoints", json!({ "breakpoints": [{ "name": "run" }] }));
    client.ok("configurationDone", json!({}));
    let stopped = client.event("stopped");
    assert_eq!(stopped["reason"], "function breakpoint");
    assert_eq!(stopped["hitBreakpointIds"], json!([set["breakpoints"][0]["id"]]));
    assert_eq!(client.evaluate("time").unwrap(), "0x0 (0)");
    client.disconnect();
}

#[test]
fn filters_are_for_contracts_and_host_calls() {
    let mut client = Client::standing(vault_calls("transfer", 1), None);
    let set = client.ok(
        "setExceptionBreakpoints",
        json!({ "filters": ["frame", "failure", "never"], "filterOptions": [{ "filterId": "hostCall" }] }),
    );
    let verified: Vec<_> =
        set["breakpoints"].as_array().unwrap().iter().map(|one| one["verified"].clone()).collect();
    assert_eq!(verified, [true, true, false, true]);
    assert_eq!(set["breakpoints"][2]["message"], "there is no filter `never`");
    let stopped = client.moves("continue", json!({}));
    assert_eq!(
        (&stopped["reason"], &stopped["description"]),
        (&json!("breakpoint"), &json!("Host call: call"))
    );
    assert_eq!(client.moves("continue", json!({}))["description"], "Entered call token");
    let named = |client: &mut Client, condition: &str| {
        let options = json!([{ "filterId": "hostCall", "condition": condition }]);
        let set = client.ok("setExceptionBreakpoints", json!({ "filters": [], "filterOptions": options }));
        set["breakpoints"][0]["verified"].clone()
    };
    assert_eq!(named(&mut client, "now, call"), true);
    assert_eq!(client.reason("reverseContinue"), "breakpoint");
    assert_eq!(named(&mut client, "now"), false);
    assert_eq!(client.reason("continue"), "end");
    client.disconnect();
}

#[test]
fn instructions_have_addresses_and_breakpoints() {
    let folder = sources("instructions_have_addresses");
    let mut client = Client::standing(vault_calls("transfer", 1), Some(folder));
    client.ok("setFunctionBreakpoints", json!({ "breakpoints": [{ "name": "transfer" }] }));
    client.reason("continue");
    let trace = client.ok("stackTrace", json!({}));
    let reference = trace["stackFrames"][0]["instructionPointerReference"].clone();
    assert_eq!(reference, "0x100000001");
    let listing = client.ok(
        "disassemble",
        json!({ "memoryReference": reference, "instructionOffset": -3, "instructionCount": 10 }),
    );
    let listing = listing["instructions"].as_array().unwrap().clone();
    assert_eq!(listing.len(), 10);
    let texts: Vec<_> = listing.iter().map(|one| one["instruction"].as_str().unwrap()).collect();
    assert_eq!(texts[..5], ["no code", "no code", "trap", "a1 = u64 [0x20000]", "a1 = a1 + a0"]);
    assert_eq!(texts[8..], ["no code", "no code"]);
    assert_eq!((&listing[0]["address"], &listing[0]["presentationHint"]), (&json!("-1"), &json!("invalid")));
    assert_eq!((&listing[2]["address"], &listing[2]["line"]), (&json!("0x100000000"), &json!(9)));
    assert_eq!((&listing[2]["symbol"], &listing[3]["symbol"]), (&json!("burn"), &json!("transfer")));
    assert_eq!(listing[4]["symbol"], Value::Null);
    assert!(listing[2]["location"]["path"].as_str().unwrap().ends_with("src/token.rs"));
    assert_eq!((&listing[3]["location"], &listing[3]["line"]), (&Value::Null, &json!(4)));
    // From far away.
    let empty = client.ok(
        "disassemble",
        json!({ "memoryReference": "0", "offset": 0xffff_ffff_u32, "instructionOffset": i64::MIN, "instructionCount": 2 }),
    );
    assert_eq!(empty["instructions"].as_array().unwrap().len(), 2);
    let refused = client
        .refused("disassemble", json!({ "memoryReference": "0x100000000", "instructionCount": 10_001 }));
    assert_eq!(refused, "10001 instructions are asked for; 10000 are the limit");
    let refused =
        client.refused("disassemble", json!({ "memoryReference": "0x200000000", "instructionCount": 1 }));
    assert_eq!(refused, "`0x200000000` is in no program of this run");

    let set = client.ok(
        "setInstructionBreakpoints",
        json!({ "breakpoints": [
            { "instructionReference": "0x100000001", "offset": listing_offset(&listing[5]) },
            { "instructionReference": "0x100000fff" },
            { "instructionReference": "nowhere" },
            { "instructionReference": "0x700000000" },
            { "instructionReference": "0", "offset": -1 },
        ] }),
    );
    let verified: Vec<_> =
        set["breakpoints"].as_array().unwrap().iter().map(|one| one["verified"].clone()).collect();
    assert_eq!(verified, [true, false, false, false, false]);
    let stopped = client.moves("continue", json!({}));
    assert_eq!(stopped["reason"], "instruction breakpoint");
    assert_eq!(stopped["hitBreakpointIds"], json!([set["breakpoints"][0]["id"]]));
    client.disconnect();
}

/// From `transfer` on.
fn listing_offset(instruction: &Value) -> u64 {
    let address = instruction["address"].as_str().unwrap().strip_prefix("0x").unwrap();
    u64::from_str_radix(address, 16).unwrap() - 0x1_0000_0001
}

#[test]
fn memory_is_read_and_watched() {
    let mut client = Client::standing(vault_calls("transfer", 1), None);
    let read = client.ok("readMemory", json!({ "memoryReference": "0x20000", "count": 9 }));
    assert_eq!(read, json!({ "address": "0x20000", "data": "c29tZSBkYXRh" }));
    let read = client.ok("readMemory", json!({ "memoryReference": "0x20000", "offset": 5, "count": 4 }));
    assert_eq!(read, json!({ "address": "0x20005", "data": "ZGF0YQ==" }));
    let read = client.ok("readMemory", json!({ "memoryReference": "0x1fff0", "count": 20 }));
    assert_eq!(read, json!({ "address": "0x1fff0", "unreadableBytes": 16 }));
    let read = client.ok("readMemory", json!({ "memoryReference": "0xfffffff0", "count": u64::MAX }));
    assert_eq!(read, json!({ "address": "0xfffffff0", "unreadableBytes": 16 }));
    assert_eq!(
        client.ok("readMemory", json!({ "memoryReference": "0", "count": 0 })),
        json!({ "address": "0x0" })
    );
    let refused =
        client.refused("readMemory", json!({ "memoryReference": "0x20000", "offset": -0x20001, "count": 1 }));
    assert_eq!(refused, "`0x20000` and -131073 leave the addresses of 32 bits");
    let refused = client.refused("readMemory", json!({ "memoryReference": "0x300000000", "count": 1 }));
    assert_eq!(refused, "`0x300000000` is in no frame of this run");
    let refused = client.refused("readMemory", json!({ "memoryReference": "0x200000000", "count": 1 }));
    assert_eq!(refused, "call token does not run now");

    let info = client.ok("dataBreakpointInfo", json!({ "name": "u64 [0x20000]" }));
    assert_eq!(
        info,
        json!({
            "dataId": "0x100020000:8",
            "description": "8 bytes at 0x20000 of call vault",
            "accessTypes": ["write"],
            "canPersist": false,
        })
    );
    let register = client.ok("dataBreakpointInfo", json!({ "name": "a0", "variablesReference": 1 }));
    assert_eq!(register["dataId"], Value::Null);
    assert!(register["description"].as_str().unwrap().contains("only memory can be watched"));
    let address =
        client.ok("dataBreakpointInfo", json!({ "name": "0x20008", "asAddress": true, "bytes": 2 }));
    assert_eq!(address["dataId"], "0x100020008:2");
    let nowhere = client.ok("dataBreakpointInfo", json!({ "name": "0x10", "asAddress": true }));
    assert_eq!(nowhere["description"], "only 0 of 1 bytes at 0x10 are there");

    let set = client.ok(
        "setDataBreakpoints",
        json!({ "breakpoints": [
            { "dataId": info["dataId"], "accessType": "write" },
            { "dataId": address["dataId"] },
            { "dataId": info["dataId"], "accessType": "readWrite" },
            { "dataId": "?" },
        ] }),
    );
    let verified: Vec<_> =
        set["breakpoints"].as_array().unwrap().iter().map(|one| one["verified"].clone()).collect();
    assert_eq!(verified, [true, true, false, false]);
    // The program writes, behind that the host.
    assert_eq!(client.reason("continue"), "data breakpoint");
    assert_eq!(client.evaluate("u64 [0x20000]").unwrap(), "0x2a (42)");
    let last = client.scope(1, "Last instruction");
    assert_eq!(last[0], ("instruction".into(), "u64 [0x20000] = a0".into()));
    assert_eq!(last.last().unwrap(), &("u64 [0x20000]".into(), "0x74616420656d6f73 → 0x2a".into()));
    assert_eq!(client.reason("continue"), "data breakpoint");
    assert_eq!(client.evaluate("5 bytes [0x20008]").unwrap(), "68 65 6c 6c 6f \"hello\"");
    let call = client.scope(1, "Host call");
    let value = |name: &str| call.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
    assert_eq!(value("function"), Some("call"));
    assert_eq!(value("a0"), Some("0x2a (42)"));
    assert_eq!(value("result"), Some("0x1 (1)"));
    assert_eq!(value("written to 0x20008"), Some("68 65 6c 6c 6f \"hello\""));
    assert_eq!(client.reason("continue"), "end");
    client.disconnect();
}

#[test]
fn contracts_that_are_open_have_memory_and_registers_of_their_own() {
    let mut client = Client::standing(vault_calls("transfer", 1), None);
    client.ok("setFunctionBreakpoints", json!({ "breakpoints": [{ "name": "transfer" }] }));
    client.reason("continue");
    let trace = client.ok("stackTrace", json!({}));
    let frames = trace["stackFrames"].as_array().unwrap().clone();
    let names: Vec<_> = frames.iter().map(|frame| frame["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["transfer at src/token.rs:4", "[call token]", "run at src/vault.rs:6", "[call vault]"]
    );
    let modules: Vec<_> = frames.iter().map(|frame| frame["moduleId"].as_str().unwrap()).collect();
    assert_eq!(modules, ["token", "token", "vault", "vault"]);
    let hints: Vec<_> = frames.iter().map(|frame| frame["presentationHint"].as_str().unwrap()).collect();
    assert_eq!(hints, ["subtle", "label", "subtle", "label"]);
    let page = client.ok("stackTrace", json!({ "startFrame": 2, "levels": 1 }));
    assert_eq!((&page["stackFrames"], &page["totalFrames"]), (&json!([frames[2]]), &json!(4)));
    let sp = |client: &mut Client, frame: u64| {
        client.ok("evaluate", json!({ "expression": "sp", "frameId": frame }))
    };
    let (inner, outer) = (sp(&mut client, 1), sp(&mut client, 3));
    assert_ne!(inner["result"], outer["result"]);
    let reference = outer["memoryReference"].as_str().expect("the stack is memory").to_owned();
    assert_eq!(client.ok("readMemory", json!({ "memoryReference": reference, "count": 1 }))["data"], "AA==");
    let memory = |frame: u64| json!({ "expression": "u64 [0x20000]", "frameId": frame });
    assert_eq!(client.ok("evaluate", memory(3))["result"], "0x2a (42)");
    assert_eq!(client.ok("evaluate", memory(1))["result"], "0x74616420656d6f73 (8386094071443976051)");
    let contract = client.scope(1, "Contract");
    assert_eq!(
        contract[..3],
        [("title", "call token"), ("program", "token"), ("export", "transfer")]
            .map(|(a, b)| (a.into(), b.into()))
    );
    let call = client.scope(3, "Host call");
    assert!(call.contains(&("state".into(), "under way, in a contract that it has entered".into())));
    client.disconnect();
}

#[test]
fn expressions_are_those_of_the_assembly_language() {
    let mut client = Client::standing(vault_calls("transfer", 1), None);
    let mut value = |expression| client.evaluate(expression);
    assert_eq!(value("a0"), Ok("0x15 (21)".into()));
    assert_eq!(value("r7 - 22"), Ok("0xffffffffffffffff (-1)".into()));
    assert_eq!(value("gas"), Ok("0x3e8 (1000)".into()));
    assert_eq!(value("pc"), Ok("0x0 (0)".into()));
    assert_eq!(value("u8 [a0 + 0x1ffeb]"), Ok("0x73 (115)".into()));
    assert_eq!(value("i32 [0x20040]"), Ok("0x0 (0)".into()));
    assert_eq!(value("9 bytes [0x20000]"), Ok("73 6f 6d 65 20 64 61 74 61 \"some data\"".into()));
    assert_eq!(value("8 bytes [0xffff]"), Err("only 0 of 8 bytes at 0xffff can be read".into()));
    assert_eq!(value("u64 [0x100000000]"), Err("0x100000000 is no address: those have 32 bits".into()));
    assert!(value("amount").unwrap_err().starts_with("`amount`: expected a register (`a0`)"));
    assert!(value("").unwrap_err().starts_with("nothing is asked for"));
    client.disconnect();
}

#[test]
fn lines_are_counted_as_the_client_does() {
    let folder = sources("lines_are_counted");
    let mut client = Client::new(vault_calls("transfer", 1), Some(folder));
    client
        .ok("initialize", json!({ "linesStartAt1": false, "columnsStartAt1": false, "pathFormat": "path" }));
    client.ok("launch", json!({}));
    client.event("output");
    client.event("initialized");
    let set = client
        .ok("setBreakpoints", json!({ "source": { "path": "vault.rs" }, "breakpoints": [{ "line": 8 }] }));
    assert_eq!(set["breakpoints"][0]["line"], 11);
    client.ok("configurationDone", json!({}));
    client.event("stopped");
    client.reason("continue");
    let trace = client.ok("stackTrace", json!({ "levels": 1 }));
    assert_eq!(
        (&trace["stackFrames"][0]["line"], &trace["stackFrames"][0]["column"]),
        (&json!(11), &json!(4))
    );
    client.disconnect();
}

/// Each request with each kind of value in each place: there is an answer, and it goes on.
#[test]
fn strange_arguments_are_refused_or_answered() {
    let requests = [
        "setBreakpoints",
        "setFunctionBreakpoints",
        "setInstructionBreakpoints",
        "setExceptionBreakpoints",
        "setDataBreakpoints",
        "dataBreakpointInfo",
        "threads",
        "stackTrace",
        "scopes",
        "variables",
        "evaluate",
        "readMemory",
        "disassemble",
        "exceptionInfo",
        "source",
        "reverseContinue",
        "stepBack",
        "pause",
        "cancel",
        "",
    ];
    let names = [
        "source",
        "breakpoints",
        "filters",
        "filterOptions",
        "variablesReference",
        "name",
        "frameId",
        "bytes",
        "asAddress",
        "startFrame",
        "levels",
        "start",
        "count",
        "expression",
        "memoryReference",
        "offset",
        "instructionOffset",
        "instructionCount",
        "granularity",
    ];
    let values = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1),
        json!(3),
        json!(1.5),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(""),
        json!("a0"),
        json!("0x"),
        json!("0xffffffffffffffff"),
        json!("u8 [sp - 1]"),
        json!([]),
        json!({}),
        json!([{}]),
        json!({ "path": "" }),
        json!([{ "line": u32::MAX, "name": "", "instructionReference": "-1", "dataId": ":", "filterId": "hostCall" }]),
    ];
    let mut client = Client::standing(vault_calls("transfer", 1), None);
    for request in requests {
        for value in &values {
            let all: serde_json::Map<_, _> =
                names.iter().map(|name| ((*name).into(), value.clone())).collect();
            // All of them, and the one that may be missing at what is needed.
            let _ = client.request(request, json!(all));
            let mut some =
                json!({ "memoryReference": "0x20000", "expression": "a0", "name": "a0", "count": 1 });
            some["instructionCount"] = 1.into();
            some[names[value.to_string().len() % names.len()]] = value.clone();
            let _ = client.request(request, some);
        }
    }
    assert!(client.evaluate("gas").is_ok());
    client.close().1.unwrap();
}
