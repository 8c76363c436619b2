import BatonModel

extension LeakScan {
  /// Compares a masked file of JSON lines with its original, which is read twice. Columns are the ways to fields,
  /// `address.city`; the items of a list are where the list is.
  public func jsonl(original: () throws(BatonError) -> ByteSource, masked: ByteSource) throws(BatonError) -> Result {
    var reader = LineReader(try original())
    var line: [UInt8] = []
    let comparison = JSONComparison(self)
    while try reader.next(&line) { try comparison.collect(try reader.json(line), "", reader) }
    comparison.index.seal()
    comparison.result.values = comparison.index.count
    reader = LineReader(try original())
    var copy = LineReader(masked)
    var copied: [UInt8] = []
    while true {
      let (isOriginal, isCopy) = (try reader.next(&line), try copy.next(&copied))
      try comparison.result.expectRows(isOriginal, isCopy, masked.name)
      guard isOriginal else { return comparison.result }
      comparison.result.rows += 1
      comparison.begin(try reader.json(line), reader, line: copy.line)
      try comparison.compare(comparison.record, try copy.json(copied), "")
    }
  }
}

/// What is known of the original's values, and what was found of them so far.
private final class JSONComparison {
  private let scan: LeakScan
  private var run: MaskRun { scan.run }
  var index: FragmentIndex
  var result = LeakScan.Result()
  /// The ways to fields by their numbers in the index.
  private var ways: [String] = []
  private var numbers: [String: Int] = [:]
  /// The record of the original that is compared, and the line of its copy.
  private(set) var record = Value.null
  private var reader: LineReader?
  private var line = 0
  /// What was found in names that were looked at: records have the same ones.
  private var names: [String: (column: Int, isEncoded: Bool)?] = [:]
  private static let mostNames = 10_000

  init(_ scan: LeakScan) {
    self.scan = scan
    index = FragmentIndex(shortest: scan.shortest)
  }

  // MARK: The original's values

  private func number(of way: String) -> Int {
    if let known = numbers[way] { return known }
    numbers[way] = ways.count
    ways.append(way)
    return ways.count - 1
  }

  private static func way(_ path: String, _ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  func collect(_ value: Value, _ path: String, _ reader: LineReader) throws(BatonError) {
    switch value {
    case .map(let fields):
      for (key, inner) in fields {
        if run.rules.keys[path] != nil { index.add(Array(key.utf8)[...], number(of: path)) }
        try collect(inner, Self.way(path, key), reader)
      }
    case .list(let items): for item in items { try collect(item, path, reader) }
    default:
      let (method, _) = try run.method(of: path, reader)
      guard method != .keep, value != .null else { return }
      scan.add(Array(value.text.utf8)[...], method, as: number(of: path), to: &index)
    }
  }

  // MARK: The comparison

  func begin(_ record: Value, _ reader: LineReader, line: Int) {
    (self.record, self.reader, self.line) = (record, reader, line)
  }

  private func tell(_ kind: LeakScan.Finding.Kind, _ way: String, from: String) {
    result.add(LeakScan.Finding(kind: kind, line: line, column: way, from: from))
  }

  private func tell(_ found: (column: Int, isEncoded: Bool)?, _ way: String) {
    if let found { tell(found.isEncoded ? .encoded : .leak, way, from: ways[found.column]) }
  }

  private func look(atName name: String, _ way: String) {
    if let known = names[name] { return tell(known, way) }
    let found = index.find(Array(name.utf8)[...])
    if names.count < Self.mostNames { names[name] = .some(found) }
    tell(found, way)
  }

  /// Looks at all that stands in what has no counterpart.
  private func lookThrough(_ copy: Value, _ path: String) {
    switch copy {
    case .map(let fields):
      for (key, inner) in fields {
        look(atName: key, Self.way(path, key))
        lookThrough(inner, Self.way(path, key))
      }
    case .list(let items): for item in items { lookThrough(item, path) }
    default: tell(index.find(Array(copy.text.utf8)[...]), path)
    }
  }

  func compare(_ original: Value, _ copy: Value, _ path: String) throws(BatonError) {
    switch (original, copy) {
    case (.map(let fields), .map(var others)):
      let method = run.rules.keys[path]
      for (key, inner) in fields {
        let own = method.map { run.mask(key: key, $0) } ?? key
        let way = Self.way(path, key)
        guard let other = others.removeValue(forKey: own) else {
          tell(.foreign, way, from: way)
          continue
        }
        if method == nil { look(atName: own, way) }
        try compare(inner, other, way)
      }
      for (key, other) in others {
        tell(.foreign, Self.way(path, key), from: Self.way(path, key))
        lookThrough(.map([key: other]), path)
      }
    case (.list(let items), .list(let others)) where items.count == others.count:
      for (item, other) in zip(items, others) { try compare(item, other, path) }
    case (.map, _), (.list, _):
      tell(.foreign, path, from: path)
      lookThrough(copy, path)
    default: try compare(plain: original, copy, path)
    }
  }

  private func compare(plain original: Value, _ copy: Value, _ path: String) throws(BatonError) {
    guard let reader else { return }
    result.cells += 1
    let (method, _) = try run.method(of: path, reader)
    if method == .keep { return lookThrough(copy, path) }
    var (summary, seen) = (MaskRun.Summary(), Set<String>())
    let expected = try run.mask(original, path, record, reader, &summary, &seen)
    let isTelling = original != .null && original.text.utf8.contains(where: \.isLetterOrDigit)
    guard copy == expected else {
      tell(copy == original ? .unchanged : .foreign, path, from: path)
      return lookThrough(copy, path)
    }
    if method == .text { return lookThrough(copy, path) }
    // It follows from the key alone: that it is somebody else's value is chance.
    if isTelling, copy == original { tell(.unchanged, path, from: path) }
  }
}
