import BatonCore
import BatonModel

/// A request of `ctx:http`: what the process that makes it is told, as JSON on its standard input.
///
/// A process of its own, so that a request is timed, ended, tried again and found after a crash as any other step is. What the
/// server answers becomes the step's values: `status`, `headers`, `text`.
public enum WebRequest {
  /// The word by which the program makes a request.
  public static let command = "request"
  /// What tells the server that it is the same request again.
  public static let variable = "BATON_REQUEST_KEY"

  /// Whether an answer says that the same may go well later: then it is a failure, which is tried again.
  public static func isPassing(status: Int) -> Bool { [408, 425, 429].contains(status) || status >= 500 }

  /// The process says why it failed in its last line.
  static func outcome(_ outcome: Outcome, tail: String) -> Outcome {
    guard case .exited = outcome else { return outcome }
    let last = tail.split(whereSeparator: \.isNewline).last.map(String.init)
    return .failed(last ?? outcome.text)
  }
}
