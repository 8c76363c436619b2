import BatonCommandLine
import BatonModel
import BatonTestKit
import Testing

/// A text is as it is kept in `Snapshots`.
func expectSnapshot(
  _ text: String, _ name: String, file: String = #filePath, location: SourceLocation = #_sourceLocation
) {
  if let mismatch = Snapshot.mismatch(text, named: name, testFile: file) {
    Issue.record(Comment(rawValue: mismatch), sourceLocation: location)
  }
}

@Suite struct HelpTests {
  @Test func `the program is explained`() { expectSnapshot(Help.program, "help") }

  @Test(arguments: Subcommand.Name.allCases)
  func `each command is explained with usage, options, examples and exit codes`(name: Subcommand.Name) {
    expectSnapshot(Help.command(name), "help-\(name.rawValue)")
  }

  @Test(arguments: Subcommand.Name.allCases)
  func `each example of a command is one that the parser takes`(name: Subcommand.Name) throws {
    for line in Subcommand.named(name).exampleLines {
      var words = line.split(separator: " ").map { $0.filter { $0 != "'" } }
      guard words.removeFirst() == "baton" else { continue }
      words = words.prefix { $0 != ">" && $0 != "<" }.map { $0 }
      _ = try Invocation.parse(words)
    }
  }
}

@Suite struct ParametersTests {
  @Test func `-p overrides what the file says`() throws {
    var parameters = try Parameters(["shards=8", "name=a=b"])
    try parameters.add(json: Array(#"{"shards": 4, "list": [1]}"#.utf8), file: "p.json")
    #expect(parameters.raw == ["shards": "8", "name": "a=b"] && parameters.typed == ["list": [1]])
  }

  @Test func `what a call gives means what -p makes of it, but for lists and tables`() {
    let given = Parameters(call: ["a": "x", "b": true, "c": 3, "d": 3.0, "e": 0.1, "f": [1], "g": ["h": 2]])
    #expect(given.raw == ["a": "x", "b": "true", "c": "3", "d": "3", "e": "0.1"])
    #expect(given.typed == ["f": [1], "g": ["h": 2]])
  }

  @Test func `a word without a name is refused`() {
    let error = #expect(throws: BatonError.self) { try Parameters(["shards"]) }
    #expect(error?.text == "error: -p needs name=value, not \"shards\"\n  for example: -p shards=1")
    #expect(throws: BatonError.self) { try Parameters(["=1"]) }
  }

  @Test func `a file that holds no object is refused`() throws {
    var parameters = try Parameters([])
    #expect(throws: BatonError.self) { try parameters.add(json: Array("[1]".utf8), file: "p.json") }
    #expect(throws: BatonError.self) { try parameters.add(json: Array("{".utf8), file: "p.json") }
  }

  @Test func `a repair names a step, a value and what it is set to`() throws {
    let plain = try Repair("build.version=1.4.2")
    #expect(plain.step == "build" && plain.name == "version" && plain.value == "1.4.2")
    let cell = try Repair("e2e[os=linux,v=1.2].url=http://x?a=b")
    #expect(cell.step == "e2e[os=linux,v=1.2]" && cell.name == "url" && cell.value == "http://x?a=b")
    #expect(try Repair("my.step.count=3").step == "my.step")
    #expect(try Repair("a.list=[1,2]").value == [1, 2])
    for word in ["build", "build=1", ".x=1", "build.=1"] { #expect(throws: BatonError.self) { try Repair(word) } }
  }

  @Test(arguments: [
    ("s.v={\"a\":", "no JSON"), ("s.v=[1,", "no JSON"), ("s.v=\"x", "no JSON"), ("s.v=[1e999]", "1e999 is too large"),
    ("s.v=1e999", "1e999 is too large"),
    ("s.a/b=1", "\"a/b\" is no name for a value"),
  ])
  func `a repair that is meant as JSON, or whose value no step could emit, is refused`(word: String, message: String) {
    let error = #expect(throws: BatonError.self) { try Repair(word) }
    #expect(error?.message.contains(message) == true, "\(error?.text ?? "")")
  }

  @Test func `a number that is too large is none`() throws {
    var parameters = try Parameters([])
    let error = #expect(throws: BatonError.self) {
      try parameters.add(json: Array("{\"n\":1e400}".utf8), file: "p.json")
    }
    #expect(error?.message.contains("1e400 is too large for a number") == true, "\(error?.text ?? "")")
    #expect(ParamSpec.Kind.number(min: nil, max: nil).accept(.number(.infinity)) == nil)
    #expect(ParamSpec.Kind.list.parse("[-1e999]") == nil)
  }
}
