import BatonModel

/// What a file of records is written in.
public enum DataFormat: String, Sendable, CaseIterable {
  case csv
  /// One JSON value a line.
  case jsonl
  /// A dump as `pg_dump` writes it.
  case sql

  /// By the file's name; nil: it tells nothing.
  public init?(path: String) {
    if path.hasSuffix(".csv") || path.hasSuffix(".tsv") {
      self = .csv
    } else if path.hasSuffix(".jsonl") || path.hasSuffix(".ndjson") {
      self = .jsonl
    } else if path.hasSuffix(".sql") {
      self = .sql
    } else {
      return nil
    }
  }
}

/// Masks files, record by record, in constant memory.
public struct MaskRun {
  public struct Summary: Sendable {
    public var rows = 0
    public var bytes = 0
    /// Values that were masked.
    public var masked = 0
  }

  let masker: Masker
  let rules: MaskRules

  public init(_ rules: MaskRules, key: MaskKey) {
    self.rules = rules
    masker = Masker(key)
  }

  public func run(_ format: DataFormat, from source: ByteSource, to sink: ByteSink, separator: UInt8? = nil)
    throws(BatonError) -> Summary
  {
    switch format {
    case .csv: return try csv(source, sink, separator ?? Self.separator(of: source.name))
    case .jsonl: return try jsonl(source, sink)
    case .sql: return try sql(source, sink)
    }
  }

  public static func separator(of name: String) -> UInt8 { name.hasSuffix(".tsv") ? 0x09 : UInt8(ascii: ",") }

  // MARK: CSV

  private func csv(_ source: ByteSource, _ sink: ByteSink, _ separator: UInt8) throws(BatonError) -> Summary {
    var reader = try CSVReader(source, separator: separator)
    var row = CSVReader.Row()
    var summary = Summary()
    guard try reader.next(&row) else {
      throw BatonError(.usage, "\(source.name) has no first line with the names of its columns")
    }
    let header = (0..<row.count).map { row.text($0) }
    let plan = try ColumnPlan(rules, header, file: source.name)
    var others = Neighbours()
    write(row, plan: nil, separator, reader.endsWithReturn, &others, sink, &summary)
    while try reader.next(&row) {
      guard row.count == header.count else {
        throw DataProblem.error(
          "\(row.count) \(row.count == 1 ? "field" : "fields") where the first line has \(header.count)", source.name,
          line: row.line, column: 1, cure: "a separator or quote is missing or too many")
      }
      write(row, plan: plan, separator, reader.endsWithReturn, &others, sink, &summary)
      summary.rows += 1
      try sink.passOn()
    }
    try sink.finish()
    return summary
  }

  private func write(
    _ row: CSVReader.Row, plan: ColumnPlan?, _ separator: UInt8, _ endsWithReturn: Bool,
    _ others: inout Neighbours, _ sink: ByteSink, _ summary: inout Summary
  ) {
    var value: [UInt8] = []
    let before = sink.bytes.count
    row.bytes.withUnsafeBytes { bytes in
      plan?.gather(&others, of: row, bytes)
      for index in 0..<row.count {
        if index > 0 { sink.bytes.append(separator) }
        let field = UnsafeRawBufferPointer(rebasing: bytes[row.range(index)])
        guard let plan, plan.methods[index] != .keep else {
          CSVText.append(field, separator: separator, to: &sink.bytes)
          continue
        }
        value.removeAll(keepingCapacity: true)
        let by = plan.by[index].map { UnsafeRawBufferPointer(rebasing: bytes[row.range($0)]) }
        masker.mask(field, plan.methods[index], by: by, others: others, to: &value)
        summary.masked += 1
        value.withUnsafeBytes { CSVText.append($0, separator: separator, to: &sink.bytes) }
      }
    }
    // A row of one empty field would be an empty line.
    if row.count == 1, sink.bytes.count == before { sink.bytes.append(contentsOf: [0x22, 0x22]) }
    if endsWithReturn { sink.bytes.append(0x0D) }
    sink.bytes.append(0x0A)
    summary.bytes += sink.bytes.count - before
  }

  // MARK: JSON lines

  private func jsonl(_ source: ByteSource, _ sink: ByteSink) throws(BatonError) -> Summary {
    var reader = LineReader(source)
    var summary = Summary()
    var line: [UInt8] = []
    var unseen = Set(rules.columns.keys).union(rules.keys.keys)
    while try reader.next(&line) {
      let value = try reader.json(line)
      let before = sink.bytes.count
      var seen: Set<String> = []
      let masked = try mask(value, "", value, reader, &summary, &seen)
      unseen.subtract(seen)
      JSON.append(masked, to: &sink.bytes)
      sink.bytes.append(0x0A)
      summary.rows += 1
      summary.bytes += sink.bytes.count - before
      try sink.passOn()
    }
    if let name = unseen.sorted().first, summary.rows > 0 {
      throw BatonError(.usage, "no line of \(source.name) has the field \"\(name)\", which the rules name")
    }
    try sink.finish()
    return summary
  }

  /// A field that is no object is masked by the rule of its way, or of the nearest above it; items of lists by that of the list.
  func mask(
    _ value: Value, _ path: String, _ record: Value, _ reader: LineReader, _ summary: inout Summary,
    _ seen: inout Set<String>
  ) throws(BatonError) -> Value {
    switch value {
    case .map(let fields):
      var result: [String: Value] = [:]
      let keys = rules.keys[path]
      if keys != nil { seen.insert(path) }
      for (key, inner) in fields {
        let own = keys.map { self.mask(key: key, $0) } ?? key
        if keys != nil { summary.masked += 1 }
        guard result[own] == nil else {
          throw DataProblem.error(
            "two names of \"\(path)\" would become the same", reader.name, line: reader.line, column: 1,
            cure: "\"shape\" and \"token\" keep them apart")
        }
        result[own] = try mask(inner, path.isEmpty ? key : "\(path).\(key)", record, reader, &summary, &seen)
      }
      return .map(result)
    case .list(let items):
      var result: [Value] = []
      for item in items { result.append(try mask(item, path, record, reader, &summary, &seen)) }
      return .list(result)
    default: break
    }
    let (method, name) = try method(of: path, reader)
    if let name { seen.insert(name) }
    if method == .keep || value == .null { return value }
    summary.masked += 1
    if method == .empty { return .null }
    let text = Array(value.text.utf8)
    var output: [UInt8] = []
    var by: [UInt8]?
    if case .date(_, let name?) = method {
      by = record.field(name).map { Array($0.text.utf8) }
      if by == nil {
        throw DataProblem.error(
          "there is no field \"\(name)\", by which a date is to be moved", reader.name, line: reader.line, column: 1)
      }
    }
    let others = method == .text ? self.others(in: record) : Neighbours()
    text.withUnsafeBytes { text in
      if let by {
        by.withUnsafeBytes { masker.mask(text, method, by: $0, others: others, to: &output) }
      } else {
        masker.mask(text, method, others: others, to: &output)
      }
    }
    let masked = String(decoding: output, as: UTF8.self)
    // A number stays one, where its shape does: a first digit 0 would be none of JSON.
    if value.number != nil, let number = try? JSON.decode(masked), number.number != nil { return number }
    return .string(masked)
  }

  func mask(key: String, _ method: MaskRules.Method) -> String {
    var output: [UInt8] = []
    Array(key.utf8).withUnsafeBytes { masker.mask($0, method, to: &output) }
    return String(decoding: output, as: UTF8.self)
  }

  func method(of path: String, _ reader: LineReader) throws(BatonError) -> (MaskRules.Method, String?) {
    var name = Substring(path)
    while true {
      if let method = rules.columns[String(name)] { return (method, String(name)) }
      guard let cut = name.lastIndex(of: ".") else { break }
      name = name[..<cut]
    }
    if let standard = rules.standard { return (standard, nil) }
    throw DataProblem.error(
      "no rule says what is done with the field \"\(path)\"", reader.name, line: reader.line, column: 1,
      cure: "name it, as \"keep\" where it tells nothing; \"*\" stands for all others")
  }

  private func others(in record: Value) -> Neighbours {
    var others = Neighbours()
    for (name, method) in rules.columns where method.isOfPeople {
      guard let value = record.field(name), value.isPlain else { continue }
      if method == .name { others.add(name: value.text.utf8) } else { others.add(value.text.utf8) }
    }
    return others
  }
}

extension MaskRules.Method {
  /// Whether what the column holds may not stand in texts either.
  var isOfPeople: Bool {
    switch self {
    case .shape, .email, .name, .token, .redact: true
    case .keep, .empty, .date, .text: false
    }
  }
}

extension Value {
  /// The value at `address.city`.
  func field(_ path: String) -> Value? {
    var value: Value? = self
    for key in path.split(separator: ".") { value = value?[String(key)] }
    return value
  }
}

/// The rules, column by column.
struct ColumnPlan {
  var methods: [MaskRules.Method]
  /// By which column a date is moved.
  var by: [Int?]
  private var people: [Int] = []

  init(_ rules: MaskRules, _ header: [String], file: String) throws(BatonError) {
    methods = try rules.plan(header, file: file)
    by = methods.map { method in
      if case .date(_, let name?) = method { header.firstIndex(of: name) } else { nil }
    }
    if methods.contains(.text) { people = methods.indices.filter { methods[$0].isOfPeople } }
  }

  /// What texts of the row may not hold; nothing where there are no texts.
  func gather(_ others: inout Neighbours, of row: CSVReader.Row, _ bytes: UnsafeRawBufferPointer) {
    if people.isEmpty { return }
    others.removeAll()
    for column in people {
      let value = UnsafeRawBufferPointer(rebasing: bytes[row.range(column)])
      if methods[column] == .name { others.add(name: value) } else { others.add(value) }
    }
  }
}

/// Lines of a file, one after the other.
struct LineReader {
  static let longest = 64 << 20
  private let source: ByteSource
  private var piece = UnsafeRawBufferPointer(start: nil, count: 0)
  private var position = 0
  private var isFirst = true
  private var isAtEnd = false
  private(set) var line = 0

  init(_ source: ByteSource) { self.source = source }

  var name: String { source.name }

  /// Reads the next line that is not empty; false at the end.
  mutating func next(_ bytes: inout [UInt8]) throws(BatonError) -> Bool {
    while !isAtEnd {
      bytes.removeAll(keepingCapacity: true)
      line += 1
      while true {
        if position == piece.count {
          piece = try source.next()
          position = 0
          if piece.isEmpty {
            isAtEnd = true
            break
          }
          if isFirst, piece.count >= 3, piece[0] == 0xEF, piece[1] == 0xBB, piece[2] == 0xBF { position = 3 }
          isFirst = false
        }
        let end = piece[position...].firstIndex(of: 0x0A) ?? piece.count
        bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece[position..<end]))
        guard bytes.count <= Self.longest else {
          throw DataProblem.error(
            "a line of more than \(Self.longest >> 20) MB", source.name, line: line, column: 1,
            cure: "is this one JSON value a line?")
        }
        position = min(end + 1, piece.count)
        if end < piece.count { break }
      }
      if bytes.last == 0x0D { bytes.removeLast() }
      if bytes.contains(where: { $0 != 0x20 && $0 != 0x09 }) { return true }
    }
    return false
  }

  /// The value of a line.
  func json(_ bytes: [UInt8]) throws(BatonError) -> Value {
    guard String(validating: bytes, as: UTF8.self) != nil else {
      let bad = bytes.firstIndex { $0 >= 0x80 } ?? 0
      throw DataProblem.error(
        "the line is no text in UTF-8", source.name, line: line, column: bad + 1,
        cure: "convert the file: iconv -f WINDOWS-1252 -t UTF-8")
    }
    if let number = InexactNumber.find(in: bytes) {
      throw DataProblem.error(
        "the number \(String(decoding: bytes[number].prefix(40), as: UTF8.self)) has more digits than can be kept",
        source.name, line: line, column: number.lowerBound + 1, cure: "write it as a text, in quotes")
    }
    do throws(JSON.Failure) { return try JSON.decode(bytes, refusesRepeats: true) } catch {
      throw DataProblem.error(error.message, source.name, line: line, column: error.offset + 1)
    }
  }
}
