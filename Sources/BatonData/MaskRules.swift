import BatonModel

/// What is done with each column or field of a file.
///
/// ```json
/// { "columns": { "id": "shape", "email": "email", "name": "name", "born": { "date": 90, "by": "id" },
///                "note": "text", "salary": "redact", "country": "keep" } }
/// ```
///
/// Every column has to be named, or `"*"`: what nobody thought of is not let through.
public struct MaskRules: Sendable {
  public enum Method: Sendable, Hashable {
    /// As it is.
    case keep
    /// An empty text; `null` in JSON.
    case empty
    /// `***`.
    case redact
    /// Letters become letters, digits digits.
    case shape
    /// `xxxx.xxx@xxxxx.example`: the local part and the domain by their shapes, in a domain that nobody has (RFC 2606).
    case email
    /// Names of people: each word another name.
    case name
    /// 32 hexadecimal digits.
    case token
    /// A date `YYYY-MM-DD`, what follows it kept, moved by 1 to so many days, forth or back. By the value of another column: all
    /// dates of one person by the same.
    case date(days: Int, by: String?)
    /// A text in which e-mail addresses, numbers of five digits and more, and what the row's other masked columns hold are replaced.
    case text
  }

  /// Column, or way into an object (`address.city`) → method.
  public var columns: [String: Method] = [:]
  /// Way to an object of JSON → what becomes of the names in it, where these are data themselves:
  /// `{ "keys": "email", "values": "keep" }`.
  public var keys: [String: Method] = [:]
  /// Of columns that are not named; nil: that is a mistake.
  public var standard: Method?

  static let words = ["date", "email", "empty", "keep", "name", "redact", "shape", "text", "token"]

  /// - Parameter file: as messages name it.
  /// - Throws: all that is wrong with it, with their paths.
  public init(json text: [UInt8], file: String) throws(Diagnostics) {
    let value: Value
    do throws(JSON.Failure) { value = try JSON.decode(text) } catch {
      let before = text.prefix(error.offset)
      let line = before.reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
      let column = before.reversed().prefix { $0 != 0x0A }.count + 1
      throw Diagnostics([
        Diagnostic(
          error.message, at: SourcePlace(file: file, line: Int32(clamping: line), column: Int32(clamping: column)))
      ])
    }
    try self.init(value, file: file)
  }

  public init(_ value: Value, file: String) throws(Diagnostics) {
    var mistakes: [Diagnostic] = []
    func wrong(_ path: String, _ message: String, _ cure: String? = nil) {
      mistakes.append(Diagnostic("\(path) \(message)", at: SourcePlace(file: file), cure: cure))
    }
    for key in (value.map ?? [:]).keys.sorted() where key != "columns" {
      wrong("$.\(key)", "is no setting", Names.proposal(for: key, in: ["columns"]) ?? "known: columns")
    }
    guard let columns = value["columns"]?.map else {
      wrong("$.columns", "must be an object such as {\"email\": \"email\", \"id\": \"shape\"}")
      throw Diagnostics(mistakes)
    }
    for (name, rule) in columns.sorted(by: { $0.key < $1.key }) {
      let path = "$.columns.\(name)"
      if let word = rule.string {
        guard let method = Self.method(word) else {
          wrong(
            path, "names no way of masking: \"\(word)\"",
            Names.proposal(for: word, in: Self.words) ?? "known: \(Self.words.joined(separator: ", "))")
          continue
        }
        set(name, method)
      } else if let fields = rule.map, let word = fields["keys"]?.string {
        for key in fields.keys.sorted() where key != "keys" && key != "values" {
          wrong("\(path).\(key)", "is no setting of names in an object", "known: keys, values")
        }
        let values = fields["values"].map { $0.string ?? JSON.encode($0) } ?? "keep"
        guard let method = Self.method(word), let inner = Self.method(values) else {
          wrong(path, "names no way of masking", "known: \(Self.words.joined(separator: ", "))")
          continue
        }
        keys[name] = method
        set(name, inner)
      } else if let fields = rule.map, let days = fields["date"]?.integer, (1...36_500).contains(days) {
        for key in fields.keys.sorted() where key != "date" && key != "by" {
          wrong("\(path).\(key)", "is no setting of a date", "known: date, by")
        }
        if let by = fields["by"], by.string == nil { wrong("\(path).by", "must be the name of a column") }
        set(name, .date(days: Int(days), by: fields["by"]?.string))
      } else {
        wrong(
          path,
          "must be one of \(Self.words.joined(separator: ", ")), {\"date\": DAYS, \"by\": COLUMN} or {\"keys\": WORD, \"values\": WORD}, not \(JSON.encode(rule).prefix(60))"
        )
      }
    }
    if !mistakes.isEmpty { throw Diagnostics(mistakes) }
  }

  private mutating func set(_ name: String, _ method: Method) {
    if name == "*" { standard = method } else { columns[name] = method }
  }

  private static func method(_ word: String) -> Method? {
    switch word {
    case "keep": .keep
    case "empty": .empty
    case "redact": .redact
    case "shape": .shape
    case "email": .email
    case "name": .name
    case "token": .token
    case "date": .date(days: 180, by: nil)
    case "text": .text
    default: nil
    }
  }

  /// The method of each column of a table, in its order.
  ///
  /// - Throws: what columns there are without a rule, and which rules have no column.
  func plan(_ header: [String], file: String) throws(BatonError) -> [Method] {
    if let name = keys.keys.sorted().first {
      throw BatonError(
        .usage, "\"\(name)\": a table has no names in an object", at: SourcePlace(file: file, line: 1),
        cure: "{\"keys\": …} is for JSON lines")
    }
    var seen: Set<String> = []
    for name in header where !seen.insert(name).inserted {
      throw BatonError(.usage, "the column \"\(name)\" is there twice", at: SourcePlace(file: file, line: 1))
    }
    let missing = header.filter { columns[$0] == nil }
    if standard == nil, !missing.isEmpty {
      throw BatonError(
        .usage, "no rule says what is done with \(missing.prefix(10).map { "\"\($0)\"" }.joined(separator: ", "))",
        at: SourcePlace(file: file, line: 1),
        cure: "name them, as \"keep\" where they tell nothing; \"*\" stands for all others")
    }
    for name in columns.keys.sorted() where !seen.contains(name) {
      throw BatonError(
        .usage, "there is no column \"\(name)\", which the rules name", at: SourcePlace(file: file, line: 1),
        cure: Names.proposal(for: name, in: header) ?? "there are \(header.prefix(20).joined(separator: ", "))")
    }
    for case .date(_, let by?) in columns.values where !seen.contains(by) {
      throw BatonError(
        .usage, "there is no column \"\(by)\", by which a date is to be moved", at: SourcePlace(file: file, line: 1))
    }
    return header.map { columns[$0] ?? standard ?? .keep }
  }
}
