/** What the tests in a real VS Code run in: a scratch folder, code-server, Chromium, the real server. */

import { execFileSync, spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";

import { chromium } from "playwright-core";
import type { Browser, BrowserContext } from "playwright-core";

export const ROOT = path.resolve(__dirname, "../../../..");
export const EXTENSION = path.join(ROOT, "vscode-extension");
export const ARTIFACTS = path.join(ROOT, "artifacts", "vscode");

const INSTALL_MS = 600_000;
const COMMAND_MS = 60_000;

const SETTINGS = {
  "workbench.startupEditor": "none",
  "telemetry.telemetryLevel": "off",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "update.mode": "none",
  "git.enabled": false,
  "chat.disableAIFeatures": true,
  "workbench.tips.enabled": false,
  "workbench.enableExperiments": false,
  "files.autoSave": "off",
  "security.workspace.trust.startupPrompt": "never",
  "editor.minimap.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  // The compiler's suggestions are enough here, and the same on every machine.
  "sleepy.engine.name": "none",
};

/** One episode, as `sleepy episodes list --json` tells it. */
export interface Episode {
  outcome: string;
  code: string;
  file: string;
  label: string;
}

/** A place of its own for every process and file of a run; `close` leaves nothing behind. */
export class Lab {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "sl-"));
  readonly sleepyHome = path.join(this.folder, "s"); // short: a socket lies below it
  private readonly tools: string;
  private readonly servers: ChildProcess[] = [];
  private chromium: Browser | undefined;
  private context: BrowserContext | undefined;

  private constructor(tools: string) {
    this.tools = tools;
  }

  /** Install what is missing; a string says why it cannot be done on this machine. */
  static open(): Lab | string {
    const script = path.join(ROOT, "scripts", "vscode_install.sh");
    const install = spawnSync(script, { encoding: "utf8", timeout: INSTALL_MS });
    if (install.status === 3) {
      return install.stderr.trim().split("\n").at(-1) ?? "vscode_install.sh";
    }
    if (install.status !== 0) {
      throw new Error(`vscode_install.sh: ${install.error?.message ?? ""}\n${install.stderr}`);
    }
    return new Lab(install.stdout.trim());
  }

  /** The environment of everything: `sleepy` is on PATH, its files are in the scratch folder. */
  get environment(): NodeJS.ProcessEnv {
    const home = os.homedir();
    const binary = path.join(ROOT, ".venv", process.platform === "win32" ? "Scripts" : "bin");
    return {
      RUSTUP_HOME: path.join(home, ".rustup"),
      CARGO_HOME: path.join(home, ".cargo"),
      ...process.env,
      HOME: path.join(this.folder, "home"),
      PATH: [binary, process.env.PATH].join(path.delimiter),
      SLEEPY_HOME: this.sleepyHome,
      VSCODE_CLI: "1", // started from a shell: a login shell is not asked for another PATH
      EXTENSIONS_GALLERY: '{"serviceUrl":""}',
    };
  }

  /** One profile for all windows: VS Code's own files are read into the cache once. */
  async browser(): Promise<BrowserContext> {
    this.chromium ??= await chromium.launch({
      executablePath: execFileSync(
        "sh",
        ["-c", "command -v ${SLEEPY_CHROMIUM:-chromium} || command -v chromium-browser || command -v google-chrome"],
        {
          encoding: "utf8",
        },
      ).trim(),
      chromiumSandbox: false,
      env: this.environment,
      args: ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"],
    });
    this.context ??= await this.chromium.newContext({ viewport: { width: 1280, height: 800 } });
    return this.context;
  }

  /** Close all windows, and whatever waits for one of them fails; the next window gets a new browser. */
  async closeBrowser(): Promise<void> {
    const browser = this.chromium;
    this.chromium = this.context = undefined;
    await browser?.close().catch(() => undefined);
  }

  /** A copy of a fixture as a git repository of its own. */
  workspace(fixture: string, name: string): string {
    // A scenario that is tried again gets a repository of its own.
    if (fs.existsSync(path.join(this.folder, "w", name))) {
      return this.workspace(fixture, `${name}-again`);
    }
    const folder = path.join(this.folder, "w", name, fixture);
    fs.cpSync(path.join(ROOT, "tests", "fixtures", fixture), folder, {
      recursive: true,
      filter: (source) => path.basename(source) !== "target",
    });
    const git = (...args: string[]): unknown =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@localhost", ...args], { cwd: folder });
    git("init", "-q");
    git("add", ".");
    // Its own message: repositories are known by their first commit.
    git("commit", "-q", "-m", name);
    return folder;
  }

  /** Start a code-server with the extension in it; gives its address, `127.0.0.1:PORT`. */
  async serve(name: string, settings: Record<string, unknown>, more: string[] = []): Promise<Served> {
    const state = path.join(this.folder, name);
    const user = path.join(state, "User", "settings.json");
    writeJson(user, { ...SETTINGS, ...settings });
    fs.mkdirSync(path.join(this.folder, "home"), { recursive: true });
    const node = path.join(this.tools, "node24");
    const entry = path.join(this.tools, "code", "node_modules", "code-server", "out", "node", "entry.js");
    const common = ["--user-data-dir", state, "--extensions-dir", path.join(this.folder, "extensions")];
    const config = ["--config", path.join(state, "config.yaml")];
    if (this.servers.length === 0) {
      const vsix = path.join(EXTENSION, "sleepy-coder.vsix");
      const install = [entry, ...common, ...config, "--install-extension", vsix];
      execFileSync(node, install, { env: this.environment, stdio: "pipe", timeout: COMMAND_MS });
    }
    const port = await freePort();
    const log = fs.openSync(path.join(this.folder, `${name}.log`), "w");
    const address = `127.0.0.1:${port}`;
    const args = ["--auth", "none", "--bind-addr", address, "--disable-telemetry", "--disable-update-check"];
    const quiet = ["--disable-getting-started-override", "--reconnection-grace-time", "2"];
    const server = spawn(node, [entry, ...common, ...config, ...args, ...quiet, ...more], {
      env: this.environment,
      stdio: ["ignore", log, log],
      detached: true, // a process group of its own, to be ended as one
    });
    this.servers.push(server);
    await eventually(
      `code-server at ${address}`,
      COMMAND_MS,
      async () => (await fetch(`http://${address}/healthz`)).ok,
    );
    return new Served(address, state);
  }

  /** Run `sleepy` as a user would. */
  sleepy(...args: string[]): string {
    return spawnSync("sleepy", args, { env: this.environment, encoding: "utf8", timeout: COMMAND_MS }).stdout;
  }

  /** A promoted night of a workspace, put into this run's home by the product's own steps; gives its id. */
  dream(workspace: string): string {
    const python = path.join(ROOT, ".venv", process.platform === "win32" ? "Scripts" : "bin", "python");
    const environment = { ...this.environment, PYTHONPATH: path.join(ROOT, "tests") };
    const args = ["-m", "helpers.promoted_night", workspace];
    return execFileSync(python, args, { env: environment, encoding: "utf8", timeout: COMMAND_MS }).trim();
  }

  /** The outcomes of a workspace's episodes, the newest first. */
  episodes(workspace: string): Episode[] {
    return JSON.parse(this.sleepy("episodes", "list", "--json", "--repo", workspace) || "[]") as Episode[];
  }

  /** The daemon's state; `pid` is undefined while none runs. */
  daemon(): { running: boolean; pid?: number; sessions?: number; projects?: unknown[] } {
    return JSON.parse(this.sleepy("daemon", "status", "--json")) as ReturnType<Lab["daemon"]>;
  }

  /** What the daemon has written, for a failure's report. */
  daemonLog(): string {
    const file = path.join(this.sleepyHome, "log", "daemon.log");
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  }

  /** End everything; gives what had to be ended by force. */
  async close(): Promise<string[]> {
    void this.closeBrowser();
    for (const server of this.servers) {
      if (server.pid !== undefined && server.exitCode === null) {
        send(-server.pid, "SIGTERM");
      }
    }
    this.sleepy("daemon", "stop");
    await eventually("all processes to end", 20_000, () => this.processes().length === 0).catch(() => undefined);
    return this.kill();
  }

  /** End whatever runs still, at once, and remove the files; gives what there was. */
  kill(): string[] {
    const left = this.processes();
    // More than once: they start others while they are ended, and write files until they are gone.
    for (let round = 0, running = left; running.length > 0 && round < 30; round++, running = this.processes()) {
      running.forEach(({ pid }) => send(pid, "SIGKILL"));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100); // a sleep that holds up everything else
    }
    fs.rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    return left.map(({ pid, command }) => `${pid} ${command}`);
  }

  /** Processes that carry this run's SLEEPY_HOME; Linux only, like the install script. */
  processes(): { pid: number; command: string }[] {
    const mark = `SLEEPY_HOME=${this.sleepyHome}\0`;
    return fs
      .readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          const command = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
          const ours = fs.readFileSync(`/proc/${pid}/environ`, "utf8").includes(mark);
          return ours && command ? [{ pid: Number(pid), command }] : [];
        } catch {
          return []; // gone in the meantime, or not ours to read
        }
      });
  }
}

/** A running code-server. */
export class Served {
  constructor(
    readonly address: string,
    private readonly state: string,
  ) {}

  /** Settings that belong to the machine; an empty object takes them back. */
  machineSettings(settings: Record<string, unknown>): void {
    writeJson(path.join(this.state, "Machine", "settings.json"), settings);
  }
}

/** Wait until something is so; an error counts as "not yet". */
export async function eventually(
  what: string,
  ms: number,
  holds: () => boolean | Promise<boolean>,
  every = 100,
): Promise<void> {
  const end = Date.now() + ms;
  let last = "";
  while (Date.now() < end) {
    try {
      if (await holds()) {
        return;
      }
    } catch (error) {
      last = `: ${String(error)}`;
    }
    await new Promise((resolve) => setTimeout(resolve, every));
  }
  throw new Error(`Waited ${ms / 1000} s for ${what}${last}`);
}

/** Send a signal to a process, or (a negative number) to a group, that may be gone already. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // gone
  }
}

function writeJson(file: string, value: unknown): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, JSON.stringify(value, null, 2));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
