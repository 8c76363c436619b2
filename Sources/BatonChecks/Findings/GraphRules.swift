import BatonCore
import BatonFiles
import BatonModel

/// What the plan tells: steps that never run, gates that no run passes, files that several steps write, groups of nothing (B022 to
/// B028).
struct GraphRules {
  private let plan: Plan
  private let facts: ScriptFacts
  /// Matrices of which cells are missing.
  private let incomplete: Set<NodeIndex>
  private var found: [CheckFinding] = []

  var findings: [CheckFinding] { found }

  /// More pairs of files than this are not compared.
  private static let most = 200_000
  /// How many nodes may be looked at to find out what waits for what; then no more is told of it.
  private var patience = 20_000_000

  init(_ plan: Plan, _ facts: ScriptFacts) {
    self.plan = plan
    self.facts = facts
    let missing = facts.check.missing
    incomplete = Set(
      missing.isEmpty
        ? [] : plan.nodes.indices.filter { index in missing.contains { $0.hasPrefix(plan.nodes[index].name + "[") } })
    neverRuns()
    alwaysNo()
    emptyGroups()
    deadlines()
    sharedResults()
    outputs()
  }

  private mutating func tell(_ code: String, _ message: String, _ node: Node, cure: String) {
    found.append(facts.finding(code, message, at: facts.place(of: node), cure: cure))
  }

  // MARK: What never comes

  private mutating func neverRuns() {
    var never = Array(repeating: false, count: plan.nodes.count)
    // Groups stand behind their members as well as before them: twice around is enough for what one level of them hides.
    for _ in 0..<3 {
      for (index, node) in plan.nodes.enumerated() where !never[index] { never[index] = isUnreachable(node, never) }
    }
    for (index, node) in plan.nodes.enumerated() where never[index] {
      switch node.kind {
      case .step:
        let isFirst = node.dependencies.isEmpty
        tell(
          "B022",
          "step \"\(node.name)\" can never run: "
            + (isFirst ? "it waits for a failure, and depends on nothing" : "what it depends on never does"), node,
          cure: isFirst ? "say what may fail: depends = …" : "see the step that it depends on")
      case .gate:
        tell(
          "B023", "gate \"\(node.name)\" is never come to: what it depends on can never run", node,
          cure: "see the step that it depends on")
      case .group, .service: break
      }
    }
    for node in plan.nodes { if let gate = node.gate { requirements(gate, node) } }
  }

  /// `check` and `when` functions all of whose ends say no.
  private mutating func alwaysNo() {
    for declaration in facts.declarations where ["step", "gate"].contains(declaration.kind) {
      let isGate = declaration.kind == "gate"
      guard let fields = declaration.fields?.table,
        let field = fields.first(where: { $0.name == (isGate ? "check" : "when") }),
        let function = field.value.bare.function
      else { continue }
      let ends = facts.returns(of: function)
      let isNo = ends.allSatisfy { values in
        switch values.first?.bare.kind {
        case .truth(false)?, .null?, nil: true
        default: false
        }
      }
      // A function that returns nothing says no, too.
      guard isNo else { continue }
      found.append(
        facts.finding(
          isGate ? "B023" : "B022",
          isGate
            ? "gate \"\(declaration.name)\" can never pass: its check says yes nowhere"
            : "step \"\(declaration.name)\" can never run: its when says yes nowhere",
          at: facts.place(field.value.first), cure: "return true where it may"))
    }
  }

  /// Groups that are written without any member.
  private mutating func emptyGroups() {
    for declaration in facts.declarations where ["parallel", "sequence", "transaction"].contains(declaration.kind) {
      guard let fields = declaration.fields?.bare.table, fields.allSatisfy({ $0.name != nil }) else { continue }
      found.append(
        facts.finding(
          "B028", "\(declaration.kind) \"\(declaration.name)\" has no members", at: facts.place(declaration.token),
          cure: "put steps into it: \(declaration.kind) \"\(declaration.name)\" { step \"…\" … }, or leave it out"))
    }
  }

  private func isUnreachable(_ node: Node, _ never: [Bool]) -> Bool {
    var parent = node.parent
    while let group = parent, plan.nodes.indices.contains(group) {
      if never[group] { return true }
      parent = plan.nodes[group].parent
    }
    let isSkipped = node.dependencies.contains { plan.nodes.indices.contains($0) && never[$0] }
    switch node.kind {
    case .step:
      switch node.options.value.when {
      case .failed:
        // What it depends on may be missing.
        if node.dependencies.isEmpty, !incomplete.isEmpty { return false }
        return node.parent == nil && (node.dependencies.isEmpty || node.dependencies.allSatisfy { never[$0] })
      case .succeeded: return isSkipped
      case .finished, .callback: return false
      }
    case .gate, .service: return isSkipped
    case .group(let group):
      if isSkipped { return true }
      return group.pending == nil && !incomplete.contains(where: { plan.nodes[$0].name == node.name })
        && !group.members.isEmpty && group.members.allSatisfy { never[$0] }
    }
  }

  // MARK: Gates

  /// Without the fraction where there is none.
  private static func text(_ number: Double) -> String {
    Int64(exactly: number).map(String.init) ?? Value.number(number).text
  }

  /// A hundredth, as people write it: 98 → 0.98, 1.1 → 0.011. Dividing adds digits that no one wrote.
  private static func hundredth(of number: Double) -> String {
    let digits = 1e9
    return text((number * digits / 100).rounded() / digits)
  }

  private static let rates: Set<String> = ["pass_rate", "flaky_rate", "coverage", "coverage.changed"]

  private mutating func requirements(_ gate: GateSpec, _ node: Node) {
    for requirement in gate.require {
      guard case .number(let bound) = requirement.bound else { continue }
      let limits: ClosedRange<Double> =
        Self.rates.contains(requirement.metric)
        ? 0...1 : requirement.metric.hasPrefix("metric.") ? -.infinity ... .infinity : 0 ... .infinity
      let isImpossible: Bool =
        switch requirement.comparison {
        case .atLeast: bound > limits.upperBound
        case .more: bound >= limits.upperBound && bound.isFinite
        case .atMost: bound < limits.lowerBound
        case .less: bound <= limits.lowerBound && bound.isFinite
        case .equal: !limits.contains(bound)
        case .notEqual: false
        }
      guard isImpossible else { continue }
      let isRate = limits.upperBound == 1
      tell(
        "B023",
        "gate \"\(node.name)\" can never pass: \(requirement.metric) \(requirement.comparison.rawValue) "
          + "\(Self.text(bound)) is out of reach", node,
        cure: isRate
          ? "a rate goes from 0 to 1" + (bound > 1 && bound <= 100 ? ": \(Self.hundredth(of: bound))" : "")
          : "it is never less than 0")
    }
    unmeasured(gate, node)
  }

  /// Metrics that no step before the gate reports: those that results of tests, coverage or findings would tell, and those of a
  /// name of the user's.
  private mutating func unmeasured(_ gate: GateSpec, _ node: Node) {
    patience -= plan.nodes.count
    guard patience > 0 else { return }
    let selected = Selection.closure(of: Set(node.dependencies.map { plan.nodes[$0].name }), in: plan)
    let steps = plan.nodes.indices.filter { selected[$0] && plan.nodes[$0].command != nil }
    guard !node.dependencies.isEmpty, !steps.isEmpty, !incomplete.contains(where: { selected[$0] }) else { return }
    for requirement in gate.require where !requirement.metric.hasPrefix("metric.") && requirement.metric != "duration" {
      // What a body's children and other workflows read cannot be told.
      let isCertain = steps.allSatisfy { index in
        let step = plan.nodes[index]
        switch step.command {
        case .shell?, .program?, .request?:
          // A command may report the numbers itself.
          if Emission.text(of: step.command)?.contains("BATON_EVENTS") == true { return false }
          return !step.options.value.results.contains { ResultKind($0.reader).tells(of: requirement.metric) }
        case .callback?, .body?, .call?, nil: return false
        }
      }
      guard isCertain else { continue }
      let kind = requirement.metric.hasPrefix("coverage") ? "lcov \"coverage.info\"" : "junit \"reports/*.xml\""
      tell(
        "B023",
        "gate \"\(node.name)\" can never pass: no step before it has results that tell \(requirement.metric)", node,
        cure: "say where they are read from, such as results = "
          + (requirement.metric.hasPrefix("findings") ? "sarif \"findings.sarif\"" : kind))
    }
    for requirement in gate.require where requirement.metric.hasPrefix("metric.") {
      let name = String(requirement.metric.dropFirst(7))
      let isCertain = steps.allSatisfy { index in
        let step = plan.nodes[index]
        guard step.options.value.results.isEmpty, let text = Emission.text(of: step.command),
          let emission = Emission(step)
        else { return false }
        return !text.contains(name) && (emission.isClosed || text.contains("BATON_EVENTS")) && !text.contains("$(")
      }
      guard isCertain else { continue }
      tell(
        "B023", "gate \"\(node.name)\" can never pass: no step before it reports \"\(name)\"", node,
        cure: #"a step reports it so: echo '{"metric":"\#(name)","value":1}' >> "$BATON_EVENTS""#)
    }
  }

  // MARK: Time

  private mutating func deadlines() {
    for node in plan.nodes where node.options !== StepOptions.Shared.standard {
      let options = node.options.value
      guard let timeout = options.timeout, let deadline = options.deadline, timeout > deadline,
        options.given.contains("timeout") || options.given.contains("deadline")
      else { continue }
      tell(
        "B027", "the timeout of step \"\(node.name)\" (\(timeout.text)) is longer than its deadline (\(deadline.text))",
        node,
        cure: "timeout is for one attempt, deadline for all of them")
    }
  }

  // MARK: Files

  private static func plain(_ templates: [Template]) -> [String] {
    templates.compactMap { if case .plain(let text) = $0 { text } else { nil } }
  }

  /// The folder that a step's files are relative to; nil: it is known later.
  private static func folder(_ options: StepOptions) -> String? {
    switch options.cwd {
    case nil: ""
    case .plain(let text)?: text
    case .dynamic?: nil
    }
  }

  private mutating func sharedResults() {
    var writers: [String: [NodeIndex]] = [:]
    for (index, node) in plan.nodes.enumerated() where node.options !== StepOptions.Shared.standard {
      let options = node.options.value
      guard node.command != nil, let folder = Self.folder(options) else { continue }
      for path in Set(Self.plain(options.results.flatMap(\.patterns))) {
        writers["\(folder)\n\(path)", default: []].append(index)
      }
    }
    for (key, steps) in writers.sorted(by: { $0.value[0] < $1.value[0] }) where steps.count > 1 {
      var found: NodeIndex?
      for step in steps.dropFirst() where found == nil && mayOverlap(steps[0], step) { found = step }
      guard let other = found else { continue }
      let path = key.split(separator: "\n", omittingEmptySubsequences: false).last.map(String.init) ?? ""
      let (one, two) = (plan.nodes[steps[0]], plan.nodes[other])
      tell(
        "B024",
        "\(one.name) and \(two.name) may run at once, and both write their results to \(path)"
          + (steps.count > 2 ? " (as do \(steps.count - 2) more)" : ""), two,
        cure: "give each a file of its own"
          + (one.parent == two.parent && one.parent != nil ? ": put the cell into its name" : ""))
    }
  }

  /// Whether nothing keeps two steps from running at the same time.
  private mutating func mayOverlap(_ one: NodeIndex, _ two: NodeIndex) -> Bool {
    let (first, second) = (plan.nodes[one].options.value, plan.nodes[two].options.value)
    if let mutex = first.mutex, mutex == second.mutex { return false }
    var group = plan.nodes[one].parent
    while let index = group {
      if plan.nodes[index].group?.max == 1, isMember(two, of: index) { return false }
      group = plan.nodes[index].parent
    }
    return !waits(one, for: two) && !waits(two, for: one)
  }

  private func isMember(_ node: NodeIndex, of group: NodeIndex) -> Bool {
    var parent = plan.nodes[node].parent
    while let index = parent {
      if index == group { return true }
      parent = plan.nodes[index].parent
    }
    return false
  }

  private mutating func waits(_ node: NodeIndex, for other: NodeIndex) -> Bool {
    patience -= plan.nodes.count
    guard patience > 0 else { return true }
    let closure = Selection.closure(of: [plan.nodes[node].name], in: plan)
    return closure[other] || incomplete.contains { closure[$0] }
  }

  private mutating func outputs() {
    struct Made {
      var path: String
      var node: NodeIndex
    }
    var made: [Made] = []
    var readers: [(patterns: [String], node: NodeIndex)] = []
    for (index, node) in plan.nodes.enumerated() where node.options !== StepOptions.Shared.standard {
      let options = node.options.value
      guard node.command != nil, Self.folder(options) == "" else { continue }
      for path in Self.plain(options.outputs) where !path.contains(where: { "*?[{!".contains($0) }) {
        made.append(Made(path: path.hasPrefix("./") ? String(path.dropFirst(2)) : path, node: index))
      }
      let inputs = Self.plain(options.inputs)
      if !inputs.isEmpty { readers.append((inputs, index)) }
    }
    guard made.count * readers.count <= Self.most else { return }
    var makers: [String: NodeIndex] = [:]
    for each in made {
      if let first = makers[each.path] {
        tell(
          "B026", "\(plan.nodes[first].name) and \(plan.nodes[each.node].name) both have the output \(each.path)",
          plan.nodes[each.node], cure: "give each an output of its own, or let one step make it")
      }
      makers[each.path] = each.node
    }
    for reader in readers {
      guard let globs = try? GlobSet(reader.patterns) else { continue }
      for each in made where each.node != reader.node {
        guard
          globs.contains(
            FilePath(bytes: Array("/project/\(each.path)".utf8)), in: FilePath(bytes: Array("/project".utf8))),
          !waits(reader.node, for: each.node), !waits(each.node, for: reader.node)
        else { continue }
        let (one, other) = (plan.nodes[reader.node], plan.nodes[each.node])
        tell(
          "B025", "\(one.name) reads \(each.path), which \(other.name) writes, and does not wait for it", one,
          cure: "depends = \"\(other.name)\"")
      }
    }
  }
}
