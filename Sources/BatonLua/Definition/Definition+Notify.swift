import BatonModel

extension Definition {
  static let notifyFields = ["on", "to", "title", "message", "digest", "rate", "scope"]

  /// `notify "name" {…}`.
  func notify(_ name: LuaItem, _ spec: LuaItem, at place: SourcePlace) {
    let subject = subject("notify", name, place)
    let reader = FieldReader(definition: self, subject: subject)
    if !Names.isValid(subject.name) {
      mistakes.error("notify: \(Self.invalid(subject.name))", at: place, code: "B008")
    }
    if phase == .expanding {
      reader.error("a notification can't be declared in a matrix over values that are known later")
      return
    }
    var notification = NotificationSpec(
      name: scopes[scope].prefix + subject.name, place: place, on: .moments([]), to: [])
    if let other = notifications.first(where: { $0.name == notification.name }) {
      mistakes.error(
        "notify \"\(notification.name)\" is declared twice", at: place, cure: "the first is at \(other.place.text)",
        code: "B007")
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
      case "title": notification.title = message(field.value, reader, path)
      case "message": notification.message = message(field.value, reader, path)
      case "digest": notification.digest = reader.positiveSpan(field.value, path)
      case "rate": notification.rate = rate(field.value, reader, path)
      case "scope":
        notification.scope = reader.choice(field.value, path, NotificationSpec.Scope.self) ?? notification.scope
      default: reader.unknown([], field.key, among: Self.notifyFields)
      }
    }
    if table["on"] == nil { reader.error("\"on\" is missing", cure: "such as on = { \"failed\", \"recovered\" }") }
    if table["to"] == nil { reader.error("\"to\" is missing", cure: "such as to = command \"notify-send\"") }
    if table["scope"] == .string("project"), table["digest"] == nil, table["rate"] == nil {
      reader.error(
        "\"scope\" says over what \"digest\" and \"rate\" are reckoned, and there is neither", [.name("scope")],
        cure: "such as rate = \"1/8h\"")
    }
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

  private func rate(_ item: LuaItem, _ reader: FieldReader, _ path: [PathKey]) -> NotificationSpec.Rate? {
    if case .string(let text) = item, let rate = NotificationSpec.Rate(text) { return rate }
    reader.wrong(path, expected: "how many messages in how long, such as \"5/1h\"", got: item)
    return nil
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
        let kind = ChannelKind.named(name)
      else {
        reader.wrong(path, expected: expected, got: item)
        return nil
      }
      let settings = payload.items.count > 1 ? payload.items[1] : .null
      return target(kind, settings, reader, path)
    }
  }

  private func target(
    _ kind: ChannelKind, _ item: LuaItem, _ reader: FieldReader, _ path: [PathKey]
  ) -> NotificationSpec.Target? {
    func report(_ mistake: ChannelMistake, _ path: [PathKey]) {
      reader.error(mistake.message, path, cure: mistake.cure, code: "B017")
    }
    var table = LuaTable(items: [], fields: [], strays: [])
    switch (item, kind.main) {
    case (.table(let given), _) where given.items.isEmpty && given.strays.isEmpty: table = given
    case (.string, let main?), (.object("expr", _), let main?): table.fields = [LuaTable.Field(main, item)]
    default:
      let first = kind.main ?? kind.settings.first?.name ?? ""
      reader.error("\(kind.name) takes a table such as { \(first) = … }, not \(item.phrase)", path)
      return nil
    }
    var settings: [String: Expr] = [:]
    for field in table.fields {
      let place = path + [.name(field.key)]
      guard let setting = kind.settings.first(where: { $0.name == field.key }) else {
        report(kind.unknownSetting(field.key), place)
        continue
      }
      guard let value = read(setting, field.value, reader, place) else { continue }
      settings[field.key] = value
      if case .literal(let known) = value, let mistake = setting.mistake(in: known, of: kind.name) {
        report(mistake, place)
      }
    }
    if let mistake = kind.missing(given: table.fields.map(\.key)) { report(mistake, path) }
    return NotificationSpec.Target(channel: kind.name, settings: settings)
  }

  /// The value of a setting, by its shape.
  private func read(_ setting: ChannelSetting, _ item: LuaItem, _ reader: FieldReader, _ path: [PathKey]) -> Expr? {
    if setting.shapes.contains(.anyTable) { return reader.expr(item, path) }
    if setting.shapes.contains(.table) { return reader.environment(item, path).map { .table($0.mapValues(\.expr)) } }
    guard setting.shapes.contains(.list), case .table = item else { return reader.template(item, path)?.expr }
    return reader.templates(item, path).map { .list($0.map(\.expr)) }
  }
}
