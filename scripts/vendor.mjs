/** Copies what the dashboard's page needs from node_modules into the Python package: `npm run vendor`, after an update. */

import { copyFileSync } from "node:fs";

const TO = "server/sleepy_server/dashboard/static/";
for (const [from, name] of [
  ["dist/uPlot.iife.min.js", "uplot.js"],
  ["dist/uPlot.min.css", "uplot.css"],
  ["LICENSE", "uplot.LICENSE"],
]) {
  copyFileSync(`node_modules/uplot/${from}`, TO + name);
}
