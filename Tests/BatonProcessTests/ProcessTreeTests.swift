import BatonCore
import BatonModel
import BatonProcess
import BatonRuntime
import Glibc
import Testing

@Suite struct `Local executor: process trees` {
  /// The pid that a process wrote to a file of the run.
  private func pid(_ run: ProcessRun, _ name: String) throws -> Int32 {
    try #require(contents("\(run.path)/\(name)").flatMap { Int32($0.filter(\.isNumber)) })
  }

  @Test func `a background job ends with its step, at once, and what was written before is kept`() throws {
    let run = try ProcessRun()
    let launch = run.shell("sleep 1000 & echo $! > pid; echo done")
    let report = try run.run(launch)
    #expect(report.outcome == .succeeded)
    #expect(report.tail == "done\n")
    #expect(report.ended - report.started < Span(seconds: 30))
    #expect(!isAlive(try pid(run, "pid")))
  }

  @Test func `a daemon that left its session, its parent and its descriptors ends with its step`() throws {
    let run = try ProcessRun()
    let launch = run.shell(
      "setsid sh -c '(sleep 1000 >/dev/null 2>&1 & echo $! > pid) ' >/dev/null 2>&1; while [ ! -s pid ]; do :; done")
    #expect(try run.run(launch).outcome == .succeeded)
    #expect(!isAlive(try pid(run, "pid")))
  }

  @Test func `what ignores the polite signal is killed`() throws {
    let run = try ProcessRun()
    let launch = run.shell(
      "sh -c 'trap \"\" TERM; echo $$ > pid; while :; do sleep 1000; done' & while [ ! -s pid ]; do :; done")
    #expect(try run.run(launch).outcome == .succeeded)
    #expect(!isAlive(try pid(run, "pid")))
  }

  @Test func `a job that is stopped takes its end too`() throws {
    let run = try ProcessRun()
    let launch = run.shell("sleep 1000 & echo $! > pid; kill -STOP $!")
    #expect(try run.run(launch).outcome == .succeeded)
    #expect(!isAlive(try pid(run, "pid")))
  }

  @Test func `stopping ends the whole tree politely`() throws {
    let run = try ProcessRun()
    let launch = run.shell(
      "setsid sh -c 'echo $$ > pid; exec sleep 1000' & trap 'echo asked; exit 7' TERM; while [ ! -s pid ]; do :; done; "
        + "echo up; while :; do :; done")
    run.executor.echo(true)
    run.executor.start(launch)
    run.wait { if case .output = $0 { true } else { nil } }
    run.executor.stop(launch.ticket, grace: Span(seconds: 60))
    let report = try run.waitForEnd(launch.ticket)
    #expect(report.outcome == .exited(7))
    #expect(report.tail == "up\nasked\n")
    #expect(!isAlive(try pid(run, "pid")))
  }

  @Test func `stopping kills after the grace`() throws {
    let run = try ProcessRun()
    let launch = run.shell("trap '' TERM; echo up; while :; do sleep 1000; done")
    run.executor.echo(true)
    run.executor.start(launch)
    run.wait { if case .output = $0 { true } else { nil } }
    let before = run.reactor.now
    run.executor.stop(launch.ticket, grace: Span(milliseconds: 300))
    let report = try run.waitForEnd(launch.ticket)
    #expect(report.outcome == .signaled(SIGKILL))
    #expect(run.reactor.now - before >= Span(milliseconds: 300))
  }

  @Test func `a second stop may only shorten the grace`() throws {
    let run = try ProcessRun()
    let launch = run.shell("trap '' TERM; echo up; while :; do sleep 1000; done")
    run.executor.echo(true)
    run.executor.start(launch)
    run.wait { if case .output = $0 { true } else { nil } }
    run.executor.stop(launch.ticket, grace: Span(seconds: 1000))
    run.executor.stop(launch.ticket, grace: .zero)
    run.executor.stop(launch.ticket, grace: Span(seconds: 1000))
    #expect(try run.waitForEnd(launch.ticket).outcome == .signaled(SIGKILL))
  }

  @Test func `an attempt that is stopped before its process is there ends all the same`() throws {
    let run = try ProcessRun()
    // Where something runs already, the next is started by another thread.
    let other = run.launch(["sleep", "1000"])
    run.executor.start(other)
    let launch = run.launch(["sleep", "1000"])
    run.executor.start(launch)
    run.executor.stop(launch.ticket, grace: .zero)
    let outcome = try run.waitForEnd(launch.ticket).outcome
    #expect(outcome == .signaled(SIGKILL) || outcome == .signaled(SIGTERM))
  }

  @Test func `the daemon of one step outlives the end of another`() throws {
    let run = try ProcessRun()
    let first = run.shell("(sleep 1000 & echo $! > pid); echo up; exec sleep 1000")
    run.executor.echo(true)
    run.executor.start(first)
    run.wait { if case .output = $0 { true } else { nil } }
    let daemon = try pid(run, "pid")
    #expect(try run.run(run.shell("sleep 1000 & true")).outcome == .succeeded)
    #expect(isAlive(daemon))
    run.executor.stop(first.ticket, grace: Span(seconds: 60))
    _ = try run.waitForEnd(first.ticket)
    #expect(!isAlive(daemon))
  }

  @Test func `a process that stands in a pipe's way does not hold the attempt up`() throws {
    let run = try ProcessRun()
    let launch = run.shell("(while :; do echo noise; done) & echo $! > pid")
    #expect(try run.run(launch).outcome == .succeeded)
    #expect(!isAlive(try pid(run, "pid")))
  }

  @Test func `what a dead engine left behind is found by its token and ended`() throws {
    let run = try ProcessRun()
    let script =
      "setsid sh -c 'trap \"\" TERM; echo $$ > pid; exec sleep 1000' & sleep 1000 & while [ ! -s pid ]; do :; done; echo up; wait"
    let launch = run.launch(["/bin/sh", "-c", script], ofRun: "dead \(run.path)")
    run.executor.echo(true)
    run.executor.start(launch)
    run.wait { if case .output = $0 { true } else { nil } }
    let other = try ProcessRun()
    let ended = other.executor.endLeftovers(tokens: [launch.token, "unknown"], grace: Span(milliseconds: 200))
    #expect(ended[launch.token] == 3)
    #expect(ended["unknown"] == nil)
    #expect(!isAlive(try pid(run, "pid")))
    _ = try run.waitForEnd(launch.ticket)
  }
}
