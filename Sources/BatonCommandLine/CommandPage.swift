/// What is said of one command, in parts: for a terminal, a manual page or a site.
public struct CommandPage: Sendable {
  /// Two columns: an option and what it does, a command and what it is good for.
  public typealias Row = (left: String, right: String)

  public let name: String
  /// `baton run FILE [OPTIONS]`
  public let usage: String
  /// A sentence without its full stop.
  public let summary: String
  /// Paragraphs of at most 100 columns; empty where there is nothing more to say.
  public let details: String
  public let options: [Row]
  public let commonOptions: [Row]
  /// What `--json` prints, where there is such an option.
  public let json: String?
  public let examples: [Row]
  public let exitCodes: [Row]

  public init(_ name: Subcommand.Name) {
    let command = Subcommand.named(name)
    self.name = name.rawValue
    usage = command.usage
    summary = command.summary.prefix(1).uppercased() + command.summary.dropFirst()
    details = command.details
    options = command.options.map { ($0.label, $0.help) }
    commonOptions = Option.everywhere.map { ($0.label, $0.help) }
    json = name.jsonShape
    examples = command.examples.map { ($0.command, $0.meaning) }
    exitCodes = Help.exitCodes(of: command).map { (String($0), Help.meaning(of: $0)) }
  }

  /// One of every command.
  public static var all: [CommandPage] { Subcommand.Name.allCases.map(CommandPage.init) }
}
