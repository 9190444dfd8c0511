/** What a sleep has learned, as a page, with a button that takes it back. */

import * as vscode from "vscode";

import type { Context } from "./context";
import { LEARNED } from "./protocol";
import type { LearnedParams, LearnedResult } from "./protocol";

const TITLE = "What did it learn";
const SHOWN = "sleepy.learnedShown";

export class Learned implements vscode.Disposable {
  /** The sleep on show, while what it has learned answers. */
  private night: string | undefined;
  private readonly subscription = vscode.window.tabGroups.onDidChangeTabs(() => void this.buttons());

  constructor(private readonly context: Context) {}

  /** Command name to handler. All of them need a running server. */
  readonly commands = {
    "sleepy.showLearned": (which?: LearnedParams) => this.show(which ?? here()),
    "sleepy.rollBackLearned": () => this.rollBack(),
  };

  dispose(): void {
    this.subscription.dispose();
  }

  private async show(which: LearnedParams): Promise<void> {
    const learned = await this.context.server.running?.sendRequest<LearnedResult>(LEARNED, which);
    if (learned !== undefined) {
      this.night = learned.answers ? learned.night : undefined;
      await this.context.texts.showMarkdown(TITLE, learned.markdown);
      await this.buttons();
    }
  }

  private async rollBack(): Promise<void> {
    const { night } = this;
    if (night !== undefined) {
      const done = await this.context.server.execute("sleepy.rollBack", { night });
      void vscode.window.showInformationMessage(`Sleepy: ${done?.message ?? "the server is not running."}`);
      await this.show({ night });
    }
  }

  /** The button stands over our page only, and only where there is something to take back. */
  private async buttons(): Promise<void> {
    const active = vscode.window.tabGroups.activeTabGroup.activeTab;
    const ours = active?.input instanceof vscode.TabInputWebview && active.label.includes(TITLE);
    await vscode.commands.executeCommand("setContext", SHOWN, ours && this.night !== undefined);
  }
}

/** The repository of the file that is looked at. */
function here(): LearnedParams {
  const document = vscode.window.activeTextEditor?.document;
  return document?.languageId === "rust" ? { uri: document.uri.toString() } : {};
}
