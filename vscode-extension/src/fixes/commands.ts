/** What a user does with fixes: find, preview, explain, dismiss, all at once, check again, pause, sleep. */

import * as vscode from "vscode";

import type { Context } from "../context";
import type { OfferInfo } from "../protocol";
import { Preview } from "./preview";

/** What the lightbulb's entries bring along; commands from the palette bring nothing. */
interface Chosen {
  offerId: string;
  uri?: string;
}

type Handler = (argument?: never) => Promise<unknown>;

/** Command name to handler. All of them need a running server. */
export function fixCommands(context: Context): Record<string, Handler> {
  const preview = new Preview(context);
  return {
    "sleepy.findFix": (at?: { uri: string; position: { line: number; character: number } }) =>
      findFix(context, preview, at),
    "sleepy.fixAll": () => fixAll(context),
    "sleepy.recheck": () => recheck(context),
    "sleepy.pause": () => pauseOrResume(context, "sleepy.pause"),
    "sleepy.resume": () => pauseOrResume(context, "sleepy.resume"),
    "sleepy.sleepNow": () => sleepNow(context),
    "sleepy.rollBack": () => rollBack(context),
    "sleepy.previewFix": (chosen?: Chosen) => previewFix(preview, chosen),
    "sleepy.explainFix": (chosen?: Chosen) => explainFix(context, preview, chosen),
    "sleepy.dismissFix": (chosen?: Chosen) => dismissFix(context, preview, chosen),
    "sleepy.applyPreviewed": () => preview.apply(),
    "sleepy.dismissPreviewed": () => preview.dismiss(),
  };
}

async function findFix(
  context: Context,
  preview: Preview,
  at: { uri: string; position: { line: number; character: number } } | undefined,
): Promise<void> {
  const editor = rustEditor();
  const place = at ?? (editor && { uri: editor.document.uri.toString(), position: editor.selection.active });
  if (place === undefined) {
    say("Open a Rust file and put the cursor on an error.");
    return;
  }
  const { line, character } = place.position;
  const result = await context.server.execute("sleepy.findFix", { uri: place.uri, position: { line, character } });
  if (result?.offer) {
    await preview.show(place.uri, result.offer);
  } else if (result && !result.cancelled) {
    say(result.message);
  }
}

async function fixAll(context: Context): Promise<void> {
  const editor = rustEditor();
  if (editor === undefined) {
    say("Open the Rust file whose errors are to be fixed.");
    return;
  }
  // The server sends the edit by workspace/applyEdit.
  tell(await context.server.execute("sleepy.fixAll", { uri: editor.document.uri.toString() }));
}

async function recheck(context: Context): Promise<void> {
  const uri = rustEditor()?.document.uri.toString();
  tell(await context.server.execute("sleepy.recheck", uri === undefined ? {} : { uri }));
}

async function pauseOrResume(context: Context, command: "sleepy.pause" | "sleepy.resume"): Promise<void> {
  tell(await context.server.execute(command, {}));
}

async function sleepNow(context: Context): Promise<void> {
  tell(await context.server.execute("sleepy.sleepNow", {}));
}

async function rollBack(context: Context): Promise<void> {
  const uri = rustEditor()?.document.uri.toString();
  tell(await context.server.execute("sleepy.rollBack", uri === undefined ? {} : { uri }));
}

async function previewFix(preview: Preview, chosen: Chosen | undefined): Promise<void> {
  const offer = await chosenOffer(preview, chosen);
  if (offer !== undefined) {
    await preview.show(offer.uri, offer.offer);
  }
}

async function explainFix(context: Context, preview: Preview, chosen: Chosen | undefined): Promise<void> {
  const offerId = chosen?.offerId ?? (await chosenOffer(preview, undefined))?.offer.id;
  if (offerId !== undefined) {
    const explanation = await context.server.execute("sleepy.explainFix", { offerId });
    await context.texts.showMarkdown("Why this fix", explanation?.markdown ?? "");
  }
}

async function dismissFix(context: Context, preview: Preview, chosen: Chosen | undefined): Promise<void> {
  const offerId = chosen?.offerId ?? (await chosenOffer(preview, undefined))?.offer.id;
  if (offerId !== undefined) {
    tell(await context.server.execute("sleepy.dismissFix", { offerId }));
  }
}

/** The fix that was named, or one that the user picks among those of the active file. */
async function chosenOffer(
  preview: Preview,
  chosen: Chosen | undefined,
): Promise<{ uri: string; offer: OfferInfo } | undefined> {
  const uri = chosen?.uri ?? rustEditor()?.document.uri.toString();
  const offers = uri === undefined ? [] : await preview.offers(uri);
  if (uri === undefined || offers.length === 0) {
    say("There are no verified fixes for this file right now.");
    return undefined;
  }
  const named = offers.find((offer) => offer.id === chosen?.offerId);
  if (named !== undefined) {
    return { uri, offer: named };
  }
  const items = offers.map((offer) => ({
    label: offer.title.replace(/^Sleepy: /, ""),
    description: [offer.code, `line ${offer.range.start.line + 1}`, offer.source].filter(Boolean).join(", "),
    detail: offer.message,
    offer,
  }));
  const picked = await vscode.window.showQuickPick(items, { title: "Verified fixes of this file" });
  return picked && { uri, offer: picked.offer };
}

function rustEditor(): vscode.TextEditor | undefined {
  const editor = vscode.window.activeTextEditor;
  return editor?.document.languageId === "rust" ? editor : undefined;
}

/** Something went as wished: a line in the status bar. Otherwise the user asked, so the user is answered. */
function tell(result: { done: boolean; message: string } | undefined): void {
  if (result?.done) {
    vscode.window.setStatusBarMessage(result.message, 5000);
  } else if (result !== undefined) {
    say(result.message);
  }
}

function say(message: string): void {
  void vscode.window.showInformationMessage(message.startsWith("Sleepy") ? message : `Sleepy: ${message}`);
}
