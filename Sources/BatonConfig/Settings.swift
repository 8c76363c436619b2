import BatonModel

/// What `baton.json` says in one environment: the settings of a project.
///
/// ```json
/// { "jobs": 4, "resources": { "browser": 2, "memory": "8G" }, "keep": "30d",
///   "roles": { "release-managers": ["ann", "bob@host"] }, "trust": { "shop": ["env:SHOP_TOKEN"] },
///   "config": { "url": "http://localhost:${PORT:-8080}" }, "flags": { "new_checkout": false },
///   "environments": { "staging": { "config": { "url": "https://staging.example.com" } },
///                     "prod": { "extends": "staging", "config": { "url": "https://example.com" } } } }
/// ```
public struct Settings: Sendable {
  /// How many steps at once, where `-j` says nothing.
  public var jobs: Int?
  /// What steps may ask for with `resources`, beside what their workflow says; memory in bytes.
  public var resources: [String: Double] = [:]
  /// How long `baton gc` keeps what has ended.
  public var keep: Span?
  /// Role → the people who have it, each as `user` or `user@host`; for approvals.
  public var roles: [String: [String]] = [:]
  /// What the names in the steps of agents mean; null: nothing is said.
  public var agents: Value = .null
  /// Module of others → what it may do beyond the sandbox, as far as it asks for it; `*`: every module.
  public var trust: [String: [Permission]] = [:]
  /// What reaches scripts and steps.
  public var run = RunSettings()
  /// Where secrets are looked for, in this order.
  public var secrets: [SecretSource] = SecretSource.standard
  /// Where each value of the chosen environment came from, in the order of their names.
  public var origins: [Origin] = []

  /// The environment variable that names the environment, and that steps find the name of theirs in.
  public static let variable = "BATON_ENV"

  /// Where a value came from.
  public struct Origin: Sendable {
    public var path: JSONPath
    public var value: Value
    public var place: SourcePlace
    /// nil: from outside of all environments.
    public var environment: String?
    /// The variables that it was filled from.
    public var uses: [Interpolation.Use]
  }

  public init() {}

  /// The settings of a document outside of all environments, without variables.
  ///
  /// - Parameter file: the path as the user knows it.
  public init(json text: [UInt8], file: String) throws(Diagnostics) {
    self = try Configuration(text, file: file).resolve(nil) { _ in nil }
  }

  /// What is the same in all environments, and needs no variables.
  init(_ document: Value) {
    agents = document["agents"] ?? .null
    keep = document["keep"]?.string.flatMap(Span.init)
    for (name, people) in document["roles"]?.map ?? [:] { roles[name] = people.list?.compactMap(\.string) }
    for (name, granted) in document["trust"]?.map ?? [:] {
      trust[name] = granted.list?.compactMap { $0.string.flatMap(Permission.init) }
    }
  }

  init(_ document: Value, resolved: [String: Value], environment: String?, origins: [Origin]) {
    self.init(document)
    jobs = resolved["jobs"]?.integer.flatMap(Int.init(exactly:))
    for (name, amount) in resolved["resources"]?.map ?? [:] {
      resources[name] = amount.number ?? amount.string.flatMap(ByteSize.init).map { Double($0.bytes) }
    }
    run.environment = environment
    run.config = resolved["config"]?.map ?? [:]
    run.flags = (resolved["flags"]?.map ?? [:]).compactMapValues(\.bool)
    run.env = (resolved["env"]?.map ?? [:]).mapValues { $0.isPlain ? .string($0.text) : $0 }
    if let environment { run.env[Self.variable] = .string(environment) }
    if let list = resolved["secrets"]?.list { secrets = list.compactMap(SecretSource.init) }
    self.origins = origins
  }
}

extension Configuration {
  /// What is the same in all environments, and needs no variables.
  public var common: Settings { Settings(document.value) }
}

/// Where secrets are looked for.
public enum SecretSource: Sendable, Hashable {
  /// Environment variables.
  case environment
  /// The encrypted file at this path; relative to the project.
  case store(String)
  /// Lines `NAME=value`, or a JSON object.
  case file(String)
  /// A program, `{name}` in its arguments being the secret's name, that prints it.
  case command([String])

  public static let standardStore = "baton.secrets"
  public static let standard = [SecretSource.environment, .store(standardStore)]

  init?(_ value: Value) {
    if value == "env" {
      self = .environment
    } else if value == "store" {
      self = .store(Self.standardStore)
    } else if let path = value["store"]?.string {
      self = .store(path)
    } else if let path = value["file"]?.string {
      self = .file(path)
    } else if let words = value["command"]?.list?.compactMap(\.string), !words.isEmpty {
      self = .command(words)
    } else {
      return nil
    }
  }

  /// As messages name it.
  public var text: String {
    switch self {
    case .environment: "the environment"
    case .store(let path): path
    case .file(let path): path
    case .command(let words): words.first ?? "command"
    }
  }
}
