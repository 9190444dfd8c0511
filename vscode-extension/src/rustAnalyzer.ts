/** Does rust-analyzer show the compiler's errors in this window? Then we do not show them again. */

import * as vscode from "vscode";

const ID = "rust-lang.rust-analyzer";

/** It wakes up in every Rust workspace; it shows no errors of cargo with checkOnSave or its diagnostics off. */
export function rustAnalyzerActive(): boolean {
  const settings = vscode.workspace.getConfiguration("rust-analyzer");
  return (
    vscode.extensions.getExtension(ID) !== undefined &&
    settings.get<boolean>("checkOnSave", true) &&
    settings.get<boolean>("diagnostics.enable", true)
  );
}

/** Calls back whenever the answer is another one. */
export function followRustAnalyzer(changed: (active: boolean) => void): vscode.Disposable {
  let known = rustAnalyzerActive();
  const look = (): void => {
    const now = rustAnalyzerActive();
    if (now !== known) {
      known = now;
      changed(now);
    }
  };
  return vscode.Disposable.from(
    vscode.extensions.onDidChange(look),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("rust-analyzer")) {
        look();
      }
    }),
  );
}
