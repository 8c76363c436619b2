import BatonModel

/// What the names in an expression mean, where it stands.
struct GitHubScope {
  /// A step that others may ask for what it emits.
  struct StepReference {
    /// Its name in the script.
    var name: String
    /// The local that holds its handle; nil: it has none.
    var local: String?
    /// Whether it has run, and succeeded, whenever a later step runs.
    var isCertain: Bool
  }

  /// A job that others may ask for its outputs.
  struct JobReference {
    var outputs: [Node.Entry]
    var steps: [String: StepReference]
    var isMatrix: Bool
    /// Whether it is another workflow, whose outputs stand in that one's file.
    var isCalled = false
  }

  var inputs: Set<String> = []
  /// Keys that every cell has, and those that only some have.
  var axes: Set<String> = []
  var furtherKeys: Set<String> = []
  var steps: [String: StepReference] = [:]
  /// By id, those that it needs.
  var needs: [String: JobReference] = [:]
  /// Whether it is reached though one of ``needs`` has failed or was skipped: what they emit may be missing.
  var needsMayFail = false
  /// Whether it is reached though a step before has failed or was passed over: what that emits may be missing.
  var stepsMayFail = false
  /// What is known of `env` where it stands, the innermost last.
  var env: [Node.Entry] = []
  /// What the steps before it in the job write for later steps.
  var writers: [EnvironmentWrites] = []
  /// Positions of those whose values a step's process finds in its script alone.
  private var late: Set<Int> = []
  /// So many of ``env`` are the step's own, the last ones: they do not see each other.
  private var own = 0
  /// So many of ``env`` are seen.
  private var seen = Int.max
  /// How many variables lead here, each through the value of the one before.
  private var depth = 0

  /// Longer chains of variables are taken for no end.
  private static let deepest = 100

  /// The variable of `env` that a name stands for.
  func variable(_ name: String) -> Int? { env.prefix(seen).lastIndex { $0.key == name } }

  /// These variables, which are in ``env`` already, get their values in a step's script.
  mutating func markLate(_ entries: [Node.Entry]) {
    for entry in entries { variable(entry.key).map { _ = late.insert($0) } }
  }

  /// The variable that a name stands for, where a step's process has another value of that name, or none.
  func hiddenVariable(_ name: String) throws(Untranslatable) -> Int? {
    let position = variable(name)
    if let position, late.contains(position) { return position }
    let hiding = env.indices.suffix(own).contains { $0 >= seen && env[$0].key == name && !late.contains($0) }
    if hiding, position == nil || mayHaveChanged(name) {
      throw .never("env.\(name) is known only to a running step, which has its own")
    }
    return hiding ? position : nil
  }

  /// Whether a step before may have given the variable another value than the one that is known here.
  func mayHaveChanged(_ name: String) -> Bool {
    if let position = variable(name), position >= env.count - own { return false }
    return writers.contains { $0.mayChange(name) || $0.isOpen && variable(name) == nil }
  }

  /// What the value of a variable sees: what stands before it, itself least of all.
  func behind(_ variable: Int) throws(Untranslatable) -> GitHubScope {
    guard depth < Self.deepest else {
      throw .never("env.\(env[variable].key) stands behind more than \(Self.deepest) others, each made of the next")
    }
    var scope = self
    scope.seen = min(variable, max(0, env.count - own))
    scope.depth += 1
    return scope
  }

  /// In a step, with its own environment.
  mutating func enter(_ step: GitHubStep) {
    env += step.env
    own = step.env.count
  }

  /// What the environment of a step sees, whose own `env` is here already.
  func above(_ step: GitHubStep) -> GitHubScope {
    var scope = self
    scope.env.removeLast(min(step.env.count, scope.env.count))
    scope.own = 0
    scope.late = late.filter { $0 < scope.env.count }
    return scope
  }

  /// What values see that its script sets, beside its own variables that its process has: those it does not see.
  func beside(_ step: GitHubStep) -> GitHubScope {
    var scope = self
    scope.seen = max(0, env.count - step.env.count)
    return scope
  }
}

/// Where the Lua of an expression will stand.
enum GitHubSite {
  /// A field of a step that becomes a text for its process: refs may stand in it, and `${{ env.X }}` is filled in there.
  /// `script`: `run`, where refs would be quoted.
  case text(script: Bool)
  /// A field that has to be known when the script is read.
  case definition
  /// The same, but for `${{ github.workspace }}` and the like, which the step's shell fills in.
  case folder
  /// In a function that is told of what came before: `job`.
  case condition
  /// The same, whose text is filled in by the step's shell. `script`: that of a step, not what a script sets.
  case call(script: Bool)

  var isFilled: Bool {
    switch self {
    case .text, .folder, .call: true
    case .definition, .condition: false
    }
  }

  var isFunction: Bool {
    switch self {
    case .condition, .call: true
    case .text, .definition, .folder: false
    }
  }

  var isCall: Bool { if case .call = self { true } else { false } }

  /// Whether it is the script of a step: secrets in it are filled in by the step's shell, so that no process has them among
  /// its arguments.
  var isScript: Bool {
    switch self {
    case .text(let isScript), .call(let isScript): isScript
    case .definition, .folder, .condition: false
    }
  }
}

/// Why an expression has no Lua.
enum Untranslatable: Error {
  case never(String)
  /// It can be said in a function that is called when the step's turn has come.
  case onlyInCall(String)

  /// What nobody knows before the step runs.
  static func late(_ what: String) -> Untranslatable { .onlyInCall("\(what) is \(isLate)") }

  static let isLate = "known only when a step's turn has come"

  var message: String {
    switch self {
    case .never(let message), .onlyInCall(let message): message
    }
  }
}
