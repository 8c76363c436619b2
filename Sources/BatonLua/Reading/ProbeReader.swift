import BatonModel

/// Reads `probe.http { url = … }` and its kin.
struct ProbeReader {
  let reader: FieldReader

  private static let common = ["interval", "retries", "start_period", "timeout"]
  /// What each kind has besides; the first may stand without its name.
  private static let fields: [String: [String]] = [
    "command": ["run"], "tcp": ["port", "host"], "http": ["url", "status", "body", "json"], "log": ["text"],
    "sql": ["url", "query", "expect"],
  ]

  func read(_ item: LuaItem, _ path: [PathKey]) -> ProbeSpec? {
    guard case .object("probe", .table(let payload)) = item, let kind = payload.items.first?.string,
      let known = Self.fields[kind]
    else {
      reader.wrong(path, expected: "a probe such as probe.tcp(service.port.http)", got: item)
      return nil
    }
    let spec = payload.items.count > 1 ? payload.items[1] : .null
    var fields: [LuaTable.Field] = []
    // A list is a command, everything else with names is a table of fields.
    if case .table(let table) = spec, table.items.isEmpty {
      if let stray = table.strays.first {
        reader.error("a field's name must be a string, not \(stray)", path)
        return nil
      }
      fields = table.fields
    } else {
      fields = [LuaTable.Field(known[0], spec)]
    }
    for field in fields where !known.contains(field.key) && !Self.common.contains(field.key) {
      reader.unknown(path, field.key, among: known + Self.common)
    }
    func value(_ name: String) -> LuaItem? { fields.first { $0.key == name }?.value }
    guard let found = self.kind(kind, value, path) else { return nil }
    var probe = ProbeSpec(found)
    if let item = value("interval") { probe.interval = reader.positiveSpan(item, path + [.name("interval")]) }
    if let item = value("timeout") {
      probe.timeout = reader.positiveSpan(item, path + [.name("timeout")]) ?? probe.timeout
    }
    if let item = value("start_period") {
      probe.startPeriod = reader.span(item, path + [.name("start_period")]) ?? probe.startPeriod
    }
    if let item = value("retries") {
      let retries = reader.integer(
        item, path + [.name("retries")], in: 1...1_000_000, expected: "an integer from 1 on")
      probe.retries = retries.map { Int($0) } ?? probe.retries
    }
    return probe
  }

  private func kind(_ kind: String, _ value: (String) -> LuaItem?, _ path: [PathKey]) -> ProbeSpec.Kind? {
    func needed(_ name: String) -> LuaItem? {
      if let item = value(name), item != .null { return item }
      reader.error("probe.\(kind) needs \"\(name)\"", path, code: "B006")
      return nil
    }
    func template(_ name: String) -> Template? { value(name).flatMap { reader.template($0, path + [.name(name)]) } }
    switch kind {
    case "command":
      guard let item = needed("run") else { return nil }
      if case .function = item {
        reader.error("what a probe runs can't be a function", path)
        return nil
      }
      return reader.command(item, path + [.name("run")]).map { .command($0) }
    case "tcp":
      guard let item = needed("port"), let port = reader.template(item, path + [.name("port")]) else { return nil }
      if case .plain(let text) = port, !(Int(text).map { (1...65_535).contains($0) } ?? false) {
        reader.wrong(path + [.name("port")], expected: "a number from 1 to 65535", got: item)
        return nil
      }
      return .tcp(host: template("host") ?? .plain("127.0.0.1"), ports: [port])
    case "http":
      guard let item = needed("url"), let url = reader.template(item, path + [.name("url")]) else { return nil }
      if case .plain(let text) = url, !text.hasPrefix("http://"), !text.hasPrefix("https://") {
        reader.error("\"url\" is no address of the web: \"\(text)\"", path, cure: "http://… or https://…")
        return nil
      }
      return .http(
        url: url, statuses: statuses(value("status"), path), contains: template("body"), json: json(value, path))
    case "log":
      guard let item = needed("text"), let text = reader.template(item, path + [.name("text")]) else { return nil }
      return .log(text)
    default:
      guard let item = needed("url"), let url = reader.template(item, path + [.name("url")]) else { return nil }
      return .sql(url: url, query: template("query") ?? .plain("select 1"), expect: template("expect"))
    }
  }

  private func statuses(_ item: LuaItem?, _ path: [PathKey]) -> [Int64] {
    guard let item else { return [] }
    let place = path + [.name("status")]
    let expected = "a status such as 200 or a list of them"
    return (reader.list(item, place, expected: expected) ?? []).compactMap { item, path in
      reader.integer(item, path, in: 100...599, expected: expected)
    }
  }

  private func json(_ value: (String) -> LuaItem?, _ path: [PathKey]) -> [String: Expr] {
    guard let item = value("json") else { return [:] }
    let place = path + [.name("json")]
    var found: [String: Expr] = [:]
    for field in reader.fields(item, place, expected: "a table such as { status = \"ok\" }") ?? [] {
      found[field.key] = reader.expr(field.value, place + [.name(field.key)])
    }
    return found
  }
}
