import BatonLua
import BatonModel
import BatonReport
import BatonSimulation
import Testing

/// Durable bodies whose driver dies at every record, and again while it is carried on.
@Suite struct BodyChaosTests {
  private static func expectGood(
    _ workflow: String, _ mocks: [MockBook.Entry] = [], ends status: RunStatus = .succeeded, writes: Int,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let source = WorkflowSource(
      file: "work.lua", path: "/project/work.lua", text: Array(workflow.utf8), modules: [])
    let subject = ChaosSubject(source: source, mocks: MockBook(mocks), options: SimulationOptions())
    let report = try ChaosSearch(subject, pairLimit: 60).report()
    #expect(report.status == status, sourceLocation: sourceLocation)
    #expect(report.writes >= writes, sourceLocation: sourceLocation)
    #expect(
      report.isGood, "\(ChaosText(file: "work.lua", palette: .plain).report(report, duration: .zero))",
      sourceLocation: sourceLocation)
  }

  private static func fails(_ step: String) -> MockBook.Entry { .init(step, .fixed(MockResult(.exited(1)))) }

  @Test("Maps in a map in a matrix") func nestedMaps() throws {
    try Self.expectGood(
      """
      matrix "zones" {
        axes = { zone = { "a", "b" } },
        step = function(cell)
          return { function(ctx)
            local racks = ctx:map({ 1, 2, 3 }, function(rack)
              return "rack-" .. rack, { function(inner)
                local hosts = inner:map({ "x", "y" }, function(host)
                  return "host-" .. host, { run = { "check", cell.zone, rack, host } }
                end, { max = 1 })
                return { hosts = #hosts }
              end }
            end, { max = 2 })
            local sum = 0
            for _, rack in ipairs(racks) do sum = sum + rack.out.hosts end
            return { hosts = sum }
          end }
        end,
      }
      step "report" { depends = "zones", run = "report" }
      """, writes: 40)
  }

  @Test("A saga that fails in its middle") func failingSaga() throws {
    try Self.expectGood(
      """
      step "order" { function(ctx)
        ctx:step "reserve" { run = "reserve" }
        ctx:undo { run = "release" }
        local payment = ctx:effect("charge", function() return "p-1" end)
        ctx:undo(function(undo)
          undo:step "refund" { run = { "refund", payment } }
          undo:sleep "1h"
          undo:step "tell" { run = "tell" }
        end)
        ctx:step "ship" { run = "ship" }
      end }
      """, [Self.fails("order/ship")], ends: .failed, writes: 15)
  }

  @Test("A saga that halts the run") func haltingSaga() throws {
    try Self.expectGood(
      """
      step "order" { function(ctx)
        ctx:step "reserve" { run = "reserve" }
        ctx:undo "release"
        ctx:halt "out of stock"
      end }
      step "other" { depends = "order", run = "true" }
      """, ends: .halted, writes: 5)
  }

  @Test("Races, caught failures, retries of the body, steps left to themselves") func races() throws {
    let flaky = MockBook.Entry(
      "work/flaky", .sequence([.fixed(MockResult(.exited(1))), .fixed(MockResult())]))
    var quick = MockResult()
    quick.duration = Span(seconds: 1)
    var slow = MockResult()
    slow.duration = Span(seconds: 60)
    try Self.expectGood(
      """
      step "work" { retry = { attempts = 3, backoff = "10s" }, function(ctx)
        local background = ctx:start "background" { run = "background" }
        local first, place = ctx:any { ctx:start "slow" { run = "slow" }, ctx:start "quick" { run = "quick" } }
        local ok, problem = pcall(function() ctx:step "bad" { run = "bad" } end)
        if not ok then ctx:step "instead" { run = { "instead", problem.status } } end
        ctx:step "flaky" { run = "flaky" }
        background:await()
        return { place = place, first = first.step, ok = ok, at = ctx:now() > 0 }
      end }
      """,
      [flaky, Self.fails("work/bad"), .init("work/quick", .fixed(quick)), .init("work/slow", .fixed(slow))], writes: 15)
  }

  @Test("Ten thousand coincidences: random numbers, times and identifiers are the same for every driver")
  func observations() throws {
    try Self.expectGood(
      """
      step "work" { function(ctx)
        local seen = {}
        for i = 1, 3 do
          seen[i] = ("%s %d %s %.6f"):format(ctx:uuid(), math.random(1000), os.date("!%Y", 0), ctx:random())
          ctx:sleep(i)
          ctx:step("step-" .. i) { run = { "use", seen[i] } }
        end
        return { seen = table.concat(seen, ";"), started = os.time() > 0 }
      end }
      """, writes: 12)
  }

  @Test("Mistakes that a body catches are the same for every driver, and take no name") func caughtMistakes() throws {
    try Self.expectGood(
      """
      step "work" { function(ctx)
        local told = {}
        local function try(act, ...)
          local ok, problem = pcall(act, ...)
          told[#told + 1] = tostring(ok) .. ": " .. tostring(problem)
        end
        try(ctx.http, ctx, { url = "bogus://x" })
        try(ctx.http, ctx, {})
        try(ctx.sh, ctx, "")
        try(ctx.exec, ctx, {})
        try(function() ctx:step "a" { rum = "x" } end)
        try(function() ctx:step "a" { run = {}, timeout = -1 } end)
        ctx:step "a" { run = "a" }
        try(function() ctx:start "b" { depends = 5 } end)
        try(ctx.approval, ctx, { quorum = 0 })
        try(ctx.call, ctx, nil)
        try(ctx.sleep, ctx, -1)
        try(ctx.signal, ctx, "a b")
        try(ctx.map, ctx, { 1, 2 }, function(i)
          if i == 2 then error "two" end
          return "item-" .. i, { run = "item" }
        end)
        try(ctx.map, ctx, { 3 }, function() return "item-3" end)
        local cycle = {}
        cycle.cycle = cycle
        for i, result in ipairs { print, "\\xff", { [1] = 1, [3] = 3 }, { [0] = 1 }, cycle, { f = print } } do
          try(ctx.effect, ctx, "effect-" .. i, function() return result end)
        end
        local nan = ctx:effect("nan", function() return 0 / 0 end)
        ctx:effect("last", function() return 1 end)
        ctx:sleep "1h"
        ctx:step "use" { run = { "use", table.concat(told, "\\n"), nan ~= nan and "nan" or "a number" } }
      end }
      """, writes: 12)
  }
}
