/// What a command ends with when it cannot do its work: a code that decides the exit status, a sentence, a cure.
public struct BatonError: Error, Sendable, Hashable {
  /// The kind of failure, and with it the exit status (CLI.md).
  public enum Code: Int32, Sendable {
    /// The command line, the script, the configuration or the input is wrong; nothing ran.
    case usage = 2
    /// Another process drives this run.
    case busy = 6
    /// Baton itself, the disk or the database failed; the run is resumable.
    case failure = 70
  }

  public var code: Code
  /// What is wrong, in a sentence without a full stop.
  public var message: String
  public var place: SourcePlace?
  /// How to mend it.
  public var cure: String?

  public init(_ code: Code, _ message: String, at place: SourcePlace? = nil, cure: String? = nil) {
    self.code = code
    self.message = message
    self.place = place
    self.cure = cure
  }

  public var text: String { Diagnostic(message, at: place, cure: cure).text }
}
