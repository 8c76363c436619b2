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
    let driver = try sandbox.start(["run", "w.lua"])
    try sandbox.wait("it tried to send") { !sandbox.lines("tries").isEmpty }
    driver.send(SIGKILL)
    _ = try driver.wait()
    let run = try sandbox.show().run
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
}
