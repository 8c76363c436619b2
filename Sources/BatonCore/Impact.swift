import BatonModel

/// What a run was limited to by `--changed-since`: recorded with its start, so that a resumed run leaves out the same.
public struct ChangeScope: Sendable, Hashable {
  public var changes: ChangedFiles
  /// Step or gate → why it is left out.
  public var leftOut: [String: String]

  public init(changes: ChangedFiles, leftOut: [String: String]) {
    self.changes = changes
    self.leftOut = leftOut
  }

  public var value: Value {
    [
      "since": .string(changes.since), "commit": .string(changes.commit), "top": .string(changes.top),
      "files": RecordCoding.list(changes.files), "left_out": .map(leftOut.mapValues { .string($0) }),
    ]
  }

  init?(_ value: Value?) {
    guard let value, let since = value["since"]?.string, let files = value["files"]?.strings,
      let leftOut = value["left_out"]?.map
    else { return nil }
    self.init(
      changes: ChangedFiles(
        since: since, commit: value["commit"]?.string ?? "", top: value["top"]?.string ?? "", files: files),
      leftOut: leftOut.compactMapValues(\.string))
  }
}

/// What of a plan a change can affect.
///
/// 1. A step whose declared `inputs` are among the files that changed is affected.
/// 2. A step without `inputs` always runs: nobody knows what it reads.
/// 3. What depends on a step of either kind, through others too, is affected.
/// 4. Of the rest, a step runs all the same where one that runs uses its values, or depends on it (through others too) and it
///    declares `outputs`.
/// 5. All others are left out, and what depends on them takes them as done. A gate is left out with all that it judges; one
///    that asks people is never left out.
///
/// A matrix whose cells are not known yet is decided on as a whole, by the `inputs` that it gives to its cells.
public struct Impact: Sendable {
  /// What is known of one node's own inputs.
  public enum Touch: Sendable, Hashable {
    case undeclared
    case untouched
    case touched(String)
  }

  /// Step, gate or pending matrix → why it is left out.
  public private(set) var leftOut: [String: String] = [:]
  /// The others → why they run.
  public private(set) var runs: [String: String] = [:]

  /// - Parameters:
  ///   - since: the revision as people name it.
  ///   - everything: why all of it is affected, such as a change of the workflow itself; nil: it is not.
  public init(_ plan: Plan, since: String, everything: String? = nil, touch: (Node) -> Touch) {
    let nodes = plan.nodes
    func isLeaf(_ index: NodeIndex) -> Bool { nodes[index].group.map { $0.pending != nil } ?? true }
    var reasons = [String?](repeating: nil, count: nodes.count)
    // Groups: the name of a member that is affected.
    var tainted = [String?](repeating: nil, count: nodes.count)
    func run(_ index: NodeIndex, _ reason: String) {
      reasons[index] = reason
      var next: NodeIndex? = index
      while let node = next, tainted[node] == nil {
        tainted[node] = nodes[index].name
        next = nodes[node].parent
      }
    }
    let order = Topology(nodes).order
    for index in order where isLeaf(index) {
      if let everything {
        run(index, everything)
        continue
      }
      let upstream = Self.dependencies(of: index, nodes).lazy.compactMap { tainted[$0] }.first
      if let gate = nodes[index].gate {
        if gate.approval != nil {
          run(index, "it asks people")
        } else if let upstream {
          run(index, "it judges \(upstream)")
        } else if Self.dependencies(of: index, nodes).isEmpty {
          run(index, "it depends on nothing")
        }
        continue
      }
      // A service runs for those who need it.
      if nodes[index].service != nil { continue }
      switch touch(nodes[index]) {
      case .touched(let reason): run(index, reason)
      case .undeclared: run(index, "it declares no inputs")
      case .untouched: if let upstream { run(index, "it depends on \(upstream), which runs") }
      }
    }
    Self.addNeeded(&reasons, nodes, isLeaf)
    for index in nodes.indices where isLeaf(index) {
      let node = nodes[index]
      if let reason = reasons[index] {
        runs[node.name] = reason
      } else {
        leftOut[node.name] =
          node.gate != nil
          ? "nothing that it judges is affected by what changed since \(since)"
          : "none of its inputs changed since \(since)"
      }
    }
  }

  /// Its own dependencies, and those of the groups that it is in.
  private static func dependencies(of index: NodeIndex, _ nodes: [Node]) -> [NodeIndex] {
    var found = nodes[index].dependencies
    var parent = nodes[index].parent
    while let group = parent {
      found += nodes[group].dependencies
      parent = nodes[group].parent
    }
    return found
  }

  /// Steps without which those that run would lack values or files.
  private static func addNeeded(_ reasons: inout [String?], _ nodes: [Node], _ isLeaf: (NodeIndex) -> Bool) {
    var indexOf: [String: NodeIndex] = [:]
    for index in nodes.indices { indexOf[nodes[index].name] = index }
    func leaves(_ index: NodeIndex) -> [NodeIndex] {
      isLeaf(index) ? [index] : (nodes[index].group?.members ?? []).flatMap(leaves)
    }
    var work = nodes.indices.filter { reasons[$0] != nil }
    // What stands before these was looked at.
    var seen: Set<NodeIndex> = []
    while let index = work.popLast() {
      let name = nodes[index].name
      func need(_ other: NodeIndex, _ reason: String) {
        guard reasons[other] == nil, isLeaf(other) else { return }
        reasons[other] = reason
        work.append(other)
      }
      nodes[index].forEachRef { ref in if let step = indexOf[ref.step] { need(step, "\(name) uses its values") } }
      var chain = dependencies(of: index, nodes).flatMap(leaves)
      if nodes[index].mayAskForAnything {
        for dependency in chain { need(dependency, "a function of \(name) may use its values") }
      }
      while let dependency = chain.popLast() {
        guard seen.insert(dependency).inserted else { continue }
        if nodes[dependency].service != nil { need(dependency, "\(name) runs on it") }
        if !nodes[dependency].options.value.outputs.isEmpty { need(dependency, "\(name) needs its outputs") }
        chain += dependencies(of: dependency, nodes).flatMap(leaves)
      }
    }
  }
}

extension Node {
  /// Whether functions of the script are told what the node depends on.
  var mayAskForAnything: Bool {
    if case .callback = options.value.when { return true }
    switch command {
    case .callback, .body: return true
    case .shell, .program, .call, .request, nil: return false
    }
  }

  /// Every ref in what the node says.
  func forEachRef(_ visit: (Ref) -> Void) {
    func look(_ template: Template) { if case .dynamic(let expr) = template { expr.forEachRef(visit) } }
    func look(in command: Command) { FingerprintBuilder.forEachTemplate(in: command) { look($0) } }
    if let command { look(in: command) }
    for expr in service?.expressions ?? [] { expr.forEachRef(visit) }
    if let pending = group?.pending { for axis in pending.axes.values { axis.forEachRef(visit) } }
    let options = options.value
    for template in options.env.values { look(template) }
    for template in [options.cwd, options.stdin].compactMap(\.self) { look(template) }
    for template in options.inputs + options.outputs + options.artifacts { look(template) }
    for template in options.results.flatMap(\.patterns) { look(template) }
    options.tests?.forEachRef(visit)
    if case .keyed(let key) = options.cache { key.forEachRef(visit) }
    if let undo = options.undo { look(in: undo) }
    for alternative in options.failover {
      if let command = alternative.command { look(in: command) }
      for template in (alternative.env ?? [:]).values { look(template) }
      for template in [alternative.cwd, alternative.stdin].compactMap(\.self) { look(template) }
    }
  }
}
