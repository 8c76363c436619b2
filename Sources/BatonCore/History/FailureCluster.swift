import BatonModel

/// Failures of one cause.
public struct FailureCluster: Sendable, Hashable {
  public var key: Int64
  /// The message that they have in common, masked.
  public var message: String
  /// How many failures.
  public var count: Int
  /// The cases, each once, as people know them; one that fails in several cells of a matrix with their number. At most
  /// ``shownCases``.
  public var cases: [String]
  /// How many cases there are, each counted once over the cells of a matrix.
  public var caseCount: Int
  /// In how many cells of a matrix; 0: none of its steps is one.
  public var cells: Int
  /// A failure of it in full.
  public var example: String?
  /// Where it was first seen, and what has happened since; nil where history is not known.
  public var history: ClusterHistory?

  public static let shownCases = 10

  public init(
    key: Int64, message: String, count: Int, cases: [String] = [], caseCount: Int = 0, cells: Int = 0,
    example: String? = nil, history: ClusterHistory? = nil
  ) {
    self.key = key
    self.message = message
    self.count = count
    self.cases = cases
    self.caseCount = caseCount
    self.cells = cells
    self.example = example
    self.history = history
  }
}
