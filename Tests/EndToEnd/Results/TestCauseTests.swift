import BatonModel
import Testing

/// What people are told of failed tests: their causes, which are known again.
@Suite struct TestCauseTests {
  private static let workflow = """
    workflow "shop" {}
    step "unit" {
      run = [[cat in.xml > out.xml; ! grep -q '<failure' out.xml]], results = junit "out.xml",
    }
    notify "team" {
      on = { "failed", "recovered" }, to = command { run = [[cat > event.json; echo "$BATON_NOTIFY_TEXT" > text]] },
    }
    """

  private func xml(_ messages: [String: String]) -> String {
    let cases = ["a", "b", "c", "d"].map { name in
      "<testcase classname=\"t\" name=\"\(name)\">"
        + (messages[name].map { "<failure message=\"\($0)\"/>" } ?? "") + "</testcase>"
    }
    return "<testsuite name=\"s\">\(cases.joined())</testsuite>"
  }

  private func event(_ sandbox: Sandbox) throws -> Value { try JSON.decode(sandbox.read("event.json") ?? "") }

  @Test func `each cause is told once, is known again whichever tests it fails, and recovers`() throws {
    let sandbox = try Sandbox([
      "w.lua": Self.workflow, "in.xml": xml(["a": "no till 5", "b": "no till 6", "d": "no ship"]),
    ])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 1, "\(finished.account)")
    #expect(finished.errors.contains("  ✗ unit: exit code 1\n    no till 5 (t.a and 1 more)\n    no ship (t.d)\n"))
    let first = try event(sandbox)
    let causes = first["causes"]?.list ?? []
    #expect(causes.count == 2, "\(first)")
    #expect(first["failures"]?.list?.map { $0["tests"] } == [2, 1])
    #expect(sandbox.read("text")?.contains("unit: no till 5 (t.a and 1 more)\n  unit: no ship (t.d)\n") == true)
    try sandbox.write("in.xml", xml(["c": "no till 7"]))
    #expect(try sandbox.baton("run", "w.lua").code == 1)
    #expect(try event(sandbox)["causes"]?.list == [causes[0]])
    try sandbox.write("in.xml", xml([:]))
    #expect(try sandbox.baton("run", "w.lua").code == 0)
    let recovered = try event(sandbox)
    #expect(recovered["kind"] == "run.recovered", "\(recovered)")
    #expect(Set(recovered["recovered"]?.list?.compactMap(\.string) ?? []) == Set(causes.compactMap(\.string)))
  }
}
