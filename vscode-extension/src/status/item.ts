/** The status bar item; a click opens the menu. */

import * as vscode from "vscode";

import { statusView } from "./view";
import type { Situation, View } from "./view";

const BACKGROUNDS: Record<View["severity"], string | undefined> = {
  normal: undefined,
  warning: "statusBarItem.warningBackground",
  error: "statusBarItem.errorBackground",
};

export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("sleepy.status", vscode.StatusBarAlignment.Right, 10);

  constructor() {
    this.item.name = "Sleepy Coder";
    this.item.command = "sleepy.showMenu";
    this.item.show();
  }

  show(situation: Situation): void {
    const view = statusView(situation);
    const background = BACKGROUNDS[view.severity];
    this.item.text = view.text;
    this.item.tooltip = view.tooltip.join("\n");
    this.item.backgroundColor = background === undefined ? undefined : new vscode.ThemeColor(background);
    this.item.accessibilityInformation = { label: ["Sleepy Coder", ...view.tooltip].join(". ") };
  }

  dispose(): void {
    this.item.dispose();
  }
}
