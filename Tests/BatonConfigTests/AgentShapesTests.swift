import BatonModel
import Testing

@testable import BatonConfig

@Suite struct AgentShapesTests {
  /// What is wrong with `"agents"`, one a line.
  private func mistakes(_ agents: String) -> [String] {
    do throws(Diagnostics) {
      _ = try Settings(json: Array("{\"agents\": \(agents)}".utf8), file: "baton.json")
      return []
    } catch {
      return error.items.map { item in item.cure.map { "\(item.message); \($0)" } ?? item.message }
    }
  }

  @Test func `all that agents know can be said`() throws {
    let text = """
      {"modules": ["shop.agents"],
       "suites": {"smoke": {"runner": "pytest", "path": "tests"},
                  "unit": {"runner": "command", "run": ["make", "test"], "results": {"junit": "r/*.xml"}, "env": {"A": "b"}}},
       "channels": {"team": {"kind": "slack", "url": {"secret": "HOOK"}}, "command": {"run": "cat"}},
       "templates": {"short": "{run}", "long": {"title": "t", "message": "m"}},
       "reports": {"screenshots": "r/*.png", "videos": ["r/*.webm"]},
       "environments": {"staging": {"env": {"URL": "u", "KEY": {"env": "K"}}, "setup": "make venv", "teardown": ["a", "b"],
                                    "suites": {}, "channels": {}, "templates": {}}}}
      """
    #expect(mistakes(text) == [])
    let settings = try Settings(json: Array("{\"agents\": \(text)}".utf8), file: "baton.json")
    #expect(settings.agents["suites"]?["smoke"]?["runner"] == "pytest")
  }

  @Test(arguments: [
    ("5", "$.agents must be an object, not 5"),
    (#"{"suite": {}}"#, #"$.agents.suite is no setting; did you mean "suites"?"#),
    (
      #"{"suites": {"a": {}}}"#,
      "$.agents.suites.a.runner is missing; one of command, ctest, gotest, jest, pytest, swifttest"
    ),
    (
      #"{"suites": {"a": {"runner": "pytset"}}}"#,
      #"$.agents.suites.a.runner names no runner: "pytset"; did you mean "pytest"?"#
    ),
    (#"{"suites": {"a": {"runner": "command"}}}"#, "$.agents.suites.a.run is missing; the command that runs the suite"),
    (
      #"{"suites": {"a": {"runner": "command", "run": 1, "results": {"junti": "x"}}}}"#,
      #"$.agents.suites.a.results.junti is no setting; did you mean "junit"?"#
    ),
    (
      #"{"channels": {"team": {"kind": "slak"}}}"#,
      #"$.agents.channels.team.kind is unknown: there is no channel "slak"; did you mean "slack"?"#
    ),
    (
      #"{"channels": {"slack": {}}}"#, #"$.agents.channels.slack is wrong: slack needs "url", or "token" and "channel""#
    ),
    (
      #"{"channels": {"slack": {"url": 5, "chanel": "x"}}}"#,
      #"$.agents.channels.slack is wrong: slack has no setting "chanel"; did you mean "channel"?"#
    ),
    (#"{"templates": {"a": {"titel": "x"}}}"#, #"$.agents.templates.a.titel is no setting; did you mean "title"?"#),
    (#"{"templates": {"a": {"title": 5}}}"#, "$.agents.templates.a.title must be a string, not 5"),
    (#"{"reports": {"video": "x"}}"#, #"$.agents.reports.video is no setting; did you mean "videos"?"#),
    (#"{"environments": {"a": {"envs": {}}}}"#, #"$.agents.environments.a.envs is no setting; did you mean "env"?"#),
    (#"{"environments": {"a": {"env": {"X": []}}}}"#, "$.agents.environments.a.env.X must be a string, not []"),
    (
      #"{"environments": {"a": {"setup": 5}}}"#,
      "$.agents.environments.a.setup must be a command or a list of commands, not 5"
    ),
    (#"{"modules": "x"}"#, #"$.agents.modules must be a list of module names such as ["shop.agents"], not "x""#),
  ]) func `what is wrong is told with its JSON path`(_ text: String, _ message: String) {
    #expect(mistakes(text).contains(message), "\(mistakes(text))")
  }
}
