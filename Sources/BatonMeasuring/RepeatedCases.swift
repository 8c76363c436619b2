import BatonCore
import BatonModel

/// Tells cases apart that have the same name in the results of one attempt.
///
/// - Where the runner says which file a case stands in, and cases of two files have one name, each has its file in its name:
///   `adds «cart.test.js»`. Alone, a name stays what it is, so that no history breaks; once two files are known to share it
///   (``FileMark``), it is marked in every attempt, whichever of the files is in it.
/// - Others are counted: titles that a table of values gives to all its rows, `go test -count=2`. The second `adds` is
///   `adds «2»`: what one says is not what the other says, and a pass makes no failure good that is not its own.
///
/// What a runner calls a repetition of the same case (``TestOutcome/failedBefore``) is one.
struct RepeatedCases {
  /// So many cases are told apart; what comes behind them keeps its name. Memory is bounded, whatever the results are.
  static let limit = 200_000

  private struct Seen {
    var count: Int32 = 0
    /// Of the file of the first; 0: none is known.
    var file: UInt32 = 0
  }

  private var cases: [UInt64: Seen] = [:]
  /// Names that several files share.
  private var shared: Set<UInt64>
  /// Those of them that were found out here: the cases of the first file have no mark yet.
  private(set) var unmarked: Set<UInt64> = []

  /// - Parameter shared: names that are known to be of several files (``FileMark``), by their hash.
  init(shared: Set<UInt64> = []) { self.shared = shared }

  /// A case of an attempt before this one, as it was kept.
  mutating func learn(_ outcome: TestOutcome) {
    guard let file = outcome.file, let plain = FileMark.unmarked(outcome.uncountedName, of: file) else { return }
    var bare = outcome
    bare.name = plain
    shared.insert(TestIdentity.hash(bare))
  }

  /// - Parameter hasFailed: whether the case with this identity failed before in these results.
  mutating func number(_ outcome: inout TestOutcome, hasFailed: (UInt64) -> Bool) {
    guard cases.count < Self.limit else { return }
    var identity = TestIdentity.hash(outcome)
    if let file = outcome.file, !file.isEmpty {
      let digest = UInt32(truncatingIfNeeded: StableHash.word(file)) | 1
      let first = cases[identity]?.file ?? 0
      if first != 0, first != digest, shared.insert(identity).inserted { unmarked.insert(identity) }
      if first == 0 { cases[identity, default: Seen()].file = digest }
      // Those of the first file keep their name until the end, so that they are the same all along.
      if shared.contains(identity), !unmarked.contains(identity) || first != digest {
        outcome.name = FileMark.marked(outcome.name, file)
        identity = TestIdentity.hash(outcome)
      }
    }
    if outcome.failedBefore > 0, hasFailed(identity) { return }
    let count = (cases[identity]?.count ?? 0) + 1
    cases[identity, default: Seen()].count = count
    if count > 1 { outcome.name = CaseCount.counted(outcome.name, count) }
  }

  /// Gives a kept case the mark that it lacks, since another file's case of its name came behind it.
  func mark(_ outcome: inout TestOutcome) {
    guard !unmarked.isEmpty, let file = outcome.file else { return }
    let name = outcome.uncountedName
    var bare = outcome
    bare.name = name
    guard unmarked.contains(TestIdentity.hash(bare)) else { return }
    outcome.name = FileMark.marked(name, file) + outcome.name.dropFirst(name.count)
  }
}
