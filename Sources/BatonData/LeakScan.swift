import BatonModel
import CSodium

/// The proof that nothing of an original is left in what it was masked to.
///
/// 1. Each cell is what the rules and the key make of the original's cell, and not the original itself.
/// 2. No original value of a masked column stands anywhere else: in columns that were kept, in texts, in the names of columns. It is
///    found whatever its case and whatever stands between its letters and digits, as part of a longer text, and in
///    hexadecimal, Base64 or percent encoding.
///
/// Values of fewer than ``shortest`` letters and digits are not looked for: they are everywhere. What is neither: other encodings,
/// compression, parts of a value (but the local part of an address), translations.
public struct LeakScan {
  public struct Finding: Sendable, Hashable {
    public enum Kind: String, Sendable {
      /// The cell is the original's.
      case unchanged
      /// The cell is not what the key makes of the original's.
      case foreign
      /// An original value stands in it.
      case leak
      /// It does so in hexadecimal, Base64 or percent encoding.
      case encoded
    }

    public var kind: Kind
    public var line: Int
    public var column: String
    /// The column that the value is from.
    public var from: String
  }

  public struct Result: Sendable {
    public var rows = 0
    public var cells = 0
    /// Different original values that were looked for.
    public var values = 0
    /// At most ``LeakScan/most``.
    public var findings: [Finding] = []
    public var count = 0

    public var isClean: Bool { count == 0 }

    mutating func add(_ finding: Finding) {
      count += 1
      if findings.count < LeakScan.most { findings.append(finding) }
    }

    /// Both files end at the same row.
    func expectRows(_ isOriginal: Bool, _ isCopy: Bool, _ file: String) throws(BatonError) {
      guard isOriginal == isCopy else {
        throw BatonError(
          .usage, "\(file) has \(isCopy ? "more" : "fewer") rows than the original: \(rows) are in both",
          cure: "a masking makes one row of each")
      }
    }
  }

  public static let most = 100
  /// How many letters and digits a value has at least that is looked for.
  public var shortest = 6
  let run: MaskRun
  private let key: [UInt8]

  public init(_ rules: MaskRules, key: MaskKey) {
    run = MaskRun(rules, key: key)
    self.key = key.subkey("scan")
  }

  /// Compares a masked file of CSV with its original. The original is read twice.
  public func csv(
    original: () throws(BatonError) -> ByteSource, masked: ByteSource, separator: UInt8 = UInt8(ascii: ",")
  )
    throws(BatonError) -> Result
  {
    var result = Result()
    var index = FragmentIndex(shortest: shortest)
    var first = try CSVReader(try original(), separator: separator)
    var row = CSVReader.Row()
    guard try first.next(&row) else { throw BatonError(.usage, "the original is empty") }
    let header = (0..<row.count).map { row.text($0) }
    let plan = try ColumnPlan(run.rules, header, file: "the original")
    while try first.next(&row) {
      for column in 0..<min(row.count, header.count) where plan.methods[column] != .keep {
        add(row, column, plan.methods[column], as: column, to: &index)
      }
    }
    index.seal()
    result.values = index.count
    var again = try CSVReader(try original(), separator: separator)
    var copy = try CSVReader(masked, separator: separator)
    var copied = CSVReader.Row()
    _ = try again.next(&row)
    guard try copy.next(&copied), copied.bytes == row.bytes, copied.ends == row.ends else {
      throw BatonError(.usage, "\(masked.name) does not have the columns of the original")
    }
    while true {
      let (isOriginal, isCopy) = (try again.next(&row), try copy.next(&copied))
      try result.expectRows(isOriginal, isCopy, masked.name)
      guard isOriginal else { return result }
      guard copied.count == header.count, row.count == header.count else {
        throw DataProblem.error(
          "another number of fields than in the first line", masked.name, line: copied.line, column: 1)
      }
      result.rows += 1
      compare(row, copied, plan, header, index, header, &result)
    }
  }

  /// - Parameter origin: what the index calls the column.
  func add(
    _ row: CSVReader.Row, _ column: Int, _ method: MaskRules.Method, as origin: Int, to index: inout FragmentIndex
  ) {
    add(row.bytes[row.range(column)], method, as: origin, to: &index)
  }

  func add(_ value: ArraySlice<UInt8>, _ method: MaskRules.Method, as origin: Int, to index: inout FragmentIndex) {
    // What a text holds is in the other columns; a date is too common to be one's own.
    if method == .text { return }
    if case .date = method { return }
    index.add(value, origin)
    if method == .email, let at = value.lastIndex(of: UInt8(ascii: "@")) { index.add(value[..<at], origin) }
  }

  /// - Parameter origins: the columns by their numbers in the index.
  func compare(
    _ row: CSVReader.Row, _ copied: CSVReader.Row, _ plan: ColumnPlan, _ header: [String], _ index: FragmentIndex,
    _ origins: [String], _ result: inout Result
  ) {
    func tell(_ kind: Finding.Kind, _ column: Int, from: String) {
      result.add(Finding(kind: kind, line: copied.line, column: header[column], from: from))
    }
    row.bytes.withUnsafeBytes { bytes in
      var others = Neighbours()
      plan.gather(&others, of: row, bytes)
      for column in header.indices {
        result.cells += 1
        let method = plan.methods[column]
        let cell = copied.bytes[copied.range(column)]
        let original = UnsafeRawBufferPointer(rebasing: bytes[row.range(column)])
        if method != .keep {
          var expected: [UInt8] = []
          let by = plan.by[column].map { UnsafeRawBufferPointer(rebasing: bytes[row.range($0)]) }
          run.masker.mask(original, method, by: by, others: others, to: &expected)
          if !cell.elementsEqual(expected) {
            tell(cell.elementsEqual(original) ? .unchanged : .foreign, column, from: header[column])
          } else if method != .text {
            if !original.isEmpty, cell.elementsEqual(original), original.contains(where: \.isLetterOrDigit) {
              tell(.unchanged, column, from: header[column])
            }
            // It follows from the key alone: that it is somebody else's value is chance.
            continue
          }
        }
        if let found = index.find(cell) {
          tell(found.isEncoded ? .encoded : .leak, column, from: origins[found.column])
        }
      }
    }
  }
}

/// Values to be found in texts: their letters and digits in lower case, by their length and hash.
struct FragmentIndex {
  private let shortest: Int
  /// Length → hash → the column that it is from.
  private var byLength: [Int: [UInt64: Int]] = [:]
  /// With the factor by which a byte leaves a window of that length.
  private var lengths: [(length: Int, power: UInt64)] = []
  /// One bit for each hash that is there, and few others: most windows need no second look. 2 MB.
  private var marks = [UInt64](repeating: 0, count: 1 << 18)
  private static let markShift: UInt64 = 46
  private(set) var count = 0
  private static let longest = 256
  private static let base: UInt64 = 0x9E37_79B9_7F4A_7C15 | 1

  init(shortest: Int) { self.shortest = shortest }

  /// The letters and digits, in lower case; bytes beyond ASCII as they are.
  private static func folded(_ text: some Sequence<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    for byte in text where byte.isLetterOrDigit || byte >= 0x80 { result.append(byte.lowered) }
    return result
  }

  @inline(__always)
  private static func mixed(_ hash: UInt64) -> UInt64 {
    let first = (hash ^ hash >> 30) &* 0xBF58_476D_1CE4_E5B9
    return first ^ first >> 31
  }

  mutating func add(_ value: ArraySlice<UInt8>, _ column: Int) {
    var text = Self.folded(value)[...]
    // Of a long one each piece is looked for, and the end.
    while text.count > Self.longest {
      insert(text.prefix(Self.longest), column)
      text = text.count >= 2 * Self.longest ? text.dropFirst(Self.longest) : text.suffix(Self.longest)
    }
    insert(text, column)
  }

  private mutating func insert(_ text: ArraySlice<UInt8>, _ column: Int) {
    guard text.count >= shortest else { return }
    var hash: UInt64 = 0
    for byte in text { hash = hash &* Self.base &+ UInt64(byte) &+ 1 }
    let word = Self.mixed(hash)
    if byLength[text.count, default: [:]].updateValue(column, forKey: word) == nil { count += 1 }
    marks[Int(word >> Self.markShift)] |= 1 << (word & 63)
  }

  mutating func seal() {
    lengths = byLength.keys.sorted().map { length in
      (length, (1..<length).reduce(UInt64(1)) { power, _ in power &* Self.base })
    }
  }

  /// The first value that stands in a text, as it is or encoded.
  func find(_ text: ArraySlice<UInt8>) -> (column: Int, isEncoded: Bool)? {
    guard text.count >= shortest else { return nil }
    if let column = look(Self.folded(text)) { return (column, false) }
    for decoded in Encodings.decoded(text) {
      if let column = look(Self.folded(decoded)) { return (column, true) }
    }
    return nil
  }

  /// Rolls a window of each known length over the text (Karp and Rabin 1987).
  private func look(_ text: [UInt8]) -> Int? {
    text.withUnsafeBufferPointer { text in
      marks.withUnsafeBufferPointer { marks in
        for (length, power) in lengths {
          if length > text.count { return nil }
          var hash: UInt64 = 0
          for index in text.indices {
            if index >= length { hash = hash &- (UInt64(text[index - length]) &+ 1) &* power }
            hash = hash &* Self.base &+ UInt64(text[index]) &+ 1
            guard index >= length - 1 else { continue }
            let word = Self.mixed(hash)
            if marks[Int(word >> Self.markShift)] & 1 << (word & 63) != 0, let column = byLength[length]?[word] {
              return column
            }
          }
        }
        return nil
      }
    }
  }
}

/// What a text says when it is read as an encoding of another one.
enum Encodings {
  /// Runs of hexadecimal digits and of Base64, of eight signs and more, and the whole with its percent signs resolved.
  static func decoded(_ text: ArraySlice<UInt8>) -> [[UInt8]] {
    var found: [[UInt8]] = []
    if text.contains(UInt8(ascii: "%")) { found.append(percent(text)) }
    for run in text.split(whereSeparator: { !$0.isOfBase64 }) where run.count >= 8 {
      if run.allSatisfy(\.isHexDigit), run.count.isMultiple(of: 2) { found.append(hex(run)) }
      if let bytes = base64(run) { found.append(bytes) }
    }
    return found
  }

  private static func percent(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var index = text.startIndex
    while index < text.endIndex {
      if text[index] == UInt8(ascii: "%"), index + 2 < text.endIndex, text[index + 1].isHexDigit,
        text[index + 2].isHexDigit
      {
        result.append(text[index + 1].hexDigit << 4 | text[index + 2].hexDigit)
        index += 3
      } else {
        result.append(text[index])
        index += 1
      }
    }
    return result
  }

  private static func hex(_ text: ArraySlice<UInt8>) -> [UInt8] {
    let digits = text.map(\.hexDigit)
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  /// Both alphabets, with and without padding.
  private static func base64(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for byte in text {
      let value: UInt32
      switch byte {
      case 0x41...0x5A: value = UInt32(byte) - 0x41
      case 0x61...0x7A: value = UInt32(byte) - 0x47
      case 0x30...0x39: value = UInt32(byte) + 4
      case 0x2B, 0x2D: value = 62
      case 0x2F, 0x5F: value = 63
      default: continue
      }
      bits = bits << 6 | value
      count += 6
      if count >= 8 {
        count -= 8
        result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return result.isEmpty ? nil : result
  }
}

extension UInt8 {
  fileprivate var isOfBase64: Bool {
    isLetterOrDigit || self == 0x2B || self == 0x2F || self == 0x2D || self == 0x5F || self == 0x3D
  }
  fileprivate var isHexDigit: Bool { isDigit || (lowered >= 0x61 && lowered <= 0x66) }
  fileprivate var hexDigit: UInt8 { isDigit ? self - 0x30 : lowered - 0x57 }
}
