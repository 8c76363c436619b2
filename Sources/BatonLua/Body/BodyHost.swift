import BatonCore
import BatonModel

/// Executes durable bodies: gives `ctx` its words, and keeps what each body needs while it is alive.
final class BodyHost {
  /// A body that is being executed.
  final class Live {
    let name: String
    let world: any BodyWorld
    /// Where names are looked up.
    let scope: Int
    /// How many unnamed operations of each kind there were: of the first that was asked for, and of the others.
    private var first: (kind: String, count: Int) = ("", 0)
    private var counts: [String: Int] = [:]
    var randoms: UInt64 = 0
    var outputs: [String: Value] = [:]
    /// Operations that failed when the body last looked, with nothing asked for since.
    var failures: [String] = []
    /// All that failed so far: what was raised because of it.
    var raised: [(key: String, message: String)] = []
    var inherited: PlanAssembly.Inherited?

    init(name: String, world: any BodyWorld, scope: Int) {
      self.name = name
      self.world = world
      self.scope = scope
    }

    /// The name of an unnamed operation: `sh-1`, or `1`.
    func number(_ kind: String) -> Int {
      if first.count == 0 { first.kind = kind }
      if first.kind == kind {
        first.count += 1
        return first.count
      }
      counts[kind, default: 0] += 1
      return counts[kind, default: 0]
    }
  }

  let vm: LuaVM
  let definition: Definition
  /// The file as diagnostics show it.
  let file: String
  let seed: UInt64
  var live: [NodeIndex: Live] = [:]
  /// The body that is being executed.
  private var current: Live?
  private let entries: Entries
  /// What the workflow gives to all steps.
  let standard: PlanAssembly.Inherited
  /// The options of the step of a body.
  var optionsOf: (NodeIndex) -> StepOptions.Shared? = { _ in nil }
  /// A service among the dependencies of a body's step that nothing around the body depends on: it need not be running.
  var unheldService: (_ body: NodeIndex, _ dependencies: [NodeIndex]) -> String? = { _, _ in nil }
  /// Gives a child step the services that its body has for itself; the result: one that the body has not.
  var giveServices: (_ child: inout Node, _ body: NodeIndex, _ name: String) -> String? = { _, _, _ in nil }
  /// Child steps that are bodies themselves, by their full name.
  var nested: [String: StepOptions.Shared] = [:]

  private struct Entries {
    var begin: Int32
    var proceed: Int32
    var drop: Int32
    var leave: Int32
  }

  init(_ vm: LuaVM, _ definition: Definition, file: String, seed: UInt64, standard: PlanAssembly.Inherited)
    throws(LuaFailure)
  {
    self.vm = vm
    self.definition = definition
    self.file = file
    self.seed = seed
    self.standard = standard
    // Filled in below: the words are registered before the file that names them is run.
    let box = Box()
    try Self.register(vm, box)
    let chunk = try vm.compile(Stdlib.body, chunkName: "body", env: .privileged)
    guard case .table(let table)? = try vm.call(chunk).first, case .function(let begin)? = table["begin"],
      case .function(let proceed)? = table["proceed"], case .function(let drop)? = table["drop"],
      case .function(let leave)? = table["leave"]
    else { throw LuaFailure(.runtime, "the file of durable bodies gave back no functions") }
    entries = Entries(begin: begin, proceed: proceed, drop: drop, leave: leave)
    box.host = self
    definition.isRepeating = { [weak self] in self?.current?.world.isRepeating == true }
  }

  /// The closures that the machine keeps must not keep the machine.
  final class Box {
    weak var host: BodyHost?
  }

  func begin(_ body: Callback, of node: NodeIndex, name: String, world: any BodyWorld, scope: Int, limit: Span)
    -> BodyNext
  {
    live[node] = Live(name: name, world: world, scope: scope)
    return run(entries.begin, [.integer(Int64(node)), .function(body.id)], node, limit)
  }

  func proceed(_ node: NodeIndex, limit: Span) -> BodyNext {
    run(entries.proceed, [.integer(Int64(node))], node, limit)
  }

  func drop(_ node: NodeIndex) {
    guard live.removeValue(forKey: node) != nil else { return }
    _ = try? vm.call(entries.drop, [.integer(Int64(node))])
  }

  private func run(_ function: Int32, _ arguments: [LuaItem], _ node: NodeIndex, _ limit: Span) -> BodyNext {
    let outer = current
    current = live[node]
    defer { current = outer }
    do throws(LuaFailure) {
      let results = try vm.call(function, arguments, limit: limit)
      let second = results.count > 1 ? results[1] : .null
      switch results.first?.string {
      case "waits":
        let any = if case .bool(true)? = results.dropFirst(2).first { true } else { false }
        let keys = second.string.map { [$0] } ?? second.table?.items.compactMap(\.string) ?? []
        return .waits(keys: keys, any: any)
      case "returned": return returned(second, node)
      default: return ended(.scriptError(second.string ?? "it raised an error"), node, of: results.dropFirst(2).first)
      }
    } catch {
      _ = try? vm.call(entries.leave)
      switch error.kind {
      case .halt(let reason): return ended(.halted(reason), node)
      case .fail(let reason): return ended(.failed(reason), node)
      default: return ended(.scriptError(error.text), node)
      }
    }
  }

  /// - Parameter step: the name of the child step whose failure was raised.
  private func ended(_ outcome: Outcome, _ node: NodeIndex, of step: LuaItem? = nil) -> BodyNext {
    guard let body = live[node] else { return .ended(outcome, causes: []) }
    var outcome = outcome
    if let name = step?.string, let (_, child) = BodyFacts.split(name) {
      let key = BodyFacts.key(ofChild: child)
      return .ended(
        .failed(outcome.text), causes: body.failures.contains(key) ? body.failures : [key], values: body.outputs)
    }
    // It may have cleaned up before it told of what failed.
    var causes = body.failures
    let text = outcome.text
    for (key, message) in body.raised where text.contains(message) && !causes.contains(key) { causes.append(key) }
    // A failure that is told in the script's own words is one all the same, which may be tried again.
    if case .scriptError(let text) = outcome, !causes.isEmpty { outcome = .failed(text) }
    return .ended(outcome, causes: causes, values: body.outputs)
  }

  private func returned(_ item: LuaItem, _ node: NodeIndex) -> BodyNext {
    var values = live[node]?.outputs ?? [:]
    switch item.value {
    case .null?: break
    case .map(let fields)?: values.merge(fields) { _, new in new }
    case .list(let items)? where items.isEmpty: break
    case .list(let items)?:
      return ended(
        .scriptError(
          "the body returned a list of \(items.count): what a step emits has names, such as return { items = list }"),
        node)
    case .some:
      return ended(
        .scriptError("the body returned \(item.phrase): what a step emits is a table, such as return { version = v }"),
        node)
    case nil: return ended(.scriptError("the body returned \(item.phrase), where plain values are needed"), node)
    }
    return .returned(values)
  }
}
