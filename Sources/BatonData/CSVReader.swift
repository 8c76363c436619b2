import BatonModel

/// Rows of CSV (RFC 4180), one after the other in constant memory. Texts in quotes may hold separators, quotes (doubled) and line
/// ends; lines end with LF or CRLF; a mark of UTF-8 at the beginning is passed over.
public struct CSVReader {
  /// What a row holds: its fields side by side, unquoted.
  public struct Row {
    var bytes: [UInt8] = []
    /// Where each field ends in ``bytes``.
    var ends: [Int] = []
    /// The line on which it begins, from 1.
    public var line = 0

    public var count: Int { ends.count }

    @inline(__always)
    func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

    public subscript(index: Int) -> ArraySlice<UInt8> { bytes[range(index)] }

    public func text(_ index: Int) -> String { String(decoding: bytes[range(index)], as: UTF8.self) }
  }

  /// Longer fields are taken for a quote that does not end.
  public static let longestField = 16 << 20
  /// A row has at most so many fields.
  public static let mostFields = 65_536

  private let source: ByteSource
  let separator: UInt8
  private var piece = UnsafeRawBufferPointer(start: nil, count: 0)
  private var position = 0
  private var line = 1
  /// The offset of the line's first byte, and of the piece's.
  private var lineStart = 0
  private var base = 0
  /// Whether lines end with CRLF, as far as was seen.
  private(set) var endsWithReturn = false

  public init(_ source: ByteSource, separator: UInt8 = UInt8(ascii: ",")) throws(BatonError) {
    self.source = source
    self.separator = separator
    piece = try source.next()
    if piece.count >= 3, piece[0] == 0xEF, piece[1] == 0xBB, piece[2] == 0xBF { position = 3 }
  }

  private var column: Int { base + position - lineStart + 1 }

  private func problem(_ message: String, line: Int? = nil, column: Int? = nil, cure: String? = nil) -> BatonError {
    DataProblem.error(message, source.name, line: line ?? self.line, column: column ?? self.column, cure: cure)
  }

  /// The next byte without taking it; nil at the end.
  @inline(__always)
  private mutating func peek() throws(BatonError) -> UInt8? {
    if position == piece.count {
      base += piece.count
      piece = try source.next()
      position = 0
      if piece.isEmpty { return nil }
    }
    return piece[position]
  }

  /// Reads the next row into `row`; false at the end.
  public mutating func next(_ row: inout Row) throws(BatonError) -> Bool {
    row.bytes.removeAll(keepingCapacity: true)
    row.ends.removeAll(keepingCapacity: true)
    // Empty lines between rows are none.
    while let byte = try peek(), byte == 0x0A || byte == 0x0D {
      position += 1
      if byte == 0x0A { newLine() }
    }
    guard try peek() != nil else { return false }
    row.line = line
    while true {
      let start = row.bytes.count
      if try peek() == UInt8(ascii: "\"") { try quoted(&row) } else { try plain(&row) }
      if !Self.isUTF8(row.bytes, from: start) {
        throw problem(
          "field \(row.ends.count + 1) is no text in UTF-8", line: row.line, column: 1,
          cure: "convert the file: iconv -f WINDOWS-1252 -t UTF-8")
      }
      row.ends.append(row.bytes.count)
      guard row.ends.count < Self.mostFields else {
        throw problem("a row of more than \(Self.mostFields) fields", cure: "is the separator the right one?")
      }
      guard let byte = try peek() else { return true }
      position += 1
      if byte == separator { continue }
      if byte == 0x0D {
        guard try peek() == 0x0A else {
          throw problem("a carriage return that no line feed follows", cure: "lines end with LF or CRLF")
        }
        position += 1
        endsWithReturn = true
      }
      newLine()
      return true
    }
  }

  @inline(__always)
  private mutating func newLine() {
    line += 1
    lineStart = base + position
  }

  /// Up to a separator, a line's end or the file's.
  private mutating func plain(_ row: inout Row) throws(BatonError) {
    let start = row.bytes.count
    while try peek() != nil {
      var end = position
      scan: while end < piece.count {
        switch piece[end] {
        case separator, 0x0A, 0x0D, UInt8(ascii: "\""), 0: break scan
        default: end += 1
        }
      }
      row.bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece[position..<end]))
      position = end
      if row.bytes.count - start > Self.longestField { throw tooLong() }
      if end == piece.count { continue }
      if piece[end] == 0 {
        throw problem("a NUL byte", cure: "this is no text, or one in UTF-16: iconv -f UTF-16 -t UTF-8")
      }
      if piece[end] == UInt8(ascii: "\"") {
        throw problem(
          "a quote inside of a field that does not begin with one",
          cure: "the whole field stands in quotes: \"say \"\"so\"\"\"")
      }
      return
    }
  }

  private func tooLong() -> BatonError {
    problem("a field of more than \(Self.longestField >> 20) MB", cure: "does a quote end that began before it?")
  }

  private mutating func quoted(_ row: inout Row) throws(BatonError) {
    let (startLine, startColumn) = (line, column)
    let start = row.bytes.count
    position += 1
    while true {
      guard try peek() != nil else {
        throw problem(
          "a quote that does not end", line: startLine, column: startColumn, cure: "a quote in a field is doubled: \"\""
        )
      }
      var end = position
      while end < piece.count, piece[end] != UInt8(ascii: "\""), piece[end] != 0x0A, piece[end] != 0 { end += 1 }
      row.bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece[position..<end]))
      position = end
      if row.bytes.count - start > Self.longestField {
        throw problem(
          "a field of more than \(Self.longestField >> 20) MB", line: startLine, column: startColumn,
          cure: "does its quote end?")
      }
      if end == piece.count { continue }
      switch piece[end] {
      case 0: throw problem("a NUL byte", cure: "this is no text, or one in UTF-16: iconv -f UTF-16 -t UTF-8")
      case 0x0A:
        row.bytes.append(0x0A)
        position += 1
        newLine()
      default:
        position += 1
        guard try peek() == UInt8(ascii: "\"") else {
          if let byte = try peek(), byte != separator, byte != 0x0A, byte != 0x0D {
            throw problem("text behind the quote that ends a field", cure: "a quote in a field is doubled: \"\"")
          }
          return
        }
        row.bytes.append(UInt8(ascii: "\""))
        position += 1
      }
    }
  }

  /// Whether the bytes from here on are UTF-8.
  @inline(__always)
  static func isUTF8(_ bytes: [UInt8], from start: Int) -> Bool {
    bytes.withUnsafeBufferPointer { bytes in
      var isPlain = true
      for index in start..<bytes.count where bytes[index] >= 0x80 {
        isPlain = false
        break
      }
      return isPlain || String(validating: bytes[start...], as: UTF8.self) != nil
    }
  }

  /// The separator that a first line speaks for: the most frequent one outside of quotes.
  public static func separator(of head: some Sequence<UInt8>) -> UInt8 {
    var counts: [UInt8: Int] = [:]
    var isQuoted = false
    for byte in head {
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if byte == 0x0A, !isQuoted { break }
      if !isQuoted, [0x2C, 0x3B, 0x09, 0x7C].contains(byte) { counts[byte, default: 0] += 1 }
    }
    return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? UInt8(ascii: ",")
  }
}

/// Writes fields of CSV.
enum CSVText {
  /// A field, in quotes where it needs them.
  @inline(__always)
  static func append(_ field: UnsafeRawBufferPointer, separator: UInt8, to output: inout [UInt8]) {
    var needsQuotes = false
    for byte in field where byte == separator || byte == 0x22 || byte == 0x0A || byte == 0x0D {
      needsQuotes = true
      break
    }
    guard needsQuotes else {
      output.append(contentsOf: field)
      return
    }
    output.append(0x22)
    for byte in field {
      if byte == 0x22 { output.append(0x22) }
      output.append(byte)
    }
    output.append(0x22)
  }
}
