import BatonModel
import BatonRuntime
import Testing

@testable import BatonNotify

/// A channel that does what a test tells it to.
private struct ScriptedChannel: Channel {
  let kind = "scripted"
  let rules = ChannelKind("scripted", [ChannelSetting("url", .string), ChannelSetting("run", .string)], needs: [])
  let act: @Sendable (OutgoingMessage, Int, Abandonment) throws(DeliveryFailure) -> Void

  func deliver(_ message: OutgoingMessage, attempt: Int, until abandonment: Abandonment) throws(DeliveryFailure) {
    try act(message, attempt, abandonment)
  }
}

/// What happened, in order.
private final class Log: @unchecked Sendable {
  // Sound because `lines` is touched under `monitor` alone.
  private let monitor = Monitor()
  private var lines: [String] = []

  func add(_ line: String) {
    monitor.withLock {
      lines.append(line)
      monitor.wakeAll()
    }
  }

  var all: [String] { monitor.withLock { lines } }
  func wait(for line: String) { monitor.withLock { while !lines.contains(line) { monitor.wait() } } }
}

@Suite struct NotifierTests {
  private func setup(_ act: @escaping @Sendable (OutgoingMessage, Int, Abandonment) throws(DeliveryFailure) -> Void)
    -> NotifierSetup
  {
    NotifierSetup(channels: [ScriptedChannel(act: act)])
  }

  @Test func `an address is shown without what it hides, also where it is none`() {
    #expect(WebExchange.shown("https://user:word@host:8080/token?key=1") == "https://host:8080")
    #expect(WebExchange.shown("http://user:a word/more@host/x") == "http://***@host/x")
    #expect(WebExchange.shown("no address") == "no address")
  }

  @Test func `The notifier knows its channels by name`() {
    #expect(
      ChannelNotifier(.standard(folder: "/"), mailbox: TestMailbox()).channels == ChannelKind.all.map(\.name).sorted())
  }

  @Test func `An unknown channel proposes the nearest`() {
    #expect(
      NotifierSetup().send("webhok", [:])
        == .failed(attempts: 0, error: #"there is no channel "webhok"; did you mean "webhook"?"#))
    #expect(
      NotifierSetup().send("pigeon", [:])
        == .failed(
          attempts: 0,
          error: #"there is no channel "pigeon"; there are \#(ChannelKind.all.map(\.name).joined(separator: ", "))"#))
  }

  private static let wrongSettings: [(settings: [String: Value], error: String)] = [
    (["ulr": "x"], #"webhook has no setting "ulr"; did you mean "url"?"#),
    (
      ["url": "http://x", "colour": 1], #"webhook has no setting "colour"; it has url, method, headers, body, sign, ca"#
    ),
    (["url": 7], "url of webhook must be a string, not an integer"),
    (["url": "http://x", "headers": ["A": ["b"]]], "A in headers of webhook must be a string, not a list"),
    ([:], #"webhook needs "url""#),
  ]

  @Test(arguments: wrongSettings)
  func `Settings that are wrong are told before anything is sent`(wrong: (settings: [String: Value], error: String)) {
    let (settings, error) = wrong
    #expect(NotifierSetup().send("webhook", settings) == .failed(attempts: 0, error: error))
  }

  @Test func `A target is checked as far as it is known when the workflow is read`() {
    let registry = ChannelRegistry.standard(folder: "/")
    func mistakes(_ channel: String, _ settings: [String: Expr]) -> [String] {
      registry.mistakes(in: .init(channel: channel, settings: settings)).map(\.text)
    }
    #expect(mistakes("webhook", ["url": .secret("HOOK"), "headers": .table(["A": .secret("B")])]).isEmpty)
    #expect(
      mistakes("webhook", ["uri": .secret("HOOK")]) == [
        #"webhook has no setting "uri"; did you mean "url"?"#, #"webhook needs "url""#,
      ])
    #expect(
      mistakes("command", ["run": .list([.literal("a"), .literal(1)])]) == [
        "item 2 of run of command must be a string, not an integer"
      ])
    #expect(mistakes("comand", [:]) == [#"there is no channel "comand"; did you mean "command"?"#])
  }

  @Test func `All mistakes of a plan's notifications are told with their places`() {
    var plan = Plan(workflow: WorkflowSpec(name: "w", file: "/w.lua"))
    plan.notifications = [
      NotificationSpec(
        name: "team", place: SourcePlace(file: "w.lua", line: 4), on: .moments([.failed]),
        to: [
          .init(channel: "webhook", settings: ["url": .literal("https://x"), "metod": .literal("PUT")]),
          .init(channel: "command", settings: [:]),
        ])
    ]
    #expect(
      ChannelRegistry.standard(folder: "/").mistakes(in: plan).map(\.text) == [
        "w.lua:4: error: notify \"team\": webhook has no setting \"metod\"\n  did you mean \"method\"?",
        "w.lua:4: error: notify \"team\": command needs \"run\"",
      ])
  }

  @Test func `Messages of one notification leave in order, also when the first needs retries`() {
    let log = Log()
    let setup = setup { message, attempt, _ throws(DeliveryFailure) in
      log.add("\(message.key) \(attempt)")
      if message.key == "1", attempt < 3 { throw DeliveryFailure("not yet") }
    }
    for key in ["1", "2", "3"] { setup.notifier.send(NotifierSetup.message("scripted", [:], key: key)) }
    #expect((0..<3).map { _ in setup.mailbox.next().key } == ["1", "2", "3"])
    #expect(log.all == ["1 1", "1 2", "1 3", "2 1", "3 1"])
  }

  @Test func `A receiver that does not answer holds up no other`() {
    let log = Log()
    let setup = setup { message, _, _ throws(DeliveryFailure) in
      log.add("\(message.key) begins")
      if message.key == "slow" { log.wait(for: "go on") }
    }
    setup.notifier.send(NotifierSetup.message("scripted", ["url": "a"], key: "slow"))
    log.wait(for: "slow begins")
    setup.notifier.send(NotifierSetup.message("scripted", ["url": "b"], key: "quick"))
    #expect(setup.mailbox.next().key == "quick")
    log.add("go on")
    #expect(setup.mailbox.next().key == "slow")
  }

  @Test func `More messages than threads all arrive`() {
    let setup = setup { _, _, _ throws(DeliveryFailure) in }
    for key in 0..<200 {
      setup.notifier.send(NotifierSetup.message("scripted", ["url": .string("\(key % 20)")], key: "\(key)"))
    }
    #expect(Set((0..<200).map { _ in setup.mailbox.next().key }).count == 200)
  }

  @Test func `Closing waits for what is on its way`() {
    let log = Log()
    let setup = setup { message, _, _ throws(DeliveryFailure) in
      log.add("begun")
      log.wait(for: "go on")
    }
    setup.notifier.send(NotifierSetup.message("scripted", [:], key: "1"))
    setup.notifier.send(NotifierSetup.message("scripted", [:], key: "2"))
    log.wait(for: "begun")
    log.add("go on")
    #expect(setup.notifier.close(waiting: Span(seconds: 60)) == 0)
    #expect(setup.mailbox.next().answer == .sent(attempts: 1))
    #expect(setup.mailbox.next().answer == .sent(attempts: 1))
  }

  @Test func `Closing gives up what takes too long, and leaves it without an answer`() {
    let log = Log()
    let setup = setup { _, _, abandonment throws(DeliveryFailure) in
      log.add("begun")
      while !abandonment.isDeclared { abandonment.wait(Span(seconds: 60)) }
      log.add("given up")
      throw DeliveryFailure("given up")
    }
    setup.notifier.send(NotifierSetup.message("scripted", [:], key: "1"))
    setup.notifier.send(NotifierSetup.message("scripted", [:], key: "2"))
    log.wait(for: "begun")
    #expect(setup.notifier.close(waiting: Span(milliseconds: 10)) == 2)
    log.wait(for: "given up")
    #expect(setup.mailbox.isEmpty)
  }

  @Test func `Closing ends a wait between two attempts`() {
    let log = Log()
    let mailbox = TestMailbox()
    let channel = ScriptedChannel { _, _, _ throws(DeliveryFailure) in
      log.add("tried")
      throw DeliveryFailure("no", retryAfter: Span(seconds: 1000))
    }
    let notifier = ChannelNotifier(
      ChannelRegistry([channel]), mailbox: mailbox, schedule: RetrySchedule(longest: Span(seconds: 1000)))
    notifier.send(NotifierSetup.message("scripted", [:]))
    log.wait(for: "tried")
    #expect(notifier.close(waiting: .zero) == 1)
    #expect(log.all == ["tried"])
  }

  @Test func `A closed notifier answers that it is closed`() {
    let setup = setup { _, _, _ throws(DeliveryFailure) in }
    setup.notifier.close(waiting: .zero)
    #expect(
      setup.send("scripted", [:])
        == .failed(attempts: 0, error: "the notifier is closed, or there is no thread to be had"))
  }

  @Test func `A webhook that does not answer is left when the notifier is closed`() {
    let server = LoopbackServer(.silence)
    defer { server.stop() }
    let setup = NotifierSetup(limit: Span(seconds: 600))
    setup.notifier.send(NotifierSetup.message("webhook", ["url": .string(server.url)]))
    server.wait(for: 1)
    #expect(setup.notifier.close(waiting: .zero) == 1)
  }

  @Test func `Waits double up to the longest, and heed what the receiver asks`() {
    let schedule = RetrySchedule(attempts: 20)
    #expect(
      (1...8).map { schedule.wait(after: $0, asked: nil).milliseconds } == [
        500, 1000, 2000, 4000, 8000, 16000, 30000, 30000,
      ])
    #expect(schedule.wait(after: 1, asked: Span(seconds: 3)) == Span(seconds: 3))
    #expect(schedule.wait(after: 4, asked: Span(seconds: 1)) == Span(seconds: 4))
  }
}
