/// <reference lib="dom" />
/** One VS Code window, as a user has it: a mouse, a keyboard, and eyes. */

import * as fs from "node:fs";
import * as path from "node:path";

import type { Locator, Page } from "playwright-core";

import { ARTIFACTS, eventually } from "./lab";
import type { Lab, Served } from "./lab";

const LOADED_MS = 40_000;
const SHOWN_MS = 20_000;
const STATUS_ITEM = '[id="sleepy-coder.sleepy-coder.sleepy.status"]';

declare global {
  interface Window {
    sleepyStates?: string[];
  }
}

/** What else a window is opened with. */
export interface Opening {
  /** A file, by its path in the workspace. */
  file?: string;
  /** What VS Code's own payload names: extensions under development, tests; absolute paths. */
  inHost?: Record<string, string>;
  /** Called before the page is loaded. */
  prepare?: (page: Page) => Promise<void>;
}

export class Window {
  private constructor(
    readonly page: Page,
    readonly workspace: string,
  ) {}

  /** Open a folder in a new window. */
  static async open(lab: Lab, served: Served, workspace: string, more: Opening = {}): Promise<Window> {
    const page = await (await lab.browser()).newPage();
    await page.addInitScript(recordStates);
    await more.prepare?.(page);
    const remote = (file: string): string => `vscode-remote://${served.address}${file}`;
    const payload = Object.entries(more.inHost ?? {}).map(([name, file]) => [name, remote(file)]);
    if (more.file !== undefined) {
      payload.push(["openFile", remote(path.join(workspace, more.file))]);
    }
    const query = `folder=${workspace}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
    await page.goto(`http://${served.address}/?${query}`, { waitUntil: "domcontentloaded" });
    await page.waitForSelector(".monaco-workbench", { timeout: LOADED_MS });
    return new Window(page, workspace);
  }

  async close(): Promise<void> {
    await this.page.close().catch(() => undefined); // it may be gone with its browser
  }

  async screenshot(name: string): Promise<void> {
    fs.mkdirSync(ARTIFACTS, { recursive: true });
    await this.page.screenshot({ path: path.join(ARTIFACTS, `${name}.png`) });
  }

  /** Run a command by its title in the palette. */
  async command(title: string): Promise<void> {
    await this.page.keyboard.press("F1");
    const input = this.page.locator(".quick-input-widget input.input").first();
    await input.waitFor({ timeout: SHOWN_MS });
    await input.fill(`>${title}`);
    const row = this.page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first();
    await row.waitFor({ timeout: SHOWN_MS });
    await row.click();
  }

  get squiggles(): Locator {
    return this.page.locator(".monaco-editor .squiggly-error");
  }

  async untilSquiggle(): Promise<void> {
    await this.squiggles.first().waitFor({ state: "attached", timeout: LOADED_MS });
  }

  async untilNoSquiggle(): Promise<void> {
    await eventually("the squiggles to go", SHOWN_MS, async () => (await this.squiggles.count()) === 0);
  }

  /** The row of the Problems view that holds this text. */
  problem(text: string): Locator {
    return this.page.locator(".markers-panel .monaco-list-row", { hasText: text }).first();
  }

  /** Put the cursor on the problem with this text, through the Problems view. */
  async goToProblem(text: string): Promise<void> {
    if (!(await this.page.locator(".markers-panel").isVisible())) {
      await this.page.keyboard.press("Control+Shift+M");
    }
    await this.problem(text).waitFor({ timeout: SHOWN_MS });
    await this.problem(text).dblclick();
    await this.page.locator(".monaco-editor.focused").first().waitFor({ timeout: SHOWN_MS });
  }

  /** Press Ctrl+. and give the entries of the menu, which stays open; none when there is nothing to choose. */
  async lightbulb(): Promise<string[]> {
    // A key that comes while an older menu is closing, or before the editor has the focus again, is lost.
    const end = Date.now() + SHOWN_MS;
    for (;;) {
      await this.page.keyboard.press("Control+.");
      try {
        await this.entries
          .or(this.nothing)
          .first()
          .waitFor({ timeout: SHOWN_MS / 5 });
        break;
      } catch (error) {
        if (Date.now() > end) {
          throw error;
        }
        await this.page.keyboard.press("Escape");
      }
    }
    return (await this.entries.allInnerTexts()).map((title) => title.trim());
  }

  /** Press Ctrl+. until the menu holds this entry (its fix may still be compiled); gives all entries. */
  async quickFixes(wanted: string): Promise<string[]> {
    const end = Date.now() + LOADED_MS;
    for (;;) {
      const titles = await this.lightbulb();
      if (titles.some((title) => title.includes(wanted))) {
        return titles;
      }
      if (Date.now() > end) {
        throw new Error(`No quick fix "${wanted}" among: ${titles.join(" | ") || "nothing"}`);
      }
      await this.page.keyboard.press("Escape");
      await this.entries.or(this.nothing).first().waitFor({ state: "hidden", timeout: SHOWN_MS });
    }
  }

  private get entries(): Locator {
    return this.page.locator(".action-widget .monaco-list-row.action");
  }

  private get nothing(): Locator {
    return this.page.locator(".monaco-editor-overlaymessage", { hasText: "No code actions" });
  }

  /** Take an entry of the open menu with the keyboard. */
  async take(wanted: string): Promise<void> {
    const row = this.page.locator(".action-widget .monaco-list-row.action", { hasText: wanted }).first();
    for (let i = 0; i < 15 && !(await row.evaluate((e) => e.classList.contains("focused"))); i++) {
      await this.page.keyboard.press("ArrowDown");
    }
    await this.page.keyboard.press("Enter");
    await this.page.locator(".action-widget").first().waitFor({ state: "hidden", timeout: SHOWN_MS });
  }

  async save(): Promise<void> {
    await this.page.keyboard.press("Control+S");
    await this.page.locator(".tabs-container .tab.dirty").waitFor({ state: "detached", timeout: SHOWN_MS });
  }

  /** Click on the status item, and take an entry of its menu; gives all entries. */
  async takeFromMenu(wanted: string): Promise<string[]> {
    await this.page.locator(STATUS_ITEM).click();
    const rows = this.page.locator(".quick-input-list .monaco-list-row .label-name");
    const row = rows.filter({ hasText: wanted });
    await row.waitFor({ timeout: SHOWN_MS });
    const entries = await rows.allInnerTexts();
    await row.click();
    return entries.map((entry) => entry.trim());
  }

  /** The text of the status item. */
  async status(): Promise<string> {
    return (await this.page.locator(STATUS_ITEM).innerText()).trim();
  }

  async untilStatus(pattern: RegExp, ms = LOADED_MS): Promise<void> {
    let last = "";
    await eventually(`the status ${pattern}`, ms, async () => pattern.test((last = await this.status()))).catch(
      (error: unknown) => {
        throw new Error(`${String(error)}; it was "${last}"`);
      },
    );
  }

  /** All texts that the status item has had, without repetitions. */
  async states(): Promise<string[]> {
    return this.page.evaluate(() => window.sleepyStates ?? []);
  }

  read(file: string): string {
    return fs.readFileSync(path.join(this.workspace, file), "utf8");
  }
}

/** Runs in the page: notes each new text of the status item. */
function recordStates(): void {
  const states: string[] = (window.sleepyStates = []);
  const look = (): void => {
    const text = document.getElementById("sleepy-coder.sleepy-coder.sleepy.status")?.innerText.trim();
    if (text && text !== states.at(-1)) {
      states.push(text);
    }
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
}
