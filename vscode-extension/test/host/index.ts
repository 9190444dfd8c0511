/** Runs in VS Code's extension host, by mocha; code-server calls `run`. */

import * as path from "node:path";

import Mocha from "mocha";

export function run(): Promise<void> {
  const mocha = new Mocha({ timeout: 30_000, color: false, reporter: "dot" });
  mocha.addFile(path.join(__dirname, "extension.host.js"));
  return new Promise((resolve, reject) => {
    mocha.run((failures) => {
      if (failures > 0) {
        reject(new Error(`${failures} tests failed in the extension host`));
      } else {
        resolve();
      }
    });
  });
}
