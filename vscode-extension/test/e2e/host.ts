/** What is tested from inside of the extension host, and the bundle. */

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "node:test";

import { lab, scenario } from "./harness";
import { EXTENSION } from "./lab";

scenario("commands and settings work inside of the extension host", async (open) => {
  // The driver runs tests in the extension host, and hides notifications: a server of its own.
  const driven = await lab.serve("driven", { "security.workspace.trust.enabled": false }, [
    "--vscode-option",
    "enable-smoke-test-driver",
  ]);
  const output: string[] = [];
  let end: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => (end = resolve));
  const window = await open(driven, lab.workspace("tiny", "host"), {
    inHost: {
      extensionDevelopmentPath: EXTENSION,
      extensionTestsPath: path.join(EXTENSION, "out/test/host/index.js"),
    },
    prepare: async (page) => {
      await page.exposeFunction("codeAutomationLog", (_: string, args: unknown[]) => output.push(args.join(" ")));
      await page.exposeFunction("codeAutomationExit", (code: number) => end(code));
    },
  });
  window.page.once("close", () => end(-1));
  const code = await ended;
  // VS Code logs much of its own beside what the tests print.
  console.log(output.filter((line) => code !== 0 || line.startsWith("sleepy:")).join("\n"));
  assert.equal(code, 0);
});

test("the bundle is small", () => {
  const { size } = fs.statSync(path.join(EXTENSION, "out", "extension.js"));
  console.log(`bundle: ${size} bytes`);
  assert.ok(size < 500_000, `${size} bytes`);
});
