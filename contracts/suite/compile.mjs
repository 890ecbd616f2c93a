// SPDX-License-Identifier: Apache-2.0
// Compiles every source in `sol` twice: by resolc to contract blobs, by solc to code for Ethereum's machine.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "@parity/resolc";
import solc from "solc";

export const here = dirname(fileURLToPath(import.meta.url));

function importContents(path) {
  try {
    return { contents: readFileSync(join(here, "node_modules", path), "utf8") };
  } catch (error) {
    return { error: `${path}: ${error.message}` };
  }
}

function check(output) {
  const errors = (output.errors ?? []).filter((error) => error.severity === "error");
  for (const error of errors) console.error(error.formattedMessage);
  if (errors.length > 0) process.exit(1);
  return output.contracts;
}

/// Contract name to `{ abi, evm: Buffer, pvm: Buffer }`, for the contracts of our own sources.
export async function compileAll() {
  // resolc looks imports up from the working directory.
  process.chdir(here);
  const sources = Object.fromEntries(
    readdirSync("sol").sort().map((name) => [name, { content: readFileSync(join("sol", name), "utf8") }]),
  );
  const settings = {
    optimizer: { enabled: true, runs: 200 },
    evmVersion: "cancun",
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
  };
  const input = JSON.stringify({ language: "Solidity", sources, settings });
  const evm = check(JSON.parse(solc.compile(input, { import: importContents })));
  const pvm = check(await compile(sources));

  const contracts = {};
  // Blobs of what contracts create without being ours, such as the administrator of a transparent proxy.
  const blobs = {};
  for (const [source, compiled] of Object.entries(pvm)) {
    for (const [name, contract] of Object.entries(compiled)) {
      const blob = Buffer.from(contract.evm?.bytecode?.object ?? "", "hex");
      if (blob.subarray(0, 4).toString("latin1") !== "PVM\0") continue;
      if (source in sources) {
        const code = Buffer.from(evm[source][name].evm.bytecode.object, "hex");
        contracts[name] = { abi: evm[source][name].abi, evm: code, pvm: blob };
      } else {
        blobs[name] = blob;
      }
    }
  }
  return { contracts, blobs };
}
