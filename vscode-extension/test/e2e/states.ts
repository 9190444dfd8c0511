/** The status item through its states: what the server lives through, and says of it. */

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { lab, scenario, sharedScenario, trusted } from "./harness";

scenario("without a model the status says so, and the menu offers to select one", async (open) => {
  const workspace = lab.workspace("tiny", "no-model");
  fs.mkdirSync(path.join(workspace, ".vscode"));
  fs.writeFileSync(path.join(workspace, ".vscode", "settings.json"), '{ "sleepy.engine.name": "ollama" }');
  // Nobody but a model could know what to do about this one.
  fs.writeFileSync(path.join(workspace, "src/lib.rs"), 'compile_error!("write the library");\n');
  trusted.machineSettings({ "sleepy.engine.ollamaUrl": "http://127.0.0.1:1" });
  try {
    const window = await open(trusted, workspace, { file: "src/lib.rs" });
    await window.untilSquiggle();
    await window.untilStatus(/no model/);
    const entries = await window.takeFromMenu("Select a model");
    assert.ok(entries.includes("Check again"), entries.join(" | "));
  } finally {
    trusted.machineSettings({});
  }
});

scenario("in an untrusted workspace nothing runs until it is trusted", async (open) => {
  const careful = await lab.serve("careful", { "security.workspace.trust.enabled": true });
  lab.sleepy("daemon", "stop");
  const window = await open(careful, lab.workspace("tiny", "untrusted"), { file: "src/lib.rs" });
  await window.untilStatus(/untrusted/);
  await window.page.waitForTimeout(1500);
  assert.equal(lab.daemon().running, false);
  assert.deepEqual(
    lab.processes().filter(({ command }) => /cargo|sleepy_server|sleepy lsp/.test(command)),
    [],
  );
  assert.equal(await window.squiggles.count(), 0);
  await window.screenshot("untrusted");
  await window.takeFromMenu("Manage workspace trust");
  await window.page.locator(".workspace-trust-editor .monaco-button", { hasText: "Trust" }).first().click();
  await window.untilStatus(/fix ready/);
});

sharedScenario("a pause stops all checks until it is over", async (window) => {
  const text = window.read("src/lib.rs");
  const before = await window.takeFromMenu("Pause");
  assert.ok(!before.includes("Resume"), before.join(" | "));
  await window.untilStatus(/paused/);
  fs.writeFileSync(
    path.join(window.workspace, "src/lib.rs"),
    text.replace("names: Vec<String>) -> (", "names: &[String]) -> ("),
  );
  await window.page.waitForTimeout(1000);
  assert.match(await window.status(), /paused/);
  assert.equal(await window.problem("E0308").count(), 0);
  const meanwhile = await window.takeFromMenu("Resume");
  assert.ok(!meanwhile.includes("Check again"), meanwhile.join(" | "));
  await window.problem("E0308").waitFor();
  fs.writeFileSync(path.join(window.workspace, "src/lib.rs"), text);
  await window.problem("E0382").waitFor();
});

sharedScenario("a broken manifest is a problem in the status, and goes when it is mended", async (window) => {
  const manifest = path.join(window.workspace, "Cargo.toml");
  const good = fs.readFileSync(manifest, "utf8");
  fs.writeFileSync(manifest, `${good}\n[dependencies\n`);
  await window.untilStatus(/problem/);
  fs.writeFileSync(manifest, good);
});

sharedScenario("a server that is killed comes back, and says so", async (window) => {
  const { pid } = lab.daemon();
  assert.ok(pid);
  process.kill(pid, "SIGKILL");
  await window.page.locator(".statusbar-item", { hasText: "had stopped and was started again" }).waitFor();
  await window.untilStatus(/fix ready/);
  assert.notEqual(lab.daemon().pid, pid);
  await window.goToProblem("E0382");
  await window.quickFixes("(verified: 0 errors left)");
  await window.page.keyboard.press("Escape");
  assert.equal(await window.page.locator(".notification-toast").count(), 0, "nothing pops up");
});

sharedScenario("a missing server is explained, with the command to install it", async (window) => {
  trusted.machineSettings({ "sleepy.interpreter": "/nowhere/python" });
  try {
    await window.untilStatus(/not installed/);
    const toast = window.page.locator(".notification-toast", {
      hasText: "/nowhere/python -m pip install sleepy-coder",
    });
    await toast.locator(".monaco-button", { hasText: "Copy" }).click();
    await window.page.locator(".statusbar-item", { hasText: "Copied: /nowhere/python -m pip install" }).waitFor();
  } finally {
    trusted.machineSettings({});
  }
});

sharedScenario("a server that dies again and again is left alone, with an explanation", async (window) => {
  trusted.machineSettings({ "sleepy.server.command": ["/bin/false"] });
  try {
    await window.untilStatus(/stopped/);
    const toast = window.page.locator(".notification-toast", { hasText: "crashed 5 times within 3 minutes" });
    await toast.waitFor();
    assert.equal(await window.page.locator(".notification-toast").count(), 1, "said once");
    await toast.locator(".monaco-button", { hasText: "Show Logs" }).click();
    await window.page.locator(".panel .output-view-container, .panel .output-view").first().waitFor();
  } finally {
    trusted.machineSettings({});
  }
});

sharedScenario("the walkthrough shows the first steps, and its buttons work", async (window) => {
  await window.command("Sleepy: First Steps");
  const steps = window.page.locator(".getting-started-step .step-title");
  await steps.first().waitFor();
  assert.deepEqual(await steps.allInnerTexts(), [
    "Install the server",
    "Let the doctor look",
    "Choose a model",
    "Take a fix",
  ]);
  await window.screenshot("walkthrough");
  await steps.filter({ hasText: "Let the doctor look" }).click();
  await window.page.locator(".getting-started-step.expanded .monaco-button", { hasText: "Run the doctor" }).click();
  await window.page.locator(".tabs-container .tab.active", { hasText: "Sleepy doctor.txt" }).waitFor();
  await window.page.keyboard.press("Control+W");
});
