/** What the extension costs at start-up, as JSON lines for bench/run.py. Run by `npm run bench`. */

import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { pathToFileURL } from "node:url";

import { StreamMessageReader, StreamMessageWriter, createMessageConnection } from "vscode-jsonrpc/node";

import { driven, runInHost } from "./inHost";
import { EXTENSION, Lab, eventually } from "./lab";
import type { Served } from "./lab";
import { Window } from "./window";
import type { Opening } from "./window";

const ROUNDS = 5;
const LIBRARY = "src/lib.rs";

async function main(): Promise<void> {
  const lab = Lab.open();
  if (typeof lab === "string") {
    throw new Error(lab);
  }
  try {
    const served = await driven(lab);
    const workspace = lab.workspace("tiny", "bench");
    const alone: number[] = [];
    const aloneBeside: number[] = [];
    const inEditor: Startup[] = [];
    const calm: Calm[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      alone.push(await serverAlone(lab, workspace, workspace));
      inEditor.push(await inNewWindow(lab, served, workspace));
      // A folder beside it in which nothing wakes the extension up before a Rust file is opened: a new one each time,
      // or VS Code would open the file of the last time again.
      const empty = path.join(path.dirname(workspace), `empty-${round}`);
      fs.mkdirSync(empty);
      aloneBeside.push(await serverAlone(lab, empty, workspace));
      calm.push(await inCalmWindow(lab, served, empty));
    }
    // The first round fills the shadow, and VS Code's own caches.
    const of = (pick: (startup: Startup) => number): number[] => inEditor.slice(1).map(pick);
    const compared = (name: string, ms: number, where: string, server = median(alone.slice(1))): void => {
      const note = `${where}: ${ms.toFixed(0)} ms; alone: ${server.toFixed(0)} ms; medians of ${ROUNDS} rounds`;
      figure(name, ms / server, "x the server alone", note);
    };
    figure("vscode_activation", Math.max(...of((s) => s.activated)), "ms", `processor time, the worst of ${ROUNDS}`);
    compared("vscode_first_diagnostic", median(of((s) => s.opened)), "in a new window, while VS Code starts");
    const [woken, server] = [median(calm.slice(1).map(({ ms }) => ms)), median(aloneBeside.slice(1))];
    compared("vscode_activation_to_diagnostic", woken, "woken up in a calm window", server);
    const worked = median(calm.slice(1).map(({ computed }) => computed));
    figure("vscode_host_until_diagnostic", worked, "ms", "processor time of the whole extension host, woken up so");
    compared("vscode_restart_to_diagnostic", median(of((s) => s.restarted)), "in a calm window");
    const bundle = path.join(EXTENSION, "out", "extension.js");
    figure("vscode_bundle", fs.statSync(bundle).size / 1000, "kB", "");
  } finally {
    await lab.close();
  }
}

/** Milliseconds from starting `sleepy lsp` to its first diagnostic; the daemon runs, the workspace is warm. */
async function serverAlone(lab: Lab, root: string, workspace: string): Promise<number> {
  const began = performance.now();
  const server = spawn("sleepy", ["lsp"], { env: lab.environment, stdio: ["pipe", "pipe", "ignore"] });
  const connection = createMessageConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  const diagnosed = new Promise<number>((resolve) => {
    connection.onNotification("textDocument/publishDiagnostics", ({ diagnostics }: { diagnostics: unknown[] }) => {
      if (diagnostics.length > 0) {
        resolve(performance.now() - began);
      }
    });
  });
  connection.listen();
  const folder = { uri: pathToFileURL(root).href, name: "bench" };
  const settings = { engine: { name: "none" } };
  await connection.sendRequest("initialize", {
    processId: process.pid,
    rootUri: folder.uri,
    workspaceFolders: [folder],
    capabilities: {},
    initializationOptions: { trusted: true, rustAnalyzerActive: false, views: true, settings },
  });
  await connection.sendNotification("initialized", {});
  const text = fs.readFileSync(path.join(workspace, LIBRARY), "utf8");
  const uri = pathToFileURL(path.join(workspace, LIBRARY)).href;
  await connection.sendNotification("textDocument/didOpen", {
    textDocument: { uri, languageId: "rust", version: 1, text },
  });
  const ms = await diagnosed;
  await connection.sendRequest("shutdown");
  await connection.sendNotification("exit");
  connection.dispose();
  await nobodyIsThere(lab);
  return ms;
}

/** What test/host/startup.ts has measured, in milliseconds. */
interface Startup {
  activated: number;
  opened: number;
  restarted: number;
}

/** What test/host/calm.ts has measured, in milliseconds: by the clock from our first line on, and of processor time. */
interface Calm {
  ms: number;
  computed: number;
}

/** The same in a new window. */
async function inNewWindow(lab: Lab, served: Served, workspace: string): Promise<Startup> {
  return told(lab, "startup", (opening) => Window.open(lab, served, workspace, opening));
}

/** The same from the extension's first line on, where a window that has calmed down wakes it up (test/host/calm.ts). */
async function inCalmWindow(lab: Lab, served: Served, folder: string): Promise<Calm> {
  const nothingOpen = ({ inHost, prepare }: Opening): Opening => ({ inHost, prepare });
  return told(lab, "calm", (opening) => Window.open(lab, served, folder, nothingOpen(opening)));
}

/** What one of test/host prints behind its own name. */
async function told<T>(lab: Lab, name: string, open: Parameters<typeof runInHost>[1]): Promise<T> {
  const { output } = await runInHost(name, open);
  const line = output.map((line) => new RegExp(`${name}: (.+)`).exec(line)?.[1]).find(Boolean);
  if (line === undefined) {
    throw new Error(`test/host/${name}.ts: ${output.slice(-20).join("\n")}`);
  }
  await nobodyIsThere(lab);
  return JSON.parse(line) as T;
}

/** Wait until the daemon has closed the project: it must be opened by each run anew. */
async function nobodyIsThere(lab: Lab): Promise<void> {
  await eventually("all clients to leave", 30_000, () => lab.daemon().projects?.length === 0);
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function figure(name: string, value: number, unit: string, note: string): void {
  console.log(JSON.stringify({ figure: name, value: Number(value.toPrecision(4)), unit, note }));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
