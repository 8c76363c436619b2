import Glibc
import Testing

/// `baton cancel` of runs that no process drives any more.
@Suite struct CancelOfUndriven {
  @Test("What members of a transaction did is undone, as with a live driver") func transaction() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      step "before" "echo before >> side"
      transaction "order" {
        step "reserve" { run = "echo reserve >> side", undo = "echo undo reserve >> side" },
        step "ship" "echo ship >> side; exec sleep 1000",
      }
      step "after" { depends = "order", run = "echo after >> side" }
      """
    ])
    try kill(sandbox, after: "ship")
    let cancelled = try sandbox.baton("cancel", "--reason", "enough")
    #expect(cancelled.code == 0, "\(cancelled.account)")
    #expect(cancelled.errors.contains("what it did is undone, and it is cancelled now"), "\(cancelled.account)")
    #expect(sandbox.lines("side").sorted() == ["before", "reserve", "ship", "undo reserve"])
    let state = try sandbox.show()
    #expect(state.status == "cancelled")
    #expect(state.steps["reserve"]?.status == "undone", "\(state.steps)")
    #expect(sandbox.processes().isEmpty)
  }

  @Test("What a body registered is undone too, also where its script was edited meanwhile") func body() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      step "saga" { function(ctx)
        ctx:step "reserve" { run = "echo reserve >> side" }
        ctx:undo "echo undo reserve >> side"
        ctx:step "ship" { run = "echo ship >> side; exec sleep 1000" }
      end }
      step "other" "echo other >> side"
      """
    ])
    try kill(sandbox, after: "ship")
    try sandbox.write("w.lua", (sandbox.read("w.lua") ?? "") + "step \"new\" \"echo new >> side\"\n")
    let cancelled = try sandbox.baton("cancel")
    #expect(cancelled.code == 0, "\(cancelled.account)")
    #expect(sandbox.lines("side").sorted() == ["other", "reserve", "ship", "undo reserve"])
    #expect(try sandbox.show().status == "cancelled")
  }

  @Test("Where the script is gone, it is said that nothing was undone") func scriptGone() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      step "saga" { function(ctx)
        ctx:undo "echo undo >> side"
        ctx:step "ship" { run = "echo ship >> side; exec sleep 1000" }
      end }
      """
    ])
    try kill(sandbox, after: "ship")
    unlink(sandbox.path("w.lua"))
    let cancelled = try sandbox.baton("cancel")
    #expect(cancelled.code == 1, "\(cancelled.account)")
    #expect(cancelled.errors.contains("what saga did is not undone"), "\(cancelled.account)")
    #expect(sandbox.lines("side") == ["ship"])
  }

  /// Runs `w.lua` until a line is written, and kills its driver.
  private func kill(_ sandbox: Sandbox, after line: String) throws {
    let driver = try sandbox.start(["run", "w.lua"])
    try sandbox.wait("\(line) runs") { sandbox.lines("side").contains(line) }
    driver.send(SIGKILL)
    _ = try driver.wait()
  }
}
