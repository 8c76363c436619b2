import BatonModel

/// What an import came to.
public struct Imported: Sendable {
  /// What has no counterpart, or another meaning here.
  public struct Note: Sendable, Hashable {
    public var mark: Mark
    /// What it is about: `jobs.build.steps[2].uses`.
    public var path: String
    public var message: String
    /// Whether a part of the workflow does not work; else it is only told.
    public var isLost: Bool
  }

  /// `github` or `json`.
  public var format: String
  /// The script.
  public var lua: String
  public var notes: [Note]

  /// `{"format","notes":[{"line","column","path","message","lost"}]}`.
  public var value: Value {
    [
      "format": .string(format),
      "notes": .list(
        notes.map {
          [
            "line": .integer(Int64($0.mark.line)), "column": .integer(Int64($0.mark.column)), "path": .string($0.path),
            "message": .string($0.message), "lost": .bool($0.isLost),
          ]
        }),
    ]
  }
}

/// Reads workflows that were written for other programs, and writes them as Lua.
public enum Import {
  /// - Parameters:
  ///   - file: as the user named it; JSON is told by the text itself.
  /// - Throws: everything that is wrong with the text, with line and column.
  public static func read(_ text: [UInt8], file: String) throws(Diagnostics) -> Imported {
    if isJSON(text) {
      return try AgentWorkflow.read(text, file: file).imported
    }
    let root = try YAMLReader.read(text, file: file)
    guard root["jobs"] != nil else {
      let cure =
        root["stages"] != nil || root["script"] != nil
        ? "GitLab's files can't be imported" : "a workflow of GitHub Actions has \"on\" and \"jobs\""
      throw Diagnostics([Diagnostic("there are no \"jobs\" in it", at: root.mark.place(in: file), cure: cure)])
    }
    return try GitHubWriter.write(try GitHubReader.read(root, file: file), file: file)
  }

  static func isJSON(_ text: [UInt8]) -> Bool {
    var rest = text[...]
    if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
    return rest.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "{")
  }
}

/// Collects what is told of an import.
final class Notes {
  private(set) var items: [Imported.Note] = []

  /// Something that does not work here.
  func lost(_ mark: Mark, _ path: String, _ message: String) {
    add(Imported.Note(mark: mark, path: path, message: message, isLost: true))
  }

  /// Something that is different here, or not needed.
  func told(_ mark: Mark, _ path: String, _ message: String) {
    add(Imported.Note(mark: mark, path: path, message: message, isLost: false))
  }

  /// Something that is different here, and may be met often: told where it is met first.
  func toldOnce(_ mark: Mark, _ path: String, _ message: String) {
    if !items.contains(where: { $0.message == message }) { told(mark, path, message) }
  }

  private func add(_ note: Imported.Note) { if !items.contains(note) { items.append(note) } }

  /// How many things do not work.
  var losses: Int { items.count(where: \.isLost) }

  var sorted: [Imported.Note] {
    items.sorted { ($0.mark.line, $0.mark.column, $0.path) < ($1.mark.line, $1.mark.column, $1.path) }
  }
}
