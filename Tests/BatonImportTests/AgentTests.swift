import BatonCore
import BatonLua
import BatonModel
import Testing

@testable import BatonImport

@Suite struct AgentTests {
  static let nightly = """
    {
      "name": "shop-nightly",
      "description": "Nightly checks of the shop",
      "version": "2.1",
      "environment": "staging",
      "steps": [
        { "name": "prepare", "agent": "test_runner", "action": "setup_environment",
          "config": { "browser": "firefox", "headless": true } },
        { "name": "smoke", "agent": "test_runner", "action": "run_tests", "depends_on": ["prepare"],
          "config": { "test_suite": "smoke", "parallel": true, "max_workers": 2 } },
        { "name": "report", "agent": "report_generator", "action": "generate_html_report", "depends_on": ["smoke"],
          "config": { "include_screenshots": true, "include_videos": false } },
        { "name": "tell", "agent": "notifier", "action": "send_notification", "depends_on": ["report"],
          "config": { "channels": ["email", "slack"], "template": "nightly" } }
      ],
      "on_failure": {
        "retry":  { "max_attempts": 2, "delay": 60 },
        "notify": { "channels": ["email"], "template": "nightly_failed" }
      }
    }
    """

  static let agents: Value = [
    "suites": ["smoke": ["runner": "pytest", "path": "tests"]],
    "channels": [
      "email": ["server": "mail.example.com", "from": "a@example.com", "to": "b@example.com"],
      "slack": ["url": ["secret": "SLACK_WEBHOOK"]],
    ],
    "templates": ["nightly": "{workflow} {status}", "nightly_failed": "{reason}"],
    "environments": ["staging": ["env": ["BASE_URL": "https://staging"], "setup": "make venv"]],
  ]

  private func load(_ source: [UInt8], file: String) throws(Diagnostics) -> Script {
    var request = Script.Request(
      file: file, absolutePath: "/work/\(file)", source: source,
      observations: Observations(time: Instant(milliseconds: 1_700_000_000_000), seed: 1))
    request.agents = Self.agents
    return try Script.load(request)
  }

  /// What is wrong with a document, its steps included.
  private func mistakes(_ text: String) -> String {
    do throws(Diagnostics) {
      let workflow = try AgentWorkflow.read(Array(text.utf8), file: "nightly.json")
      do throws(Diagnostics) { _ = try load(workflow.script, file: "nightly.json") } catch {
        return workflow.placed(error).text
      }
      return ""
    } catch { return error.text }
  }

  @Test("a document runs as what it is imported to") func aDocumentRunsAsWhat() throws {
    let workflow = try AgentWorkflow.read(Array(Self.nightly.utf8), file: "nightly.json")
    let direct = try load(workflow.script, file: "nightly.json").plan
    let imported = try load(Array(workflow.imported.lua.utf8), file: "nightly.json").plan
    #expect(direct.nodes.map(\.name) == ["prepare", "smoke", "report", "tell"])
    #expect(direct.workflow.name == imported.workflow.name)
    #expect(direct.workflow.description == "Nightly checks of the shop (version 2.1)")
    for (left, right) in zip(direct.nodes, imported.nodes) {
      #expect(left.name == right.name)
      #expect(left.command == right.command)
      #expect(left.dependencies == right.dependencies)
      #expect(left.options.value == right.options.value)
    }
    #expect(direct.nodes.count == imported.nodes.count)
    #expect(direct.notifications.map(\.name) == ["tell", "on-failure"])
    #expect(direct.notifications.map(\.to) == imported.notifications.map(\.to))
    #expect(direct.nodes[1].options.value.retry.attempts == 2)
    #expect(direct.nodes[1].options.value.env["BASE_URL"] != nil)
    // Each step stands in the line where the document says it.
    #expect(direct.nodes.map(\.place.line) == [7, 9, 11, 13])
  }

  @Test("the import is Lua that a person would write") func theImportIsLuaThat() throws {
    let lua = try AgentWorkflow.read(Array(Self.nightly.utf8), file: "nightly.json").imported.lua
    #expect(
      lua.hasPrefix(
        """
        -- Imported from nightly.json by baton import. Version 2.1.

        local agents = require "baton.agents"

        workflow "shop-nightly" {
          description = "Nightly checks of the shop (version 2.1)",
        }

        agents.environment "staging"

        local retry = { attempts = 2, backoff = "60s", factor = 1 }

        local prepare = agents.step "prepare" {
          agent = "test_runner",
          action = "setup_environment",
          config = { browser = "firefox", headless = true },
          retry = retry,
        }

        local smoke = agents.step "smoke" {
          agent = "test_runner",
          action = "run_tests",
          depends = prepare,
        """))
    #expect(
      lua.hasSuffix(
        "notify \"on-failure\" (agents.notice { on = \"failed\", channels = { \"email\" }, template = \"nightly_failed\" })\n"
      ))
  }

  @Test(
    "what is wrong is told with its JSON path, line, column and the nearest name",
    arguments: [
      (
        "\"action\": \"run_tests\"", "\"action\": \"run_test\"",
        "nightly.json:9:48: error: $.steps[1].action: there is no action \"run_test\": did you mean \"run_tests\"? (of test_runner)"
      ),
      (
        "\"agent\": \"notifier\"", "\"agent\": \"notifer\"",
        "nightly.json:13:23: error: $.steps[3].agent: there is no agent \"notifer\": did you mean \"notifier\"?"
      ),
      (
        "\"test_suite\": \"smoke\"", "\"test_sute\": \"smoke\"",
        "nightly.json:10:19: error: $.steps[1].config.test_sute: there is no option \"test_sute\": did you mean \"test_suite\"?"
      ),
      (
        "\"slack\"]", "\"slak\"]",
        "nightly.json:14:19: error: $.steps[3].config.channels: there is no channel \"slak\": did you mean \"slack\"? (channels stand in baton.json, below \"agents\")"
      ),
      (
        "\"test_suite\": \"smoke\"", "\"test_suite\": \"smok\"",
        "nightly.json:10:19: error: $.steps[1].config.test_suite: there is no suite \"smok\": did you mean \"smoke\"? (suites stand in baton.json, below \"agents\")"
      ),
      (
        "\"staging\"", "\"stagng\"",
        "nightly.json:5:3: error: $.environment: there is no environment \"stagng\": did you mean \"staging\"? (they stand in baton.json)"
      ),
      (
        "\"depends_on\": [\"smoke\"]", "\"depends_on\": [\"smoks\"]",
        "nightly.json:11:103: error: $.steps[2].depends_on[0] names no step: \"smoks\"\n  did you mean \"smoke\"?"
      ),
      (
        "\"max_attempts\": 2", "\"max_attemps\": 2",
        "nightly.json:17:17: error: $.on_failure.retry.max_attemps is no key of this format\n  did you mean \"max_attempts\"?"
      ),
      (
        "\"version\"", "\"versoin\"",
        "nightly.json:4:3: error: $.versoin is no key of this format\n  did you mean \"version\"?"
      ),
      (
        "\"nightly_failed\"", "\"nightly_faild\"",
        "nightly.json:18:5: error: $.on_failure.notify: there is no template \"nightly_faild\": did you mean \"nightly_failed\"? (templates stand in baton.json, below \"agents\")"
      ),
      (
        "\"delay\": 60", "\"delay\": \"soon\"",
        "nightly.json:17:45: error: $.on_failure.retry.delay must be a number of seconds, not \"soon\""
      ),
      (
        "\"name\": \"tell\"", "\"name\": \"report\"",
        "nightly.json:13:5: error: $.steps[3].name is \"report\", as that of $.steps[2]"
      ),
      ("\"2.1\",", "\"2.1\"", "nightly.json:5:3: error: bad JSON: expected ',' or '}'"),
    ]) func mistakes(_ old: String, _ new: String, _ message: String)
  {
    let found = mistakes(Self.nightly.replacingFirst(old, with: new))
    #expect(found.hasPrefix(message), "\(found)")
  }

  @Test("what the document calls its steps may be any text") func anyNames() throws {
    let text = """
      { "name": "Shop, nightly", "description": "Checks", "steps": [
        { "name": "Prepare environment", "agent": "test_runner", "action": "setup_environment" },
        { "name": "prepare-environment", "agent": "test_runner", "action": "setup_environment",
          "depends_on": ["Prepare environment"] },
        { "name": "Подготовка", "agent": "test_runner", "action": "setup_environment",
          "depends_on": ["prepare-environment", "Prepare environment"] } ] }
      """
    let workflow = try AgentWorkflow.read(Array(text.utf8), file: "nightly.json")
    for source in [workflow.script, Array(workflow.imported.lua.utf8)] {
      let plan = try load(source, file: "nightly.json").plan
      #expect(plan.workflow.name == "shop-nightly")
      #expect(plan.workflow.description == "Shop, nightly: Checks")
      #expect(plan.nodes.map(\.name) == ["prepare-environment-2", "prepare-environment", "step-3"])
      #expect(plan.nodes.map(\.options.value.description) == ["Prepare environment", nil, "Подготовка"])
      #expect(
        plan.nodes.map { $0.dependencies.map { plan.nodes[$0].name }.sorted() }
          == [[], ["prepare-environment-2"], ["prepare-environment", "prepare-environment-2"]])
    }
    #expect(
      mistakes(text.replacingFirst("[\"Prepare environment\"]", with: "[\"Prepare enviroment\"]")).hasPrefix(
        "nightly.json:4:20: error: $.steps[1].depends_on[0] names no step: \"Prepare enviroment\"\n"
          + "  did you mean \"Prepare environment\"?"))
  }

  @Test("all mistakes are told at once") func allMistakesAreToldAt() {
    let text = #"{"name": " ", "steps": [{"name": "a", "agent": "b"}, 5], "stepz": 1}"#
    let found = mistakes(text)
    for part in [
      "$.name is empty", "$.steps[0].action is missing", "$.steps[1] must be an object", "$.stepz is no key",
    ] {
      #expect(found.contains(part), "\(found)")
    }
  }

  @Test(
    "no text makes it crash",
    arguments: [
      "{", "{}", "[]", "null", "{\"steps\":{}}", "{\"name\":null,\"steps\":[]}", "{\"a\":{\"a\":{}}}", "\u{FEFF}{}",
    ])
  func odd(_ text: String) {
    #expect(!mistakes(text).isEmpty)
  }
}

extension String {
  func replacingFirst(_ old: String, with new: String) -> String {
    guard let range = firstRange(of: old) else { return self }
    return self[..<range.lowerBound] + new + self[range.upperBound...]
  }
}
