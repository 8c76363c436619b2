import BatonModel

/// A workflow in the JSON form of test orchestrators: steps that name an agent, an action and its configuration.
///
/// ```json
/// { "name": "nightly", "environment": "staging",
///   "steps": [{ "name": "smoke", "agent": "test_runner", "action": "run_tests", "config": { "test_suite": "smoke" } }],
///   "on_failure": { "retry": { "max_attempts": 2, "delay": 60 } } }
/// ```
public struct AgentWorkflow {
  struct Step {
    /// What it is called here.
    var name: String
    /// What the document calls it, where that can be no name here.
    var title: String?
    var path: String
    var mark: Mark
    var agent: String
    var action: String
    var config: Node?
    var dependencies: [String]
  }

  struct Notice {
    var path: String
    var mark: Mark
    var channels: [String]
    var template: String?
  }

  var file: String
  var name: String
  /// What the document calls it, where that can be no name here.
  var title: String?
  var mark: Mark
  var description: String?
  var version: String?
  var environment: String?
  var steps: [Step] = []
  /// `on_failure.retry`: attempts, and seconds between them.
  var retry: (attempts: Int64, delay: Double)?
  var notice: Notice?
  private let root: Node

  /// Reads the document. What is unknown, missing or of another type is an error with its JSON path, all of them told at once.
  public static func read(_ text: [UInt8], file: String) throws(Diagnostics) -> AgentWorkflow {
    var text = text[...]
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
    let root = try JSONReader.read(Array(text), file: file)
    var reader = AgentReader(file: file, root: root)
    let workflow = reader.workflow(AgentWorkflow(root, file: file))
    guard reader.mistakes.isEmpty else { throw Diagnostics(reader.mistakes) }
    return workflow
  }

  private init(_ root: Node, file: String) {
    self.root = root
    self.file = file
    name = ""
    mark = root.mark
  }

  /// Gives mistakes that begin with a JSON path (`$.steps[1].action: …`) their places in the document. One message may
  /// tell several, one a line.
  public func placed(_ mistakes: Diagnostics) -> Diagnostics {
    var items: [Diagnostic] = []
    for item in mistakes.items {
      guard item.message.hasPrefix("$") else {
        items.append(item)
        continue
      }
      for line in item.message.split(separator: "\n").map(String.init) {
        guard line.hasPrefix("$"), let colon = line.firstIndex(of: ":") else {
          items[items.count - 1].message += "\n" + line
          continue
        }
        var made = item
        made.message = line
        made.place = place(of: String(line[..<colon])).place(in: file)
        items.append(made)
      }
    }
    return Diagnostics(items)
  }

  /// Where the path leads, as far as it leads anywhere.
  func place(of path: String) -> Mark {
    var node = root
    var mark = root.mark
    for part in path.dropFirst().split(whereSeparator: { $0 == "." || $0 == "[" || $0 == "]" }) {
      if let index = Int(part), let items = node.items, items.indices.contains(index) {
        node = items[index]
        mark = node.mark
      } else if let entry = node.entries?.first(where: { $0.key == part }) {
        node = entry.value
        mark = entry.keyPlace
      } else {
        break
      }
    }
    return mark
  }
}

/// Reads the fields.
private struct AgentReader {
  let file: String
  let root: Node
  var mistakes: [Diagnostic] = []

  private static let keys = ["name", "description", "version", "environment", "steps", "on_failure"]
  private static let stepKeys = ["name", "agent", "action", "config", "depends_on"]

  mutating func wrong(_ mark: Mark, _ path: String, _ message: String, cure: String? = nil) {
    mistakes.append(Diagnostic("\(path) \(message)", at: mark.place(in: file), cure: cure))
  }

  private mutating func unknown(_ entry: Node.Entry, _ path: String, _ known: [String]) {
    wrong(
      entry.keyPlace, "\(path).\(entry.key)", "is no key of this format",
      cure: Names.proposal(for: entry.key, in: known) ?? "known: \(known.joined(separator: ", "))")
  }

  private mutating func entries(_ node: Node, _ path: String) -> [Node.Entry] {
    if let entries = node.entries { return entries }
    wrong(node.mark, path, "must be an object, not \(node.phrase)")
    return []
  }

  private mutating func text(_ node: Node, _ path: String) -> String? {
    if let text = node.string { return text }
    wrong(node.mark, path, "must be a string, not \(node.phrase)")
    return nil
  }

  private mutating func texts(_ node: Node, _ path: String) -> [(text: String, mark: Mark)] {
    guard let items = node.items else {
      wrong(node.mark, path, "must be a list of strings, not \(node.phrase)")
      return []
    }
    var found: [(text: String, mark: Mark)] = []
    for (index, item) in items.enumerated() {
      if let text = text(item, "\(path)[\(index)]") { found.append((text, item.mark)) }
    }
    return found
  }

  private mutating func name(_ node: Node, _ path: String) -> String {
    guard let name = text(node, path) else { return "" }
    if name.trimmed.isEmpty { wrong(node.mark, path, "is empty") }
    return name
  }

  /// Gives what can be no name here one that is made of its letters and digits: `Prepare environment` becomes
  /// `prepare-environment`.
  private func nameAll(_ made: inout AgentWorkflow) {
    if !Names.isValid(made.name) {
      let slug = NameMaker.slug(made.name, atMost: 80)
      made.title = made.name
      made.name = slug.isEmpty ? "workflow" : slug
    }
    var names = NameMaker(taken: Set(made.steps.map(\.name).filter(Names.isValid)))
    var called: [String: String] = [:]
    for (index, step) in made.steps.enumerated() where !Names.isValid(step.name) {
      let slug = NameMaker.slug(step.name, atMost: 80)
      let name = names.unique(slug.isEmpty ? "step-\(index + 1)" : slug)
      called[step.name] = name
      made.steps[index].title = step.name
      made.steps[index].name = name
    }
    for index in made.steps.indices {
      made.steps[index].dependencies = made.steps[index].dependencies.map { called[$0] ?? $0 }
    }
  }

  mutating func workflow(_ empty: AgentWorkflow) -> AgentWorkflow {
    var made = empty
    var hasName = false
    var steps: Node?
    for entry in entries(root, "$") {
      let node = entry.value
      switch entry.key {
      case "name":
        hasName = true
        made.mark = entry.keyPlace
        made.name = name(node, "$.name")
      case "description": made.description = text(node, "$.description")
      case "version":
        made.version = node.text
        if node.text == nil { wrong(node.mark, "$.version", "must be a string, not \(node.phrase)") }
      case "environment": made.environment = text(node, "$.environment")
      case "steps": steps = node
      case "on_failure": onFailure(node, &made)
      default: unknown(entry, "$", Self.keys)
      }
    }
    if root.entries != nil, !hasName { wrong(root.mark, "$.name", "is missing") }
    if let steps {
      self.steps(steps, &made)
    } else if root.entries != nil {
      wrong(root.mark, "$.steps", "is missing", cure: "a workflow has steps")
    }
    if mistakes.isEmpty { nameAll(&made) }
    return made
  }

  private mutating func steps(_ node: Node, _ made: inout AgentWorkflow) {
    guard let items = node.items, !items.isEmpty else {
      return wrong(
        node.mark, "$.steps", "must be a list of steps, not \(node.items == nil ? node.phrase : "an empty one")")
    }
    var dependencies: [(names: [(text: String, mark: Mark)], path: String)] = []
    for (index, item) in items.enumerated() {
      let path = "$.steps[\(index)]"
      var step = AgentWorkflow.Step(
        name: "", path: path, mark: item.mark, agent: "", action: "", config: nil, dependencies: [])
      var names: [(text: String, mark: Mark)] = []
      let fields = entries(item, path)
      for entry in fields {
        let inner = entry.value
        switch entry.key {
        case "name": step.name = name(inner, "\(path).name")
        case "agent": step.agent = text(inner, "\(path).agent") ?? ""
        case "action": step.action = text(inner, "\(path).action") ?? ""
        case "config":
          if inner.entries == nil, !inner.isNull {
            wrong(inner.mark, "\(path).config", "must be an object, not \(inner.phrase)")
          }
          step.config = inner
        case "depends_on": names = texts(inner, "\(path).depends_on")
        default: unknown(entry, path, Self.stepKeys)
        }
      }
      if item.entries != nil {
        for key in ["name", "agent", "action"] where !fields.contains(where: { $0.key == key }) {
          wrong(item.mark, "\(path).\(key)", "is missing")
        }
      }
      if let other = made.steps.firstIndex(where: { $0.name == step.name && !step.name.isEmpty }) {
        wrong(item.mark, "\(path).name", "is \"\(step.name)\", as that of $.steps[\(other)]")
      }
      step.dependencies = names.map(\.text)
      dependencies.append((names, "\(path).depends_on"))
      made.steps.append(step)
    }
    let known = made.steps.map(\.name)
    for (names, path) in dependencies {
      for (index, name) in names.enumerated() where !known.contains(name.text) {
        wrong(
          name.mark, "\(path)[\(index)]", "names no step: \"\(name.text)\"",
          cure: Names.proposal(for: name.text, in: known))
      }
    }
  }

  private mutating func onFailure(_ node: Node, _ made: inout AgentWorkflow) {
    for entry in entries(node, "$.on_failure") {
      switch entry.key {
      case "retry": retry(entry.value, &made)
      case "notify":
        let path = "$.on_failure.notify"
        var notice = AgentWorkflow.Notice(path: path, mark: entry.keyPlace, channels: [], template: nil)
        for inner in entries(entry.value, path) {
          switch inner.key {
          case "channels": notice.channels = texts(inner.value, "\(path).channels").map(\.text)
          case "template": notice.template = text(inner.value, "\(path).template")
          default: unknown(inner, path, ["channels", "template"])
          }
        }
        if notice.channels.isEmpty, entry.value.entries != nil {
          wrong(entry.value.mark, "\(path).channels", "must name at least one channel")
        }
        made.notice = notice
      default: unknown(entry, "$.on_failure", ["retry", "notify"])
      }
    }
  }

  private mutating func retry(_ node: Node, _ made: inout AgentWorkflow) {
    let path = "$.on_failure.retry"
    var attempts: Int64?
    var delay = 0.0
    for entry in entries(node, path) {
      switch entry.key {
      case "max_attempts":
        if case .integer(let count) = entry.value.content, (1...1000).contains(count) {
          attempts = count
        } else {
          wrong(
            entry.value.mark, "\(path).max_attempts", "must be a whole number from 1 to 1000, not \(entry.value.phrase)"
          )
        }
      case "delay":
        if let seconds = entry.value.value.number, seconds >= 0, seconds <= 86400 * 30 {
          delay = seconds
        } else {
          wrong(entry.value.mark, "\(path).delay", "must be a number of seconds, not \(entry.value.phrase)")
        }
      default: unknown(entry, path, ["max_attempts", "delay"])
      }
    }
    if let attempts {
      made.retry = (attempts, delay)
    } else if node.entries?.contains(where: { $0.key == "max_attempts" }) == false {
      wrong(
        node.mark, "\(path).max_attempts", "is missing",
        cure: "how often a step is tried at most, the first time included")
    }
  }
}
