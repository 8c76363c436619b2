import BatonModel
import Testing

@Suite("baton tests quarantine") struct QuarantineCommandTests {
  private static let workflow = """
    step "unit" { run = [[printf 'ok 1 - one\\nnot ok 2 - two\\n1..2\\n' > out.tap; exit 1]], results = tap "out.tap" }
    """

  @Test("A test that is put into quarantine fails nothing, is shown, and does again once it is released")
  func command() throws {
    let sandbox = try Sandbox(["w.lua": Self.workflow])
    #expect(try sandbox.baton("run", "w.lua").code == 1)
    let put = try sandbox.baton(
      "tests", "quarantine", "t?o", "--owner", "ada", "--reason", "issue 12", "--expires", "2199-12-31")
    #expect(put.code == 0, "\(put.account)")
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 0, "\(finished.account)")
    #expect(finished.errors.contains("exit code 1, and all that failed is in quarantine: two"), "\(finished.account)")
    let shown = try JSON.decode(try sandbox.baton("show", "--json").output)
    #expect(shown["tests"]?["quarantined"]?.integer == 1 && shown["tests"]?["failed"]?.integer == 0)
    #expect(shown["tests"]?["total"]?.integer == 2)
    let started = try sandbox.baton("events", "--json").output.split(separator: "\n").first.map(String.init) ?? ""
    #expect(try JSON.decode(started)["quarantine"]?.list?.first?["owner"]?.string == "ada", "\(started)")
    let listed = try sandbox.baton("tests", "--quarantined")
    #expect(listed.output.contains("t?o  until 2199-12-31 by ada: issue 12") && listed.output.contains("two"))
    let junit = try sandbox.baton("report", "--format", "junit").output
    #expect(junit.contains("failures=\"0\"") && junit.contains("quarantined until 2199-12-31 by ada: issue 12"))
    let report = try JSON.decode(try sandbox.baton("report", "--format", "json").output)["tests"]
    #expect(report?["quarantined"]?.integer == 1 && report?["passed"]?.integer == 1 && report?["skipped"]?.integer == 0)
    let two = report?["cases"]?.list?.first { $0["name"]?.string == "two" }
    #expect(two?["status"]?.string == "failed", "\(two ?? .null)")
    #expect(two?["quarantine"]?.string == "quarantined until 2199-12-31 by ada: issue 12")
    let markdown = try sandbox.baton("report", "--format", "md").output
    #expect(markdown.contains("1 fails in quarantine"))
    #expect(markdown.contains("1 failure in quarantine") && markdown.contains("| In quarantine |"), "\(markdown)")
    #expect(try sandbox.baton("tests", "release", "t?o").code == 0)
    #expect(try sandbox.baton("run", "w.lua").code == 1)
    #expect(try sandbox.baton("tests", "release", "t?o").code == 2)
  }

  @Test(
    "Owner, reason and a day to come are required",
    arguments: [
      (["--reason", "r", "--expires", "2199-01-01"], "--owner is missing"),
      (["--owner", "o", "--expires", "2199-01-01"], "--reason is missing"),
      (["--owner", "o", "--reason", "r"], "--expires is missing"),
      (["--owner", "o", "--reason", "r", "--expires", "soon"], "\"soon\" is no day"),
      (["--owner", "o", "--reason", "r", "--expires", "9999-02-29"], "\"9999-02-29\" is no day"),
      (["--owner", "o", "--reason", "r", "--expires", "2020-01-01"], "2020-01-01 is over"),
    ])
  func required(options: [String], message: String) throws {
    let sandbox = try Sandbox(["w.lua": Self.workflow])
    let finished = try sandbox.start(["tests", "quarantine", "two"] + options).wait()
    #expect(finished.code == 2 && finished.errors.contains(message), "\(finished.account)")
  }

  @Test("What came out of the cache is run again where an entry of the quarantine is over")
  func cached() throws {
    func workflow(_ expires: String) -> String {
      """
      quarantine { test = "two", owner = "ada", reason = "r", expires = "\(expires)" }
      step "unit" {
        run = [[echo x >> ran; printf 'ok 1 - one\\nok 2 - two\\n1..2\\n' > out.tap]], results = tap "out.tap",
        inputs = { "in" }, outputs = { "out.tap" },
      }
      """
    }
    let sandbox = try Sandbox(["w.lua": workflow("2199-12-31"), "in": "1"])
    #expect(try sandbox.baton("run", "w.lua").code == 0)
    let cached = try sandbox.baton("run", "w.lua")
    #expect(cached.code == 0 && sandbox.lines("ran").count == 1, "\(cached.account)")
    try sandbox.write("w.lua", workflow("2020-01-01"))
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 1 && sandbox.lines("ran").count == 2, "\(finished.account)")
    #expect(finished.errors.contains("the quarantine of two (owner ada) expired on 2020-01-01"), "\(finished.account)")
  }

  @Test("check and plan warn of an entry that is over")
  func warned() throws {
    let sandbox = try Sandbox([
      "w.lua": #"quarantine { test = "a", owner = "ada", reason = "r", expires = "2020-01-01" }"# + "\n" + Self.workflow
    ])
    for command in ["check", "plan"] {
      let finished = try sandbox.baton(command, "w.lua")
      #expect(finished.code == 0, "\(finished.account)")
      #expect(
        finished.errors.contains("w.lua:1:55: warning: the quarantine of a (owner ada) expired on 2020-01-01"),
        "\(finished.account)")
    }
  }
}
