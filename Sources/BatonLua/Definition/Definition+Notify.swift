import BatonModel

/// A channel of notifications: the constructor that scripts call, and its settings.
struct ChannelRule: Sendable {
  enum Setting: Sendable {
    /// A string, with refs and secrets.
    case text
    /// A string or a list of strings.
    case command
    /// Name → string.
    case texts
    /// Anything.
    case any
  }

  var settings: [String: Setting]
  /// The setting that must be given, and that a plain string stands for: `webhook "https://…"`.
  var main: String

  /// Every channel that the notifier has is named here.
  static let all: [String: ChannelRule] = [
    "webhook": ChannelRule(settings: ["url": .text, "method": .text, "headers": .texts, "body": .any], main: "url"),
    "command": ChannelRule(settings: ["run": .command], main: "run"),
  ]
}

extension Definition {
  static let notifyFields = ["on", "to", "message"]

  /// `notify "name" {…}`.
  func notify(_ name: LuaItem, _ spec: LuaItem, at place: SourcePlace) {
    let subject = subject("notify", name, place)
    let reader = FieldReader(definition: self, subject: subject)
    if !Names.isValid(subject.name) { mistakes.error("notify: \(Self.invalid(subject.name))", at: place) }
    if phase == .expanding {
      reader.error("a notification can't be declared in a matrix over values that are known later")
      return
    }
    var notification = NotificationSpec(
      name: scopes[scope].prefix + subject.name, place: place, on: .moments([]), to: [])
    if let other = notifications.first(where: { $0.name == notification.name }) {
      mistakes.error(
        "notify \"\(notification.name)\" is declared twice", at: place, cure: "the first is at \(other.place.text)")
    }
    guard case .table(let table) = fields(name, spec) else {
      reader.error("its fields must be a table, not \(spec.phrase)", cure: "notify \"name\" { on = …, to = … }")
      return
    }
    for index in table.items.indices {
      reader.error("a notification has no members", [.index(Int64(index + 1))])
    }
    for field in table.fields {
      let path = [PathKey.name(field.key)]
      switch field.key {
      case "on": notification.on = trigger(field.value, reader, path)
      case "to": notification.to = targets(field.value, reader, path)
      case "message": notification.message = message(field.value, reader, path)
      default: reader.unknown([], field.key, among: Self.notifyFields)
      }
    }
    if table["on"] == nil { reader.error("\"on\" is missing", cure: "such as on = { \"failed\", \"recovered\" }") }
    if table["to"] == nil { reader.error("\"to\" is missing", cure: "such as to = command \"notify-send\"") }
    notifications.append(notification)
  }

  private func trigger(_ item: LuaItem, _ reader: FieldReader, _ path: [PathKey]) -> NotificationSpec.Trigger {
    if case .function(let number) = item { return .callback(callback(number)) }
    let expected = "a moment such as \"failed\", a list of them or a function"
    var moments: [NotificationSpec.Moment] = []
    for (item, path) in reader.list(item, path, expected: expected) ?? [] {
      guard let moment = reader.choice(item, path, NotificationSpec.Moment.self) else { continue }
      if !moments.contains(moment) { moments.append(moment) }
    }
    return .moments(moments)
  }

  private func message(_ item: LuaItem, _ reader: FieldReader, _ path: [PathKey]) -> NotificationSpec.Message {
    if case .function(let number) = item { return .callback(callback(number)) }
    return reader.template(item, path).map(NotificationSpec.Message.text) ?? .standard
  }

  private func targets(_ item: LuaItem, _ reader: FieldReader, _ path: [PathKey]) -> [NotificationSpec.Target] {
    let expected = "a channel such as webhook { url = … }, or a list of them"
    guard let items = reader.list(item, path, expected: expected) else { return [] }
    if items.isEmpty { reader.error("\"to\" names no channel", path) }
    return items.compactMap { item, path in
      guard case .object("channel", .table(let payload)) = item, let name = payload.items.first?.string,
        let rule = ChannelRule.all[name]
      else {
        reader.wrong(path, expected: expected, got: item)
        return nil
      }
      let settings = payload.items.count > 1 ? payload.items[1] : .null
      return target(name, rule, settings, reader, path)
    }
  }

  private func target(
    _ name: String, _ rule: ChannelRule, _ item: LuaItem, _ reader: FieldReader, _ path: [PathKey]
  ) -> NotificationSpec.Target? {
    var table = LuaTable(items: [], fields: [], strays: [])
    switch item {
    case .table(let given) where given.items.isEmpty && given.strays.isEmpty: table = given
    case .string, .object("expr", _): table.fields = [LuaTable.Field(rule.main, item)]
    case .null, .bool, .integer, .number, .table, .function, .object:
      reader.error("\(name) takes a table such as { \(rule.main) = … }, not \(item.phrase)", path)
      return nil
    }
    var settings: [String: Expr] = [:]
    for field in table.fields {
      guard let setting = rule.settings[field.key] else {
        reader.error(
          "\(name) has no setting \"\(field.key)\"", path,
          cure: Names.proposal(for: field.key, in: rule.settings.keys)
            ?? "known: \(rule.settings.keys.sorted().joined(separator: ", "))")
        continue
      }
      if let value = read(setting, field.value, reader, path + [.name(field.key)]) { settings[field.key] = value }
    }
    if table[rule.main] == nil { reader.error("\(name) needs \"\(rule.main)\"", path) }
    return NotificationSpec.Target(channel: name, settings: settings)
  }

  private func read(
    _ setting: ChannelRule.Setting, _ item: LuaItem, _ reader: FieldReader, _ path: [PathKey]
  ) -> Expr? {
    switch setting {
    case .any: return reader.expr(item, path)
    case .text: return reader.template(item, path)?.expr
    case .texts: return reader.environment(item, path).map { .table($0.mapValues(\.expr)) }
    case .command:
      guard case .table = item else { return reader.template(item, path)?.expr }
      return reader.templates(item, path).map { .list($0.map(\.expr)) }
    }
  }
}
