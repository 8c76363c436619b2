import BatonCore
import BatonModel

/// What a change can affect, for people and for programs.
public enum ImpactText {
  /// `3 files since origin/main (1a2b3c4d), 12 left out`.
  static func summary(_ scope: ChangeScope) -> String {
    "\(head(scope.changes)), \(scope.leftOut.count) left out"
  }

  private static func head(_ changes: ChangedFiles) -> String {
    "\(PlanText.count(changes.files.count, "file")) since \(changes.since) (\(changes.commit.prefix(8)))".harmless
  }

  /// What is left out and what runs, each with its reason.
  static func section(_ changes: ChangedFiles, _ impact: Impact, _ palette: Palette) -> String {
    var text = "\n\(palette(.bold, "Changes"))  \(head(changes))\n"
    for file in changes.files.prefix(10) { text += "  \(file.harmless)\n" }
    if changes.files.count > 10 { text += "  and \(changes.files.count - 10) more\n" }
    for (title, reasons) in [("Run", impact.runs), ("Left out", impact.leftOut)] where !reasons.isEmpty {
      text += "\n\(palette(.bold, title))  \(reasons.count)\n"
      let width = min(40, reasons.keys.reduce(0) { max($0, $1.utf8.count) })
      for (name, reason) in reasons.sorted(by: { $0.key < $1.key }) {
        let shown = name.harmless
        text += "  \(shown)\(String(repeating: " ", count: max(0, width - shown.utf8.count)))  "
        text += palette(.dim, reason.harmless) + "\n"
      }
    }
    return text
  }

  /// What a run left out, folded; empty where it left out nothing.
  static func markdown(_ view: RunView) -> String {
    guard let scope = view.options.changes, !scope.leftOut.isEmpty else { return "" }
    let shown = scope.leftOut.sorted { $0.key < $1.key }.prefix(100)
    var lines = shown.map { "- \(Markdown.code($0.key)): \(Markdown.escaped($0.value))" }.joined(separator: "\n")
    if scope.leftOut.count > shown.count { lines += "\n- and \(scope.leftOut.count - shown.count) more" }
    return Markdown.folded("Left out: \(summary(scope))", lines)
  }

  /// `{"revision","commit","files":[…],"runs":{step: reason},"left_out":{step: reason}}`.
  static func json(_ changes: ChangedFiles, _ impact: Impact) -> Value {
    [
      "revision": .string(changes.since), "commit": .string(changes.commit),
      "files": .list(changes.files.map { .string($0) }), "runs": .map(impact.runs.mapValues { .string($0) }),
      "left_out": .map(impact.leftOut.mapValues { .string($0) }),
    ]
  }
}
