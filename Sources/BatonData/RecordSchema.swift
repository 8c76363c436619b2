import BatonModel

/// What synthetic records look like.
///
/// ```json
/// { "rows": 1000, "edge_cases": 0.02, "fields": [
///     { "name": "id", "kind": "sequence" }, { "name": "name", "kind": "name" },
///     { "name": "email", "kind": "email", "from": "name" },
///     { "name": "born", "kind": "date", "min": "1950-01-01", "max": "2005-12-31" },
///     { "name": "joined", "kind": "date", "after": "born", "min": 6570, "max": 20000 },
///     { "name": "country", "kind": "choice", "of": ["DE", "FR"], "weights": [3, 1] },
///     { "name": "city", "kind": "city", "from": "country" }, { "name": "plan", "kind": "choice", "of": ["free", "pro"] } ] }
/// ```
public struct RecordSchema: Sendable {
  public enum Kind: Sendable, Hashable {
    /// 1, 2, 3, …
    case sequence(start: Int64)
    case integer(ClosedRange<Int64>)
    /// With so many digits behind the point.
    case decimal(ClosedRange<Int64>, digits: Int)
    case boolean
    case choice([Value], weights: [UInt64])
    case firstName
    case lastName
    case name
    /// Of another field's name, or of one of its own.
    case email(from: String?)
    /// `Rosa-Vogel-Street 12`.
    case street
    /// A city of the country that another field names by its two letters, or of any.
    case city(from: String?)
    /// The postcode of the city that another field names.
    case postcode(from: String?)
    case country
    case phone
    case date(min: Int, max: Int)
    /// So many days after another field's date.
    case dateAfter(String, days: ClosedRange<Int64>)
    /// Version 4.
    case uuid
    /// So many words.
    case text(ClosedRange<Int64>)
    /// `A` a capital letter, `a` a small one, `#` a digit; `\` keeps what follows.
    case pattern(String)
  }

  public struct Field: Sendable {
    public var name: String
    public var kind: Kind
    /// How many of a million records have none.
    var emptyPerMillion: UInt64 = 0
  }

  public var fields: [Field] = []
  public var rows: Int?
  /// How many of a million texts are odd ones: empty, long, with quotes and line ends, in other scripts.
  var edgesPerMillion: UInt64 = 0

  private static let kinds = [
    "boolean", "choice", "city", "country", "date", "decimal", "email", "first_name", "integer", "last_name", "name",
    "pattern",
    "phone", "postcode", "sequence", "street", "text", "uuid",
  ]

  /// - Throws: all that is wrong with it, with its places.
  public init(json text: [UInt8], file: String) throws(Diagnostics) {
    let value: Value
    do throws(JSON.Failure) { value = try JSON.decode(text) } catch {
      let before = text.prefix(error.offset)
      throw Diagnostics([
        Diagnostic(
          error.message,
          at: SourcePlace(
            file: file, line: Int32(clamping: before.reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }),
            column: Int32(clamping: before.reversed().prefix { $0 != 0x0A }.count + 1)))
      ])
    }
    var reading = Reading(file: file)
    reading.read(value, into: &self)
    if !reading.mistakes.isEmpty { throw Diagnostics(reading.mistakes) }
  }

  private struct Reading {
    let file: String
    var mistakes: [Diagnostic] = []
    private var known: [String: Kind] = [:]

    init(file: String) { self.file = file }

    private mutating func wrong(_ path: String, _ message: String, _ cure: String? = nil) {
      mistakes.append(Diagnostic("\(path) \(message)", at: SourcePlace(file: file), cure: cure))
    }

    mutating func read(_ value: Value, into schema: inout RecordSchema) {
      for key in (value.map ?? [:]).keys.sorted() where !["edge_cases", "fields", "rows"].contains(key) {
        wrong("$.\(key)", "is no setting", Names.proposal(for: key, in: ["edge_cases", "fields", "rows"]))
      }
      if let rows = value["rows"] {
        schema.rows = rows.integer.flatMap { (0...1_000_000_000_000).contains($0) ? Int($0) : nil }
        if schema.rows == nil { wrong("$.rows", "must be a whole number, not \(JSON.encode(rows))") }
      }
      if let edges = value["edge_cases"] { schema.edgesPerMillion = share(edges, "$.edge_cases") }
      guard let fields = value["fields"]?.list, !fields.isEmpty else {
        return wrong("$.fields", "must be a list such as [{\"name\": \"id\", \"kind\": \"sequence\"}]")
      }
      for (index, field) in fields.enumerated() { self.field(field, "$.fields[\(index)]", &schema) }
    }

    private mutating func share(_ value: Value, _ path: String) -> UInt64 {
      guard let share = value.number, (0...1).contains(share) else {
        wrong(path, "must be a share from 0 to 1, not \(JSON.encode(value))")
        return 0
      }
      return UInt64(share * 1_000_000)
    }

    private mutating func field(_ value: Value, _ path: String, _ schema: inout RecordSchema) {
      guard let name = value["name"]?.string, !name.isEmpty else { return wrong("\(path).name", "is missing") }
      if known[name] != nil { wrong("\(path).name", "is there twice: \"\(name)\"") }
      guard let word = value["kind"]?.string else {
        return wrong("\(path).kind", "is missing", "one of \(RecordSchema.kinds.joined(separator: ", "))")
      }
      guard RecordSchema.kinds.contains(word) else {
        return wrong(
          "\(path).kind", "is unknown: \"\(word)\"",
          Names.proposal(for: word, in: RecordSchema.kinds) ?? "one of \(RecordSchema.kinds.joined(separator: ", "))")
      }
      let before = mistakes.count
      let allowed = Self.settings(of: word)
      for key in (value.map ?? [:]).keys.sorted()
      where !["name", "kind", "empty"].contains(key) && !allowed.contains(key) {
        wrong(
          "\(path).\(key)", "is no setting of \"\(word)\"",
          Names.proposal(for: key, in: allowed) ?? (allowed.isEmpty ? nil : "known: \(allowed.joined(separator: ", "))")
        )
      }
      let kind = kind(word, value, path)
      var field = Field(name: name, kind: kind ?? .boolean)
      if let empty = value["empty"] { field.emptyPerMillion = share(empty, "\(path).empty") }
      known[name] = kind ?? .boolean
      if mistakes.count == before, kind != nil { schema.fields.append(field) }
    }

    private static func settings(of kind: String) -> [String] {
      switch kind {
      case "sequence": ["start"]
      case "integer", "text": ["max", "min"]
      case "decimal": ["digits", "max", "min"]
      case "choice": ["of", "weights"]
      case "email", "city", "postcode": ["from"]
      case "date": ["after", "max", "min"]
      case "pattern": ["pattern"]
      default: []
      }
    }

    private mutating func integer(_ value: Value, _ key: String, _ path: String, _ standard: Int64) -> Int64 {
      guard let given = value[key] else { return standard }
      if let number = given.integer, abs(Double(number)) <= 1e15 { return number }
      wrong("\(path).\(key)", "must be a whole number, not \(JSON.encode(given))")
      return standard
    }

    private mutating func range(_ value: Value, _ path: String, _ standard: ClosedRange<Int64>) -> ClosedRange<Int64> {
      let low = integer(value, "min", path, standard.lowerBound)
      let high = integer(value, "max", path, max(standard.upperBound, low))
      guard low <= high else {
        wrong("\(path).max", "is below \"min\"")
        return standard
      }
      return low...high
    }

    private mutating func other(_ value: Value, _ key: String, _ path: String, _ suits: (Kind) -> Bool, _ what: String)
      -> String?
    {
      guard let given = value[key] else { return nil }
      guard let name = given.string, let kind = known[name] else {
        wrong(
          "\(path).\(key)", "must name a field that stands before it, not \(JSON.encode(given))",
          given.string.flatMap { Names.proposal(for: $0, in: known.keys.sorted()) })
        return nil
      }
      if !suits(kind) { wrong("\(path).\(key)", "must name \(what), and \"\(name)\" is none") }
      return name
    }

    private mutating func kind(_ word: String, _ value: Value, _ path: String) -> Kind? {
      switch word {
      case "sequence": return .sequence(start: integer(value, "start", path, 1))
      case "integer": return .integer(range(value, path, 0...1_000_000))
      case "decimal":
        let digits = integer(value, "digits", path, 2)
        guard (1...6).contains(digits) else {
          wrong("\(path).digits", "must be from 1 to 6")
          return nil
        }
        return .decimal(range(value, path, 0...1000), digits: Int(digits))
      case "boolean": return .boolean
      case "choice": return choice(value, path)
      case "first_name": return .firstName
      case "last_name": return .lastName
      case "name": return .name
      case "email":
        return .email(
          from: other(value, "from", path, { [.name, .firstName, .lastName].contains($0) }, "a field with names"))
      case "street": return .street
      case "city":
        return .city(
          from: other(
            value, "from", path,
            { if case .choice = $0 { true } else { $0 == .country } }, "a field with countries"))
      case "postcode":
        return .postcode(
          from: other(value, "from", path, { if case .city = $0 { true } else { false } }, "a field with cities"))
      case "country": return .country
      case "phone": return .phone
      case "date": return date(value, path)
      case "uuid": return .uuid
      case "text":
        let words = range(value, path, 3...12)
        guard words.upperBound <= Self.longestText else {
          wrong("\(path).max", "must be at most \(Self.longestText) words, not \(words.upperBound)")
          return nil
        }
        return .text(words)
      default:
        guard let pattern = value["pattern"]?.string, !pattern.isEmpty else {
          wrong("\(path).pattern", "is missing", "for example \"AA-####\"")
          return nil
        }
        return .pattern(pattern)
      }
    }

    /// Of one text, in words.
    private static let longestText: Int64 = 10_000

    private mutating func choice(_ value: Value, _ path: String) -> Kind? {
      guard let items = value["of"]?.list, !items.isEmpty, items.allSatisfy({ $0.isPlain || $0 == .null }) else {
        wrong("\(path).of", "must be a list of plain values")
        return nil
      }
      guard let given = value["weights"] else { return .choice(items, weights: items.map { _ in 1 }) }
      let weights = (given.list ?? []).compactMap(\.integer).filter { (0...1_000_000).contains($0) }.map(UInt64.init)
      guard weights.count == items.count, weights.contains(where: { $0 > 0 }) else {
        wrong("\(path).weights", "must be \(items.count) whole numbers from 0 to 1000000, not all 0")
        return nil
      }
      return .choice(items, weights: weights)
    }

    private mutating func date(_ value: Value, _ path: String) -> Kind? {
      if value["after"] != nil {
        let from = other(
          value, "after", path,
          {
            switch $0 {
            case .date, .dateAfter: true
            default: false
            }
          }, "a field with dates")
        let days = range(value, path, 1...365)
        guard (-1_000_000...1_000_000).contains(days.lowerBound), (-1_000_000...1_000_000).contains(days.upperBound)
        else {
          wrong(path, "is more than a million days away")
          return nil
        }
        return from.map { .dateAfter($0, days: days) }
      }
      func day(_ key: String, _ standard: String) -> CivilDay? {
        let text = value[key]?.string ?? (value[key] == nil ? standard : "")
        return Array(text.utf8).withUnsafeBytes { $0.count == 10 ? CivilDay($0) : nil }
      }
      guard let low = day("min", "1970-01-01"), let high = day("max", "2030-12-31"), low.number <= high.number else {
        wrong(path, "must have \"min\" and \"max\" as YYYY-MM-DD, the earlier first")
        return nil
      }
      return .date(min: low.number, max: high.number)
    }
  }
}
