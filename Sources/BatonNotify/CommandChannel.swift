import BatonModel
import BatonRuntime
import Glibc

/// `command { run = … }`: a program for each message.
///
/// `run` is a string for `/bin/sh -c` or a list of a program and its arguments. The event stands on standard input as
/// JSON, and `BATON_NOTIFY_TEXT` (cut to 32,000 bytes), `BATON_NOTIFY_KEY`, `BATON_NOTIFY_NAME` and `BATON_NOTIFY_KIND` are set.
/// Code 0 is success; 126 and 127 (no such program, or none that may be run) are final.
public struct CommandChannel: Channel {
  public let kind = "command"

  private let folder: String
  private let limit: Span
  private let grace: Span
  private static let longestText = 32_000

  /// - Parameters:
  ///   - folder: where commands run.
  ///   - limit: for one attempt; then the command and what it started are ended.
  ///   - grace: between the polite signal and the kill.
  public init(folder: String, limit: Span = Span(seconds: 60), grace: Span = Span(seconds: 2)) {
    self.folder = folder
    self.limit = limit
    self.grace = grace
  }

  public func deliver(
    _ message: OutgoingMessage, attempt: Int, until abandonment: Abandonment
  ) throws(DeliveryFailure) {
    let arguments: [String]
    switch message.settings["run"] {
    case .string(let text)?: arguments = ["/bin/sh", "-c", text]
    case .list(let items)? where !items.isEmpty: arguments = items.map(\.text)
    default: throw DeliveryFailure("run of command names no program", isFinal: true)
    }
    guard arguments.allSatisfy({ !$0.utf8.contains(0) }) else {
      throw DeliveryFailure("run of command has a NUL byte in it", isFinal: true)
    }
    let command = ObservedCommand(
      arguments: arguments, folder: folder, standardInput: JSON.encode(message.event) + "\n",
      environment: [
        ("BATON_NOTIFY_TEXT", CommandChannel.cut(message.text)), ("BATON_NOTIFY_KEY", message.key),
        ("BATON_NOTIFY_NAME", message.name), ("BATON_NOTIFY_KIND", message.event["kind"]?.string ?? ""),
      ])
    let result = command.run(limit: limit, grace: grace, until: abandonment)
    let words = String(decoding: result.tail, as: UTF8.self).split(whereSeparator: \.isNewline).suffix(3)
      .joined(separator: " | ")
    let told = String(words.suffix(400))
    switch result.end {
    case .exited(0): return
    case .exited(let code):
      throw DeliveryFailure("the command ended with code \(code)", quoting: told, isFinal: code == 126 || code == 127)
    case .killed: throw DeliveryFailure("the command was killed", quoting: told)
    case .overdue: throw DeliveryFailure("the command did not end within \(limit.text)", quoting: told)
    case .abandoned: throw DeliveryFailure("the command had not ended when Baton ended")
    case .unstartable(let reason): throw DeliveryFailure("the command cannot be started: \(reason)")
    }
  }

  /// The text as far as an environment variable can hold it, without half a character at the end.
  private static func cut(_ text: String) -> String {
    let plain = text.utf8.contains(0) ? String(text.unicodeScalars.filter { $0.value != 0 }.map(Character.init)) : text
    guard plain.utf8.count > longestText else { return plain }
    var end = plain.utf8.index(plain.startIndex, offsetBy: longestText)
    while end.samePosition(in: plain.unicodeScalars) == nil { end = plain.utf8.index(before: end) }
    return String(plain[..<end])
  }
}
