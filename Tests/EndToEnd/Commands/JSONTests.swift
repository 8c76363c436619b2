import BatonModel
import Testing

/// Everything that lists or shows has `--json`: one object, or NDJSON for streams.
@Suite struct JSONOutput {
  private static let workflow = """
    local a = step "a" { run = "echo one; printf 'two'; echo v=1 >> $BATON_OUTPUT" }
    parallel "p" { step "b" { depends = a, run = "true" } }
    step "bad" { run = "echo three; exit 1", allow_failure = true }
    step "later" { run = "true", when = "failed", depends = "p" }
    """

  private func project() throws -> Sandbox {
    let sandbox = try Sandbox(["w.lua": Self.workflow])
    let finished = try sandbox.baton("run", "w.lua")
    try #require(finished.code == 0, "\(finished.account)")
    return sandbox
  }

  @Test(
    "One value with the keys that the help names",
    arguments: [
      ["plan", "w.lua"], ["graph", "w.lua"], ["graph"], ["check", "w.lua"], ["runs"], ["show"], ["why", "a"],
      ["doctor"],
      ["gc"],
    ])
  func oneValue(words: [String]) throws {
    let sandbox = try project()
    let finished = try sandbox.start(words + ["--json"]).wait()
    #expect(finished.code == 0, "\(finished.account)")
    let value = try JSON.decode(finished.output)
    let help = try sandbox.baton("help", words[0])
    #expect(help.output.contains("With --json\n"), "the help tells what it looks like")
    let first: Value? = if let list = value.list { list.first } else { value }
    guard case .map(let object)? = first else {
      #expect(words[0] == "check" && value == .list([]), "\(finished.account)")
      return
    }
    for key in object.keys {
      #expect(help.output.contains("\"\(key)\""), "the help of \(words[0]) does not name \(key)")
    }
  }

  @Test("A line an event or a line of output", arguments: [["events"], ["watch"], ["logs"], ["logs", "a"]])
  func streams(words: [String]) throws {
    let sandbox = try project()
    let finished = try sandbox.start(words + ["--json"]).wait()
    #expect(finished.code == 0, "\(finished.account)")
    let lines = finished.output.split(separator: "\n")
    #expect(!lines.isEmpty, "\(finished.account)")
    for line in lines {
      let value = try JSON.decode(String(line))
      #expect(value["run"]?.string != nil, "\(line)")
    }
    if words[0] != "logs" {
      #expect(finished.output == (try sandbox.baton("events", "--json").output))
    }
  }

  @Test("The output of steps line by line, also the last one without an end")
  func logs() throws {
    let sandbox = try project()
    let finished = try sandbox.baton("logs", "--json")
    let lines = try finished.output.split(separator: "\n").map { try JSON.decode(String($0)) }
    let told = Set(
      lines.map { "\($0["step"]?.string ?? "") \($0["attempt"]?.integer ?? 0) \($0["text"]?.string ?? "")" })
    #expect(told == ["a 1 one", "a 1 two", "bad 1 three"], "\(finished.account)")
  }

  @Test("A graph names what waits for what, and of a run how each step stands")
  func graph() throws {
    let sandbox = try project()
    let graph = try JSON.decode(try sandbox.baton("graph", "--json").output)
    let edges = (graph["edges"]?.list ?? []).map { "\($0["from"]?.string ?? "") → \($0["to"]?.string ?? "")" }
    #expect(edges == ["a → b", "p → later"])
    let states = (graph["nodes"]?.list ?? []).map { "\($0["name"]?.string ?? "") \($0["status"]?.string ?? "-")" }
    #expect(Set(states) == ["a succeeded", "b succeeded", "p -", "bad failed", "later skipped"])
    let both = try sandbox.baton("graph", "--json", "--format", "dot")
    #expect(both.code == 2, "\(both.account)")
  }

  @Test("What a resumption would do")
  func resumeDryRun() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      local a = step "a" "echo v=1 >> $BATON_OUTPUT"
      step "b" { run = "exit " .. a.out.v }
      step "c" { run = "true", depends = "b" }
      """
    ])
    #expect(try sandbox.baton("run", "w.lua").code == 1)
    let plain = try JSON.decode(try sandbox.baton("resume", "--dry-run", "--json").output)
    #expect(plain["kept"] == 1)
    #expect((plain["again"]?.list ?? []).map { $0["step"]?.string } == ["b", "c"])
    let repaired = try JSON.decode(try sandbox.baton("resume", "--dry-run", "--json", "--skip", "b").output)
    #expect(repaired["kept"] == 1 && repaired["skipped"] == ["b"])
    #expect((repaired["again"]?.list ?? []).map { $0["step"]?.string } == ["c"])
    let told = try sandbox.baton("resume", "--dry-run", "--skip", "b", "--set", "a.v=0")
    for part in [
      "0 kept, 2 by hand, 1 would start", "a: taken as succeeded, with v=0", "b: taken as done without running it",
    ] { #expect(told.output.contains(part), "\(told.account)") }
    let resumed = try sandbox.baton("resume", "--skip", "b")
    #expect(resumed.code == 0 && !resumed.errors.contains("allowed to fail"), "\(resumed.account)")
  }
}
