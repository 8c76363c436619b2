import BatonModel
import BatonRuntime
import Testing

@testable import BatonNotify

@Suite struct PagerDutyTests {
  private static let taken = #"{"status":"success","message":"Event processed","dedup_key":"k"}"#
  private static let key = "0123456789abcdef0123456789abcdef"

  private func settings(_ server: LoopbackServer, _ more: [String: Value] = [:]) -> [String: Value] {
    ["key": .string(Self.key), "url": .string(server.url)].merging(more) { _, new in new }
  }

  @Test func `Each cause of a failure triggers its incident`() throws {
    let server = LoopbackServer(.status(202, body: Self.taken))
    defer { server.stop() }
    #expect(NotifierSetup().tell("pagerduty", settings(server)) == .sent(attempts: 1))
    let requests = server.requests
    #expect(requests.map(\.line) == Array(repeating: "POST /v2/enqueue HTTP/1.1", count: 2))
    #expect(requests[0].headers["content-type"] == "application/json; charset=utf-8")
    let event = requests[0].json
    #expect(event["routing_key"] == .string(Self.key))
    #expect(event["event_action"] == "trigger")
    #expect(event["dedup_key"] == "baton-00000000000000aa")
    #expect(event["client"] == "Baton")
    let payload = try #require(event["payload"])
    #expect(payload["summary"] == "release failed: test: exit code 1")
    #expect(payload["source"] == "release")
    #expect(payload["severity"] == "critical")
    #expect(payload["component"] == "test")
    #expect(payload["timestamp"] == "2026-01-31T12:00:00.000Z")
    #expect(payload["custom_details"]?["command"] == "baton resume r1")
    #expect(requests[1].json["dedup_key"] == "baton-00000000000000bb")
  }

  @Test func `A recovery resolves what it recovered from, and nothing else`() {
    let server = LoopbackServer(.status(202, body: Self.taken))
    defer { server.stop() }
    #expect(NotifierSetup().tell("pagerduty", settings(server), NotifierSetup.recovery) == .sent(attempts: 1))
    #expect(
      server.requests.map(\.json) == [
        ["routing_key": .string(Self.key), "event_action": "resolve", "dedup_key": "baton-00000000000000aa"]
      ])
  }

  @Test func `Good news without bad ones before are no incident`() {
    let server = LoopbackServer(.status(202, body: Self.taken))
    defer { server.stop() }
    let event: Value = ["kind": "run.succeeded", "status": "succeeded", "workflow": "release", "run": "r1"]
    #expect(NotifierSetup().tell("pagerduty", settings(server), event) == .sent(attempts: 1))
    #expect(server.requests.isEmpty)
  }

  @Test func `An event without a cause is an incident of its own, and settings are heeded`() throws {
    let server = LoopbackServer(.status(202, body: Self.taken))
    defer { server.stop() }
    let event: Value = ["kind": "step.waiting", "status": "waiting", "workflow": "release", "step": "ship"]
    let more: [String: Value] = [
      "severity": "info", "source": "ci", "component": "c", "group": "g", "class": "k",
    ]
    #expect(
      NotifierSetup().tell("pagerduty", settings(server, more), event, title: String(repeating: "é", count: 2000))
        == .sent(attempts: 1))
    let sent = try #require(server.requests.first).json
    let payload = try #require(sent["payload"])
    #expect((sent["dedup_key"]?.string?.utf8.count ?? 0) <= 255)
    #expect(payload["summary"]?.string?.unicodeScalars.count == 1024)
    #expect(payload["severity"] == "info" && payload["source"] == "ci" && payload["component"] == "c")
    #expect(payload["group"] == "g" && payload["class"] == "k")
  }

  @Test func `What is wrong with an event is final, in PagerDuty's words and without the key`() {
    let body =
      #"{"status":"invalid event","message":"Event object is invalid","errors":["routing_key \#(Self.key) is bad"]}"#
    let server = LoopbackServer(.status(400, body: body))
    defer { server.stop() }
    #expect(
      NotifierSetup().tell("pagerduty", settings(server))
        == .failed(
          attempts: 1, error: "\(server.url) answered 400: Event object is invalid: routing_key *** is bad"))
  }

  @Test func `Too many events and PagerDuty's own trouble pass; a half that was sent is sent again`() {
    let server = LoopbackServer(
      .status(202, body: Self.taken), .status(429), .status(500), .status(202, body: Self.taken))
    defer { server.stop() }
    let setup = NotifierSetup()
    #expect(setup.tell("pagerduty", settings(server)) == .sent(attempts: 3))
    #expect(
      server.requests.map { $0.json["dedup_key"]?.string?.suffix(2) } == ["aa", "bb", "aa", "aa", "bb"])
    #expect(setup.waits.noted.map(\.milliseconds) == [500, 1000])
  }

  @Test(arguments: ["", "{}", "<html>"])
  func `An answer that is none of PagerDuty's is a failure`(body: String) {
    let server = LoopbackServer(.status(200, body: body))
    defer { server.stop() }
    guard case .failed(2, let error) = NotifierSetup(attempts: 2).tell("pagerduty", settings(server)) else {
      Issue.record("it was taken")
      return
    }
    #expect(error.hasPrefix("\(server.url) answered 200 with what is no answer of PagerDuty"))
  }
}
