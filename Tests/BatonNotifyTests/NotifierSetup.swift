import BatonModel
import BatonNotify
import BatonRuntime
import Glibc
import Testing

/// A mailbox that hands over what comes in, one by one.
final class TestMailbox: Mailbox, @unchecked Sendable {
  // Sound because `inputs` is touched under `monitor` alone.
  private let monitor = Monitor()
  private var inputs: [EngineInput] = []

  func post(_ input: EngineInput) {
    monitor.withLock {
      inputs.append(input)
      monitor.wakeAll()
    }
  }

  /// The next answer, with the key of the message that it belongs to.
  func next() -> (key: String, answer: NotificationAnswer) {
    monitor.withLock {
      while inputs.isEmpty { monitor.wait() }
      guard case .notified(let key, let answer) = inputs.removeFirst() else { return ("", .sent(attempts: -1)) }
      return (key, answer)
    }
  }

  var isEmpty: Bool { monitor.withLock { inputs.isEmpty } }
}

/// Waits that were asked for, none of which took place.
final class WaitLog: @unchecked Sendable {
  // Sound because `spans` is touched under `monitor` alone.
  private let monitor = Monitor()
  private var spans: [Span] = []

  func note(_ span: Span) { monitor.withLock { spans.append(span) } }
  var noted: [Span] { monitor.withLock { spans } }
}

/// A notifier that does not wait between attempts.
struct NotifierSetup {
  let mailbox = TestMailbox()
  let waits = WaitLog()
  let notifier: ChannelNotifier

  init(limit: Span = Span(seconds: 20), attempts: Int = 5, channels: [any Channel]? = nil) {
    let waits = waits
    notifier = ChannelNotifier(
      ChannelRegistry(channels ?? [WebhookChannel(limit: limit), CommandChannel(folder: "/", limit: limit)]),
      mailbox: mailbox, schedule: RetrySchedule(attempts: attempts), pause: { waits.note($0) })
  }

  /// Sends a message and waits for its answer.
  func send(
    _ channel: String, _ settings: [String: Value], text: String = "all is well", event: Value = ["kind": "run.failed"]
  )
    -> NotificationAnswer
  {
    notifier.send(NotifierSetup.message(channel, settings, text: text, event: event))
    return mailbox.next().answer
  }

  static func message(
    _ channel: String, _ settings: [String: Value], key: String = "run-1/team/3", name: String = "team",
    text: String = "all is well", event: Value = ["kind": "run.failed"]
  ) -> OutgoingMessage {
    OutgoingMessage(name: name, key: key, channel: channel, settings: settings, text: text, event: event)
  }
}
