import BatonModel
import Testing

/// `init`, `doctor`, `completion`, `gc`, and how a project is found.
@Suite struct SettingUpTests {
  @Test func `baton init makes a project whose workflow runs at once`() throws {
    let sandbox = try Sandbox()
    let made = try sandbox.baton("init")
    #expect(made.code == 0, "\(made.account)")
    for file in [
      "workflow.lua", "baton.json", ".luarc.json", ".gitignore", ".baton/meta/baton.lua", ".baton/meta/baton.git.lua",
      ".baton/meta/baton.schema.json",
      ".luacheckrc", ".vscode/extensions.json", ".vscode/baton.code-snippets",
    ] {
      #expect(sandbox.read(file)?.isEmpty == false, "\(file)")
    }
    for file in [".luarc.json", ".vscode/extensions.json", ".vscode/baton.code-snippets"] {
      #expect((try? JSON.decode(sandbox.read(file) ?? "")) != nil, "\(file)")
    }
    #expect(try sandbox.command("luacheck", "--quiet", "workflow.lua").code == 0)
    #expect(sandbox.read(".gitignore") == ".baton/\n")
    #expect(sandbox.read(".baton/.gitignore") == "*\n")
    let run = try sandbox.baton("run", "workflow.lua", "-p", "name=Ada")
    #expect(run.code == 0, "\(run.account)")
    #expect(try sandbox.baton("logs", "greet").output.hasPrefix("Hello Ada, today is "))
  }

  @Test func `the template with a gate halts when too many tests fail`() throws {
    let sandbox = try Sandbox()
    try sandbox.baton("init", "--template", "gate")
    let run = try sandbox.baton("run", "workflow.lua", "-p", "tests_failed=5")
    #expect(run.code == 3, "\(run.account)")
    #expect(run.errors.contains("95"), "the finding is told")
  }

  @Test func `baton init overwrites nothing, and adds to .gitignore only what is missing`() throws {
    let sandbox = try Sandbox(["workflow.lua": "-- mine\n", ".gitignore": "build"])
    let refused = try sandbox.baton("init")
    #expect(refused.code == 2)
    #expect(refused.errors.contains("workflow.lua is here already, and nothing is overwritten"), "\(refused.account)")
    #expect(sandbox.read("workflow.lua") == "-- mine\n" && sandbox.read("baton.json") == nil)
    Disk.remove(sandbox.path("workflow.lua"))
    try sandbox.baton("init")
    #expect(sandbox.read(".gitignore") == "build\n.baton/\n")
  }

  @Test func `-C runs as if started in another folder`() throws {
    let sandbox = try Sandbox()
    try Disk.make(folder: sandbox.path("inner"))
    #expect(try sandbox.baton("-C", "inner", "init").code == 0)
    #expect(sandbox.read("inner/workflow.lua") != nil && sandbox.read("workflow.lua") == nil)
    let missing = try sandbox.baton("runs", "-C", "nowhere")
    #expect(missing.code == 2)
    #expect(missing.errors.hasPrefix("baton: error: cannot go to the folder nowhere: No such file or directory\n"))
  }

  @Test func `the project is the nearest folder above with baton.json or .baton`() throws {
    let sandbox = try Sandbox([
      "baton.json": "{}", "flows/deep/w.lua": #"step "a" { run = "true" }"#, "flows/.keep": "",
    ])
    #expect(try sandbox.baton("run", "flows/deep/w.lua").code == 0)
    #expect(Disk.exists(sandbox.path(".baton/baton.db")) && !Disk.exists(sandbox.path("flows/deep/.baton")))
    #expect(try sandbox.baton("runs", in: "flows").output.contains("succeeded"))
  }

  @Test func `mistakes in baton.json are told with their paths, and nothing runs`() throws {
    let sandbox = try Sandbox(["baton.json": #"{"jbos": 2}"#, "w.lua": #"step "a" { run = "touch ran" }"#])
    let run = try sandbox.baton("run", "w.lua")
    #expect(run.code == 2 && sandbox.read("ran") == nil)
    #expect(
      run.errors.contains("$.jbos is no setting") && run.errors.contains("did you mean \"jobs\"?"), "\(run.account)")
    #expect(try sandbox.baton("doctor").code == 1)
  }

  @Test func `baton doctor tells of a sound machine in a line a check`() throws {
    let sandbox = try Sandbox(["w.lua": #"step "a" { run = "true" }"#])
    try sandbox.baton("run", "w.lua")
    let doctor = try sandbox.baton("doctor", "--json")
    #expect(doctor.code == 0, "\(doctor.account)")
    let checks = try JSON.decode(doctor.output).list ?? []
    for name in ["shell", "kernel", "/proc", "open files", "graphviz", "libcurl", "folder", "disk", "database"] {
      #expect(checks.contains { $0["check"]?.string == name }, "\(name)")
    }
    #expect(checks.last?["finding"]?.string == "1 run, in order")
  }
}
