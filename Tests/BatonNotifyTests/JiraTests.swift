import BatonModel
import BatonRuntime
import Testing

@testable import BatonNotify

/// As much of a Jira site as the channel talks to, with the answers that its documentation shows.
private final class FakeJira: @unchecked Sendable {
  // Sound because everything that changes is touched under `monitor` alone.
  struct Issue {
    var fields: Value
    var status = "new"
    var comments: [String] = []
  }

  private let monitor = Monitor()
  private var known: [Issue] = []
  private var unanswered: Set<String> = []
  private var made: LoopbackServer?
  let isCloud: Bool

  init(cloud: Bool) {
    isCloud = cloud
    made = LoopbackServer { [unowned self] in answer($0) }
  }

  deinit { made?.stop() }

  var server: LoopbackServer { made! }
  var issues: [Issue] { monitor.withLock { known } }
  func set(_ number: Int, status: String) { monitor.withLock { known[number].status = status } }
  /// The next request to this path is carried out, and answered with an error.
  func breakOnce(_ path: String) { monitor.withLock { _ = unanswered.insert(path) } }

  private func answer(_ request: LoopbackServer.Request) -> LoopbackServer.Reply {
    monitor.withLock {
      let words = request.line.split(separator: " ")
      let path = String(words[1].split(separator: "?")[0])
      let reply = self.reply(String(words[0]), path, request.json)
      return unanswered.remove(path) == nil ? reply : .status(503, body: "gone")
    }
  }

  private func reply(_ method: String, _ path: String, _ content: Value) -> LoopbackServer.Reply {
    func json(_ status: Int, _ value: Value) -> LoopbackServer.Reply { .status(status, body: JSON.encode(value)) }
    let parts = path.split(separator: "/").map(String.init)
    guard parts.starts(with: ["rest", "api", "2"]) else { return .status(404) }
    if method == "POST", parts.dropFirst(3) == (isCloud ? ["search", "jql"] : ["search"]) {
      let jql = content["jql"]?.string ?? ""
      let found = known.indices.last { index in
        (known[index].fields["labels"]?.list ?? []).contains { jql.contains("labels = \"\($0.text)\"") }
      }
      return json(200, ["issues": .list(found.map { [shown($0)] } ?? [])])
    }
    if method == "POST", parts.dropFirst(3) == ["issue"] {
      known.append(Issue(fields: content["fields"] ?? .null))
      return json(201, ["id": "1", "key": .string("CI-\(known.count)"), "self": "x"])
    }
    guard parts.count == 6, let number = Int(parts[4].dropFirst(3)), known.indices.contains(number - 1) else {
      return json(404, ["errorMessages": ["Issue does not exist"], "errors": [:]])
    }
    switch (method, parts[5]) {
    case ("GET", "comment"):
      return json(200, ["comments": .list(known[number - 1].comments.map { ["body": .string($0)] })])
    case ("POST", "comment"):
      known[number - 1].comments.append(content["body"]?.string ?? "")
      return json(201, ["id": "1"])
    case ("GET", "transitions"):
      let ways: [(String, String, String)] = [
        ("1", "Close", "done"), ("2", "Start", "indeterminate"), ("3", "Reopen Issue", "new"),
      ]
      return json(
        200,
        [
          "transitions": .list(
            ways.map { ["id": .string($0.0), "name": .string($0.1), "to": ["statusCategory": ["key": .string($0.2)]]] })
        ])
    case ("POST", "transitions"):
      known[number - 1].status =
        ["1": "done", "2": "indeterminate", "3": "new"][content["transition"]?["id"]?.text ?? ""] ?? "?"
      return .status(204)
    default: return .status(405)
    }
  }

  private func shown(_ index: Int) -> Value {
    [
      "key": .string("CI-\(index + 1)"),
      "fields": [
        "status": ["statusCategory": ["key": .string(known[index].status)]],
        "description": known[index].fields["description"] ?? .null,
      ],
    ]
  }
}

@Suite struct JiraTests {
  private func settings(_ jira: FakeJira, _ more: [String: Value] = [:]) -> [String: Value] {
    let own: [String: Value] = [
      "url": .string("\(jira.server.url)/"), "project": "CI", "token": "t0ken-of-the-bot",
      "deployment": jira.isCloud ? "cloud" : "server",
    ]
    return own.merging(more) { _, new in new }
  }

  private func message(
    _ jira: FakeJira, key: String, _ event: Value = NotifierSetup.failure, _ more: [String: Value] = [:]
  ) -> OutgoingMessage {
    var message = NotifierSetup.message("jira", settings(jira, more), key: key, event: event)
    message.isStandard = true
    return message
  }

  private func send(_ message: OutgoingMessage, attempts: Int = 5) -> NotificationAnswer {
    let setup = NotifierSetup(attempts: attempts)
    setup.notifier.send(message)
    return setup.mailbox.next().answer
  }

  @Test(arguments: [true, false])
  func `A cause makes one issue, however often it fails`(cloud: Bool) throws {
    let jira = FakeJira(cloud: cloud)
    #expect(send(message(jira, key: "r1/team/0/failed/1")) == .sent(attempts: 1))
    #expect(send(message(jira, key: "r2/team/0/failed/1")) == .sent(attempts: 1))
    #expect(send(message(jira, key: "r3/team/0/failed/1")) == .sent(attempts: 1))
    let issues = jira.issues
    #expect(issues.count == 2, "two causes")
    #expect(issues.map(\.comments.count) == [2, 2])
    let fields = issues[0].fields
    #expect(fields["project"] == ["key": "CI"])
    #expect(fields["issuetype"] == ["name": "Bug"])
    #expect(fields["summary"] == "release: test: exit code 1")
    #expect(fields["labels"] == ["baton", "baton-00000000000000aa"])
    let description = try #require(fields["description"]?.string)
    #expect(
      description.hasPrefix(
        "release failed\n\n{noformat}\ntest: exit code 1\n{noformat}\n\n{noformat}\nbaton resume r1"))
    #expect(!description.contains("lint"), "an issue tells of its own cause")
  }

  @Test(arguments: [true, false])
  func `Requests are as Jira documents them, for Cloud and for Data Center`(cloud: Bool) throws {
    let jira = FakeJira(cloud: cloud)
    let more: [String: Value] = cloud ? ["user": "bot@example.com"] : [:]
    #expect(send(message(jira, key: "k", NotifierSetup.failure, more)) == .sent(attempts: 1))
    let search = try #require(jira.server.requests.first)
    #expect(search.line == "POST /rest/api/2/search\(cloud ? "/jql" : "") HTTP/1.1")
    let credentials = Base64.encode(Array("bot@example.com:t0ken-of-the-bot".utf8))
    #expect(search.headers["authorization"] == (cloud ? "Basic \(credentials)" : "Bearer t0ken-of-the-bot"))
    #expect(
      search.json == [
        "jql": #"project = "CI" AND labels = "baton-00000000000000aa" ORDER BY created DESC"#, "maxResults": 1,
        "fields": ["status", "description"],
      ])
  }

  @Test func `The deployment is known by the host, unless it is said`() throws {
    // Only what would be asked can be seen without a network: the setting of a test says it.
    for (host, isCloud) in [
      ("x.atlassian.net", true), ("jira.example.com", false), ("atlassian.net.example.com", false),
    ] {
      let site = try JiraSite(
        ["url": .string("https://\(host):443"), "project": "P", "token": "t"], limit: .zero, until: Abandonment())
      #expect(site.isCloud == isCloud, "\(host)")
    }
  }

  @Test func `An issue that is done is reopened with a comment`() {
    let jira = FakeJira(cloud: true)
    _ = send(message(jira, key: "1"))
    jira.set(0, status: "done")
    #expect(send(message(jira, key: "2")) == .sent(attempts: 1))
    #expect(jira.issues[0].status == "new", "by the transition that is called reopen")
    #expect(jira.issues[0].comments.count == 1)
    jira.set(0, status: "done")
    #expect(send(message(jira, key: "3", NotifierSetup.failure, ["reopen": "start"])) == .sent(attempts: 1))
    #expect(jira.issues[0].status == "indeterminate")
  }

  @Test func `A recovery is a comment, and closes where it is told to`() {
    let jira = FakeJira(cloud: true)
    _ = send(message(jira, key: "1"))
    #expect(send(message(jira, key: "2", NotifierSetup.recovery)) == .sent(attempts: 1))
    #expect(jira.issues.map(\.comments.count) == [1, 0], "what did not recover hears nothing")
    #expect(jira.issues[0].comments[0].hasPrefix("release recovered"))
    #expect(jira.issues[0].status == "new")
    #expect(send(message(jira, key: "3", NotifierSetup.recovery, ["close": "Close"])) == .sent(attempts: 1))
    #expect(jira.issues[0].status == "done")
    #expect(send(message(jira, key: "4", NotifierSetup.recovery, ["close": "Close"])) == .sent(attempts: 1))
    #expect(jira.issues[0].comments.count == 2, "what is done already is left alone")
  }

  @Test(arguments: ["/rest/api/2/issue", "/rest/api/2/issue/CI-1/comment"])
  func `What was done and not answered is not done twice`(path: String) {
    let jira = FakeJira(cloud: true)
    if path.hasSuffix("comment") { _ = send(message(jira, key: "1")) }
    let before = jira.issues.count
    jira.breakOnce(path)
    #expect(send(message(jira, key: "2")) == .sent(attempts: 2))
    #expect(jira.issues.count == max(2, before))
    #expect(jira.issues.map(\.comments.count) == (before == 0 ? [0, 0] : [1, 1]))
  }

  @Test func `An unknown transition names those that there are`() {
    let jira = FakeJira(cloud: true)
    _ = send(message(jira, key: "1"))
    #expect(
      send(message(jira, key: "2", NotifierSetup.recovery, ["close": "Finish"]))
        == .failed(
          attempts: 1,
          error: #"issue CI-1 has no transition "Finish": there are Close, Start, Reopen Issue"#))
  }

  @Test func `What Jira refuses is final, in its words and without the token`() {
    let body = #"{"errorMessages":["no t0ken-of-the-bot"],"errors":{"issuetype":"is not valid","summary":"is empty"}}"#
    let server = LoopbackServer(.status(400, body: body))
    defer { server.stop() }
    let settings: [String: Value] = ["url": .string(server.url), "project": "CI", "token": "t0ken-of-the-bot"]
    #expect(
      NotifierSetup().tell("jira", settings)
        == .failed(
          attempts: 1,
          error: "\(server.url) answered 400: no ***; issuetype: is not valid; summary: is empty"))
  }

  @Test func `Too many requests are heeded, and what is no JSON is a failure`() {
    let server = LoopbackServer(.status(429, headers: ["Retry-After: 9"]), .status(200, body: "<html>"))
    defer { server.stop() }
    let setup = NotifierSetup(attempts: 2)
    let settings: [String: Value] = ["url": .string(server.url), "project": "CI", "token": "t"]
    #expect(
      setup.tell("jira", settings)
        == .failed(attempts: 2, error: "\(server.url) answered 200 with what is no JSON: <html>"))
    #expect(setup.waits.noted == [Span(seconds: 9)])
  }

  @Test func `Text is shown as it is, whatever Jira's markup makes of it`() {
    var message = NotifierSetup.message("jira", [:], text: "*a* {code} [x|y] !i!")
    #expect(JiraIssue.body(of: message, cause: nil).contains(#"\*a\* \{code\} \[x\|y\] \!i\!"#))
    message.event = ["failures": [["step": "s", "reason": "{noformat}x"]]]
    message.isStandard = true
    #expect(JiraIssue.body(of: message, cause: nil).contains("s: {\u{200B}noformat}x"))
  }

  @Test func `Fields, labels and long texts are within what Jira takes`() {
    let long = String(repeating: "ü", count: 60_000)
    var message = NotifierSetup.message(
      "jira", ["labels": ["two words"], "fields": ["priority": ["name": "High"]], "type": "Task"], text: long)
    message.title = long
    let fields = JiraIssue.fields(of: message, cause: "c", label: "baton-c")
    #expect(fields["summary"]?.string?.unicodeScalars.count == 255)
    #expect((fields["description"]?.string?.unicodeScalars.count ?? 0) <= 32_767)
    #expect(fields["labels"] == ["baton", "baton-c", "two-words"])
    #expect(fields["priority"] == ["name": "High"])
    #expect(fields["issuetype"] == ["name": "Task"])
  }
}
