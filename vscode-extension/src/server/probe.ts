/** Asks the machine what `resolveServer` wants to know. */

import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";

import type { EnvironmentProvider } from "./environment";
import type { Probe } from "./resolve";

const PROBE_MS = 10_000;
const run = promisify(execFile);

/** The real machine. */
export function machineProbe(environment: EnvironmentProvider): Probe {
  return {
    version: pythonVersionOfSleepy,
    find: findProgram,
    activeInterpreter: () => environment.interpreter(),
  };
}

/** Importing the package alone takes no time; the server's parts are imported when it starts. */
async function pythonVersionOfSleepy(python: string): Promise<string | undefined> {
  const script = "import sleepy_server, sleepy_core; print(sleepy_core.__version__)";
  try {
    const { stdout } = await run(python, ["-c", script], { timeout: PROBE_MS, windowsHide: true });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

/** Looks on PATH, then in ~/.local/bin: editors started from a desktop often lack it on PATH. */
export async function findProgram(program: string): Promise<string | undefined> {
  const folders = [...(process.env.PATH ?? "").split(path.delimiter), path.join(os.homedir(), ".local", "bin")];
  const names = process.platform === "win32" ? [`${program}.exe`, `${program}.cmd`] : [program];
  for (const folder of folders.filter((f) => path.isAbsolute(f))) {
    for (const name of names) {
      const candidate = path.join(folder, name);
      if (await isExecutable(candidate)) {
        return candidate;
      }
    }
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
