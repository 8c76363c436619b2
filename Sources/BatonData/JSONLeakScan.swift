import BatonModel

extension LeakScan {
  /// Compares a masked file of JSON lines with its original, which is read twice. Columns are the ways to fields,
  /// `address.city`; the items of a list are where the list is.
  public func jsonl(original: () throws(BatonError) -> ByteSource, masked: ByteSource) throws(BatonError) -> Result {
    var reader = LineReader(try original())
    var line: [UInt8] = []
    let comparison = JSONComparison(self)
    while try reader.next(&line) { try comparison.collect(try reader.json(line), Place(), reader) }
    comparison.seal()
    reader = LineReader(try original())
    var copy = LineReader(masked)
    var copied: [UInt8] = []
    while true {
      let (isOriginal, isCopy) = (try reader.next(&line), try copy.next(&copied))
      try comparison.result.expectRows(isOriginal, isCopy, masked.name)
      guard isOriginal else { return comparison.result }
      comparison.result.rows += 1
      comparison.begin(try reader.json(line), reader, line: copy.line)
      try comparison.compare(comparison.record, try copy.json(copied), Place())
    }
  }
}

/// A way to a field: as rules are found for it, and as it may be told, in which names that are values of the original are `*`.
private struct Place {
  var path = ""
  /// Each name behind a ``mark``.
  private(set) var shown = ""

  static let mark: Character = "\u{1F}"

  func field(_ key: String, isMasked: Bool) -> Place {
    Place(path: path.isEmpty ? key : "\(path).\(key)", shown: "\(shown)\(Self.mark)\(isMasked ? "*" : key)")
  }

  static func text(_ shown: String) -> String {
    shown.split(separator: mark, omittingEmptySubsequences: false).dropFirst().joined(separator: ".")
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

  func collect(_ value: Value, _ place: Place, _ reader: LineReader) throws(BatonError) {
    switch value {
    case .map(let fields):
      let isMasked = run.rules.keys[place.path] != nil
      for (key, inner) in fields {
        let field = place.field(key, isMasked: isMasked)
        if isMasked { index.add(Array(key.utf8)[...], number(of: field.shown)) }
        try collect(inner, field, reader)
      }
    case .list(let items): for item in items { try collect(item, place, reader) }
    default:
      let (method, _) = try run.method(of: place.path, reader)
      guard method != .keep, value != .null else { return }
      scan.add(Array(value.text.utf8)[...], method, as: number(of: place.shown), to: &index)
    }
  }

  /// All of the original was collected: from here on, what it has is found in names, too.
  func seal() {
    index.seal()
    result.values = index.count
    ways = ways.map { way in
      let names = way.split(separator: Place.mark, omittingEmptySubsequences: false).dropFirst()
      return names.map { find(name: String($0)) == nil ? String($0) : "*" }.joined(separator: ".")
    }
  }

  // MARK: The comparison

  func begin(_ record: Value, _ reader: LineReader, line: Int) {
    (self.record, self.reader, self.line) = (record, reader, line)
  }

  private func tell(_ kind: LeakScan.Finding.Kind, _ place: Place, from column: String? = nil) {
    let text = Place.text(place.shown)
    result.add(LeakScan.Finding(kind: kind, line: line, column: text, from: column ?? text))
  }

  private func tell(_ found: (column: Int, isEncoded: Bool)?, _ place: Place) {
    if let found { tell(found.isEncoded ? .encoded : .leak, place, from: ways[found.column]) }
  }

  /// What stands in a name.
  private func find(name: String) -> (column: Int, isEncoded: Bool)? {
    if let known = names[name] { return known }
    let found = index.find(Array(name.utf8)[...])
    if names.count < Self.mostNames { names[name] = .some(found) }
    return found
  }

  /// Looks at all that stands in what has no counterpart.
  private func lookThrough(_ copy: Value, _ place: Place) {
    switch copy {
    case .map(let fields): for (key, inner) in fields { lookThrough(inner, added(key, to: place)) }
    case .list(let items): for item in items { lookThrough(item, place) }
    default: tell(index.find(Array(copy.text.utf8)[...]), place)
    }
  }

  /// Looks at a name that has no counterpart; one that tells something of the original is not told.
  private func added(_ key: String, to place: Place) -> Place {
    let found = find(name: key)
    let field = place.field(key, isMasked: found != nil)
    tell(found, field)
    return field
  }

  func compare(_ original: Value, _ copy: Value, _ place: Place) throws(BatonError) {
    switch (original, copy) {
    case (.map(let fields), .map(var others)):
      let method = run.rules.keys[place.path]
      var isMissing = false
      for (key, inner) in fields {
        let own = method.map { run.mask(key: key, $0) } ?? key
        let found = method == nil ? find(name: own) : nil
        let field = place.field(key, isMasked: method != nil || found != nil)
        guard let other = others.removeValue(forKey: own) else {
          tell(.foreign, field)
          isMissing = true
          continue
        }
        tell(found, field)
        try compare(inner, other, field)
      }
      for (key, other) in others {
        let field = added(key, to: place)
        // In place of one that is missing: that was told.
        if !isMissing { tell(.foreign, field) }
        lookThrough(other, field)
      }
    case (.list(let items), .list(let others)) where items.count == others.count:
      for (item, other) in zip(items, others) { try compare(item, other, place) }
    case (.map, _), (.list, _):
      tell(.foreign, place)
      lookThrough(copy, place)
    default: try compare(plain: original, copy, place)
    }
  }

  private func compare(plain original: Value, _ copy: Value, _ place: Place) throws(BatonError) {
    guard let reader else { return }
    result.cells += 1
    let (method, _) = try run.method(of: place.path, reader)
    if method == .keep { return lookThrough(copy, place) }
    var (summary, seen) = (MaskRun.Summary(), Set<String>())
    let expected = try run.mask(original, place.path, record, reader, &summary, &seen)
    let isTelling = original != .null && original.text.utf8.contains(where: \.isLetterOrDigit)
    guard copy == expected else {
      tell(copy == original ? .unchanged : .foreign, place)
      return lookThrough(copy, place)
    }
    if method == .text { return lookThrough(copy, place) }
    // It follows from the key alone: that it is somebody else's value is chance.
    if isTelling, copy == original { tell(.unchanged, place) }
  }
}
