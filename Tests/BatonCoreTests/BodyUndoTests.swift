import BatonCore
import BatonModel
import BatonTestKit
import Testing

/// `ctx:undo`.
@Suite struct BodyUndoTests {
  private let saga: [BodyAct] = [.step("a"), .undo, .step("b"), .undo, .step("c")]

  private func failing(_ options: (inout StepOptions) -> Void = { _ in }) -> MachineDriver {
    bodyRun(saga, script: ["body/c": [.exited(1)]], options: options)
  }

  @Test func `what was done is undone, newest first, when the body fails`() {
    let run = failing()
    #expect(run.runToEnd() == .failed)
    #expect(run.childOrder == "a b c undo-2 undo-1")
    #expect(run.reason("body")?.hasSuffix("; undone") == true)
  }

  @Test func `nothing is undone when the body succeeds`() {
    let run = bodyRun(saga)
    #expect(run.runToEnd() == .succeeded)
    #expect(run.childOrder == "a b c")
  }

  @Test func `an undone body begins anew when the run is resumed`() throws {
    let run = failing()
    run.runToEnd()
    let resumed = try run.resumedBody()
    resumed.script = [:]
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.childOrder == "a b c")
    #expect(resumed.launched.contains { $0.step == "body/a" && $0.attempt == 2 })
  }

  @Test func `nothing is undone before the last try has failed`() {
    let run = failing { $0.retry = RetryPolicy(attempts: 2) }
    #expect(run.runToEnd() == .failed)
    #expect(run.childOrder == "a b c c undo-2 undo-1")
  }

  @Test func `what retry.when refuses to try again is undone`() {
    let run = failing { options in
      options.retry = RetryPolicy(attempts: 3)
      options.retry.when = .callback(Callback(id: 2, digest: "retry"))
    }
    run.answer = { _, _, _ in .no(reason: nil) }
    #expect(run.runToEnd() == .failed)
    #expect(run.childOrder == "a b c undo-2 undo-1")
  }

  @Test func `a body that is cancelled is undone, though the run is being cancelled`() {
    let run = bodyRun(saga)
    run.begin()
    run.finish("body/a")
    run.finish("body/b")
    run.send(.cancel(by: "eve@host", reason: nil))
    #expect(run.running == ["body/undo-2"])
    #expect(run.runToEnd() == .cancelled)
    #expect(run.childOrder == "a b c undo-2 undo-1")
    #expect(run.end("body")?.status == .cancelled)
  }

  @Test func `a body that is cancelled while it backs off is undone`() {
    let run = failing { options in
      options.retry = RetryPolicy(attempts: 2)
      options.retry.backoff = Span(seconds: 60)
    }
    run.begin()
    run.finish("body/a")
    run.finish("body/b")
    run.finish("body/c", .exited(1))
    #expect(run.status("body") == .retrying)
    run.send(.cancel(by: "eve@host", reason: nil))
    #expect(run.runToEnd() == .cancelled)
    #expect(run.childOrder == "a b c undo-2 undo-1")
  }

  @Test func `a body that halts the run is undone, and what undoes it is tried as often as it says`() {
    let children = ["body/undo-1": stepOptions { $0.retry = RetryPolicy(attempts: 3) }]
    let run = bodyRun(
      [.step("a"), .undo, .halt("enough")], script: ["body/undo-1": [.exited(1), .exited(1), .succeeded]],
      children: children)
    #expect(run.runToEnd() == .halted)
    #expect(run.childOrder == "a undo-1 undo-1 undo-1")
    #expect(run.reason("body")?.hasSuffix("; undone") == true)
  }

  @Test func `a body that timed out is undone`() {
    let run = bodyRun(
      [.step("a"), .undo, .step("b")], options: { $0.timeout = Span(seconds: 10) })
    run.begin()
    run.finish("body/a")
    run.advance(by: Span(seconds: 10))
    #expect(run.runToEnd() == .failed)
    #expect(run.childOrder == "a b undo-1")
  }

  @Test func `a compensation may be a body`() {
    let run = bodyRun(
      [.undoBody([.step("x"), .sleep(Span(seconds: 9)), .step("y")]), .fail("no")])
    run.begin()
    run.send(.cancel(by: "eve@host", reason: nil))
    #expect(run.runToEnd() != nil)
    #expect(run.childOrder == "undo-1 undo-1/x undo-1/y")
  }

  @Test func `an undo that fails says which, and is tried again by the next resumption, which then begins anew`() throws
  {
    let run = failing()
    run.script["body/undo-1"] = [.exited(7)]
    #expect(run.runToEnd() == .failed)
    let reason = try #require(run.reason("body"))
    #expect(reason.contains("is not undone, because body/undo-1 failed"))
    #expect(reason.contains("baton resume --skip body/undo-1"))
    let resumed = try run.resumedBody()
    resumed.script = [:]
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.childOrder == "undo-1 a b c")
  }

  @Test func `an undo that fails may be left by hand`() throws {
    let run = failing()
    run.script["body/undo-2"] = [.exited(7)]
    #expect(run.runToEnd() == .failed)
    #expect(run.childOrder == "a b c undo-2")
    var options = ResumeOptions()
    options.skip = ["body/undo-2"]
    let resumed = try run.resumedBody(options: options)
    resumed.script = [:]
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.childOrder == "undo-1 a b c")
  }

  @Test func `Ctrl-C in the middle of an undo holds it, and the resumption goes on with it`() throws {
    let run = failing()
    run.begin()
    for step in ["a", "b"] { run.finish("body/\(step)") }
    run.finish("body/c", .exited(1))
    run.finish("body/undo-2")
    #expect(run.running == ["body/undo-1"])
    run.send(.interrupt)
    #expect(run.status == .interrupted)
    let resumed = try run.resumedBody()
    resumed.script = [:]
    #expect(resumed.runToEnd() == .succeeded)
    #expect(resumed.childOrder == "undo-1 a b c")
  }

  @Test func `whatever record the driver dies behind, an undo goes on where it was, and nothing is undone twice`()
    throws
  {
    for ending in ["failed", "cancelled"] {
      let run = ending == "failed" ? failing() : bodyRun(saga)
      run.begin()
      for step in ["a", "b"] { run.finish("body/\(step)") }
      if ending == "failed" { run.finish("body/c", .exited(1)) } else { run.send(.cancel(by: "eve@host", reason: nil)) }
      run.runToEnd()
      for count in 1..<run.records.count {
        let resumed = try run.resumedBehind(count)
        let status = resumed.runToEnd()
        #expect(status != nil, "\(ending), stuck behind \(count)")
        var undone: Set<String> = []
        for stamped in resumed.records {
          switch stamped.record {
          case .stepEnded(let end) where end.status == .succeeded && end.step.hasPrefix("body/undo-"):
            let isNew = undone.insert(end.step).inserted
            #expect(isNew, "\(ending), behind \(count): \(end.step)")
          case .forgotten(_, _, let reason) where reason == "it was undone": undone = []
          default: break
          }
        }
        if ending == "failed" {
          #expect(status == .failed, "behind \(count)")
          #expect(resumed.reason("body")?.hasSuffix("; undone") == true, "behind \(count)")
        }
      }
    }
  }

  @Test func `a cancelled body that was only queued again is undone by what an earlier driver had registered`() throws {
    let run = bodyRun(saga)
    run.begin()
    run.finish("body/a")
    run.send(.interrupt)
    let resumed = try run.resumedBody()
    resumed.begin()
    resumed.send(.cancel(by: "eve@host", reason: nil))
    #expect(resumed.runToEnd() == .cancelled)
    #expect(resumed.childOrder.hasSuffix("undo-1"))
  }
}
