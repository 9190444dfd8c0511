/** The server's life: found, started, restarted one at a time, left alone after too many crashes. */

import * as vscode from "vscode";
import type { LanguageClient, Middleware } from "vscode-languageclient/node";

import { PROMOTED, RUST_ANALYZER, STATUS } from "../protocol";
import type { InitOptions, PromotedParams, ServerCommands, StatusParams } from "../protocol";
import type { Situation } from "../status/view";
import { finish, launch } from "./launch";
import type { Launched } from "./launch";
import { sameCommand } from "./resolve";
import type { Problem, ServerCommand } from "./resolve";
import { CRASH_WINDOW_MS, CrashCounter, MOST_CRASHES, RestartQueue } from "./restarts";

const STOP_MS = 3000;

/** What the server needs from its surroundings. */
export interface Surroundings {
  log: vscode.LogOutputChannel;
  middleware: Middleware;
  resolve(): Promise<ServerCommand | Problem>;
  options(): InitOptions;
  /** Called when the server has died, with what happens next. */
  crashed(next: "restart" | "give up"): void;
  /** Called once for each sleep that made the fixes better. */
  promoted(what: PromotedParams): void;
}

export class Server implements vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<Situation>();
  private readonly queue = new RestartQueue(() => this.cycle());
  private readonly crashes = new CrashCounter();
  private client: LanguageClient | undefined;
  private launched: Launched | undefined;
  private command: ServerCommand | Problem | undefined;
  private stopped = false;
  private current: Situation = { kind: "starting" };

  /** Fires with the new situation, whenever there is one. */
  readonly onDidChange = this.changes.event;

  constructor(private readonly around: Surroundings) {}

  get situation(): Situation {
    return this.current;
  }

  /** The running client; undefined while there is none. */
  get running(): LanguageClient | undefined {
    return this.client?.isRunning() ? this.client : undefined;
  }

  /** Start, or start again; resolves when that is done, whether or not it succeeded: `situation` says. */
  restart(): Promise<void> {
    this.crashes.forget();
    return this.queue.request();
  }

  /** Another interpreter may be active: restart only if that leads to another command. */
  async environmentChanged(): Promise<void> {
    if (!sameCommand(this.command, await this.around.resolve())) {
      await this.restart();
    }
  }

  /** How to run `sleepy` with other arguments than `lsp`; undefined while it is not known where it is. */
  get program(): readonly string[] | undefined {
    return this.command?.kind === "command" ? this.command.program : undefined;
  }

  /** Run one of the server's commands; undefined while no server runs. */
  async execute<Name extends keyof ServerCommands>(
    command: Name,
    argument: ServerCommands[Name][0],
  ): Promise<ServerCommands[Name][1] | undefined> {
    const params = { command, arguments: [argument] };
    const result: unknown = await this.running?.sendRequest("workspace/executeCommand", params);
    return result as ServerCommands[Name][1] | undefined;
  }

  /** The user's settings have changed. */
  async configure(settings: InitOptions["settings"]): Promise<void> {
    await this.running?.sendNotification("workspace/didChangeConfiguration", { settings: { sleepy: settings } });
  }

  async rustAnalyzerChanged(active: boolean): Promise<void> {
    await this.running?.sendNotification(RUST_ANALYZER, { active });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.end();
  }

  dispose(): void {
    this.changes.dispose();
  }

  private async cycle(): Promise<void> {
    await this.end();
    if (this.stopped) {
      return;
    }
    if (!vscode.workspace.isTrusted) {
      // Not even a look for the server: an interpreter may lie inside of the workspace.
      this.tell({ kind: "untrusted" });
      return;
    }
    this.tell({ kind: "starting" });
    this.command = await this.around.resolve();
    if (this.command.kind === "problem") {
      this.around.log.error(`${this.command.message} Install it with: ${this.command.install}`);
      this.tell({ kind: "missing", problem: this.command });
      return;
    }
    this.around.log.info(`starting ${this.command.program.join(" ")} lsp (from ${this.command.origin})`);
    this.launched = launch(this.command.program, vscode.workspace.workspaceFolders?.[0]?.uri.fsPath);
    // Loading the client takes longer than all else together and holds up this process: not while VS Code waits for
    // `activate`, nor before the server's own start, which takes longer still and goes on beside it.
    await afterActivation();
    await this.begin(this.launched, await import("./client"));
  }

  private async begin(launched: Launched, { createClient }: typeof import("./client")): Promise<void> {
    let died: (reason: string) => void = () => undefined;
    const death = new Promise<string>((resolve) => (died = resolve));
    const client = createClient(launched, this.around, () => died("the connection was closed"));
    client.onNotification(STATUS, (status: StatusParams) => this.heard(client, status));
    client.onNotification(PROMOTED, (what: PromotedParams) => this.around.promoted(what));
    this.client = client;
    void death.then((reason) => this.died(reason));
    // A server that dies before it has answered `initialize` must not hold up the next start, and may be told of twice.
    await Promise.race([client.start().catch((error: unknown) => died(String(error))), death]);
  }

  /** Not by our wish: start it again, but not for ever. */
  private died(reason: string): void {
    const next = this.crashes.crashed(Date.now());
    this.around.log.error(`the server has died: ${reason}`);
    this.tell(next === "restart" ? { kind: "starting" } : { kind: "failed", message: gaveUpMessage() });
    this.around.crashed(next);
    if (next === "restart") {
      void this.queue.request();
    }
  }

  private heard(client: LanguageClient, status: StatusParams): void {
    if (client === this.client) {
      this.tell({ kind: "running", status });
    }
  }

  private async end(): Promise<void> {
    const { client, launched } = this;
    this.client = this.launched = undefined;
    if (client?.needsStop()) {
      await client.stop(STOP_MS).catch((error: unknown) => this.around.log.warn(String(error)));
    }
    await client?.dispose().catch(() => undefined);
    if (launched !== undefined) {
      void finish(launched, STOP_MS);
    }
  }

  private tell(situation: Situation): void {
    this.current = situation;
    this.changes.fire(situation);
  }
}

function afterActivation(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function gaveUpMessage(): string {
  return `The server crashed ${MOST_CRASHES} times within ${CRASH_WINDOW_MS / 60_000} minutes and is not started again.`;
}
