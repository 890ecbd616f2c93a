// SPDX-License-Identifier: Apache-2.0
// What is done with the contracts. Each scenario starts on a fresh chain.

import { AbiCoder, Interface, Wallet, concat, getBytes, hexlify, id, keccak256, toBeHex, toUtf8Bytes, zeroPadValue } from "ethers";

const word = (number) => zeroPadValue(hexlify(Uint8Array.of(number)), 32);
const ether = 10n ** 18n;
const finney = 10n ** 15n;

export const scenarios = {
  async erc20(o) {
    await o.deploy("token", "Token", ["Token", "TKN", 1000n * ether]);
    for (const name of ["name", "symbol", "decimals", "totalSupply"]) await o.call("token", name);
    await o.call("token", "transfer", ["$bob", 10n * ether]);
    await o.call("token", "transfer", ["$bob", 5000n * ether]);
    await o.call("token", "transfer", ["0x0000000000000000000000000000000000000000", 1]);
    await o.call("token", "approve", ["$bob", 7n * ether]);
    await o.call("token", "allowance", ["$alice", "$bob"]);
    await o.call("token", "transferFrom", ["$alice", "$bob", 3n * ether], { from: "bob" });
    await o.call("token", "transferFrom", ["$alice", "$bob", 5n * ether], { from: "bob" });
    await o.call("token", "burn", [ether], { from: "bob" });
    await o.call("token", "burnFrom", ["$alice", ether], { from: "bob" });
    await o.call("token", "mint", ["$bob", 1]);
    await o.call("token", "grantRole", [id("MINTER"), "$bob"]);
    await o.call("token", "grantRole", [id("MINTER"), "$alice"], { from: "bob" });
    await o.call("token", "mint", ["$alice", 5], { from: "bob" });
    await o.call("token", "hasRole", [id("MINTER"), "$bob"]);
    await o.call("token", "getRoleAdmin", [id("MINTER")]);
    await o.call("token", "renounceRole", [id("MINTER"), "$alice"], { from: "bob" });
    await o.call("token", "revokeRole", [id("MINTER"), "$bob"]);
    await o.call("token", "mint", ["$alice", 5], { from: "bob" });
    await o.call("token", "supportsInterface", ["0x7965db0b"]);
    for (const who of ["$alice", "$bob"]) await o.call("token", "balanceOf", [who]);
    await o.raw("token", "0x12345678");
    await o.raw("token", "0x");
    await o.call("token", "totalSupply", [], { value: finney });
  },

  async erc721(o) {
    await o.deploy("nft", "Nft");
    await o.deploy("collector", "Collector");
    for (const number of [1, 2, 7]) await o.call("nft", "mint", ["$alice", number]);
    await o.call("nft", "mint", ["$alice", 1]);
    await o.call("nft", "mint", ["$collector", 12]);
    await o.call("nft", "mint", ["$collector", 13]);
    await o.call("nft", "mint", ["$nft", 14]);
    await o.call("collector", "received");
    await o.call("nft", "tokenURI", [7]);
    await o.call("nft", "tokenURI", [99]);
    await o.call("nft", "approve", ["$bob", 2]);
    await o.call("nft", "transferFrom", ["$alice", "$bob", 2], { from: "bob" });
    await o.call("nft", "transferFrom", ["$alice", "$bob", 1], { from: "bob" });
    await o.call("nft", "setApprovalForAll", ["$bob", true]);
    await o.call("nft", "safeTransferFrom(address,address,uint256)", ["$alice", "$collector", 1], { from: "bob" });
    for (const index of [0, 1, 2, 9]) await o.call("nft", "tokenByIndex", [index]);
    await o.call("nft", "tokenOfOwnerByIndex", ["$bob", 0]);
    await o.call("nft", "ownerOf", [1]);
    await o.call("nft", "ownerOf", [3]);
    await o.call("nft", "balanceOf", ["$alice"]);
    await o.call("nft", "totalSupply");
  },

  async erc1155(o) {
    await o.deploy("items", "Items");
    await o.deploy("collector", "Collector");
    await o.call("items", "mint", ["$alice", 1, 100]);
    await o.call("items", "mintBatch", ["$alice", [2, 3, 4], [20, 30, 40]]);
    await o.call("items", "mintBatch", ["$alice", [2, 3], [20]]);
    await o.call("items", "safeTransferFrom", ["$alice", "$bob", 1, 10, "0x"]);
    await o.call("items", "safeTransferFrom", ["$alice", "$bob", 1, 1000, "0x"]);
    await o.call("items", "safeTransferFrom", ["$alice", "$collector", 1, 1, "0x"]);
    await o.call("items", "safeBatchTransferFrom", ["$alice", "$bob", [2, 4], [5, 40], "0x1234"]);
    await o.call("items", "safeBatchTransferFrom", ["$alice", "$bob", [2], [1], "0x"], { from: "bob" });
    await o.call("items", "balanceOfBatch", [["$alice", "$bob", "$bob"], [1, 1, 4]]);
    await o.call("items", "totalSupply(uint256)", [4]);
    await o.call("items", "exists", [5]);
    await o.call("items", "uri", [3]);
  },

  async uups(o) {
    await o.deploy("one", "BoxV1");
    await o.deploy("two", "BoxV2");
    const initialize = o.encode("BoxV1", "initialize", ["$alice", 5]);
    await o.deploy("proxy", "Proxy1967", ["$one", initialize]);
    const box = { as: "BoxV1" };
    for (const name of ["value", "version", "owner", "proxiableUUID"]) await o.call("proxy", name, [], box);
    await o.call("proxy", "initialize", ["$bob", 1], box);
    await o.call("proxy", "store", [8], box);
    await o.call("proxy", "value", [], box);
    await o.call("one", "value");
    await o.call("one", "proxiableUUID");
    await o.call("proxy", "upgradeToAndCall", ["$two", "0x"], { ...box, from: "bob" });
    await o.call("proxy", "upgradeToAndCall", ["$bob", "0x"], box);
    await o.call("one", "upgradeToAndCall", ["$two", "0x"]);
    const reset = o.encode("BoxV2", "reset", []);
    await o.call("proxy", "upgradeToAndCall", ["$two", reset], box);
    const new_ = { as: "BoxV2" };
    await o.call("proxy", "store", [8], new_);
    for (const name of ["value", "version", "stores"]) await o.call("proxy", name, [], new_);
    await o.call("proxy", "reset", [], new_);
    await o.deploy("broken", "Proxy1967", ["$bob", "0x"]);
    await o.deploy("failing", "Proxy1967", ["$two", "0x12345678"]);
  },

  async transparent(o) {
    await o.deploy("one", "PlainBox");
    await o.deploy("two", "PlainBox2");
    // It makes its administrator with its first nonce.
    const options = { children: { admin: 1 } };
    await o.deploy("proxy", "Transparent", ["$one", "$bob", o.encode("PlainBox", "store", [3])], options);
    const box = { as: "PlainBox" };
    await o.call("proxy", "value", [], box);
    await o.call("proxy", "store", [9], box);
    await o.call("proxy", "store", [7], box);
    await o.call("proxy", "value", [], { ...box, from: "bob" });
    const upgrade = new Interface(["function upgradeToAndCall(address,bytes) payable"]);
    await o.raw("proxy", upgrade.encodeFunctionData("upgradeToAndCall", [o.argument("$two"), "0x"]));
    const admin = new Interface(["function upgradeAndCall(address,address,bytes) payable", "function owner() view returns (address)"]);
    const upgradeBy = admin.encodeFunctionData("upgradeAndCall", [o.argument("$proxy"), o.argument("$two"), "0x"]);
    await o.raw("admin", admin.encodeFunctionData("owner"));
    await o.raw("admin", upgradeBy);
    await o.raw("admin", upgradeBy, { from: "bob" });
    await o.call("proxy", "store", [1], box);
    await o.call("proxy", "value", [], box);
  },

  async clones(o) {
    await o.deploy("box", "PlainBox");
    await o.deploy("language", "Language", [5]);
    await o.deploy("cloner", "Cloner");
    await o.call("cloner", "make", ["$box"], { bind: "first", bindAs: "PlainBox" });
    await o.call("cloner", "make", ["$box"], { bind: "second", bindAs: "PlainBox" });
    await o.call("first", "store", [3]);
    await o.call("second", "store", [7]);
    await o.call("second", "store", [8], { from: "bob" });
    for (const box of ["first", "second", "box"]) await o.call(box, "value");
    await o.call("cloner", "makeAt", ["$box", word(1)], { bind: "third", bindAs: "PlainBox" });
    await o.call("cloner", "predict", ["$box", word(1)]);
    await o.call("cloner", "makeAt", ["$box", word(1)]);
    await o.call("third", "store", [11]);
    await o.call("third", "value");
    await o.call("cloner", "makeAt", ["$language", word(2)], { bind: "speaker", bindAs: "Language", value: 3n * finney });
    await o.balance("speaker");
    for (let kind = 0; kind < 10; kind++) await o.call("speaker", "fail", [kind]);
    await o.call("speaker", "emitting", [9, "some text that is emitted"]);
    await o.call("speaker", "storing", [new Uint8Array(100).fill(4)]);
    await o.call("speaker", "blob");
    await o.call("language", "blob");
    await o.call("speaker", "memoryCopy", [5000]);
    await o.raw("speaker", "0xdeadbeef0102", { value: finney });
    await o.balance("speaker");
    // Of nothing, and of a clone.
    await o.call("cloner", "make", ["$bob"], { bind: "empty" });
    await o.raw("empty", "0x1234");
    await o.call("cloner", "make", ["$first"], { bind: "again", bindAs: "PlainBox" });
    await o.call("again", "store", [5]);
    await o.call("again", "value");
    await o.call("first", "value");
  },

  async create(o) {
    await o.deploy("parent", "Parent");
    await o.call("parent", "make", [5], { bind: "child", bindAs: "Child" });
    await o.call("child", "value");
    await o.call("child", "parent");
    await o.call("parent", "make2", [6, word(1)], { bind: "second", bindAs: "Child", value: 3n * finney });
    await o.call("second", "value");
    await o.balance("second");
    await o.call("parent", "make2", [6, word(1)]);
    await o.call("parent", "make", [13]);
    await o.call("parent", "tryMake", [13]);
    await o.call("parent", "isContract", ["$second"]);
    await o.call("parent", "balanceOf", ["$child"]);
    await o.call("second", "value");
  },

  async reentrancy(o) {
    await o.deploy("vault", "Vault");
    await o.deploy("attacker", "Attacker", ["$vault"], { value: finney });
    await o.call("vault", "deposit", [], { value: 9n * finney, from: "bob" });
    await o.call("attacker", "attack", [true]);
    await o.call("attacker", "rounds");
    await o.call("attacker", "attack", [false]);
    await o.call("attacker", "rounds");
    for (const who of ["vault", "attacker"]) await o.balance(who);
    await o.call("vault", "withdraw", [], { from: "bob" });
    await o.call("vault", "shares", ["$bob"]);
  },

  async crypto(o) {
    await o.deploy("crypto", "Crypto");
    const wallet = new Wallet(id("a key for tests"));
    const hash = id("message");
    const signature = await wallet.signMessage(getBytes(hash));
    await o.call("crypto", "recover", [hash, signature]);
    await o.call("crypto", "recover", [id("another"), signature]);
    await o.call("crypto", "recover", [hash, signature.slice(0, -2)]);
    await o.call("crypto", "recover", [hash, signature.slice(0, -2) + "05"]);
    await o.call("crypto", "recover", [hash, "0x" + "ff".repeat(64) + "1b"]);

    const leaves = ["a", "b", "c", "d"].map((text) => keccak256(toUtf8Bytes(text)));
    const pair = (a, b) => keccak256(concat(a < b ? [a, b] : [b, a]));
    const [left, right] = [pair(leaves[0], leaves[1]), pair(leaves[2], leaves[3])];
    await o.call("crypto", "verify", [[leaves[1], right], pair(left, right), leaves[0]]);
    await o.call("crypto", "verify", [[leaves[1], left], pair(left, right), leaves[0]]);

    for (const text of ["", "abc", "x".repeat(300)]) await o.call("crypto", "hashes", [toUtf8Bytes(text)]);
    await o.call("crypto", "power", [3, 200, 1_000_003]);
    await o.call("crypto", "power", [3, 200, 0]);
    await o.call("crypto", "power", [2n ** 255n, 2n ** 256n - 1n, 2n ** 256n - 189n]);

    const at = (number) => "0x" + number.toString(16).padStart(40, "0");
    const g = concat([word(1), word(2)]);
    const inputs = [
      [1, "0x"], [2, "0x1234"], [3, "0x1234"], [4, "0x123456"], [5, "0x"], [5, concat([word(1), word(1), word(1), "0x030507"])],
      [5, "0x" + "ff".repeat(96)], [6, concat([g, g])], [6, concat([word(1), word(1)])], [7, concat([g, word(9)])], [8, "0x"], [8, g],
      [9, "0x00"], [9, "0x0000000c" + "11".repeat(208) + "01"], [9, "0x0000000c" + "11".repeat(208) + "02"], [0x100, "0x" + "01".repeat(160)],
      [0x0b0b, "0x01"],
    ];
    for (const [number, input] of inputs) await o.call("crypto", "ask", [at(number), input]);
  },

  async multicall(o) {
    await o.deploy("many", "Many");
    const add = (number) => o.encode("Many", "add", [number]);
    await o.call("many", "multicall", [[add(1), add(20), add(300)]]);
    await o.call("many", "multicall", [[add(1), add(2000)]]);
    await o.call("many", "sum");
  },

  async texts(o) {
    await o.deploy("texts", "Texts");
    await o.call("texts", "numbers", [2n ** 256n - 1n, -(2n ** 255n)]);
    await o.call("texts", "numbers", [0, 12]);
    await o.call("texts", "base64", [toUtf8Bytes("any text that is not a multiple of three!")]);
    await o.call("texts", "mulDiv", [2n ** 200n, 2n ** 200n, 2n ** 180n]);
    await o.call("texts", "mulDiv", [2n ** 200n, 2n ** 200n, 3]);
    for (const value of [0n, 1n, 2n ** 255n + 7n, 10n ** 30n]) await o.call("texts", "roots", [value]);
  },

  async timelock(o) {
    await o.deploy("timelock", "Timelock", [3600, ["$alice"], ["$bob"]]);
    await o.deploy("many", "Many");
    const data = o.encode("Many", "add", [42]);
    const operation = ["$many", 0, data, word(0), word(7)];
    await o.call("timelock", "hashOperation", operation, { bindWord: "operation" });
    await o.call("timelock", "schedule", [...operation, 3600], { from: "bob" });
    await o.call("timelock", "schedule", [...operation, 60]);
    await o.call("timelock", "getMinDelay");
    await o.call("timelock", "execute", operation, { from: "bob" });
    o.wait(7200);
    await o.call("timelock", "execute", operation, { from: "bob" });
    await o.call("many", "sum");
  },

  async swap(o) {
    // Two tokens that are alike, so that their order does not matter.
    await o.deploy("tokenA", "Token", ["Token", "TKN", 1_000_000n * ether]);
    await o.deploy("tokenB", "Token", ["Token", "TKN", 1_000_000n * ether]);
    o.sort("tokenA", "tokenB");
    await o.deploy("factory", "Factory");
    await o.deploy("router", "Router", ["$factory"]);
    await o.call("factory", "createPair", ["$tokenA", "$tokenA"]);
    await o.call("factory", "createPair", ["$tokenB", "$tokenA"], { bind: "pair", bindAs: "Pair" });
    await o.call("factory", "createPair", ["$tokenA", "$tokenB"]);
    for (const token of ["tokenA", "tokenB"]) await o.call(token, "approve", ["$router", 10n ** 30n]);
    const later = 2n ** 40n;
    await o.call("router", "addLiquidity", ["$tokenA", "$tokenB", [1000n * ether, 4000n * ether, 0, 0], "$alice", later]);
    await o.call("router", "addLiquidity", ["$tokenA", "$tokenB", [10n * ether, 10n * ether, 0, 0], "$alice", later]);
    await o.call("router", "addLiquidity", ["$tokenA", "$tokenB", [10n * ether, 10n * ether, 9n * ether, 0], "$alice", later]);
    await o.call("router", "addLiquidity", ["$tokenA", "$tokenB", [10n * ether, 10n * ether, 0, 0], "$alice", 5]);
    await o.call("router", "swapExactTokensForTokens", [7n * ether, 0, ["$tokenA", "$tokenB"], "$bob", later]);
    await o.call("router", "swapExactTokensForTokens", [7n * ether, 0, ["$tokenB", "$tokenA"], "$bob", later]);
    await o.call("router", "swapExactTokensForTokens", [7n * ether, 100n * ether, ["$tokenA", "$tokenB"], "$bob", later]);
    await o.call("router", "swapExactTokensForTokens", [7n * ether, 0, ["$tokenA"], "$bob", later]);
    await o.call("pair", "swap", [1, 0, "$bob"]);
    await o.call("pair", "getReserves");
    await o.call("pair", "approve", ["$router", 10n ** 30n]);
    await o.call("router", "removeLiquidity", ["$tokenA", "$tokenB", 100n * ether, "$bob"]);
    await o.call("router", "removeLiquidity", ["$tokenB", "$tokenA", 10n ** 24n, "$bob"]);
    await o.call("pair", "totalSupply");
    for (const token of ["tokenA", "tokenB"]) await o.call(token, "balanceOf", ["$bob"]);
  },

  async language(o) {
    await o.deploy("language", "Language", [77], { value: 5n * finney });
    await o.balance("language");
    await o.call("language", "readImmutable");
    for (let kind = 0; kind < 10; kind++) await o.call("language", "fail", [kind]);
    for (let kind = 0; kind < 10; kind++) await o.call("language", "catching", [kind]);
    await o.call("language", "blob");
    await o.call("language", "text");
    await o.call("language", "emitting", [9, "some text that is emitted"]);
    for (const len of [0, 1, 31, 32, 33, 100, 1000]) {
      const data = new Uint8Array(len).fill(len % 251);
      await o.call("language", "storing", [data]);
      await o.call("language", "reading", [keccak256(data)]);
      await o.call("language", "blob");
    }
    await o.call("language", "storing", ["0x12"]);
    await o.call("language", "blob");
    const numbers = [0n, 1n, 5n, 255n, 2n ** 128n + 3n, 2n ** 255n, 2n ** 256n - 1n];
    for (const a of numbers) {
      for (const b of numbers) await o.call("language", "arithmetic", [a, b, BigInt.asIntN(256, a ^ b)]);
      await o.call("language", "bytesOf", [a]);
    }
    await o.call("language", "transient_", [5]);
    await o.call("language", "transient_", [6]);
    await o.call("language", "sizes");
    await o.call("language", "environment");
    for (const [from, len] of [[0, 5], [3, 7], [10, 0], [5, 6], [11, 1]]) await o.call("language", "copying", ["0x00112233445566778899", from, len]);
    for (const len of [0, 1, 5000, 20_000]) await o.call("language", "memoryCopy", [len]);
    await o.raw("language", "0xdeadbeef0102", { value: finney });
    await o.raw("language", "0x", { value: finney });
    await o.raw("language", "0x01");
    await o.balance("language");
  },

  async calls(o) {
    await o.deploy("caller", "Caller");
    await o.deploy("language", "Language", [5]);
    const language = (name, args) => o.encode("Language", name, args);
    await o.call("caller", "callRaw", ["$language", language("fail", [1]), 0]);
    await o.call("caller", "callRaw", ["$language", language("storing", ["0x1234"]), 0]);
    await o.call("caller", "callRaw", ["$language", "0x99", 0], { value: finney });
    await o.call("caller", "callRaw", ["$bob", "0x99", 0], { value: finney });
    await o.call("caller", "staticRaw", ["$language", language("storing", ["0x1234"])]);
    await o.call("caller", "staticRaw", ["$language", language("readImmutable", [])]);
    await o.call("caller", "staticRaw", ["$language", language("transient_", [1])]);
    await o.call("caller", "staticRaw", ["$bob", "0x1234"]);
    await o.call("caller", "delegateRaw", ["$language", language("readImmutable", [])]);
    await o.call("caller", "delegateRaw", ["$language", language("storing", ["0x123456"])]);
    await o.call("caller", "delegateRaw", ["$bob", "0x1234"]);
    await o.call("caller", "delegateRaw", ["$language", language("fail", [0])]);
    await o.call("language", "blob");
    await o.call("caller", "transferTo", ["$language"], { value: finney });
    await o.call("caller", "sendTo", ["$language"], { value: finney });
    await o.call("caller", "recurse", [10]);
    await o.balance("caller");
    await o.balance("language");
  },

  async permit(o) {
    const later = 2n ** 40n;
    await o.deploy("token", "Permitted");
    await o.deploy("signer", "Signer");
    await o.call("signer", "owner", [12345], { bind: "owner" });
    await o.call("token", "transfer", ["$owner", 1000]);
    await o.call("signer", "permit", ["$token", 12345, "$bob", 50, 0, later]);
    await o.call("token", "allowance", ["$owner", "$bob"]);
    await o.call("token", "transferFrom", ["$owner", "$bob", 20], { from: "bob" });
    await o.call("signer", "permit", ["$token", 12345, "$bob", 50, 1, 5]);
    await o.call("token", "nonces", ["$owner"]);
    await o.call("signer", "permit", ["$token", 12345, "$alice", 2n ** 256n - 1n, 1, later]);
    await o.call("token", "transferFrom", ["$owner", "$alice", 981]);
    await o.call("token", "transferFrom", ["$owner", "$alice", 980]);

    await o.deploy("vault", "TokenVault", ["$token"]);
    await o.call("token", "approve", ["$vault", 10n ** 30n]);
    for (const [name, args] of [["deposit", [1000, "$alice"]], ["mint", [5000, "$bob"]], ["withdraw", [10, "$bob", "$alice"]]]) {
      await o.call("vault", name, args);
    }
    await o.call("token", "transfer", ["$vault", 333]);
    for (const name of ["convertToShares", "convertToAssets", "previewMint", "previewWithdraw"]) await o.call("vault", name, [1001]);
    await o.call("vault", "redeem", [100, "$alice", "$bob"]);
    await o.call("vault", "redeem", [100, "$alice", "$alice"]);
    await o.call("vault", "deposit", [10n ** 40n, "$alice"]);
  },

  async guards(o) {
    await o.deploy("guarded", "Guarded");
    await o.call("guarded", "twice");
    await o.call("guarded", "batch", [100]);
    await o.call("guarded", "passed");
    await o.deploy("circle", "Circle");
    await o.call("circle", "send", [finney], { value: finney });
    await o.call("circle", "send", [2n * finney]);
    for (const more of [0, 1, 999_999, 1_000_000]) await o.call("circle", "sendTooMuch", [more]);
    await o.balance("circle");
  },

  async wallet(o) {
    await o.deploy("implementation", "Wallet");
    await o.deploy("factory", "WalletFactory");
    await o.deploy("batch", "Batch");
    await o.deploy("many", "Many");
    await o.call("factory", "create", ["$implementation", 7], { bind: "wallet", bindAs: "Wallet" });
    await o.call("factory", "create", ["$implementation", 7]);
    await o.call("factory", "createFrom", ["0xfe"]);
    await o.call("wallet", "setup", [["$alice", "$bob"], 2]);
    await o.call("wallet", "setup", [["$alice"], 1]);
    await o.raw("wallet", "0x", { value: 5n * finney });
    let nonce = 0;
    const run = async (to, value, data, delegated) => {
      // Nothing that depends on addresses.
      const parts = [value, getBytes(data).length, delegated, nonce++];
      const transaction = keccak256(AbiCoder.defaultAbiCoder().encode(["uint256", "uint256", "bool", "uint256"], parts));
      await o.call("wallet", "approve", [transaction]);
      await o.call("wallet", "execute", [to, value, data, delegated]);
      await o.call("wallet", "approve", [transaction], { from: "bob" });
      await o.call("wallet", "execute", [to, value, data, delegated]);
    };
    const add = (number) => o.encode("Many", "add", [number]);
    await run("$many", 0n, add(5), false);
    await run("$many", 0n, add(5000), false);
    await run("$factory", finney, "0x", false);
    await run("$implementation", finney, "0x", false);
    const packed = (to, value, data) =>
      concat(["0x00", o.argument(to), zeroPadValue(toBeHex(value), 32), zeroPadValue(toBeHex(getBytes(data).length), 32), data]);
    const batch = (calls) => o.encode("Batch", "run", [concat(calls)]);
    await run("$batch", 0n, batch([packed("$many", 0n, add(20)), packed("$bob", 0n, "0x"), packed("$implementation", finney, "0x")]), true);
    await run("$batch", 0n, batch([packed("$many", 0n, add(20)), packed("$many", 0n, add(5000))]), true);
    await o.balance("implementation");
    await o.balance("wallet");
    await o.call("many", "sum");
    await o.call("wallet", "nonce");
    await o.call("batch", "run", ["0x"]);
  },

  async diamond(o) {
    const nobody = "0x" + "00".repeat(20);
    const selector = (name) => o.encode("CountFacet", name, name === "count" ? [0] : []).slice(0, 10);
    const count = { as: "CountFacet" };
    for (const [name, contract] of [["diamond", "Diamond"], ["slow", "CountFacet"], ["fast", "FastCountFacet"]]) await o.deploy(name, contract);
    await o.call("diamond", "count", [1], count);
    await o.call("diamond", "cut", ["$slow", [selector("count"), selector("counted")], nobody, "0x"]);
    await o.call("diamond", "count", [5], { ...count, value: finney });
    await o.call("diamond", "counted", [], count);
    await o.call("diamond", "cut", ["$fast", [selector("count")], "$fast", o.encode("FastCountFacet", "begin", [100])]);
    await o.call("diamond", "count", [1], count);
    await o.call("diamond", "cut", ["$fast", [selector("count")], "$fast", o.encode("FastCountFacet", "begin", [50])]);
    await o.call("diamond", "count", [1], count);
    await o.call("diamond", "counted", [], count);
    await o.call("slow", "counted");
    await o.balance("diamond");
  },
};
