/** Runs one of test/host inside of VS Code's extension host. */

import * as path from "node:path";

import { EXTENSION } from "./lab";
import type { Lab, Served } from "./lab";
import type { Opening, Window } from "./window";

/** A code-server of its own: with this driver VS Code runs tests in the extension host, and hides notifications. */
export function driven(lab: Lab): Promise<Served> {
  const settings = { "security.workspace.trust.enabled": false };
  return lab.serve("driven", settings, ["--vscode-option", "enable-smoke-test-driver"]);
}

/** Open a window that runs test/host/NAME.ts; gives its exit code (-1: the window was closed) and what it printed. */
export async function runInHost(
  name: string,
  open: (opening: Opening) => Promise<Window>,
): Promise<{ code: number; output: string[] }> {
  const output: string[] = [];
  let end: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => (end = resolve));
  const window = await open({
    file: "src/lib.rs",
    inHost: {
      extensionDevelopmentPath: EXTENSION,
      extensionTestsPath: path.join(EXTENSION, `out/test/host/${name}.js`),
    },
    prepare: async (page) => {
      await page.exposeFunction("codeAutomationLog", (_: string, args: unknown[]) => output.push(args.join(" ")));
      await page.exposeFunction("codeAutomationExit", (code: number) => end(code));
    },
  });
  window.page.once("close", () => end(-1));
  const code = await ended;
  await window.close();
  return { code, output };
}
