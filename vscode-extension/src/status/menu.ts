/** What a click on the status item offers. Pure. */

import type { StatusParams } from "../protocol";
import type { Situation } from "./view";

export interface MenuItem {
  label: string;
  command: string;
  detail?: string;
}

/** The sensible things to do, the likeliest first. */
export function menuItems(situation: Situation): MenuItem[] {
  return [...first(situation), ...ALWAYS];
}

const ALWAYS: MenuItem[] = [
  { label: "$(pulse) Run the doctor", command: "sleepy.doctor", detail: "Checks cargo, git, model, sandbox and disk" },
  { label: "$(output) Show logs", command: "sleepy.showLogs" },
  { label: "$(debug-restart) Restart the server", command: "sleepy.restart" },
  { label: "$(gear) Settings", command: "sleepy.openSettings" },
];

function first(situation: Situation): MenuItem[] {
  switch (situation.kind) {
    case "untrusted":
      return [{ label: "$(shield) Manage workspace trust", command: "workbench.trust.manage" }];
    case "missing":
      return [
        {
          label: "$(copy) Copy the install command",
          command: "sleepy.copyInstallCommand",
          detail: situation.problem.install,
        },
      ];
    case "starting":
    case "failed":
      return [];
    case "running":
      return situation.status.phase === "paused" ? whilePaused : atWork(situation.status);
  }
}

const toLookAt: MenuItem[] = [
  { label: "$(history) Show episodes", command: "sleepy.showEpisodes" },
  {
    label: "$(graph) Open the dashboard",
    command: "sleepy.openDashboard",
    detail: "What was learned, and how a sleep goes, in your browser",
  },
];

const whilePaused: MenuItem[] = [
  { label: "$(debug-start) Resume", command: "sleepy.resume", detail: "Checks and searches go on, in every window" },
  ...toLookAt,
];

function atWork(status: StatusParams): MenuItem[] {
  return [
    ...(status.phase === "trained" ? [{ label: "$(sparkle) What did it learn?", command: "sleepy.showLearned" }] : []),
    ...((status.fixes ?? 0) > 0
      ? [
          { label: "$(lightbulb) Show the fixes of this file", command: "sleepy.previewFix" },
          { label: "$(wand) Fix all in this file", command: "sleepy.fixAll" },
        ]
      : []),
    ...((status.errors ?? 0) > 0 ? [{ label: "$(search) Find a fix at the cursor", command: "sleepy.findFix" }] : []),
    { label: "$(refresh) Check again", command: "sleepy.recheck" },
    ...(status.engineProblem
      ? [
          {
            label: "$(server) Select a model",
            command: "sleepy.selectModel",
            detail: status.engineProblem,
          },
        ]
      : []),
    { label: "$(debug-pause) Pause", command: "sleepy.pause", detail: "Stops checks and searches, in every window" },
    ...toLookAt,
  ];
}
