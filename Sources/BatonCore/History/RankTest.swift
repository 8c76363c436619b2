import Glibc

/// The Mann-Whitney U test: whether one sample is shifted against another, without assuming how values are spread.
///
/// U = R1 − n1(n1 + 1)/2, where R1 is the sum of the first sample's ranks in both together and ties share their mean rank. The
/// probability is two-sided: exact up to ``exactLimit`` values without ties (by counting the arrangements, Mann and Whitney
/// 1947), else by the normal approximation with continuity correction and the variance corrected for ties.
public struct RankTest: Sendable, Hashable {
  public static let exactLimit = 40

  public var u: Double
  /// Of a shift at least this large by chance, in 0…1.
  public var p: Double

  /// nil where a sample is empty or a value is not a number.
  public init?(_ first: [Double], _ second: [Double]) {
    guard !first.isEmpty, !second.isEmpty, !(first + second).contains(where: \.isNaN) else { return nil }
    let (n1, n2) = (first.count, second.count)
    let all = first.map { ($0, true) } + second.map { ($0, false) }
    let sorted = all.sorted { $0.0 < $1.0 }
    var rankSum = 0.0
    var tieTerm = 0.0
    var position = 0
    while position < sorted.count {
      var end = position
      while end < sorted.count, sorted[end].0 == sorted[position].0 { end += 1 }
      let size = Double(end - position)
      let rank = (Double(position + 1) + Double(end)) / 2
      rankSum += rank * Double(sorted[position..<end].count { $0.1 })
      tieTerm += size * size * size - size
      position = end
    }
    u = rankSum - Double(n1 * (n1 + 1)) / 2
    if tieTerm == 0, n1 + n2 <= Self.exactLimit {
      p = Self.exact(n1, n2, min(u, Double(n1 * n2) - u))
    } else {
      let (a, b) = (Double(n1), Double(n2))
      let n = a + b
      let variance = a * b / 12 * (n + 1 - tieTerm / (n * (n - 1)))
      guard n > 1, variance > 0 else {
        p = 1
        return
      }
      let z = max(0, abs(u - a * b / 2) - 0.5) / variance.squareRoot()
      p = min(1, erfc(z / 2.0.squareRoot()))
    }
  }

  /// Of all arrangements, the part whose U is at most this, doubled.
  private static func exact(_ n1: Int, _ n2: Int, _ u: Double) -> Double {
    // counts[i][k]: arrangements of i of the first sample among those of both so far, with U = k.
    let largest = n1 * n2
    var counts = [[Double]](repeating: [Double](repeating: 0, count: largest + 1), count: n1 + 1)
    counts[0][0] = 1
    for total in 1...(n1 + n2) {
      for i in stride(from: min(total, n1), through: 1, by: -1) {
        let before = total - i
        guard before <= n2 else { continue }
        for k in stride(from: largest, through: before, by: -1) { counts[i][k] += counts[i - 1][k - before] }
      }
    }
    let all = counts[n1].reduce(0, +)
    guard all > 0 else { return 1 }
    let tail = counts[n1][0...max(0, min(largest, Int(u.rounded(.down))))].reduce(0, +)
    return min(1, 2 * tail / all)
  }

  /// The middle of the values; of an even number, the mean of the two.
  public static func median(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }
}
