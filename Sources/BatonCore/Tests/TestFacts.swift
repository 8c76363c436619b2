import BatonModel

/// What earlier runs and the repository tell, for putting tests in order.
public struct TestFacts: Sendable {
  /// One for each case that is known.
  public var records: [TestRecord]
  /// nil: not known.
  public var changes: ChangedFiles?
  /// The step or group that the tests are for: what it told itself counts more than what others told of tests of the same name.
  public var near: String?

  public init(records: [TestRecord] = [], changes: ChangedFiles? = nil, near: String? = nil) {
    self.records = records
    self.changes = changes
    self.near = near
  }
}

/// What earlier runs tell of one case.
public struct TestRecord: Sendable, Hashable {
  public var identity: TestIdentity
  /// Median of the newest passes; nil: no pass told how long it took.
  public var duration: Span?
  /// The newest outcomes that were executed, the newest last: `p` passed, `f` failed.
  public var recent: String
  /// The step that ran it last.
  public var step: String
  /// As its last report had them.
  public var tags: [String]

  public init(
    identity: TestIdentity, duration: Span? = nil, recent: String = "", step: String = "", tags: [String] = []
  ) {
    self.identity = identity
    self.duration = duration
    self.recent = recent
    self.step = step
    self.tags = tags
  }
}

/// Files that differ from a revision.
public struct ChangedFiles: Sendable, Hashable {
  /// The revision as it was named, or the beginning of a commit.
  public var since: String
  /// Of the revision, full.
  public var commit: String
  /// The root of the working tree, absolute.
  public var top: String
  /// Relative to it, sorted.
  public var files: [String]

  public init(since: String, commit: String = "", top: String = "", files: [String]) {
    self.since = since
    self.commit = commit
    self.top = top
    self.files = files.sorted()
  }
}
