import Testing

/// What is wrong before anything runs: exit code 2, and a message that says what, where, and how to mend it.
@Suite struct Usage {
  @Test("A mistake in the script is told with its place, and nothing runs")
  func scriptError() throws {
    let sandbox = try Sandbox(["bad.lua": "step \"a\" { run = \"touch ran\" }\nstep \"b\" { rum = \"true\" }\n"])
    let finished = try sandbox.baton("run", "bad.lua")
    #expect(finished.code == 2, "\(finished.account)")
    #expect(finished.errors.contains("bad.lua:2"), "\(finished.account)")
    #expect(finished.errors.contains("rum") && finished.errors.contains("run"), "\(finished.account)")
    #expect(!Disk.exists(sandbox.path("ran")))
  }

  @Test("A file's name that is empty, and a script that returns a number, are told")
  func empty() throws {
    let sandbox = try Sandbox(["five.lua": "return 5\n"])
    for command in ["run", "plan", "check"] {
      let finished = try sandbox.baton(command, "")
      #expect(finished.code == 2, "\(finished.account)")
      #expect(finished.errors.contains("file is empty"), "\(finished.account)")
    }
    let five = try sandbox.baton("run", "five.lua")
    #expect(five.code == 0 && five.errors.contains("warning: the script declares no steps"), "\(five.account)")
  }

  @Test("Where the folder can't be written, or is in the way, the exit code is that of the user's own world")
  func environment() throws {
    let sandbox = try Sandbox([".baton": "", "w.lua": "step 'a' 'true'\n"])
    for words in [["runs"], ["run", "w.lua"], ["resume"]] {
      let finished = try sandbox.start(words).wait()
      #expect(finished.code == 2, "\(finished.account)")
      #expect(finished.errors.contains("/.baton is a file"), "\(finished.account)")
    }
    let doctor = try sandbox.baton("doctor")
    #expect(doctor.code == 1 && doctor.all.contains("/.baton is a file"), "\(doctor.account)")
    let database = try Sandbox([".baton/baton.db/x": "", "w.lua": "step 'a' 'true'\n"])
    for words in [["runs"], ["run", "w.lua"], ["resume"], ["show"]] {
      let finished = try database.start(words).wait()
      #expect(finished.code == 2, "\(finished.account)")
      #expect(finished.errors.contains("baton.db is a folder"), "\(finished.account)")
    }
    let blocked = try Sandbox(["taken": ""])
    let made = try blocked.baton("module", "new", "x", "-o", "taken")
    #expect(made.code == 2, "\(made.account)")
  }

  @Test("All mistakes of a script are told at once")
  func allMistakes() throws {
    let sandbox = try Sandbox([
      "bad.lua": """
      step "a" { run = "true", timeout = true }
      step "a" { run = "true" }
      step "c" { run = "true", depends = "nowhere" }
      step "d" { run = "true", depends = "e" }
      step "e" { run = "true", depends = "d" }
      """
    ])
    let finished = try sandbox.baton("check", "bad.lua")
    #expect(finished.code == 2, "\(finished.account)")
    for place in ["bad.lua:1", "bad.lua:2", "bad.lua:3"] {
      #expect(finished.all.contains(place), "\(finished.account)")
    }
    #expect(finished.all.contains("d → e → d"), "\(finished.account)")
  }

  @Test(
    "A script that raises, loops for ever or eats memory ends in a message with its line",
    arguments: [
      ("error 'broken'", "broken"), ("while true do end", "the script ran for more than 10s without an end"),
      (
        "local t = {} while true do t[#t + 1] = ('x'):rep(1000000) .. #t end",
        "the script used more than 512 MB of memory"
      ),
      (
        "local t = {} for i = 1, 1e12 do t[i] = ('x'):rep(1000) .. i end",
        "the script used more than 512 MB of memory"
      ),
      ("local function f() return f() + 1 end f()", "stack overflow"),
      ("local x = nil; x.y = 1", "attempt to index a nil value (local 'x')"),
    ])
  func limits(script: String, message: String) throws {
    let sandbox = try Sandbox(["bad.lua": script + "\n"])
    let finished = try sandbox.baton("run", "bad.lua", atMost: 60)
    #expect(finished.code == 2, "\(finished.account)")
    #expect(finished.errors.hasPrefix("bad.lua:1: error: \(message)"), "\(finished.account)")
    #expect(finished.peakMegabytes < 700)
  }

  @Test(
    "An unknown option, command or parameter is told with the nearest one",
    arguments: [
      (["run", "ok.lua", "--tag", "x"], "--tags"), (["rum", "ok.lua"], "run"),
      (["run", "ok.lua", "-p", "nane=x"], "name"),
      (["resume", "--form", "x"], "--from"),
    ])
  func unknownWords(arguments: [String], nearest: String) throws {
    let sandbox = try Sandbox([
      "ok.lua":
        "workflow \"ok\" { params = { name = param.string { default = \"x\" } } }\nstep \"a\" { run = \"true\" }\n"
    ])
    let finished = try sandbox.start(arguments).wait()
    #expect(finished.code == 2, "\(finished.account)")
    #expect(finished.errors.contains(nearest), "\(finished.account)")
    #expect(finished.output == "", "messages go to standard error")
  }

  @Test(
    "A pattern that is malformed is told by every command that reads the script", arguments: ["check", "plan", "run"])
  func malformedPattern(command: String) throws {
    let sandbox = try Sandbox(["w.lua": "step \"a\" { run = \"touch ran\", inputs = \"[z\", outputs = \"x\" }\n"])
    let finished = try sandbox.baton(command, "w.lua")
    #expect(finished.code == 2, "\(finished.account)")
    #expect(
      finished.errors.contains("w.lua:1: error: the pattern \"[z\" in inputs is malformed"), "\(finished.account)")
    #expect(!Disk.exists(sandbox.path("ran")))
  }

  @Test("A workflow that is not there is told by its path")
  func missingFile() throws {
    let finished = try Sandbox().baton("run", "nowhere.lua")
    #expect(finished.code == 2, "\(finished.account)")
    #expect(finished.errors.contains("nowhere.lua"), "\(finished.account)")
  }

  @Test("A resource that the machine does not have is refused before anything runs")
  func impossibleResource() throws {
    let sandbox = try Sandbox(["w.lua": "step \"a\" { run = \"touch ran\", resources = { browser = 2 } }\n"])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 2, "\(finished.account)")
    #expect(finished.errors.contains("browser"), "\(finished.account)")
    #expect(!Disk.exists(sandbox.path("ran")))
  }

  @Test(
    "Numbers beyond all reason are refused with what is possible",
    arguments: [
      ("step \"a\" { run = \"true\", resources = { cpu = 1e300 } }", [], "an amount from 0 to 100000"),
      ("step \"a\" { run = \"true\", resources = { memory = 1e300 } }", [], "a size such as"),
      ("workflow \"w\" { resources = { cpu = 1e300 } }\nstep \"a\" \"true\"", [], "an amount from 0 to 100000"),
      ("step \"a\" \"true\"", ["-j", "9223372036854775807"], "--jobs must be a whole number from 1 to 100000"),
    ])
  func hugeNumbers(script: String, options: [String], message: String) throws {
    let sandbox = try Sandbox(["w.lua": script + "\n"])
    for command in ["run", "plan"] {
      let finished = try sandbox.start([command, "w.lua"] + options).wait()
      #expect(finished.code == 2, "\(finished.account)")
      #expect(finished.errors.contains(message), "\(finished.account)")
    }
  }

  @Test("A share of nothing is no progress: it is an error of the body, which can catch it") func progress() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      step "a" { function(ctx)
        local ok, problem = pcall(ctx.progress, ctx, 0 / 0, "x")
        return { problem = tostring(ok) .. " " .. problem }
      end }
      step "b" { run = [[echo '{"progress": 2, "text": "much"}' >> "$BATON_EVENTS"]] }
      """
    ])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 0, "\(finished.account)")
    let told = try sandbox.baton("show", "--json").output
    #expect(told.contains("is what it is divided by 0?"), "\(told)")
  }
}
