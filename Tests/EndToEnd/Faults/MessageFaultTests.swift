import Testing

/// A message that cannot be made must not silence what it was to tell.
@Suite struct MessageFaultTests {
  @Test(arguments: ["message", "title"])
  func `the usual words are sent, with what is wrong`(part: String) throws {
    let sandbox = try Sandbox([
      "w.lua": """
      step "a" "exit 7"
      notify "team" {
        on = "failed", to = command [[printf '%s\\n' "$BATON_NOTIFY_TEXT" >> told]],
        \(part) = function(event) error("boom") end,
      }
      """
    ])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(finished.code == 1)
    let told = sandbox.lines("told").joined(separator: "\n")
    #expect(told.contains("failed") && told.contains("could not be made") && told.contains("boom"), "\(told)")
    #expect(finished.errors.contains("notification \"team\": its \(part)"), "\(finished.account)")
  }

  @Test func `a message of nothing is the usual one, and one that cannot be sent is told with its name`() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      step "a" "exit 7"
      notify "team" { on = "failed", to = command [[printf '%s\\n' "$BATON_NOTIFY_TEXT" >> told]], message = function() end }
      notify "dead" { on = "failed", to = command "exit 3" }
      """
    ])
    let finished = try sandbox.baton("run", "w.lua")
    #expect(sandbox.lines("told").joined().contains("exit code 7"), "\(sandbox.lines("told"))")
    #expect(finished.errors.contains("notification \"dead\" was not sent"), "\(finished.account)")
    #expect(finished.errors.contains("failed after"), "\(finished.account)")
  }
}
