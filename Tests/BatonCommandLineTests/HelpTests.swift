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

@Suite struct SettingsTests {
  private func failure(_ text: String) -> String {
    do {
      _ = try Settings(json: Array(text.utf8), file: "baton.json")
      return "no error"
    } catch {
      return error.text
    }
  }

  @Test func `settings are read with their units`() throws {
    let text =
      #"{"$schema": "x", "jobs": 4, "resources": {"browser": 2, "memory": "8G"}, "keep": "7d", "roles": {"qa": ["ann"]}}"#
    let settings = try Settings(json: Array(text.utf8), file: "baton.json")
    #expect(settings.jobs == 4 && settings.keep == Span("7d"))
    #expect(settings.resources == ["browser": 2, "memory": 8_589_934_592])
    #expect(settings.roles == ["qa": ["ann"]])
  }

  @Test func `all mistakes are told at once, each with its path and the nearest name`() {
    #expect(
      failure(#"{"jbos": 4, "jobs": 0, "keep": 3, "resources": {"gpu": true}, "roles": {"qa": "ann"}, "zebra": 1}"#)
        == """
        baton.json: error: $.jbos is no setting
          did you mean "jobs"?
        baton.json: error: $.jobs must be a whole number from 1 to 100000, not 0
        baton.json: error: $.keep must be a duration such as "30d", not 3
        baton.json: error: $.resources.gpu must be a number or a size such as "4G", not true
        baton.json: error: $.roles.qa must be a list of people such as ["ann"], not "ann"
        baton.json: error: $.zebra is no setting
          known: agents, jobs, keep, resources, roles, trust
        """)
    #expect(failure("[]") == "baton.json: error: $ must be an object, not a list\n  for example: {\"jobs\": 4}")
  }

  @Test func `a text that is no JSON is refused with line and column`() {
    #expect(failure("{\n  \"jobs\": 4,\n}") == "baton.json:3:1: error: expected a key in quotes")
  }
}

@Suite struct ParametersTests {
  @Test func `-p overrides what the file says`() throws {
    var parameters = try Parameters(["shards=8", "name=a=b"])
    try parameters.add(json: Array(#"{"shards": 4, "list": [1]}"#.utf8), file: "p.json")
    #expect(parameters.raw == ["shards": "8", "name": "a=b"] && parameters.typed == ["list": [1]])
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
