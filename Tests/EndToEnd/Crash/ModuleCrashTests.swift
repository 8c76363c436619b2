import Glibc
import Testing

/// `baton module`, with SIGKILL wherever a tree or a lock takes the place of another.
@Suite struct ModuleCrashes {
  @Test("All points at which modules are put in place are known") func points() {
    #expect(FaultPoints.ofModules == Set(FaultPoints.all.filter { $0.hasPrefix("modules.") }))
  }

  /// A project with greet 0.1.0 and kit, whose sources have gone on: greet is 0.2.0 there.
  private func prepared() throws -> Sandbox {
    let sandbox = try ModuleTests.prepared()
    let added = try sandbox.baton("module", "add", "../shared/greet", "--server", "../rocks", in: "second")
    try #require(added.code == 0, "\(added.account)")
    try sandbox.edit("shared/greet/modules/greet.lua", "hello", "good day")
    try sandbox.command("mv", "shared/greet/greet-0.1.0-1.rockspec", "shared/greet/greet-0.2.0-1.rockspec")
    try sandbox.edit("shared/greet/greet-0.2.0-1.rockspec", "0.1.0-1", "0.2.0-1")
    return sandbox
  }

  private func die(_ sandbox: Sandbox, at point: String, _ arguments: [String]) throws {
    let finished = try sandbox.start(arguments, env: ["BATON_FAULT": point], in: "second").wait()
    #expect(finished.signal == SIGKILL, "\(point) was never reached: \(finished.account)")
  }

  /// What the step says, which tells the version.
  private func said(_ sandbox: Sandbox) throws -> String {
    let run = try sandbox.baton("run", "workflow.lua", "--only", "say", in: "second")
    #expect(run.code == 0, "\(run.account)")
    return try sandbox.baton("logs", "say", in: "second").output
  }

  @Test("An update that is killed is as if it had never begun, or is done", arguments: FaultPoints.ofModules.sorted())
  func update(point: String) throws {
    let sandbox = try prepared()
    let before = try #require(sandbox.read("second/baton.lock"))
    try die(sandbox, at: point, ["module", "update", "greet"])
    let isDone = sandbox.read("second/baton.lock") != before
    #expect(isDone == (point == "modules.locked"))
    let run = try sandbox.baton("run", "workflow.lua", "--only", "say", in: "second")
    #expect(run.code == 0 || (run.code == 2 && run.errors.contains("baton module install")), "\(run.account)")
    // Twice: also who recovers may die.
    for point in ["modules.staged", nil] {
      let installed = try sandbox.start(
        ["module", "install"], env: point.map { ["BATON_FAULT": $0] } ?? [:], in: "second"
      ).wait()
      #expect(installed.code == 0 || (installed.signal == SIGKILL && point != nil), "\(installed.account)")
    }
    #expect(try sandbox.baton("module", "verify", in: "second").code == 0)
    #expect(try said(sandbox) == (isDone ? "GOOD DAY ADA!\n" : "HELLO ADA!\n"))
    #expect(Disk.names(in: sandbox.path("second/.baton/tmp")).filter { $0.hasPrefix("modules-") } == [])
    let again = try sandbox.baton("module", "update", "greet", in: "second")
    #expect(again.code == 0, "\(again.account)")
    #expect(try said(sandbox) == "GOOD DAY ADA!\n")
  }

  @Test("A first module whose adding is killed can be added", arguments: FaultPoints.ofModules.sorted())
  func add(point: String) throws {
    let sandbox = try ModuleTests.prepared()
    let words = ["module", "add", "../shared/greet", "--server", "../rocks"]
    try die(sandbox, at: point, words)
    let added = try sandbox.start(words, in: "second").wait()
    let installed = try sandbox.baton("module", "install", in: "second")
    let again = added.code == 0 ? added : try sandbox.start(words, in: "second").wait()
    #expect(again.code == 0, "\(added.account)\n\(installed.account)\n\(again.account)")
    #expect(try sandbox.baton("module", "verify", in: "second").code == 0)
    #expect(try said(sandbox) == "HELLO ADA!\n")
  }
}
