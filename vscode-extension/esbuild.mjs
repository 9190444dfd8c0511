// Bundles the extension into out/extension.js; with --tests instead each test into out/test/.
import { readdirSync, rmSync } from "node:fs";
import { build } from "esbuild";

const production = process.argv.includes("--production");
const common = {
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  external: ["vscode"],
  logLevel: "warning",
  // The ES builds of these packages: esbuild leaves out of them what is not used.
  mainFields: ["module", "main"],
};

if (process.argv.includes("--tests")) {
  rmSync("out/test", { recursive: true, force: true });
  const tests = ["unit", "host", "e2e"].flatMap((folder) =>
    readdirSync(`test/${folder}`)
      .filter((name) => name.endsWith(".ts"))
      .map((name) => `test/${folder}/${name}`),
  );
  // Playwright and mocha find their own files beside them: they stay where they are.
  const external = [...common.external, "playwright-core", "mocha"];
  await build({ ...common, entryPoints: tests, outdir: "out/test", outbase: "test", external, sourcemap: "linked" });
} else {
  await build({
    ...common,
    entryPoints: ["src/extension.ts"],
    outfile: "out/extension.js",
    minify: production,
    sourcemap: production ? false : "linked",
  });
}
