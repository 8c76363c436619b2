import BatonModel

/// Collects what is wrong with a script, so that all of it is told at once.
final class Mistakes {
  /// More are counted, not told.
  static let limit = 200

  let sources: SourceMap
  private(set) var items: [Diagnostic] = []
  private var untold = 0
  /// How many errors there are, told or not.
  private(set) var errors = 0

  init(sources: SourceMap) { self.sources = sources }

  /// Whether further mistakes are counted only: their places need not be looked for.
  var isFull: Bool { items.count >= Self.limit }

  func add(_ diagnostic: Diagnostic) {
    if diagnostic.severity == .error { errors += 1 }
    guard !isFull else {
      untold += 1
      return
    }
    if !items.contains(diagnostic) { items.append(diagnostic) }
  }

  /// Whether the line has an error already.
  func hasError(at place: SourcePlace) -> Bool {
    items.contains { $0.severity == .error && $0.place?.file == place.file && $0.place?.line == place.line }
  }

  func error(_ message: String, at place: SourcePlace?, cure: String? = nil, code: String? = nil) {
    add(Diagnostic(message, at: place, cure: cure, code: code))
  }

  func warning(_ message: String, at place: SourcePlace?, cure: String? = nil, code: String? = nil) {
    add(Diagnostic(message, at: place, cure: cure, severity: .warning, code: code))
  }

  /// All in the order of their lines, files in the order in which they were first complained of.
  var sorted: [Diagnostic] {
    var ranks: [String: Int] = [:]
    for item in items where ranks[item.place?.file ?? ""] == nil { ranks[item.place?.file ?? ""] = ranks.count }
    func sortKey(_ item: Diagnostic, _ index: Int) -> (Int, Int32, Int32, Int) {
      (ranks[item.place?.file ?? ""] ?? 0, item.place?.line ?? 0, item.place?.column ?? 0, index)
    }
    var told = items.enumerated().sorted { sortKey($0.element, $0.offset) < sortKey($1.element, $1.offset) }
      .map(\.element)
    if untold > 0 { told.append(Diagnostic("\(untold) more mistakes are not shown")) }
    return told
  }
}
