/// Deals work out to parts of about the same size: longest first, onto the least loaded part (LPT).
///
/// The largest part is at most 4/3 − 1/(3n) times that of the best possible deal: R. L. Graham, "Bounds on Multiprocessing
/// Timing Anomalies", SIAM J. Appl. Math. 17 (1969).
public enum ShardSplit {
  /// - Parameters:
  ///   - weights: of each piece; what is negative or not finite counts as nothing.
  ///   - count: at least 1.
  /// - Returns: for each part the positions of its pieces, ascending. No part is empty unless there are fewer pieces than parts.
  ///   Equal input gives equal output.
  public static func parts(of weights: [Double], count: Int) -> [[Int]] {
    let count = max(1, count)
    let clean = weights.map { $0.isFinite && $0 > 0 ? $0 : 0 }
    let order = clean.indices.sorted { clean[$0] != clean[$1] ? clean[$0] > clean[$1] : $0 < $1 }
    var parts = [[Int]](repeating: [], count: count)
    var loads = [Double](repeating: 0, count: count)
    for piece in order {
      var best = 0
      for part in 1..<max(1, count) {
        // Of equally loaded parts the one with fewer pieces, so that pieces without weight are dealt out too.
        if loads[part] < loads[best] || (loads[part] == loads[best] && parts[part].count < parts[best].count) {
          best = part
        }
      }
      parts[best].append(piece)
      loads[best] += clean[piece]
    }
    return parts.map { $0.sorted() }
  }
}
