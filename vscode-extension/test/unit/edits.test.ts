import assert from "node:assert/strict";
import { test } from "node:test";

import { applyEdits, editsByFile } from "../../src/fixes/edits";

const at = (from: number, to: number, newText: string) => ({
  range: { start: { line: 0, character: from }, end: { line: 0, character: to } },
  newText,
});
const offset = (place: { character: number }): number => place.character;

test("edits are applied to the text that they were made for, whatever their order", () => {
  assert.equal(applyEdits("names.len()", [at(5, 5, ".clone()"), at(0, 0, "&")], offset), "&names.clone().len()");
  assert.equal(applyEdits("abc", [at(0, 1, ""), at(2, 3, "C")], offset), "bC");
});

test("insertions at one place keep their order", () => {
  assert.equal(applyEdits("x", [at(0, 0, "a"), at(0, 0, "b")], offset), "abx");
});

test("versioned and plain edits are read alike", () => {
  const edits = [at(0, 0, "a")];
  const versioned = { documentChanges: [{ textDocument: { uri: "file:///a.rs", version: 1 }, edits }] };
  assert.deepEqual(editsByFile(versioned), editsByFile({ changes: { "file:///a.rs": edits } }));
});
