/// `service "name" {…}`: a process that is kept healthy while what depends on it runs.
///
/// Its environment, folder, shell and grace are those of its node's ``StepOptions``, as a step's are; what of them differs in
/// an alternative stands in ``StepOptions/failover``, at the same place as in ``alternatives``.
public struct ServiceSpec: Sendable, Hashable {
  public var command: Command
  public var traits: Traits
  /// Names of the ports that it is given.
  public var ports: [String]
  /// What else it emits, beside `host`, `port.NAME` and `folder`.
  public var outputs: [String: Expr]
  public var alternatives: [Alternative]
  /// For whom there is one.
  public var scope = Scope.run
  /// The name that the script gave it, where this is one of several; nil: its node's.
  public var declared: String?

  /// Whose a service is, and so how many of it there are.
  public enum Scope: String, Sendable, CaseIterable {
    /// One for the whole run.
    case run
    /// One for each group, and each cell of a matrix, that uses it.
    case group
    /// One for each step that uses it.
    case step
  }

  /// Whether it starts when the first that needs it has its turn, as one of many does, and not before.
  public var startsLate: Bool { scope != .run }

  /// What an alternative may say otherwise, beside its command and surroundings.
  public struct Traits: Sendable, Hashable {
    /// Until it answers, nothing that depends on the service starts; nil: each of its ports takes a connection or, where it
    /// has none, it runs.
    public var ready: ProbeSpec?
    /// Asked while the service is ready; nil: only its process is watched.
    public var health: ProbeSpec?
    /// How often it is started, the first time included, and how long it waits before it is started again.
    public var restart: RetryPolicy
    /// Done in turn when it answers for the first time.
    public var setup: [Command]
    /// How long each of them may take.
    public var setupLimit = ServiceSpec.standardSetupLimit
    /// Done in turn before it is asked to end.
    public var teardown: [Command]

    public init(
      ready: ProbeSpec? = nil, health: ProbeSpec? = nil, restart: RetryPolicy = ServiceSpec.standardRestart,
      setup: [Command] = [], teardown: [Command] = []
    ) {
      self.ready = ready
      self.health = health
      self.restart = restart
      self.setup = setup
      self.teardown = teardown
    }
  }

  /// What an alternative says itself.
  public struct Alternative: Sendable, Hashable {
    public var ready: ProbeSpec?
    public var health: ProbeSpec?
    public var restart: RetryPolicy?
    public var setup: [Command]?
    public var setupLimit: Span?
    public var teardown: [Command]?
    public var outputs: [String: Expr]?

    public init() {}
  }

  /// What every service emits.
  public static let givenOutputs: Set<String> = ["folder", "host", "port"]

  public static let standardSetupLimit = Span(seconds: 300)

  /// Three recoveries.
  public static let standardRestart = RetryPolicy(
    attempts: 4, backoff: Span(milliseconds: 500), max: Span(seconds: 30))

  public init(
    command: Command, traits: Traits = Traits(), ports: [String] = [], outputs: [String: Expr] = [:],
    alternatives: [Alternative] = []
  ) {
    self.command = command
    self.traits = traits
    self.ports = ports
    self.outputs = outputs
    self.alternatives = alternatives
  }

  /// What holds for the alternative of a number; nil: for the service itself.
  public func traits(of alternative: Int?) -> Traits {
    guard let alternative, alternatives.indices.contains(alternative) else { return traits }
    let other = alternatives[alternative]
    var result = traits
    if let ready = other.ready { result.ready = ready }
    if let health = other.health { result.health = health }
    if let restart = other.restart { result.restart = restart }
    if let setup = other.setup { result.setup = setup }
    if let limit = other.setupLimit { result.setupLimit = limit }
    if let teardown = other.teardown { result.teardown = teardown }
    return result
  }

  public func outputs(of alternative: Int?) -> [String: Expr] {
    guard let alternative, alternatives.indices.contains(alternative) else { return outputs }
    return outputs.merging(alternatives[alternative].outputs ?? [:]) { _, other in other }
  }
}

/// A question to a service that it answers when it is well: `probe.tcp(port)`, `probe.http {…}` and so on.
public struct ProbeSpec: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// Its exit code is 0.
    case command(Command)
    /// Each takes a connection.
    case tcp(host: Template, ports: [Template])
    /// The answer has one of the statuses (none: 200 to 399), the text in its content, and these values in its JSON (path,
    /// such as `status` or `nodes[1].state`, → value).
    case http(url: Template, statuses: [Int64], contains: Template?, json: [String: Expr])
    /// A line of the output holds the text, in which `*` stands for any letters.
    case log(Template)
    /// `psql` answers the query, with this where it is said.
    case sql(url: Template, query: Template, expect: Template?)
  }

  public var kind: Kind
  /// Between two questions; nil: ``pause(after:)`` until the service is ready, then ``health``.
  public var interval: Span?
  /// For one question.
  public var timeout = Span(seconds: 5)
  /// So many failures in a row say that the service is not well.
  public var retries = 5
  /// Failures do not count so long after the process was started.
  public var startPeriod = Span(seconds: 30)

  /// How often a service is asked while it is ready.
  public static let health = Span(seconds: 5)
  /// How soon it is asked again where there is doubt.
  public static let hasty = Span(milliseconds: 100)

  /// Until the service is asked again that has been starting for so long: a quick one is found ready soon, a slow one costs
  /// little.
  public func pause(after elapsed: Span) -> Span {
    interval ?? min(Span(seconds: 1), max(Span(milliseconds: 50), Span(nanoseconds: elapsed.nanoseconds / 4)))
  }

  public init(_ kind: Kind) { self.kind = kind }
}

extension ProbeSpec {
  /// `tcp`, `http` and so on.
  public var name: String {
    switch kind {
    case .command: "command"
    case .tcp: "tcp"
    case .http: "http"
    case .log: "log"
    case .sql: "sql"
    }
  }
}

extension ServiceSpec {
  /// All that it says and that may hold refs or secrets: commands, probes and outputs, those of its alternatives too.
  public var expressions: [Expr] {
    var found: [Expr] = []
    func add(_ command: Command) {
      switch command {
      case .shell(let text): found.append(text.expr)
      case .program(let words): found += words.map(\.expr)
      case .callback, .body, .call, .request: break
      }
    }
    func add(_ probes: ProbeSpec?...) {
      for case let probe? in probes {
        switch probe.kind {
        case .command(let command): add(command)
        case .tcp(let host, let ports): found += ([host] + ports).map(\.expr)
        case .http(let url, _, let contains, let json):
          found.append(url.expr)
          if let contains { found.append(contains.expr) }
          found += json.keys.sorted().compactMap { json[$0] }
        case .log(let text): found.append(text.expr)
        case .sql(let url, let query, let expect): found += [url, query, expect].compactMap { $0?.expr }
        }
      }
    }
    add(command)
    found += outputs.keys.sorted().compactMap { outputs[$0] }
    add(traits.ready, traits.health)
    for command in traits.setup + traits.teardown { add(command) }
    for alternative in alternatives {
      add(alternative.ready, alternative.health)
      for command in (alternative.setup ?? []) + (alternative.teardown ?? []) { add(command) }
      let others = alternative.outputs ?? [:]
      found += others.keys.sorted().compactMap { others[$0] }
    }
    return found
  }
}
