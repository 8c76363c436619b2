/// A place in a source file, for a person to go to.
public struct SourcePlace: Sendable, Hashable {
  /// The path as the user gave it, relative to where they stand.
  public var file: String
  /// 1-based; 0 when only the file is known.
  public var line: Int32
  /// 1-based; 0 when only the line is known.
  public var column: Int32

  public init(file: String, line: Int32 = 0, column: Int32 = 0) {
    self.file = file
    self.line = line
    self.column = column
  }

  /// `file:line:column`, as far as it is known.
  public var text: String {
    if line == 0 { return file }
    return column == 0 ? "\(file):\(line)" : "\(file):\(line):\(column)"
  }
}

/// One mistake (or doubt) in what the user wrote: what is wrong, where, and how to mend it.
public struct Diagnostic: Error, Sendable, Hashable {
  public enum Severity: String, Sendable { case error, warning }

  public var severity: Severity
  /// The rule that it breaks, `B004`, as `baton check --explain` knows it; nil where none is named.
  public var code: String?
  public var place: SourcePlace?
  /// What is wrong, in one sentence without a full stop.
  public var message: String
  /// How to mend it: a nearest name, a command to run.
  public var cure: String?

  public init(
    _ message: String, at place: SourcePlace? = nil, cure: String? = nil, severity: Severity = .error,
    code: String? = nil
  ) {
    self.severity = severity
    self.code = code
    self.place = place
    self.message = message
    self.cure = cure
  }

  /// `file:line: error: message`, and the cure on a line of its own.
  public var text: String {
    let head = (place.map { "\($0.text): " } ?? "") + "\(severity.rawValue): \(message)"
    return cure.map { "\(head)\n  \($0)" } ?? head
  }
}

/// All mistakes that one reading of a script found.
public struct Diagnostics: Error, Sendable, Hashable {
  public var items: [Diagnostic]

  public init(_ items: [Diagnostic]) { self.items = items }

  public var text: String { items.map(\.text).joined(separator: "\n") }
}
