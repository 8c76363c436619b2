import BatonModel
import BatonTestKit
import Testing

@testable import BatonCore

@Suite struct OrderTests {
  @Test func `the order puts dependencies first and groups before their members`() throws {
    var plan = PlanBuilder()
    plan.step("a")
    plan.group("g", depends: ["a"])
    plan.step("b", in: "g")
    plan.step("c", depends: ["g"])
    let order = Topology(plan.plan.nodes).order.map { plan.plan.nodes[$0].name }
    #expect(order == ["a", "g", "b", "c"])
  }

  @Test func `nodes on a cycle, and behind one, have no place in the order`() {
    var plan = PlanBuilder()
    plan.step("a")
    plan.step("b", depends: ["a"])
    plan.step("c")
    plan.plan.nodes[0].dependencies = [1]
    #expect(Topology(plan.plan.nodes).order == [2])
  }

  @Test func `the remaining path goes through groups`() {
    var plan = PlanBuilder()
    plan.group("g")
    plan.step("short", in: "g")
    plan.step("long", in: "g")
    plan.step("after", depends: ["g"])
    let seconds = ["short": 1.0, "long": 5, "after": 10]
    let nodes = plan.plan.nodes
    let paths = Topology(nodes).remainingPaths(nodes) { seconds[nodes[$0].name] ?? 0 }
    #expect(paths == [15, 11, 15, 10])
  }

  @Test func `the ready queue gives priority, then path, then declaration, in any order of arrival`() {
    var random = SplitMix64(seed: 5)
    var entries = (0..<200).map {
      ReadyQueue.Entry(priority: Int64(random.below(3)), path: Double(random.below(4)), node: $0)
    }
    entries.shuffle(using: &random)
    var queue = ReadyQueue()
    for entry in entries { queue.insert(entry) }
    var taken: [Int] = []
    while let entry = queue.removeFirst() { taken.append(entry.node) }
    let expected = entries.sorted { ($1.priority, $1.path, $0.node) < ($0.priority, $0.path, $1.node) }.map(\.node)
    #expect(taken == expected)
  }

  @Test func `timers come in order of their moments, then of their insertion, and not before`() {
    var random = SplitMix64(seed: 6)
    var timers = TimerQueue()
    let moments = (0..<300).map { _ in Int64(random.below(40)) }
    for (node, moment) in moments.enumerated() { timers.insert(.retry(node), at: Instant(milliseconds: moment)) }
    #expect(timers.removeFirst(due: Instant(milliseconds: -1)) == nil)
    var taken: [TimerQueue.Purpose] = []
    while let purpose = timers.removeFirst(due: Instant(milliseconds: 40)) { taken.append(purpose) }
    let expected = moments.indices.sorted { (moments[$0], $0) < (moments[$1], $1) }.map { TimerQueue.Purpose.retry($0) }
    #expect(taken == expected)
    #expect(timers.next == nil)
  }

  @Test func `what is set aside for a wide step is not free for others in that round`() {
    var pool = ResourcePool(["cpu": 4, "memory": 8])
    let wide = pool.demand(of: ["cpu": 4])
    let narrow = pool.demand(of: ["cpu": 1])
    pool.take(narrow)
    #expect(!pool.fits(wide))
    pool.reserve(wide)
    #expect(!pool.fits(narrow))
    #expect(pool.fits(pool.demand(of: ["memory": 8])))
    pool.beginRound()
    #expect(pool.fits(narrow))
  }

  // MARK: Selection

  private var plan: Plan {
    var plan = PlanBuilder()
    plan.step("a")
    plan.step("b", depends: ["a"]) { $0.tags = ["fast"] }
    plan.group("g", depends: ["b"])
    plan.step("x", in: "g")
    plan.step("y", in: "g") { $0.tags = ["fast"] }
    plan.step("z")
    return plan.plan
  }

  private func selected(_ names: Set<String>) -> [String] {
    let plan = plan
    return zip(plan.nodes, Selection.closure(of: names, in: plan)).filter(\.1).map(\.0.name)
  }

  @Test func `a selection takes along what is needed, and the members of a group that is named`() {
    #expect(selected([]) == ["a", "b", "g", "x", "y", "z"])
    #expect(selected(["b"]) == ["a", "b"])
    #expect(selected(["x"]) == ["a", "b", "g", "x"])
    #expect(selected(["g"]) == ["a", "b", "g", "x", "y"])
  }

  @Test func `only a selection runs`() {
    let run = MachineDriver(plan, only: ["x"])
    #expect(run.runToEnd() == .succeeded)
    #expect(run.order == ["a", "b", "x"])
    #expect(run.status("z") == .pending)
  }

  @Test func `names and tags select, and unknown ones are refused with the nearest`() throws {
    #expect(try Selection.names(only: ["z"], tags: ["fast"], in: plan) == ["z", "b", "y"])
    #expect(throws: BatonError(.usage, "no step of this workflow has the tag \"fats\"", cure: "did you mean \"fast\"?"))
    {
      try Selection.names(only: [], tags: ["fats"], in: plan)
    }
    #expect(throws: BatonError.self) { try Selection.names(only: ["q"], tags: [], in: plan) }
  }

  // MARK: Fingerprints

  private func fingerprint(_ command: Command, _ configure: (inout StepOptions) -> Void = { _ in }) -> Fingerprint {
    var plan = PlanBuilder("flow") { $0.env = ["LANG": .plain("C")] }
    plan.step("a")
    plan.step("s", run: command, configure)
    return FingerprintBuilder.fingerprint(
      of: plan.plan.nodes[1], env: plan.plan.workflow.env, values: { $0 == "a" ? ["v": ["x": 1]] : nil })
  }

  @Test func `a fingerprint names its parts in order, with the values of the refs that are used`() {
    let command = Command.program([.plain("cc"), .dynamic(.concat([.literal("-D"), .out("a", "v", "x")]))])
    let parts = fingerprint(command) { $0.env["CC"] = .plain("gcc") }.parts.map { "\($0.name)=\($0.value)" }
    #expect(parts == ["env.CC=gcc", "env.LANG=C", "ref a.out.v.x=1", "run=[\"cc\", \"-D${a.out.v.x}\"]"])
  }

  @Test func `a function counts by its digest, not by its number`() {
    let one = fingerprint(.callback(Callback(id: 1, digest: "d")))
    #expect(one == fingerprint(.callback(Callback(id: 9, digest: "d"))))
    #expect(one != fingerprint(.callback(Callback(id: 1, digest: "e"))))
  }

  @Test func `a long value is kept as its hash and its beginning, and differences are still seen`() {
    let long = String(repeating: "x", count: 5000)
    let one = fingerprint(.shell(.plain(long + "1")))
    let other = fingerprint(.shell(.plain(long + "2")))
    #expect(one.parts.allSatisfy { $0.value.utf8.count < 300 })
    #expect(other.differences(from: one).map(\.name) == ["run"])
    #expect(one.differences(from: one).isEmpty)
  }

  @Test func `secrets stand in a fingerprint by their names alone`() {
    let parts = fingerprint(.shell(.dynamic(.concat([.literal("login "), .secret("TOKEN")])))).parts
    #expect(parts.contains(Fingerprint.Part(name: "run", value: "login ${secret TOKEN}")))
  }
}
