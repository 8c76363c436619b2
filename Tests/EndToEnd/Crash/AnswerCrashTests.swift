import Glibc
import Testing

/// Answers of people, with SIGKILL where they are sent and where they are read.
@Suite struct AnswerCrashes {
  private let workflow = """
    local ok = gate "ok" { approval = {} }
    step "after" { depends = ok, run = "echo began >> after.txt" }
    """

  private func waiting() throws -> Sandbox {
    let sandbox = try Sandbox(["work.lua": workflow])
    #expect(try sandbox.baton("run", "work.lua", "--no-wait").code == 5)
    return sandbox
  }

  private func kill(_ sandbox: Sandbox, at point: String, _ arguments: [String]) throws {
    let finished = try sandbox.start(arguments, env: ["BATON_FAULT": point]).wait()
    #expect(finished.signal == SIGKILL, "\(point) was never reached: \(finished.account)")
  }

  @Test("An answer whose sender is killed counts, or can be given again", arguments: ["store.sending", "mail.sent"])
  func sender(point: String) throws {
    let sandbox = try waiting()
    try kill(sandbox, at: point, ["approve", "ok"])
    if try sandbox.baton("resume", "--no-wait").code == 5 {
      #expect(point == "store.sending", "the answer had been kept")
      #expect(try sandbox.baton("approve", "ok").code == 0)
      #expect(try sandbox.baton("resume", "--no-wait").code == 0)
    }
    #expect(sandbox.lines("after.txt") == ["began"])
  }

  @Test("An answer whose reader is killed is read by the next") func reader() throws {
    let sandbox = try waiting()
    #expect(try sandbox.baton("approve", "ok").code == 0)
    try kill(sandbox, at: "engine.request-read", ["resume", "--no-wait"])
    #expect(try sandbox.baton("resume", "--no-wait").code == 0)
    #expect(sandbox.lines("after.txt") == ["began"])
  }
}
