/** Runs in VS Code's extension host for `npm run bench`: prints what start-up took. */

import * as vscode from "vscode";

import type { Exports } from "../../src/extension";

export async function run(): Promise<void> {
  const extension = vscode.extensions.getExtension<Exports>("sleepy-coder.sleepy-coder");
  const { activationMs, firstDiagnosticsMs } = (await extension?.activate()) ?? {};
  const figures = { activated: activationMs, opened: await firstDiagnosticsMs, restarted: await restart() };
  console.log(`startup: ${JSON.stringify(figures)}`);
  await new Promise((resolve) => setTimeout(resolve, 500)); // else VS Code ends before it has passed the line on
}

/** Milliseconds from the old server's end to the first diagnostic of the new one, in a window that has calmed down. */
async function restart(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const gone = diagnosed(false);
  const back = gone.then(() => diagnosed(true));
  void vscode.commands.executeCommand("sleepy.restart");
  return (await back) - (await gone);
}

/** When there are diagnostics, or none any more. */
async function diagnosed(wanted: boolean): Promise<number> {
  const look = (): boolean => vscode.languages.getDiagnostics().some(([, found]) => found.length > 0) === wanted;
  while (!look()) {
    await new Promise<void>((resolve) => {
      const subscription = vscode.languages.onDidChangeDiagnostics(() => {
        subscription.dispose();
        resolve();
      });
    });
  }
  return performance.now();
}
