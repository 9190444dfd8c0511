/** The few things that are said unasked: a missing server, one that keeps dying, and what a sleep has gained. */

import * as vscode from "vscode";

import type { PromotedParams } from "../protocol";
import type { Situation } from "./view";

/** Tells of a problem that needs the user, once until it is solved or another one comes. */
export function notifyOf(): (situation: Situation) => void {
  let told = "";
  return (situation) => {
    if (situation.kind === "starting") {
      return;
    }
    const message = needsUser(situation);
    if (message && message !== told) {
      void (situation.kind === "missing" ? tellMissing(message) : tellFailed(message));
    }
    told = message;
  };
}

/** A crash is not worth a pop-up: the status bar says it, and the log. */
export function sayCrashed(next: "restart" | "give up", log: vscode.LogOutputChannel): void {
  log.warn(next === "restart" ? "the server has died and is started again" : "the server keeps dying");
  if (next === "restart") {
    vscode.window.setStatusBarMessage("Sleepy: the server had stopped and was started again.", 10_000);
  }
}

/** A sleep has made the fixes better: the gain, and what it comes from. */
export async function tellPromoted({ night, name, told }: PromotedParams): Promise<void> {
  const message = `Sleepy learned while you were away (${name}): ${told}.`;
  const answer = await vscode.window.showInformationMessage(message, "What did it learn?");
  if (answer !== undefined) {
    await vscode.commands.executeCommand("sleepy.showLearned", { night });
  }
}

function needsUser(situation: Situation): string {
  switch (situation.kind) {
    case "missing":
      return `${situation.problem.message} Install it with: ${situation.problem.install}`;
    case "failed":
      return situation.message;
    default:
      return "";
  }
}

async function tellMissing(message: string): Promise<void> {
  const answer = await vscode.window.showErrorMessage(`Sleepy: ${message}`, "Copy", "Try Again");
  if (answer === "Copy") {
    await vscode.commands.executeCommand("sleepy.copyInstallCommand");
  } else if (answer === "Try Again") {
    await vscode.commands.executeCommand("sleepy.restart");
  }
}

async function tellFailed(message: string): Promise<void> {
  const answer = await vscode.window.showErrorMessage(`Sleepy: ${message}`, "Show Logs", "Restart");
  if (answer === "Show Logs") {
    await vscode.commands.executeCommand("sleepy.showLogs");
  } else if (answer === "Restart") {
    await vscode.commands.executeCommand("sleepy.restart");
  }
}
