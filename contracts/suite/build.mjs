// SPDX-License-Identifier: Apache-2.0
// Compiles the suite and lets an EVM play the scenarios.
//
// Usage: node build.mjs [OUT_DIR]    (default: ../build)
// `cargo xtask contracts` installs the packages and calls this. In `OUT_DIR/suite` there are then the blobs, and `steps.json`: per
// scenario the steps with what the EVM made of them. The tests of the pallet play the same steps and compare.

import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { compileAll, here } from "./compile.mjs";
import { Oracle } from "./oracle.mjs";
import { scenarios } from "./scenarios.mjs";

const outDir = join(resolve(process.argv[2] ?? join(here, "..", "build")), "suite");
const { contracts, blobs } = await compileAll();
mkdirSync(outDir, { recursive: true });
const all = { ...blobs, ...Object.fromEntries(Object.entries(contracts).map(([name, { pvm }]) => [name, pvm])) };
for (const [name, blob] of Object.entries(all)) writeFileSync(join(outDir, `${name}.polkavm`), blob);

const played = {};
let steps = 0;
for (const [name, play] of Object.entries(scenarios)) {
  const oracle = await Oracle.create(contracts);
  await play(oracle);
  played[name] = oracle.steps;
  steps += oracle.steps.length;
}
writeFileSync(join(outDir, "steps.json"), JSON.stringify({ blobs: Object.keys(all).sort(), scenarios: played }, null, 1));
console.log(`suite: ${Object.keys(all).length} blobs, ${Object.keys(played).length} scenarios, ${steps} steps`);
