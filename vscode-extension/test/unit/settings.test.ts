import assert from "node:assert/strict";
import { test } from "node:test";

import { serverSettings, snakeCase } from "../../src/settings";
import type { Inspected } from "../../src/settings";

test("only what the user has set is sent, in the server's groups and names", () => {
  const set: Record<string, Inspected> = {
    "sleepy.check.allTargets": { globalValue: false },
    "sleepy.engine.model": { globalValue: "a", workspaceValue: "b" },
    "sleepy.check.command": {},
    "sleepy.server.command": { globalValue: ["x"] },
    "sleepy.interpreter": { globalValue: "x" },
  };
  assert.deepEqual(
    serverSettings(Object.keys(set), (name) => set[name]),
    { check: { all_targets: false }, engine: { model: "b" } },
  );
});

test("a setting that is set to false or to nothing is still set", () => {
  const values: Inspected[] = [{ globalValue: false }, { globalValue: 0 }, { globalValue: "" }];
  for (const value of values) {
    assert.deepEqual(
      serverSettings(["sleepy.a.b"], () => value),
      { a: { b: value.globalValue } },
    );
  }
});

test("names are written as Python writes them", () => {
  assert.equal(snakeCase("ollamaUrl"), "ollama_url");
  assert.equal(snakeCase("command"), "command");
});
