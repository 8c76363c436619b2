import Testing

/// What modules of others may do: as much as any script, and beyond it what was granted.
@Suite struct ModuleTrustTests {
  /// A project and a module `m` beside it.
  private func prepared(_ source: String, permissions: String = "[]", workflow: String) throws -> Sandbox {
    let sandbox = try Sandbox([
      "second/baton.json": "{}", "second/workflow.lua": workflow, "m/init.lua": source,
      "m/baton/module.json": "{\"permissions\": \(permissions)}",
      "m/m-1.0-1.rockspec": ModuleTests.rockspec("m", "1.0-1", more: ", copy_directories = { \"baton\" }"),
    ])
    return sandbox
  }

  private static let asking = """
    return {
      token = function() return os.getenv "SHOP_TOKEN" end,
      token_of_env = function() return env.SHOP_TOKEN end,
      home = function() return env.HOME end,
      hosts = function() local f = assert(io.open "/etc/hostname") local text = f:read "a" f:close() return text end,
      own = function() return io.open("notes.txt"):read "l" end,
    }
    """

  @Test
  func `a module that two others need is loaded for each of them, and for the workflow: none patches it for the rest`()
    throws
  {
    let sandbox = try Sandbox([
      "second/baton.json": "{}", "shared/init.lua": "return { greet = function() return 'hello' end, seen = {} }",
      "shared/shared-1.0-1.rockspec": ModuleTests.rockspec("shared", "1.0-1"),
      "evil/init.lua": """
      local shared = require "shared"
      shared.greet = function() return "evil" end
      rawset(shared, "seen", { "evil" })
      package.loaded.shared = { greet = function() return "evil" end }
      setmetatable(shared, { __index = function() return "evil" end })
      return { greet = function() return require("shared").greet() end }
      """, "evil/evil-1.0-1.rockspec": ModuleTests.rockspec("evil", "1.0-1"),
      "good/init.lua": "local shared = require 'shared' return { say = function() return shared.greet() end }",
      "good/good-1.0-1.rockspec": ModuleTests.rockspec("good", "1.0-1"),
      "second/workflow.lua": """
      local evil, good, shared = require "evil", require "good", require "shared"
      step "say" { run = { "echo", evil.greet(), good.say(), shared.greet(), #shared.seen, tostring(shared.planted) } }
      """,
    ])
    for name in ["shared", "evil", "good"] {
      let added = try sandbox.baton("module", "add", "../\(name)", in: "second")
      #expect(added.code == 0, "\(added.account)")
    }
    let run = try sandbox.baton("run", "workflow.lua", in: "second")
    #expect(run.code == 0, "\(run.account)")
    #expect(try sandbox.baton("logs", "say", in: "second").output == "evil hello hello 0 nil\n")
  }

  @Test func `what a module asks for is shown when it is added, and refused by name until it is granted`() throws {
    let sandbox = try prepared(
      Self.asking, permissions: #"["env:SHOP_*"]"#,
      workflow: #"step "a" { run = { "echo", require("m").token() or "none" } }"#)
    let added = try sandbox.baton("module", "add", "../m", in: "second")
    #expect(added.code == 0, "\(added.account)")
    #expect(
      added.output.contains(
        "m asks to read the environment variables that begin with SHOP_; grant it with: baton module trust m env:SHOP_*"
      ),
      "\(added.account)")
    let variables = ["SHOP_TOKEN": "t0ken"]
    let refused = try sandbox.baton("run", "workflow.lua", env: variables, in: "second")
    #expect(refused.code == 2, "\(refused.account)")
    #expect(
      refused.errors.contains("it has not been granted the permission env:SHOP_*"), "\(refused.account)")

    for command in ["run", "plan"] {
      let once = try sandbox.baton(
        command, "workflow.lua", "--trust", "m=env:SHOP_*", env: variables, in: "second")
      #expect(once.code == 0, "\(once.account)")
    }
    for (word, part) in [
      ("env:SHOP_*", "--trust needs NAME=PERMISSION"), ("m=build", "is no permission that a run can grant"),
      ("n=env:SHOP_*", "there is no module \"n\""),
    ] {
      let wrong = try sandbox.baton("run", "workflow.lua", "--trust", word, env: variables, in: "second")
      #expect(wrong.code == 2 && wrong.errors.contains(part), "\(wrong.account)")
    }
    #expect(try sandbox.baton("run", "workflow.lua", env: variables, in: "second").code == 2, "it was granted once")

    try sandbox.write("second/baton.json", #"{"trust": {"m": ["env:SHOP_*"]}}"#)
    #expect(try sandbox.baton("run", "workflow.lua", env: variables, in: "second").code == 0)
    #expect(try sandbox.baton("logs", "a", in: "second").output == "t0ken\n")
    try sandbox.write("second/baton.json", "{}")
    #expect(try sandbox.baton("module", "trust", "m", "env:SHOP_*", in: "second").code == 0)
    #expect(sandbox.read("second/baton.lock")?.contains(#""trust""#) == true)
    #expect(try sandbox.baton("run", "workflow.lua", env: variables, in: "second").code == 0)
    #expect(try sandbox.baton("module", "list", in: "second").output.contains("(granted)"))

    try sandbox.write("second/workflow.lua", #"step "a" { run = { "echo", require("m").home() } }"#)
    let other = try sandbox.baton("run", "workflow.lua", in: "second")
    #expect(
      other.code == 2 && other.errors.contains("needs the permission env:HOME, for which its manifest does not ask"),
      "\(other.account)")
    #expect(try sandbox.baton("module", "distrust", "m", in: "second").code == 0)
    try sandbox.write("second/workflow.lua", #"step "a" { run = { "echo", require("m").token_of_env() } }"#)
    #expect(try sandbox.baton("run", "workflow.lua", env: variables, in: "second").code == 2)
    // The project's own scripts need no grant.
    try sandbox.write("second/workflow.lua", #"step "a" { run = { "echo", env.SHOP_TOKEN } }"#)
    #expect(try sandbox.baton("run", "workflow.lua", env: variables, in: "second").code == 0)
  }

  @Test func `a module reads files of the project, and those outside that it was granted; a resumed run sees the same`()
    throws
  {
    let sandbox = try prepared(
      Self.asking, permissions: #"["read:/etc"]"#,
      workflow: """
        local m = require "m"
        step "a" { run = { "echo", m.own() } }
        step "b" { depends = "a", run = "test -e go" }
        """)
    try sandbox.write("second/notes.txt", "first\nsecond\n")
    #expect(try sandbox.baton("module", "add", "../m", in: "second").code == 0)
    #expect(try sandbox.baton("run", "workflow.lua", in: "second").code == 1)
    #expect(try sandbox.baton("logs", "a", in: "second").output == "first\n")
    try sandbox.write("second/notes.txt", "changed\n")
    try sandbox.write("second/go", "")
    let resumed = try sandbox.baton("resume", in: "second")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(try sandbox.baton("logs", "a", in: "second").output == "first\n")

    try sandbox.write("second/workflow.lua", #"step "a" { run = { "echo", require("m").hosts() } }"#)
    let refused = try sandbox.baton("run", "workflow.lua", in: "second")
    #expect(refused.code == 2 && refused.errors.contains("granted the permission read:/etc;"), "\(refused.account)")
    #expect(try sandbox.baton("module", "trust", "m", "read:/etc", in: "second").code == 0)
    #expect(try sandbox.baton("run", "workflow.lua", in: "second").code == 0)
    #expect(try sandbox.baton("logs", "a", in: "second").output == (Disk.text("/etc/hostname") ?? "") + "\n")

    // A link out of the project is outside of it.
    try sandbox.command("ln", "-sf", "/etc/hostname", "second/notes.txt")
    #expect(try sandbox.baton("module", "distrust", "m", in: "second").code == 0)
    try sandbox.write("second/workflow.lua", #"step "a" { run = { "echo", require("m").own() } }"#)
    #expect(try sandbox.baton("run", "workflow.lua", in: "second").errors.contains("read:/etc"))
  }

  @Test func `a module cannot reach what is the project's own, nor change it for others`() throws {
    let sandbox = try prepared(
      """
      string.upper = function() return "broken" end
      table.concat, math.floor = nil, nil
      assert(not pcall(function() require("baton.shell").quote = function() return "broken" end end))
      rawset(_G, "step", nil)
      x = 1
      return {
        tail = function() return os.getenv("HOME") end,
        wrapped = coroutine.wrap(os.getenv),
        mapped = function() return (("HOME"):gsub(".+", os.getenv)) end,
        loaded = function() return load("return os.getenv 'HOME'")() end,
        own = function() return pcall(require, "mine") end,
        seen = function() return rawget(_G, "secret_of_project"), y end,
      }
      """,
      workflow: """
        secret_of_project = "s"
        y = 2
        local m = require "m"
        assert(("a"):upper() == "A" and string.upper "a" == "A" and table.concat { 1 } == "1" and math.floor(1.5) == 1)
        assert(require("baton.shell").quote ~= nil and rawget(_G, "x") == nil)
        for _, name in ipairs { "tail", "mapped", "loaded" } do
          local done, why = pcall(m[name])
          assert(not done and tostring(why):find("env:HOME", 1, true), name .. ": " .. tostring(why))
        end
        local done, why = pcall(m.wrapped, "HOME")
        assert(not done and tostring(why):find("env:HOME", 1, true), tostring(why))
        local found, missing = m.own()
        assert(not found and tostring(missing):find 'no module "mine"', tostring(missing))
        local one, two = m.seen()
        assert(one == nil and two == nil)
        assert(require("mine") == "mine")
        step "a" { run = { "echo", require("baton.shell").quote("a b") } }
        """)
    try sandbox.write("second/modules/mine.lua", #"return "mine""#)
    #expect(try sandbox.baton("module", "add", "../m", in: "second").code == 0)
    let run = try sandbox.baton("run", "workflow.lua", in: "second")
    #expect(run.code == 0, "\(run.account)")
    #expect(try sandbox.baton("logs", "a", in: "second").output == "'a b'\n")
  }

  @Test func `nothing of a module runs while it is installed, unless that is granted`() throws {
    let sandbox = try Sandbox(["second/baton.json": "{}", "m/init.lua": "return 1"])
    func add(_ build: String, _ more: String..., spec: String = "") throws -> Finished {
      try sandbox.write(
        "m/m-1.0-1.rockspec",
        """
        rockspec_format = "3.0"
        package = "m"
        version = "1.0-1"
        source = { url = "git+https://example.org/m.git" }
        build = { \(build) }
        \(spec)
        """)
      return try sandbox.start(["module", "add", "../m"] + more, in: "second").wait()
    }
    let trace = sandbox.path("ran")
    let command = "type = \"command\", build_command = \"touch \(trace)\", install_command = \"true\""
    let refused = try add(command)
    #expect(refused.code == 2, "\(refused.account)")
    #expect(
      refused.errors.contains("it needs the permission build, which it has not been granted"), "\(refused.account)")
    let hook = try add(
      #"type = "builtin", modules = { m = "init.lua" }"#, spec: "hooks = { post_install = \"touch \(trace)\" }")
    #expect(hook.code == 2, "\(hook.account)")
    let native = try add(#"type = "builtin", modules = { m = { sources = { "m.c" } } }"#)
    #expect(native.code == 2 && native.errors.contains("has modules in C, which a compiler makes"), "\(native.account)")
    let escaping = try add(
      #"type = "builtin", modules = { m = "init.lua" }, install = { conf = { ["../../../../../../ran"] = "init.lua" } }"#
    )
    #expect(escaping.code == 2 && escaping.errors.contains("outside of its own folder"), "\(escaping.account)")
    #expect(!Disk.exists(trace) && sandbox.read("second/baton.lock") == nil)
    let granted = try add(command + #", install = { lua = { m = "init.lua" } }"#, "--trust", "build")
    #expect(granted.code == 0, "\(granted.account)")
    #expect(Disk.exists(trace) && sandbox.read("second/baton.lock")?.contains(#""build""#) == true)
  }
}
