/** What every scenario stands on: one lab, one code-server for most, limits, and a report of a failure. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { after, before, test } from "node:test";

import { ARTIFACTS, Lab, eventually } from "./lab";
import type { Served } from "./lab";
import { Window } from "./window";

// Generous, since machines are busy: no scenario needs a fifth of it on a quiet one.
const ATTEMPTS = 3;
const SCENARIO_MS = 90_000;
const ALL_MS = 600_000;

const LIBRARY = "src/lib.rs";

const opened = Lab.open();
if (typeof opened === "string") {
  console.log(`NOTE: THE TESTS IN A REAL VS CODE WERE SKIPPED: ${opened}`);
  process.exit(0);
}

/** Where everything of this run is. */
export const lab: Lab = opened;

/** The code-server that trusts every folder. */
export let trusted: Served;

let now = "the start";
let kept: Window | undefined;

before(async () => {
  fs.rmSync(ARTIFACTS, { recursive: true, force: true });
  setTimeout(() => giveUp(`not done after ${ALL_MS / 1000} s`), ALL_MS).unref();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => giveUp(signal));
  }
  trusted = await lab.serve("trusted", { "security.workspace.trust.enabled": false });
});

after(async () => {
  const left = await lab.close();
  assert.deepEqual(left, [], "processes were left over");
});

/** Opens windows that are closed when the scenario ends. */
export type Open = (served: Served, workspace: string, more?: Parameters<typeof Window.open>[3]) => Promise<Window>;

/** A test in windows of its own. */
export function scenario(name: string, body: (open: Open) => Promise<void>): void {
  limited(
    name,
    (windows) =>
      body(async (...args) => {
        const window = await Window.open(lab, ...args);
        windows.push(window);
        return window;
      }),
    () => true,
  );
}

/**
 * A test in the one window that such tests share: on the small fixture's error, with its fix ready, and to be left so.
 * After a failure the next one gets a new window.
 */
export function sharedScenario(name: string, body: (window: Window) => Promise<void>): void {
  limited(
    name,
    async (windows) => {
      kept = kept?.page.isClosed() ? undefined : kept;
      kept ??= await openTiny((...args) => Window.open(lab, ...args), `shared-${Date.now()}`);
      windows.push(kept);
      await kept.untilStatus(/fix ready/);
      await body(kept);
      await kept.untilStatus(/fix ready/);
    },
    (failed) => {
      kept = failed ? undefined : kept;
      return failed;
    },
  );
}

/** Open the small fixture with the cursor on its one error. */
export async function openTiny(open: Open, name: string): Promise<Window> {
  const window = await open(trusted, lab.workspace("tiny", name), { file: LIBRARY });
  await window.untilSquiggle();
  await window.goToProblem("E0382");
  return window;
}

export async function untilEpisode(workspace: string, outcome: string): Promise<void> {
  await eventually(`an episode that is ${outcome}`, 30_000, () =>
    lab.episodes(workspace).some((episode) => episode.outcome === outcome),
  );
}

/** The exit code of the user's own check. */
export function cargoCheck(workspace: string): number | null {
  const options = { cwd: workspace, env: lab.environment, timeout: 60_000 };
  return spawnSync("cargo", ["check", "--quiet", "--offline"], options).status;
}

/**
 * A test that ends in time: when it does not, the browser is closed, so that whatever it waits for fails.
 * `ended` hears whether it failed, and says whether its windows are to be closed.
 */
function limited(name: string, body: (windows: Window[]) => Promise<void>, ended: (failed: boolean) => boolean): void {
  test(name, { timeout: ATTEMPTS * (SCENARIO_MS + 30_000) }, async () => {
    // Keys that come while VS Code moves its focus are lost, to a person as well, who presses them again.
    for (let attempt = 1; ; attempt++) {
      try {
        await attempted(name, body, ended);
        return;
      } catch (error) {
        if (attempt === ATTEMPTS) {
          throw error;
        }
        console.log(`tried again: ${name}: ${String(error)}`);
      }
    }
  });
}

async function attempted(
  name: string,
  body: (windows: Window[]) => Promise<void>,
  ended: (failed: boolean) => boolean,
): Promise<void> {
  now = name;
  const windows: Window[] = [];
  const close = (): Promise<unknown> => Promise.all(windows.map((window) => window.close()));
  const timer = setTimeout(() => {
    console.log(`not done after ${SCENARIO_MS / 1000} s: ${name}`);
    void report(name, windows).finally(() => lab.closeBrowser());
  }, SCENARIO_MS);
  let failed = true;
  try {
    await body(windows);
    failed = false;
  } finally {
    clearTimeout(timer);
    if (failed) {
      await report(name, windows).catch(() => undefined);
    }
    if (ended(failed)) {
      await close();
    }
  }
}

/** Pictures and words of a failure. */
async function report(name: string, windows: readonly Window[]): Promise<void> {
  for (const [index, window] of windows.entries()) {
    await window.screenshot(`failed-${name.replace(/\W+/g, "-")}-${index}`).catch(() => undefined);
    const toasts = await window.page.locator(".notifications-toasts").allInnerTexts();
    console.log(`window ${index} said: ${toasts.join(" | ")}`);
    console.log(`its states: ${(await window.states()).join(" > ")}`);
  }
  console.log(lab.daemonLog().slice(-2000));
}

/** The end of everything, at once: nothing may be left running. */
function giveUp(why: string): void {
  console.log(`The tests in a real VS Code were ended during "${now}": ${why}`);
  lab.kill();
  process.exit(1);
}
