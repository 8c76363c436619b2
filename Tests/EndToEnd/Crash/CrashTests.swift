import Glibc
import Testing

@Suite struct Crash {
  @Test(
    "Killed at a random moment, and again while it is carried on, a run ends as if it had not been", arguments: 0..<300)
  func killedAtARandomMoment(seed: Int) throws {
    var dice = Dice(seed: seed)
    let whole = try CrashScenario.reference.get().seconds
    let scenario = try CrashScenario(jobs: seed % 3 == 0 ? 2 : 4)
    var goesOn = try scenario.drive(.after(dice.fraction() * whole))
    // Every third run is killed up to three times while it is carried on.
    var more = seed % 3
    while goesOn, more == 2, scenario.kills < 4 {
      if dice.fraction() < 0.2 { more = 0 }
      goesOn = try scenario.drive(.after(dice.fraction() * whole * 0.6))
    }
    if goesOn { goesOn = try scenario.drive(.none) }
    #expect(!goesOn)
    try scenario.verify()
  }

  @Test(
    "Killed at a named point, and at every other one while it is carried on, a run ends as if it had not been",
    arguments: FaultPoints.ofRuns, [1, 9])
  func killedAtAPoint(point: String, count: Int) throws {
    let scenario = try CrashScenario()
    var goesOn = try scenario.drive(.fault(point, count))
    let first = scenario.kills
    for other in FaultPoints.ofRuns where goesOn { goesOn = try scenario.drive(.fault(other, 1)) }
    if goesOn { goesOn = try scenario.drive(.none) }
    #expect(!goesOn)
    if count == 1, !FaultPoints.ofResumptions.contains(point) { #expect(first == 1, "\(point) was never reached") }
    try scenario.verify()
  }

  @Test("A run that was killed at once is there to be resumed, or leaves nothing")
  func killedAtOnce() throws {
    let scenario = try CrashScenario()
    for microseconds in stride(from: 0.0, to: 0.03, by: 0.002) {
      guard try scenario.drive(.after(microseconds)) else { break }
    }
    while try scenario.drive(.none) {}
    try scenario.verify()
  }
}
