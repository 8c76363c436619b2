import BatonCore
import BatonLua
import BatonModel
import BatonSimulation
import Testing

/// What a simulation makes goes away with it: thousands of them run in one process.
@Suite("The life of simulations") struct SimulationLifetimeTests {
  private func simulation(_ text: String, _ mocks: [MockBook.Entry]) throws -> Simulation {
    let source = WorkflowSource(
      file: "work.lua", path: "/project/work.lua", text: Array(text.utf8), modules: [])
    let options = SimulationOptions()
    let script = try source.load(Observations(time: options.start, seed: 7))
    return Simulation(
      plan: script.plan, host: script, observations: script.observations, mocks: MockBook(mocks), options: options)
  }

  @Test(
    "Nothing of it stays, however it ended",
    arguments: ["step \"a\" { run = \"x\" }", "gate \"g\" { approval = {} }"])
  func released(workflow: String) throws {
    weak var world: SimulatedWorld?
    do {
      let simulation = try simulation(workflow, [])
      world = simulation.world
      let course = try simulation.course()
      #expect(course.records.count > 1)
      #expect(world != nil)
    }
    #expect(world == nil)
  }
}
