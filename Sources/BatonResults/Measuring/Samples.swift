import BatonModel

/// Samples of something measured.
enum Samples {
  /// Of one measurement so many are kept.
  static let limit = 10_000

  /// The middle one; of an even number the mean of the two in the middle. Nil when there are none.
  static func median(_ samples: [Double]) -> Double? {
    guard !samples.isEmpty else { return nil }
    let sorted = samples.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : sorted[middle - 1] / 2 + sorted[middle] / 2
  }
}
