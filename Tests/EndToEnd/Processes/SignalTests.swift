import Glibc
import Testing

/// Ctrl-C, cancel, two drivers, a driver without a terminal.
@Suite struct Signals {
  private static let workflow = """
    step "first" { run = "echo first >> side" }
    step "long" { run = "echo long >> side; [ -e quick ] || sleep 60", depends = "first", grace = "1s" }
    step "last" { run = "echo last >> side", depends = "long" }

    """

  private func started(_ workflow: String = Signals.workflow) throws -> (sandbox: Sandbox, driver: ChildProcess) {
    let sandbox = try Sandbox(["w.lua": workflow])
    let driver = try sandbox.start(["run", "w.lua"])
    try sandbox.wait("the long step runs") { sandbox.lines("side").contains("long") }
    return (sandbox, driver)
  }

  @Test(
    "One Ctrl-C ends what runs, with 130 and the command that carries the run on", arguments: [SIGINT, SIGTERM, SIGHUP])
  func once(signal: Int32) throws {
    let (sandbox, driver) = try started()
    driver.send(signal)
    let finished = try driver.wait()
    #expect(finished.code == 130, "\(finished.account)")
    #expect(finished.errors.contains("baton resume"), "\(finished.account)")
    #expect(sandbox.leftovers() == [])
    #expect(try sandbox.show().status == "interrupted")

    try sandbox.write("quick", "")
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(sandbox.lines("side") == ["first", "long", "long", "last"])
  }

  @Test("A second Ctrl-C does not wait for the grace")
  func twice() throws {
    let (sandbox, driver) = try started(
      """
      step "long" {
        run = "trap 'echo asked >> side' TERM; echo long >> side; while true; do sleep 0.1; done", grace = "1h",
      }

      """)
    driver.send(SIGINT)
    try sandbox.wait("the step is asked to end") { sandbox.lines("side").contains("asked") }
    #expect(
      driver.errorsSoFar.contains("stopping: 1 step has up to 1h00m to end; Ctrl-C once more ends all at once"),
      "\(driver.errorsSoFar)")
    driver.send(SIGINT)
    let finished = try driver.wait(atMost: 20)
    #expect(finished.code == 130, "\(finished.account)")
    #expect(sandbox.leftovers() == [])
  }

  @Test("Ctrl-\\ ends all at once, and leaves a run that can be carried on")
  func quit() throws {
    let (sandbox, driver) = try started(
      """
      step "long" { run = "trap '' TERM; echo long >> side; [ -e quick ] || while true; do sleep 0.1; done", grace = "1h" }

      """)
    driver.send(SIGQUIT)
    let finished = try driver.wait(atMost: 20)
    #expect(finished.code == 130, "\(finished.account)")
    #expect(sandbox.leftovers() == [])
    try sandbox.write("quick", "")
    #expect(try sandbox.baton("resume").code == 0)
  }

  @Test("A second driver is refused with 6, and says who drives")
  func twoDrivers() throws {
    let (sandbox, driver) = try started()
    let second = try sandbox.baton("resume", try sandbox.show().run)
    #expect(second.code == 6, "\(second.account)")
    #expect(second.errors.contains(String(driver.pid)), "\(second.account)")
    driver.send(SIGINT)
    #expect(try driver.wait().code == 130)
    #expect(sandbox.lines("side") == ["first", "long"])
  }

  @Test("Two runs at once in one project are fine")
  func twoRuns() throws {
    let sandbox = try Sandbox([
      "w.lua": "for i = 1, 30 do step(\"s\" .. i) { run = \"echo $BATON_RUN >> side\" } end\n"
    ])
    let drivers = try (0..<3).map { _ in try sandbox.start(["run", "w.lua"]) }
    for driver in drivers {
      let finished = try driver.wait()
      #expect(finished.code == 0, "\(finished.account)")
    }
    let counts = Dictionary(grouping: sandbox.lines("side")) { $0 }.mapValues(\.count)
    #expect(counts.count == 3 && counts.values.allSatisfy { $0 == 30 }, "\(counts)")
  }

  @Test("Steps that share a mutex never run together, across runs too")
  func mutexAcrossRuns() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      for i = 1, 5 do
        step("s" .. i) { mutex = "m", run = "mkdir guard || echo collision >> side; sleep 0.02; rmdir guard; echo ok >> side" }
      end

      """
    ])
    let drivers = try (0..<2).map { _ in try sandbox.start(["run", "w.lua", "-j", "4"]) }
    for driver in drivers { #expect(try driver.wait().code == 0) }
    #expect(sandbox.lines("side") == Array(repeating: "ok", count: 10))
  }

  @Test("cancel ends a run that another process drives, with 4")
  func cancel() throws {
    let (sandbox, driver) = try started()
    let cancel = try sandbox.baton("cancel")
    #expect(cancel.code == 0, "\(cancel.account)")
    let finished = try driver.wait()
    #expect(finished.code == 4, "\(finished.account)")
    let state = try sandbox.show()
    #expect(state.status == "cancelled")
    #expect(state.steps["first"]?.status == "succeeded")
    #expect(state.steps["long"]?.status == "cancelled")
    #expect(sandbox.leftovers() == [])
  }

  @Test("cancel ends a run that nobody drives any more")
  func cancelDead() throws {
    let (sandbox, driver) = try started()
    driver.send(SIGKILL)
    try driver.wait()
    #expect(try sandbox.show().status == "interrupted")
    let cancel = try sandbox.baton("cancel")
    #expect(cancel.code == 0, "\(cancel.account)")
    #expect(try sandbox.show().status == "cancelled")
  }

  @Test("A detached run goes on without its starter, and can be watched")
  func detached() throws {
    let sandbox = try Sandbox(["w.lua": Self.workflow])
    let finished = try sandbox.baton("run", "w.lua", "--detach")
    #expect(finished.code == 0, "\(finished.account)")
    try sandbox.wait("the long step runs") { sandbox.lines("side").contains("long") }
    let state = try sandbox.show()
    #expect(state.status == "running")
    #expect(finished.all.contains(state.run), "\(finished.account)")
    try sandbox.baton("cancel")
    let watched = try sandbox.baton("watch", state.run)
    #expect(watched.code == 4, "\(watched.account)")
    #expect(try sandbox.show().status == "cancelled")
    // The run has ended before its engine is gone.
    try sandbox.wait("nothing is left") { sandbox.leftovers().isEmpty }
  }
}
