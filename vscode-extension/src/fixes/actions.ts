/** The lightbulb: the server's actions, and a preview beside each "why this fix?". */

import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";

export const codeActionMiddleware: Middleware = {
  async provideCodeActions(document, range, context, token, next) {
    const actions = await next(document, range, context, token);
    return actions?.flatMap((action) => {
      const preview = previewOf(action, document.uri);
      return preview === undefined ? [action] : [preview, action];
    });
  },
};

/** The preview that belongs to an action, if that is the explanation of a fix. */
function previewOf(action: vscode.Command | vscode.CodeAction, uri: vscode.Uri): vscode.CodeAction | undefined {
  if (!("kind" in action) || action.command?.command !== "sleepy.explainFix") {
    return undefined;
  }
  const [argument] = action.command.arguments as [{ offerId: string }];
  const title = action.title.replace("why this fix?", "preview this fix");
  const preview = new vscode.CodeAction(title, action.kind);
  preview.diagnostics = action.diagnostics;
  preview.command = {
    title,
    command: "sleepy.previewFix",
    arguments: [{ offerId: argument.offerId, uri: uri.toString() }],
  };
  return preview;
}
