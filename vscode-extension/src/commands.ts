/** The table of commands: name to handler. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as vscode from "vscode";

import type { Context } from "./context";
import { episodesReport } from "./episodes";
import { fixCommands } from "./fixes/commands";
import { Learned } from "./learned";
import { modelNames } from "./models";
import { menuItems } from "./status/menu";
import { statusView } from "./status/view";

const CLI_MS = 60_000;
const run = promisify(execFile);

type Handler = (argument?: never) => unknown;

/** Register all commands; those that need the server say so while there is none. */
export function registerCommands(context: Context): vscode.Disposable {
  const ours: Record<string, Handler> = {
    "sleepy.showMenu": () => showMenu(context),
    "sleepy.showLogs": () => context.log.show(),
    "sleepy.restart": () => context.server.restart(),
    "sleepy.copyInstallCommand": () => copyInstallCommand(context),
    "sleepy.openSettings": () =>
      vscode.commands.executeCommand("workbench.action.openSettings", "@ext:sleepy-coder.sleepy-coder"),
    "sleepy.openWalkthrough": () =>
      vscode.commands.executeCommand(
        "workbench.action.openWalkthrough",
        "sleepy-coder.sleepy-coder#sleepy.start",
        false,
      ),
    "sleepy.selectModel": () => selectModel(),
    "sleepy.doctor": () => report(context, "Sleepy doctor", ["doctor"], (text) => text),
    "sleepy.showEpisodes": () =>
      report(context, "Sleepy episodes", ["episodes", "list", "--json"], (text) => episodesReport(text)),
    "sleepy.openDashboard": () => openDashboard(context),
  };
  const learned = new Learned(context);
  const theirs = { ...fixCommands(context), ...learned.commands };
  const withServer = Object.entries(theirs).map(([name, handler]): [string, Handler] => [
    name,
    needsServer(context, handler),
  ]);
  const all = [...Object.entries(ours), ...withServer];
  return vscode.Disposable.from(
    learned,
    ...all.map(([name, handler]) => vscode.commands.registerCommand(name, guarded(context, name, handler))),
  );
}

/** A command that fails says so in one line, with the logs at hand. */
function guarded(context: Context, name: string, handler: Handler): Handler {
  return async (argument) => {
    try {
      return await handler(argument);
    } catch (error) {
      context.log.error(name, error);
      const answer = await vscode.window.showErrorMessage(`Sleepy: ${sentence(error)}`, "Show Logs");
      if (answer !== undefined) {
        context.log.show();
      }
      return undefined;
    }
  };
}

function needsServer(context: Context, handler: Handler): Handler {
  return (argument) => {
    if (context.server.running === undefined) {
      const { tooltip } = statusView(context.server.situation);
      void vscode.window.showWarningMessage(`Sleepy: the server is not running. ${tooltip.join(" ")}`);
      return undefined;
    }
    return handler(argument);
  };
}

async function showMenu(context: Context): Promise<void> {
  const { situation } = context.server;
  const title = statusView(situation).tooltip[0];
  const picked = await vscode.window.showQuickPick(menuItems(situation), { title: "Sleepy Coder", placeHolder: title });
  if (picked !== undefined) {
    await vscode.commands.executeCommand(picked.command);
  }
}

async function copyInstallCommand(context: Context): Promise<void> {
  const { situation } = context.server;
  if (situation.kind === "missing") {
    await vscode.env.clipboard.writeText(situation.problem.install);
    vscode.window.setStatusBarMessage(`Copied: ${situation.problem.install}`, 5000);
  } else {
    vscode.window.setStatusBarMessage("The Sleepy Coder server is installed.", 5000);
  }
}

/** Models that the local Ollama has; without one, the setting. */
async function selectModel(): Promise<void> {
  const settings = vscode.workspace.getConfiguration("sleepy");
  const names = await modelNames(settings.get("engine.ollamaUrl", ""));
  if (names.length === 0) {
    await vscode.commands.executeCommand("workbench.action.openSettings", "sleepy.engine");
    return;
  }
  const current = settings.get<string>("engine.model");
  const items = names.map((label) => ({ label, description: label === current ? "current" : "" }));
  const picked = await vscode.window.showQuickPick(items, { title: "The model that writes fixes (on Ollama)" });
  if (picked !== undefined) {
    await settings.update("engine.model", picked.label, vscode.ConfigurationTarget.Global);
  }
}

/** Run `sleepy` with these arguments and show what it prints. */
async function report(
  context: Context,
  title: string,
  args: readonly string[],
  render: (text: string) => string,
): Promise<void> {
  const text = await said(context, title, args);
  if (text !== undefined) {
    await context.texts.show(`${title}.txt`, render(text));
  }
}

/** The page in the user's browser: it lets itself be shown in no frame, as VS Code's own would be. */
async function openDashboard(context: Context): Promise<void> {
  const told = await said(context, "Sleepy dashboard", ["dashboard", "--json"]);
  if (told !== undefined) {
    const { link } = JSON.parse(told) as { link: string };
    await vscode.env.openExternal(vscode.Uri.parse(link));
  }
}

/** What `sleepy` prints with these arguments; undefined, and the user hears why, while there is no server. */
async function said(context: Context, title: string, args: readonly string[]): Promise<string | undefined> {
  const [program, ...rest] = context.server.program ?? [];
  if (program === undefined) {
    void vscode.window.showWarningMessage(`Sleepy: ${statusView(context.server.situation).tooltip.join(" ")}`);
    return undefined;
  }
  const working = { location: vscode.ProgressLocation.Window, title };
  return vscode.window.withProgress(working, () => output(program, [...rest, ...args]));
}

/** What a program prints; a report that ends with an exit code of 1 is a report still. */
async function output(program: string, args: readonly string[]): Promise<string> {
  const cwd = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  try {
    const env = { ...process.env, COLUMNS: "100", NO_COLOR: "1" };
    return (await run(program, [...args], { timeout: CLI_MS, cwd, env, maxBuffer: 1 << 26, windowsHide: true })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    if (stdout) {
      return stdout;
    }
    throw stderr ? new Error(stderr.trim().split("\n").at(-1)) : error;
  }
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
