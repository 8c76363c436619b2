import BatonCore
import BatonModel

/// Tells cases apart that have the same name in the results of one attempt: titles that a table of values gives to all its
/// rows, `go test -count=2`, the same suite in two files. The second `adds` is `adds «2»`: what one says is not what the
/// other says, and a pass makes no failure good that is not its own.
///
/// What a runner calls a repetition of the same case (``TestOutcome/failedBefore``) is one.
struct RepeatedCases {
  /// So many cases are told apart; what comes behind them keeps its name. Memory is bounded, whatever the results are.
  static let limit = 200_000

  /// Identity → how often it came.
  private var counts: [UInt64: Int32] = [:]

  /// - Parameter hasFailed: whether the case with this identity failed before in these results.
  mutating func number(_ outcome: inout TestOutcome, hasFailed: (UInt64) -> Bool) {
    guard counts.count < Self.limit else { return }
    let identity = TestIdentity.hash(outcome)
    if outcome.failedBefore > 0, hasFailed(identity) { return }
    let count = counts[identity, default: 0] + 1
    counts[identity] = count
    if count > 1 { outcome.name += " «\(count)»" }
  }

  /// The name as the runner knows it.
  static func plain(_ name: String) -> String {
    guard name.hasSuffix("»"), let mark = name.lastIndex(of: "«"), mark > name.startIndex else { return name }
    let number = name[name.index(after: mark)...].dropLast()
    let space = name.index(before: mark)
    guard name[space] == " ", !number.isEmpty, number.utf8.allSatisfy({ (48...57).contains($0) }) else { return name }
    return String(name[..<space])
  }
}
