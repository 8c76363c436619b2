import BatonChecks
import BatonCommandLine
import BatonModel
import BatonReference
import Testing

@Suite struct ReferenceTests {
  private let reference = Reference.embedded

  private func text(_ question: String) throws -> String {
    guard case .topic(let topic) = reference.ask(question) else { throw Missing(question: question) }
    return ReferenceText.text(of: topic)
  }

  private struct Missing: Error { var question: String }

  @Test(arguments: [
    ("step", "step \"name\" { … } → Handle"), ("step.retry", "How often to try again"),
    ("step.retry.backoff", "The wait before the second attempt"), ("ctx.sleep", "Waits, without holding a process"),
    ("ctx:sleep", "ctx:sleep(duration)"), ("baton.git.changed", "A step that lists what changed"),
    ("git.changed", "A step that lists what changed"), ("git.changed.base", "What is compared with"),
    ("Retry", "attempts  integer"), ("retry.jitter", "0 to 1"), ("Duration", "1h30m"), ("baton.pytest", "discover"),
    ("gate.approval.quorum", "How many different people"), ("param.enum", "param.enum"), ("slack.token", "chat:write"),
    ("simulate", "virtual time"), ("assert", "as busted has them"), ("ref:map", "once it is known"),
    ("cookbook.saga", "transaction \"order\""), ("Step", "A step has either this or a durable body"),
    ("STEP.RETRY", "How often to try again"), ("baton help step", "One unit of work"), ("step \"x\" {}", "One unit"),
    ("allow_failure", "does not fail the run"), ("baton.json", "RFC 8259"), ("python.venv", "virtual environment"),
    ("resume", "baton resume"), ("B012", "deploy\", \"--to\", params.target"), ("b020", "no one emits"),
    ("gotest.optional", "optional?  boolean"), ("gotest", "go test -json"), ("baton.gotest", "go test"),
    ("gate.require", "new_failures"), ("gate.require.pass_rate", "0 to 1"),
    ("baton.templates", "{{name or \"text\"}}                     where the field may be missing"),
    ("baton.python", "The environment lies in a cache"), ("baton.cargo", "-- Lists of tests, dealt out:"),
  ]) func `is explained`(question: String, part: String) throws {
    #expect(try text(question).contains(part), "\(question)")
  }

  @Test(arguments: [
    ("step.rety", "step.retry"), ("stpe", "step"), ("ctx:sleap", "ctx:sleep"), ("git.chnged", "baton.git.changed"),
    ("backof", "Retry.backoff"), ("flak", "cookbook.retry-flaky"), ("B01", "B012"),
  ]) func `what is not there is told with what is near it`(question: String, near: String) {
    guard case .nothing(let found) = reference.ask(question) else {
      Issue.record("\(question) was found")
      return
    }
    #expect(found.contains(near), "\(question): \(found)")
  }

  @Test func `what a module's head says of options is left to their fields`() throws {
    let text = try text("baton.pytest")
    #expect(text.contains("local pytest = require \"baton.pytest\"\n  step \"unit\""), "\(text)")
    #expect(!text.contains("Options, beside") && !text.contains("how pytest is called"), "\(text)")
  }

  @Test func `a word of several meanings is answered with all of them, and with the recipes about it`() {
    guard case .several(let names) = reference.ask("flaky") else {
      Issue.record("flaky has one meaning")
      return
    }
    #expect(names.contains("Requirements.flaky") && names.contains("cookbook.retry-flaky"), "\(names)")
  }

  @Test(arguments: [
    "", ".", "..", "step.", "step..retry", "zzqqxx", "\u{0}", "step.retry.zzqqxx", "🙂", "(((", "step.1",
  ])
  func `odd questions are answered`(question: String) {
    switch reference.ask(question) {
    case .topic(let topic): #expect(!ReferenceText.text(of: topic).isEmpty)
    case .several(let names): #expect(!names.isEmpty)
    case .nothing: break
    }
  }

  @Test func `every name that is listed can be asked for`() {
    for name in reference.everyName {
      guard case .topic(let topic) = reference.ask(name) else {
        Issue.record("\(name) is listed, and not found")
        continue
      }
      #expect(!topic.text.isEmpty || !topic.sections.isEmpty || !topic.usage.isEmpty, "\(name) says nothing")
    }
  }

  @Test func `no line is wider than a terminal, but for code and long names`() {
    for topic in reference.topics where topic.group != .commands && topic.group != .recipes {
      for line in ReferenceText.text(of: topic).split(separator: "\n").dropFirst(3) {
        #expect(line.count <= 130, "\(topic.name): \(line)")
      }
    }
  }

  @Test func `every command is a topic`() {
    let topics = Set(reference.topics(in: .commands).map(\.name))
    #expect(topics == Set(Subcommand.Name.allCases.map(\.rawValue)))
  }

  @Test func `every finding of baton check is a topic, in the words of --explain`() throws {
    #expect(reference.topics(in: .checks).map(\.name) == Rule.all.map(\.code))
    for rule in Rule.all {
      let told = Self.words(try text(rule.code))
      for part in [rule.title, rule.explanation, rule.bad, rule.good] {
        #expect(told.contains(Self.words(part)), "\(rule.code): \(part)")
      }
    }
  }

  /// The words of a text, however it is laid out.
  private static func words(_ text: String) -> String {
    text.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
  }

  @Test func `code of the site that is wider than a telephone can be scrolled by keys`() {
    for file in ReferenceSite(reference, version: "1").files where file.name.hasSuffix(".html") {
      #expect(!String(decoding: file.bytes, as: UTF8.self).contains("<pre>"), "\(file.name)")
    }
  }

  @Test func `links of the site lead somewhere`() throws {
    let files = ReferenceSite(reference, version: "1").files
    var ids: [String: Set<String>] = [:]
    for file in files {
      let text = String(decoding: file.bytes, as: UTF8.self)
      let all = text.matches(of: /\bid="([^"]*)"/).map { String($0.output.1) }
      ids[file.name] = Set(all)
      #expect(all.count == Set(all).count, "\(file.name) has an id twice")
    }
    for file in files where file.name.hasSuffix(".html") {
      let text = String(decoding: file.bytes, as: UTF8.self)
      for match in text.matches(of: /\bhref="([^"]*)"/) {
        let link = String(match.output.1)
        let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let page = parts[0].isEmpty ? file.name : parts[0]
        #expect(ids[page] != nil, "\(file.name): \(link)")
        if parts.count > 1 { #expect(ids[page]?.contains(parts[1]) == true, "\(file.name): \(link)") }
      }
      #expect(!text.contains("href=\"http") && !text.contains("src=\"http"), "\(file.name) loads from elsewhere")
    }
    #expect(files.contains { $0.name == "cookbook.html" })
  }

  @Test func `manual pages have what they need`() {
    let files = ManualPages(reference, version: "1", date: "2026-01-01").files
    #expect(files.count == Subcommand.Name.allCases.count + 4)
    for file in files {
      let text = String(decoding: file.bytes, as: UTF8.self)
      #expect(text.hasPrefix(".TH \""), "\(file.name)")
      for part in [".SH \"NAME\"", ".SH \"DESCRIPTION\"", ".SH \"SEE ALSO\""] {
        #expect(text.contains(part), "\(file.name) has no \(part)")
      }
    }
  }

  @Test func `recipes say what they show`() {
    for recipe in Recipe.all {
      #expect(recipe.title.count > 10 && recipe.title.count < 80, "\(recipe.name)")
      #expect(recipe.source.hasPrefix("-- "), "\(recipe.name)")
    }
    #expect(Set(Recipe.all.map(\.name)).count == Recipe.all.count)
  }
}
