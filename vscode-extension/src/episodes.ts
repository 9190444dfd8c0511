/** Episodes as a table in plain text. No `vscode` here. */

/** What is shown of each, of what `sleepy episodes list --json` prints. */
interface Row {
  id: string;
  outcome: string;
  source: string;
  code: string;
  file: string;
  label: string;
}

/** The command's output, newest first, as a table. */
export function episodesReport(output: string): string {
  const rows = JSON.parse(output) as Row[];
  if (rows.length === 0) {
    return "No episodes yet: every fix that is offered, taken or refused becomes one.\n";
  }
  const header: Row = { id: "id", outcome: "outcome", code: "code", file: "file", source: "source", label: "fix" };
  const cells = [header, ...rows].map((row) => [row.outcome, row.source, row.code, row.file, row.label, row.id]);
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0))) ?? [];
  const lines = cells.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}
