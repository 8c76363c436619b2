/// One command: `baton run`.
public struct Subcommand: Sendable {
  /// Every command of this program.
  public enum Name: String, Sendable, CaseIterable {
    case `init`, run, plan, graph, check, repl, test, chaos, resume, why, runs, show, logs, events, watch, cancel
    case approve, reject, replay, tests, report, signal, gc, doctor, completion, module, docs, help, `import`
    case config, secret, data, pools

    /// Whether a word of the language has the same name.
    public var isWord: Bool { self == .config || self == .secret }
  }

  /// A word that is no option.
  public struct Argument: Sendable {
    public enum Count: Sendable { case one, optional, many, any }

    public let name: String
    public let count: Count
    public let completes: Option.Completes

    init(_ name: String, _ count: Count = .one, completes: Option.Completes = .nothing) {
      self.name = name
      self.count = count
      self.completes = completes
    }

    var label: String {
      switch count {
      case .one: name
      case .optional: "[\(name)]"
      case .many: "\(name)…"
      case .any: "[\(name)…]"
      }
    }
  }

  public struct Example: Sendable {
    let command: String
    let meaning: String

    init(_ command: String, _ meaning: String) {
      self.command = command
      self.meaning = meaning
    }
  }

  public let name: Name
  /// What it does, in a line.
  public let summary: String
  public let arguments: [Argument]
  /// Without those of every command.
  public let options: [Option]
  /// What is worth knowing, in paragraphs of at most 80 columns.
  public let details: String
  public let examples: [Example]
  /// What it may exit with, beside 0, 2 and 70.
  public let exitCodes: [Int32]

  init(
    _ name: Name, _ summary: String, arguments: [Argument] = [], options: [Option] = [], details: String = "",
    examples: [Example] = [], exitCodes: [Int32] = []
  ) {
    self.name = name
    self.summary = summary
    self.arguments = arguments
    self.options = options
    self.details = details
    self.examples = examples
    self.exitCodes = exitCodes
  }

  /// The command lines of the examples.
  public var exampleLines: [String] { examples.map(\.command) }

  public var allOptions: [Option] { options + Option.everywhere }

  /// How many words it takes at least and at most.
  var wordCount: ClosedRange<Int> {
    var least = 0
    var most = 0
    for argument in arguments {
      switch argument.count {
      case .one:
        least += 1
        most += 1
      case .optional: most += 1
      case .many:
        least += 1
        most = Int.max
      case .any: most = Int.max
      }
    }
    return least...most
  }

  /// `baton run FILE [OPTIONS]`.
  public var usage: String {
    (["baton", name.rawValue] + arguments.map(\.label) + ["[OPTIONS]"]).joined(separator: " ")
  }
}
