// SPDX-License-Identifier: Apache-2.0
// An independent client of the node: it knows the chain's own metadata and the Solidity ABI, and nothing of this
// repository. Deploys the ERC-20 and the counter, uses them, and compares every value.
//
// Usage: node test.mjs ws://127.0.0.1:9944 CONTRACTS_BUILD_DIR
// `cargo xtask ci client` starts a dev node and calls this.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ApiPromise, Keyring, WsProvider } from "@polkadot/api";
import { hexToU8a, stringToU8a, u8aConcat, u8aToHex } from "@polkadot/util";
import { cryptoWaitReady, keccakAsHex, keccakAsU8a } from "@polkadot/util-crypto";

const [url, build] = process.argv.slice(2);
if (!url || !build) {
  console.error("usage: node test.mjs URL CONTRACTS_BUILD_DIR");
  process.exit(2);
}

// A node that hangs must not hang the test run.
const DEADLINE_MS = 300_000;
setTimeout(() => {
  console.error(`gave up after ${DEADLINE_MS / 1000} s`);
  process.exit(1);
}, DEADLINE_MS).unref();

// ---- comparing ----

let passed = 0;
let failed = 0;

function check(what, actual, expected) {
  const [a, e] = [actual, expected].map((value) => JSON.stringify(value, (_, v) => (typeof v === "bigint" ? `${v}` : v)));
  if (a === e) {
    passed += 1;
    console.log(`   ok  ${what} = ${a}`);
  } else {
    failed += 1;
    console.log(`WRONG  ${what}: expected ${e}, found ${a}`);
  }
}

// ---- Solidity ABI ----

const word = (number) => hexToU8a(`0x${BigInt(number).toString(16).padStart(64, "0")}`);
const addressWord = (address) => word(BigInt(address));
const stringWords = (text) => {
  const bytes = stringToU8a(text);
  const padding = new Uint8Array((32 - (bytes.length % 32)) % 32);
  return u8aConcat(word(bytes.length), bytes, padding);
};
const calldata = (signature, ...words) => u8aToHex(u8aConcat(keccakAsU8a(signature).slice(0, 4), ...words));
const number = (hex) => BigInt(hex);

/** Constructor input of Token(string, string, uint256). */
function tokenInput(name, symbol, supply) {
  const strings = [stringWords(name), stringWords(symbol)];
  const offsets = [word(96), word(96 + strings[0].length)];
  return u8aToHex(u8aConcat(...offsets, word(supply), ...strings));
}

// ---- the chain ----

await cryptoWaitReady();
const api = await ApiPromise.create({ provider: new WsProvider(url), noInitWarn: true, throwOnConnect: true });
const keyring = new Keyring({ type: "sr25519" });
const people = Object.fromEntries(
  ["Alice", "Bob", "Charlie"].map((name) => {
    const pair = keyring.addFromUri(`//${name}`);
    return [name, { pair, address: u8aToHex(keccakAsU8a(pair.publicKey).slice(12)) }];
  }),
);
const { Alice, Bob, Charlie } = people;
const ZERO_ADDRESS = `0x${"00".repeat(20)}`;

/** The name of a dispatch error, such as `revive.ContractTrapped`. */
function errorName(error) {
  if (!error.isModule) return error.toString();
  const { section, name } = api.registry.findMetaError(error.asModule);
  return `${section}.${name}`;
}

/** Submits a transaction and gives what the block that contains it says about it. */
function submit(tx, person) {
  return new Promise((resolve, reject) => {
    tx.signAndSend(person.pair, (result) => {
      if (result.isError) reject(new Error(`the node gave the transaction up: ${result.status}`));
      // A chain with instant finality may go from the pool to a finalized block in one step.
      if (!result.status.isInBlock && !result.status.isFinalized) return;
      const events = result.events.map(({ event }) => event);
      resolve({
        error: result.dispatchError ? errorName(result.dispatchError) : null,
        emitted: events
          .filter((event) => api.events.revive.ContractEmitted.is(event))
          .map(({ data }) => ({
            contract: data.contract.toHex(),
            topics: data.topics.map((topic) => topic.toHex()),
            data: data.data.toHex(),
          })),
        instantiated: events
          .filter((event) => api.events.revive.Instantiated.is(event))
          .map(({ data }) => data.contract.toHex()),
      });
    }).catch(reject);
  });
}

/** The amount to allow as deposit: what the dry run says, never less than nothing. */
const depositOf = (result) => (result.storageDeposit.isCharge ? result.storageDeposit.asCharge : 0);

/** A dry run through the runtime API. */
async function dryRun(person, contract, data) {
  const result = await api.call.reviveApi.call(person.pair.address, contract, 0, null, null, data);
  const ok = result.result.isOk ? result.result.asOk : null;
  return {
    raw: result,
    error: ok ? null : errorName(result.result.asErr),
    reverted: ok ? (ok.flags.bits ?? ok.flags).toNumber() === 1 : null,
    data: ok ? ok.data.toHex() : null,
  };
}

/** A read: a dry run that must succeed. */
async function read(contract, data) {
  const { error, reverted, data: output } = await dryRun(Alice, contract, data);
  if (error || reverted) throw new Error(`read of ${contract} failed: ${error ?? output}`);
  return output;
}

/** A call as a transaction, with the limits that its dry run asks for unless others are given. */
async function call(person, contract, data, weight) {
  const { raw } = await dryRun(person, contract, data);
  return submit(api.tx.revive.call(contract, 0, weight ?? raw.weightRequired, depositOf(raw), data), person);
}

async function deploy(person, blob, data) {
  const code = u8aToHex(readFileSync(join(build, blob)));
  const planned = await api.call.reviveApi.instantiate(
    person.pair.address, 0, null, null, { Upload: code }, data, null,
  );
  check(`${blob}: dry run of the deployment succeeds`, planned.result.isOk, true);
  const deposit = BigInt(depositOf(planned)) * 2n;
  const result = await submit(
    api.tx.revive.instantiateWithCode(0, planned.weightRequired, deposit, code, data, null), person,
  );
  check(`${blob}: deployed without error`, result.error, null);
  check(`${blob}: one contract was created`, result.instantiated.length, 1);
  check(`${blob}: at the address of the dry run`, result.instantiated[0], planned.result.asOk.addr.toHex());
  return { address: result.instantiated[0], emitted: result.emitted };
}

// ---- the test ----

try {
  check("metadata is version 15 or later", api.runtimeMetadata.version >= 15, true);
  check("the address of an account", (await api.call.reviveApi.address(Bob.pair.address)).toHex(), Bob.address);

  // The ERC-20: Alice has all, and gives some away.
  const SUPPLY = 10n ** 24n;
  const token = await deploy(Alice, "erc20.polkavm", tokenInput("Client Token", "CLNT", SUPPLY));
  const transferred = (from, to, amount) => [{
    contract: token.address,
    topics: [
      keccakAsHex("Transfer(address,address,uint256)"),
      u8aToHex(addressWord(from)),
      u8aToHex(addressWord(to)),
    ],
    data: u8aToHex(word(amount)),
  }];
  check("erc20: the supply is minted with an event", token.emitted, transferred(ZERO_ADDRESS, Alice.address, SUPPLY));
  check("erc20: totalSupply()", number(await read(token.address, calldata("totalSupply()"))), SUPPLY);
  check("erc20: symbol()", await read(token.address, calldata("symbol()")),
    u8aToHex(u8aConcat(word(32), stringWords("CLNT"))));

  const balances = { Alice: SUPPLY, Bob: 0n, Charlie: 0n };
  const checkBalances = async () => {
    for (const [name, { address }] of Object.entries(people)) {
      const balance = await read(token.address, calldata("balanceOf(address)", addressWord(address)));
      check(`erc20: balanceOf(${name})`, number(balance), balances[name]);
    }
  };
  const transfer = (to, amount) => calldata("transfer(address,uint256)", addressWord(to.address), word(amount));
  for (const [from, to, amount] of [["Alice", "Bob", 5_000n], ["Bob", "Charlie", 1_234n], ["Charlie", "Alice", 34n]]) {
    const result = await call(people[from], token.address, transfer(people[to], amount));
    check(`erc20: ${from} gives ${to} ${amount}`, result.error, null);
    check("erc20: Transfer event", result.emitted, transferred(people[from].address, people[to].address, amount));
    balances[from] -= amount;
    balances[to] += amount;
  }
  await checkBalances();

  const tooMuch = balances.Charlie + 1n;
  const planned = await dryRun(Charlie, token.address, transfer(Bob, tooMuch));
  check("erc20: a transfer of too much reverts", planned.reverted, true);
  check("erc20: and says why", planned.data, calldata("ERC20InsufficientBalance(address,uint256,uint256)",
    addressWord(Charlie.address), word(balances.Charlie), word(tooMuch)));
  const reverted = await call(Charlie, token.address, transfer(Bob, tooMuch));
  check("erc20: as a transaction, too", reverted.error, "revive.ContractReverted");
  check("erc20: without events", reverted.emitted, []);
  await checkBalances();

  // The counter, used well and badly.
  const counter = await deploy(Bob, "counter.polkavm", "0x");
  const get = async () => number(await read(counter.address, calldata("get()")));
  check("counter: get() before", await get(), 0n);
  const increment = await call(Charlie, counter.address, calldata("increment(uint64)", word(41)));
  check("counter: increment(41)", increment.error, null);
  check("counter: Incremented event", increment.emitted, [{
    contract: counter.address,
    topics: [keccakAsHex("Incremented(address,uint64)"), u8aToHex(addressWord(Charlie.address))],
    data: u8aToHex(word(41)),
  }]);
  check("counter: get() after", await get(), 41n);
  const stored = await api.call.reviveApi.getStorage(counter.address, `0x${"00".repeat(32)}`);
  check("counter: the storage item", stored.asOk.unwrap().toHex(), "0x2900000000000000");

  const failures = [
    ["fail()", null, "revive.ContractReverted"],
    ["burn()", { refTime: 2_000_000_000, proofSize: 100_000 }, "revive.OutOfGas"],
    ["trap()", null, "revive.ContractTrapped"],
    ["recurse()", null, "revive.ContractTrapped"],
    ["readOutOfBounds()", null, "revive.ContractTrapped"],
    ["badPointer()", null, "revive.OutOfBounds"],
  ];
  for (const [signature, weight, error] of failures) {
    const weightLimit = weight ?? { refTime: 20_000_000_000, proofSize: 500_000 };
    const data = calldata(signature);
    const result = await submit(api.tx.revive.call(counter.address, 0, weightLimit, 10n ** 15n, data), Alice);
    check(`counter: ${signature}`, result.error, error);
    check(`counter: ${signature} leaves no event`, result.emitted, []);
    check(`counter: ${signature} leaves the state`, await get(), 41n);
  }
} catch (error) {
  failed += 1;
  console.log(`WRONG  could not go on: ${error.stack ?? error}`);
}

await api.disconnect();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
