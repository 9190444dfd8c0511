/** A fix's edits on plain texts, for the preview. No `vscode` here. */

import type { TextEdit, WorkspaceEdit } from "vscode-languageclient/node";

/** The edits of each file, by URI. */
export function editsByFile(edit: WorkspaceEdit): Map<string, TextEdit[]> {
  const files = new Map<string, TextEdit[]>();
  for (const change of edit.documentChanges ?? []) {
    if ("edits" in change) {
      files.set(change.textDocument.uri, change.edits.filter(isPlain));
    }
  }
  for (const [uri, edits] of Object.entries(edit.changes ?? {})) {
    files.set(uri, edits);
  }
  return files;
}

/** The text after the edits. They do not overlap (LSP 3.17, "TextEdit[]"), so they are applied from the end. */
export function applyEdits(text: string, edits: readonly TextEdit[], offsetAt: (p: Place) => number): string {
  const placed = edits
    .map((edit, order) => ({ start: offsetAt(edit.range.start), end: offsetAt(edit.range.end), edit, order }))
    .sort((a, b) => b.start - a.start || b.order - a.order);
  return placed.reduce((now, { start, end, edit }) => now.slice(0, start) + edit.newText + now.slice(end), text);
}

interface Place {
  line: number;
  character: number;
}

function isPlain(edit: object): edit is TextEdit {
  return "newText" in edit;
}
