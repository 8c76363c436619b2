import BatonModel

/// Folds the outcomes of one test case, in the order in which they came, into what is told of it.
///
/// Its state is small and of bounded size, so that a million outcomes need one row a case.
public struct CaseFold: Sendable, Hashable {
  /// How many outcomes are looked at for flips, and how many passes for durations.
  public static let window = 50
  static let durationWindow = 32
  /// Commits, and steps, that are remembered.
  static let memory = 8

  /// Of the newest executed outcomes, newest last: `p`, `f`, and `P`, `F` where it differs from the one before in its step.
  public private(set) var recent: [UInt8] = []
  /// In microseconds, newest last.
  public private(set) var durations: [Int64] = []
  /// Step → its last executed outcome.
  private var lastOfStep: [(step: UInt64, passed: Bool)] = []
  /// What was seen with which code: step and commit, or step and run → passed, failed, proof counted.
  private var seen: [(code: UInt64, bits: UInt8)] = []
  public private(set) var passed = 0
  public private(set) var failed = 0
  public private(set) var skipped = 0
  public private(set) var proofs = 0

  public init() {}

  public static func == (left: CaseFold, right: CaseFold) -> Bool { left.text == right.text }
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }

  public var flips: Int { recent.count { $0 == UInt8(ascii: "P") || $0 == UInt8(ascii: "F") } }

  /// `p` and `f`, for people and reports.
  public var recentText: String { String(decoding: recent.map { $0 | 0x20 }, as: UTF8.self) }

  public var median: Span? { quantile(0.5) }
  public var p95: Span? { quantile(0.95) }

  /// Nearest rank: the smallest duration that at least this part of them does not exceed.
  private func quantile(_ part: Double) -> Span? {
    guard !durations.isEmpty else { return nil }
    let sorted = durations.sorted()
    let rank = Int((part * Double(sorted.count)).rounded(.up))
    return Span(nanoseconds: sorted[min(max(rank, 1), sorted.count) - 1] &* 1000)
  }

  /// - Parameter code: nil or dirty: another outcome at the same commit proves nothing.
  public mutating func add(
    _ status: TestStatus, duration: Span?, failedBefore: Int, run: String, step: String, code: CodeState?
  ) {
    if failedBefore > 0, status == .passed {
      for _ in 0..<min(failedBefore, Self.memory) { executed(false, run, step, code) }
      failed += failedBefore
    }
    switch status {
    case .skipped:
      skipped += 1
      return
    case .passed:
      passed += 1
      if let duration, duration.nanoseconds >= 0 {
        durations.append(duration.nanoseconds / 1000)
        if durations.count > Self.durationWindow { durations.removeFirst() }
      }
    case .failed, .errored: failed += 1
    }
    executed(status == .passed, run, step, code)
  }

  private mutating func executed(_ hasPassed: Bool, _ run: String, _ step: String, _ code: CodeState?) {
    let stepHash = StableHash.word(step)
    var flipped = false
    if let index = lastOfStep.firstIndex(where: { $0.step == stepHash }) {
      flipped = lastOfStep[index].passed != hasPassed
      lastOfStep.remove(at: index)
    }
    lastOfStep.append((stepHash, hasPassed))
    if lastOfStep.count > Self.memory { lastOfStep.removeFirst() }
    let letter: UInt8 = hasPassed ? UInt8(ascii: "p") : UInt8(ascii: "f")
    recent.append(flipped ? letter & 0xDF : letter)
    if recent.count > Self.window { recent.removeFirst() }
    // One proof a run is enough, and one a commit.
    var isProof = note(StableHash.word("run", run, step), hasPassed)
    if let code, code.isDirty == false, note(StableHash.word("commit", code.commit, step), hasPassed) { isProof = true }
    if isProof { proofs += 1 }
  }

  /// Whether this is the first time that both outcomes are known of this code.
  private mutating func note(_ code: UInt64, _ hasPassed: Bool) -> Bool {
    var bits: UInt8 = 0
    if let index = seen.firstIndex(where: { $0.code == code }) { bits = seen.remove(at: index).bits }
    let now = bits | (hasPassed ? 1 : 2)
    seen.append((code, now))
    if seen.count > 2 * Self.memory { seen.removeFirst() }
    return now == 3 && bits != 3
  }

  // MARK: Stored form

  /// `passed failed skipped proofs recent durations steps seen`, apart by spaces; an empty list is `-`.
  public var text: String {
    func list(_ items: [String]) -> String { items.isEmpty ? "-" : items.joined(separator: ",") }
    return [
      "\(passed)", "\(failed)", "\(skipped)", "\(proofs)",
      recent.isEmpty ? "-" : String(decoding: recent, as: UTF8.self), list(durations.map { String($0) }),
      list(lastOfStep.map { "\(String($0.step, radix: 36)):\($0.passed ? 1 : 0)" }),
      list(seen.map { "\(String($0.code, radix: 36)):\($0.bits)" }),
    ].joined(separator: " ")
  }

  /// nil where the text is none of ``text``.
  public init?(_ text: String) {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 8, let passed = Int(parts[0]), let failed = Int(parts[1]), let skipped = Int(parts[2]),
      let proofs = Int(parts[3])
    else { return nil }
    (self.passed, self.failed, self.skipped, self.proofs) = (passed, failed, skipped, proofs)
    func list(_ part: Substring) -> [Substring] { part == "-" ? [] : part.split(separator: ",") }
    recent = parts[4] == "-" ? [] : Array(parts[4].utf8)
    durations = list(parts[5]).compactMap { Int64($0) }
    func pairs(_ part: Substring) -> [(UInt64, UInt8)] {
      list(part).compactMap { pair in
        let sides = pair.split(separator: ":")
        guard sides.count == 2, let word = UInt64(sides[0], radix: 36), let bits = UInt8(sides[1]) else { return nil }
        return (word, bits)
      }
    }
    lastOfStep = pairs(parts[6]).map { ($0.0, $0.1 == 1) }
    seen = pairs(parts[7]).map { ($0.0, $0.1) }
  }
}
