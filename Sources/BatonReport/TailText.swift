/// The end of an attempt's output, made fit to be shown.
public enum TailText {
  /// Its lines, harmless for a terminal, without empty ones at the beginning and the end; the last `limit` of them.
  public static func lines(_ tail: String, limit: Int = .max) -> [String] {
    var lines = tail.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map { String($0).harmless }
    while lines.last?.isEmpty == true { lines.removeLast() }
    let rest = lines.drop { $0.isEmpty }
    return Array(rest.suffix(limit))
  }
}
