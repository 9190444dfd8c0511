/** Fixes, from the squiggle to the episode. */

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { cargoCheck, lab, openTiny, scenario, trusted, untilEpisode } from "./harness";
import { EXTENSION, eventually } from "./lab";

const FIXED = "(verified: 0 errors left)";

scenario("a fix is offered, applied, saved and confirmed; undo takes it back byte for byte", async (open) => {
  const window = await openTiny(open, "fix");
  const original = window.read("src/lib.rs");
  assert.equal(await window.problem("E0382").count(), 1);
  await window.untilStatus(/fix ready/);
  const entries = await window.quickFixes(FIXED);
  assert.match(entries[0] ?? "", /^Sleepy: .+ \(verified: 0 errors left\)$/, "the preferred one comes first");
  assert.equal(entries.filter((entry) => entry.startsWith("Sleepy: why this fix?")).length, 1);
  await window.screenshot("quick-fix");
  await window.take(entries[0] ?? "");
  await window.untilNoSquiggle();
  await window.save();
  assert.notEqual(window.read("src/lib.rs"), original);
  assert.equal(cargoCheck(window.workspace), 0);
  await untilEpisode(window.workspace, "confirmed");
  await window.untilStatus(/Sleepy$/);

  await window.page.locator(".monaco-editor.focused").first().waitFor();
  await window.page.keyboard.press("Control+Z");
  await window.save();
  assert.equal(window.read("src/lib.rs"), original);
  await window.untilSquiggle();
  await untilEpisode(window.workspace, "reverted");
  await window.untilStatus(/fix ready/);
  const states = (await window.states()).join(" > ");
  assert.match(states, /starting.* > .*checking.* > .*E0382 in src\/lib\.rs:6.* > .*fix ready/);
});

scenario("a fix can be looked at before it is applied, and explained", async (open) => {
  const window = await openTiny(open, "preview");
  const original = window.read("src/lib.rs");
  await window.quickFixes("Sleepy: why this fix?");
  await window.take("Sleepy: why this fix?");
  await window.page.locator(".tabs-container .tab.active", { hasText: "Preview Why this fix" }).waitFor();
  // Before it is there it takes no keys, and afterwards those that are meant for others.
  await window.page.locator("iframe.webview.ready").first().waitFor({ state: "attached" });
  await window.page.keyboard.press("Control+W");
  await window.page.locator(".tabs-container .tab", { hasText: "Preview Why this fix" }).waitFor({ state: "detached" });

  await window.goToProblem("E0382");
  await window.quickFixes("Sleepy: preview this fix");
  await window.take("Sleepy: preview this fix");
  await window.page.locator(".monaco-diff-editor .char-insert").first().waitFor();
  await window.screenshot("preview");
  assert.equal(window.read("src/lib.rs"), original);
  await window.page.locator(".editor-actions [aria-label='Apply This Fix']").click();
  await window.page.locator(".tabs-container .tab.active.dirty", { hasText: "lib.rs" }).waitFor();
  await window.untilNoSquiggle();
  await window.save();
  await untilEpisode(window.workspace, "confirmed");
});

scenario("a fix of several files is one preview, and one step to take", async (open) => {
  const workspace = lab.workspace("tiny", "several");
  const texts = {
    "src/shelf.rs": "pub trait Shelf {\n    fn put(&self, jar: u32);\n}\n",
    "src/lib.rs":
      "mod shelf;\npub use shelf::Shelf;\n\npub struct Pantry {\n    pub jars: Vec<u32>,\n}\n\nimpl Shelf for Pantry {\n" +
      "    fn put(&self, jar: u32) {\n        self.jars.push(jar);\n    }\n}\n",
  };
  for (const [file, text] of Object.entries(texts)) {
    fs.writeFileSync(path.join(workspace, file), text);
  }
  const window = await open(trusted, workspace, { file: "src/lib.rs" });
  await window.goToProblem("E0596");
  await window.quickFixes("Sleepy: preview this fix");
  await window.take("Sleepy: preview this fix");
  const changes = window.page.locator(".multiDiffEntry");
  await changes.filter({ hasText: "shelf.rs" }).waitFor();
  await changes.filter({ hasText: "lib.rs" }).waitFor();
  await eventually("both insertions to be shown", 20_000, async () => {
    return (await window.page.locator(".multiDiffEntry .char-insert").count()) >= 2;
  });
  const headers = (await changes.locator(".header").allInnerTexts()).map((header) => header.replaceAll(/\s/g, ""));
  assert.deepEqual(headers.sort(), ["lib.rs/src", "shelf.rs/src"], "each file is named once, as in the workspace");
  await window.screenshot("several-files");
  for (const [file, text] of Object.entries(texts)) {
    assert.equal(window.read(file), text, "nothing is written by looking at it");
  }
  await window.page.locator(".editor-actions [aria-label='Apply This Fix']").click();
  await window.page.locator(".tabs-container .tab.active.dirty", { hasText: "lib.rs" }).waitFor();
  await window.untilNoSquiggle();
  await window.command("File: Save All Files");
  await eventually("both files to be written", 20_000, () =>
    Object.keys(texts).every((file) => window.read(file).includes("&mut self")),
  );
  assert.equal(cargoCheck(workspace), 0);
  await untilEpisode(workspace, "confirmed");
});

scenario("a dismissed fix is not offered again", async (open) => {
  const window = await openTiny(open, "dismiss");
  const [first = ""] = await window.quickFixes(FIXED);
  await window.page.keyboard.press("Escape");
  await window.quickFixes("Sleepy: dismiss this fix");
  await window.take("Sleepy: dismiss this fix");
  await untilEpisode(window.workspace, "dismissed");
  await window.goToProblem("E0382");
  const rows = await window.lightbulb();
  assert.ok(!rows.includes(first), rows.join(" | "));
});

scenario("all errors of a file are fixed by one command", async (open) => {
  const workspace = lab.workspace("orchard", "all");
  const window = await open(trusted, workspace, { file: "crates/pomology/src/tree.rs" });
  await window.untilSquiggle();
  const before = await window.squiggles.count();
  const done = async (): Promise<boolean> => {
    await window.command("Sleepy: Fix All in This File");
    await window.page.waitForTimeout(500);
    return (await window.page.locator(".tabs-container .tab.active.dirty").count()) > 0;
  };
  // The composition is prepared once the search for single fixes is through.
  await eventually("fix all", 60_000, done, 1000);
  await eventually("fewer squiggles", 20_000, async () => (await window.squiggles.count()) < before);
  await window.save();
  await untilEpisode(window.workspace, "confirmed");
});

scenario("two windows on one repository share one daemon and see the same", async (open) => {
  const one = await openTiny(open, "two");
  const two = await open(trusted, one.workspace, { file: "src/lib.rs" });
  await two.untilSquiggle();
  const told = lab.daemon();
  assert.equal(told.running, true);
  assert.equal(told.projects?.length, 1);
  const [first = ""] = await one.quickFixes(FIXED);
  await one.take(first);
  await one.save();
  await one.untilNoSquiggle();
  await two.untilNoSquiggle();
});

scenario("with rust-analyzer there are no second squiggles, and our fixes are at its own", async (open) => {
  const window = await open(trusted, lab.workspace("tiny", "analyzer"), {
    file: "src/lib.rs",
    inHost: { extensionDevelopmentPath: path.join(EXTENSION, "test/e2e/rust-analyzer") },
  });
  await window.untilSquiggle();
  await window.untilStatus(/fix ready/);
  await window.goToProblem("borrow of moved value");
  const problems = await window.page.locator(".markers-panel .monaco-list-row", { hasText: "E0382" }).count();
  assert.equal(problems, 1);
  const [first = ""] = await window.quickFixes(FIXED);
  await window.take(first);
  await window.page.locator(".tabs-container .tab.active.dirty", { hasText: "lib.rs" }).waitFor();
});
