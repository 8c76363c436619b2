import BatonModel

/// Rules for the tables of a dump: `people.email`, `people.*` for what else a table has, `*` for all.
struct SQLPlans {
  private let rules: MaskRules
  private let file: String
  private var plans: [String: ColumnPlan] = [:]
  private var unseen: Set<String>

  init(_ rules: MaskRules, file: String) {
    self.rules = rules
    self.file = file
    unseen = Set(rules.columns.keys)
  }

  /// What is done with the columns of a table.
  mutating func plan(_ row: SQLReader.Row) throws(BatonError) -> ColumnPlan {
    let key = "\(row.table)(\(row.columns.joined(separator: ",")))"
    if let known = plans[key] { return known }
    var own = rules
    own.columns = [:]
    own.standard = rules.standard
    // As it is called in the dump, or without its schema.
    let short = row.table.lastIndex(of: ".").map { String(row.table[row.table.index(after: $0)...]) }
    for prefix in [short, row.table].compactMap(\.self) {
      for (name, method) in rules.columns where name.hasPrefix("\(prefix).") {
        let column = String(name.dropFirst(prefix.utf8.count + 1))
        unseen.remove(name)
        if column == "*" { own.standard = method } else { own.columns[column] = method }
      }
    }
    let plan: ColumnPlan
    do throws(BatonError) { plan = try ColumnPlan(own, row.columns, file: file) } catch {
      throw DataProblem.error(
        "the table \(row.table): \(error.message)", file, line: row.line, column: 1,
        cure: error.cure ?? "columns of tables are named \(row.table).COLUMN")
    }
    plans[key] = plan
    return plan
  }

  func finish() throws(BatonError) {
    if let name = unseen.sorted().first {
      throw BatonError(
        .usage, "\(file) has no rows of what the rules call \"\(name)\"", cure: "columns are named TABLE.COLUMN")
    }
  }
}

extension SQLReader.Row {
  /// What its cells mean, NULL as nothing.
  var values: CSVReader.Row {
    var row = CSVReader.Row()
    for cell in cells {
      row.bytes += cell.value ?? []
      row.ends.append(row.bytes.count)
    }
    row.line = line
    return row
  }
}

extension MaskRun {
  func sql(_ source: ByteSource, _ sink: ByteSink) throws(BatonError) -> Summary {
    var reader = SQLReader(source)
    var plans = SQLPlans(rules, file: source.name)
    var summary = Summary()
    while let event = try reader.next() {
      let before = sink.bytes.count
      switch event {
      case .text(let text, _): sink.bytes += text
      case .row(let row):
        try write(row, try plans.plan(row), source.name, sink, &summary)
        summary.rows += 1
      }
      summary.bytes += sink.bytes.count - before
      try sink.passOn()
    }
    try plans.finish()
    try sink.finish()
    return summary
  }

  private func write(
    _ row: SQLReader.Row, _ plan: ColumnPlan, _ file: String, _ sink: ByteSink, _ summary: inout Summary
  ) throws(BatonError) {
    let values = row.values
    var masked: [[UInt8]?] = Array(repeating: nil, count: row.cells.count)
    values.bytes.withUnsafeBytes { bytes in
      var others = Neighbours()
      plan.gather(&others, of: values, bytes)
      for index in row.cells.indices where plan.methods[index] != .keep && row.cells[index].value != nil {
        let field = UnsafeRawBufferPointer(rebasing: bytes[values.range(index)])
        let by = plan.by[index].map { UnsafeRawBufferPointer(rebasing: bytes[values.range($0)]) }
        var value: [UInt8] = []
        masker.mask(field, plan.methods[index], by: by, others: others, to: &value)
        masked[index] = value
      }
    }
    for (index, cell) in row.cells.enumerated() {
      sink.bytes += row.gaps[index]
      guard let value = masked[index] else {
        sink.bytes += cell.raw
        continue
      }
      if cell.kind == .other {
        throw DataProblem.error(
          "the value of \(row.table).\(row.columns[index]) is no literal, and can't be masked", file, line: row.line,
          column: 1, cure: "dump the table with COPY, or keep the column")
      }
      summary.masked += 1
      SQLText.append(plan.methods[index] == .empty ? nil : value, as: cell, to: &sink.bytes)
    }
    sink.bytes += row.gaps.last ?? []
  }
}

/// Literals of SQL, and values of COPY.
enum SQLText {
  /// - Parameter value: nil: NULL.
  static func append(_ value: [UInt8]?, as cell: SQLReader.Cell, to bytes: inout [UInt8]) {
    switch cell.kind {
    case .copied:
      guard let value else {
        bytes += [0x5C, 0x4E]
        return
      }
      for byte in value {
        switch byte {
        case 0x5C: bytes += [0x5C, 0x5C]
        case 0x09: bytes += Array("\\t".utf8)
        case 0x0A: bytes += Array("\\n".utf8)
        case 0x0D: bytes += Array("\\r".utf8)
        default: bytes.append(byte)
        }
      }
      return
    case .number:
      guard let value else {
        bytes += Array("NULL".utf8)
        return
      }
      // A number stays one.
      let digits = value.first == 0x2D ? value.dropFirst() : value[...]
      let isNumber =
        !digits.isEmpty && digits.first?.isDigit == true
        && digits.allSatisfy { $0.isDigit || $0 == UInt8(ascii: ".") }
        && digits.count { $0 == UInt8(ascii: ".") } <= 1
      if isNumber {
        bytes += value
        return
      }
      quote(value, isEscaped: false, &bytes)
    case .text, .escaped, .other:
      guard let value else {
        bytes += Array("NULL".utf8)
        return
      }
      quote(value, isEscaped: cell.kind == .escaped, &bytes)
    }
    bytes += cell.suffix
  }

  private static func quote(_ value: [UInt8], isEscaped: Bool, _ bytes: inout [UInt8]) {
    if isEscaped { bytes.append(UInt8(ascii: "E")) }
    bytes.append(0x27)
    for byte in value {
      if byte == 0x27 || isEscaped && byte == 0x5C { bytes.append(byte) }
      bytes.append(byte)
    }
    bytes.append(0x27)
  }
}

extension LeakScan {
  /// Compares a masked dump with its original, which is read twice.
  public func sql(original: () throws(BatonError) -> ByteSource, masked: ByteSource) throws(BatonError) -> Result {
    var result = Result()
    var index = FragmentIndex(shortest: shortest)
    var first = SQLReader(try original())
    var plans = SQLPlans(run.rules, file: first.name)
    /// Where values are from; the index knows numbers.
    var origins: [String] = []
    var begins: [String: Int] = [:]
    while let event = try first.next() {
      guard case .row(let row) = event else { continue }
      let plan = try plans.plan(row)
      let begin = begins[row.table] ?? origins.count
      if begins[row.table] == nil {
        begins[row.table] = begin
        origins += row.columns.map { "\(row.table).\($0)" }
      }
      let values = row.values
      for column in row.columns.indices where plan.methods[column] != .keep {
        add(values, column, plan.methods[column], as: min(begin + column, origins.count - 1), to: &index)
      }
    }
    try plans.finish()
    index.seal()
    result.values = index.count
    var again = SQLReader(try original())
    var copy = SQLReader(masked)
    func differs(_ line: Int) -> BatonError {
      DataProblem.error(
        "the dump does not have the statements and rows of the original", masked.name, line: line, column: 1,
        cure: "a masking changes values alone")
    }
    while true {
      let (left, right) = (try again.next(), try copy.next())
      switch (left, right) {
      case (nil, nil): return result
      case (.text(let before, _), .text(let text, let line)):
        guard before == text else { throw differs(line) }
        if let found = index.find(text[...]) {
          result.add(
            Finding(
              kind: found.isEncoded ? .encoded : .leak, line: line, column: "statement", from: origins[found.column]))
        }
      case (.row(let before), .row(let row)):
        guard before.table == row.table, before.columns == row.columns, before.gaps == row.gaps else {
          throw differs(row.line)
        }
        result.rows += 1
        compare(
          before.values, row.values, try plans.plan(before), before.columns.map { "\(row.table).\($0)" }, index,
          origins, &result)
      default: throw differs(copy.line)
      }
    }
  }
}
