import assert from "node:assert/strict";
import { test } from "node:test";

import type { StatusParams, StatusPhase } from "../../src/protocol";
import { menuItems } from "../../src/status/menu";
import { statusView } from "../../src/status/view";
import type { Situation, View } from "../../src/status/view";

function running(phase: StatusPhase, more: Partial<StatusParams> = {}): Situation {
  return { kind: "running", status: { phase, ...more } };
}

const problem = { kind: "problem", message: "It is not there.", install: "pipx install sleepy-coder" } as const;

const cases: [Situation, string, View["severity"]][] = [
  [{ kind: "untrusted" }, "Sleepy: untrusted", "warning"],
  [{ kind: "starting" }, "Sleepy: starting", "normal"],
  [{ kind: "missing", problem }, "Sleepy: not installed", "error"],
  [{ kind: "failed", message: "It crashed 5 times." }, "Sleepy: stopped", "error"],
  [running("starting"), "Sleepy: starting", "normal"],
  [running("watching"), "Sleepy", "normal"],
  [running("watching", { errors: 2 }), "Sleepy: 2 errors", "normal"],
  [running("checking"), "Sleepy: checking", "normal"],
  [running("thinking", { detail: "E0382 in src/lib.rs:6" }), "Sleepy: E0382 in src/lib.rs:6", "normal"],
  [running("ready", { errors: 1, fixes: 1 }), "Sleepy: fix ready", "normal"],
  [running("ready", { errors: 3, fixes: 2 }), "Sleepy: 2 fixes", "normal"],
  [running("sleeping"), "Sleepy: sleeping", "normal"],
  [running("trained"), "Sleepy: trained", "normal"],
  [running("paused"), "Sleepy: paused", "normal"],
  [running("untrusted"), "Sleepy: untrusted", "warning"],
  [running("noModel", { detail: "Ollama is not running." }), "Sleepy: no model", "normal"],
  [running("problem", { detail: "Cargo.toml is broken." }), "Sleepy: problem", "warning"],
];

for (const [situation, text, severity] of cases) {
  const name = situation.kind === "running" ? situation.status.phase : situation.kind;
  test(`${name} is shown as "${text}"`, () => {
    const view = statusView(situation);
    assert.equal(view.text.replace(/^\$\([a-z-~]+\) /, ""), text);
    assert.equal(view.severity, severity);
    assert.ok(view.tooltip.every((line) => line.length > 0));
  });
}

test("the tooltip tells the problem once, the counts, and why there is no model", () => {
  const broken = statusView(running("problem", { detail: "Cargo.toml is broken." }));
  assert.deepEqual(broken.tooltip, ["Cargo.toml is broken."]);
  const ready = statusView(running("ready", { errors: 3, fixes: 2, engineProblem: "Ollama is not running." }));
  assert.deepEqual(ready.tooltip.slice(1), ["3 errors, 2 with a verified fix.", "No model: Ollama is not running."]);
});

test("the menu offers what makes sense now", () => {
  const commands = (situation: Situation): string[] => menuItems(situation).map((item) => item.command);
  assert.equal(commands({ kind: "untrusted" })[0], "workbench.trust.manage");
  assert.equal(commands({ kind: "missing", problem })[0], "sleepy.copyInstallCommand");
  assert.ok(commands(running("ready", { errors: 1, fixes: 1 })).includes("sleepy.fixAll"));
  assert.ok(!commands(running("watching")).includes("sleepy.fixAll"));
  assert.ok(commands(running("watching")).includes("sleepy.pause"));
  assert.equal(commands(running("paused", { errors: 1, fixes: 1 }))[0], "sleepy.resume");
  assert.ok(!commands(running("paused")).some((name) => /pause|recheck|findFix/.test(name)), "nothing runs");
  assert.equal(commands(running("trained"))[0], "sleepy.showLearned");
  assert.ok(commands(running("paused")).includes("sleepy.openDashboard"));
  assert.ok(commands({ kind: "failed", message: "" }).includes("sleepy.restart"));
});
