import BatonCore
import BatonModel

/// `baton plan`: levels, what each step runs, how long that is expected to take, and what it waits for.
///
/// Appends to one buffer of bytes: a plan of a hundred thousand steps is written in a fraction of a second.
public struct PlanText {
  public let plan: Plan
  public let schedule: PlanSchedule
  /// How many run at once.
  public let jobs: Int
  /// What else there is for steps to use.
  public let pool: [String: Double]
  public let palette: Palette
  /// What durable bodies would do.
  public let outlines: [NodeIndex: BodyOutline]
  /// Lists of tests that were dealt out.
  var shards: ShardsText.Axes = []
  /// What is left out because nothing that it reads changed.
  var impact: (changes: ChangedFiles, impact: Impact)?
  private var bytes: [UInt8] = []

  public init(
    _ plan: Plan, schedule: PlanSchedule, jobs: Int, pool: [String: Double] = [:], palette: Palette = .plain,
    outlines: [NodeIndex: BodyOutline] = [:]
  ) {
    self.plan = plan
    self.outlines = outlines
    self.schedule = schedule
    self.jobs = jobs
    self.pool = pool
    self.palette = palette
  }

  public static func bytes(
    _ plan: Plan, schedule: PlanSchedule, jobs: Int, pool: [String: Double] = [:], palette: Palette = .plain,
    outlines: [NodeIndex: BodyOutline] = [:], shards: ShardsText.Axes = [],
    impact: (changes: ChangedFiles, impact: Impact)? = nil
  ) -> [UInt8] {
    var text = PlanText(plan, schedule: schedule, jobs: jobs, pool: pool, palette: palette, outlines: outlines)
    text.shards = shards
    text.impact = impact
    text.write()
    return text.bytes
  }

  private mutating func add(_ text: String) { bytes.append(contentsOf: text.utf8) }
  private mutating func pad(_ count: Int) {
    if count > 0 { bytes.append(contentsOf: repeatElement(0x20, count: count)) }
  }

  private mutating func write() {
    bytes.reserveCapacity(plan.nodes.count * 64 + 1024)
    head()
    var levels: [[NodeIndex]] = []
    for index in plan.nodes.indices where schedule.included[index] && isShown(plan.nodes[index]) {
      let level = Int(schedule.level[index])
      while levels.count <= level { levels.append([]) }
      levels[level].append(index)
    }
    let nameWidth = min(40, plan.nodes.reduce(4) { $1.group == nil ? max($0, $1.name.utf8.count) : $0 })
    for (number, members) in levels.enumerated() where !members.isEmpty {
      add("\n" + palette(.bold, "Level \(number + 1)"))
      add(palette(.dim, "  \(members.count) \(members.count == 1 ? "step" : "steps")"))
      add("\n")
      for member in members { line(member, nameWidth: nameWidth) }
    }
    add(ShardsText.section(shards, palette))
    if let impact { add(ImpactText.section(impact.changes, impact.impact, palette)) }
    add("\n")
    foot()
  }

  /// Groups are shown by their members; only a matrix whose cells are not known yet stands for itself.
  private func isShown(_ node: Node) -> Bool {
    guard let group = node.group else { return true }
    return group.pending != nil
  }

  private mutating func head() {
    let workflow = plan.workflow
    add(palette(.bold, workflow.name))
    if let description = workflow.description { add("  \(description)") }
    add("\n")
    var counts = [NodeKind: Int]()
    for index in plan.nodes.indices where schedule.included[index] {
      counts[plan.nodes[index].nodeKind, default: 0] += 1
    }
    var parts: [String] = [PlanText.count(counts[.step, default: 0], "step")]
    if let gates = counts[.gate] { parts.append(PlanText.count(gates, "gate")) }
    if let services = counts[.service] { parts.append(PlanText.count(services, "service")) }
    if let groups = counts[.group] { parts.append(PlanText.count(groups, "group")) }
    if !plan.notifications.isEmpty { parts.append(PlanText.count(plan.notifications.count, "notification")) }
    let left = schedule.included.lazy.filter { !$0 }.count
    if left > 0 { parts.append("\(left) not selected") }
    add("  \(parts.joined(separator: ", "))\n")
    if !workflow.values.isEmpty {
      let values = workflow.values.sorted { $0.key < $1.key }.map { "\($0.key)=\(JSON.encode($0.value))" }
      add("  parameters: \(values.joined(separator: " "))\n")
    }
  }

  private mutating func line(_ index: NodeIndex, nameWidth: Int) {
    let node = plan.nodes[index]
    add("  ")
    add(node.name)
    pad(nameWidth - node.name.utf8.count)
    if schedule.knownCount > 0 {
      let time =
        node.nodeKind == .step ? "~" + Span(nanoseconds: schedule.expected[index]).text : ""
      pad(8 - time.utf8.count)
      add(palette(.dim, time))
    }
    add("  ")
    switch node.kind {
    case .step(let command): add(DisplayWidth.truncated(CommandText.text(command).harmless, to: 60))
    case .gate(let gate): add(PlanText.conditions(of: gate))
    case .service(let service): add(DisplayWidth.truncated(PlanText.text(of: service).harmless, to: 60))
    case .group(let group):
      let axes = PlanText.axes(of: group)
      add(axes.isEmpty ? "cells are made when it starts" : "cells are made once \(axes) is known")
      let dealt = PlanText.dealt(group)
      if !dealt.isEmpty { add(": \(dealt)") }
    }
    notes(index, node)
    bytes.append(0x0A)
    guard !outlines.isEmpty, let outline = outlines[index] else { return }
    for line in OutlineText.lines(outline, palette: palette) {
      pad(6)
      add(line)
      bytes.append(0x0A)
    }
  }

  private mutating func notes(_ index: NodeIndex, _ node: Node) {
    let reasons = PlanReasons.waits(of: index, in: plan)
    if !reasons.isEmpty { add(palette(.dim, "  ← " + reasons.joined(separator: ", "))) }
    // Most steps say nothing special: they share one box.
    if node.options === StepOptions.Shared.standard { return }
    let facts = PlanReasons.facts(of: node.options.value)
    if !facts.isEmpty { add(palette(.dim, "  (\(facts.joined(separator: "; ")))")) }
  }

  private mutating func foot() {
    guard schedule.stepCount > 0 else {
      add("Nothing to run.\n")
      return
    }
    guard schedule.knownCount > 0 else {
      add("No estimate: none of these steps has succeeded before.\n")
      return
    }
    add("Estimated: \(palette(.bold, schedule.length(of: plan, jobs: jobs, pool: pool).text)) with -j\(jobs)")
    let path = schedule.criticalPath(plan).map { plan.nodes[$0].name }
    add(", at best \(schedule.shortest.text)")
    if !path.isEmpty {
      let shown = path.count > 6 ? path.prefix(3) + ["…"] + path.suffix(2) : path[...]
      add(" (\(shown.joined(separator: " → ")))")
    }
    add("\n")
    if schedule.knownCount < schedule.stepCount {
      add("\(schedule.stepCount - schedule.knownCount) of \(schedule.stepCount) steps never succeeded before: ")
      add("they are taken as long as the others on average.\n")
    }
  }

  static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  static func axes(of group: GroupSpec) -> String {
    (group.pending?.axes ?? [:]).sorted { $0.key < $1.key }.compactMap { axis in
      var refs: [String] = []
      axis.value.forEachRef { refs.append($0.text) }
      return refs.isEmpty ? nil : refs.joined(separator: ", ")
    }.joined(separator: ", ")
  }

  /// What deals out or orders tests among the axes: `shard = shards(4, ${list.out.tests})`.
  static func dealt(_ group: GroupSpec) -> String {
    (group.pending?.axes ?? [:]).sorted { $0.key < $1.key }.compactMap { axis in
      if case .tests = axis.value { "\(axis.key) = \(CommandText.text(axis.value))" } else { nil }
    }.joined(separator: ", ")
  }

  /// `pass_rate >= 0.98, flaky_rate <= 0.02`.
  static func conditions(of gate: GateSpec) -> String {
    var parts = gate.require.map { "\($0.metric) \($0.text)" }
    if gate.check != nil { parts.append("check") }
    if let approval = gate.approval {
      let who = approval.by.isEmpty ? "anyone" : approval.by.joined(separator: " or ")
      let limit = approval.timeout.map { " within \($0.text)" } ?? ""
      parts.append("approval by \(approval.quorum > 1 ? "\(approval.quorum) of " : "")\(who)\(limit)")
    }
    return "requires \(parts.joined(separator: ", ")), otherwise \(gate.otherwise.rawValue)"
  }
}
