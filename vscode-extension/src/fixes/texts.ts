/** Read-only documents: explanations, both sides of a preview, reports. */

import * as vscode from "vscode";

export const SCHEME = "sleepy";

export class ReadonlyTexts implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly contents = new Map<string, string>();
  private pages = 0;
  private readonly changes = new vscode.EventEmitter<vscode.Uri>();
  private readonly subscriptions = [
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
    vscode.workspace.onDidCloseTextDocument((document) => this.contents.delete(document.uri.toString())),
    this.changes,
  ];
  readonly onDidChange = this.changes.event;

  /** Put a text under a path; the same path and version again replace it. Only the path is shown. */
  put(path: string, text: string, version = ""): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: path.startsWith("/") ? path : `/${path}`, query: version });
    this.contents.set(uri.toString(), text);
    this.changes.fire(uri);
    return uri;
  }

  /** Show a text as it is, in an editor beside nothing else. */
  async show(path: string, text: string): Promise<void> {
    await vscode.window.showTextDocument(this.put(path, text), { preview: true });
  }

  /** Show Markdown as VS Code renders it; in the place of what was shown before. */
  async showMarkdown(name: string, markdown: string): Promise<void> {
    // Each time under another address: a preview whose document was closed meanwhile hears of no change.
    const page = this.put(`${name}.md`, markdown, String(++this.pages));
    await vscode.commands.executeCommand("markdown.showPreview", page);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.contents.get(uri.toString()) ?? "";
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
  }
}
