import BatonModel

/// Puts layers of settings upon each other: tables key by key, everything else as a whole.
struct Merge {
  let document: LocatedJSON
  /// Setting → value, texts as they stand in the file.
  private(set) var values: [String: Value] = [:]
  /// Where each value (and each whole list) came from.
  private(set) var origins: [JSONPath: JSONPath] = [:]
  private(set) var mistakes: [Shape.Mistake] = []
  /// What a value that is a text with variables has to be, and where that was said.
  private(set) var kinds: [JSONPath: (kind: String, at: JSONPath)] = [:]

  init(document: LocatedJSON) { self.document = document }

  mutating func add(_ layer: Value, _ source: JSONPath) {
    for name in SettingsTable.merged {
      guard let value = layer[name] else { continue }
      values[name] = merged(values[name], value, at: JSONPath() + name, from: source + name)
    }
  }

  private mutating func merged(_ old: Value?, _ new: Value, at path: JSONPath, from source: JSONPath) -> Value {
    if case .map(let fields) = new, !Self.isReference(new), old == nil || (old?.map != nil && !Self.isReference(old!)) {
      var result = old?.map ?? [:]
      if fields.isEmpty, old == nil { origins[path] = source }
      for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
        result[key] = merged(result[key], value, at: path + key, from: source + key)
      }
      return .map(result)
    }
    check(old, new, path, source)
    for key in origins.keys where key.steps.starts(with: path.steps) { origins[key] = nil }
    note(new, path, source)
    return new
  }

  /// Where all that is in a value came from.
  private mutating func note(_ value: Value, _ path: JSONPath, _ source: JSONPath) {
    switch value {
    case .map(let fields) where !fields.isEmpty && !Self.isReference(value):
      for (key, inner) in fields { note(inner, path + key, source + key) }
    case .list(let items) where !items.isEmpty:
      for (index, inner) in items.enumerated() { note(inner, path + index, source + index) }
    default: origins[path] = source
    }
  }

  /// A value of the configuration is of one kind in all environments.
  private mutating func check(_ old: Value?, _ new: Value, _ path: JSONPath, _ source: JSONPath) {
    guard path.steps.first == .key("config"), let old, old != .null, new != .null else { return }
    let known = kinds[path] ?? (Self.kind(of: old), origins.nearest(to: path))
    kinds[path] = known
    if new.string.map(Interpolation.isNeeded) == true || known.kind == "variable" { return }
    let kind = Self.kind(of: new)
    guard kind != known.kind else { return }
    mistakes.append(
      Shape.Mistake(
        path: source, message: "is \(Self.phrase(kind)), and \(known.at.text) is \(Self.phrase(known.kind))",
        cure: "a value is of one kind in all environments; null where there is none"))
  }

  static func isReference(_ value: Value) -> Bool {
    guard case .map(let fields) = value, fields.count == 1, let (key, name) = fields.first else { return false }
    return (key == "secret" || key == "env") && name.string.map(Names.isValid) == true
  }

  private static func kind(of value: Value) -> String {
    switch value {
    case .string(let text): Interpolation.isNeeded(text) ? "variable" : "string"
    case .integer, .number: "number"
    case .map: isReference(value) ? "string" : "table"
    default: value.kind
    }
  }

  static func phrase(_ kind: String) -> String {
    switch kind {
    case "table": "an object"
    default: "a \(kind)"
    }
  }
}

/// Fills variables in, and tells where each value came from.
struct Filling {
  let merge: Merge
  let environment: String?
  let variable: (String) -> String?
  private(set) var origins: [Settings.Origin] = []
  private(set) var mistakes: [Shape.Mistake] = []
  /// Those that come from variables that are not set.
  private(set) var unset: [Shape.Mistake] = []
  private var filled: Set<JSONPath> = []

  init(merge: Merge, environment: String?, variable: @escaping (String) -> String?) {
    self.merge = merge
    self.environment = environment
    self.variable = { $0 == Settings.variable ? environment ?? variable($0) : variable($0) }
  }

  /// Setting → value.
  mutating func run() -> [String: Value] {
    var resolved: [String: Value] = [:]
    for name in SettingsTable.merged {
      guard let value = merge.values[name] else { continue }
      let path = JSONPath() + name
      let text = self.value(value, path)
      resolved[name] = SettingsTable.shape(of: name).reading(text, isFilled: { filled.contains($0) }, at: path)
    }
    return resolved
  }

  private mutating func value(_ value: Value, _ path: JSONPath) -> Value {
    switch value {
    case .map(let fields) where !Merge.isReference(value) && !fields.isEmpty:
      var result: [String: Value] = [:]
      for (key, inner) in fields.sorted(by: { $0.key < $1.key }) { result[key] = self.value(inner, path + key) }
      return .map(result)
    case .list(let items) where !items.isEmpty:
      var result: [Value] = []
      for (index, inner) in items.enumerated() { result.append(self.value(inner, path + index)) }
      return .list(result)
    case .string(let text): return string(text, path)
    case .map(let fields):
      if let name = fields["env"]?.string, Merge.isReference(value) { return string("${\(name)}", path) }
      note(path, value, [])
      return value
    default:
      note(path, value, [])
      return value
    }
  }

  private mutating func string(_ text: String, _ path: JSONPath) -> Value {
    guard Interpolation.isNeeded(text) else {
      note(path, .string(text), [])
      return .string(text)
    }
    let source = merge.origins.nearest(to: path)
    do throws(Interpolation.Failure) {
      let (result, uses) = try Interpolation.fill(text, variable)
      if ["config", "env"].contains(path.steps.first.flatMap { if case .key(let name) = $0 { name } else { nil } }),
        let secret = uses.first(where: { !$0.isDefault && Names.soundsSecret($0.name) })?.name
      {
        mistakes.append(
          Shape.Mistake(
            path: source, message: "would write \(secret), which sounds like a secret, into the records of runs",
            cure: "{\"secret\": \"\(secret)\"} in its place is never written down"))
      }
      filled.insert(path)
      let read = reading(result, path, source)
      note(path, read, uses)
      return read
    } catch {
      let mistake = Shape.Mistake(path: source, message: error.message, cure: error.cure)
      mistakes.append(mistake)
      if error.isUnset { unset.append(mistake) }
      return .string("")
    }
  }

  /// A value of the configuration that is a number or a boolean elsewhere is one here too.
  private mutating func reading(_ text: String, _ path: JSONPath, _ source: JSONPath) -> Value {
    guard let (kind, other) = merge.kinds[path], kind == "number" || kind == "boolean" else { return .string(text) }
    if let value = try? JSON.decode(text), kind == "number" ? value.number != nil : value.bool != nil { return value }
    mistakes.append(
      Shape.Mistake(
        path: source, message: "is \(JSON.encode(.string(text))), and \(other.text) is \(Merge.phrase(kind))"))
    return .string(text)
  }

  private mutating func note(_ path: JSONPath, _ value: Value, _ uses: [Interpolation.Use]) {
    let source = merge.origins.nearest(to: path)
    var environment: String?
    if case .key("environments")? = source.steps.first, case .key(let name)? = source.steps.dropFirst().first {
      environment = name
    }
    origins.append(
      Settings.Origin(
        path: path, value: value, place: merge.document.place(ofKey: source), environment: environment, uses: uses))
  }
}
