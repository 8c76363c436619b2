import BatonModel

/// The fields of a step that are more than a plain value.
extension FieldReader {
  func positiveSpan(_ item: LuaItem, _ path: [PathKey]) -> Span? {
    guard let span = span(item, path) else { return nil }
    if span > .zero { return span }
    error("\"\(Self.text(of: path))\" must be longer than nothing", path)
    return nil
  }

  /// What GitHub Actions calls them.
  private static let whenAliases = [
    "success": "did you mean \"succeeded\"?", "failure": "did you mean \"failed\"?",
    "always": "did you mean \"finished\"?",
  ]

  func when(_ item: LuaItem, _ path: [PathKey]) -> StepOptions.When? {
    switch item {
    case .function(let number): return .callback(definition.callback(number))
    case .string("succeeded"): return .succeeded
    case .string("failed"): return .failed
    case .string("finished"): return .finished
    case .null, .bool, .integer, .number, .string, .table, .object:
      let names = ["succeeded", "failed", "finished"]
      wrong(
        path, expected: "\"succeeded\", \"failed\", \"finished\" or a function", got: item,
        cure: item.string.flatMap { Self.whenAliases[$0] ?? Names.proposal(for: $0, in: names) })
      return nil
    }
  }

  func environment(_ item: LuaItem, _ path: [PathKey]) -> [String: Template]? {
    guard let fields = fields(item, path, expected: "a table such as { CC = \"clang\" }") else { return nil }
    var environment: [String: Template] = [:]
    for field in fields {
      let path = path + [.name(field.key)]
      guard !field.key.isEmpty, !field.key.utf8.contains(where: { $0 == UInt8(ascii: "=") || $0 == 0 }) else {
        error("\"\(field.key)\" can't be the name of an environment variable", path)
        continue
      }
      if let template = template(field.value, path) { environment[field.key] = template }
    }
    return environment
  }

  func shell(_ item: LuaItem, _ path: [PathKey]) -> [String]? {
    if case .table(let table) = item, !table.items.isEmpty, table.fields.isEmpty { return strings(item, path) }
    wrong(path, expected: "a list such as { \"/bin/bash\", \"-c\" }", got: item)
    return nil
  }

  // MARK: Retry and failover

  static let retryFields = ["attempts", "backoff", "factor", "max", "jitter", "when", "tests", "run", "select"]

  func retry(_ item: LuaItem, _ path: [PathKey]) -> RetryPolicy? {
    let expected = "how often to try again, or a table such as { attempts = 3, backoff = \"2s\" }"
    if item.double != nil {
      return integer(item, path, in: 0...1_000_000, expected: "an integer from 0 on")
        .map { RetryPolicy(attempts: Int($0) + 1) }
    }
    guard let fields = fields(item, path, expected: expected) else { return nil }
    var policy = RetryPolicy(attempts: 0)
    for field in fields {
      let path = path + [.name(field.key)]
      switch field.key {
      case "attempts":
        policy.attempts =
          integer(field.value, path, in: 1...1_000_000, expected: "an integer from 1 on").map { Int($0) } ?? 1
      case "backoff": policy.backoff = span(field.value, path) ?? .zero
      case "factor":
        policy.factor = number(field.value, path, in: 1...1000, expected: "a number from 1 to 1000") ?? 2
      case "max": policy.max = span(field.value, path) ?? policy.max
      case "jitter": policy.jitter = number(field.value, path, in: 0...1, expected: "a number from 0 to 1") ?? 0
      case "when": policy.when = retryCondition(field.value, path) ?? .always
      case "tests": policy.tests = choice(field.value, path, RetryPolicy.Tests.self) ?? .all
      case "run": policy.command = command(field.value, path)
      case "select": policy.select = callback(field.value, path, expected: "a function(cases)")
      default: unknown(Array(path.dropLast()), field.key, among: Self.retryFields)
      }
    }
    if policy.tests == .all, policy.command != nil || policy.select != nil {
      let field = policy.select == nil ? "run" : "select"
      error(
        "\"\(Self.text(of: path)).\(field)\" is about a retry of failed tests", path + [.name(field)],
        cure: "add tests = \"failed\"")
    }
    if policy.attempts == 0 {
      error("\"\(Self.text(of: path))\" needs \"attempts\"", path, cure: "such as retry = { attempts = 3 }")
    }
    return policy
  }

  private func retryCondition(_ item: LuaItem, _ path: [PathKey]) -> RetryPolicy.Condition? {
    if case .function(let number) = item { return .callback(definition.callback(number)) }
    let expected = "a function or a list of exit codes, signals such as \"SIGTERM\" and \"timeout\""
    guard let items = list(item, path, expected: expected) else { return nil }
    var triggers: [RetryPolicy.Trigger] = []
    for (item, path) in items {
      if case .string("timeout") = item {
        triggers.append(.timeout)
      } else if let code = item.integer, (0...255).contains(code) {
        triggers.append(.exitCode(Int32(code)))
      } else if let name = item.string, let signal = SignalName.number(name) {
        triggers.append(.signal(signal))
      } else {
        wrong(path, expected: "an exit code from 0 to 255, a signal such as \"SIGTERM\" or \"timeout\"", got: item)
      }
    }
    return .listed(triggers)
  }

  static let alternativeFields = ["run", "env", "cwd", "shell", "stdin", "timeout", "grace", "retry", "executor"]

  func failover(_ item: LuaItem, _ path: [PathKey]) -> [Alternative]? {
    guard case .table(let table) = item, table.fields.isEmpty, table.strays.isEmpty else {
      wrong(path, expected: "a list of tables such as { { run = \"…\" } }", got: item)
      return nil
    }
    var alternatives: [Alternative] = []
    for (index, item) in table.items.enumerated() {
      let path = path + [.index(Int64(index + 1))]
      guard let fields = fields(item, path, expected: "a table such as { run = \"…\" }") else { continue }
      var alternative = Alternative()
      for field in fields { read(field, path + [.name(field.key)], into: &alternative) }
      if fields.isEmpty { error("\"\(Self.text(of: path))\" changes nothing", path) }
      alternatives.append(alternative)
    }
    return alternatives
  }

  private func read(_ field: LuaTable.Field, _ path: [PathKey], into alternative: inout Alternative) {
    let item = field.value
    switch field.key {
    case "run": alternative.command = command(item, path)
    case "env": alternative.env = environment(item, path)
    case "cwd": alternative.cwd = template(item, path)
    case "shell": alternative.shell = shell(item, path)
    case "stdin": alternative.stdin = template(item, path)
    case "timeout": alternative.timeout = positiveSpan(item, path)
    case "grace": alternative.grace = span(item, path)
    case "retry": alternative.retry = retry(item, path)
    case "executor": alternative.executor = executor(item, path)
    default:
      let parent = Array(path.dropLast())
      if StepField.stepNames.contains(field.key) {
        error("\"\(field.key)\" can't differ in an alternative of \"failover\"", path)
      } else {
        unknown(parent, field.key, among: Self.alternativeFields)
      }
    }
  }

  // MARK: Scheduling

  /// Name → amount; sizes in bytes.
  func resources(_ item: LuaItem, _ path: [PathKey], addingProcessor: Bool) -> [String: Double]? {
    guard let fields = fields(item, path, expected: "a table such as { cpu = 2, memory = \"4G\" }") else { return nil }
    var resources: [String: Double] = addingProcessor ? ["cpu": 1] : [:]
    for field in fields {
      let path = path + [.name(field.key)]
      if let amount = field.value.double, amount >= 0, amount <= ResourceLimits.most(field.key) {
        resources[field.key] = amount
      } else if case .string(let text) = field.value, let size = ByteSize(text) {
        resources[field.key] = Double(size.bytes)
      } else {
        let expected =
          field.key == "memory" ? "a size such as \"4G\"" : "an amount from 0 to \(Int(ResourceLimits.most(field.key)))"
        wrong(path, expected: expected, got: field.value)
      }
    }
    return resources
  }

  func mutex(_ item: LuaItem, _ path: [PathKey]) -> String? {
    guard let name = string(item, path, expected: "a name") else { return nil }
    if Names.isValid(name) { return name }
    error("\"\(Self.text(of: path))\": \(Definition.invalid(name))", path)
    return nil
  }

  /// `"private"`, `"host"`, or the service whose network it is.
  func network(_ item: LuaItem, _ path: [PathKey]) -> NetworkSpec? {
    switch item {
    case .string("private"): return .own
    case .string("host"): return .host
    case .object("handle", let payload):
      let name = definition.name(ofHandle: payload)
      guard let number = definition.names[name], definition.drafts[number].isService else {
        error("\"\(Self.text(of: path))\": \"\(name)\" is no service, whose network it could be", path)
        return nil
      }
      return .of(name)
    case .null, .bool, .integer, .number, .string, .function, .table, .object:
      wrong(path, expected: "\"private\", \"host\" or a service", got: item)
      return nil
    }
  }

  func cache(_ item: LuaItem, _ path: [PathKey]) -> StepOptions.Cache? {
    switch item {
    case .bool(let flag): return flag ? .on : .off
    case .table:
      guard let fields = fields(item, path, expected: "true, false or { key = … }") else { return nil }
      var key: Expr?
      for field in fields {
        if field.key == "key" {
          key = expr(field.value, path + [.name("key")])
        } else {
          unknown(path, field.key, among: ["key"])
        }
      }
      return key.map(StepOptions.Cache.keyed) ?? .on
    case .null, .integer, .number, .string, .function, .object:
      wrong(path, expected: "true, false or { key = … }", got: item)
      return nil
    }
  }
}
