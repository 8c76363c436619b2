import BatonModel

/// The cells of a matrix: the product of its axes, less `exclude`, plus `include`.
///
/// Semantics of GitHub Actions ("Workflow syntax", `jobs.<job_id>.strategy.matrix`):
/// - `exclude` is applied first: a combination goes when every key of one entry has the entry's value.
/// - Each `include` entry is added to every combination whose axis values it would not overwrite (what an earlier entry
///   added may be overwritten); an entry that fits none is a cell of its own, which later entries do not touch.
public struct MatrixExpansion: Sendable, Hashable {
  /// One cell: what its function is given, and how its name reads.
  public struct Cell: Sendable, Hashable {
    public var values: [String: Value]
    /// `browser=chrome,os=linux`: unique in its matrix, without `/`, `[`, `]`, `=` and `,` in the values.
    public var label: String
  }

  /// What is wrong with a matrix, to be told with the matrix's name.
  public enum Failure: Error, Hashable {
    /// More cells than ``limit``.
    case tooMany(Int)
    /// An axis lists a value twice.
    case repeated(axis: String, value: Value)
    /// Two cells have the same values.
    case identical(label: String)
    /// A value holds infinity or NaN, which no name can tell, and no record keep as every reader reads it.
    case notFinite(axis: String)
    /// `order` names an axis that is not there.
    case unknownAxis(String)
  }

  /// How many cells a matrix may have.
  public static let limit = 100_000

  /// Axis → its values.
  public var axes: [String: [Value]]
  public var include: [[String: Value]]
  public var exclude: [[String: Value]]
  /// Axes that stand first in the names and vary slowest; the others follow in alphabetical order.
  public var order: [String]

  public init(
    axes: [String: [Value]], include: [[String: Value]] = [], exclude: [[String: Value]] = [], order: [String] = []
  ) {
    self.axes = axes
    self.include = include
    self.exclude = exclude
    self.order = order
  }

  /// The cells in order: the first axis varies slowest; cells that `include` made stand at the end.
  public func cells() throws(Failure) -> [Cell] {
    for name in order where axes[name] == nil && !include.contains(where: { $0[name] != nil }) {
      throw .unknownAxis(name)
    }
    for entry in axes.map({ [$0.key: Value.list($0.value)] }) + include {
      for (name, value) in entry where !value.isFinite { throw .notFinite(axis: name) }
    }
    let names = order.filter { axes[$0] != nil } + axes.keys.filter { !order.contains($0) }.sorted()
    var combinations = try product(of: names)
    combinations.removeAll { combination in
      exclude.contains { entry in !entry.isEmpty && entry.allSatisfy { combination[$0.key] == $0.value } }
    }
    var extended = combinations
    var added: [[String: Value]] = []
    for entry in include {
      var fits = false
      for index in combinations.indices
      where entry.allSatisfy({ combinations[index][$0.key] == nil || combinations[index][$0.key] == $0.value }) {
        extended[index].merge(entry) { _, new in new }
        fits = true
      }
      if !fits { added.append(entry) }
    }
    var cells = extended.map { Cell(values: $0, label: label($0, axes: names)) }
    for entry in added {
      let keys = order.filter { entry[$0] != nil } + entry.keys.filter { !order.contains($0) }.sorted()
      cells.append(Cell(values: entry, label: label(entry, axes: keys)))
    }
    guard cells.count <= Self.limit else { throw .tooMany(cells.count) }
    try makeUnique(&cells)
    return cells
  }

  private func product(of names: [String]) throws(Failure) -> [[String: Value]] {
    guard !names.isEmpty else { return [] }
    var count = 1
    for name in names {
      let values = axes[name] ?? []
      var seen = Set<Value>()
      for value in values where !seen.insert(value).inserted { throw .repeated(axis: name, value: value) }
      let (total, overflow) = count.multipliedReportingOverflow(by: values.count)
      guard !overflow, total <= Self.limit else { throw .tooMany(overflow ? Int.max : total) }
      count = total
    }
    var combinations: [[String: Value]] = [[:]]
    for name in names {
      var longer: [[String: Value]] = []
      longer.reserveCapacity(combinations.count * (axes[name]?.count ?? 0))
      for combination in combinations {
        for value in axes[name] ?? [] {
          var next = combination
          next[name] = value
          longer.append(next)
        }
      }
      combinations = longer
    }
    return combinations
  }

  private func label(_ values: [String: Value], axes names: [String]) -> String {
    names.map { "\($0)=\(CellName.text(of: values[$0] ?? .null))" }.joined(separator: ",")
  }

  /// Labels that meet get a digest of the cell behind them.
  private func makeUnique(_ cells: inout [Cell]) throws(Failure) {
    var positions: [String: [Int]] = [:]
    for index in cells.indices { positions[cells[index].label, default: []].append(index) }
    guard positions.count < cells.count else { return }
    var taken = Set(positions.keys)
    for index in cells.indices where positions[cells[index].label].map({ $0.count > 1 }) == true {
      let label = "\(cells[index].label)~\(CellName.digest(of: JSON.encode(.map(cells[index].values))))"
      guard taken.insert(label).inserted else { throw .identical(label: cells[index].label) }
      cells[index].label = label
    }
  }
}

/// How an axis value reads in the name of a cell.
public enum CellName {
  /// Longer values are cut.
  static let longest = 40

  /// The value's text (the `name` of a table that has one). Where letters had to be replaced or cut, a digest follows.
  public static func text(of value: Value) -> String {
    let original = value["name"]?.string ?? value.text
    var safe = ""
    for scalar in original.unicodeScalars.prefix(longest) {
      safe.unicodeScalars.append(isSafe(scalar) ? scalar : "_")
    }
    if safe == original && !safe.isEmpty { return safe }
    return "\(safe)~\(digest(of: original))"
  }

  private static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "A"..."Z", "a"..."z", "0"..."9", "_", ".", "-", "+", ":", "@", "%", "<", ">", "^": true
    default: false
    }
  }

  /// Eight hexadecimal digits.
  public static func digest(of text: String) -> String { String(StableHash.hex(text).prefix(8)) }
}
