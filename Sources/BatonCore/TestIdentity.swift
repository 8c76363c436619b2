import BatonModel

/// What makes a test case the same one over runs: suite, class, name and parameters, and the cell of the matrix that its step is.
public struct TestIdentity: Sendable, Hashable {
  public var suite: String
  public var className: String
  public var name: String
  public var parameters: String
  /// `browser=chrome,os=linux`: the axes of all matrices around the step, without those called `shard`; empty: no matrix.
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
      axes += inner[..<close].split(separator: ",").filter { !$0.hasPrefix("shard=") }
      rest = inner[inner.index(after: close)...]
    }
    return axes.joined(separator: ",")
  }

  /// Of suite, class, name and parameters: the same in every process.
  public static func hash(_ outcome: TestOutcome) -> UInt64 {
    StableHash.word(outcome.suite, outcome.className, outcome.name, outcome.parameters)
  }

  /// As people know it, without a cell.
  public static func name(_ outcome: TestOutcome) -> String { TestIdentity(outcome, step: "").text }
}
