/** Connects the parts; everything else is elsewhere. */

import { computed, started, startedAt } from "./started";

import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";

import { registerCommands } from "./commands";
import { codeActionMiddleware } from "./fixes/actions";
import { ReadonlyTexts } from "./fixes/texts";
import type { InitOptions, ServerSettings } from "./protocol";
import { followRustAnalyzer, rustAnalyzerActive } from "./rustAnalyzer";
import { Server } from "./server/server";
import { PythonExtension } from "./server/environment";
import { machineProbe } from "./server/probe";
import { resolveServer } from "./server/resolve";
import { LOCAL_SETTINGS, serverSettings } from "./settings";
import { StatusItem } from "./status/item";
import { notifyOf, sayCrashed, tellPromoted } from "./status/notify";

let server: Server | undefined;

// All that is imported has run. VS Code does other things between this and `activate`.
const loadingMs = computed() - started;

/** What tests read of the activated extension. */
export interface Exports {
  /** Processor time for which we held up the extension host: loading the code, and `activate`. */
  activationMs: number;
  /** What a user waits for the first diagnostic, from the first line of our code. */
  firstDiagnosticsMs: Promise<number>;
}

export function activate(extension: vscode.ExtensionContext): Exports {
  const called = computed();
  const log = vscode.window.createOutputChannel("Sleepy", { log: true });
  try {
    const first = firstDiagnostics();
    wire(extension, log, first.middleware);
    const activationMs = loadingMs + computed() - called;
    log.info(`activated in ${activationMs.toFixed(0)} ms`);
    return { activationMs, firstDiagnosticsMs: first.ms };
  } catch (error) {
    // VS Code shows nothing when `activate` throws.
    log.error("activation failed", error);
    void vscode.window.showErrorMessage(`Sleepy Coder did not start: ${String(error)}`);
    throw error;
  }
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

function wire(extension: vscode.ExtensionContext, log: vscode.LogOutputChannel, watching: Middleware): void {
  const environment = new PythonExtension();
  const probe = machineProbe(environment);
  const names = settingNames(extension);
  const status = new StatusItem();
  const texts = new ReadonlyTexts();
  server = new Server({
    log,
    middleware: { ...codeActionMiddleware, ...watching },
    resolve: () => resolveServer(serverChoice(), probe),
    options: () => initOptions(names),
    crashed: (next) => sayCrashed(next, log),
    promoted: (what) => void tellPromoted(what),
  });
  const running = server;
  extension.subscriptions.push(
    log,
    environment,
    status,
    texts,
    running,
    registerCommands({ log, server: running, texts }),
    running.onDidChange((situation) => status.show(situation)),
    running.onDidChange(notifyOf()),
    environment.onDidChange(() => void running.environmentChanged()),
    followRustAnalyzer((active) => void running.rustAnalyzerChanged(active)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void running.restart()),
    vscode.workspace.onDidChangeConfiguration((event) => configurationChanged(event, running, names)),
  );
  void running.restart();
}

/** How long a user has waited for us: milliseconds from the first line of our code to the first diagnostic. */
function firstDiagnostics(): { middleware: Middleware; ms: Promise<number> } {
  let seen: (ms: number) => void = () => undefined;
  const ms = new Promise<number>((resolve) => (seen = resolve));
  return {
    ms,
    middleware: {
      handleDiagnostics(uri, diagnostics, next) {
        next(uri, diagnostics);
        if (diagnostics.length > 0) {
          seen(performance.now() - startedAt);
        }
      },
    },
  };
}

function configurationChanged(event: vscode.ConfigurationChangeEvent, running: Server, names: string[]): void {
  if (LOCAL_SETTINGS.some((name) => event.affectsConfiguration(name))) {
    void running.restart();
  } else if (event.affectsConfiguration("sleepy")) {
    void running.configure(currentSettings(names));
  }
}

function serverChoice(): { command: string[]; interpreter: string } {
  const settings = vscode.workspace.getConfiguration("sleepy");
  return { command: settings.get("server.command", []), interpreter: settings.get("interpreter", "") };
}

function initOptions(names: string[]): InitOptions {
  // A server is started only where the workspace is trusted.
  return { trusted: true, rustAnalyzerActive: rustAnalyzerActive(), views: true, settings: currentSettings(names) };
}

function currentSettings(names: string[]): ServerSettings {
  const settings = vscode.workspace.getConfiguration();
  return serverSettings(names, (name) => settings.inspect(name));
}

function settingNames(extension: vscode.ExtensionContext): string[] {
  const { contributes } = extension.extension.packageJSON as {
    contributes: { configuration: { properties: Record<string, unknown> }[] };
  };
  return contributes.configuration.flatMap((group) => Object.keys(group.properties));
}
