import BatonModel

/// What makes a test case the same one over runs: suite, class, name and parameters, and the cell of the matrix that its step is.
public struct TestIdentity: Sendable, Hashable {
  public var suite: String
  public var className: String
  public var name: String
  public var parameters: String
  /// `browser=chrome,os=linux`: the axes of all matrices around the step, without those of shards; empty: no matrix.
  public var cell: String

  public init(suite: String = "", className: String = "", name: String, parameters: String = "", cell: String = "") {
    self.suite = suite
    self.className = className
    self.name = name
    self.parameters = parameters
    self.cell = cell
  }

  public init(_ outcome: TestOutcome, step: String) {
    self.init(
      suite: outcome.suite, className: outcome.className, name: outcome.name, parameters: outcome.parameters,
      cell: Self.cell(of: step))
  }

  /// The same in every process; of two different cases, as good as never the same.
  public var key: Int64 { Int64(bitPattern: StableHash.word(suite, className, name, parameters, cell)) }

  /// As people know it: `math.Sums.adds[1-2] (browser=chrome)`.
  public var text: String {
    var text = [className.isEmpty ? suite : className, name].filter { !$0.isEmpty }.joined(separator: ".")
    if !parameters.isEmpty { text += "[\(parameters)]" }
    if !cell.isEmpty { text += " (\(cell))" }
    return text
  }

  /// The axes in the name of a step: of `e2e[browser=chrome,shard=2]/t[os=mac]`, `browser=chrome,os=mac`.
  public static func cell(of step: String) -> String {
    var axes: [Substring] = []
    var rest = step[...]
    while let open = rest.firstIndex(of: "[") {
      let inner = rest[rest.index(after: open)...]
      guard let close = inner.firstIndex(of: "]") else { break }
      axes += inner[..<close].split(separator: ",").filter { !isShard($0) }
      rest = inner[inner.index(after: close)...]
    }
    return axes.joined(separator: ",")
  }

  /// The name of a step without the axes that say in which part of a list it is: of `unit[os=mac,shard=1of4]`,
  /// `unit[os=mac]`; of `unit[shard=1of4]`, `unit`.
  public static func withoutShards(_ step: String) -> String {
    var name = ""
    var rest = step[...]
    while let open = rest.firstIndex(of: "[") {
      let inner = rest[rest.index(after: open)...]
      guard let close = inner.firstIndex(of: "]") else { break }
      let axes = inner[..<close].split(separator: ",").filter { !isShard($0) }
      name += rest[..<open] + (axes.isEmpty ? "" : "[\(axes.joined(separator: ","))]")
      rest = inner[inner.index(after: close)...]
    }
    return name + rest
  }

  /// Whether an axis says in which part of a list a test was run, which the next run may deal out anew: `shard=2`, `part=2of4`.
  private static func isShard(_ axis: Substring) -> Bool {
    if axis.hasPrefix("shard=") { return true }
    let numbers = (axis.split(separator: "=", maxSplits: 1).last ?? "").components(around: "of")
    return numbers?.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } } ?? false
  }

  /// Of suite, class, name and parameters: the same in every process.
  public static func hash(_ outcome: TestOutcome) -> UInt64 {
    StableHash.word(outcome.suite, outcome.className, outcome.name, outcome.parameters)
  }

  /// As people know it, without a cell.
  public static func name(_ outcome: TestOutcome) -> String { TestIdentity(outcome, step: "").text }
}

extension Substring {
  /// What stands before and behind the first occurrence of some letters; nil: there is none.
  fileprivate func components(around letters: String) -> [Substring]? {
    var start = startIndex
    while start < endIndex {
      let rest = self[start...]
      if rest.hasPrefix(letters) { return [self[..<start], rest.dropFirst(letters.count)] }
      start = index(after: start)
    }
    return nil
  }
}
