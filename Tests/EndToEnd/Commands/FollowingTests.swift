import BatonModel
import Testing

/// `watch`, `logs -f`, `events -f` and `cancel` beside a run that another process drives.
@Suite struct FollowingTests {
  /// A step that goes on until the file `go` is there.
  private static let workflow = """
    workflow "slow" {}
    local first = step "first" { run = "echo ready; touch ready; while ! test -e go; do sleep 0.02; done; echo going" }
    step "second" { depends = first, run = "echo done" }
    """

  private func running() throws -> (Sandbox, ChildProcess) {
    let sandbox = try Sandbox(["slow.lua": Self.workflow])
    let run = try sandbox.start(["run", "slow.lua"])
    try sandbox.wait("the first step runs") { Disk.exists(sandbox.path("ready")) }
    return (sandbox, run)
  }

  @Test func `watch follows a run to its end and ends with its exit code`() throws {
    let (sandbox, run) = try running()
    let watch = try sandbox.start(["watch"])
    try sandbox.wait("watch has begun") { watch.errorsSoFar.contains("watching run") }
    try sandbox.write("go", "")
    let seen = try watch.wait()
    #expect(seen.code == 0, "\(seen.account)")
    #expect(seen.errors.contains("✓ second") && seen.errors.contains("✓ slow succeeded"), "\(seen.account)")
    #expect(try run.wait().code == 0)
  }

  @Test func `logs -f prints what a step prints as it comes, and ends with the run`() throws {
    let (sandbox, run) = try running()
    let step = try sandbox.start(["logs", "-f", "first"])
    let all = try sandbox.start(["logs", "-f"])
    try sandbox.wait("the first line") { step.outputSoFar == "ready\n" && all.outputSoFar == "first │ ready\n" }
    try sandbox.write("go", "")
    #expect(try step.wait().output == "ready\ngoing\n")
    #expect(try all.wait().output == "first │ ready\nfirst │ going\nsecond │ done\n")
    #expect(try run.wait().code == 0)
  }

  @Test func `events -f prints events as they come, and ends with the run`() throws {
    let (sandbox, run) = try running()
    let events = try sandbox.start(["events", "-f", "--json"])
    try sandbox.wait("the first events") { events.outputSoFar.contains(#""kind":"step.started""#) }
    #expect(!events.outputSoFar.contains("run.succeeded"))
    try sandbox.write("go", "")
    let seen = try events.wait()
    #expect(seen.output == (try sandbox.baton("events", "--json").output))
    #expect(try run.wait().code == 0)
  }

  @Test(arguments: [["logs", "-f"], ["events", "-f"], ["watch"]])
  func `who follows a run in which nothing happens sleeps`(command: [String]) throws {
    let sandbox = try Sandbox(["slow.lua": "step \"a\" { run = \"echo ready; touch ready; sleep 1.5; echo end\" }"])
    let run = try sandbox.start(["run", "slow.lua"])
    try sandbox.wait("the step runs") { Disk.exists(sandbox.path("ready")) }
    let follower = try sandbox.start(command)
    let began = ChildProcess.now()
    var sleeps = 0
    try sandbox.wait("it ends") {
      let status = Disk.text("/proc/\(follower.pid)/status") ?? ""
      let line = status.split(separator: "\n").first { $0.hasPrefix("voluntary") }
      sleeps = line.flatMap { Int($0.split(separator: "\t").last ?? "") } ?? sleeps
      return !Sandbox.isAlive(follower.pid)
    }
    // A look every 500 ms, the ends of start, step and run, and what starting a process takes.
    #expect(Double(sleeps) < 16 + 3 * (ChildProcess.now() - began), "\(sleeps) times awake")
    #expect(try follower.wait().code == 0)
    #expect(try run.wait().code == 0)
  }

  @Test func `cancel ends a run that another process drives, with who and why`() throws {
    let (sandbox, run) = try running()
    let cancel = try sandbox.baton("cancel", "--reason", "wrong branch")
    #expect(cancel.code == 0, "\(cancel.account)")
    #expect(try run.wait().code == 4)
    let state = try sandbox.show()
    #expect(state.status == "cancelled")
    #expect(state.json["cancelled"]?["reason"]?.string == "wrong branch")
    #expect(state.json["cancelled"]?["by"]?.string?.contains("@") == true, "who: user@host")
    #expect(sandbox.leftovers().isEmpty)
  }

  @Test func `cancel ends a run whose driver was killed, and refuses one that has ended`() throws {
    let (sandbox, run) = try running()
    run.send(9)
    try run.wait()
    #expect(try sandbox.show().status == "interrupted")
    #expect(try sandbox.baton("cancel").code == 0)
    #expect(try sandbox.show().status == "cancelled")
    #expect(sandbox.leftovers().isEmpty, "what the dead driver left behind was ended")
    let again = try sandbox.baton("cancel", try sandbox.show().run)
    #expect(again.code == 2 && again.errors.contains("has ended already: cancelled"), "\(again.account)")
  }

  @Test func `a second driver is refused with exit code 6 while the first lives`() throws {
    let (sandbox, run) = try running()
    let id = try sandbox.show().run
    let resume = try sandbox.baton("resume", id)
    #expect(resume.code == 6 && resume.errors.contains("baton watch"), "\(resume.account)")
    try sandbox.write("go", "")
    #expect(try run.wait().code == 0)
  }

  @Test func `a detached run prints its id and goes on by itself`() throws {
    let sandbox = try Sandbox(["slow.lua": Self.workflow])
    let start = try sandbox.baton("run", "slow.lua", "--detach")
    #expect(start.code == 0, "\(start.account)")
    let id = start.output.split(separator: "\n").first.map(String.init) ?? ""
    #expect(try sandbox.show(id).status == "running")
    try sandbox.write("go", "")
    #expect(try sandbox.baton("watch", id).code == 0)
    #expect(try sandbox.show(id).status == "succeeded")
  }
}
