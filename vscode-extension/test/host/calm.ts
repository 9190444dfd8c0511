/** Runs in VS Code's extension host for `npm run bench`: wakes the extension up once the window has calmed down. */

import * as vscode from "vscode";

import type { Exports } from "../../src/extension";
import { computed } from "../../src/started";

const CALM_MS = 5000;

export async function run(): Promise<void> {
  const extension = vscode.extensions.getExtension<Exports>("sleepy-coder.sleepy-coder");
  await new Promise((resolve) => setTimeout(resolve, CALM_MS));
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (extension === undefined || extension.isActive || folder === undefined) {
    throw new Error(`the extension is ${extension?.isActive ? "awake already" : "not there"}`);
  }
  // It lies in the package beside this folder.
  const before = computed();
  await vscode.window.showTextDocument(vscode.Uri.joinPath(folder.uri, "../tiny/src/lib.rs"));
  const { firstDiagnosticsMs } = await extension.activate();
  const ms = await firstDiagnosticsMs;
  console.log(`calm: ${JSON.stringify({ ms, computed: computed() - before })}`);
  await new Promise((resolve) => setTimeout(resolve, 500)); // else VS Code ends before it has passed the line on
}
