// SPDX-License-Identifier: Apache-2.0
//! What happens in the demo, in order, and what must come of it.

use serde_json::json;

use super::cast::{path, text, Cast, Contract, Outcome, ALICE, BOB, CHARLIE};
use crate::{node::Node, run::Result, workspace};

/// All tokens, in smallest units; they go to Alice.
const SUPPLY: u64 = 1_000_000;
/// Alice gives this to Bob.
const TO_BOB: u64 = 300;
/// Bob gives this to Charlie.
const TO_CHARLIE: u64 = 120;
/// Charlie gives this back to Alice.
const BACK_TO_ALICE: u64 = 20;
/// What the counter is raised by.
const STEP: u64 = 5;

/// A weight limit that an endless loop uses up quickly: 2 ms of computation.
const SMALL_WEIGHT: &str = "2000000000,100000";

const ZERO_ADDRESS: &str = "0x0000000000000000000000000000000000000000";
/// First four bytes of keccak-256 of `ERC20InsufficientBalance(address,uint256,uint256)`.
const INSUFFICIENT_BALANCE: &str = "0xe450d38c";
/// First four bytes of keccak-256 of `Error(string)`.
const ERROR_STRING: &str = "0x08c379a0";

/// Plays the demo. Wrong values are kept by the cast; an error means that it could not go on.
pub(super) fn play(cast: &mut Cast, node: &Node) -> Result<()> {
    let token = token(cast)?;
    look_inside(cast, &token)?;
    let counter = counter(cast)?;
    bad_behaviour(cast, node, &counter)
}

/// The ERC-20: deployed, used by three accounts, and refused one transfer.
fn token(cast: &mut Cast) -> Result<Contract> {
    let supply = SUPPLY.to_string();
    let (token, deployed) = cast.deploy("erc20", &["Demo Token", "DEMO", &supply])?;
    let minted = json!({ "from": ZERO_ADDRESS, "to": ALICE.address, "value": supply });
    cast.expect_success(&deployed);
    cast.expect_events(&deployed, &token, &[("Transfer", minted)]);

    cast.expect_read(&token, "name", &[], "Demo Token")?;
    cast.expect_read(&token, "symbol", &[], "DEMO")?;
    cast.expect_read(&token, "decimals", &[], "18")?;
    cast.expect_read(&token, "totalSupply", &[], &supply)?;

    for (from, to, amount) in
        [(ALICE, BOB, TO_BOB), (BOB, CHARLIE, TO_CHARLIE), (CHARLIE, ALICE, BACK_TO_ALICE)]
    {
        let amount = amount.to_string();
        let outcome = cast.execute(from, &token, "transfer", &[to.suri, &amount], &[])?;
        let moved = json!({ "from": from.address, "to": to.address, "value": amount });
        cast.expect_success(&outcome);
        cast.expect_events(&outcome, &token, &[("Transfer", moved)]);
    }

    let charlie_has = TO_CHARLIE - BACK_TO_ALICE;
    let balances =
        [(ALICE, SUPPLY - TO_BOB + BACK_TO_ALICE), (BOB, TO_BOB - TO_CHARLIE), (CHARLIE, charlie_has)];
    let expect_balances = |cast: &mut Cast| {
        balances.iter().try_for_each(|(owner, balance)| {
            cast.expect_read(&token, "balanceOf", &[owner.suri], &balance.to_string())
        })
    };
    expect_balances(cast)?;

    // One more than Charlie has.
    let too_much = charlie_has + 1;
    let outcome =
        cast.execute(CHARLIE, &token, "transfer", &[BOB.suri, &too_much.to_string()], &["--force"])?;
    let reason =
        format!("{INSUFFICIENT_BALANCE}{:0>64}{charlie_has:064x}{too_much:064x}", &CHARLIE.address[2..]);
    cast.expect_revert(&outcome, &reason);
    expect_balances(cast)?;
    Ok(token)
}

/// A transfer of nothing, estimated, traced, profiled, and gone through by the debugger. Balances stay.
fn look_inside(cast: &mut Cast, token: &Contract) -> Result<()> {
    let arguments = [BOB.suri, "0"];
    let estimate = cast.look(&["estimate"], token, "transfer", &arguments, &[])?;
    let (ref_time, proof) = (&estimate["weight_limit"]["ref_time"], &estimate["weight_limit"]["proof_size"]);
    let (weight, deposit) = (format!("{ref_time},{proof}"), text(&estimate["storage_deposit_limit"]));
    let exact = ["--weight", &weight, "--deposit-limit", &deposit];
    let outcome = cast.execute(ALICE, token, "transfer", &arguments, &exact)?;
    cast.expect_success(&outcome);
    let less = format!("{},{proof}", ref_time.as_u64().unwrap_or(0).saturating_sub(1));
    let refused = cast.execute(ALICE, token, "transfer", &arguments, &["--weight", &less])?;
    cast.expect_error(&refused, "OutOfGas");

    // The transaction in its block, and the same call anew.
    let block = cast.trace_block(token, &outcome.json["block"])?;
    let trace = cast.look(&["trace"], token, "transfer", &arguments, &["--host-calls"])?;
    let frame = &trace["frames"][0];
    let executed = &block["transactions"][0]["frames"][0];
    for (place, frame) in [("a trace", frame), ("a trace of the block", executed)] {
        cast.expect(&format!("transfer in {place}: function"), "transfer", &text(&frame["call"]["function"]));
        cast.expect(&format!("transfer in {place}: outcome"), "returned", &text(&frame["outcome"]));
        let events = frame["actions"].as_array().map_or(0, |actions| {
            actions.iter().filter(|action| action["type"] == "event" && action["name"] == "Transfer").count()
        });
        cast.expect(&format!("transfer in {place}: events"), "1", &events.to_string());
    }
    let gas = text(&frame["gas_consumed"]);
    cast.expect("transfer: gas in its block", &gas, &text(&executed["gas_consumed"]));

    let svg = workspace::target_dir().join("demo-flame-graph.svg");
    let profile =
        cast.look(&["profile", "--contract"], token, "transfer", &arguments, &["--svg", &path(&svg)])?;
    cast.expect("transfer: gas in its profile", &gas, &text(&profile["gas_used"]));
    let stacks = profile["stacks"].as_array().cloned().unwrap_or_default();
    let sum: u64 = stacks.iter().filter_map(|stack| stack["gas"].as_u64()).sum();
    cast.expect("transfer: gas of all stacks", &gas, &sum.to_string());
    let image = std::fs::read_to_string(&svg).map_err(|error| format!("{}: {error}", svg.display()))?;
    cast.expect("transfer: flame graph", "true", &image.contains("</svg>").to_string());

    // To the event and to the end, and back to the event.
    let commands =
        ["catch call deposit_event", "continue", "print gas", "continue", "reverse-continue", "print gas"];
    let options: Vec<&str> = commands.iter().flat_map(|command| ["--command", command]).collect();
    let session = cast.look(&["debug", "--contract"], token, "transfer", &arguments, &options)?;
    let output = |number: usize| text(&session["commands"][number]["output"]);
    for number in [1, 4] {
        let found = output(number).contains("deposit_event(").to_string();
        cast.expect(
            &format!("transfer in the debugger: command {number} stops at the event"),
            "true",
            &found,
        );
    }
    cast.expect("transfer in the debugger: gas at the event", &output(2), &output(5));
    cast.expect(
        "transfer in the debugger: end",
        "true",
        &output(3).contains("the end\nended: returned").to_string(),
    );
    Ok(())
}

/// The counter: deployed, raised, and asked to revert.
fn counter(cast: &mut Cast) -> Result<Contract> {
    let (counter, deployed) = cast.deploy("counter", &[])?;
    cast.expect_success(&deployed);
    cast.expect_events(&deployed, &counter, &[]);
    cast.expect_read(&counter, "get", &[], "0")?;

    let step = STEP.to_string();
    let outcome = cast.execute(BOB, &counter, "increment", &[&step], &[])?;
    cast.expect_success(&outcome);
    cast.expect_events(&outcome, &counter, &[("Incremented", json!({ "by": BOB.address, "value": step }))]);
    cast.expect_read(&counter, "get", &[], &step)?;

    let outcome = cast.execute(BOB, &counter, "fail", &[], &["--force"])?;
    let message = "failed as asked";
    let text: String = message.bytes().map(|byte| format!("{byte:02x}")).collect();
    cast.expect_revert(&outcome, &format!("{ERROR_STRING}{:064x}{:064x}{text:0<64}", 32, message.len()));
    Ok(counter)
}

/// Every other way to fail. Each function raises the counter first, so that a missing rollback shows.
fn bad_behaviour(cast: &mut Cast, node: &Node, counter: &Contract) -> Result<()> {
    let ways: [(&str, &[&str], &str); 5] = [
        ("burn", &["--weight", SMALL_WEIGHT], "OutOfGas"),
        ("trap", &["--force"], "ContractTrapped"),
        ("recurse", &["--force"], "ContractTrapped"),
        ("readOutOfBounds", &["--force"], "ContractTrapped"),
        ("badPointer", &["--force"], "OutOfBounds"),
    ];
    for (function, options, error) in ways {
        let before = node.best_block()?;
        let outcome: Outcome = cast.execute(CHARLIE, counter, function, &[], options)?;
        cast.expect_error(&outcome, error);
        cast.expect_read(counter, "get", &[], &STEP.to_string())?;
        let after = node.best_block()?;
        cast.expect(
            &format!("{function}: blocks made by the node"),
            "1",
            &after.saturating_sub(before).to_string(),
        );
    }
    // A contract that was abused works as before.
    let outcome = cast.execute(ALICE, counter, "increment", &["1"], &[])?;
    cast.expect_success(&outcome);
    cast.expect_read(counter, "get", &[], &(STEP + 1).to_string())
}
