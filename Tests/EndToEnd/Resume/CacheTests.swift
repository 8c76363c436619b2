import BatonModel
import Testing

/// `inputs` and `outputs`.
@Suite struct Caching {
  private static let workflow = """
    step "make" {
      run = "cat src/*.txt > out/all; echo made >> side; echo \\"n=$(wc -l < out/all)\\" >> \\"$BATON_OUTPUT\\"",
      inputs = { "src/**" }, outputs = { "out/all" },
    }

    """

  private func project() throws -> Sandbox {
    try Sandbox(["w.lua": Self.workflow, "src/a.txt": "a\n", "src/b.txt": "b\n", "out/keep": ""])
  }

  private func run(_ sandbox: Sandbox, _ arguments: String...) throws -> RunState {
    let finished = try sandbox.start(["run", "w.lua"] + arguments).wait()
    #expect(finished.code == 0, "\(finished.account)")
    return try sandbox.show()
  }

  @Test("A result is not another's because a function read the same parameters, variables and modules by name")
  func functions() throws {
    let sandbox = try Sandbox([
      "in": "1", "modules/shop.lua": "return { tax = 1 }",
      "w.lua": """
      workflow "w" { params = { who = param.string { default = "a" } } }
      local shop = require "shop"
      local v = step "v" [[echo "v=x" >> "$BATON_OUTPUT"]]
      step "run" { run = function() return "echo " .. params.who .. (env.EXTRA or "") .. " > out1" end, inputs = "in", outputs = "out1" }
      step "map" { run = { "cp", "in", v.out.v:map(function() return "out2" .. params.who end) }, inputs = "in", outputs = "out2*" }
      step "module" { run = function() return "echo " .. shop.tax .. " > out3" end, inputs = "in", outputs = "out3" }
      """,
    ])
    func statuses(_ arguments: String..., env: [String: String] = [:]) throws -> [String] {
      let finished = try sandbox.start(["run", "w.lua"] + arguments, env: env).wait()
      #expect(finished.code == 0, "\(finished.account)")
      let state = try sandbox.show()
      return ["run", "map", "module"].map { state.steps[$0]?.status ?? "" }
    }
    #expect(try statuses() == ["succeeded", "succeeded", "succeeded"])
    #expect(try statuses() == ["cached", "cached", "cached"])
    #expect(try statuses("-p", "who=b") == ["succeeded", "succeeded", "cached"])
    #expect(sandbox.lines("out1") == ["b"] && Disk.exists(sandbox.path("out2b")))
    #expect(try statuses("-p", "who=b", env: ["EXTRA": "!"]) == ["succeeded", "cached", "cached"])
    try sandbox.write("modules/shop.lua", "return { tax = 2 }")
    #expect(try statuses() == ["cached", "cached", "succeeded"])
    #expect(sandbox.lines("out3") == ["2"])
  }

  @Test("An unchanged step is cached, with its values")
  func unchanged() throws {
    let sandbox = try project()
    _ = try run(sandbox)
    let second = try run(sandbox)
    #expect(second.steps["make"]?.status == "cached")
    #expect(second.steps["make"]?.values["n"]?.text == "2")
    #expect(sandbox.lines("side").count == 1)
  }

  @Test("Outputs that were deleted or changed are restored", arguments: [true, false])
  func restored(deleted: Bool) throws {
    let sandbox = try project()
    _ = try run(sandbox)
    if deleted { Disk.remove(sandbox.path("out/all")) } else { try sandbox.write("out/all", "spoilt") }
    #expect(try run(sandbox).steps["make"]?.status == "cached")
    #expect(sandbox.read("out/all") == "a\nb\n")
    #expect(sandbox.lines("side").count == 1)
  }

  @Test(
    "A changed, added or removed input runs the step again; back to what was, it is cached",
    arguments: [
      ("src/a.txt", "A\n"), ("src/c.txt", "c\n"), ("src/b.txt", ""),
    ])
  func changed(file: String, text: String) throws {
    let sandbox = try project()
    _ = try run(sandbox)
    let old = sandbox.read(file)
    if text.isEmpty { Disk.remove(sandbox.path(file)) } else { try sandbox.write(file, text) }
    #expect(try run(sandbox).steps["make"]?.status == "succeeded")
    if let old { try sandbox.write(file, old) } else { Disk.remove(sandbox.path(file)) }
    #expect(try run(sandbox).steps["make"]?.status == "cached")
    #expect(sandbox.read("out/all") == "a\nb\n")
  }

  @Test("--no-cache runs the step again")
  func noCache() throws {
    let sandbox = try project()
    _ = try run(sandbox)
    #expect(try run(sandbox, "--no-cache").steps["make"]?.status == "succeeded")
    #expect(sandbox.lines("side").count == 2)
  }

  @Test("An output that the step did not make fails it, and is named")
  func missingOutput() throws {
    let sandbox = try Sandbox([
      "w.lua": "step \"a\" { run = \"true; true\", inputs = {}, outputs = { \"never.txt\" } }\n"
    ])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 1, "\(finished.account)")
    #expect(finished.errors.contains("never.txt"), "\(finished.account)")
  }

  @Test("A tree of 10,000 unchanged files costs milliseconds")
  func largeTree() throws {
    let sandbox = try project()
    let made = try sandbox.command(
      "sh", "-c",
      "for d in $(seq 100); do mkdir src/$d; (cd src/$d; for f in $(seq 100); do echo $d $f > $f.txt; done); done; touch -d '1 hour ago' src/*/*.txt"
    )
    try #require(made.code == 0, "\(made.account)")
    _ = try run(sandbox)
    var best = Double.infinity
    for _ in 0..<3 {
      let finished = try sandbox.baton("run", "w.lua")
      #expect(finished.code == 0, "\(finished.account)")
      best = min(best, finished.seconds)
    }
    #expect(try sandbox.show().steps["make"]?.status == "cached")
    #expect(best < 0.5)
  }
}
