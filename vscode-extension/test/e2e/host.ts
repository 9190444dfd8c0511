/** What is tested from inside of the extension host, and the bundle. */

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "node:test";

import { lab, scenario } from "./harness";
import { driven, runInHost } from "./inHost";
import { EXTENSION } from "./lab";

scenario("commands and settings work inside of the extension host", async (open) => {
  const server = await driven(lab);
  const { code, output } = await runInHost("index", (opening) => open(server, lab.workspace("tiny", "host"), opening));
  // VS Code logs much of its own beside what the tests print.
  console.log(output.filter((line) => code !== 0 || line.startsWith("sleepy:")).join("\n"));
  assert.equal(code, 0);
});

test("the bundle is small", () => {
  const { size } = fs.statSync(path.join(EXTENSION, "out", "extension.js"));
  console.log(`bundle: ${size} bytes`);
  assert.ok(size < 500_000, `${size} bytes`);
});
