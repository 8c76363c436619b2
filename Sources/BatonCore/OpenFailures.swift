/// What earlier runs of a workflow failed of, and who was told, since one last succeeded.
public struct OpenFailures: Sendable, Hashable {
  /// Why they failed, and what people were told that something failed of (``FailureCause``).
  public var causes: Set<String>
  /// Whether one of them failed or halted.
  public var hasFailed: Bool
  /// The notifications that told of a cause.
  public var tellers: Set<String>

  public init(causes: Set<String> = [], hasFailed: Bool = false, tellers: Set<String> = []) {
    self.causes = causes
    self.hasFailed = hasFailed
    self.tellers = tellers
  }

  /// - Parameter run: of a run that did not succeed.
  public mutating func add(_ run: RunFacts) {
    causes.formUnion(run.openCauses)
    tellers.formUnion(run.tellers)
    hasFailed = hasFailed || run.hasFailed
  }
}
