import BatonModel

/// Where a cause of failures was first seen, what has happened since, and what came with it.
public struct ClusterHistory: Sendable, Hashable {
  public var key: Int64
  public var firstRun: String
  public var firstSeen: Instant
  /// What the code was in that run.
  public var first: CodeState?
  /// The last run before it, of the same workflow and branch, in which one of these cases passed, or, where there is none, in which
  /// any test did; nil: there is no such run.
  public var goodRun: String?
  public var good: CodeState?
  /// Runs in which it was seen, the first one among them.
  public var runs: Int
  /// Runs of the workflow since then, the first one among them.
  public var runsSince: Int
  /// What git knows of the commits in between; nil: nobody asked.
  public var log: CommitLog?

  public init(
    key: Int64, firstRun: String, firstSeen: Instant, first: CodeState? = nil, goodRun: String? = nil,
    good: CodeState? = nil, runs: Int, runsSince: Int? = nil
  ) {
    self.key = key
    self.firstRun = firstRun
    self.firstSeen = firstSeen
    self.first = first
    self.goodRun = goodRun
    self.good = good
    self.runs = runs
    self.runsSince = runsSince ?? runs
  }

  /// The two commits that git is asked about; nil where they are not both known, or the same.
  public var commits: (good: String, bad: String)? {
    guard let good = good?.commit, let bad = first?.commit, good != bad else { return nil }
    return (good, bad)
  }

  /// `1a2b3c4d5e..5d6e7f8a9b`, or the commit alone; nil where none is known.
  public var range: String? {
    guard let first else { return nil }
    guard let commits else { return Self.short(first.commit) }
    return "\(Self.short(commits.good))..\(Self.short(commits.bad))"
  }

  /// What came with it, in a line: `1a2b3c4..5d6e7f8, 2 commits by Ada, Grace`; what is not known is said to be unknown, and why.
  public var change: String {
    guard let first else { return "unknown: the commit of run \(firstRun) was not recorded" }
    guard let goodRun else { return "unknown: no run before \(firstRun) passed here; it ran \(Self.text(first))" }
    guard let good else { return "unknown: the commit of run \(goodRun), the last good one, was not recorded" }
    guard let range, commits != nil else {
      return first.isDirty == true || good.isDirty == true
        ? "edits that were not committed, on top of \(Self.short(first.commit))"
        : "no commit: run \(goodRun), the last good one, had \(Self.short(first.commit)) too"
    }
    var text = range
    if let log { text += ", \(log.text)" }
    if first.isDirty == true { text += ", and edits that were not committed" }
    return text
  }

  private static func short(_ commit: String) -> String { String(commit.prefix(10)) }
  private static func text(_ code: CodeState) -> String {
    short(code.commit) + (code.isDirty == true ? " with edits" : "")
  }
}

/// Commits between two others.
public struct CommitLog: Sendable, Hashable {
  public struct Commit: Sendable, Hashable {
    /// Abbreviated.
    public var id: String
    public var author: String
    public var subject: String

    public init(id: String, author: String, subject: String) {
      self.id = id
      self.author = author
      self.subject = subject
    }

    /// `3f2a91c Round as banks do (Ada)`.
    public var text: String { "\(id) \(subject) (\(author))" }
  }

  public static let shown = 10

  /// The newest ``shown``, the newest first.
  public var commits: [Commit]
  public var count: Int
  /// Each once, who has the newest commit first.
  public var authors: [String]
  /// Why it is not known.
  public var problem: String?

  public init(_ all: [Commit]) {
    commits = Array(all.prefix(Self.shown))
    count = all.count
    var seen: Set<String> = []
    authors = all.map(\.author).filter { seen.insert($0).inserted }
  }

  public init(problem: String) {
    self.init([])
    self.problem = problem
  }

  /// `2 commits by Ada, Grace`.
  public var text: String {
    if let problem { return "the commits in between are unknown: \(problem)" }
    guard count > 0 else { return "which brought no commit: an older one was run" }
    let names = authors.prefix(3).joined(separator: ", ")
    return "\(count) commit\(count == 1 ? "" : "s") by \(names)"
      + (authors.count > 3 ? " and \(authors.count - 3) more" : "")
  }
}
