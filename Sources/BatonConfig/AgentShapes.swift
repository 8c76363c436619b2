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
enum AgentShapes {
  /// What runs suites: `command`, or a module of the standard library.
  private static let runners = ["command", "ctest", "gotest", "jest", "pytest", "swifttest"]
  private static let formats = [
    "cobertura", "contexts", "gotest", "junit", "lcov", "llvmcov", "metrics", "sarif", "swifttest", "tap",
  ]

  static let shape = Shape.object([
    Shape.Field("channels", channels, "Where messages go, by name."),
    Shape.Field("environments", .table(of: environment, phrase: "an object"), "What a suite runs against, by name."),
    Shape.Field(
      "modules", Shape.strings("a list of module names such as [\"shop.agents\"]"),
      "Lua modules that register further agents."),
    Shape.Field(
      "reports",
      .object([
        Shape.Field("screenshots", textOrTexts, "Globs of pictures to keep with a run."),
        Shape.Field("videos", textOrTexts, "Globs of videos to keep with a run."),
      ]), "What is kept with a run."),
    Shape.Field("suites", suites, "Test suites, by name."),
    Shape.Field("templates", templates, "Texts of messages, by name."),
  ])

  static let text = Shape.either([.plain, .secret, .variable], phrase: "a string")
  private static let textOrTexts = Shape.either(
    [.plain, .strings("a list of strings"), .secret, .variable], phrase: "a string or a list of strings")
  private static let env = Shape.table(of: text, phrase: "an object")

  private static let environment = Shape.object([
    Shape.Field("channels", channels, "In place of those that all environments have."),
    Shape.Field("env", env, "Environment variables of the steps."),
    Shape.Field("setup", commands, "What prepares it."),
    Shape.Field("suites", suites, "In place of those that all environments have."),
    Shape.Field("teardown", commands, "What cleans up behind it."),
    Shape.Field("templates", templates, "In place of those that all environments have."),
  ])

  private static let commands = Shape.either(
    [.string, .strings("a list of commands")], phrase: "a command or a list of commands")

  private static let templates = Shape.table(
    of: .either(
      [
        .string,
        .object([
          Shape.Field("message", .string, "With {run}, {workflow}, {status}, {step} and {reason}."),
          Shape.Field("title", .string, "The same, in a line."),
        ]),
      ], phrase: "a string or an object with \"title\" and \"message\""), phrase: "an object")

  private static let runner: Shape = {
    var leaf = Shape.Leaf(
      "the name of a runner", schema: ["enum": .list(runners.map(Value.string))],
      accepts: { $0.string.map(runners.contains) == true })
    leaf.explains = { value in
      guard let name = value.string else { return nil }
      return (
        "names no runner: \"\(name)\"",
        Names.proposal(for: name, in: runners) ?? "one of \(runners.joined(separator: ", "))"
      )
    }
    return .leaf(leaf)
  }()

  private static let suites = Shape.table(
    of: .ruled(
      .object(
        [
          Shape.Field("env", env, "Environment variables of its steps."),
          Shape.Field(
            "results", .object(formats.map { Shape.Field($0, textOrTexts, "Globs of reports in this format.") }),
            "Where its results are read from."),
          Shape.Field("run", textOrTexts, "The command; of the runner \"command\"."),
          Shape.Field(
            "runner", runner, "What runs it; further settings are those of the module of that name.",
            need: "one of \(runners.joined(separator: ", "))"),
        ], isOpen: true),
      Shape.Rule(
        schema: [
          "if": ["properties": ["runner": ["const": "command"]]], "then": ["required": ["run"]],
        ]
      ) { value, path in
        guard value["runner"] == "command", value["run"] == nil else { return [] }
        return [Shape.Mistake(path: path + "run", message: "is missing", cure: "the command that runs the suite")]
      }), phrase: "an object")

  // MARK: Channels

  /// The settings of a channel are those of its kind, which is its name where it does not say so.
  private static let channels = Shape.table(
    of: .ruled(.object([Shape.Field("kind", .string, "What it is; default: its name.")], isOpen: true), channelRule),
    phrase: "an object")

  private static let channelRule = Shape.Rule(
    schema: ["allOf": .list(ChannelKind.all.map(channelSchema))]
  ) { value, path in
    guard var settings = value.map, case .key(let name)? = path.steps.last else { return [] }
    let kind = settings.removeValue(forKey: "kind")?.string ?? name
    guard let rules = ChannelKind.named(kind) else {
      let mistake = ChannelKind.unknown(kind)
      return [Shape.Mistake(path: path + "kind", message: "is unknown: \(mistake.message)", cure: mistake.cure)]
    }
    let known = settings.mapValues { value -> Value? in
      Shape.secret.mistakes(in: value).isEmpty || Shape.variable.mistakes(in: value).isEmpty
        ? Value?.none : .some(value)
    }
    return rules.mistakes(in: known).map {
      Shape.Mistake(path: path, message: "is wrong: \($0.message)", cure: $0.cure)
    }
  }

  /// What a channel that says its kind may have.
  private static func channelSchema(_ kind: ChannelKind) -> Value {
    let names = kind.settings.map { ($0.name, Value.bool(true)) } + [("kind", true)]
    return [
      "if": ["properties": ["kind": ["const": .string(kind.name)]], "required": ["kind"]],
      "then": [
        "properties": .map(Dictionary(names, uniquingKeysWith: { first, _ in first })), "additionalProperties": false,
        "anyOf": .list(kind.needs.map { ["required": .list($0.map(Value.string))] }),
      ],
    ]
  }
}
