/** A fix as a diff, before it is applied. */

import * as vscode from "vscode";

import type { Context } from "../context";
import { OFFERS } from "../protocol";
import type { OfferInfo, OffersResult } from "../protocol";
import { applyEdits, editsByFile } from "./edits";

const SHOWN = "sleepy.previewShown";

/** The fix on show. */
interface Shown {
  uri: string;
  offer: OfferInfo;
}

export class Preview {
  private shown: Shown | undefined;

  constructor(private readonly context: Context) {}

  /** Show what a fix changes: one file as a diff, several as a multi-file diff. */
  async show(uri: string, offer: OfferInfo): Promise<void> {
    const sides = await Promise.all([...editsByFile(offer.edit)].map((file) => this.side(offer, ...file)));
    this.shown = { uri, offer };
    await vscode.commands.executeCommand("setContext", SHOWN, true);
    const [only] = sides;
    if (sides.length === 1 && only !== undefined) {
      const [, before, after] = only;
      await vscode.commands.executeCommand("vscode.diff", before, after, offer.title, { preview: true });
    } else {
      await vscode.commands.executeCommand("vscode.changes", offer.title, sides);
    }
  }

  /** Apply the fix on show, if it still stands. */
  async apply(): Promise<void> {
    const { server } = this.context;
    if (this.shown === undefined || server.running === undefined) {
      return;
    }
    const { uri, offer } = this.shown;
    // Asked again: the edit must speak of the text that is there now.
    const standing = (await this.offers(uri)).find((o) => o.id === offer.id);
    if (standing === undefined) {
      void vscode.window.showInformationMessage("Sleepy: this fix does not stand any more: the code has changed.");
      return;
    }
    await this.close();
    const edit = await server.running.protocol2CodeConverter.asWorkspaceEdit(standing.edit);
    await vscode.window.showTextDocument(vscode.Uri.parse(uri));
    await vscode.workspace.applyEdit(edit);
  }

  /** Never show this fix again. */
  async dismiss(): Promise<void> {
    if (this.shown !== undefined) {
      const { offer } = this.shown;
      await this.close();
      await vscode.commands.executeCommand("sleepy.dismissFix", { offerId: offer.id });
    }
  }

  /** The fixes that stand for a file. */
  async offers(uri: string): Promise<OfferInfo[]> {
    const result = await this.context.server.running?.sendRequest<OffersResult>(OFFERS, { uri });
    return result?.offers ?? [];
  }

  private async close(): Promise<void> {
    this.shown = undefined;
    await vscode.commands.executeCommand("setContext", SHOWN, false);
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
  }

  /** The file itself, its text before and its text after, as `vscode.changes` wants them. */
  private async side(
    offer: OfferInfo,
    file: string,
    edits: Parameters<typeof applyEdits>[1],
  ): Promise<[vscode.Uri, vscode.Uri, vscode.Uri]> {
    const uri = vscode.Uri.parse(file);
    const document = await vscode.workspace.openTextDocument(uri);
    const text = document.getText();
    const offset = (place: { line: number; character: number }): number =>
      document.offsetAt(new vscode.Position(place.line, place.character));
    // Both sides have one path: VS Code takes them for a file that was renamed otherwise.
    const shown = vscode.workspace.asRelativePath(uri);
    const before = this.context.texts.put(shown, text, `before ${offer.id}`);
    const after = this.context.texts.put(shown, applyEdits(text, edits, offset), `after ${offer.id}`);
    return [uri, before, after];
  }
}
