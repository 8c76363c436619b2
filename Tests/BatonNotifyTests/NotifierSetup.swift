import BatonCore
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
      ChannelRegistry(channels ?? NotifierSetup.standard(limit)),
      mailbox: mailbox, schedule: RetrySchedule(attempts: attempts), pause: { waits.note($0) })
  }

  /// When the tests take place: 2026-01-31, 12:00:00 UTC, a Saturday.
  static let noon = Instant(milliseconds: 1_769_860_800_000)

  private static func standard(_ limit: Span) -> [any Channel] {
    [
      CommandChannel(folder: "/", limit: limit), DiscordChannel(limit: limit),
      EmailChannel(limit: limit) { noon }, JiraChannel(limit: limit), PagerDutyChannel(limit: limit),
      SlackChannel(limit: limit), TeamsChannel(limit: limit), WebhookChannel(limit: limit) { noon },
    ]
  }

  /// A run of two failures, as the machine tells it.
  static let failure: Value = [
    "kind": "run.failed", "run": "r1", "workflow": "release", "status": "failed", "time": "2026-01-31T12:00:00.000Z",
    "failed": 2, "causes": ["00000000000000aa", "00000000000000bb"], "command": "baton resume r1",
    "failures": [
      ["step": "test", "reason": "exit code 1", "cause": "00000000000000aa", "attempt": 1],
      ["step": "lint", "reason": "<b> & `*x*` _y_ [z](u)", "cause": "00000000000000bb", "attempt": 2],
    ],
  ]

  static let recovery: Value = [
    "kind": "run.recovered", "run": "r2", "workflow": "release", "status": "succeeded",
    "time": "2026-01-31T13:00:00.000Z", "recovered": ["00000000000000aa"],
  ]

  /// Sends the standard message of an event and waits for its answer.
  func tell(_ channel: String, _ settings: [String: Value], _ event: Value = failure, title: String? = nil)
    -> NotificationAnswer
  {
    var message = NotifierSetup.message(channel, settings, text: Announcement(event).text, event: event)
    message.isStandard = true
    message.title = title
    notifier.send(message)
    return mailbox.next().answer
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
