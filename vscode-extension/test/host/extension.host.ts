import assert from "node:assert/strict";
import * as path from "node:path";

import * as vscode from "vscode";

import type { Exports } from "../../src/extension";

interface Manifest {
  contributes: {
    commands: { command: string }[];
    configuration: { properties: Record<string, { default: unknown; scope: string }> }[];
  };
}

const extension = vscode.extensions.getExtension<Exports>("sleepy-coder.sleepy-coder");
assert.ok(extension);
const { contributes } = extension.packageJSON as Manifest;
const library = vscode.Uri.file(path.join(vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "", "src/lib.rs"));

async function eventually<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const end = Date.now() + 25_000;
  while (Date.now() < end) {
    const found = await look();
    if (found !== undefined) {
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Waited for ${what}`);
}

/** The one error of the small fixture. */
const error = (): Promise<vscode.Diagnostic> =>
  eventually("the error", () => vscode.languages.getDiagnostics(library).find((d) => d.code !== undefined));

describe("Sleepy Coder in the extension host", () => {
  it("a Rust workspace wakes it up, in less than 100 ms", async () => {
    const { activationMs } = await extension.activate();
    console.log(`sleepy: activated in ${activationMs.toFixed(1)} ms`);
    assert.ok(activationMs < 100, `${activationMs} ms`);
  });

  it("every command of package.json is registered, and no other", async () => {
    const registered = (await vscode.commands.getCommands(true)).filter((name) => name.startsWith("sleepy."));
    assert.deepEqual(registered.sort(), contributes.commands.map(({ command }) => command).sort());
  });

  it("every setting has the default that package.json says", () => {
    const settings = vscode.workspace.getConfiguration();
    for (const [name, property] of contributes.configuration.flatMap((group) => Object.entries(group.properties))) {
      assert.deepEqual(settings.inspect(name)?.defaultValue, property.default, name);
    }
  });

  it("a fix is a preferred code action with an edit, also for VS Code's Auto Fix", async () => {
    await vscode.window.showTextDocument(library);
    const { range } = await error();
    const fix = await eventually("a fix", async () => {
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        "vscode.executeCodeActionProvider",
        library,
        range,
      );
      return actions.find((action) => action.isPreferred);
    });
    assert.match(fix.title, /^Sleepy: .*\(verified: 0 errors left\)$/);
    assert.equal(fix.edit?.size, 1);
  });

  it("settings reach the running server: diagnostics go and come back", async () => {
    await error();
    const settings = vscode.workspace.getConfiguration("sleepy");
    await settings.update("editor.diagnostics", "never", vscode.ConfigurationTarget.Workspace);
    await eventually("no error", () => (vscode.languages.getDiagnostics(library).length === 0 ? true : undefined));
    await settings.update("editor.diagnostics", undefined, vscode.ConfigurationTarget.Workspace);
    await error();
  });

  it("the doctor and the episodes open as read-only texts", async () => {
    for (const [command, name] of [
      ["sleepy.showEpisodes", "Sleepy episodes.txt"],
      ["sleepy.doctor", "Sleepy doctor.txt"],
    ] as const) {
      await vscode.commands.executeCommand(command);
      const document = vscode.window.activeTextEditor?.document;
      assert.equal(document && path.basename(document.uri.path), name);
      assert.ok(document?.getText().trim());
      await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
    }
  });

  it("restarting many times at once ends with one running server", async () => {
    await Promise.all([1, 2, 3, 4].map(() => vscode.commands.executeCommand("sleepy.restart")));
    await vscode.window.showTextDocument(library);
    await error();
    await vscode.commands.executeCommand("sleepy.recheck");
  });
});
