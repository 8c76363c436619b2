import BatonModel
import Glibc
import Testing

/// What failed in one run is well again in a later one, whatever became of the runs between them.
@Suite struct RecoveryTests {
  private static let workflow = """
    workflow "shop" {}
    step "unit" { run = "case $(cat mode) in bad) exit 3;; long) echo long >> side; exec sleep 1000;; esac" }
    notify "team" { on = { "failed", "recovered" }, to = command { run = [[cat >> events; echo >> events]] } }
    notify "well" { on = "recovered", to = command { run = [[cat >> well; echo >> well]] } }
    notify "duty" {
      on = function(event) return event.kind == "step.failed" or event.kind == "run.succeeded" end,
      to = command { run = [[cat >> asked; echo >> asked]] },
    }
    """

  private func events(_ sandbox: Sandbox, _ file: String) throws -> [Value] {
    try sandbox.lines(file).map { try JSON.decode($0) }
  }

  @Test(arguments: [SIGINT, SIGKILL])
  func `a run that was ended between a failure and a success keeps no recovery from being told`(_ signal: Int32) throws
  {
    let sandbox = try Sandbox(["w.lua": Self.workflow, "mode": "bad"])
    #expect(try sandbox.baton("run", "w.lua").code == 1)
    try sandbox.write("mode", "long")
    let driver = try sandbox.start(["run", "w.lua"])
    try sandbox.wait("the step runs") { sandbox.lines("side").contains("long") }
    driver.send(signal)
    _ = try driver.wait()
    if signal == SIGINT { #expect(try sandbox.baton("cancel").code == 0) }
    try sandbox.write("mode", "good")
    let good = try sandbox.baton("run", "w.lua")
    #expect(good.code == 0, "\(good.account)")
    let told = try events(sandbox, "events")
    #expect(told.map { $0["kind"] } == ["run.failed", "run.recovered"], "\(told)")
    #expect(told.last?["recovered"] == told.first?["causes"], "\(told)")
    let asked = try events(sandbox, "asked")
    #expect(asked.map { $0["kind"] } == ["step.failed", "run.succeeded"], "\(asked)")
    #expect(asked.last?["recovered"] == asked.first?["causes"], "\(asked)")
    // Whoever asked for nothing else is told as well.
    #expect(try events(sandbox, "well").map { $0["kind"] } == ["run.recovered"])
    // Once is enough.
    #expect(try sandbox.baton("run", "w.lua").code == 0)
    #expect(try events(sandbox, "events").count == 2)
  }
}
