import BatonCore
import BatonLua
import BatonModel
import BatonReport
import BatonRuntime
import BatonSimulation
import Testing

/// Bodies that are forgotten while they wait, because there are very many, and executed again from their top when what they
/// wait for has come: nobody can tell.
@Suite struct SleepingBodyTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var workflow: String
    var signals: [String] = []
    var mocks: [String: Outcome] = [:]
  }

  static let cases = [
    Case(
      testDescription: "timers, with all that a body may tell between them",
      workflow: """
        step "work" { function(ctx)
          local sum = 0
          for i = 1, 5 do
            sum = sum + ctx:effect("op-" .. i, function() return i end)
            print("print " .. i)
            ctx:log("log " .. i)
            ctx:progress(i / 5, "part " .. i)
            ctx:metric("sum", sum)
            ctx:output("seen-" .. i, ctx:random(1000))
            ctx:sleep "1h"
          end
          return { sum = sum, id = ctx:uuid(), time = ctx:now(), chance = math.random(10) }
        end }
        """),
    Case(
      testDescription: "signals, in time and not",
      workflow: """
        step "work" { function(ctx)
          local first = ctx:signal "go"
          print("got " .. tostring(first))
          local second = ctx:signal("stop", { timeout = "1h" })
          return { first = first, second = second, third = ctx:signal("go", { timeout = "1m" }) }
        end }
        """, signals: ["go", "go"]),
    Case(
      testDescription: "steps before, behind and beside the waits",
      workflow: """
        step "work" { function(ctx)
          ctx:step "before" { run = "x" }
          local beside = ctx:start "beside" { function(inner) inner:sleep "3h" return { n = 3 } end }
          ctx:sleep "1h"
          local got, which = ctx:any { a = ctx:start "a" { run = "x" }, b = ctx:start "b" { run = "x" } }
          ctx:sleep "1h"
          local ok, failure = pcall(ctx.step, ctx, "bad", { run = "x" })
          ctx:sleep "1h"
          local all = ctx:map({ 1, 2, 3 }, function(n) return "m" .. n, { function(inner) inner:sleep(n) return { n = n } end } end)
          return { n = beside:await().out.n + #all, which = which, ok = ok, reason = failure.reason, got = got.step }
        end }
        step "after" { depends = "work", run = "x" }
        """, mocks: ["work/bad": .exited(3)]),
    Case(
      testDescription: "compensations, and a failure behind a wait",
      workflow: """
        step "work" { function(ctx)
          ctx:sleep "1h"
          ctx:step "reserve" { run = "x" }
          ctx:undo { run = "release" }
          ctx:sleep "1h"
          ctx:undo(function(undo) undo:sleep "1h" undo:step "tell" { run = "x" } end)
          ctx:sleep "1h"
          ctx:step "bad" { run = "x" }
        end, retry = { attempts = 2, backoff = "10m" } }
        """, mocks: ["work/bad": .exited(3)]),
    Case(
      testDescription: "a halt, a timeout and a deadline while others wait",
      workflow: """
        step "long" { function(ctx) ctx:sleep "10h" end, timeout = "2h" }
        step "late" { function(ctx) ctx:sleep "1h" ctx:sleep "10h" end, deadline = "90m" }
        step "halts" { function(ctx) ctx:sleep "5h" ctx:halt "enough" end }
        step "cut" { function(ctx) ctx:sleep "20h" end }
        """),
  ]

  private func run(
    _ one: Case, kept: Int?
  ) throws -> (course: Simulation.Course, world: SimulatedWorld, printed: [String]) {
    var source = WorkflowSource(
      file: "work.lua", path: "/project/work.lua", text: Array(one.workflow.utf8), modules: [])
    var printed: [String] = []
    source.onPrint = { printed.append($0) }
    var options = SimulationOptions()
    options.bodiesInMemory = kept
    for (number, name) in one.signals.enumerated() {
      var sending = PeopleBook.Sending(name: name, value: .integer(Int64(number)))
      sending.after = Span(seconds: Int64(100 * (number + 1)))
      options.people.signals.append(sending)
    }
    let script = try source.load(Observations(time: options.start, seed: 7))
    let mocks = one.mocks.map { MockBook.Entry($0.key, .fixed(MockResult($0.value))) }
    let simulation = Simulation(
      plan: script.plan, host: script, observations: script.observations, mocks: MockBook(mocks), options: options)
    return (try simulation.course(), simulation.world, printed)
  }

  @Test("The records of a run do not tell whether its bodies slept", arguments: cases)
  func same(one: Case) throws {
    let awake = try run(one, kept: nil)
    let asleep = try run(one, kept: 0)
    #expect(awake.course.records.count > 10)
    #expect(asleep.course.records == awake.course.records)
    #expect(asleep.printed == awake.printed)
    #expect(asleep.world.logs == awake.world.logs)
    #expect(asleep.world.starts.map(\.step) == awake.world.starts.map(\.step))
  }

  @Test("A sleeping body is executed again: what it keeps outside of its records begins anew")
  func sleeps() throws {
    let one = Case(
      testDescription: "",
      workflow: """
        local executions = 0
        step "work" { function(ctx)
          executions = executions + 1
          ctx:sleep "1h"
          ctx:sleep "1h"
          print("executed " .. executions)
        end }
        """)
    #expect(try run(one, kept: nil).printed == ["executed 1"])
    #expect(try run(one, kept: 0).printed == ["executed 3"])
  }

  @Test("The driver of sleeping bodies may die at every record")
  func chaos() throws {
    let workflow = """
      matrix "m" {
        axes = { x = { 1, 2 } },
        step = function(cell)
          return { function(ctx)
            ctx:sleep(cell.x)
            ctx:step "a" { run = "x" }
            ctx:undo { run = "x" }
            ctx:sleep "1h"
            ctx:map({ 1, 2 }, function(n) return "n" .. n, { function(inner) inner:sleep(n) end } end)
          end }
        end,
      }
      """
    let source = WorkflowSource(
      file: "work.lua", path: "/project/work.lua", text: Array(workflow.utf8), modules: [])
    var options = SimulationOptions()
    options.bodiesInMemory = 0
    let report = try ChaosSearch(
      ChaosSubject(source: source, mocks: MockBook(), options: options), pairLimit: 40
    ).report()
    #expect(report.status == .succeeded)
    #expect(report.isGood, "\(ChaosText(file: "work.lua", palette: .plain).report(report, duration: .zero))")
  }
}
