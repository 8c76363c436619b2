/// What a project's configuration says to a run: its environment, and the values that reach the script and the steps. It is
/// recorded with the run, which sees the same when it is resumed. Secrets are names in it, `{"secret": "NAME"}`, never values.
public struct RunSettings: Sendable, Hashable {
  /// The name of the environment; nil: none was chosen.
  public var environment: String?
  /// `config.NAME`: any values.
  public var config: [String: Value] = [:]
  /// `flags.NAME`.
  public var flags: [String: Bool] = [:]
  /// Environment variables of all steps: texts, or names of secrets.
  public var env: [String: Value] = [:]

  public init() {}

  public var isEmpty: Bool { environment == nil && config.isEmpty && flags.isEmpty && env.isEmpty }

  public var value: Value {
    [
      "environment": environment.map(Value.string) ?? .null, "config": .map(config),
      "flags": .map(flags.mapValues(Value.bool)), "env": .map(env),
    ]
  }

  public init?(_ value: Value) {
    guard let config = value["config"]?.map, let flags = value["flags"]?.map, let env = value["env"]?.map else {
      return nil
    }
    environment = value["environment"]?.string
    self.config = config
    self.flags = flags.compactMapValues(\.bool)
    self.env = env
  }

  /// The name of the secret that a value stands for; nil: it is a value of its own.
  public static func secret(_ value: Value) -> String? {
    guard case .map(let fields) = value, fields.count == 1 else { return nil }
    return fields["secret"]?.string
  }

  /// Every value by its full name, `config.db.host`, as people read it: secrets by their names. In the order of the names.
  public var said: [(name: String, text: String)] {
    var found: [(name: String, text: String)] = []
    func add(_ name: String, _ value: Value) {
      if let secret = Self.secret(value) {
        found.append((name, "secret \"\(secret)\""))
      } else if case .map(let fields) = value, !fields.isEmpty {
        for (key, inner) in fields.sorted(by: { $0.key < $1.key }) { add("\(name).\(key)", inner) }
      } else {
        found.append((name, JSON.encode(value)))
      }
    }
    for (name, value) in config.sorted(by: { $0.key < $1.key }) { add("config.\(name)", value) }
    // The environment's name is said by itself.
    for (name, value) in env.sorted(by: { $0.key < $1.key }) where name != "BATON_ENV" {
      add("env.\(name)", value)
    }
    for (name, value) in flags.sorted(by: { $0.key < $1.key }) { add("flags.\(name)", .bool(value)) }
    return found
  }

  /// A value of it that is another one elsewhere.
  public struct Difference: Sendable, Hashable {
    /// `config.db.host`, `flags.new_checkout`, `env.LOG_LEVEL`, `environment`.
    public var name: String
    /// nil: there is none.
    public var before: Value?
    public var now: Value?

    /// `config.url was "a", and is "b" now`.
    public var text: String {
      switch (before, now) {
      case (let before?, let now?): "\(name) was \(JSON.encode(before)), and is \(JSON.encode(now)) now"
      case (let before?, nil): "\(name) was \(JSON.encode(before)), and is gone"
      case (nil, let now): "\(name) is new: \(JSON.encode(now ?? .null))"
      }
    }
  }

  /// What is different in newer settings, in the order of the names.
  public func differences(to newer: RunSettings) -> [Difference] {
    var found: [Difference] = []
    func compare(_ name: String, _ before: Value?, _ now: Value?) {
      if before == now { return }
      // Of tables, what is in them; of the name of a secret, the whole.
      if let left = before?.map, let right = now?.map, Self.secret(.map(left)) == nil, Self.secret(.map(right)) == nil {
        for key in Set(left.keys).union(right.keys).sorted() { compare("\(name).\(key)", left[key], right[key]) }
      } else {
        found.append(Difference(name: name, before: before, now: now))
      }
    }
    compare("environment", environment.map(Value.string), newer.environment.map(Value.string))
    for (name, old, new) in [
      ("config", value, newer.value), ("env", value, newer.value), ("flags", value, newer.value),
    ] {
      compare(name, old[name], new[name])
    }
    return found
  }
}
