// SPDX-License-Identifier: Apache-2.0
//! The server of the Debug Adapter Protocol, by a client that talks to it.

mod common;

use common::{alone, assert_golden, client::Client, program, sources, vault_calls, vault_reverts};
use serde_json::{json, Value};

fn at(function: &str, line: u64) -> (String, u64) {
    (function.into(), line)
}

/// As editors do it, with all that they are told.
#[test]
fn a_session_of_an_editor() {
    let folder = sources("a_session_of_an_editor");
    let vault = folder.join("src/vault.rs");
    let mut client = Client::launched(vault_calls("transfer", 1), Some(folder.clone()), json!({}));
    client.ok("setBreakpoints", json!({ "source": { "path": vault }, "breakpoints": [{ "line": 5 }, { "line": 13 }, { "line": 40 }] }));
    client.ok(
        "setFunctionBreakpoints",
        json!({ "breakpoints": [{ "name": "transfer" }, { "name": "nobody" }] }),
    );
    client.ok("setExceptionBreakpoints", json!({ "filters": ["failure"] }));
    client.ok("configurationDone", json!({}));
    client.event("stopped");
    client.ok("threads", json!({}));
    client.moves("continue", json!({ "threadId": 1 }));
    client.ok("stackTrace", json!({ "threadId": 1 }));
    client.moves("continue", json!({ "threadId": 1 }));
    client.moves("continue", json!({ "threadId": 1 }));
    client.ok("stackTrace", json!({ "threadId": 1 }));
    client.ok("scopes", json!({ "frameId": 1 }));
    client.ok("variables", json!({ "variablesReference": 1 }));
    client.ok("variables", json!({ "variablesReference": 2 }));
    client.ok("scopes", json!({ "frameId": 3 }));
    client.ok("variables", json!({ "variablesReference": 12 }));
    client.ok(
        "disassemble",
        json!({ "memoryReference": "0x100000001", "instructionOffset": -2, "instructionCount": 5 }),
    );
    client.moves("stepBack", json!({ "threadId": 1 }));
    client.moves("continue", json!({ "threadId": 1 }));
    client.moves("continue", json!({ "threadId": 1 }));
    client.ok("continue", json!({ "threadId": 1 }));
    client.event("exited");
    client.event("terminated");
    let transcript = client.disconnect();
    assert_golden("dap.txt", &transcript.replace(folder.to_str().expect("a path of text"), "FOLDER"));
}

#[test]
fn lines_are_gone_through_forwards_and_backwards() {
    let folder = sources("lines_are_gone_through");
    let mut client = Client::standing(vault_calls("transfer", 1), Some(folder));
    assert_eq!(client.here(), at("run", 3));
    assert_eq!(client.place("next"), at("run", 4));
    assert_eq!(client.place("stepIn"), at("double [inlined]", 12));
    assert_eq!(client.place("stepOut"), at("run", 5));
    assert_eq!(client.place("stepIn"), at("store", 16));
    assert_eq!(client.place("stepOut"), at("run", 6));
    assert_eq!(client.place("stepIn"), at("transfer", 4));
    assert_eq!(client.place("next"), at("transfer", 5));
    assert_eq!(client.place("stepBack"), at("transfer", 4));
    assert_eq!(client.place("stepOut"), at("run", 7));
    assert_eq!(client.reason("reverseContinue"), "entry");
    assert_eq!(client.here(), at("run", 3));
    assert_eq!(client.reason("stepBack"), "entry");
    client.disconnect();
}

#[test]
fn instructions_are_gone_through_forwards_and_backwards() {
    let mut client = Client::standing(vault_calls("transfer", 1), None);
    let mut step = |command: &str, granularity: &str| {
        client.moves(command, json!({ "threadId": 1, "granularity": granularity }));
        client
            .evaluate("pc")
            .unwrap()
            .split_once(" (")
            .unwrap()
            .1
            .trim_end_matches(')')
            .parse::<u32>()
            .unwrap()
    };
    let first = step("stepIn", "instruction");
    let second = step("next", "instruction");
    assert!(0 < first && first < second);
    assert_eq!(step("stepBack", "instruction"), first);
    assert_eq!(step("stepBack", "instruction"), 0);
    client.disconnect();
}

#[test]
fn the_end_is_looked_at_before_it_terminates() {
    let mut client = Client::standing(vault_calls("transfer", 1), None);
    let stopped = client.moves("continue", json!({}));
    assert_eq!(
        stopped,
        json!({
            "reason": "end",
            "description": "At the end: finished",
            "text": "finished",
            "threadId": 1,
            "allThreadsStopped": true,
        })
    );
    assert_eq!(client.evaluate("a0").unwrap(), "0x2 (2)");
    client.moves("reverseContinue", json!({}));
    assert_eq!(client.reason("continue"), "end");
    client.ok("next", json!({}));
    assert_eq!(client.event("exited"), json!({ "exitCode": 0 }));
    assert_eq!(client.event("terminated"), Value::Null);
    assert_eq!(client.refused("continue", json!({})), "the run is over");
    assert_eq!(client.refused("stackTrace", json!({})), "the run is over");
    client.disconnect();
}

#[test]
fn failures_are_stopped_at_or_told() {
    // A contract that is called fails, and its caller goes on.
    let mut client = Client::standing(vault_calls("burn", 7), None);
    client.ok("continue", json!({}));
    let failure = "call token failed: trapped: the program panicked\n";
    let output = client.event("output");
    assert_eq!(output["category"], "stderr");
    assert_eq!(output["output"].as_str().unwrap().split(':').next(), failure.split(':').next());
    let stopped = client.event("stopped");
    assert_eq!(
        (&stopped["reason"], &stopped["description"]),
        (&json!("exception"), &json!("call token failed"))
    );
    let info = client.ok("exceptionInfo", json!({ "threadId": 1 }));
    assert_eq!((&info["exceptionId"], &info["description"]), (&stopped["description"], &stopped["text"]));
    assert_eq!(client.here(), ("burn at src/token.rs:9".into(), 0));
    assert_eq!(client.reason("stepOut"), "step");
    assert!(client.refused("exceptionInfo", json!({})).contains("does not stand at a failure"));
    assert_eq!(client.evaluate("a0").unwrap(), "0x7 (7)");
    // Once each, however often it is come by.
    assert_eq!(client.reason("reverseContinue"), "exception");
    client.disconnect();

    // Without the filter it is told all the same, also by steps.
    let mut client = Client::standing(vault_calls("burn", 7), None);
    client.ok("setExceptionBreakpoints", json!({ "filters": [] }));
    client.ok("next", json!({}));
    client.event("stopped");
    client.ok("continue", json!({}));
    assert!(client.event("output")["output"].as_str().unwrap().starts_with("call token failed: trapped"));
    assert_eq!(client.event("stopped")["reason"], "end");
    client.disconnect();
}

#[test]
fn a_run_that_fails_has_an_exit_code() {
    let mut client = Client::launched(vault_reverts(), None, json!({ "stopOnEntry": false }));
    client.ok("setExceptionBreakpoints", json!({ "filters": [] }));
    client.ok("configurationDone", json!({}));
    assert_eq!(client.event("output")["output"], "call vault failed: reverted: not today\n");
    assert_eq!(client.event("stopped")["description"], "At the end: reverted: not today");
    client.ok("continue", json!({}));
    assert_eq!(client.event("exited"), json!({ "exitCode": 1 }));
    client.event("terminated");
    client.disconnect();
}

/// Runs for longer than anybody waits.
fn endless() -> Client {
    let text = "pub @run:\n jump @run // run 1\npub @other:\n ret // other 2";
    let spin = program("spin", "src/spin.rs", text);
    Client::launched(alone(&spin, "run", &[], i64::MAX), None, json!({ "stopOnEntry": false }))
}

/// What is asked in the midst of a motion changes nothing about where that ends.
#[test]
fn a_step_over_what_was_inlined_goes_on_after_requests() {
    let text = "\
pub @run:
    a0 = 0                   // run 1
    a1 = 5000                // run 2 > small 30
    jump @loop               // run 2 > small 30
@loop:
    a0 = a0 + 1              // run 2 > small 31
    jump @loop if a0 <u a1   // run 2 > small 31
    ret                      // run 3
";
    let program = program("main", "src/main.rs", text);
    for _ in 0..3 {
        let mut client = Client::standing(alone(&program, "run", &[], 1_000_000), None);
        client.moves("next", json!({}));
        assert_eq!(client.here().0, "run at src/main.rs:2");
        client.ok("next", json!({}));
        client.ok("threads", json!({}));
        client.ok("setFunctionBreakpoints", json!({ "breakpoints": [] }));
        assert_eq!(client.event("stopped")["reason"], "step");
        assert_eq!(client.here().0, "run at src/main.rs:3");
        client.disconnect();
    }
}

/// To the protocol, arguments are anything.
#[test]
fn arguments_that_are_no_object_are_refused_and_it_goes_on() {
    let mut client = Client::standing(vault_calls("transfer", 1), None);
    for arguments in [json!([]), json!(3), json!("x"), json!(true)] {
        for command in ["stackTrace", "next", "setBreakpoints"] {
            let refused = client.refused(command, arguments.clone());
            assert!(refused.starts_with(&format!("the arguments of `{command}` are wrong")), "{refused}");
        }
        client.ok("threads", arguments);
    }
    client.ok("stackTrace", json!(null));
    client.disconnect();
}

#[test]
fn what_is_endless_can_be_paused() {
    let mut client = endless();
    client.ok("configurationDone", json!({}));
    // It moves now. What does not ask where it stands is answered.
    assert_eq!(client.ok("threads", json!({}))["threads"], json!([{ "id": 1, "name": "alone" }]));
    let set = client.ok("setFunctionBreakpoints", json!({ "breakpoints": [{ "name": "other" }] }));
    assert_eq!(set["breakpoints"][0]["verified"], true);
    // What does ask waits until it stands.
    let trace = client.send("stackTrace", json!({}));
    let pause = client.send("pause", json!({ "threadId": 1 }));
    client.answer(pause).unwrap();
    assert_eq!(client.event("stopped")["reason"], "pause");
    assert_eq!(client.answer(trace).unwrap()["stackFrames"][0]["name"], "run at src/spin.rs:1");
    // One that came when it stood stops nothing later.
    client.ok("pause", json!({ "threadId": 1 }));
    client.moves("stepIn", json!({ "granularity": "instruction" }));
    // The same for a step that does not end, also in its beginning.
    client.ok("stepOut", json!({}));
    client.ok("threads", json!({}));
    client.ok("pause", json!({}));
    assert_eq!(client.event("stopped")["reason"], "pause");
    client.disconnect();
}

#[test]
fn what_is_endless_ends_with_its_client() {
    let mut client = endless();
    client.ok("configurationDone", json!({}));
    client.ok("terminate", json!({}));
    client.event("terminated");
    client.disconnect();

    let mut client = endless();
    client.ok("configurationDone", json!({}));
    client.disconnect();

    let mut client = endless();
    client.ok("configurationDone", json!({}));
    let (rest, result) = client.close();
    result.unwrap();
    assert_eq!(rest, [Value::Null; 0]);

    let mut client = endless();
    client.ok("configurationDone", json!({}));
    client.send_bytes(b"Nonsense\r\n\r\n");
    assert_eq!(client.close().1.unwrap_err().kind(), std::io::ErrorKind::InvalidData);
}

#[test]
fn input_that_is_broken_ends_it_with_the_reason() {
    let cases: [(&[u8], &str); 5] = [
        (b"Content-Length: x\r\n\r\n", "`Content-Length: x`: invalid digit found in string"),
        (
            b"Content-Length: 4294967296\r\n\r\n",
            "a message of 4294967296 bytes is announced; the limit is 4194304",
        ),
        (b"Content-Length: 9\r\n\r\n{}", "the input ends within a message of 9 bytes"),
        (b"Content-Length: 2\r\n\r\n{}", "a message is none of the protocol: missing field `seq`"),
        (b"Content-Length: 3\r\n\r\n{]}", "a message is no JSON: key must be a string at line 1 column 2"),
    ];
    for (bytes, text) in cases {
        let mut client = Client::standing(vault_calls("transfer", 1), None);
        client.send("threads", json!({}));
        client.send_bytes(bytes);
        // What came before is answered.
        let (rest, result) = client.close();
        assert_eq!(rest.len(), 1);
        let error = result.unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (std::io::ErrorKind::InvalidData, text));
    }
    // Answers and events are no requests.
    let mut client = Client::new(vault_calls("transfer", 1), None);
    client.send_bytes(b"Content-Length: 19\r\n\r\n{\"type\":\"response\"}");
    client.ok("initialize", json!({}));
    client.close().1.unwrap();
}

#[test]
fn requests_have_their_time() {
    let mut client = Client::new(vault_calls("transfer", 1), None);
    assert_eq!(client.refused("launch", json!({})), "`initialize` has to come first");
    assert_eq!(client.refused("stackTrace", json!({})), "`initialize` has to come first");
    assert_eq!(
        client.refused("initialize", json!({ "pathFormat": "uri" })),
        "paths cannot be given as `uri`, only as `path`"
    );
    client.ok("initialize", json!({}));
    assert_eq!(client.refused("initialize", json!({})), "`initialize` came before");
    assert_eq!(client.refused("continue", json!({})), "nothing has been launched");
    assert_eq!(client.refused("pause", json!({})), "nothing has been launched");
    assert_eq!(client.refused("terminate", json!({})), "nothing has been launched");
    assert_eq!(client.refused("launch", json!({ "refuse": true })), "there is nothing to be launched");
    assert_eq!(client.event("output")["output"], "there is nothing to be launched\n");
    client.ok("launch", json!({}));
    assert_eq!(client.event("output"), json!({ "category": "console", "output": "a recorded run\n" }));
    client.event("initialized");
    assert_eq!(client.refused("launch", json!({})), "something has been launched already");
    assert_eq!(client.refused("next", json!({})), "`configurationDone` has to come first");
    client.ok("configurationDone", json!({}));
    assert_eq!(client.event("stopped")["reason"], "entry");
    assert_eq!(client.refused("configurationDone", json!({})), "`configurationDone` came before");
    assert_eq!(client.refused("setVariable", json!({})), "there is no request `setVariable` here");
    assert_eq!(client.refused("scopes", json!({ "frameId": 0 })), "there is no frame 0 now");
    assert_eq!(client.refused("scopes", json!({ "frameId": 9 })), "there is no frame 9 now");
    assert_eq!(
        client.refused("variables", json!({ "variablesReference": 0 })),
        "there are no variables 0 now"
    );
    assert_eq!(
        client.refused("variables", json!({ "variablesReference": u64::MAX })),
        format!("there are no variables {} now", u64::MAX)
    );
    client.ok("terminate", json!({}));
    client.event("terminated");
    assert_eq!(client.refused("threads", json!({})), "the run is over");
    client.disconnect();
}

#[test]
fn programs_without_debug_info_can_be_gone_through() {
    let plain = program("plain", "", "pub @run:\n a0 = a0 + 1\n a0 = a0 + a0\n ret");
    let mut client = Client::standing(alone(&plain, "run", &[4], 100), None);
    let trace = client.ok("stackTrace", json!({}));
    assert_eq!(
        (&trace["stackFrames"][0]["name"], &trace["stackFrames"][0]["line"]),
        (&json!("run"), &json!(0))
    );
    client.moves("next", json!({ "granularity": "instruction" }));
    assert_eq!(client.evaluate("a0").unwrap(), "0x5 (5)");
    assert_eq!(client.reason("continue"), "end");
    client.disconnect();
}

#[test]
fn a_run_that_differs_is_told_and_goes_back() {
    let mut recording = vault_calls("transfer", 1);
    if let revive_vm_debugger::Host::Recorded(calls) = &mut recording.frames[0].host {
        calls[0].function = "balance".into();
    }
    let mut client = Client::standing(recording, None);
    client.ok("continue", json!({}));
    let output = client.event("output");
    assert_eq!(output["category"], "stderr");
    let text = output["output"].as_str().unwrap().trim_end().to_owned();
    assert!(
        text.starts_with("call vault does not do what was recorded: host call 1 was of `balance`"),
        "{text}"
    );
    let stopped = client.event("stopped");
    assert_eq!((&stopped["reason"], &stopped["text"]), (&json!("exception"), &json!(text)));
    // It does not go on as if nothing were.
    client.ok("next", json!({}));
    assert_eq!(client.event("output")["output"], format!("{text}\n"));
    assert_eq!(client.event("stopped")["reason"], "exception");
    assert_eq!(client.reason("reverseContinue"), "entry");
    client.ok("continue", json!({}));
    assert_eq!(client.event("output")["output"], format!("{text}\n"));
    client.event("stopped");
    client.disconnect();
}

#[test]
fn without_debugging_it_runs_to_its_end() {
    let mut client = Client::launched(vault_calls("burn", 7), None, json!({ "noDebug": true }));
    client.ok("configurationDone", json!({}));
    assert!(client.event("output")["output"].as_str().unwrap().starts_with("call token failed: "));
    assert_eq!(client.event("exited"), json!({ "exitCode": 0 }));
    client.event("terminated");
    client.disconnect();
}

/// What it offers is what it describes.
#[test]
fn the_extension_of_an_editor_knows_its_attributes() {
    let text = include_str!("../editors/vscode/package.json");
    let package: Value = serde_json::from_str(text).expect("it is JSON");
    let debugger = &package["contributes"]["debuggers"][0];
    assert_eq!((&debugger["runtime"], &debugger["args"]), (&json!("revive-vm"), &json!(["debug", "--dap"])));
    let languages: Vec<_> =
        debugger["languages"].as_array().unwrap().iter().map(|name| json!({ "language": name })).collect();
    assert_eq!(package["contributes"]["breakpoints"], json!(languages));
    let attributes = &debugger["configurationAttributes"]["launch"]["properties"];
    let offered = debugger["initialConfigurations"].as_array().unwrap().iter();
    let snippets =
        debugger["configurationSnippets"].as_array().unwrap().iter().map(|snippet| &snippet["body"]);
    for configuration in offered.chain(snippets) {
        assert_eq!(
            (&configuration["type"], &configuration["request"]),
            (&debugger["type"], &json!("launch"))
        );
        for name in configuration.as_object().unwrap().keys() {
            let is_of_editor = ["name", "type", "request"].contains(&name.as_str());
            assert!(is_of_editor || attributes[name].is_object(), "{name} is described");
        }
    }
    let models: Vec<_> = revive_vm_primitives::GasModel::ALL.iter().map(|model| model.name()).collect();
    assert_eq!(attributes["gasModel"]["enum"], json!(models));
}
