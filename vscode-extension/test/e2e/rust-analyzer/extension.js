// Shows `names` in `names.len()` as rust-analyzer would: its source, its code with a link, a range of its own.
const vscode = require("vscode");

exports.activate = (context) => {
  const shown = vscode.languages.createDiagnosticCollection("rustc");
  const show = (document) => {
    const at = document.getText().indexOf("names.len()");
    if (document.languageId !== "rust" || at < 0) {
      shown.delete(document.uri);
      return;
    }
    const range = new vscode.Range(document.positionAt(at), document.positionAt(at + 5));
    const diagnostic = new vscode.Diagnostic(range, "borrow of moved value: `names`", vscode.DiagnosticSeverity.Error);
    diagnostic.source = "rustc";
    diagnostic.code = { value: "E0382", target: vscode.Uri.parse("https://doc.rust-lang.org/error-index.html#E0382") };
    shown.set(document.uri, [diagnostic]);
  };
  vscode.workspace.textDocuments.forEach(show);
  context.subscriptions.push(shown, vscode.workspace.onDidOpenTextDocument(show));
};
