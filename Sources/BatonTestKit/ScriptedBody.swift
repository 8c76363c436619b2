import BatonCore
import BatonModel

/// What a durable body of a test does: a program that is executed from its beginning each time that something it waited for
/// has come, with what the records tell.
public indirect enum BodyAct: Sendable {
  /// A child step, awaited; its failure is raised.
  case step(String)
  /// A child step that nobody waits for.
  case start(String)
  /// Child steps side by side; the failure of the first in this order is raised.
  case all([String])
  /// Goes on with the first that ends; the others are cancelled.
  case any([String])
  /// Child steps, so many at once.
  case map([String], max: Int)
  /// A child that is a body itself.
  case body(String, [BodyAct])
  case sleep(Span)
  case effect(String)
  /// Registers a compensation: a step.
  case undo
  /// Registers a compensation that is a body.
  case undoBody([BodyAct])
  /// `pcall`: what is done when it raised.
  case attempt([BodyAct], otherwise: [BodyAct])
  case fail(String)
  case halt(String)
}

/// Executes a ``BodyAct`` program against the records of a run, as the Lua host does with a coroutine.
public struct ScriptedBody {
  private enum Stop: Error {
    case waits([String], any: Bool)
    case raised(String, keys: [String])
    case halted(String)
  }

  /// The step's full name.
  public let name: String
  /// Operations that were asked for in this session.
  private var asked: Set<String> = []
  /// What it saw, in order: `step a = succeeded`.
  public private(set) var trace: [String] = []
  /// Effects that were carried out by this turn.
  public private(set) var effects: [String] = []
  /// Programs of children that are bodies, by their full name.
  public private(set) var nested: [String: [BodyAct]] = [:]

  /// A mistake that is made on purpose: an effect is carried out although it is on record.
  var isBlindToEffects = false

  private var facts = RunFacts()
  private var counts: [String: Int] = [:]
  private var requests: [BodyRequest] = []
  private var cancelled: [String] = []
  private var unheeded: Set<String> = []
  private var options: (String) -> StepOptions = { _ in StepOptions() }
  /// Whether it is executed only up to where it was.
  private var isUndoing = false

  public init(name: String) { self.name = name }

  /// - Parameters:
  ///   - options: of a child step, by its full name.
  public mutating func turn(
    _ acts: [BodyAct], facts: RunFacts, options: @escaping (String) -> StepOptions = { _ in StepOptions() }
  ) -> BodyTurn {
    self.facts = facts
    self.options = options
    (counts, requests, cancelled, unheeded, trace, effects) = ([:], [], [], [], [], [])
    isUndoing = facts.steps[name]?.undoing != nil
    var next: BodyNext
    do throws(Stop) {
      try run(acts)
      next = .returned([
        "saw": .integer(Int64(trace.count)), "trace": .string(StableHash.hex(trace.joined(separator: "\n"))),
      ])
    } catch {
      switch error {
      case .waits(let keys, let any): next = .waits(keys: keys, any: any)
      case .raised(let message, let keys):
        next = .ended(keys.isEmpty ? .scriptError(message) : .failed(message), causes: keys)
      case .halted(let reason): next = .ended(.halted(reason), causes: [])
      }
    }
    var turn = BodyTurn(requests: requests, cancelled: cancelled, next: next)
    turn.unheeded = unheeded.sorted()
    return turn
  }

  private mutating func run(_ acts: [BodyAct]) throws(Stop) {
    for act in acts { try run(act) }
  }

  private mutating func run(_ act: BodyAct) throws(Stop) {
    switch act {
    case .step(let child): try use(start(child))
    case .start(let child): _ = try start(child)
    case .all(let children): try all(startAll(children))
    case .any(let children): try race(startAll(children))
    case .map(let children, let limit): try map(children, limit)
    case .body(let child, let acts):
      nested["\(name)/\(child)"] = acts
      try use(start(child, isBody: true))
    case .sleep(let span):
      let key = unnamed("sleep")
      if facts.recordedResult(of: key, in: name) == nil { try ask(.sleep, key, span.text, .timer(after: span)) }
      try use(key)
    case .effect(let effect):
      let key = "effect \(effect)"
      if facts.recordedResult(of: key, in: name) == nil || isBlindToEffects, !asked.contains(key) {
        if isUndoing { throw .raised("it is being undone", keys: []) }
        effects.append(effect)
        try ask(.effect, key, "", .done(.value(.string("done \(effect)"))))
      }
      try use(key)
    case .undo: register(Command.shell(.plain("undo")))
    case .undoBody(let acts):
      nested["\(name)/undo-\((counts["undo"] ?? 0) + 1)"] = acts
      register(.body(Callback(id: 9, digest: "undo")))
    case .attempt(let acts, let otherwise):
      do throws(Stop) {
        try run(acts)
      } catch {
        guard case .raised(let message, _) = error, message != "it is being undone" else { throw error }
        trace.append("caught \(message)")
        try run(otherwise)
      }
    case .fail(let text): throw .raised(text, keys: [])
    case .halt(let reason): throw .halted(reason)
    }
  }

  private mutating func unnamed(_ kind: String) -> String {
    counts[kind, default: 0] += 1
    return "\(kind) \(counts[kind, default: 0])"
  }

  private mutating func ask(_ kind: OperationKind, _ key: String, _ text: String, _ content: BodyRequest.Content)
    throws(Stop)
  {
    guard !asked.contains(key) else { return }
    if isUndoing, facts.bodies[name]?.operations[key] == nil { throw .raised("it is being undone", keys: []) }
    asked.insert(key)
    requests.append(BodyRequest(kind: kind, key: key, text: text, line: 1, content: content))
  }

  private mutating func register(_ command: Command) {
    let key = unnamed("undo")
    guard asked.insert(key).inserted else { return }
    let step = "\(name)/undo-\(key.dropFirst(5))"
    requests.append(BodyRequest(kind: .undo, key: key, text: "undo", line: 1, content: .undo(node(step, command))))
  }

  /// A body holds no processor.
  private func node(_ name: String, _ command: Command) -> Node {
    var own = options(name)
    if case .body = command { own.resources = [:] }
    return Node(name: name, kind: .step(command), options: StepOptions.Shared(own))
  }

  private mutating func startAll(_ children: [String]) throws(Stop) -> [String] {
    var keys: [String] = []
    for child in children { keys.append(try start(child)) }
    return keys
  }

  private mutating func start(_ child: String, isBody: Bool = false) throws(Stop) -> String {
    let key = BodyFacts.key(ofChild: child)
    unheeded.insert(key)
    guard facts.recordedResult(of: key, in: name) == nil else { return key }
    let full = "\(name)/\(child)"
    let command = isBody ? Command.body(Callback(id: 8, digest: child)) : .shell(.plain("echo \(child)"))
    try ask(.step, key, "echo \(child)", .child(node(full, command)))
    return key
  }

  /// The result of an operation, and whether it is a failure.
  private func result(_ key: String) -> (text: String, isFine: Bool)? {
    switch facts.recordedResult(of: key, in: name) {
    case nil: nil
    case .raised(let message)?: (message, false)
    case .value(let value)?:
      if key.hasPrefix("step "), let status = value["status"]?.string.flatMap(StepStatus.init) {
        (
          status.rawValue + (value["out"]?["v"].map { " \($0.text)" } ?? ""),
          status.isSuccess || status == .skipped || value["allowed"] == true
        )
      } else {
        (value.text, true)
      }
    }
  }

  private mutating func use(_ key: String) throws(Stop) {
    unheeded.remove(key)
    guard let result = result(key) else { throw .waits([key], any: false) }
    trace.append("\(key) = \(result.text)")
    if !result.isFine { throw .raised("\(key) \(result.text)", keys: [key]) }
  }

  private mutating func all(_ keys: [String]) throws(Stop) {
    unheeded.subtract(keys)
    if keys.contains(where: { result($0) == nil }) { throw .waits(keys, any: false) }
    for key in keys { trace.append("\(key) = \(result(key)?.text ?? "")") }
    let failed = keys.filter { result($0)?.isFine == false }
    if let first = failed.first { throw .raised("\(first) \(result(first)?.text ?? "")", keys: failed) }
  }

  private mutating func race(_ keys: [String]) throws(Stop) {
    let race = unnamed("race")
    if facts.recordedResult(of: race, in: name) == nil {
      try ask(.race, race, keys.joined(separator: ", "), .race(keys))
    }
    guard case .value(.integer(let place))? = facts.recordedResult(of: race, in: name) else {
      throw .waits([race], any: false)
    }
    trace.append("\(race) = \(place)")
    for (position, key) in keys.enumerated() where position + 1 != Int(place) {
      unheeded.remove(key)
      if facts.recordedResult(of: key, in: name) == nil { cancelled.append(key) }
    }
    try use(keys[Int(place) - 1])
  }

  private mutating func map(_ children: [String], _ limit: Int) throws(Stop) {
    var keys: [String] = []
    for child in children {
      let waiting = keys.filter { result($0) == nil }
      if waiting.count >= limit {
        unheeded.subtract(waiting)
        throw .waits(waiting, any: true)
      }
      keys.append(try start(child))
    }
    try all(keys)
  }
}
