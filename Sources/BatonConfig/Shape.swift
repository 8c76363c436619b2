import BatonModel

/// What a part of `baton.json` may be. One table of shapes (``SettingsTable``) is read by the validation and by the JSON Schema
/// alike, so that neither can know a setting that the other does not.
public indirect enum Shape: Sendable {
  /// Whatever JSON has.
  case anything
  case leaf(Leaf)
  /// - Parameter phrase: what it must be, in messages: `a list of people such as ["ann"]`.
  case list(of: Shape, phrase: String)
  /// Any names, all with values of one shape.
  case table(of: Shape, phrase: String)
  case object(Object)
  /// The first of these that fits. `{"secret": "NAME"}` is one of them where a reference may stand.
  case either([Shape], phrase: String)
  /// A rule that no shape can say; in the schema stands the shape alone.
  case ruled(Shape, Rule)

  /// A value without parts.
  public struct Leaf: Sendable {
    var phrase: String
    var schema: Value
    var accepts: @Sendable (Value) -> Bool
    /// What a text means here: the value of a variable, which is always one. nil: nothing.
    var reading: @Sendable (String) -> Value?
    /// Says it better than that it must be ``phrase``.
    var explains: (@Sendable (Value) -> (message: String, cure: String?)?)?
    /// A text with `${` in it is taken for one of these before it is filled in.
    var isVariable = false

    init(
      _ phrase: String, schema: Value, accepts: @escaping @Sendable (Value) -> Bool,
      reading: @escaping @Sendable (String) -> Value? = { .string($0) }
    ) {
      self.phrase = phrase
      self.schema = schema
      self.accepts = accepts
      self.reading = reading
    }
  }

  public struct Object: Sendable {
    var fields: [Field]
    /// What is said of a value that is none.
    var phrase = "an object"
    /// Further names are none of its business.
    var isOpen = false
  }

  public struct Field: Sendable {
    var name: String
    var shape: Shape
    /// For people, in the schema.
    var meaning: String
    /// What is said when it is missing; nil: it may be.
    var need: String?

    init(_ name: String, _ shape: Shape, _ meaning: String, need: String? = nil) {
      self.name = name
      self.shape = shape
      self.meaning = meaning
      self.need = need
    }
  }

  public struct Rule: Sendable {
    /// What a schema can say of it, beside the shape.
    var schema: Value?
    var mistakes: @Sendable (Value, JSONPath) -> [Mistake]

    init(schema: Value? = nil, _ mistakes: @escaping @Sendable (Value, JSONPath) -> [Mistake]) {
      self.schema = schema
      self.mistakes = mistakes
    }
  }

  /// Something that is wrong with a value.
  public struct Mistake: Sendable, Hashable {
    public var path: JSONPath
    /// Goes on where the path ends: `must be a string, not 5`.
    public var message: String
    public var cure: String?
    /// The key is wrong, not the value.
    public var isOfKey = false
    /// It is not there.
    public var isMissing = false
  }
}

extension Shape {
  /// All that is wrong with a value, in the order of its keys; empty where nothing is.
  public func mistakes(in value: Value, at path: JSONPath = JSONPath()) -> [Mistake] {
    switch self {
    case .anything: return []
    case .leaf(let leaf):
      if leaf.accepts(value) || leaf.isVariable && value.string.map(Interpolation.isNeeded) == true { return [] }
      if let (message, cure) = leaf.explains?(value) { return [Mistake(path: path, message: message, cure: cure)] }
      return [Self.wrong(value, path, leaf.phrase)]
    case .list(let item, let phrase):
      guard let items = value.list else { return [Self.wrong(value, path, phrase)] }
      return items.enumerated().flatMap { item.mistakes(in: $0.element, at: path + $0.offset) }
    case .table(let inner, let phrase):
      guard case .map(let fields) = value else { return [Self.wrong(value, path, phrase)] }
      return fields.sorted { $0.key < $1.key }.flatMap { inner.mistakes(in: $0.value, at: path + $0.key) }
    case .object(let object): return object.mistakes(in: value, at: path)
    case .either(let shapes, let phrase):
      let found = shapes.map { $0.mistakes(in: value, at: path) }
      if found.contains(where: \.isEmpty) { return [] }
      // Where only one of them has a value of this kind, its own words say more.
      let inside = found.filter { !$0.contains { $0.path == path && !$0.isOfKey } }
      let fitting = inside.filter { !$0.contains { $0.isOfKey || $0.isMissing } }
      if fitting.count == 1 { return fitting[0] }
      if inside.count == 1 { return inside[0] }
      return [Self.wrong(value, path, phrase)]
    case .ruled(let shape, let rule):
      let found = shape.mistakes(in: value, at: path)
      return found.isEmpty ? rule.mistakes(value, path) : found
    }
  }

  fileprivate static func wrong(_ value: Value, _ path: JSONPath, _ phrase: String) -> Mistake {
    let text = JSON.encode(value)
    return Mistake(
      path: path, message: "must be \(phrase), not \(text.count > 60 ? text.prefix(60) + "…" : text)")
  }

  /// The value with the texts that came out of variables read as what belongs in their places: `"4"` becomes 4.
  func reading(_ value: Value, isFilled: (JSONPath) -> Bool, at path: JSONPath) -> Value {
    switch (self, value) {
    case (.leaf(let leaf), .string(let text)) where isFilled(path): leaf.reading(text) ?? value
    case (.list(let item, _), .list(let items)):
      .list(items.enumerated().map { item.reading($0.element, isFilled: isFilled, at: path + $0.offset) })
    case (.table(let inner, _), .map(let fields)):
      .map(
        Dictionary(
          uniqueKeysWithValues: fields.map { ($0.key, inner.reading($0.value, isFilled: isFilled, at: path + $0.key)) })
      )
    case (.ruled(let shape, _), _): shape.reading(value, isFilled: isFilled, at: path)
    default: value
    }
  }
}

extension Shape.Object {
  fileprivate func mistakes(in value: Value, at path: JSONPath) -> [Shape.Mistake] {
    guard case .map(let given) = value else { return [Shape.wrong(value, path, phrase)] }
    var found: [Shape.Mistake] = []
    for field in fields where given[field.name] == nil {
      if let need = field.need {
        found.append(Shape.Mistake(path: path + field.name, message: "is missing", cure: need, isMissing: true))
      }
    }
    for (key, value) in given.sorted(by: { $0.key < $1.key }) {
      if let field = fields.first(where: { $0.name == key }) {
        found += field.shape.mistakes(in: value, at: path + key)
      } else if !isOpen {
        let known = fields.map(\.name).filter { !$0.hasPrefix("$") }
        found.append(
          Shape.Mistake(
            path: path + key, message: "is no setting",
            cure: Names.proposal(for: key, in: known) ?? "known: \(known.joined(separator: ", "))", isOfKey: true))
      }
    }
    return found
  }
}

extension Shape {
  static let string = Shape.leaf(
    Leaf("a string", schema: ["type": "string"], accepts: { $0.string != nil }))
  /// A string, a number or a boolean.
  static let plain = Shape.leaf(
    Leaf("a string", schema: ["type": ["string", "number", "boolean"]], accepts: { $0.isPlain }))
  static let flag = Shape.leaf(
    Leaf(
      "true or false", schema: ["type": "boolean"], accepts: { $0.bool != nil },
      reading: {
        ["true": true, "false": false, "1": true, "0": false, "yes": true, "no": false, "on": true, "off": false][
          $0.lowercased()]
      }))
  static let duration = Shape.leaf(
    Leaf(
      "a duration such as \"30d\"",
      schema: [
        "type": "string", "pattern": #"^([0-9]+(\.[0-9]+)?(ms|us|ns|s|m|h|d|w))+$"#,
        "examples": ["30d", "90s", "1h30m"],
      ],
      accepts: { $0.string.flatMap(Span.init) != nil }))
  static let count = Shape.leaf(
    Leaf(
      "a whole number from 1 to \(ResourceLimits.jobs)",
      schema: ["type": "integer", "minimum": 1, "maximum": .integer(Int64(ResourceLimits.jobs))],
      accepts: { $0.integer.map { 1 <= $0 && $0 <= ResourceLimits.jobs } == true },
      reading: { Int64($0).map(Value.integer) }))
  static let amount = Shape.leaf(
    Leaf(
      "a number or a size such as \"4G\"",
      schema: [
        "anyOf": [
          ["type": "number", "minimum": 0, "maximum": .number(ResourceLimits.amount)],
          ["type": "string", "pattern": #"^[0-9]+(\.[0-9]+)?[kKmMgGtTpP]?([iI]?[bB])?$"#],
        ]
      ],
      accepts: { value in
        value.number.map { $0 >= 0 && $0 <= ResourceLimits.amount } ?? (value.string.flatMap(ByteSize.init) != nil)
      }, reading: { Double($0).map { Int64(exactly: $0).map(Value.integer) ?? .number($0) } ?? .string($0) }))
  static let permission = Shape.leaf(
    Leaf(
      "a permission", schema: ["type": "string", "examples": ["env:SHOP_TOKEN", "read:/etc/hosts", "c-modules"]],
      accepts: { $0.string.flatMap(Permission.init) != nil }))

  static func choice(_ words: [String]) -> Shape {
    .leaf(
      Leaf(
        Names.either(words), schema: ["enum": .list(words.map(Value.string))],
        accepts: { $0.string.map(words.contains) == true }))
  }

  static func strings(_ phrase: String) -> Shape { .list(of: .string, phrase: phrase) }

  /// `{"secret": "NAME"}`: the value never stands in a file, in a script or in a record.
  static let secret = reference("secret", "the name of a secret")
  /// `{"env": "NAME"}`: an environment variable.
  static let variable = reference("env", "the name of an environment variable")

  private static func reference(_ key: String, _ meaning: String) -> Shape {
    let name = Shape.leaf(
      Leaf(
        meaning, schema: ["type": "string", "pattern": "^[A-Za-z0-9_.-]{1,100}$"],
        accepts: { $0.string.map(Names.isValid) == true }))
    return .object(Object(fields: [Field(key, name, meaning, need: meaning)]))
  }

  static func object(_ fields: [Field], phrase: String = "an object", isOpen: Bool = false) -> Shape {
    .object(Object(fields: fields, phrase: phrase, isOpen: isOpen))
  }

  /// The same, with texts such as `${PORT:-8080}` for its leaves.
  func withVariables() -> Shape {
    switch self {
    case .leaf(var leaf):
      leaf.isVariable = true
      return .leaf(leaf)
    case .list(let item, let phrase): return .list(of: item.withVariables(), phrase: phrase)
    case .table(let inner, let phrase): return .table(of: inner.withVariables(), phrase: phrase)
    case .either(let shapes, let phrase): return .either(shapes.map { $0.withVariables() }, phrase: phrase)
    case .ruled(let shape, let rule): return .ruled(shape.withVariables(), rule)
    case .object(var object):
      object.fields = object.fields.map { field in
        var field = field
        field.shape = field.shape.withVariables()
        return field
      }
      return .object(object)
    case .anything: return self
    }
  }
}
