import BatonModel

/// Makes synthetic records. The same schema and seed give the same bytes on every machine: all is whole-number arithmetic, and what a
/// field of a row is depends on the seed, its name and the row's number alone, so that new fields do not change others, and any part of
/// the rows can be made by itself.
public struct Generator {
  /// Changes whenever the same seed gives other records.
  public static let layout = 1
  private let schema: RecordSchema
  private let seeds: [UInt64]
  private let places: [String: Int]

  public init(_ schema: RecordSchema, seed: UInt64) {
    self.schema = schema
    seeds = schema.fields.map { field in
      var random = SplitMix(state: seed)
      var hash: UInt64 = 14_695_981_039_346_656_037 ^ random.next()
      for byte in field.name.utf8 { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
      return hash
    }
    places = Dictionary(
      schema.fields.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
  }

  /// SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators").
  struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var word = state
      word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
      word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
      return word ^ word >> 31
    }

    /// Below `limit`; what its bias is, nobody sees (limit ≪ 2⁶⁴).
    mutating func below(_ limit: UInt64) -> UInt64 { limit == 0 ? 0 : next().multipliedFullWidth(by: limit).high }

    mutating func within(_ range: ClosedRange<Int64>) -> Int64 {
      range.lowerBound &+ Int64(truncatingIfNeeded: below(UInt64(range.upperBound - range.lowerBound) + 1))
    }

    mutating func pick<Item>(_ items: [Item]) -> Item { items[Int(below(UInt64(items.count)))] }
  }

  /// Writes rows from a number on.
  public func write(_ format: DataFormat, rows: Int, from first: Int = 0, to sink: ByteSink, separator: UInt8 = 0x2C)
    throws(BatonError)
  {
    if format == .sql {
      throw BatonError(
        .usage, "records are made as CSV or JSON lines, not as SQL", cure: "--format csv, and COPY … FROM")
    }
    if format == .csv {
      for (index, field) in schema.fields.enumerated() {
        if index > 0 { sink.bytes.append(separator) }
        Array(field.name.utf8).withUnsafeBytes { CSVText.append($0, separator: separator, to: &sink.bytes) }
      }
      sink.bytes.append(0x0A)
    }
    for row in first..<(first + rows) {
      let values = record(row)
      switch format {
      case .csv:
        for (index, value) in values.enumerated() {
          if index > 0 { sink.bytes.append(separator) }
          Array(value.text.utf8).withUnsafeBytes { CSVText.append($0, separator: separator, to: &sink.bytes) }
        }
        if values.count == 1, values[0].text.isEmpty { sink.bytes.append(contentsOf: [0x22, 0x22]) }
      case .jsonl, .sql:
        let fields = zip(schema.fields, values).map { ($0.name, $1) }
        JSON.append(.map(Dictionary(fields, uniquingKeysWith: { first, _ in first })), to: &sink.bytes)
      }
      sink.bytes.append(0x0A)
      try sink.passOn()
    }
    try sink.finish()
  }

  /// The values of a row, in the order of the fields.
  public func record(_ row: Int) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(schema.fields.count)
    for (index, field) in schema.fields.enumerated() {
      var random = SplitMix(state: seeds[index] &+ UInt64(truncatingIfNeeded: row) &* 0xD1B5_4A32_D192_ED03)
      _ = random.next()
      if field.emptyPerMillion > 0, random.below(1_000_000) < field.emptyPerMillion {
        values.append(.null)
        continue
      }
      if schema.edgesPerMillion > 0, field.kind.isText, random.below(1_000_000) < schema.edgesPerMillion {
        values.append(.string(random.pick(Self.edges)))
        continue
      }
      values.append(value(field.kind, row, values, &random))
    }
    return values
  }

  private func other(_ name: String?, _ values: [Value]) -> String? {
    name.flatMap { places[$0] }.flatMap { $0 < values.count ? values[$0].string : nil }
  }

  private func value(_ kind: RecordSchema.Kind, _ row: Int, _ values: [Value], _ random: inout SplitMix) -> Value {
    switch kind {
    case .sequence(let start): return .integer(start &+ Int64(row))
    case .integer(let range): return .integer(random.within(range))
    case .decimal(let range, let digits):
      var scale: Int64 = 1
      for _ in 0..<digits { scale *= 10 }
      let whole = random.within(range.lowerBound...max(range.lowerBound, range.upperBound - 1))
      let part = String(random.below(UInt64(scale)))
      // The text of a decimal number is the same everywhere; a binary one would be rounded.
      return Double("\(whole).\(String(repeating: "0", count: digits - part.count))\(part)").map(Value.number)
        ?? .integer(whole)
    case .boolean: return .bool(random.below(2) == 1)
    case .choice(let items, let weights):
      var rest = random.below(weights.reduce(0, +))
      for (item, weight) in zip(items, weights) {
        if rest < weight { return item }
        rest -= weight
      }
      return items[0]
    case .firstName: return .string(text(random.pick(NameLists.first)))
    case .lastName: return .string(text(random.pick(NameLists.last)))
    case .name: return .string(name(&random))
    case .email(let from):
      let base = other(from, values) ?? name(&random)
      let local = base.lowercased().utf8.map { $0.isLetterOrDigit ? $0 : UInt8(ascii: ".") }
      let host = random.pick(["example.com", "example.org", "example.net", "mail.example", "shop.example"])
      // Numbers tell those apart who have one name.
      return .string(
        "\(String(decoding: local.isEmpty ? Array("user".utf8) : local, as: UTF8.self).prefix(60))\(row % 10_000)@\(host)"
      )
    case .street:
      return .string(
        "\(text(random.pick(NameLists.last))) \(random.pick(["Street", "Road", "Lane", "Avenue", "Square"])) \(random.below(200) + 1)"
      )
    case .city(let from):
      let country = other(from, values)
      let cities = Places.cities.filter { country == nil || $0.country == country }
      return .string(random.pick(cities.isEmpty ? Places.cities : cities).name)
    case .postcode(let from):
      let city =
        other(from, values).flatMap { name in Places.cities.first { $0.name == name } } ?? random.pick(Places.cities)
      return .string(pattern(city.postcode, &random))
    case .country: return .string(random.pick(Places.countries))
    // Numbers of films and books (Ofcom, 07700 900000 to 900999; NANP 555-0100 to 0199).
    case .phone:
      return .string(pattern(random.pick(["+44 7700 900###", "+1 202 555 01##", "+1 415 555 01##"]), &random))
    case .date(let low, let high): return date(CivilDay(number: low + Int(random.below(UInt64(high - low + 1)))))
    case .dateAfter(let from, let days):
      let start =
        (other(from, values) ?? "").utf8.withContiguousStorageIfAvailable { CivilDay(UnsafeRawBufferPointer($0)) }
        ?? nil
      let first = start ?? CivilDay(number: 0)
      return date(first.adding(Int(random.within(days))) ?? first)
    case .uuid:
      var digits = pattern("xxxxxxxx-xxxx-4xxx-", &random, hexadecimal: true)
      digits += random.pick(["8", "9", "a", "b"]) + pattern("xxx-xxxxxxxxxxxx", &random, hexadecimal: true)
      return .string(digits)
    case .text(let range):
      return .string((0..<max(0, random.within(range))).map { _ in random.pick(Places.words) }.joined(separator: " "))
    case .pattern(let pattern): return .string(self.pattern(pattern, &random))
    }
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  private func name(_ random: inout SplitMix) -> String {
    "\(text(random.pick(NameLists.first))) \(text(random.pick(NameLists.last)))"
  }

  private func date(_ day: CivilDay) -> Value {
    var bytes: [UInt8] = []
    day.append(to: &bytes)
    return .string(text(bytes))
  }

  private func pattern(_ pattern: String, _ random: inout SplitMix, hexadecimal: Bool = false) -> String {
    var result: [UInt8] = []
    var isKept = false
    for byte in pattern.utf8 {
      if isKept {
        result.append(byte)
        isKept = false
        continue
      }
      switch byte {
      case UInt8(ascii: "x") where hexadecimal: result.append(Array("0123456789abcdef".utf8)[Int(random.below(16))])
      case UInt8(ascii: "#") where !hexadecimal: result.append(0x30 + UInt8(random.below(10)))
      case UInt8(ascii: "A") where !hexadecimal: result.append(0x41 + UInt8(random.below(26)))
      case UInt8(ascii: "a") where !hexadecimal: result.append(0x61 + UInt8(random.below(26)))
      case UInt8(ascii: "\\") where !hexadecimal: isKept = true
      default: result.append(byte)
      }
    }
    return text(result)
  }

  /// Texts that programs trip over.
  private static let edges: [String] = [
    "", " ", "null", "NULL", "undefined", "0", "-1", "00123", "1e309", "NaN", "true", "O'Brien", "\"quoted\"",
    "a,b;c\td", "two\nlines", "carriage\r\nreturn", "'; DROP TABLE users; --", "<script>alert(1)</script>", "${HOME}",
    "%s%n", "../../etc/passwd",
    "=1+1", "Zoë Åström", "Straße", "İstanbul", "Ωμέγα", "Привет", "مرحبا", "שלום", "日本語", "한국어", "👩‍👩‍👧‍👦", "e\u{301}",
    "\u{FEFF}bom", "\u{202E}rtl",
    String(repeating: "x", count: 1000),
  ]
}

extension RecordSchema.Kind {
  /// Whether odd texts may stand in its place.
  fileprivate var isText: Bool {
    switch self {
    case .firstName, .lastName, .name, .street, .text: true
    default: false
    }
  }
}

/// Places that exist, with what their postcodes look like.
enum Places {
  struct City: Sendable {
    var name: String
    var country: String
    var postcode: String
  }

  static let cities: [City] = [
    City(name: "Berlin", country: "DE", postcode: "10###"), City(name: "Hamburg", country: "DE", postcode: "20###"),
    City(name: "Munich", country: "DE", postcode: "80###"), City(name: "Cologne", country: "DE", postcode: "50###"),
    City(name: "Paris", country: "FR", postcode: "750##"), City(name: "Lyon", country: "FR", postcode: "6900#"),
    City(name: "Nantes", country: "FR", postcode: "44###"), City(name: "London", country: "GB", postcode: "SW# #AA"),
    City(name: "Leeds", country: "GB", postcode: "LS# #AA"), City(name: "Bristol", country: "GB", postcode: "BS# #AA"),
    City(name: "New York", country: "US", postcode: "100##"), City(name: "Chicago", country: "US", postcode: "606##"),
    City(name: "Seattle", country: "US", postcode: "981##"), City(name: "Madrid", country: "ES", postcode: "280##"),
    City(name: "Valencia", country: "ES", postcode: "460##"), City(name: "Rome", country: "IT", postcode: "001##"),
    City(name: "Milan", country: "IT", postcode: "201##"), City(name: "Vienna", country: "AT", postcode: "1##0"),
    City(name: "Zurich", country: "CH", postcode: "80##"), City(name: "Amsterdam", country: "NL", postcode: "10## AA"),
    City(name: "Warsaw", country: "PL", postcode: "0#-###"), City(name: "Lisbon", country: "PT", postcode: "1###-###"),
    City(name: "Stockholm", country: "SE", postcode: "11# ##"),
    City(name: "Tokyo", country: "JP", postcode: "1##-####"),
  ]
  static let countries = ["AT", "CH", "DE", "ES", "FR", "GB", "IT", "JP", "NL", "PL", "PT", "SE", "US"]
  static let words = NameLists.list(
    """
    about account after again always amount answer before between blue book bright broken carry change city clear close cold \
    corner count cover cross early earth enough even every field final first follow form garden glass green ground group happen \
    heavy high hour house island keep kind large later leave letter light little long make market matter measure middle morning \
    mountain move music near never night north number ocean often open order other paper part pattern place plant point power \
    present quick quiet reach ready record river road round sail season second sharp short simple small sound south spring stone \
    story summer table thin three time travel turn under valley voice walk warm water weather west wheel white wind winter wood word
    """
  ).map { String(decoding: $0, as: UTF8.self) }
}
