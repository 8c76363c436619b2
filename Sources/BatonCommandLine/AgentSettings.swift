import BatonModel

/// What `baton.json` says below `"agents"`: what the names mean that steps of agents use (`baton.agents`, JSON workflows).
///
/// ```json
/// { "modules": ["shop.agents"],
///   "suites": { "smoke": { "runner": "pytest", "path": "tests/smoke" },
///               "unit": { "runner": "command", "run": "make test", "results": { "junit": "reports/*.xml" } } },
///   "channels": { "team": { "kind": "slack", "url": { "secret": "SLACK_WEBHOOK" } } },
///   "templates": { "nightly": { "title": "{workflow}", "message": "run {run}: {status}" } },
///   "reports": { "screenshots": "reports/**/*.png", "videos": "reports/**/*.webm" },
///   "environments": { "staging": { "env": { "BASE_URL": "https://…" }, "setup": "make venv", "teardown": "make clean",
///                                  "suites": {}, "channels": {}, "templates": {} } } }
/// ```
///
/// `{ "secret": "NAME" }` and `{ "env": "NAME" }` may stand for a text anywhere in suites, channels and `env`.
public enum AgentSettings {
  public struct Mistake: Sendable, Hashable {
    /// `$.agents.suites.smoke.runner`.
    public var path: String
    public var message: String
    public var cure: String?
  }

  private static let keys = ["channels", "environments", "modules", "reports", "suites", "templates"]
  private static let environmentKeys = ["channels", "env", "setup", "suites", "teardown", "templates"]
  /// What runs suites: `command`, or a module of the standard library.
  static let runners = ["command", "ctest", "gotest", "jest", "pytest", "swifttest"]
  static let formats = [
    "cobertura", "contexts", "gotest", "junit", "lcov", "llvmcov", "metrics", "sarif", "swifttest", "tap",
  ]

  /// All that is wrong with it; empty where nothing is.
  public static func mistakes(in value: Value) -> [Mistake] {
    var checker = Checker()
    checker.root(value)
    return checker.mistakes
  }

  private struct Checker {
    var mistakes: [Mistake] = []

    mutating func wrong(_ path: String, _ message: String, _ cure: String? = nil) {
      mistakes.append(Mistake(path: path, message: message, cure: cure))
    }

    mutating func fields(_ value: Value, _ path: String) -> [(key: String, value: Value)] {
      guard case .map(let fields) = value else {
        wrong(path, "must be an object, not \(JSON.encode(value).prefix(60))")
        return []
      }
      return fields.sorted { $0.key < $1.key }
    }

    mutating func unknown(_ key: String, _ path: String, _ known: [String]) {
      wrong(
        "\(path).\(key)", "is no setting",
        Names.proposal(for: key, in: known) ?? "known: \(known.joined(separator: ", "))")
    }

    /// A text, a list of texts where that may be, or a reference to a secret or variable.
    mutating func text(_ value: Value, _ path: String, orList: Bool = false) {
      if value.isPlain { return }
      if orList, let items = value.list, items.allSatisfy({ $0.string != nil }) { return }
      if reference(value, path) { return }
      wrong(path, "must be a string\(orList ? " or a list of strings" : ""), not \(JSON.encode(value).prefix(60))")
    }

    /// Whether it is `{"secret": "NAME"}` or `{"env": "NAME"}`.
    func reference(_ value: Value, _ path: String) -> Bool {
      guard case .map(let fields) = value, fields.count == 1, let (key, name) = fields.first else { return false }
      return (key == "secret" || key == "env") && name.string.map(Names.isValid) == true
    }

    mutating func root(_ value: Value) {
      for (key, value) in fields(value, "$.agents") {
        let path = "$.agents.\(key)"
        switch key {
        case "modules":
          let names = value.list?.compactMap(\.string)
          if names == nil || names?.count != value.list?.count {
            wrong(
              path, "must be a list of module names such as [\"shop.agents\"], not \(JSON.encode(value).prefix(60))")
          }
        case "reports":
          for (inner, value) in fields(value, path) {
            if inner == "screenshots" || inner == "videos" {
              text(value, "\(path).\(inner)", orList: true)
            } else {
              unknown(inner, path, ["screenshots", "videos"])
            }
          }
        case "environments":
          for (name, value) in fields(value, path) { environment(value, "\(path).\(name)") }
        case "suites", "channels", "templates": part(key, value, path)
        default: unknown(key, "$.agents", AgentSettings.keys)
        }
      }
    }

    private mutating func environment(_ value: Value, _ path: String) {
      for (key, value) in fields(value, path) {
        let path = "\(path).\(key)"
        switch key {
        case "env": for (name, value) in fields(value, path) { text(value, "\(path).\(name)") }
        case "setup", "teardown":
          if value.string == nil, value.list?.allSatisfy({ $0.string != nil }) != true {
            wrong(path, "must be a command or a list of commands, not \(JSON.encode(value).prefix(60))")
          }
        case "suites", "channels", "templates": part(key, value, path)
        default: unknown(key, String(path.dropLast(key.count + 1)), AgentSettings.environmentKeys)
        }
      }
    }

    private mutating func part(_ key: String, _ value: Value, _ path: String) {
      for (name, value) in fields(value, path) {
        let path = "\(path).\(name)"
        switch key {
        case "suites": suite(value, path)
        case "channels": channel(name, value, path)
        default: template(value, path)
        }
      }
    }

    private mutating func suite(_ value: Value, _ path: String) {
      let fields = fields(value, path)
      guard case .map = value else { return }
      guard let runner = value["runner"]?.string else {
        return wrong("\(path).runner", "is missing", "one of \(AgentSettings.runners.joined(separator: ", "))")
      }
      guard AgentSettings.runners.contains(runner) else {
        return wrong(
          "\(path).runner", "names no runner: \"\(runner)\"",
          Names.proposal(for: runner, in: AgentSettings.runners)
            ?? "one of \(AgentSettings.runners.joined(separator: ", "))")
      }
      if runner == "command", value["run"] == nil {
        wrong("\(path).run", "is missing", "the command that runs the suite")
      }
      for (key, value) in fields {
        switch key {
        case "run": text(value, "\(path).run", orList: true)
        case "env": for (name, value) in self.fields(value, "\(path).env") { text(value, "\(path).env.\(name)") }
        case "results":
          for (format, files) in self.fields(value, "\(path).results") {
            if AgentSettings.formats.contains(format) {
              text(files, "\(path).results.\(format)", orList: true)
            } else {
              unknown(format, "\(path).results", AgentSettings.formats)
            }
          }
        default: break
        }
      }
    }

    private mutating func channel(_ name: String, _ value: Value, _ path: String) {
      guard case .map(var settings) = value else {
        _ = fields(value, path)
        return
      }
      let kind = settings.removeValue(forKey: "kind")?.string ?? name
      guard let rules = ChannelKind.named(kind) else {
        let mistake = ChannelKind.unknown(kind)
        return wrong("\(path).kind", "is unknown: \(mistake.message)", mistake.cure)
      }
      let known = settings.mapValues { value -> Value? in reference(value, path) ? Value?.none : .some(value) }
      for mistake in rules.mistakes(in: known) { wrong(path, "is wrong: \(mistake.message)", mistake.cure) }
    }

    private mutating func template(_ value: Value, _ path: String) {
      if value.string != nil { return }
      for (key, value) in fields(value, path) {
        if key != "title" && key != "message" {
          unknown(key, path, ["message", "title"])
        } else if value.string == nil {
          wrong("\(path).\(key)", "must be a string, not \(JSON.encode(value).prefix(60))")
        }
      }
    }
  }
}
