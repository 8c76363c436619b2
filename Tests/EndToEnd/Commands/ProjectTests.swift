import BatonModel
import Glibc
import Testing

/// Commands that keep a project: init, doctor, gc, completion.
@Suite struct ProjectCommands {
  @Test(
    "Every template of init runs at once, passes check and tells editors of the language",
    arguments: ["default", "matrix", "gate"])
  func templates(name: String) throws {
    let sandbox = try Sandbox()
    let made = try sandbox.baton("init", "--template", name)
    #expect(made.code == 0, "\(made.account)")
    let checked = try sandbox.baton("check", "workflow.lua")
    #expect(checked.code == 0, "\(checked.account)")
    let finished = try sandbox.baton("run", "workflow.lua")
    #expect(finished.code == 0, "\(finished.account)")
    #expect(sandbox.read(".gitignore")?.contains(".baton") == true)
    #expect((try? JSON.decode(sandbox.read(".luarc.json") ?? "")) != nil)
    #expect((try? JSON.decode(sandbox.read("baton.json") ?? "")) != nil)
  }

  @Test("init overwrites nothing")
  func overwritesNothing() throws {
    let sandbox = try Sandbox(["workflow.lua": "-- mine\n"])
    let made = try sandbox.baton("init")
    #expect(made.code == 2, "\(made.account)")
    #expect(made.errors.contains("workflow.lua"), "\(made.account)")
    #expect(sandbox.read("workflow.lua") == "-- mine\n")
    #expect(Disk.names(in: sandbox.folder) == ["workflow.lua"])
  }

  @Test("An unknown setting in baton.json is told with the nearest one")
  func unknownSetting() throws {
    let sandbox = try Sandbox(["w.lua": "step \"a\" { run = \"true\" }\n", "baton.json": "{\"job\": 4}\n"])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 2, "\(finished.account)")
    #expect(finished.errors.contains("jobs"), "\(finished.account)")
  }

  @Test("doctor finds this machine in order")
  func doctor() throws {
    let sandbox = try Sandbox(["w.lua": "step \"a\" { run = \"true\" }\n"])
    #expect(try sandbox.baton("run", "w.lua").code == 0)
    let told = try sandbox.baton("doctor")
    #expect(told.code == 0, "\(told.account)")
    let json = try sandbox.baton("doctor", "--json")
    #expect((try? JSON.decode(json.output)) != nil, "\(json.account)")
  }

  @Test("doctor finds a damaged database")
  func doctorDamaged() throws {
    let sandbox = try Sandbox(["w.lua": "step \"a\" { run = \"true\" }\n"])
    try sandbox.write(".baton/baton.db", String(repeating: "no database ", count: 1000))
    let told = try sandbox.baton("doctor")
    #expect(told.code == 1, "\(told.account)")
    #expect(told.all.contains("baton.db"), "\(told.account)")
  }

  @Test("gc deletes old runs with their logs, and keeps the newest of each workflow")
  func collect() throws {
    let sandbox = try Sandbox(["w.lua": "step \"a\" { run = \"echo hello; true\" }\n"])
    for _ in 0..<3 { #expect(try sandbox.baton("run", "w.lua").code == 0) }
    let newest = try sandbox.show().run
    let dry = try sandbox.baton("gc", "--keep", "0s", "--dry-run")
    #expect(dry.code == 0, "\(dry.account)")
    #expect(Disk.names(in: sandbox.path(".baton/runs")).count == 3)
    let real = try sandbox.baton("gc", "--keep", "0s")
    #expect(real.code == 0, "\(real.account)")
    #expect(Disk.names(in: sandbox.path(".baton/runs")) == [newest])
    #expect(try sandbox.baton("logs", "a").output.contains("hello"))
  }

  @Test("Completion is accepted by its shell and proposes commands", arguments: ["bash"])
  func completion(shell: String) throws {
    let sandbox = try Sandbox()
    let script = try sandbox.baton("completion", shell)
    #expect(script.code == 0, "\(script.account)")
    try sandbox.write("completion", script.output)
    let asked = try sandbox.command(
      "bash", "-c",
      """
      source ./completion; COMP_WORDS=(baton re); COMP_CWORD=1; COMP_LINE="baton re"; COMP_POINT=8
      f=$(complete -p baton | sed 's/.*-F \\([^ ]*\\).*/\\1/'); $f baton re baton; printf '%s\\n' "${COMPREPLY[@]}"
      """)
    #expect(
      asked.output.split(separator: "\n").map { $0.filter { $0 != " " } } == [
        "repl", "resume", "reject", "replay", "report",
      ],
      "\(asked.account)")
  }

  @Test("A project that somebody else put above the folder is passed over, and that is said") func strangers() throws {
    // Only the administrator can give a file away.
    guard geteuid() == 0 else { return }
    let sandbox = try Sandbox([:])
    mkdir(sandbox.path("up"), 0o755)
    mkdir(sandbox.path("up/work"), 0o755)
    try sandbox.write("up/baton.json", "{\"jobs\": 7}")
    try sandbox.write("up/work/w.lua", "step \"a\" \"true\"")
    #expect(try sandbox.baton("plan", "w.lua", "--json", in: "up/work").output.contains("\"jobs\":7"))
    chown(sandbox.path("up/baton.json"), 65534, 65534)
    let planned = try sandbox.baton("plan", "w.lua", "--json", in: "up/work")
    #expect(!planned.output.contains("\"jobs\":7"), "\(planned.account)")
    #expect(planned.errors.contains("up/baton.json belongs to somebody else"), "\(planned.account)")
  }
}
