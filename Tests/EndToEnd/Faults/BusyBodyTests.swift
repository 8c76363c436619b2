import Glibc
import Testing

/// A body that never waits for anything but the disk.
@Suite struct BusyBody {
  private static func endless(_ options: String = "") -> String {
    """
    step "busy" { function(ctx)
      ctx:sh "echo begun >> side"
      for i = 1, math.maxinteger do ctx:effect("op-" .. i, function() return i end) end
    end\(options) }
    """
  }

  @Test("A busy body ends with its step's timeout, and what it did is on record") func timeout() throws {
    let sandbox = try Sandbox(["busy.lua": Self.endless(", timeout = \"500ms\"")])
    let finished = try sandbox.baton("run", "busy.lua")
    #expect(finished.code == 1, "\(finished.account)")
    #expect(finished.errors.contains("timed out"), "\(finished.account)")
    let told = try sandbox.baton("replay", "--trace")
    #expect(told.output.contains("op-1"), "\(told.account)")
  }

  @Test("A busy body is interrupted by Ctrl-C, and its run can be carried on") func interrupt() throws {
    let sandbox = try Sandbox(["busy.lua": Self.endless()])
    let driver = try sandbox.start(["run", "busy.lua"])
    try sandbox.wait("the body is busy") { sandbox.lines("side") == ["begun"] }
    driver.send(SIGINT)
    let finished = try driver.wait(atMost: 20)
    #expect(finished.code == 130, "\(finished.account)")
    #expect(try sandbox.show().status == "interrupted")
    let planned = try sandbox.baton("resume", "--dry-run")
    #expect(planned.output.contains("busy"), "\(planned.account)")
  }

  @Test("Nested maps in a matrix, with hundreds of real children") func children() throws {
    let sandbox = try Sandbox([
      "wide.lua": """
      matrix "zones" {
        axes = { zone = { "a", "b" } },
        step = function(cell)
          return { function(ctx)
            local racks = ctx:map({ 1, 2, 3 }, function(rack)
              return "rack-" .. rack, { function(inner)
                local hosts = {}
                for i = 1, 100 do hosts[i] = i end
                return { hosts = #inner:map(hosts, function(host) return "host-" .. host, { run = "true" } end) }
              end }
            end)
            local sum = 0
            for _, rack in ipairs(racks) do sum = sum + rack.out.hosts end
            return { hosts = sum }
          end }
        end,
      }
      """
    ])
    let finished = try sandbox.baton("run", "wide.lua", atMost: 120)
    #expect(finished.code == 0, "\(finished.account)")
    #expect(finished.errors.contains("608 succeeded"), "\(finished.account)")
    let nothing = try sandbox.baton("resume", try sandbox.show().run)
    #expect(nothing.code == 0, "\(nothing.account)")
    #expect(nothing.errors.contains("nothing to do") || nothing.output.contains("nothing to do"), "\(nothing.account)")
  }

  @Test("A function that loops ends with its step's timeout, and at once when the run is to end") func loops() throws {
    let sandbox = try Sandbox([
      "timed.lua": "step \"a\" { timeout = \"300ms\", run = function() while true do end end }",
      "endless.lua": """
      step "first" "echo begun > side"
      step "a" { depends = "first", run = function() while true do end end }
      """,
    ])
    let timed = try sandbox.baton("run", "timed.lua")
    #expect(timed.code == 1, "\(timed.account)")
    #expect(timed.errors.contains("for more than 300ms"), "\(timed.account)")
    let driver = try sandbox.start(["run", "endless.lua"])
    try sandbox.wait("the step before it") { sandbox.lines("side") == ["begun"] }
    driver.send(SIGINT)
    let finished = try driver.wait(atMost: 60)
    #expect(finished.code != 0, "\(finished.account)")
    #expect(!finished.errors.contains("for more than"), "\(finished.account)")
    #expect(try sandbox.baton("resume", "--dry-run").output.contains("a"))
  }
}
