/** What the status item shows. Pure: a situation in, texts out. */

import type { StatusParams, StatusPhase } from "../protocol";
import type { Problem } from "../server/resolve";

/** How things stand with the server, as far as this window knows. */
export type Situation =
  | { kind: "untrusted" }
  | { kind: "starting" }
  | { kind: "missing"; problem: Problem }
  | { kind: "failed"; message: string }
  | { kind: "running"; status: StatusParams };

export interface View {
  /** With codicons, as the status bar takes it. */
  text: string;
  /** Plain sentences, one a line. */
  tooltip: string[];
  severity: "normal" | "warning" | "error";
}

/** The situation in the words of the status bar. */
export function statusView(situation: Situation): View {
  switch (situation.kind) {
    case "untrusted":
      return untrusted;
    case "starting":
      return { text: "$(loading~spin) Sleepy: starting", tooltip: ["The server is starting."], severity: "normal" };
    case "missing":
      return {
        text: "$(warning) Sleepy: not installed",
        tooltip: [situation.problem.message, `Install it with: ${situation.problem.install}`],
        severity: "error",
      };
    case "failed":
      return { text: "$(error) Sleepy: stopped", tooltip: [situation.message], severity: "error" };
    case "running":
      return runningView(situation.status);
  }
}

const untrusted: View = {
  text: "$(shield) Sleepy: untrusted",
  tooltip: ["Nothing runs in a workspace that is not trusted.", "Trust this workspace, and Sleepy Coder starts."],
  severity: "warning",
};

function runningView(status: StatusParams): View {
  const { detail = "", engineProblem = "" } = status;
  const [text, sentence, severity] = PHASES[status.phase](status, detail);
  const tooltip = [sentence];
  if (detail && detail !== sentence) {
    tooltip.push(detail);
  }
  tooltip.push(...counted(status));
  if (engineProblem && engineProblem !== detail) {
    tooltip.push(`No model: ${engineProblem}`);
  }
  return { text, tooltip, severity };
}

type Phrase = [text: string, sentence: string, severity: View["severity"]];

const PHASES: Record<StatusPhase, (status: StatusParams, detail: string) => Phrase> = {
  starting: () => ["$(loading~spin) Sleepy: starting", "Looking for cargo packages.", "normal"],
  watching: (status) => [
    status.errors ? `$(eye) Sleepy: ${count(status.errors, "error")}` : "$(eye) Sleepy",
    "Watching.",
    "normal",
  ],
  checking: () => ["$(sync~spin) Sleepy: checking", "cargo is checking a copy of your code.", "normal"],
  thinking: (_, detail) => [
    `$(loading~spin) Sleepy: ${detail || "thinking"}`,
    "Looking for a fix that compiles.",
    "normal",
  ],
  ready: (status) => [
    `$(lightbulb) Sleepy: ${status.fixes === 1 ? "fix ready" : count(status.fixes ?? 0, "fix", "fixes")}`,
    "Verified fixes are ready: put the cursor on an error and press Ctrl+. (on macOS, Cmd+.).",
    "normal",
  ],
  sleeping: () => ["$(circle-filled) Sleepy: sleeping", "Learning from your episodes while you are away.", "normal"],
  trained: () => ["$(sparkle) Sleepy: trained", "Learned something while you were away.", "normal"],
  paused: () => ["$(debug-pause) Sleepy: paused", "Paused: nothing is checked until you resume.", "normal"],
  untrusted: () => [untrusted.text, untrusted.tooltip.join(" "), "warning"],
  noModel: () => ["$(eye) Sleepy: no model", "Fixes come from the compiler and from your earlier ones.", "normal"],
  problem: (_, detail) => ["$(warning) Sleepy: problem", detail || "Something is wrong.", "warning"],
};

function counted(status: StatusParams): string[] {
  const { errors = 0, fixes = 0, projects = [] } = status;
  const total = errors > 0 ? [`${count(errors, "error")}, ${fixes} with a verified fix.`] : [];
  const each = projects.map((project) => `${project.root}: ${project.phase}`);
  return projects.length > 1 ? [...total, ...each] : total;
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
