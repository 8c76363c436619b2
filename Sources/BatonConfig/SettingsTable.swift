import BatonModel

/// All that `baton.json` may say: the one table of which the validation and the published JSON Schema are made.
public enum SettingsTable {
  static let shape = Shape.object(fields, phrase: "an object")

  private static let fields: [Shape.Field] =
    ([
      Shape.Field("$schema", .string, "Where editors find this schema."),
      Shape.Field("agents", AgentShapes.shape, "What the names mean that steps of agents use."),
      Shape.Field(
        "environment", Shape.string.withVariables(), "The environment where neither --env nor BATON_ENV names one."),
      Shape.Field(
        "environments", .table(of: environment, phrase: "an object such as {\"staging\": {\"config\": {}}}"),
        "Environments by name; each has what stands outside of them, and changes it."),
      Shape.Field("keep", .duration, "How long baton gc keeps what has ended."),
      Shape.Field(
        "roles",
        .table(
          of: .strings("a list of people such as [\"ann\"]"),
          phrase: "an object such as {\"release-managers\": [\"ann\"]}"),
        "Role → the people who have it, each as user or user@host; for approvals."),
      Shape.Field(
        "trust",
        .table(
          of: .list(of: permission, phrase: "a list of permissions"),
          phrase: "an object such as {\"shop\": [\"env:SHOP_TOKEN\"]}"),
        "Module of others → what it may do beyond the sandbox, as far as it asks for it; *: every module."),
    ] + perEnvironmentWithVariables).sorted { $0.name < $1.name }

  /// What an environment may change.
  private static let perEnvironment: [Shape.Field] = [
    Shape.Field(
      "config", .table(of: .anything, phrase: "an object such as {\"url\": \"http://localhost:8080\"}"),
      "What scripts read as config.NAME: any values; \"${VAR:-default}\" in texts, {\"secret\": \"NAME\"} for secrets."),
    Shape.Field(
      "env",
      .ruled(
        .table(of: AgentShapes.text, phrase: "an object such as {\"LOG_LEVEL\": \"info\"}"), variableNames),
      "Environment variables of all steps, which scripts read as env.NAME."),
    Shape.Field(
      "flags", .table(of: .flag, phrase: "an object such as {\"new_checkout\": false}"),
      "Feature flags, which scripts read as flags.NAME."),
    Shape.Field("jobs", .count, "How many steps at once, where -j says nothing."),
    Shape.Field(
      "resources",
      .ruled(.table(of: .amount, phrase: "an object such as {\"browser\": 2}"), processors),
      "What steps may ask for with `resources`, beside what their workflow says."),
    Shape.Field(
      "secrets", .list(of: source, phrase: "a list such as [\"env\", \"store\"]"),
      "Where secrets are looked for, in this order; default: env, then store."),
  ]

  private static let perEnvironmentWithVariables = perEnvironment.map { field in
    var field = field
    field.shape = field.shape.withVariables()
    return field
  }

  /// What is merged from the document and its environments.
  static let merged = perEnvironment.map(\.name)

  /// Of a setting whose variables are filled in.
  static func shape(of name: String) -> Shape { perEnvironment.first { $0.name == name }?.shape ?? .anything }

  private static let environment = Shape.object(
    ([
      Shape.Field("extends", .string, "The environment whose settings it has, and changes.")
    ] + perEnvironmentWithVariables).sorted { $0.name < $1.name })

  private static let source = Shape.either(
    [
      .choice(["env", "store"]),
      .object([Shape.Field("store", .string, "An encrypted file, relative to the project.", need: "the path of a file")]
      ),
      .object([
        Shape.Field(
          "file", .string, "Lines NAME=value, or a JSON object; relative to the project.", need: "the path of a file")
      ]),
      .object([
        Shape.Field(
          "command",
          .ruled(.strings("a list such as [\"pass\", \"show\", \"shop/{name}\"]"), programIsNamed),
          "A program that prints the secret; {name} is its name.", need: "a program and its arguments")
      ]),
    ],
    phrase: "\"env\", \"store\", {\"store\": FILE}, {\"file\": FILE} or {\"command\": [\"pass\", \"show\", \"{name}\"]}"
  )

  private static let programIsNamed = Shape.Rule(schema: ["minItems": 1]) { value, path in
    value.list?.first?.string?.isEmpty == false
      ? []
      : [
        Shape.Mistake(
          path: path, message: "names no program", cure: "for example: [\"pass\", \"show\", \"shop/{name}\"]")
      ]
  }

  /// Steps take at least one each: more than run at once are of no use.
  private static let processors = Shape.Rule(
    schema: [
      "properties": [
        "cpu": ["type": ["number", "string"], "minimum": 0, "maximum": .integer(Int64(ResourceLimits.jobs))]
      ]
    ]
  ) { value, path in
    guard let amount = value["cpu"], amount.number.map({ $0 > Double(ResourceLimits.jobs) }) == true else { return [] }
    return [
      Shape.Mistake(
        path: path + "cpu", message: "must be an amount from 0 to \(ResourceLimits.jobs), not \(JSON.encode(amount))")
    ]
  }

  private static let variableNames = Shape.Rule(schema: ["propertyNames": ["pattern": "^[^=]+$"]]) { value, path in
    (value.map ?? [:]).keys.sorted().filter { $0.isEmpty || $0.utf8.contains { $0 == UInt8(ascii: "=") || $0 == 0 } }
      .map {
        Shape.Mistake(path: path + $0, message: "can't be the name of an environment variable", isOfKey: true)
      }
  }

  private static let permission: Shape = {
    guard case .leaf(var leaf) = Shape.permission else { return Shape.permission }
    leaf.explains = { value in
      ("is \(JSON.encode(value)), which is no permission that can be granted", "known are \(Permission.forms)")
    }
    return .leaf(leaf)
  }()
}
