import BatonCore
import BatonLua
import BatonModel
import Testing

/// Bodies executed against records, with nothing done.
@Suite struct ReplayTests {
  /// Records of one body, as a run would have written them.
  private struct Told {
    var facts = RunFacts()
    private var seq: Int64 = 0

    mutating func add(_ record: Record) {
      seq += 1
      facts.apply(StampedRecord(seq: seq, time: Instant(milliseconds: 1000 * seq), record: record))
    }

    /// A child step that was asked for; where it has a status, it ended.
    mutating func step(
      _ name: String, in body: String, _ text: String, _ status: StepStatus? = .succeeded, out: [String: Value] = [:]
    ) {
      add(.operated(step: body, [Operation(kind: .step, key: "step \(name)", text: text, line: 1)]))
      if let status { add(.stepEnded(StepEnd(step: "\(body)/\(name)", status: status, values: out))) }
    }

    mutating func done(_ kind: OperationKind, _ key: String, in body: String, _ result: OperationResult) {
      add(.operated(step: body, [Operation(kind: kind, key: key, text: "", line: 1, result: result)]))
    }

    mutating func ended(_ step: String, _ status: StepStatus, reason: String? = nil) {
      add(.stepEnded(StepEnd(step: step, status: status, reason: reason)))
    }
  }

  private func replay(_ body: String, fields: String = "", _ told: Told, only: String? = nil) throws -> [Replay.Body] {
    let script = try Lua.load("step \"roll\" { \(fields) function(ctx)\n\(body)\nend }")
    return Replayer(plan: script.plan, facts: told.facts, host: script, secret: { _ in nil }).bodies(only: only)
  }

  private var rollout: Told {
    var told = Told()
    told.step("sh-1", in: "roll", "git describe", out: ["text": "v7\n"])
    told.step("deploy-eu", in: "roll", "deploy eu v7")
    told.step("deploy-us", in: "roll", "deploy us v7")
    told.ended("roll", .succeeded)
    return told
  }

  private static let script = """
    local version = ctx:sh("git describe").text
    for _, region in ipairs { "eu", "us" } do
      ctx:step("deploy-" .. region) { run = "deploy " .. region .. " " .. version }
    end
    return { version = version }
    """

  @Test func `a body that asks for what its records tell replays, and its values come from them`() throws {
    let body = try #require(try replay(Self.script, rollout).first)
    #expect(body.divergence == nil)
    #expect(body.asked.map(\.key) == ["step sh-1", "step deploy-eu", "step deploy-us"])
    #expect(body.asked.map(\.line) == [2, 4, 4], "lines of the script as it is now")
    guard case .returned(let values) = body.ending else {
      Issue.record("\(body.ending)")
      return
    }
    #expect(values == ["version": "v7"])
  }

  @Test func `comments, renamed locals and what ended in another order do not matter`() throws {
    let edited = """
      -- which version
      local v = ctx:sh("git describe").text
      local futures = {}
      for _, place in ipairs { "us", "eu" } do
        futures[place] = ctx:start("deploy-" .. place, { run = "deploy " .. place .. " " .. v })
      end
      ctx:all(futures)
      return { version = v }
      """
    #expect(try replay(edited, rollout).first?.divergence == nil)
  }

  @Test func `an operation with another content diverges, with both and the line`() throws {
    let body = try #require(
      try replay(Self.script.replacingFirst("\"deploy \" .. region", "\"ship \" .. region"), rollout).first)
    #expect(body.divergesAt == SourcePlace(file: "test.lua", line: 4))
    #expect(body.divergence?.contains("recorded: step deploy-eu: deploy eu v7") == true)
    #expect(body.divergence?.contains("asked:    step deploy-eu: ship eu v7 (test.lua:4)") == true)
  }

  @Test func `a body that leaves recorded operations unasked diverges`() throws {
    let body = try #require(
      try replay(Self.script.replacingFirst("{ \"eu\", \"us\" }", "{ \"eu\" }"), rollout).first)
    #expect(body.divergence?.contains("recorded: step deploy-us") == true, "\(body.ending)")
    #expect(body.divergence?.contains("asked:    nothing more") == true)
  }

  @Test func `a step that may diverge says that it would do anew what follows`() throws {
    let edited = Self.script.replacingFirst("deploy-", "ship-")
    let body = try #require(try replay(edited, fields: "on_divergence = \"rerun\",", rollout).first)
    guard case .diverges(_, reruns: true) = body.ending else {
      Issue.record("\(body.ending)")
      return
    }
  }

  @Test func `the execution ends at the first operation that has no record`() throws {
    var told = Told()
    told.step("sh-1", in: "roll", "git describe", out: ["text": "v7\n"])
    let body = try #require(try replay(Self.script, told).first)
    guard case .goesOn = body.ending else {
      Issue.record("\(body.ending)")
      return
    }
    #expect(body.asked.map(\.answer) == [body.asked[0].answer, .new])
    #expect(body.replayed == 1)
  }

  @Test func `what was asked for and never ended is waited for`() throws {
    var told = Told()
    told.step("sh-1", in: "roll", "git describe", out: ["text": "v7\n"])
    told.step("deploy-eu", in: "roll", "deploy eu v7", nil)
    let body = try #require(try replay(Self.script, told).first)
    guard case .waits(let keys) = body.ending else {
      Issue.record("\(body.ending)")
      return
    }
    #expect(keys == ["step deploy-eu"])
  }

  @Test func `the function of an effect is never called, recorded or not`() throws {
    var told = Told()
    told.done(.effect, "effect pay", in: "roll", .value(7))
    let body = try #require(
      try replay(
        """
        local called = false
        local paid = ctx:effect("pay", function() called = true return 1 end)
        if called then ctx:fail "the first was called" end
        pcall(ctx.effect, ctx, "refund", function() called = true return paid end)
        if called then ctx:step "called" { run = "true" } end
        """, told
      ).first)
    #expect(body.asked.map(\.key) == ["effect pay", "effect refund"])
    #expect(body.asked[0].answer == .recorded(.value(7)))
    guard case .goesOn = body.ending else {
      Issue.record("\(body.ending)")
      return
    }
  }

  @Test func `bodies in bodies are executed too, each against its own records`() throws {
    var told = Told()
    told.step("inner", in: "roll", "body")
    told.step("sh-1", in: "roll/inner", "echo hi", out: ["text": "hi\n"])
    told.ended("roll", .succeeded)
    let nested = """
      ctx:step "inner" { function(ctx)
        ctx:sh "echo WORD"
      end }
      """
    let same = try replay(nested.replacingFirst("WORD", "hi"), told)
    #expect(same.map(\.name) == ["roll", "roll/inner"])
    #expect(same.allSatisfy { $0.divergence == nil })
    let edited = try replay(nested.replacingFirst("WORD", "ho"), told)
    #expect(edited.map { $0.divergence == nil } == [true, false])
    #expect(try replay(nested, told, only: "roll/inner").map(\.name) == ["roll/inner"])
  }

  @Test func `a step of a body can be looked at alone`() throws {
    let bodies = try replay(Self.script, rollout, only: "roll/deploy-us")
    #expect(bodies.map(\.name) == ["roll"])
    #expect(bodies.first?.asked.map(\.key) == ["step deploy-us"])
  }

  @Test func `a failure that is recorded is raised again, and pcall catches it`() throws {
    var told = Told()
    told.step("sh-1", in: "roll", "false", .failed)
    told.step("mend", in: "roll", "true")
    let body = try #require(
      try replay("if not pcall(ctx.sh, ctx, 'false') then ctx:step 'mend' { run = 'true' } end", told).first)
    #expect(body.divergence == nil)
    #expect(body.replayed == 2)
  }

  @Test func `compensations are registered anew, and are not missed`() throws {
    var told = Told()
    told.done(.undo, "undo 1", in: "roll", .value(.null))
    told.step("sh-1", in: "roll", "true")
    let body = try #require(try replay("ctx:undo { run = 'rollback' } ctx:sh 'true'", told).first)
    #expect(body.divergence == nil)
    guard case .returned = body.ending else {
      Issue.record("\(body.ending)")
      return
    }
  }

  @Test func `a body that succeeded then and fails now diverges`() throws {
    var told = Told()
    told.step("sh-1", in: "roll", "true")
    told.ended("roll", .succeeded)
    let body = try #require(try replay("ctx:sh 'true' error 'no more'", told).first)
    #expect(body.divergence?.contains("recorded: succeeded") == true)
    #expect(body.divergence?.contains("no more") == true)
  }
}

extension String {
  fileprivate func replacingFirst(_ text: String, _ other: String) -> String {
    var position = startIndex
    while position < endIndex {
      if self[position...].hasPrefix(text) {
        return String(self[..<position]) + other + String(self[index(position, offsetBy: text.count)...])
      }
      position = index(after: position)
    }
    return self
  }
}
