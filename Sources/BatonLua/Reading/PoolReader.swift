import BatonModel

/// Reads `pool "name" {…}`, and what a step says of its `lease`.
struct PoolReader {
  let reader: FieldReader

  private static let poolFields = ["check", "members", "pick", "quarantine"]
  private static let memberFields = ["name", "priority", "units"]
  private static let leaseFields = ["affinity", "ttl", "wait", "wants"]
  private static let mostMembers = 10_000

  /// A pool, a pool with what is asked of it, or a list of these.
  func leases(_ item: LuaItem, _ path: [PathKey]) -> [LeaseSpec]? {
    if case .object("pool", _) = item { return pool(item, path).map { [LeaseSpec(pool: $0)] } }
    guard case .table(let table) = item, let first = table.items.first else {
      reader.wrong(path, expected: Self.expected, got: item)
      return nil
    }
    if case .object("pool", _) = first, !table.fields.isEmpty || table.items.count == 1 {
      return lease(table, path).map { [$0] }
    }
    var found: [LeaseSpec] = []
    for (position, item) in table.items.enumerated() {
      let place = path + [.index(Int64(position + 1))]
      switch item {
      case .object("pool", _): if let pool = pool(item, place) { found.append(LeaseSpec(pool: pool)) }
      case .table(let inner): if let lease = lease(inner, place) { found.append(lease) }
      default: reader.wrong(place, expected: Self.expected, got: item)
      }
    }
    for field in table.fields { reader.unknown(path, field.key, among: []) }
    let names = found.map(\.pool.name)
    for (position, name) in names.enumerated() where names[..<position].contains(name) {
      reader.error("a step leases one member of a pool: \"\(name)\" stands here twice", path)
    }
    return found
  }

  private static let expected = "a pool, such as pool \"device\" { members = {…} }"

  private func lease(_ table: LuaTable, _ path: [PathKey]) -> LeaseSpec? {
    guard table.items.count == 1, let pool = pool(table.items[0], path) else {
      if table.items.count != 1 {
        reader.error(
          "a pool stands first, and what is asked of it behind it", path, cure: "lease = { device, ttl = \"5m\" }")
      }
      return nil
    }
    var lease = LeaseSpec(pool: pool)
    for field in table.fields {
      let place = path + [.name(field.key)]
      switch field.key {
      case "ttl": lease.ttl = ttl(field.value, place) ?? lease.ttl
      case "wait": lease.wait = reader.span(field.value, place)
      case "affinity": lease.affinity = reader.string(field.value, place, expected: "a text that stays the same")
      case "wants": lease.wants = facts(field.value, place)
      default: reader.unknown(path, field.key, among: Self.leaseFields)
      }
    }
    for (name, value) in lease.wants.sorted(by: { $0.key < $1.key }) {
      let known = Set(pool.members.flatMap(\.fields.keys))
      if !known.contains(name) {
        let cure = Names.proposal(for: name, in: known.sorted()) ?? "known: \(known.sorted().joined(separator: ", "))"
        reader.error("no member of \"\(pool.name)\" has a field \"\(name)\"", path, cure: cure)
      } else if !pool.members.contains(where: { lease.fits($0) }) {
        reader.error("no member of \"\(pool.name)\" has what \"wants\" asks for: \(name) = \(value.text)", path)
        break
      }
    }
    return lease
  }

  private func ttl(_ item: LuaItem, _ path: [PathKey]) -> Span? {
    guard let span = reader.positiveSpan(item, path) else { return nil }
    if span >= Span(seconds: 1) { return span }
    reader.error("\"ttl\" is a second at least: it is renewed three times within it", path)
    return nil
  }

  // MARK: The pool

  private func pool(_ item: LuaItem, _ path: [PathKey]) -> PoolSpec? {
    guard case .object("pool", .table(let payload)) = item, payload.items.count > 1 else {
      reader.wrong(path, expected: Self.expected, got: item)
      return nil
    }
    guard let name = payload.items[0].string, Names.isValid(name) else {
      reader.error("the name of a pool: \(Definition.invalid(payload.items[0].string ?? ""))", path)
      return nil
    }
    guard case .table(let table) = payload.items[1], table.items.isEmpty else {
      reader.wrong(path, expected: Self.expected, got: payload.items[1])
      return nil
    }
    var pool = PoolSpec(name: name, members: [])
    for field in table.fields {
      let place = path + [.name(field.key)]
      switch field.key {
      case "members": pool.members = members(field.value, place)
      case "check": check(field.value, place, &pool)
      case "pick": pool.pick = reader.choice(field.value, place, PoolSpec.Pick.self) ?? pool.pick
      case "quarantine": pool.quarantine = reader.positiveSpan(field.value, place) ?? pool.quarantine
      default: reader.unknown(path, field.key, among: Self.poolFields)
      }
    }
    if pool.members.isEmpty {
      reader.error(
        "the pool \"\(name)\" has no members", path,
        cure: "such as members = { \"one\", { name = \"two\", os = \"android\" } }")
      return nil
    }
    return pool
  }

  private func members(_ item: LuaItem, _ path: [PathKey]) -> [PoolSpec.Member] {
    let expected = "a list of names, or of tables such as { name = \"one\" }"
    var found: [PoolSpec.Member] = []
    let items = reader.list(item, path, expected: expected) ?? []
    if items.count > Self.mostMembers {
      reader.error("a pool has at most \(Self.mostMembers) members, this one has \(items.count)", path)
      return []
    }
    var known: Set<String> = []
    for (item, path) in items {
      guard let member = member(item, path, expected) else { continue }
      if known.insert(member.name).inserted {
        found.append(member)
      } else {
        reader.error("there are two members of the name \"\(member.name)\"", path)
      }
    }
    return found
  }

  private func member(_ item: LuaItem, _ path: [PathKey], _ expected: String) -> PoolSpec.Member? {
    if let name = item.string { return valid(name, path).map { PoolSpec.Member(name: $0) } }
    guard let fields = reader.fields(item, path, expected: expected) else { return nil }
    guard let name = fields.first(where: { $0.key == "name" })?.value.string else {
      reader.error("a member needs a name", path, code: "B006")
      return nil
    }
    guard var member = valid(name, path).map({ PoolSpec.Member(name: $0) }) else { return nil }
    for field in fields where field.key != "name" {
      let place = path + [.name(field.key)]
      switch field.key {
      case "units":
        member.units =
          reader.integer(field.value, place, in: 1...1_000_000, expected: "an integer from 1 on").map { Int($0) } ?? 1
      case "priority":
        member.priority =
          reader.integer(field.value, place, in: -1_000_000...1_000_000, expected: "an integer") ?? 0
      case "token": reader.error("\"token\" is the number of the lease", place)
      default: if let value = fact(field.value, place) { member.fields[field.key] = value }
      }
    }
    return member
  }

  private func valid(_ name: String, _ path: [PathKey]) -> String? {
    if Names.isValid(name) { return name }
    reader.error("the name of a member: \(Definition.invalid(name))", path)
    return nil
  }

  private func facts(_ item: LuaItem, _ path: [PathKey]) -> [String: Value] {
    var found: [String: Value] = [:]
    for field in reader.fields(item, path, expected: "a table such as { os = \"android\", ram = 8 }") ?? [] {
      found[field.key] = fact(field.value, path + [.name(field.key)])
    }
    return found
  }

  private func fact(_ item: LuaItem, _ path: [PathKey]) -> Value? {
    switch item {
    case .string(let text): return .string(text)
    case .integer(let number): return .integer(number)
    case .number(let number) where number.isFinite: return .number(number)
    case .bool(let flag): return .bool(flag)
    default:
      reader.wrong(path, expected: "a text, a number, true or false", got: item)
      return nil
    }
  }

  private func check(_ item: LuaItem, _ path: [PathKey], _ pool: inout PoolSpec) {
    guard let probe = ProbeReader(reader: reader).read(item, path) else { return }
    guard case .command(let command) = probe.kind else {
      reader.error(
        "a pool is checked by a command, which finds the member in its environment", path,
        cure: "check = probe.command \"curl -fsS $LEASE_\(pool.name.uppercased())_URL\"")
      return
    }
    pool.checkTimeout = probe.timeout
    switch command {
    case .shell(.plain(let text)): pool.check = StepOptions.standardShell + [text]
    case .program(let words):
      pool.check = words.compactMap { if case .plain(let text) = $0 { text } else { nil } }
      if pool.check?.count == words.count { return }
      fallthrough
    default: reader.error("a pool is checked whatever steps have done: its check can't hold refs or secrets", path)
    }
  }
}
