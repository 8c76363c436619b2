import BatonModel

/// Makes a scenario that went wrong smaller, as long as it goes wrong.
enum ScenarioShrinker {
  /// The failure of the smallest scenario that was found, with its trace.
  static func failure(of scenario: Scenario, fault: Simulator.Fault?, finding: Simulator.Finding) -> Simulator.Failure {
    var smallest = scenario
    var attempts = 0
    var improved = true
    while improved, attempts < 600 {
      improved = false
      for candidate in candidates(of: smallest) {
        attempts += 1
        guard attempts < 600, finds(candidate, fault) != nil else { continue }
        smallest = candidate
        improved = true
        break
      }
    }
    var report = Simulator.Report()
    var last = finding
    do throws(Simulator.Finding) {
      try Simulator.examine(smallest, fault: fault, &report, isTraced: true)
    } catch {
      last = error
    }
    return Simulator.Failure(
      seed: scenario.seed, message: last.message, crashes: last.crashes, scenario: smallest.text, trace: last.trace)
  }

  private static func finds(_ scenario: Scenario, _ fault: Simulator.Fault?) -> Simulator.Finding? {
    var report = Simulator.Report()
    do throws(Simulator.Finding) {
      try Simulator.examine(scenario, fault: fault, &report)
      return nil
    } catch {
      return error
    }
  }

  /// Scenarios with a little less in them: a node, a dependency, an option.
  private static func candidates(of scenario: Scenario) -> [Scenario] {
    var candidates: [Scenario] = []
    for draft in scenario.drafts.reversed() where scenario.drafts.count > 1 {
      candidates.append(without(draft.name, in: scenario))
    }
    if !scenario.notifications.isEmpty {
      var less = scenario
      less.notifications = []
      candidates.append(less)
    }
    for position in scenario.drafts.indices {
      for change in changes {
        var less = scenario
        if change(&less.drafts[position]) { candidates.append(less) }
      }
    }
    return candidates
  }

  /// Without a node; its members belong to its group, and what depended on it no longer does.
  private static func without(_ name: String, in scenario: Scenario) -> Scenario {
    var less = scenario
    let parent = less.drafts.first { $0.name == name }?.parent
    less.drafts.removeAll { draft in
      if case .matrix(name, _, _) = draft.kind { return true }
      return draft.name == name
    }
    let names = Set(less.drafts.map(\.name))
    for position in less.drafts.indices {
      if less.drafts[position].parent == name { less.drafts[position].parent = parent }
      less.drafts[position].depends.removeAll { !names.contains($0) }
      less.drafts[position].refs.removeAll { !names.contains($0) }
    }
    return less
  }

  /// Each takes something away, and says whether there was anything to take.
  private static let changes: [@Sendable (inout Scenario.Draft) -> Bool] = [
    { draft in
      let source: String? = if case .matrix(let source, _, _) = draft.kind { source } else { nil }
      guard let last = draft.depends.last(where: { $0 != source }) else { return false }
      draft.depends.removeAll { $0 == last }
      draft.refs.removeAll { $0 == last }
      return true
    },
    { draft in
      guard !draft.refs.isEmpty else { return false }
      draft.refs.removeLast()
      return true
    },
    { draft in
      guard case .body(let acts) = draft.kind, !acts.isEmpty else { return false }
      draft.kind = .body(Array(acts.dropLast()))
      return true
    },
    { draft in
      guard case .body(let acts) = draft.kind, acts.count > 1 else { return false }
      draft.kind = .body(Array(acts.dropFirst()))
      return true
    },
    { replace(&$0, \.retry, .none) }, { replace(&$0, \.failover, []) }, { replace(&$0, \.when, .succeeded) },
    { replace(&$0, \.resources, ["cpu": 1]) }, { replace(&$0, \.mutex, nil) }, { replace(&$0, \.priority, 0) },
    { replace(&$0, \.allowFailure, false) }, { replace(&$0, \.cache, .off) }, { replace(&$0, \.timeout, nil) },
    { replace(&$0, \.deadline, nil) }, { replace(&$0, \.interrupted, .rerun) },
  ]

  private static func replace<Field: Equatable>(
    _ draft: inout Scenario.Draft, _ field: WritableKeyPath<StepOptions, Field>, _ value: Field
  ) -> Bool {
    guard draft.options[keyPath: field] != value else { return false }
    draft.options[keyPath: field] = value
    return true
  }
}
