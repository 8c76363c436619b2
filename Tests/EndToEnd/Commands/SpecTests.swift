import Testing

/// `baton test`.
@Suite struct SpecCommand {
  private static let workflow = """
    local build = step "build" { run = "make", timeout = "10m" }
    step "deploy" { depends = build, run = "deploy " .. build.out.version, retry = 1 }
    """
  private static let spec = """
    mocks { steps = { build = { out = { version = 3 } } } }
    describe("work", function()
      it("deploys", function() assert.equal("deploy 3", simulate({}).steps.deploy.command) end)
      it("takes thirty days", function()
        local run = simulate { steps = { deploy = { { code = 1, duration = "15d" }, { duration = "15d" } } } }
        assert.equal(30 * 86400, run.duration)
      end)
    end)
    """

  @Test("Specs below the folder are found, run in milliseconds, and leave nothing behind")
  func passing() throws {
    let sandbox = try Sandbox([
      "work.lua": Self.workflow, "work_test.lua": Self.spec, "lib/more_test.lua": "it('a', function() end)",
      ".hidden/no_test.lua": "error 'no'",
    ])
    let finished = try sandbox.baton("test")
    #expect(finished.code == 0, "\(finished.account)")
    #expect(finished.output.contains("✓ lib/more_test.lua  1 test"))
    #expect(finished.output.contains("✓ 3 tests in 2 files: 3 passed"))
    #expect(Disk.names(in: sandbox.folder).sorted() == [".hidden", "lib", "work.lua", "work_test.lua"])
  }

  @Test("A test that fails makes the exit code 1, and is told with its line in every form")
  func failing() throws {
    let sandbox = try Sandbox([
      "work.lua": Self.workflow, "work_test.lua": Self.spec,
      "bad_test.lua": "it('fails', function()\n  assert.equal(1, 2)\nend)\n",
    ])
    let finished = try sandbox.baton("test", "--junit", "report.xml")
    #expect(finished.code == 1)
    #expect(finished.output.contains("bad_test.lua:2: expected to be equal\n  2 │ assert.equal(1, 2)"))
    #expect(sandbox.read("report.xml")?.contains("tests=\"3\" failures=\"1\" errors=\"0\"") == true)
    let json = try sandbox.baton("test", "--json")
    #expect(json.code == 1)
    #expect(json.output.contains("\"failed\": 1"))
    #expect(try sandbox.baton("test", "work_test.lua").code == 0)
    #expect(try sandbox.baton("test", "--filter", "thirty").output.contains("1 test in 1 file"))
  }

  @Test("A command line without tests is a mistake: exit code 2, and what to do")
  func mistakes() throws {
    let sandbox = try Sandbox(["work.lua": Self.workflow, "work_test.lua": Self.spec])
    for words in [["test", "nothing_test.lua"], ["test", "--filter", "never"], ["test", "--watch", "--json"]] {
      let finished = try sandbox.start(words).wait()
      #expect(finished.code == 2, "\(finished.account)")
    }
    let empty = try Sandbox().baton("test")
    #expect(empty.code == 2)
    #expect(empty.errors.contains("there is no *_test.lua here or below"))
  }

  @Test("--watch runs the tests again when a file is written")
  func watching() throws {
    let sandbox = try Sandbox(["work.lua": Self.workflow, "work_test.lua": Self.spec])
    let child = try sandbox.start(["test", "--watch"])
    try sandbox.wait("the first round") { child.errorsSoFar.contains("waiting for a Lua file to change") }
    try sandbox.write("more_test.lua", "it('comes later', function() end)\n")
    try sandbox.wait("the second round") { child.outputSoFar.contains("3 tests in 2 files") }
    child.send(2)
    _ = try child.wait()
  }
}

/// `baton chaos`.
@Suite struct ChaosCommandTests {
  private static let files = [
    "work.lua": """
    local list = step "list" { run = [[echo 'numbers=[1,2]' >> "$BATON_OUTPUT"]] }
    local cells = matrix "cells" {
      axes = { n = { 1, 2 } },
      step = function(cell) return { run = "echo " .. cell.n .. " > cell-" .. cell.n } end,
    }
    step "sum" { depends = { list, cells }, run = "cat cell-1 cell-2 > sum" }
    """,
    "forgetful.lua": """
    local asked = 0
    local function first() asked = asked + 1 return asked == 1 end
    step "one" { run = "true", when = first }
    step "two" { depends = "one", run = "true", when = function() asked = asked + 1 return asked == 2 end }
    """,
  ]

  @Test("Mocked and real, a sound workflow ends the same wherever its driver dies, and its folder stays as it was")
  func sound() throws {
    let sandbox = try Sandbox(Self.files)
    let mocked = try sandbox.baton("chaos", "work.lua")
    #expect(mocked.code == 0, "\(mocked.account)")
    #expect(mocked.output.contains("every resumed run ended as the undisturbed one"))
    let real = try sandbox.baton("chaos", "work.lua", "--real", atMost: 300)
    #expect(real.code == 0, "\(real.account)")
    #expect(real.output.contains("every resumed run ended as the undisturbed one"))
    #expect(Disk.names(in: sandbox.folder).sorted() == ["forgetful.lua", "work.lua"])
  }

  @Test("A workflow that forgets ends differently: exit code 1, and the command that shows it record by record")
  func forgetful() throws {
    let sandbox = try Sandbox(Self.files)
    let found = try sandbox.baton("chaos", "forgetful.lua")
    #expect(found.code == 1)
    let line = try #require(found.output.split(separator: "\n").first { $0.contains("reproduce:") })
    let words = line.split(separator: " ").drop { $0 != "baton" }.dropFirst().map(String.init)
    let shown = try sandbox.start(words).wait()
    #expect(shown.code == 1)
    #expect(shown.output.contains("the driver dies"))
    #expect(shown.output.contains("it ended differently"))
  }

  @Test("Mocks come from the spec beside the workflow, or from a file that returns them")
  func mocks() throws {
    let sandbox = try Sandbox([
      "work.lua": "local a = step \"a\" { run = \"true\" }\nstep \"b\" { run = \"echo \" .. a.out.n }\n",
      "work_test.lua": "mocks { steps = { a = { out = { n = 1 } } } }",
      "bad.lua": "return { steps = { a = function() return 3 end } }",
    ])
    #expect(try sandbox.baton("chaos", "work.lua").output.contains("✓ undisturbed: succeeded"))
    #expect(try sandbox.baton("chaos", "work.lua", "--mocks", "bad.lua").output.contains("✗ undisturbed: failed"))
    #expect(try sandbox.baton("chaos", "work.lua", "--at", "7,3").code == 2)
    #expect(try sandbox.baton("chaos", "work.lua", "--real", "--mocks", "bad.lua").code == 2)
  }
}
