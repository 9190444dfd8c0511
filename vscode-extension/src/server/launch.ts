/** Starts the server's process; needs nothing of the client, so that it starts while that is being loaded. */

import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";

/** The process, once it is known to run; rejects where it cannot be started. */
export type Launched = Promise<ChildProcessWithoutNullStreams>;

/** Start `program lsp` in a folder. */
export function launch(program: readonly string[], folder: string | undefined): Launched {
  const [command = "", ...rest] = program;
  const launched: Launched = new Promise((resolve, reject) => {
    const child = spawn(command, [...rest, "lsp"], { cwd: folder, windowsHide: true });
    child.once("spawn", () => resolve(child));
    child.once("error", reject);
    // Who writes to it hears of its end by the end of its output.
    child.stdin.on("error", () => undefined);
  });
  // Whoever waits for it hears of the failure; until somebody does, nobody has missed it.
  launched.catch(() => undefined);
  return launched;
}

/** See to it that a server that was asked to stop is gone before long. */
export async function finish(launched: Launched, withinMs: number): Promise<void> {
  const child = await launched.catch(() => undefined);
  if (child?.exitCode === null && child.signalCode === null) {
    const timer = setTimeout(() => child.kill(), withinMs);
    child.once("exit", () => clearTimeout(timer));
  }
}
