/// A pattern that cannot be understood.
public struct GlobError: Error, Sendable, Hashable {
  public var pattern: String
  /// What is wrong with it, without a full stop.
  public var reason: String
  /// How to mend it.
  public var cure: String?

  init(_ pattern: String, _ reason: String, cure: String? = nil) {
    self.pattern = pattern
    self.reason = reason
    self.cure = cure
  }

  /// One sentence, with the pattern and the cure.
  public var text: String {
    let head = pattern.isEmpty ? reason : "the pattern \"\(pattern)\" is malformed: \(reason)"
    return cure.map { "\(head); \($0)" } ?? head
  }
}
