/** The active Python environment, if the Python extension is there. It is optional, and may hang. */

import * as vscode from "vscode";

import { within } from "./restarts";

const PYTHON_EXTENSION = "ms-python.python";
// The Python extension has been seen to take minutes over a broken environment.
const LIMIT_MS = 3000;

/** Knows the interpreter that the user has chosen for this workspace. */
export interface EnvironmentProvider {
  interpreter(): Promise<string | undefined>;
}

/** The part of the Python extension's API that is used (it documents `environments`). */
interface PythonApi {
  environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    resolveEnvironment(path: { path: string }): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
    onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

/** Asks the Python extension, when there is one. */
export class PythonExtension implements EnvironmentProvider, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<void>();
  private subscription: vscode.Disposable | undefined;
  readonly onDidChange = this.changes.event;

  async interpreter(): Promise<string | undefined> {
    return within(LIMIT_MS, this.ask());
  }

  dispose(): void {
    this.subscription?.dispose();
    this.changes.dispose();
  }

  private async ask(): Promise<string | undefined> {
    const extension = vscode.extensions.getExtension<PythonApi>(PYTHON_EXTENSION);
    if (extension === undefined) {
      return undefined;
    }
    const environments = (await extension.activate()).environments;
    if (environments === undefined) {
      return undefined;
    }
    this.subscription ??= environments.onDidChangeActiveEnvironmentPath(() => this.changes.fire());
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const resolved = await environments.resolveEnvironment(environments.getActiveEnvironmentPath(folder));
    return resolved?.executable.uri?.fsPath;
  }
}
