import Testing

/// `baton module`: making, sharing and pinning modules.
@Suite struct ModuleTests {
  /// Two modules that `baton module new` made, of which one needs the other; and a project for them.
  ///
  ///     shared/kit, shared/greet   the modules
  ///     rocks/                     kit, packed
  ///     second/                    the project
  static func prepared() throws -> Sandbox {
    let sandbox = try Sandbox(["second/baton.json": "{}"])
    for name in ["kit", "greet"] {
      let made = try sandbox.baton("module", "new", name, "-o", "shared")
      try #require(made.code == 0, "\(made.account)")
    }
    try sandbox.write(
      "shared/kit/modules/kit.lua", "return { shout = function(text) return text:upper() .. '!' end }\n")
    try sandbox.edit("shared/greet/greet-0.1.0-1.rockspec", #""lua >= 5.4""#, #""lua >= 5.4", "kit >= 0.1, < 1""#)
    try sandbox.write(
      "shared/greet/modules/greet.lua",
      """
      local kit = require "kit"
      return { words = function(name) return kit.shout("hello " .. name) end }

      """)
    try sandbox.write(
      "second/workflow.lua",
      """
      local greet = require "greet"
      step "say" { run = { "echo", greet.words "ada" } }
      step "more" { depends = "say", run = "test -e go" }

      """)
    let packed = try sandbox.baton("module", "pack", "shared/kit", "-o", "rocks")
    try #require(packed.code == 0, "\(packed.account)")
    #expect(packed.output.hasPrefix("rocks/kit-0.1.0-1.all.rock  sha256 "))
    return sandbox
  }

  private func lock(_ sandbox: Sandbox, _ folder: String) -> String { sandbox.read("\(folder)/baton.lock") ?? "" }

  @Test func `a new module passes its own specs and its example runs`() throws {
    let sandbox = try Sandbox()
    try sandbox.baton("module", "new", "shop-deploy")
    let tests = try sandbox.baton("test", in: "shop-deploy")
    #expect(tests.code == 0, "\(tests.account)")
    #expect(tests.output.contains("4 tests in 1 file: 4 passed"), "\(tests.account)")
    let run = try sandbox.baton("run", "example.lua", in: "shop-deploy")
    #expect(run.code == 0, "\(run.account)")
    let check = try sandbox.baton("check", "modules/shop-deploy.lua", "example.lua", in: "shop-deploy")
    #expect(check.code == 0, "\(check.account)")
    let lint = try sandbox.command("sh", "-c", "cd shop-deploy && luacheck --no-color .")
    #expect(lint.code == 0, "\(lint.account)")
    #expect(sandbox.read("shop-deploy/.luarc.json")?.contains(".baton/meta") == true)
    #expect(sandbox.read("shop-deploy/.baton/meta/baton.git.lua")?.contains("---@meta baton.git") == true)
    let name = "ada; touch planted; $(touch planted)"
    try sandbox.write(
      "shop-deploy/odd.lua", "local it = require 'shop-deploy'\nstep 'odd' (it.greet { name = '\(name)' })\n")
    let odd = try sandbox.baton("run", "odd.lua", in: "shop-deploy")
    #expect(odd.code == 0 && sandbox.read("shop-deploy/planted") == nil, "\(odd.account)")
    #expect(try sandbox.baton("logs", "odd", in: "shop-deploy").output == "hello, \(name)\n")
    #expect(try sandbox.baton("module", "new", "shop-deploy").code == 2, "nothing is overwritten")
    #expect(try sandbox.baton("module", "new", "Shop/Deploy").errors.contains("is no name of a module"))
  }

  @Test func `a module, or a version of it, that nothing has is named`() throws {
    let sandbox = try Self.prepared()
    let version = try sandbox.baton("module", "add", "kit", "99.9", "--server", "../rocks", in: "second")
    #expect(version.code == 2, "\(version.account)")
    #expect(
      version.errors.contains("there is no module \"kit\" in version 99.9 for Lua 5.4 at ../rocks\n"),
      "\(version.account)")
    let name = try sandbox.baton("module", "add", "nosuch", "--server", "../rocks", in: "second")
    #expect(name.errors.contains("there is no module \"nosuch\" for Lua 5.4 at ../rocks\n"), "\(name.account)")
    #expect(try sandbox.baton("module", "add", "", in: "second").errors.contains("the module has no name"))
    #expect(lock(sandbox, "second") == "")
  }

  @Test func `what was looked at is not read again until it is touched, and then to the byte`() throws {
    let sandbox = try Self.prepared()
    try sandbox.baton("module", "add", "../shared/greet", "--server", "../rocks", in: "second")
    let file = sandbox.path("second/.baton/rocks/share/lua/5.4/kit.lua")
    // Old enough for nobody to have changed it within the same moment.
    try sandbox.wait("the clock went on", atMost: 10) {
      (try? sandbox.baton("plan", "workflow.lua", in: "second").code == 0) == true
        && sandbox.read("second/.baton/rocks.seen")?.contains("share/lua/5.4/kit.lua") == true
    }
    let seen = try #require(sandbox.read("second/.baton/rocks.seen"))
    #expect(try sandbox.baton("plan", "workflow.lua", in: "second").code == 0)
    #expect(sandbox.read("second/.baton/rocks.seen") == seen, "nothing is new")
    // The same length, and the time set back.
    try sandbox.command("cp", "-p", file, sandbox.path("kept"))
    let text = try #require(Disk.text(file))
    try sandbox.write("second/.baton/rocks/share/lua/5.4/kit.lua", text.replacing("'!'", with: "'?'"))
    try sandbox.command("touch", "-r", sandbox.path("kept"), file)
    let refused = try sandbox.baton("plan", "workflow.lua", in: "second")
    #expect(
      refused.code == 2 && refused.errors.contains("kit.lua of module \"kit\" has been altered"), "\(refused.account)")
    // A list that lies is not believed for what is loaded.
    try sandbox.command("cp", "-p", sandbox.path("kept"), file)
    try sandbox.write("second/.baton/rocks.seen", "no list\n")
    #expect(try sandbox.baton("plan", "workflow.lua", in: "second").code == 0)
  }

  @Test func `a module is added from a folder, pinned with what it needs, altered, put back, updated and resumed`()
    throws
  {
    let sandbox = try Self.prepared()
    let added = try sandbox.baton("module", "add", "../shared/greet", "--server", "../rocks", in: "second")
    #expect(added.code == 0, "\(added.account)")
    #expect(added.output.contains("greet 0.1.0-1 added, from folder:../shared/greet\n"), "\(added.account)")
    #expect(added.output.contains("kit 0.1.0-1 added, from ../rocks/kit-0.1.0-1.all.rock\n"), "\(added.account)")
    let pinned = lock(sandbox, "second")
    #expect(pinned.contains(#""kit": ">= 0.1, < 1""#) && pinned.contains(#""share/lua/5.4/kit.lua": ""#), "\(pinned)")
    #expect(!pinned.contains(sandbox.folder), "the lock holds on every machine")
    #expect(!Disk.exists("\(sandbox.scratch)/.luarocks"), "nothing is written outside of the project")
    #expect(Disk.files(below: sandbox.path("second/.baton/tmp")).isEmpty)

    #expect(try sandbox.baton("run", "workflow.lua", in: "second").code == 1, "the second step fails")
    #expect(try sandbox.baton("logs", "say", in: "second").output == "HELLO ADA!\n")
    let shown = try sandbox.baton("show", "--json", in: "second")
    #expect(shown.output.contains(#""name": "greet""#) && shown.output.contains(#""name": "kit""#), "\(shown.output)")
    #expect(try sandbox.baton("show", in: "second").output.contains("modules   greet 0.1.0-1 ("))

    let file = "second/.baton/rocks/share/lua/5.4/kit.lua"
    try sandbox.write(file, "os.execute 'touch broken-in'\nreturn { shout = print }\n")
    for command in [["run", "workflow.lua"], ["plan", "workflow.lua"], ["resume"]] {
      let refused = try sandbox.start(command, in: "second").wait()
      #expect(refused.code == 2, "\(refused.account)")
      #expect(
        refused.errors.contains(".baton/rocks/share/lua/5.4/kit.lua of module \"kit\" has been altered"),
        "\(refused.account)")
      #expect(refused.errors.contains("baton module install"), "\(refused.account)")
    }
    #expect(try sandbox.baton("module", "verify", in: "second").code == 2)
    #expect(try sandbox.baton("module", "install", "--frozen", in: "second").code == 0)
    #expect(try sandbox.baton("module", "verify", in: "second").errors.contains("are as baton.lock pins them"))
    #expect(lock(sandbox, "second") == pinned)

    try sandbox.write("second/.baton/rocks/share/lua/5.4/more.lua", "return 1")
    #expect(try sandbox.baton("run", "workflow.lua", in: "second").errors.contains("belongs to no module"))
    Disk.remove(sandbox.path("second/.baton/rocks"))
    let empty = try sandbox.baton("run", "workflow.lua", in: "second")
    #expect(empty.code == 2 && empty.errors.contains("are not installed"), "\(empty.account)")
    #expect(try sandbox.baton("module", "install", in: "second").code == 0)

    try sandbox.edit("shared/greet/modules/greet.lua", "hello", "good day")
    #expect(try sandbox.baton("module", "install", in: "second").code == 0, "what is there needs no source")
    try sandbox.command("mv", "second/.baton/rocks", "kept")
    let drifted = try sandbox.baton("module", "install", in: "second")
    #expect(
      drifted.code == 2 && drifted.errors.contains("share/lua/5.4/greet.lua is another one"), "\(drifted.account)")
    try sandbox.command("mv", "kept", "second/.baton/rocks")
    try sandbox.command("mv", "shared/greet/greet-0.1.0-1.rockspec", "shared/greet/greet-0.2.0-1.rockspec")
    try sandbox.edit("shared/greet/greet-0.2.0-1.rockspec", "0.1.0-1", "0.2.0-1")
    let frozen = try sandbox.baton("module", "update", "--frozen", in: "second")
    #expect(frozen.code == 2 && frozen.errors.contains("greet 0.1.0-1 → 0.2.0-1"), "\(frozen.account)")
    #expect(lock(sandbox, "second") == pinned)
    let updated = try sandbox.baton("module", "update", "greet", in: "second")
    #expect(updated.output == "greet 0.1.0-1 → 0.2.0-1, from folder:../shared/greet\n", "\(updated.account)")

    try sandbox.write("second/go", "")
    let resumed = try sandbox.baton("resume", in: "second")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(resumed.errors.contains("module greet was 0.1.0-1, and is 0.2.0-1 now"), "\(resumed.account)")
    #expect(try sandbox.baton("logs", "say", in: "second").output.hasSuffix("GOOD DAY ADA!\n"))

    let removed = try sandbox.baton("module", "remove", "greet", in: "second")
    #expect(removed.output == "greet 0.2.0-1 removed\nkit 0.1.0-1 removed\n", "\(removed.account)")
    #expect(try sandbox.baton("run", "workflow.lua", in: "second").errors.contains("there is no module \"greet\""))
  }

  @Test func `a module is added from a git repository, and pinned to its commit`() throws {
    let sandbox = try Self.prepared()
    func git(_ words: String...) throws -> String {
      let identity = ["-c", "user.name=ada", "-c", "user.email=ada@example.org"]
      let done = try ChildProcess(
        ["git", "-C", sandbox.path("shared/greet")] + identity + words, in: sandbox.folder,
        environment: sandbox.environment, scratch: sandbox.scratch
      ).wait()
      try #require(done.code == 0, "\(done.account)")
      return done.output
    }
    _ = try git("init", "--quiet", "--initial-branch=main")
    _ = try git("add", "-A")
    _ = try git("commit", "--quiet", "-m", "first")
    _ = try git("tag", "v1")
    let commit = try git("rev-parse", "HEAD").prefix { $0 != "\n" }
    let address = "git+file://\(sandbox.path("shared/greet"))"
    let added = try sandbox.baton("module", "add", address, "main", "--server", "../rocks", in: "second")
    #expect(added.code == 0, "\(added.account)")
    #expect(lock(sandbox, "second").contains("\"\(address)#\(commit)\""), "\(lock(sandbox, "second"))")
    #expect(try sandbox.baton("run", "workflow.lua", "--only", "say", in: "second").code == 0)

    try sandbox.edit("shared/greet/modules/greet.lua", "hello", "good day")
    _ = try git("commit", "--quiet", "-a", "-m", "second")
    Disk.remove(sandbox.path("second/.baton/rocks"))
    #expect(try sandbox.baton("module", "install", in: "second").code == 0, "of the commit that is pinned")
    let updated = try sandbox.baton("module", "update", in: "second")
    #expect(updated.output.contains("greet 0.1.0-1: other content"), "\(updated.account)")
    let back = try sandbox.baton("module", "add", address, "v1", "--server", "../rocks", in: "second")
    #expect(back.code == 0 && lock(sandbox, "second").contains(commit), "\(back.account)")
    let missing = try sandbox.baton("module", "add", address, "v9", in: "second")
    #expect(missing.code == 2 && missing.errors.contains("git rev-parse"), "\(missing.account)")
  }

  @Test func `two modules that need versions of a third that do not agree are refused, both named`() throws {
    let sandbox = try Self.prepared()
    try sandbox.write("old/old-1.0-1.rockspec", Self.rockspec("old", "1.0-1", needs: "kit < 0.2"))
    try sandbox.write("old/init.lua", "return require 'kit'")
    try sandbox.write("new/new-1.0-1.rockspec", Self.rockspec("new", "1.0-1", needs: "kit >= 0.2"))
    try sandbox.write("new/init.lua", "return require 'kit'")
    try sandbox.write("kit2/kit-0.2.0-1.rockspec", Self.rockspec("kit", "0.2.0-1"))
    try sandbox.write("kit2/init.lua", "return {}")
    #expect(try sandbox.baton("module", "pack", "kit2", "-o", "rocks").code == 0)
    #expect(try sandbox.baton("module", "add", "../old", "--server", "../rocks", in: "second").code == 0)
    let before = lock(sandbox, "second")
    #expect(before.contains("0.1.0-1"))
    let refused = try sandbox.baton("module", "add", "../new", "--server", "../rocks", in: "second")
    #expect(refused.code == 2, "\(refused.account)")
    #expect(
      refused.errors.contains(
        "two versions of module \"kit\" are needed, and a project has one of each: new 1.0-1 needs kit >= 0.2, "
          + "old 1.0-1 needs kit < 0.2"), "\(refused.account)")
    #expect(lock(sandbox, "second") == before)
    #expect(try sandbox.baton("module", "verify", in: "second").code == 0)
    // What was asked for by its folder is not put away for another module's sake.
    try sandbox.write("fourth/baton.json", "{}")
    #expect(try sandbox.baton("module", "add", "../kit2", in: "fourth").code == 0)
    let own = lock(sandbox, "fourth")
    let instead = try sandbox.baton("module", "add", "../old", "--server", "../rocks", in: "fourth")
    #expect(instead.code == 2 && lock(sandbox, "fourth") == own, "\(instead.account)")
    #expect(instead.errors.contains("old 1.0-1 needs kit < 0.2, 0.2.0-1 was asked for"), "\(instead.account)")
    try sandbox.write("none/README", "")
    let unmet = try sandbox.baton("module", "add", "../old", "--server", "../none", in: "fourth")
    #expect(unmet.code == 2 && lock(sandbox, "fourth") == own, "\(unmet.account)")
    #expect(unmet.errors.contains("module old 1.0-1 needs kit < 0.2, and there is none where it was looked for"))
    // One that both can live with is taken, whichever came first.
    try sandbox.write("any/any-1.0-1.rockspec", Self.rockspec("any", "1.0-1", needs: "kit"))
    try sandbox.write("any/init.lua", "return require 'kit'")
    try sandbox.write("third/baton.json", "{}")
    #expect(try sandbox.baton("module", "add", "../any", "--server", "../rocks", in: "third").code == 0)
    #expect(lock(sandbox, "third").contains(#""version": "0.2.0-1""#))
    let agreed = try sandbox.baton("module", "add", "../old", "--server", "../rocks", in: "third")
    #expect(agreed.code == 0, "\(agreed.account)")
    #expect(lock(sandbox, "third").contains(#""version": "0.1.0-1""#), "\(lock(sandbox, "third"))")
    #expect(!lock(sandbox, "third").contains(#""version": "0.2.0-1""#))
    #expect(try sandbox.baton("module", "remove", "kit", in: "third").errors.contains("is needed by any, old"))
  }

  static func rockspec(_ name: String, _ version: String, needs: String? = nil, more: String = "") -> String {
    """
    rockspec_format = "3.0"
    package = "\(name)"
    version = "\(version)"
    source = { url = "git+https://example.org/\(name).git" }
    dependencies = { "lua >= 5.1"\(needs.map { ", \"\($0)\"" } ?? "") }
    build = { type = "builtin", modules = { ["\(name)"] = "init.lua" }\(more) }

    """
  }
}

extension Sandbox {
  /// Replaces a text in a file, where it stands once at least.
  func edit(_ name: String, _ old: String, _ new: String) throws {
    guard let text = read(name), text.contains(old) else { throw HarnessError("\(name) has no \"\(old)\"") }
    try write(name, text.replacing(old, with: new))
  }
}
