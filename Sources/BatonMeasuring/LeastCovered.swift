import BatonModel

/// The files of which the most lines were not executed, among many.
struct LeastCovered {
  private struct Entry {
    var file: String
    var missing: Int
    var lines: Int
  }

  private let limit: Int
  /// The one with the most missing lines first.
  private var entries: [Entry] = []

  init(limit: Int) { self.limit = limit }

  /// Of a file that is told several times, what misses least counts: each tells a part of the executions.
  mutating func add(_ coverage: FileCoverage) {
    let missing = coverage.lines.values.count { $0 <= 0 }
    var entry = Entry(file: coverage.file, missing: missing, lines: coverage.lines.count)
    if let known = entries.firstIndex(where: { $0.file == coverage.file }) {
      entry.missing = min(missing, entries.remove(at: known).missing)
    }
    guard entry.missing > 0, entries.count < limit || entry.missing > entries[limit - 1].missing else { return }
    let place = entries.firstIndex { $0.missing < entry.missing } ?? entries.count
    entries.insert(entry, at: place)
    if entries.count > limit { entries.removeLast() }
  }

  var texts: [String] { entries.map { "\($0.file): \($0.missing) of \($0.lines) lines not executed" } }
}
