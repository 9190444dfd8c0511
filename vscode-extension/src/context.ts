/** What the parts of the extension share; made once, in `activate`. */

import type * as vscode from "vscode";

import type { ReadonlyTexts } from "./fixes/texts";
import type { Server } from "./server/server";

export interface Context {
  /** The output channel "Sleepy"; its level is chosen in VS Code. */
  readonly log: vscode.LogOutputChannel;
  readonly server: Server;
  /** Texts of ours that an editor shows: explanations, previews, reports. */
  readonly texts: ReadonlyTexts;
}
