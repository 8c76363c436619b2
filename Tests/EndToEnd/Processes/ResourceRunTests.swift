import BatonModel
import Testing

/// What of the pool is in use is shown beside what there is.
@Suite struct ResourcesShown {
  @Test("While steps run, show tells what of each resource they hold; afterwards nothing is held")
  func shown() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      workflow "w" { resources = { browser = 4 } }
      local wait = "; while [ ! -e go ]; do sleep 0.05; done"
      step "a" { run = "touch a" .. wait, resources = { cpu = 1, browser = 3, memory = "64M" } }
      step "b" { run = "touch b" .. wait, resources = { cpu = 0, browser = 2 } }

      """
    ])
    let run = try sandbox.start(["run", "w.lua", "-j", "3"])
    try sandbox.wait("the first is seen to run", atMost: 60) {
      sandbox.read("a") != nil && (try? sandbox.show().steps["a"]?.status) == "running"
    }
    let resources = try sandbox.show().json["resources"]
    #expect(resources?["browser"] == ["in_use": 3, "capacity": 4], "\(String(describing: resources))")
    #expect(resources?["cpu"] == ["in_use": 1, "capacity": 3], "what -j says is all that there is")
    #expect(resources?["memory"]?["in_use"] == 67_108_864)
    let text = try sandbox.baton("show").output
    #expect(text.contains("browser 3 of 4, cpu 1 of 3, memory 64"), "\(text)")
    #expect(sandbox.read("b") == nil, "there is no room for it")
    try sandbox.write("go", "")
    #expect(try run.wait(atMost: 30).code == 0)
    #expect(try sandbox.show().json["resources"] == nil && !sandbox.baton("show").output.contains("in use"))
  }

  @Test("What steps of a body hold, and cells that came while the run goes on, is among what is in use")
  func late() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      workflow "w" { resources = { browser = 4 } }
      local wait = "; while [ ! -e go ]; do sleep 0.05; done"
      step "body" { function(ctx) ctx:step("kid", { run = "touch kid" .. wait, resources = { browser = 3 } }) end }
      local list = step "list" { run = [[echo '{"names":["x"]}' >> "$BATON_OUTPUT"]] }
      matrix "cells" { axes = { name = list.out.names }, step = { run = "touch cell" .. wait, resources = { browser = 1 } } }

      """
    ])
    let run = try sandbox.start(["run", "w.lua", "-j", "3"])
    try sandbox.wait("both are seen to run", atMost: 60) {
      sandbox.read("kid") != nil && sandbox.read("cell") != nil
        && (try? sandbox.show().json["resources"]?["browser"]?["in_use"]) == 4
    }
    try sandbox.write("go", "")
    let finished = try run.wait(atMost: 30)
    #expect(finished.code == 0, "\(finished.account)")
  }
}
