import BatonModel

/// What `baton check` found, and how it could be mended.
public struct CheckFinding: Sendable {
  /// A piece of the file, by bytes, and what is to stand there.
  public struct Edit: Sendable, Hashable {
    public var range: Range<Int>
    public var text: String
  }

  /// Has a code.
  public var diagnostic: Diagnostic
  /// What mends it without changing what the script means; empty: nothing that is certain.
  public var edits: [Edit]

  public init(_ diagnostic: Diagnostic, edits: [Edit] = []) {
    self.diagnostic = diagnostic
    self.edits = edits
  }

  public var code: String { diagnostic.code ?? "B005" }

  /// `{"code","severity","file","line","column","message","cure","fixable"}`.
  public var json: Value {
    let place = diagnostic.place
    return [
      "code": .string(code), "severity": .string(diagnostic.severity.rawValue),
      "file": place.map { .string($0.file) } ?? .null, "line": place.map { .integer(Int64($0.line)) } ?? .null,
      "column": place.map { .integer(Int64($0.column)) } ?? .null, "message": .string(diagnostic.message),
      "cure": diagnostic.cure.map { .string($0) } ?? .null, "fixable": .bool(!edits.isEmpty),
    ]
  }

  /// As people read it: `file:line:column: warning: message [B012]`, and the cure on a line of its own.
  public var text: Diagnostic {
    var shown = diagnostic
    shown.message += " [\(code.hasPrefix("W") ? "luacheck " : "")\(code)]"
    return shown
  }
}
