// SPDX-License-Identifier: Apache-2.0
// Compiles Token.sol, or another source, to a contract blob and writes its ABI file beside it.
//
// Usage: node build.mjs [OUT_DIR [SOURCE]]    (default: ../build, Token.sol)
// The contract has the name of the source, the blob the same in lower case; that of Token.sol is called erc20.
// `cargo xtask contracts` installs the packages and calls this, `cargo xtask compare pallet` too.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "@parity/resolc";

const here = dirname(fileURLToPath(import.meta.url));
const outDir = resolve(process.argv[2] ?? join(here, "..", "build"));
const path = resolve(process.argv[3] ?? join(here, "Token.sol"));
const source = basename(path);
const contract = basename(path, ".sol");
const name = contract === "Token" ? "erc20" : contract.toLowerCase();

// resolc looks imports up from the working directory.
process.chdir(here);

const output = await compile({ [source]: { content: readFileSync(path, "utf8") } });

const errors = (output.errors ?? []).filter((error) => error.severity === "error");
if (errors.length > 0) {
  for (const error of errors) console.error(error.formattedMessage);
  process.exit(1);
}

const compiled = output.contracts?.[source]?.[contract];
const blob = Buffer.from(compiled?.evm?.bytecode?.object ?? "", "hex");
if (blob.subarray(0, 4).toString("latin1") !== "PVM\0") {
  console.error(`${source}: the compiler gave no contract blob for ${contract} (${blob.length} bytes)`);
  process.exit(1);
}

mkdirSync(outDir, { recursive: true });
writeFileSync(join(outDir, `${name}.polkavm`), blob);
writeFileSync(join(outDir, `${name}.abi.json`), JSON.stringify(compiled.abi, null, 2) + "\n");
console.log(`${name}.polkavm: ${blob.length} bytes`);
