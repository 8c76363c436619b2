import BatonModel
import Testing

/// Test data: synthetic records, masking, and the proof that nothing of an original is left.
@Suite struct DataCommands {
  private static let schema = """
    {"rows": 300, "fields": [
      {"name": "id", "kind": "sequence", "start": 100000}, {"name": "name", "kind": "name"},
      {"name": "email", "kind": "email", "from": "name"}, {"name": "born", "kind": "date"},
      {"name": "note", "kind": "text"}]}
    """
  private static let rules =
    #"{"columns": {"id": "shape", "name": "name", "email": "email", "born": {"date": 90, "by": "id"}, "note": "text"}}"#
  private static let key = ["MASK_KEY": "0123456789abcdef-the-key"]

  @Test("The same seed gives the same bytes, another one others; what is wrong with a schema is told")
  func generate() throws {
    let sandbox = try Sandbox(["s.json": Self.schema])
    let first = try sandbox.baton("data", "generate", "s.json", "--seed", "7", "-o", "a.csv")
    #expect(first.code == 0 && first.errors.contains("made 300 records in a.csv"), "\(first.account)")
    let again = try sandbox.baton("data", "generate", "s.json", "--seed", "7")
    #expect(again.output == sandbox.read("a.csv") && again.output.split(separator: "\n").count == 301)
    #expect(try sandbox.baton("data", "generate", "s.json", "--seed", "8").output != again.output)
    let lines = try sandbox.baton("data", "generate", "s.json", "--rows", "2", "--format", "jsonl")
    #expect(
      try lines.output.split(separator: "\n").map { try JSON.decode(String($0)) }.map { $0["id"] } == [
        100_000, 100_001,
      ])
    try sandbox.write("bad.json", #"{"fields": [{"name": "a", "kind": "emial"}]}"#)
    let bad = try sandbox.baton("data", "generate", "bad.json", "--rows", "1")
    #expect(bad.code == 2 && bad.errors.contains(#"did you mean "email"?"#), "\(bad.account)")
    #expect(
      try sandbox.baton("data", "generate", "s.json", "--rules", "x").errors.contains("--rules does not belong to"))
  }

  @Test("A masked copy keeps its form and nothing of its original; a planted leak is found, and told without its value")
  func mask() throws {
    let sandbox = try Sandbox(["s.json": Self.schema, "r.json": Self.rules])
    #expect(try sandbox.baton("data", "generate", "s.json", "-o", "in.csv").code == 0)
    let keyless = try sandbox.baton("data", "mask", "in.csv", "--rules", "r.json", "-o", "out.csv")
    #expect(keyless.code == 2 && keyless.errors.contains(#"the secret "MASK_KEY""#), "\(keyless.account)")
    #expect(sandbox.read("out.csv") == nil)
    let masked = try sandbox.baton("data", "mask", "in.csv", "--rules", "r.json", "-o", "out.csv", env: Self.key)
    #expect(masked.code == 0, "\(masked.account)")
    let again = try sandbox.baton("data", "mask", "in.csv", "--rules", "r.json", env: Self.key)
    #expect(again.output == sandbox.read("out.csv"))
    let clean = try sandbox.baton("data", "verify", "out.csv", "in.csv", "--rules", "r.json", env: Self.key)
    #expect(clean.code == 0 && clean.errors.contains("nothing of them is left"), "\(clean.account)")
    let name = sandbox.lines("in.csv")[5].split(separator: ",")[1]
    var lines = sandbox.lines("out.csv")
    lines[9] += " as " + name.uppercased().replacing(" ", with: "_") + " said"
    try sandbox.write("leaky.csv", lines.joined(separator: "\n") + "\n")
    let leaky = try sandbox.baton("data", "verify", "leaky.csv", "in.csv", "--rules", "r.json", env: Self.key)
    #expect(leaky.code == 1, "\(leaky.account)")
    #expect(
      leaky.errors.contains(#"leaky.csv:10: error: column "note" has an original value of "name" in it"#),
      "\(leaky.account)")
    #expect(!leaky.all.lowercased().contains(name.lowercased().replacing(" ", with: "_")))
    let json = try sandbox.baton("data", "verify", "leaky.csv", "in.csv", "--rules", "r.json", "--json", env: Self.key)
    #expect(try JSON.decode(json.output)["clean"] == false)
    #expect(try sandbox.baton("data", "mask", "in.csv", "--rules", "r.json", "-o", "in.csv", env: Self.key).code == 2)
  }

  @Test("JSON lines are masked and proven as tables are")
  func lines() throws {
    let sandbox = try Sandbox(["s.json": Self.schema, "r.json": Self.rules])
    #expect(try sandbox.baton("data", "generate", "s.json", "-o", "in.jsonl").code == 0)
    let masked = try sandbox.baton("data", "mask", "in.jsonl", "--rules", "r.json", "-o", "out.jsonl", env: Self.key)
    #expect(masked.code == 0, "\(masked.account)")
    func verify(_ file: String) throws -> Finished {
      try sandbox.baton("data", "verify", file, "in.jsonl", "--rules", "r.json", env: Self.key)
    }
    let clean = try verify("out.jsonl")
    #expect(clean.code == 0 && clean.errors.contains("nothing of them is left"), "\(clean.account)")
    let name = try #require(try JSON.decode(sandbox.lines("in.jsonl")[5])["name"]?.string)
    var lines = sandbox.lines("out.jsonl")
    lines[9] = lines[9].replacing("\"note\":\"", with: "\"note\":\"\(name) ")
    try sandbox.write("leaky.jsonl", lines.joined(separator: "\n") + "\n")
    let leaky = try verify("leaky.jsonl")
    #expect(leaky.code == 1 && leaky.errors.contains("leaky.jsonl:10: error: "), "\(leaky.account)")
    #expect(!leaky.all.contains(name))
  }

  @Test("Hostile files are told with line and column, and leave no half of a copy")
  func hostile() throws {
    let sandbox = try Sandbox([
      "r.json": #"{"columns": {"*": "shape"}}"#, "a.csv": "a,b\n1,\"x\n", "b.jsonl": "{\"a\": 1}\n{\"a\"\n",
    ])
    let quote = try sandbox.baton("data", "mask", "a.csv", "--rules", "r.json", "-o", "out", env: Self.key)
    #expect(quote.code == 2 && quote.errors.contains("a.csv:2:3: error: a quote that does not end"), "\(quote.account)")
    let json = try sandbox.baton("data", "mask", "b.jsonl", "--rules", "r.json", "-o", "out", env: Self.key)
    #expect(json.code == 2 && json.errors.contains("b.jsonl:2:5: error: expected ':'"), "\(json.account)")
    #expect(Disk.names(in: sandbox.folder).filter { $0.hasPrefix("out") } == [])
  }

  @Test("baton.data makes steps of it: generated, masked under the store's key, proven, and kept when nothing changed")
  func steps() throws {
    let sandbox = try Sandbox([
      "w.lua": #"""
      local data = require "baton.data"
      local rules = { id = "shape", name = "name", email = "email", born = "date", note = "text" }
      local people = step "people" (data.generate { schema = "s.json", seed = 3, output = "people.csv" })
      local masked = step "masked" (data.mask {
        input = "people.csv", output = "masked.csv", rules = rules, depends = people,
      })
      step "proof" (data.verify {
        masked = "masked.csv", original = "people.csv", rules = rules, depends = masked,
      })
      """#, "s.json": Self.schema,
    ])
    #expect(try sandbox.baton("run", "w.lua").errors.contains(#"the secret "MASK_KEY" is not set"#))
    try sandbox.write("key", "0123456789abcdef-the-key")
    #expect(try sandbox.baton("secret", "set", "MASK_KEY", "--from", "key").code == 0)
    let finished = try sandbox.baton("run", "w.lua")
    let log = try sandbox.baton("logs").output
    #expect(finished.code == 0, "\(finished.account)\n\(log)")
    #expect(sandbox.lines("masked.csv").count == 301)
    #expect(try sandbox.baton("logs", "proof").output.contains("nothing of them is left"))
    let again = try sandbox.baton("run", "w.lua")
    let status = try sandbox.show().steps["masked"]?.status
    #expect(again.code == 0 && status == "cached", "\(again.account)")
  }

  @Test("Datasets have versions and lineage, are encrypted, each access is recorded, and a run's copies go with it")
  func datasets() throws {
    let sandbox = try Sandbox([
      "one.csv": "a plain text that nobody may find\n", "two.csv": "another one\n",
      "w.lua": #"""
      local data = step "data" { run = [[echo "path=$("$B" data get people@1)" >> "$BATON_OUTPUT"]] }
      step "use" { run = { "sh", "-c", 'cp "$1" taken; test -e go', "sh", data.out.path } }
      """#,
    ])
    let env = ["DATA_KEY": "a key of datasets", "B": Binary.path]
    #expect(try sandbox.baton("data", "add", "people", "one.csv").errors.contains(#"the secret "DATA_KEY""#))
    #expect(try sandbox.baton("data", "add", "people", "one.csv", env: env).code == 0)
    let added = try sandbox.baton("data", "add", "people", "two.csv", "--parent", "people@1", "--note", "May", env: env)
    #expect(added.code == 0 && added.errors.contains("people@2 is"), "\(added.account)")
    let listed = try JSON.decode(try sandbox.baton("data", "list", "--json").output).list ?? []
    #expect(listed.count == 2 && listed[1]["parents"] == .list([listed[0]["sha256"] ?? .null]))
    #expect(try sandbox.baton("data", "list").output.contains("of people@1  May"))
    #expect(try sandbox.baton("data", "get", "people", env: env).output == "another one\n")
    let other = try sandbox.baton("data", "get", "people", "-o", "x", env: ["DATA_KEY": "another key of datasets"])
    #expect(other.code == 2 && sandbox.read("x") == nil, "\(other.account)")
    let failed = try sandbox.baton("run", "w.lua", env: env)
    #expect(failed.code == 1 && sandbox.read("taken") == sandbox.read("one.csv"), "\(failed.account)")
    // A run that can be carried on keeps its copy.
    let copies = { Disk.files(below: sandbox.path(".baton/runs")).filter { $0.contains("/data/") } }
    #expect(copies().count == 1)
    try sandbox.write("go", "")
    let resumed = try sandbox.baton("resume", env: env)
    #expect(resumed.code == 0 && copies() == [], "\(resumed.account)")
    let log = try JSON.decode(try sandbox.baton("data", "log", "--json").output).list ?? []
    #expect(log.contains { $0["step"] == "data" && $0["run"]?.string?.isEmpty == false }, "\(log)")
    for name in Disk.files(below: sandbox.path(".baton")) {
      let text = String(decoding: Disk.bytes(sandbox.path(".baton/\(name)")) ?? [], as: UTF8.self)
      #expect(!text.contains("nobody may find"), "\(name)")
    }
  }
}
