import BatonModel

/// What is recorded of the files that the tests of one step touch.
public struct TestTraces: Sendable {
  public struct Test: Sendable, Hashable {
    /// Absolute.
    public var files: Set<String>
    /// Of the run that recorded it; nil: it is not known what the code was then.
    public var commit: String?

    public init(files: Set<String>, commit: String?) {
      self.files = files
      self.commit = commit
    }
  }

  /// Which of a file's lines concern more than the tests that execute them.
  public struct Loading: Sendable, Hashable {
    /// What ran while the file was loaded.
    public var lines: [ClosedRange<Int>]
    /// Its functions, where their lines are told; nil: what is loaded tells.
    public var functions: [ClosedRange<Int>]?
    public var commit: String?

    public init(lines: [ClosedRange<Int>], functions: [ClosedRange<Int>]? = nil, commit: String?) {
      self.lines = lines
      self.functions = functions
      self.commit = commit
    }
  }

  /// As the runner names it → what it touched.
  public var tests: [String: Test] = [:]
  /// File → what of it concerns more than some tests.
  public var loading: [String: Loading] = [:]

  public init(tests: [String: Test] = [:], loading: [String: Loading] = [:]) {
    self.tests = tests
    self.loading = loading
  }
}

/// Which tests of a list a change can affect, as far as their recorded coverage tells. Whatever no record knows selects all.
public struct TestImpact: Sendable, Hashable {
  /// In the order of the list.
  public private(set) var selected: [String] = []
  public private(set) var leftOut: [String] = []
  /// Why all are selected; nil: they are not, or each for its own reason.
  public private(set) var everything: String?

  /// - Parameters:
  ///   - changed: the files that differ from the revision that the run names, absolute.
  ///   - differences: how files differ from a commit, by their absolute paths; nil: git does not know that commit.
  ///   - concerns: whether a file, by its absolute path, is among the inputs that the step declares.
  ///   - shown: a path as people know it.
  public init(
    _ names: [String], traces: TestTraces, changed: [String], differences: (String) -> [String: FileDifference]?,
    concerns: (String) -> Bool, shown: (String) -> String
  ) {
    let traced = names.compactMap { traces.tests[$0] }
    let commits = Set(traced.compactMap(\.commit)).union(traces.loading.values.compactMap(\.commit))
    var byCommit: [String: [String: FileDifference]] = [:]
    for commit in commits { byCommit[commit] = differences(commit) }
    let named = Set(changed)
    // What changed since the revision, and what changed since the tests were recorded, which the records know nothing of.
    let files = named.union(byCommit.values.flatMap(\.keys)).sorted().filter(concerns)
    var affected: Set<String> = []
    if traced.isEmpty {
      everything = "no run of a clean working tree has recorded which files its tests touch"
    } else if let lost = commits.sorted().first(where: { byCommit[$0] == nil }) {
      everything = "git does not know commit \(lost.prefix(8)) any more, at which its tests were recorded"
    } else {
      everything = Self.reasonForAll(names, traces, files, byCommit, shown, &affected)
    }
    guard everything == nil else {
      selected = names
      return
    }
    let concerned = Set(files)
    for name in names {
      var isSelected = affected.contains(name)
      if let trace = traces.tests[name], let commit = trace.commit {
        let since = byCommit[commit] ?? [:]
        isSelected =
          isSelected || trace.files.contains { concerned.contains($0) && (named.contains($0) || since[$0] != nil) }
      } else {
        // Never seen, or recorded of code that nobody knows.
        isSelected = true
      }
      if isSelected { selected.append(name) } else { leftOut.append(name) }
    }
  }

  /// Why a change of some of these files may concern any test; the tests whose own files are among them are told apart.
  private static func reasonForAll(
    _ names: [String], _ traces: TestTraces, _ files: [String], _ byCommit: [String: [String: FileDifference]],
    _ shown: (String) -> String, _ affected: inout Set<String>
  ) -> String? {
    for changed in files {
      let own = names.filter { file(of: $0).map { changed.hasSuffix("/\($0)") } ?? false }
      affected.formUnion(own)
      if !own.isEmpty { continue }
      guard let loading = traces.loading[changed] else {
        return "\(shown(changed)) changed, of which no record knows whom it concerns"
      }
      guard let commit = loading.commit, let told = byCommit[commit] else {
        return "\(shown(changed)) changed, and it is not known what it was when its tests were recorded"
      }
      guard let difference = told[changed] else { continue }
      if let functions = loading.functions {
        if difference.mayConcernAll(functions: functions) {
          return "\(shown(changed)) changed outside of its functions, which may concern any test"
        }
      } else if difference.mayConcernAll(loading: loading.lines) {
        return "\(shown(changed)) changed where it is loaded, which may concern any test"
      }
    }
    return nil
  }

  /// `tests/test_sum.py::test_add` → `tests/test_sum.py`; nil: the name does not tell its file.
  private static func file(of test: String) -> Substring? {
    var index = test.startIndex
    while index < test.endIndex {
      if test[index...].hasPrefix("::") { return index == test.startIndex ? nil : test[..<index] }
      index = test.index(after: index)
    }
    return nil
  }
}
