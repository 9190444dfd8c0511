/** Runs in VS Code's extension host for `npm run bench`: wakes the extension up once the window has calmed down. */

import * as vscode from "vscode";

import type { Exports } from "../../src/extension";

const CALM_MS = 5000;

export async function run(): Promise<void> {
  const extension = vscode.extensions.getExtension<Exports>("sleepy-coder.sleepy-coder");
  await new Promise((resolve) => setTimeout(resolve, CALM_MS));
  if (extension === undefined || extension.isActive) {
    throw new Error("the extension is not there, or was woken up by something else");
  }
  const [library] = await vscode.workspace.findFiles("**/src/lib.rs");
  if (library === undefined) {
    throw new Error("there is no Rust file here");
  }
  await vscode.window.showTextDocument(library);
  const { firstDiagnosticsMs } = await extension.activate();
  console.log(`calm: ${JSON.stringify({ ms: await firstDiagnosticsMs })}`);
}
