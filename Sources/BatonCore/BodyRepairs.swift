import BatonModel

/// What a resumption does inside of durable bodies: which operations are done anew, and which bodies are executed again
/// because of it.
struct BodyRepairs {
  let facts: RunFacts
  /// Body → operations that a person wants to be done anew.
  private(set) var forgotten: [String: [String]] = [:]
  /// Bodies on the way to such an operation.
  private(set) var replays: Set<String> = []
  /// Top step → why it runs again.
  private(set) var reasons: [String: String] = [:]

  init(_ facts: RunFacts, _ options: ResumeOptions) {
    self.facts = facts
    guard !facts.bodies.isEmpty else { return }
    for name in options.from {
      guard let (body, key) = facts.body(of: name) else { continue }
      forgotten[body, default: []] += facts.bodies[body]?.keys(from: key) ?? []
      replay(body, "--from \(name)", forgetsFollowing: true)
    }
    for name in options.skip {
      if let (body, _) = facts.body(of: name) { replay(body, "--skip \(name)", forgetsFollowing: false) }
    }
    for name in options.set.keys.sorted() {
      if let (body, _) = facts.body(of: name) { replay(body, "--set \(name)", forgetsFollowing: false) }
    }
  }

  /// Everything around a body that is executed again is executed again too.
  private mutating func replay(_ body: String, _ reason: String, forgetsFollowing: Bool) {
    var current = body
    replays.insert(current)
    while let (outer, key) = facts.body(of: current) {
      if forgetsFollowing {
        forgotten[outer, default: []] += (facts.bodies[outer]?.keys(from: key) ?? []).filter { $0 != key }
      }
      current = outer
      replays.insert(current)
    }
    reasons[current] = reasons[current] ?? "asked for with \(reason)"
  }

  /// The operations whose failures ended a body, and those that were cut off by its end: they are tried again. Bodies among
  /// them are executed again, and what made them fail is tried again; such a body is there without keys where it failed by
  /// itself.
  ///
  /// - Parameter keys: of the body itself.
  static func causes(_ keys: [String], of body: String, _ facts: RunFacts) -> [(body: String, keys: [String])] {
    var found: [(body: String, keys: [String])] = []
    var own: [String] = []
    for key in keys {
      if let child = BodyFacts.child(of: key, in: body), facts.bodies[child] != nil {
        let nested = causes(facts.steps[child]?.end?.causes ?? [], of: child, facts)
        found += nested
        if nested.last?.body != child { found.append((child, [])) }
      } else {
        own.append(key)
      }
    }
    if !own.isEmpty { found.append((body, own)) }
    return found
  }
}
