import Glibc

/// Named moments at which the program can be made to die, so that tests prove that nothing is lost when it does.
///
/// `BATON_FAULT="executor.spawned:3"` kills the process (SIGKILL, so that nothing can be tidied up) when the point of that
/// name is reached for the third time; without a number, the first time. Costs one comparison when it is not set.
public enum FaultPoint {
  private struct Armed: Sendable {
    var name: String
    var count: Int
  }

  private static let armed: Armed? = getenv("BATON_FAULT").flatMap { parse(String(cString: $0)) }
  nonisolated(unsafe) private static var reached = 0
  nonisolated(unsafe) private static var lock = pthread_mutex_t()

  /// Whether any of them kills.
  public static var isArmed: Bool { armed != nil }

  /// Marks a moment; the name is `area.moment`.
  @inline(__always)
  public static func reach(_ name: StaticString) {
    if armed != nil { die(at: name) }
  }

  @inline(never)
  private static func die(at name: StaticString) {
    guard let armed, name.withUTF8Buffer({ $0.elementsEqual(armed.name.utf8) }) else { return }
    pthread_mutex_lock(&lock)
    reached += 1
    if reached == armed.count { kill(getpid(), SIGKILL) }
    pthread_mutex_unlock(&lock)
  }

  private static func parse(_ text: String) -> Armed? {
    let parts = text.split(separator: ":", maxSplits: 1)
    guard let name = parts.first else { return nil }
    return Armed(name: String(name), count: parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
  }
}
