import Glibc
import Testing

/// Messages that were due when the driver of a run that had ended was killed.
@Suite struct OwedMessagesTests {
  @Test func `what a killed driver did not send is told by show and doctor, and sent by the next resume`() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      step "a" "true"
      notify "team" {
        on = "succeeded",
        to = command { run = "echo tried >> tries; test -e open && echo told >> told" },
      }
      """,
      "other.lua": "step 'b' 'false'",
    ])
    #expect(try sandbox.baton("run", "other.lua").code == 1)
    let run = try killWhileItSends(sandbox)
    let shown = try sandbox.baton("show")
    #expect(shown.output.contains("and not sent yet: baton resume \(run) sends it"), "\(shown.account)")
    let doctor = try sandbox.baton("doctor")
    #expect(doctor.output.contains("1 of run \(run) was due, and not sent"), "\(doctor.account)")
    // The run that failed before it is older, and can wait.
    try sandbox.write("open", "")
    let resumed = try sandbox.baton("resume")
    #expect(resumed.code == 0, "\(resumed.account)")
    #expect(sandbox.lines("told") == ["told"])
    #expect(!(try sandbox.baton("doctor").output.contains("not sent")))
    // With nothing owed, it is the older run's turn.
    #expect(try sandbox.baton("resume").code == 1)
  }
  @Test func `what runs owe is told by runs, and sent by the next run of the project, which runs nothing of theirs`()
    throws
  {
    let sandbox = try Sandbox([
      "w.lua": """
      local a = step "a" { run = [[echo ran >> ran; echo "word=hello" >> "$BATON_OUTPUT"; exit "$(cat code)"]] }
      notify "team" {
        on = "finished", title = "done", message = function(event) return event.status .. " " .. event.workflow end,
        to = command { run = "cat >> got; echo tried >> tries; test -e open && echo told >> told" },
      }
      """,
      "code": "1", "other.lua": "step 'b' 'true'",
    ])
    let run = try killWhileItSends(sandbox)
    let runs = try sandbox.baton("runs")
    #expect(runs.output.contains("1 failed; 1 message not sent"), "\(runs.account)")
    #expect(try sandbox.baton("runs", "--json").output.contains(#""owed": 1"#))

    try sandbox.write("open", "")
    let next = try sandbox.baton("run", "other.lua")
    #expect(next.code == 0 && next.errors.contains("sent 1 message that run \(run) owed"), "\(next.account)")
    #expect(sandbox.lines("told") == ["told"] && sandbox.lines("ran") == ["ran"])
    #expect(!(try sandbox.baton("runs").output.contains("not sent")))
    #expect(try sandbox.show(run).status == "failed")
    let again = try sandbox.baton("run", "other.lua")
    #expect(!again.errors.contains("owed") && sandbox.lines("told") == ["told"], "\(again.account)")
    #expect(Disk.names(in: sandbox.path(".baton/owed")).isEmpty)
    // A run that was carried on and told everything itself leaves nothing.
    try sandbox.write("code", "0")
    #expect(try sandbox.baton("resume", run).code == 0)
    #expect(Disk.names(in: sandbox.path(".baton/owed")).isEmpty && sandbox.lines("told") == ["told", "told"])
  }

  @Test func `what cannot be sent any more is told, and stays with its run`() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      step "a" "true"
      notify "team" { on = "succeeded", to = command { run = "echo tried >> tries; test -e open" } }
      """,
      "other.lua": "step 'b' 'true'",
    ])
    let run = try killWhileItSends(sandbox)
    try sandbox.write("w.lua", "this is no Lua")
    let next = try sandbox.baton("run", "other.lua")
    #expect(next.code == 0, "\(next.account)")
    #expect(next.errors.contains("what run \(run) owes was not sent"), "\(next.account)")
    #expect(try sandbox.baton("runs").output.contains("1 message not sent"))
  }

  /// Drives `w.lua` until it has tried to send its message, which it can't, and kills the driver.
  ///
  /// - Returns: The run.
  private func killWhileItSends(_ sandbox: Sandbox) throws -> String {
    let driver = try sandbox.start(["run", "w.lua"])
    try sandbox.wait("it tried to send") { !sandbox.lines("tries").isEmpty }
    driver.send(SIGKILL)
    _ = try driver.wait()
    return try sandbox.show().run
  }
}
