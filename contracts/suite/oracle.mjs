// SPDX-License-Identifier: Apache-2.0
// Plays steps on an EVM and notes what comes out.
//
// Addresses differ between the machines, so steps and outcomes name them: `{name}` in a hex string stands for the twenty bytes
// of that name's address.

import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { createEVM } from "@ethereumjs/evm";
import { Account, Address, bytesToHex, hexToBytes } from "@ethereumjs/util";
import { Interface, getCreateAddress } from "ethers";

const FUNDS = 10n ** 24n;

export class Oracle {
  static async create(contracts) {
    const oracle = new Oracle();
    oracle.contracts = contracts;
    oracle.steps = [];
    oracle.names = new Map();
    oracle.words = new Map();
    oracle.interfaces = new Map();
    oracle.timestamp = 1_700_000_000n;
    const common = new Common({ chain: Mainnet, hardfork: Hardfork.Osaka });
    oracle.evm = await createEVM({ common, allowUnlimitedContractSize: true });
    for (const [index, user] of ["alice", "bob"].entries()) {
      const address = new Address(new Uint8Array(20).fill(0xa0 + index));
      await oracle.evm.stateManager.putAccount(address, new Account(0n, FUNDS));
      oracle.names.set(user, address);
    }
    return oracle;
  }

  /// Names in place of addresses.
  symbolic(hex) {
    let text = hex.replace(/^0x/, "").toLowerCase();
    // A word may contain an address, so words go first.
    for (const [name, word] of this.words) text = text.replaceAll(word, `{${name}}`);
    for (const [name, address] of this.names) text = text.replaceAll(address.toString().slice(2), `{${name}}`);
    return text;
  }

  /// `$name` among arguments is the address of that name.
  argument(value) {
    if (Array.isArray(value)) return value.map((item) => this.argument(item));
    return typeof value === "string" && value.startsWith("$") ? this.names.get(value.slice(1)).toString() : value;
  }

  /// The encoded call of a function of a contract type.
  encode(contract, name, args) {
    const abi = new Interface(this.contracts[contract].abi);
    return abi.encodeFunctionData(name, this.argument(args));
  }

  block() {
    const header = {
      number: 1000n,
      timestamp: this.timestamp,
      coinbase: new Address(new Uint8Array(20)),
      difficulty: 0n,
      prevRandao: new Uint8Array(32),
      gasLimit: 2n ** 60n,
      baseFeePerGas: 0n,
      getBlobGasPrice: () => 1n,
    };
    return { header };
  }

  async transact(from, to, data, value) {
    const caller = this.names.get(from);
    const result = await this.evm.runCall({
      block: this.block(),
      caller,
      origin: caller,
      to,
      data,
      value,
      gasLimit: 2n ** 40n,
    });
    const { execResult } = result;
    for (const ended of execResult.selfdestruct ?? []) {
      if (execResult.createdAddresses?.has(ended)) {
        await this.evm.stateManager.deleteAccount(new Address(hexToBytes(ended)));
      }
    }
    await this.evm.journal.cleanup();
    this.evm.transientStorage?.clear();
    return result;
  }

  outcome({ execResult }, data) {
    const ok = execResult.exceptionError === undefined;
    return {
      ok,
      data: data ?? this.symbolic(bytesToHex(execResult.returnValue)),
      logs: (ok ? (execResult.logs ?? []) : []).map(([address, topics, bytes]) => ({
        address: this.symbolic(bytesToHex(address)),
        topics: topics.map((topic) => this.symbolic(bytesToHex(topic))),
        data: this.symbolic(bytesToHex(bytes)),
      })),
    };
  }

  /// Creates a contract and gives it a name. `children` names those that it makes itself, by the nonces that it has then.
  async deploy(name, contract, args = [], { value = 0n, from = "alice", children = {} } = {}) {
    const { abi, evm } = this.contracts[contract];
    const input = new Interface(abi).encodeDeploy(this.argument(args));
    const data = Buffer.concat([evm, hexToBytes(input)]);
    const result = await this.transact(from, undefined, data, value);
    const ok = result.execResult.exceptionError === undefined;
    const symbolicInput = this.symbolic(input);
    if (ok) {
      this.names.set(name, result.createdAddress);
      this.interfaces.set(name, contract);
      for (const [child, nonce] of Object.entries(children)) {
        const address = getCreateAddress({ from: result.createdAddress.toString(), nonce });
        this.names.set(child, new Address(hexToBytes(address.toLowerCase())));
      }
    }
    // What a constructor returns is code, and another one on each machine.
    const outcome = this.outcome(result, ok ? "" : undefined);
    this.steps.push({ kind: "deploy", name, contract, from, children, input: symbolicInput, value: value.toString(), ...outcome });
  }

  /// Calls `to`, a name, as the contract type it was deployed as or as `as`. With `bind`, names the address that it returns.
  async call(to, name, args = [], { as, ...options } = {}) {
    const contract = as ?? this.interfaces.get(to);
    if (contract === undefined) throw new Error(`of what type is ${to}?`);
    return this.raw(to, this.encode(contract, name, args), { ...options, label: `${contract}.${name}` });
  }

  /// Calls `to` with any data. With `bindWord`, names the word that it returns: one that depends on addresses.
  async raw(to, input, { value = 0n, from = "alice", bind, bindAs, bindWord, label = "raw" } = {}) {
    const symbolicInput = this.symbolic(input);
    const result = await this.transact(from, this.names.get(to), hexToBytes(input), value);
    if (bind !== undefined) {
      this.names.set(bind, new Address(result.execResult.returnValue.slice(12, 32)));
      if (bindAs !== undefined) this.interfaces.set(bind, bindAs);
    }
    if (bindWord !== undefined) this.words.set(bindWord, bytesToHex(result.execResult.returnValue).slice(2));
    const step = { kind: "call", label, from, to, input: symbolicInput, value: value.toString(), ...this.outcome(result) };
    if (bind !== undefined) step.bind = bind;
    if (bindWord !== undefined) step.bindWord = bindWord;
    this.steps.push(step);
  }

  /// Swaps two names if need be, so that the address of the first is the lower one. Their contracts must be alike.
  sort(first, second) {
    const [a, b] = [this.names.get(first), this.names.get(second)];
    if (a.toString() > b.toString()) {
      this.names.set(first, b);
      this.names.set(second, a);
    }
    this.steps.push({ kind: "sort", names: [first, second] });
  }

  /// Compares what an account has.
  async balance(of) {
    const account = await this.evm.stateManager.getAccount(this.names.get(of));
    this.steps.push({ kind: "balance", of, wei: (account?.balance ?? 0n).toString() });
  }

  /// Lets time pass.
  wait(seconds) {
    this.timestamp += BigInt(seconds);
    this.steps.push({ kind: "wait", seconds });
  }
}
