/// What amounts of resources may be: beyond that, none is meant.
public enum ResourceLimits {
  /// Of any resource; up to here each whole number is exact (2⁵³).
  public static let amount = 9_007_199_254_740_992.0
  /// Of steps at once.
  public static let jobs = 100_000

  /// The most that there may be of a resource: `cpu` is steps at once.
  public static func most(_ resource: String) -> Double { resource == "cpu" ? Double(jobs) : amount }
}
