/** Takes the pictures of the README, into docs/images. Run by `npm run screenshots`. */

import * as path from "node:path";

import { Lab, ROOT } from "./lab";
import { Window } from "./window";

async function main(): Promise<void> {
  const lab = Lab.open();
  if (typeof lab === "string") {
    throw new Error(lab);
  }
  try {
    const served = await lab.serve("pictures", { "security.workspace.trust.enabled": false });
    const window = await Window.open(lab, served, lab.workspace("tiny", "pictures"), { file: "src/lib.rs" });
    const picture = (name: string): Promise<unknown> =>
      window.page.screenshot({ path: path.join(ROOT, "docs", "images", `${name}.png`) });
    await window.goToProblem("E0382");
    await window.untilStatus(/fix ready/);
    await window.quickFixes("(verified: 0 errors left)");
    await picture("quick-fix");
    await window.page.keyboard.press("Escape");

    // The rest is wide.
    await window.page.keyboard.press("Control+B");
    await window.page.keyboard.press("Control+J");
    await window.quickFixes("Sleepy: preview this fix");
    await window.take("Sleepy: preview this fix");
    await window.page.locator(".monaco-diff-editor .char-insert").first().waitFor();
    await window.page.mouse.move(600, 400);
    await window.page.waitForTimeout(1000);
    await picture("preview");
    await window.page.keyboard.press("Control+W");
    await window.page.keyboard.press("Control+1");
    await window.page.locator(".monaco-editor.focused").first().waitFor();

    await window.quickFixes("Sleepy: why this fix?");
    await window.take("Sleepy: why this fix?");
    await window.page.locator(".tabs-container .tab.active", { hasText: "Why this fix" }).waitFor();
    await window.page.waitForTimeout(3000); // the page in it is drawn by a frame of its own
    await picture("why");
  } finally {
    await lab.close();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
