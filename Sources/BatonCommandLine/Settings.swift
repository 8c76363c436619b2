import BatonModel

/// What `baton.json` says: the settings of a project.
///
/// ```json
/// { "jobs": 4, "resources": { "browser": 2, "memory": "8G" }, "keep": "30d",
///   "roles": { "release-managers": ["ann", "bob@host"] }, "trust": { "shop": ["env:SHOP_TOKEN"] } }
/// ```
public struct Settings: Sendable, Hashable {
  /// How many steps at once, where `-j` says nothing.
  public var jobs: Int?
  /// What steps may ask for with `resources`, beside what their workflow says; memory in bytes.
  public var resources: [String: Double] = [:]
  /// How long `baton gc` keeps what has ended.
  public var keep: Span?
  /// Role → the people who have it, each as `user` or `user@host`; for approvals.
  public var roles: [String: [String]] = [:]
  /// What the names in the steps of agents mean, as ``AgentSettings`` checked it; null: nothing is said.
  public var agents: Value = .null
  /// Module of others → what it may do beyond the sandbox, as far as it asks for it; `*`: every module.
  public var trust: [String: [Permission]] = [:]

  public init() {}

  static let keys = ["$schema", "agents", "jobs", "keep", "resources", "roles", "trust"]

  /// Reads the text of a `baton.json`. All mistakes are reported at once, each with its JSON path.
  ///
  /// - Parameter file: the path as the user knows it.
  public init(json text: [UInt8], file: String) throws(Diagnostics) {
    let value: Value
    do throws(JSON.Failure) {
      value = try JSON.decode(text, isGiven: true)
    } catch {
      throw Diagnostics([Diagnostic(error.message, at: Self.place(of: error.offset, in: text, file: file))])
    }
    var mistakes: [Diagnostic] = []
    func wrong(_ path: String, _ message: String, cure: String? = nil) {
      mistakes.append(Diagnostic("\(path) \(message)", at: SourcePlace(file: file), cure: cure))
    }
    guard case .map(let fields) = value else {
      throw Diagnostics([
        Diagnostic(
          "$ must be an object, not \(value.phrase)", at: SourcePlace(file: file), cure: "for example: {\"jobs\": 4}")
      ])
    }
    for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
      switch key {
      case "$schema": break
      case "agents":
        agents = value
        for mistake in AgentSettings.mistakes(in: value) { wrong(mistake.path, mistake.message, cure: mistake.cure) }
      case "jobs":
        if let count = value.integer, count >= 1, count <= ResourceLimits.jobs {
          jobs = Int(count)
        } else {
          wrong("$.jobs", "must be a whole number from 1 to \(ResourceLimits.jobs), not \(JSON.encode(value))")
        }
      case "keep":
        if let span = value.string.flatMap(Span.init) {
          keep = span
        } else {
          wrong("$.keep", "must be a duration such as \"30d\", not \(JSON.encode(value))")
        }
      case "resources":
        guard case .map(let pool) = value else {
          wrong("$.resources", "must be an object such as {\"browser\": 2}, not \(JSON.encode(value))")
          continue
        }
        func most(_ name: String) -> Double { name == "cpu" ? Double(ResourceLimits.jobs) : ResourceLimits.amount }
        for (name, amount) in pool.sorted(by: { $0.key < $1.key }) {
          if let number = amount.number, number >= 0, number <= most(name) {
            resources[name] = number
          } else if let size = amount.string.flatMap(ByteSize.init) {
            resources[name] = Double(size.bytes)
          } else {
            wrong("$.resources.\(name)", "must be a number or a size such as \"4G\", not \(JSON.encode(amount))")
          }
        }
      case "roles":
        guard case .map(let lists) = value else {
          wrong("$.roles", "must be an object such as {\"release-managers\": [\"ann\"]}, not \(JSON.encode(value))")
          continue
        }
        for (name, people) in lists.sorted(by: { $0.key < $1.key }) {
          let names = people.list?.compactMap(\.string)
          if let names, names.count == people.list?.count {
            roles[name] = names
          } else {
            wrong("$.roles.\(name)", "must be a list of people such as [\"ann\"], not \(JSON.encode(people))")
          }
        }
      case "trust":
        guard case .map(let modules) = value else {
          wrong("$.trust", "must be an object such as {\"shop\": [\"env:SHOP_TOKEN\"]}, not \(JSON.encode(value))")
          continue
        }
        for (name, granted) in modules.sorted(by: { $0.key < $1.key }) {
          guard case .list(let items) = granted else {
            wrong("$.trust.\(name)", "must be a list of permissions, not \(JSON.encode(granted))")
            continue
          }
          for item in items {
            if let permission = item.string.flatMap(Permission.init), permission != .nativeCode {
              trust[name, default: []].append(permission)
            } else {
              wrong(
                "$.trust.\(name)", "\(JSON.encode(item)) is no permission that can be granted",
                cure: "known are \(Permission.forms)")
            }
          }
        }
      default:
        wrong(
          "$.\(key)", "is no setting",
          cure: Names.proposal(for: key, in: Self.keys) ?? "known: \(Self.keys.dropFirst().joined(separator: ", "))")
      }
    }
    if !mistakes.isEmpty { throw Diagnostics(mistakes) }
  }

  private static func place(of offset: Int, in text: [UInt8], file: String) -> SourcePlace {
    let before = text.prefix(offset)
    let line = before.reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
    let column = before.reversed().prefix { $0 != 0x0A }.count + 1
    return SourcePlace(file: file, line: Int32(line), column: Int32(column))
  }
}
