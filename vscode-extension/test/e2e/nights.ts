/** What a night shows in the editor: its notification, what it has learned, the way back; and the dashboard. */

import assert from "node:assert/strict";

import { lab, scenario, sharedScenario, trusted } from "./harness";

scenario("a promoted sleep is told of once, shows what it learned, and is rolled back by a button", async (open) => {
  const workspace = lab.workspace("tiny", "night");
  const night = lab.dream(workspace);
  const window = await open(trusted, workspace, { file: "src/lib.rs" });
  const toast = window.page.locator(".notification-toast", { hasText: "Sleepy learned while you were away (orchard)" });
  await toast.waitFor({ timeout: 40_000 });
  assert.match(await toast.innerText(), /it repairs 1 of 1 errors that it had not seen as you did; before, 0\./);
  assert.equal(await window.page.locator(".notification-toast").count(), 1);
  await toast.locator(".monaco-button", { hasText: "What did it learn?" }).click();

  await window.page.locator(".tabs-container .tab.active", { hasText: "What did it learn" }).waitFor();
  const page = window.page.frameLocator("iframe.webview.ready").frameLocator("#active-frame").locator("body");
  await page.locator("h1", { hasText: "What orchard has learned" }).waitFor();
  const text = await page.innerText();
  for (const part of [
    "It answers in this repository",
    "E0308: mismatched types, in src/lib.rs",
    "Now, as you did:",
    "f(x, x, x, &name);",
    "kept: held-out repairs not fewer",
    "What it learned from: 3 fixes",
  ]) {
    assert.ok(text.includes(part), `${part} in ${text}`);
  }
  await window.screenshot("learned");

  const button = window.page.locator(".editor-actions .action-label", { hasText: "Roll Back" });
  await button.click();
  await page.getByText("It answers no more").waitFor();
  await button.waitFor({ state: "detached" });
  const shown = JSON.parse(lab.sleepy("coefficients", "show", night, "--json")) as { set: { status: string } };
  assert.equal(shown.set.status, "rejected");
});

sharedScenario("the dashboard opens in the browser, and shows what goes on", async (window) => {
  // code-server leads links to this machine through a proxy of its own; on a desktop they are opened as they are.
  const proxied = /\/proxy\/(\d+)(\/open\/.+)$/;
  const context = window.page.context();
  await context.route(proxied, async (route) => {
    const [, port, rest] = proxied.exec(route.request().url()) ?? [];
    await route.fulfill({ status: 302, headers: { location: `http://127.0.0.1:${port}${rest}` } });
  });
  const opening = context.waitForEvent("page", { timeout: 30_000 });
  await window.takeFromMenu("Open the dashboard");
  const page = await opening;
  try {
    await page.locator("#projects td", { hasText: window.workspace }).waitFor();
    await page.locator("button", { hasText: "Sleep now" }).waitFor();
  } finally {
    await page.close();
    await context.unroute(proxied);
  }
});
