import BatonCore
import BatonModel
import BatonProcess
import BatonRuntime
import Testing

@Suite struct `Local executor: locks` {
  private func isLocked(_ name: String) -> (EngineInput) -> Bool? {
    { if case .locked(name) = $0 { true } else { nil } }
  }

  /// Two runs that share their locks; the first holds `m`.
  private func rivals() throws -> (first: ProcessRun, second: ProcessRun) {
    let first = try ProcessRun()
    let second = try ProcessRun(locks: first.locks)
    first.executor.lock("m")
    first.wait(for: isLocked("m"))
    return (first, second)
  }

  @Test func `a lock is had at once when it is free, also again`() throws {
    let run = try ProcessRun()
    run.executor.lock("database/main")
    #expect(run.wait(for: isLocked("database/main")) == true)
    run.executor.lock("database/main")
    #expect(run.wait(for: isLocked("database/main")) == true)
    #expect(names(in: run.locks) == ["database%2Fmain"])
  }

  @Test func `a lock that another run holds is had when that run gives it up`() throws {
    let (first, second) = try rivals()
    second.executor.lock("m")
    #expect(second.reactor.wait(until: second.reactor.now + Span(milliseconds: 100)).isEmpty)
    first.executor.unlock("m")
    #expect(second.wait(for: isLocked("m")) == true)
  }

  @Test func `a lock lives as long as a process of the step does, even without its engine`() throws {
    let (first, second) = try rivals()
    var launch = first.launch(["sleep", "1000"])
    launch.mutex = "m"
    first.executor.start(launch)
    _ = first.waitForStart(launch.ticket)
    first.executor.unlock("m")
    second.executor.lock("m")
    #expect(second.reactor.wait(until: second.reactor.now + Span(milliseconds: 100)).isEmpty)
    first.executor.stop(launch.ticket, grace: .zero)
    _ = try first.waitForEnd(launch.ticket)
    #expect(second.wait(for: isLocked("m")) == true)
  }

  @Test func `a folder of locks that cannot be made is an error that says so`() throws {
    let run = try ProcessRun(locks: "/proc/nowhere")
    run.executor.lock("m")
    let error = run.wait { if case .storeFailed(let error) = $0 { error } else { nil } }
    #expect(error?.message.hasPrefix("cannot take the lock /proc/nowhere/m: ") == true)
  }
}
