import BatonModel
import Glibc
import Testing

/// Messages that gather, within a run and over runs, with SIGKILL where they are claimed and sent.
@Suite struct NotificationCrashes {
  private func workflow(rate: String) -> String {
    """
    step "work" { run = "true" }
    notify "team" {
      on = "succeeded", rate = "\(rate)", scope = "project",
      to = command { run = [[{ printf '%s\\t' "$BATON_NOTIFY_KEY"; cat; } >> told.txt]] },
    }
    """
  }

  /// Key → the runs that the message of that key tells of. A message may come twice, but then it is the same.
  private func told(_ sandbox: Sandbox) -> [String: [String]] {
    var messages: [String: [String]] = [:]
    for line in sandbox.lines("told.txt") {
      let parts = line.split(separator: "\t", maxSplits: 1)
      guard parts.count == 2, let event = try? JSON.decode(String(parts[1])) else { continue }
      let runs = (event["events"]?.list ?? [event]).compactMap { $0["run"]?.string }
      #expect(messages[String(parts[0])].map { $0 == runs } ?? true, "\(parts[0]) says two things")
      messages[String(parts[0])] = runs
    }
    return messages
  }

  private func run(_ sandbox: Sandbox) throws {
    let finished = try sandbox.baton("run", "night.lua")
    #expect(finished.code == 0, "\(finished.account)")
  }

  @Test("A bad night sends one message, and what happened meanwhile leaves together") func night() throws {
    let sandbox = try Sandbox(["night.lua": workflow(rate: "1/1h")])
    for _ in 0..<4 { try run(sandbox) }
    #expect(told(sandbox).count == 1)
    #expect(try sandbox.baton("events", "--json").output.contains(#""kind":"notify.left""#))
    try sandbox.write("night.lua", workflow(rate: "1000/1h"))
    try run(sandbox)
    let messages = told(sandbox)
    #expect(messages.values.map(\.count).sorted() == [1, 1, 3])
    #expect(Set(messages.values.joined()).count == 5)
  }

  @Test(
    "Nothing is lost or told twice when the driver is killed, whether it may tell or has to leave it",
    arguments: [
      "notify.before-claim", "store.claiming", "notify.claimed", "notify.before-delivery", "notify.delivered",
    ],
    [true, false])
  func killed(point: String, mayTell: Bool) throws {
    let sandbox = try Sandbox(["night.lua": workflow(rate: "1/1h")])
    for _ in 0..<2 { try run(sandbox) }
    if mayTell { try sandbox.write("night.lua", workflow(rate: "1000/1h")) }
    let isSending = point.hasPrefix("notify.before-d") || point == "notify.delivered"
    let finished = try sandbox.start(["run", "night.lua"], env: ["BATON_FAULT": point]).wait()
    if isSending, !mayTell {
      #expect(finished.code == 0, "nothing is sent")
    } else {
      #expect(finished.signal == SIGKILL, "\(point) was never reached: \(finished.account)")
      let resumed = try sandbox.baton("resume")
      #expect(resumed.code == 0, "\(resumed.account)")
    }
    try sandbox.write("night.lua", workflow(rate: "1000/1h"))
    try run(sandbox)
    let runs = told(sandbox).values.joined().sorted()
    #expect(runs.count == 4 && Set(runs).count == 4, "\(told(sandbox))")
  }

  @Test("What gathers within a run is one message, also when the driver is killed meanwhile") func digest() throws {
    let sandbox = try Sandbox([
      "night.lua": """
      for i = 1, 5 do
        step("s" .. i) { run = "test -e tried" .. i .. " || { touch tried" .. i .. "; exit 1; }", retry = { attempts = 2, backoff = "50ms" } }
      end
      step "last" { depends = { "s1", "s2", "s3", "s4", "s5" }, run = "true" }
      notify "team" {
        on = { "retrying", "succeeded" }, digest = "1h",
        to = command { run = [[{ printf '%s\\t' "$BATON_NOTIFY_KEY"; cat; } >> told.txt]] },
      }
      """
    ])
    let finished = try sandbox.start(["run", "night.lua"], env: ["BATON_FAULT": "engine.committed:4"]).wait()
    #expect(finished.signal == SIGKILL, "\(finished.account)")
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    let messages = told(sandbox)
    #expect(messages.count == 1)
    let event = try JSON.decode(String(try #require(sandbox.lines("told.txt").first).split(separator: "\t")[1]))
    #expect(event["kind"] == "digest" && event["kinds"]?["run.succeeded"] == 1)
    let retried = (event["events"]?.list ?? []).compactMap { $0["step"]?.string }
    #expect(Set(retried).count == retried.count, "no step is told twice: \(retried)")
  }
}
