/// Does pieces of work beside the thread that hands them over, one after the other.
public protocol BackgroundWork: Sendable {
  /// False, and nothing is done, when there is nobody to do it.
  func submit(_ work: @escaping @Sendable () -> Void) -> Bool
  /// Returns when all that was submitted is done.
  func finish()
}
