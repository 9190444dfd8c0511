/** The extension in a real VS Code, with the real server and the real cargo. Run by `npm run e2e`. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { after, before, test } from "node:test";

import { ARTIFACTS, EXTENSION, Lab, eventually } from "./lab";
import type { Served } from "./lab";
import { Window } from "./window";

const DEADLINE_MS = 90_000;

const opened = Lab.open();
if (typeof opened === "string") {
  console.log(`NOTE: THE TESTS IN A REAL VS CODE WERE SKIPPED: ${opened}`);
  process.exit(0);
}
const lab: Lab = opened;
let trusted: Served;

before(async () => {
  fs.rmSync(ARTIFACTS, { recursive: true, force: true });
  trusted = await lab.serve("trusted", { "security.workspace.trust.enabled": false });
});

after(async () => {
  const left = await lab.close();
  assert.deepEqual(left, [], "processes were left over");
});

/** A test with its windows closed at the end, and a picture of each when it fails. */
function scenario(name: string, body: (open: typeof Window.open) => Promise<void> | void): void {
  test(name, { timeout: DEADLINE_MS }, async () => {
    const windows: Window[] = [];
    const open: typeof Window.open = async (...args) => {
      const window = await Window.open(...args);
      windows.push(window);
      return window;
    };
    try {
      await body(open);
    } catch (error) {
      for (const [index, window] of windows.entries()) {
        await window.screenshot(`failed-${name.replace(/\W+/g, "-")}-${index}`).catch(() => undefined);
        console.log(
          await window.page
            .locator(".notifications-toasts")
            .allInnerTexts()
            .catch(() => []),
        );
        console.log(`states of window ${index}: ${(await window.states().catch(() => [])).join(" > ")}`);
      }
      console.log(lab.daemonLog().slice(-2000));
      throw error;
    } finally {
      await Promise.all(windows.map((window) => window.close()));
    }
  });
}

/** Open the small fixture with the cursor on its one error. */
async function openTiny(open: typeof Window.open, name: string, served = trusted): Promise<Window> {
  const window = await open(lab, served, lab.workspace("tiny", name));
  await window.openFile("src/lib.rs");
  await window.untilSquiggle();
  await window.goToProblem("E0382");
  return window;
}

async function untilEpisode(workspace: string, outcome: string): Promise<void> {
  await eventually(`an episode that is ${outcome}`, 20_000, () =>
    lab.episodes(workspace).some((episode) => episode.outcome === outcome),
  );
}

function cargoCheck(workspace: string): number | null {
  return spawnSync("cargo", ["check", "--quiet", "--offline"], { cwd: workspace, env: lab.environment }).status;
}

scenario("a fix is offered, applied, saved and confirmed; undo takes it back byte for byte", async (open) => {
  const window = await openTiny(open, "fix");
  const original = window.read("src/lib.rs");
  await window.untilStatus(/fix ready/);
  const entries = await window.quickFixes("(verified: 0 errors left)");
  assert.match(entries[0] ?? "", /^Sleepy: .+ \(verified: 0 errors left\)$/, "the preferred one comes first");
  assert.equal(entries.filter((entry) => entry.startsWith("Sleepy: why this fix?")).length, 1);
  await window.screenshot("quick-fix");
  await window.take(entries[0] ?? "");
  await window.untilNoSquiggle();
  await window.save();
  assert.notEqual(window.read("src/lib.rs"), original);
  assert.equal(cargoCheck(window.workspace), 0);
  await untilEpisode(window.workspace, "confirmed");
  await window.untilStatus(/Sleepy$|no model/);
  const states = await window.states();
  for (const state of [/starting/, /checking/, /fix ready/]) {
    assert.ok(
      states.some((text) => state.test(text)),
      `${state} is among ${states.join(" > ")}`,
    );
  }

  await window.page.locator(".monaco-editor.focused").first().waitFor();
  await window.page.keyboard.press("Control+Z");
  await window.save();
  assert.equal(window.read("src/lib.rs"), original);
  await window.untilSquiggle();
  await untilEpisode(window.workspace, "reverted");
});

scenario("a fix can be looked at before it is applied, and explained", async (open) => {
  const window = await openTiny(open, "preview");
  await window.quickFixes("Sleepy: why this fix?");
  await window.take("Sleepy: why this fix?");
  await window.page.locator(".tabs-container .tab.active", { hasText: "Preview Why this fix" }).waitFor();
  await window.page.keyboard.press("Control+W");

  await window.goToProblem("E0382");
  await window.quickFixes("Sleepy: preview this fix");
  await window.take("Sleepy: preview this fix");
  await window.page.locator(".monaco-diff-editor .char-insert").first().waitFor();
  await window.screenshot("preview");
  assert.equal(window.read("src/lib.rs"), fs.readFileSync(path.join(lab.folder, "w/preview/tiny/src/lib.rs"), "utf8"));
  await window.page.locator(".editor-actions [aria-label='Apply This Fix']").click();
  await window.page.locator(".tabs-container .tab.active.dirty", { hasText: "lib.rs" }).waitFor();
  await window.untilNoSquiggle();
  await window.save();
  await untilEpisode(window.workspace, "confirmed");
});

scenario("a dismissed fix is not offered again", async (open) => {
  const window = await openTiny(open, "dismiss");
  const [first = ""] = await window.quickFixes("(verified: 0 errors left)");
  await window.page.keyboard.press("Escape");
  await window.quickFixes("Sleepy: dismiss this fix");
  await window.take("Sleepy: dismiss this fix");
  await untilEpisode(window.workspace, "dismissed");
  await window.goToProblem("E0382");
  await window.page.keyboard.press("Control+.");
  await window.page.waitForTimeout(1000);
  const rows = await window.page.locator(".action-widget .monaco-list-row.action").allInnerTexts();
  assert.ok(!rows.map((row) => row.trim()).includes(first), rows.join(" | "));
});

scenario("all errors of a file are fixed by one command", async (open) => {
  const window = await open(lab, trusted, lab.workspace("orchard", "all"));
  await window.openFile("crates/pomology/src/tree.rs");
  await window.untilSquiggle();
  const before = await window.squiggles.count();
  const done = async (): Promise<boolean> => {
    await window.command("Sleepy: Fix All in This File");
    await window.page.waitForTimeout(500);
    return (await window.page.locator(".tabs-container .tab.active.dirty").count()) > 0;
  };
  // The composition is prepared once the search for single fixes is through.
  await eventually("fix all", 60_000, done, 1500);
  await eventually("fewer squiggles", 20_000, async () => (await window.squiggles.count()) < before);
  await window.save();
  await untilEpisode(window.workspace, "confirmed");
});

scenario("two windows on one repository share one daemon and see the same", async (open) => {
  const one = await openTiny(open, "two");
  const two = await open(lab, trusted, one.workspace);
  await two.openFile("src/lib.rs");
  await two.untilSquiggle();
  const told = lab.daemon();
  assert.equal(told.running, true);
  const [first = ""] = await one.quickFixes("(verified: 0 errors left)");
  await one.take(first);
  await one.save();
  await one.untilNoSquiggle();
  await two.untilNoSquiggle();
});

scenario("a server that is killed comes back, and says so", async (open) => {
  const window = await openTiny(open, "killed");
  await window.untilStatus(/fix ready/);
  const { pid } = lab.daemon();
  assert.ok(pid);
  process.kill(pid, "SIGKILL");
  await window.page
    .locator(".statusbar-item", { hasText: "had stopped and was started again" })
    .waitFor({ timeout: 20_000 });
  await window.untilStatus(/fix ready/);
  assert.notEqual(lab.daemon().pid, pid);
  await window.goToProblem("E0382");
  const [first = ""] = await window.quickFixes("(verified: 0 errors left)");
  await window.take(first);
  await window.untilNoSquiggle();
  assert.equal(await window.page.locator(".notification-toast").count(), 0, "nothing pops up");
});

scenario("a missing server is explained, with the command to install it", async (open) => {
  const window = await openTiny(open, "missing");
  trusted.machineSettings({ "sleepy.interpreter": "/nowhere/python" });
  try {
    await window.untilStatus(/not installed/);
    const toast = window.page.locator(".notification-toast", {
      hasText: "/nowhere/python -m pip install sleepy-coder",
    });
    await toast.waitFor();
    await toast.locator(".monaco-button", { hasText: "Copy" }).waitFor();
  } finally {
    trusted.machineSettings({});
  }
  await window.untilStatus(/fix ready/);
});

scenario("a server that dies again and again is left alone, with an explanation", async (open) => {
  const window = await openTiny(open, "crashes");
  trusted.machineSettings({ "sleepy.server.command": ["/bin/false"] });
  try {
    await window.untilStatus(/stopped/);
    const toast = window.page.locator(".notification-toast", { hasText: "crashed 5 times within 3 minutes" });
    await toast.locator(".monaco-button", { hasText: "Show Logs" }).waitFor();
    assert.equal(await window.page.locator(".notification-toast").count(), 1, "said once");
  } finally {
    trusted.machineSettings({});
  }
  await window.untilStatus(/fix ready/);
});

scenario("a broken manifest is a problem in the status, and goes when it is mended", async (open) => {
  const window = await openTiny(open, "manifest");
  const manifest = path.join(window.workspace, "Cargo.toml");
  const good = fs.readFileSync(manifest, "utf8");
  await window.untilStatus(/fix ready/);
  fs.writeFileSync(manifest, `${good}\n[dependencies\n`);
  await window.untilStatus(/problem/);
  fs.writeFileSync(manifest, good);
  await window.untilStatus(/fix ready|error/);
});

scenario("with rust-analyzer there are no second squiggles, and our fixes are at its own", async (open) => {
  const workspace = lab.workspace("tiny", "analyzer");
  const fake = `vscode-remote://${trusted.address}${path.join(EXTENSION, "test/e2e/rust-analyzer")}`;
  const window = await open(lab, trusted, workspace, [["extensionDevelopmentPath", fake]]);
  await window.openFile("src/lib.rs");
  await window.untilSquiggle();
  await window.untilStatus(/fix ready/);
  await window.goToProblem("borrow of moved value");
  const problems = await window.page.locator(".markers-panel .monaco-list-row", { hasText: "E0382" }).count();
  assert.equal(problems, 1);
  await window.quickFixes("(verified: 0 errors left)");
});

scenario("commands and settings work inside of the extension host", async (open) => {
  // The driver runs tests in the extension host, and hides notifications: a server of its own.
  const driven = await lab.serve("driven", { "security.workspace.trust.enabled": false }, [
    "--vscode-option",
    "enable-smoke-test-driver",
  ]);
  const inHost = (folder: string): string => `vscode-remote://${driven.address}${path.join(EXTENSION, folder)}`;
  const payload: [string, string][] = [
    ["extensionDevelopmentPath", inHost("")],
    ["extensionTestsPath", inHost("out/test/host/index.js")],
  ];
  const output: string[] = [];
  let end: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => (end = resolve));
  await open(lab, driven, lab.workspace("tiny", "host"), payload, async (page) => {
    await page.exposeFunction("codeAutomationLog", (_: string, args: unknown[]) => output.push(args.join(" ")));
    await page.exposeFunction("codeAutomationExit", (code: number) => end(code));
  });
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

scenario("in an untrusted workspace nothing runs until it is trusted", async (open) => {
  const careful = await lab.serve("careful", { "security.workspace.trust.enabled": true });
  lab.sleepy("daemon", "stop");
  const window = await open(lab, careful, lab.workspace("tiny", "untrusted"));
  await window.openFile("src/lib.rs");
  await window.untilStatus(/untrusted/);
  await window.page.waitForTimeout(1500);
  assert.equal(lab.daemon().running, false);
  assert.deepEqual(
    lab.processes().filter(({ command }) => /cargo|sleepy_server|sleepy lsp/.test(command)),
    [],
  );
  assert.equal(await window.squiggles.count(), 0);
  await window.screenshot("untrusted");
  await window.command("Workspaces: Manage Workspace Trust");
  await window.page.locator(".workspace-trust-editor .monaco-button", { hasText: "Trust" }).first().click();
  await window.untilStatus(/fix ready/);
});
