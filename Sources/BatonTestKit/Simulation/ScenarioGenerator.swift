import BatonModel

/// Makes a random ``Scenario`` from a seed: the same seed, the same scenario.
struct ScenarioGenerator {
  private var random: SplitMix64
  private let profile: Scenario.Profile
  private var drafts: [Scenario.Draft] = []
  /// How many nodes may still be made.
  private var budget: Int
  private var names = 0
  /// Whether some of its steps are durable bodies.
  private var withBodies = false
  /// Whether some of its nodes are services.
  private var withServices = false
  /// Gates that emit what people fill in.
  private var forms: Set<String> = []

  static func scenario(seed: UInt64, withBodies: Bool = false, withServices: Bool = false) -> Scenario {
    var random = SplitMix64(seed: seed)
    let profile: Scenario.Profile = random.chance(65) ? .exact : .timed
    let dice = random.below(1000)
    let size =
      switch dice {
      case ..<770: 1 + random.below(3)
      case ..<970: 4 + random.below(4)
      case ..<997: 8 + random.below(10)
      default: 18 + random.below(43)
      }
    var generator = ScenarioGenerator(random: random, profile: profile, budget: size)
    generator.withBodies = withBodies
    generator.withServices = withServices
    return generator.scenario(seed)
  }

  private init(random: SplitMix64, profile: Scenario.Profile, budget: Int) {
    self.random = random
    self.profile = profile
    self.budget = budget
  }

  private mutating func scenario(_ seed: UInt64) -> Scenario {
    var known: [String] = []
    while budget > 0 { fill(parent: nil, known: &known, depth: 0) }
    if random.chance(20) { drafts.shuffle(using: &random) }
    var scenario = Scenario(seed: seed, profile: profile, drafts: drafts, pool: ["cpu": Double(1 + random.below(4))])
    scenario.pool["memory"] = 4
    scenario.pool["browser"] = 2
    if random.chance(25) { scenario.notifications = notifications() }
    if random.chance(10) { scenario.signals = (0...random.below(2)).map { _ in random.below(500) } }
    if profile == .timed {
      scenario.noWait = random.chance(20)
      scenario.failFast = random.chance(15)
      if random.chance(10) { scenario.deadline = Span(milliseconds: Int64(50 + random.below(1500))) }
      if random.chance(40) { scenario.control = (random.pick(Scenario.Control.allCases), random.below(400)) }
    }
    return scenario
  }

  /// Adds one node, with all that lies within it.
  private mutating func fill(parent: String?, known: inout [String], depth: Int) {
    guard budget > 0 else { return }
    budget -= 1
    names += 1
    let dice = random.below(100)
    if dice < 14, depth < 3, budget > 0 {
      group("g\(names)", parent, &known, depth)
    } else if dice < 22, let source = known.last(where: { $0.hasPrefix("s") }) {
      matrix("m\(names)", over: source, parent, &known)
    } else if dice < 30, !known.isEmpty {
      gate("q\(names)", parent, &known)
    } else if withBodies, dice < 42 {
      body("b\(names)", parent, &known)
    } else if withServices, dice < 55 {
      service("d\(names)", parent, &known)
    } else {
      step("s\(names)", parent, &known)
    }
  }

  private mutating func dependencies(_ known: [String], _ percent: Int) -> [String] {
    guard !known.isEmpty, random.chance(percent) else { return [] }
    var chosen: [String] = []
    for _ in 0...random.below(3) {
      // Near ones more often, for long chains.
      let name = random.chance(50) ? known[known.count - 1 - random.below(min(3, known.count))] : random.pick(known)
      if !chosen.contains(name) { chosen.append(name) }
    }
    return chosen
  }

  private mutating func group(_ name: String, _ parent: String?, _ known: inout [String], _ depth: Int) {
    var draft = Scenario.Draft(
      name: name,
      kind: .group(
        max: random.chance(40) ? 1 + random.below(3) : nil, failFast: profile == .timed && random.chance(35)),
      parent: parent, depends: dependencies(known, 50))
    draft.options.when = when(rarely: true)
    drafts.append(draft)
    var inner = known
    for _ in 0...random.below(4) { fill(parent: name, known: &inner, depth: depth + 1) }
    known = inner + [name]
  }

  private mutating func matrix(_ name: String, over source: String, _ parent: String?, _ known: inout [String]) {
    var depends = dependencies(known, 30)
    if !depends.contains(source) { depends.append(source) }
    var draft = Scenario.Draft(
      name: name,
      kind: .matrix(
        over: source, max: random.chance(40) ? 1 + random.below(2) : nil,
        failFast: profile == .timed && random.chance(30)),
      parent: parent, depends: depends)
    draft.options.when = when(rarely: true)
    drafts.append(draft)
    known.append(name)
  }

  private mutating func gate(_ name: String, _ parent: String?, _ known: inout [String]) {
    let metric = random.pick(["score", "tests", "pass_rate", "absent"])
    let requirement = Requirement(
      metric: metric, comparison: random.chance(50) ? .atLeast : .atMost, bound: .number(Double(random.below(10))))
    let otherwise: GateSpec.Otherwise =
      profile == .timed ? random.pick([.halt, .branch, .warn, .ask]) : random.pick([.branch, .warn])
    let check = random.chance(30) ? Callback(id: 3, digest: "check") : nil
    let approval = random.chance(40) ? approval() : nil
    let require = random.chance(approval == nil ? 80 : 30) ? [requirement] : []
    if approval?.form.isEmpty == false { forms.insert(name) }
    drafts.append(
      Scenario.Draft(
        name: name,
        kind: .gate(GateSpec(require: require, check: check, approval: approval, otherwise: otherwise)),
        parent: parent, depends: dependencies(known, 100)))
    known.append(name)
  }

  private mutating func approval() -> ApprovalSpec {
    var approval = ApprovalSpec(by: random.chance(50) ? ["managers"] : [], quorum: 1 + random.below(2))
    if random.chance(50) { approval.form = [ParamSpec(name: "v", kind: .integer(min: nil, max: nil))] }
    if profile == .timed, random.chance(50) { approval.timeout = Span(milliseconds: Int64(1 + random.below(900))) }
    return approval
  }

  private mutating func step(_ name: String, _ parent: String?, _ known: inout [String]) {
    var draft = Scenario.Draft(
      name: name, kind: .step(text: "run \(name)"), parent: parent, depends: dependencies(known, 65))
    draft.refs = draft.depends.filter { ($0.hasPrefix("s") || forms.contains($0)) && random.chance(40) }
    draft.options = options()
    drafts.append(draft)
    known.append(name)
  }

  private mutating func service(_ name: String, _ parent: String?, _ known: inout [String]) {
    var spec = ServiceSpec(command: .shell(.plain("serve \(name)")))
    func probe(_ interval: Int) -> ProbeSpec {
      var probe = ProbeSpec(.tcp(host: .plain("127.0.0.1"), ports: [.plain("1")]))
      probe.interval = Span(milliseconds: Int64(interval))
      probe.timeout = Span(milliseconds: 50)
      probe.retries = 1 + random.below(3)
      probe.startPeriod = Span(milliseconds: Int64(random.below(200)))
      return probe
    }
    if random.chance(75) { spec.traits.ready = probe(1 + random.below(20)) }
    if random.chance(60) { spec.traits.health = probe(5 + random.below(100)) }
    spec.traits.restart = RetryPolicy(
      attempts: profile == .exact ? 1_000_000 : 1 + random.below(4),
      backoff: Span(milliseconds: Int64(random.below(50))),
      max: Span(milliseconds: 100))
    if random.chance(20) { spec.traits.setup = [.shell(.plain("set up"))] }
    if random.chance(20) { spec.traits.teardown = [.shell(.plain("tear down"))] }
    var draft = Scenario.Draft(name: name, kind: .service(spec), parent: parent, depends: dependencies(known, 45))
    draft.options.resources = [:]
    if profile == .timed, random.chance(30) {
      spec.alternatives = [ServiceSpec.Alternative()]
      draft.kind = .service(spec)
      draft.options.failover = [Alternative()]
    }
    draft.options.grace = Span(milliseconds: Int64(random.below(100)))
    drafts.append(draft)
    known.append(name)
  }

  private mutating func body(_ name: String, _ parent: String?, _ known: inout [String]) {
    var acts = BodyGenerator(random: random, isExact: profile == .exact)
    let program = acts.program()
    random = acts.random
    var draft = Scenario.Draft(name: name, kind: .body(program), parent: parent, depends: dependencies(known, 65))
    draft.options = options()
    draft.options.failover = []
    draft.options.resources = [:]
    draft.options.cache = .off
    draft.options.interrupted = .rerun
    drafts.append(draft)
    known.append(name)
  }

  // MARK: What a step says

  private mutating func when(rarely: Bool = false) -> StepOptions.When {
    guard random.chance(rarely ? 12 : 22) else { return .succeeded }
    return random.pick([.failed, .finished, .finished, .callback(Callback(id: 1, digest: "when"))])
  }

  private mutating func retry() -> RetryPolicy {
    var policy = RetryPolicy(attempts: 2 + random.below(3))
    if random.chance(60) { policy.backoff = Span(milliseconds: Int64(1 + random.below(300))) }
    policy.factor = random.pick([1, 2, 3])
    policy.max = Span(milliseconds: Int64(100 + random.below(2000)))
    if random.chance(30) { policy.jitter = 0.5 }
    switch random.below(100) {
    case ..<60: break
    case ..<85: policy.when = .listed([.exitCode(Int32(1 + random.below(2))), .signal(9), .timeout])
    default: policy.when = .callback(Callback(id: 2, digest: "retry"))
    }
    return policy
  }

  private mutating func options() -> StepOptions {
    var options = StepOptions()
    options.when = when()
    if random.chance(35) { options.retry = retry() }
    if random.chance(15) {
      for _ in 0...random.below(2) {
        var alternative = Alternative()
        if random.chance(40) { alternative.retry = retry() }
        options.failover.append(alternative)
      }
    }
    options.allowFailure = random.chance(10)
    if random.chance(30) { options.priority = Int64(random.below(5) - 2) }
    if random.chance(40) {
      options.resources = ["cpu": Double(random.below(5))]
      if random.chance(50) { options.resources["memory"] = Double(1 + random.below(4)) }
      if random.chance(30) { options.resources["browser"] = Double(1 + random.below(2)) }
    }
    if random.chance(15) { options.mutex = random.pick(["m1", "m2"]) }
    if random.chance(8) { options.cache = .on }
    guard profile == .timed else { return options }
    if random.chance(25) { options.timeout = Span(milliseconds: Int64(10 + random.below(200))) }
    if random.chance(15) { options.deadline = Span(milliseconds: Int64(20 + random.below(500))) }
    if random.chance(15) { options.interrupted = random.pick([.fail, .ask]) }
    options.grace = Span(milliseconds: Int64(random.below(100)))
    return options
  }

  private mutating func notifications() -> [NotificationSpec] {
    let place = SourcePlace(file: "/simulated.lua")
    let target = NotificationSpec.Target(channel: "webhook", settings: [:])
    let moments = NotificationSpec.Moment.allCases.filter { _ in random.chance(60) }
    var specs = [NotificationSpec(name: "team", place: place, on: .moments(moments), to: [target])]
    if random.chance(40) {
      let trigger = NotificationSpec.Trigger.callback(Callback(id: 4, digest: "on"))
      specs.append(NotificationSpec(name: "function", place: place, on: trigger, to: [target]))
    }
    // Drawn apart, so that what else a seed stands for stays the same.
    var copy = random
    var apart = SplitMix64(seed: SplitMix64.mix(copy.next()))
    for index in specs.indices {
      if apart.chance(40) { specs[index].digest = Span(milliseconds: Int64(1 + apart.below(400))) }
      if apart.chance(40) {
        specs[index].rate = NotificationSpec.Rate(
          count: 1 + apart.below(3), per: Span(milliseconds: Int64(1 + apart.below(500))))
      }
      if specs[index].gathers, apart.chance(30) { specs[index].scope = .project }
    }
    return specs
  }
}
