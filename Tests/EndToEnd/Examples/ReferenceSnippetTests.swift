import BatonModel
import Testing

/// Every example of the reference is run: of words, of operations of bodies, of findings, and of commands.
@Suite struct ReferenceSnippets {
  /// The lines below a heading of a topic's text, without their margin.
  private func examples(in text: String) -> [String] {
    var examples: [String] = []
    var open: [Substring]?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line == "Example" {
        open = []
      } else if let lines = open {
        if line.hasPrefix("  ") {
          open = lines + [line.dropFirst(2)]
        } else {
          examples.append(lines.joined(separator: "\n") + "\n")
          open = nil
        }
      }
    }
    if let lines = open { examples.append(lines.joined(separator: "\n") + "\n") }
    return examples
  }

  /// The names that `baton help topics` lists below a heading.
  private func topics(_ heading: String, _ sandbox: Sandbox) throws -> [String] {
    let lines = try sandbox.baton("help", "topics").output.split(separator: "\n", omittingEmptySubsequences: false)
    let below = lines.drop { $0 != heading }.dropFirst().prefix { $0.hasPrefix("  ") }
    return below.flatMap { $0.split(separator: " ").map(String.init) }
  }

  /// Words that are explained with those that they belong to.
  private static let without: Set<String> = ["env", "params", "cell", "param", "ref:map"]

  @Test(
    "Every word and every operation of bodies has an example, which runs",
    arguments: [
      "Words of the language", "Durable bodies",
    ])
  func words(_ heading: String) throws {
    let sandbox = try Sandbox([
      "deploy.lua": "workflow 'deploy' { params = { region = param.string {} } } step 'd' { run = 'true' }",
      "baton.json": #"{"config": {"url": "http://localhost:8080"}, "flags": {"new_checkout": true}}"#,
      "bin/make": "#!/bin/sh\n", "bin/deploy": "#!/bin/sh\n",
    ])
    // A database's server runs as another user than root.
    try sandbox.command("chmod", "755", "bin/make", "bin/deploy", "..")
    var variables = ["PATH": "\(sandbox.path("bin")):\(Shell.path(sandbox))"]
    for name in ["API_TOKEN", "HOOK_KEY", "SLACK_WEBHOOK", "TEAMS_WEBHOOK", "DISCORD_WEBHOOK", "MAIL_PASSWORD"] {
      variables[name] = "https://127.0.0.1:9/"
    }
    for name in ["PAGERDUTY_KEY", "JIRA_TOKEN"] { variables[name] = "0123456789abcdef0123456789abcdef" }
    let names = try topics(heading, sandbox)
    #expect(names.count > 25)
    for name in names {
      let found = examples(in: try sandbox.baton("help", name).output)
      #expect(!found.isEmpty || Self.without.contains(name), "\(name) has no example")
      for example in found {
        try sandbox.write("example.lua", example)
        let finished = try sandbox.baton("run", "example.lua", env: variables)
        #expect(finished.code == 0, "\(name):\n\(example)\n\(finished.account)")
        let checked = try sandbox.baton("check", "--strict", "--no-luacheck", "example.lua")
        #expect(checked.code == 0, "\(name):\n\(example)\n\(checked.account)")
      }
    }
  }

  /// Those of the functions of a module, too; together they are one workflow.
  @Test("Every module of the standard library has examples, of which a workflow can be made")
  func modules() throws {
    let settings =
      #"{"agents": {"environments": {"staging": {}}, "suites": {"smoke": {"runner": "command", "run": "make smoke"}}}}"#
    let sandbox = try Sandbox(["baton.json": settings])
    let names = try topics("Standard library", sandbox).filter { $0.split(separator: ".").count == 2 }
    #expect(names.count > 25 && names.contains("baton.git"), "\(names)")
    for name in names where name != "baton.runner" {
      let found = examples(in: try sandbox.baton("help", name).output)
      #expect(!found.isEmpty, "\(name) has no example")
      try sandbox.write("example.lua", found.joined())
      let planned = try sandbox.baton("plan", "example.lua", env: ["DATABASE_URL": "postgres:///shop"])
      #expect(planned.code == 0, "\(name):\n\(found.joined())\n\(planned.account)")
    }
  }

  @Test("Operations of bodies that are described are those that there are")
  func operations() throws {
    let sandbox = try Sandbox(["w.lua": "step \"b\" { function(ctx) ctx:zzqqxx() end }"])
    let finished = try sandbox.baton("run", "w.lua")
    let list = try #require(finished.all.firstMatch(of: /known are ([a-z_, ]+)/), "\(finished.account)")
    let known = Set(list.output.1.split(separator: ",").map { String($0.filter { $0 != " " }) })
    let described = try topics("Durable bodies", sandbox).filter { $0.hasPrefix("ctx:") }.map {
      String($0.dropFirst(4))
    }
    #expect(Set(described) == known)
  }

  @Test("Fields of requests that are described are those that there are")
  func requests() throws {
    let sandbox = try Sandbox(["w.lua": "step 'b' { function(ctx) ctx:http { url = 'http://a', zzqqxx = 1 } end }"])
    let finished = try sandbox.baton("run", "w.lua")
    let list = try #require(finished.all.firstMatch(of: /known: ([a-z_, ]+)/), "\(finished.account)")
    let known = Set(list.output.1.split(separator: ",").map { String($0.filter { $0 != " " }) })
    let text = try sandbox.baton("help", "Request").output
    let fields = text.split(separator: "\n").filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
      .compactMap { $0.split(separator: " ").first.map { String($0.filter { $0 != "?" }) } }
    // `name` is told to the body, not to the request.
    #expect(Set(fields).subtracting(["name"]) == known, "\(text)")
  }

  @Test("Every recipe is in the reference")
  func recipes() throws {
    let sandbox = try Sandbox()
    let recipes = Disk.names(in: Cookbook.folder).filter { $0.hasSuffix(".lua") }.map { "cookbook.\($0.dropLast(4))" }
    #expect(try topics("Cookbook", sandbox).sorted() == recipes.sorted())
  }
}
