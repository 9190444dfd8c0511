/**
 * Opens the dashboard in Chromium as a user does, and prints what is to be seen as JSON.
 *
 * node look.mjs CHROMIUM LINK FOLDER-FOR-SCREENSHOTS
 */

import { chromium } from "playwright-core";

const [, , executablePath, link, folder] = process.argv;
const browser = await chromium.launch({
  executablePath,
  chromiumSandbox: false,
  args: ["--disable-gpu", "--no-first-run"],
});
try {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.goto(link);
  await page.waitForSelector("#repository-list > *");
  const texts = (selector) => page.locator(selector).allInnerTexts();
  const seen = {
    landmarks: [
      await page.getByRole("banner").count(),
      await page.getByRole("navigation").count(),
      await page.getByRole("main").count(),
    ],
    charts: await page.locator("#charts canvas").count(),
    empty: await texts(".empty"),
    gates: await texts("#gate-list tbody tr"),
    repositories: await texts("#repository-list h3"),
  };
  // By the keyboard: a sleep, and its steps as they come.
  await page.locator("#sleep-now").focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector("#answer:not(:empty)");
  seen.answer = await page.locator("#answer").innerText();
  if (seen.answer.startsWith("It falls asleep")) {
    await page.waitForSelector("progress");
    seen.progress = await page.getByRole("progressbar").getAttribute("aria-label");
    seen.now = await page.locator("[aria-current=step]").innerText();
    await page.screenshot({ path: `${folder}/dashboard-asleep.png`, fullPage: true });
    await page.waitForSelector("#sleep-told.good");
    seen.ended = await page.locator("#sleep-told").innerText();
    seen.steps = await texts(".steps li");
    seen.rules = await texts("#sleep-live > .scroll tbody tr");
    seen.lossKey = await texts("#sleep-live .key li");
  }
  // Light and dark differ, and are drawn.
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    seen[colorScheme] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.screenshot({ path: `${folder}/dashboard-${colorScheme}.png`, fullPage: true });
  }
  // By the keyboard alone: the figures of the first chart, and the first episode's diff.
  for (const [name, selector] of [
    ["loss", "#sleep-live summary"],
    ["figures", "#charts summary"],
    ["episode", "#episode-list > details > summary"],
  ]) {
    if (!(await page.locator(selector).count())) continue;
    await page.locator(selector).first().focus();
    await page.keyboard.press("Enter");
    seen[name] = await page.locator(selector).first().locator("..").innerText();
  }
  await page.screenshot({ path: `${folder}/dashboard-open.png`, fullPage: true });
  seen.markup = await page.locator("#episode-list b").count();
  const pause = page.locator("#pause");
  await pause.focus();
  await page.keyboard.press("Space");
  await page.waitForSelector("#now:text-is('Paused')");
  seen.button = await pause.innerText();
  await page.keyboard.press("Space");
  await page.waitForSelector("#now:not(:text-is('Paused'))");
  seen.complaints = complaints;
  console.log(JSON.stringify(seen));
} finally {
  await browser.close();
}
