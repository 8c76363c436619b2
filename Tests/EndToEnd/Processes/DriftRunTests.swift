import BatonModel
import Glibc
import Testing

/// What services were started with, beside what they should be.
@Suite struct DriftRuns {
  private func workflow(port: String = "", run: String = "exec sleep 300") -> String {
    """
    local db = service "db" {
      run = [[echo x >> starts; \(run)]], env = { MODE = config.mode, LEVEL = "1" }, inputs = "db.conf", grace = "1s",
    }
    local other = service "other" { run = "exec sleep 300", grace = "1s" }
    step "use" { run = "touch begun; while [ ! -e go ]; do sleep 0.05; done; echo $MODE", depends = { db, other } }

    """
  }

  private func fields(_ sandbox: Sandbox, _ service: String) throws -> [String: Value] {
    let shown = try sandbox.show().json["services"]?.list?.first { $0["service"]?.string == service }
    let drift = try #require(shown?["drift"])
    return Dictionary((drift["fields"]?.list ?? []).map { ($0["field"]?.string ?? "", $0) }) { $1 }
  }

  @Test("A service that is another one now is told of while it runs, with the field and the command, which mends it")
  func drift() throws {
    let sandbox = try Sandbox([
      "w.lua": workflow(), "db.conf": "a\n", "baton.json": #"{"environments":{"dev":{"config":{"mode":"fast"}}}}"#,
    ])
    let run = try sandbox.start(["run", "w.lua", "--env", "dev"])
    try sandbox.wait("the step runs", atMost: 60) { sandbox.read("begun") != nil }
    #expect(try fields(sandbox, "db").isEmpty, "it is as it was started")
    #expect(try !sandbox.baton("show").output.contains("≠"))

    try sandbox.write("w.lua", workflow(run: "exec sleep 301"))
    try sandbox.write("db.conf", "b\n")
    let changed = try fields(sandbox, "db")
    #expect(Set(changed.keys) == ["run", "contents of inputs"], "\(changed)")
    #expect(changed["run"]?["started_with"]?.string?.hasSuffix("sleep 300") == true)
    #expect(changed["run"]?["should_be"]?.string?.hasSuffix("sleep 301") == true)
    #expect(try fields(sandbox, "other").isEmpty)
    let text = try sandbox.baton("show").output
    #expect(text.contains("≠ run: started with ") && text.contains("once the run has ended, baton resume "), "\(text)")

    try sandbox.write("go", "")
    #expect(try run.wait(atMost: 30).code == 0)
    #expect(try sandbox.baton("report", "--format", "md").output.contains("drift: run: started with"))
    #expect(try sandbox.baton("resume").code == 0)
    #expect(sandbox.lines("starts").count == 2)
    #expect(try fields(sandbox, "db").isEmpty, "it is mended")
    #expect(sandbox.leftovers() == [])

    try sandbox.write("w.lua", "step \"use\" { run = \"true\" }\n")
    let gone = try sandbox.show().json["services"]?.list?.first { $0["service"]?.string == "db" }?["drift"]
    #expect(gone?["gone"] == true && gone?["cure"] == .null)
    #expect(try sandbox.baton("show").output.contains("≠ the workflow does not have it any more"))
    #expect(try sandbox.baton("resume").code == 0)
    let later = try sandbox.show().json["services"]?.list?.first { $0["service"]?.string == "db" }?["drift"]
    #expect(later?["gone"] == false, "a run that went on without it is as it should be")
    try sandbox.write("w.lua", "step {")
    #expect(try sandbox.show().json["services"]?.list?.first?["drift"] == .null, "nobody knows")
  }

  @Test("What baton.json says otherwise is drift too, and its cure takes what it says now")
  func configuration() throws {
    func settings(_ mode: String) -> String { #"{"environments":{"dev":{"config":{"mode":"\#(mode)"}}}}"# }
    let sandbox = try Sandbox(["w.lua": workflow(), "db.conf": "a\n", "go": "", "baton.json": settings("fast")])
    let ran = try sandbox.baton("run", "w.lua", "--env", "dev")
    #expect(ran.code == 0, "\(ran.account)")
    try sandbox.write("baton.json", settings("slow"))
    let changed = try fields(sandbox, "db")
    #expect(changed["env.MODE"]?["started_with"] == "fast" && changed["env.MODE"]?["should_be"] == "slow", "\(changed)")
    let text = try sandbox.baton("show").output
    #expect(text.contains("≠ env.MODE: started with fast, should be slow"), "\(text)")
    #expect(text.contains("--env dev"), "\(text)")
    #expect(try sandbox.baton("resume", "--env", "dev").code == 0)
    #expect(try fields(sandbox, "db").isEmpty, "it is mended")
  }

  @Test("Of what baton.json says of no environment, a new run is the cure")
  func settings() throws {
    func settings(_ mode: String) -> String { #"{"config":{"mode":"\#(mode)"}}"# }
    let script =
      "workflow \"w\" { params = { who = param.string {}, count = param.integer { default = 1 } } }\n" + workflow()
    let sandbox = try Sandbox(["a b.lua": script, "db.conf": "a\n", "go": "", "baton.json": settings("fast")])
    #expect(try sandbox.baton("run", "a b.lua", "-p", "who=Ada L.", "-p", "count=2").code == 0)
    try sandbox.write("baton.json", settings("slow"))
    let text = try sandbox.baton("show").output
    #expect(text.contains("≠ env.MODE: started with fast, should be slow"), "\(text)")
    let line = try #require(text.split(separator: "\n").first { $0.contains("starts them as they should be") })
    let cure = line.split(separator: " starts them")[0].drop { $0 == " " }
    #expect(cure.contains("-p count=2 -p 'who=Ada L.'") && cure.hasPrefix("baton run "), "\(cure)")
    let words = cure.dropFirst("baton ".count)
    #expect(try sandbox.command("sh", "-c", "exec \"$0\" \(words)", Binary.path).code == 0, "\(cure)")
    #expect(try fields(sandbox, "db").isEmpty)
  }
}
