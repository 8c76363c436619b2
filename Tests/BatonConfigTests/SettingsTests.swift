import BatonConfig
import BatonModel
import Testing

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
        baton.json:1:2: error: $.jbos is no setting
          did you mean "jobs"?
        baton.json:1:21: error: $.jobs must be a whole number from 1 to 100000, not 0
        baton.json:1:32: error: $.keep must be a duration such as "30d", not 3
        baton.json:1:56: error: $.resources.gpu must be a number or a size such as "4G", not true
        baton.json:1:79: error: $.roles.qa must be a list of people such as ["ann"], not "ann"
        baton.json:1:87: error: $.zebra is no setting
          known: agents, config, env, environment, environments, flags, jobs, keep, resources, roles, secrets, trust
        """)
    #expect(failure("[]") == "baton.json:1:1: error: $ must be an object, not a list\n  for example: {\"jobs\": 4}")
  }

  @Test func `amounts that nothing could take are refused`() {
    for count in ["100001", "9223372036854775807", "1e300", "-1", "1.5"] {
      #expect(
        failure("{\"jobs\": \(count)}").contains("$.jobs must be a whole number from 1 to 100000, not "), "\(count)")
    }
    for amount in ["1e300", "-1", "9007199254740994"] {
      #expect(
        failure("{\"resources\": {\"gpu\": \(amount)}}").contains("$.resources.gpu must be a number"), "\(amount)")
    }
    #expect(
      failure("{\"resources\": {\"cpu\": 100001}}").contains("$.resources.cpu must be an amount from 0 to 100000"))
    #expect(failure("{\"resources\": {\"cpu\": 100000, \"gpu\": 9007199254740992}}") == "no error")
    #expect(failure("{\"resources\": {\"gpu\": 1e999}}").contains("1e999 is too large for a number"))
  }

  @Test func `a text that is no JSON is refused with line and column`() {
    #expect(failure("{\n  \"jobs\": 4,\n}") == "baton.json:3:1: error: expected a key in quotes")
  }
}
