import BatonModel
import Glibc

/// The values that must never be seen, ready to be looked for.
public struct SecretSet: Sendable {
  /// What stands in a secret's place.
  public static let mask: [UInt8] = Array("***".utf8)
  /// Lines of a secret are secrets of their own from this many bytes on; shorter ones would mask ordinary text.
  public static let shortestLine = 4

  /// Longest first.
  private(set) var patterns: [[UInt8]] = []
  /// First byte → the patterns that begin with it, longest first.
  private var byFirst: [[Int]] = []
  /// First byte → whether a pattern begins with it.
  private var begins: [Bool] = []
  /// The first byte, where all patterns begin with the same.
  private var onlyFirst: UInt8?

  public init(_ secrets: some Sequence<String> = EmptyCollection<String>()) { add(secrets) }

  public var isEmpty: Bool { patterns.isEmpty }

  /// Adds values; of a value with several lines also each line, of one that ends in white space what comes before, and of
  /// one that JSON writes otherwise what it writes, with letters beyond ASCII as they are and as `\u00e9`.
  public mutating func add(_ secrets: some Sequence<String>) {
    var known = Set(patterns)
    let before = known.count
    for secret in secrets {
      let bytes = Array(secret.utf8)
      known.insert(bytes)
      for written in Self.asJSON(secret) { known.insert(written) }
      let isSpace: (UInt8) -> Bool = { $0 == 0x0A || $0 == 0x0D || $0 == 0x20 || $0 == 0x09 }
      if let end = bytes.lastIndex(where: { !isSpace($0) }) { known.insert(Array(bytes[...end])) }
      for line in bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) where line.count >= Self.shortestLine {
        known.insert(Array(line))
      }
    }
    known.remove([])
    guard known.count != before else { return }
    patterns = known.sorted { $0.count != $1.count ? $0.count > $1.count : $0.lexicographicallyPrecedes($1) }
    byFirst = Array(repeating: [], count: 256)
    begins = Array(repeating: false, count: 256)
    for (index, pattern) in patterns.enumerated() {
      byFirst[Int(pattern[0])].append(index)
      begins[Int(pattern[0])] = true
    }
    onlyFirst = begins.count(where: { $0 }) == 1 ? patterns[0][0] : nil
  }

  /// What stands between the quotes.
  private static func asJSON(_ secret: String) -> [[UInt8]] {
    guard secret.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F || $0 == 0x22 || $0 == 0x5C }) else { return [] }
    let plain = Array(JSON.encode(.string(secret)).utf8.dropFirst().dropLast())
    var ascii: [UInt8] = []
    for unit in String(decoding: plain, as: UTF8.self).utf16 {
      if unit < 0x80 {
        ascii.append(UInt8(unit))
      } else {
        let digits = String(unit, radix: 16)
        ascii += Array("\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
      }
    }
    return [plain, ascii]
  }

  /// The text with every secret replaced.
  public func mask(_ text: String) -> String {
    guard !isEmpty else { return text }
    var copy = text
    return copy.withUTF8 { bytes in
      var output: [UInt8] = []
      _ = scan(UnsafeRawBufferPointer(bytes), isLast: true, into: &output)
      return output.elementsEqual(bytes) ? nil : String(decoding: output, as: UTF8.self)
    } ?? text
  }

  /// The value with every secret replaced, in keys too; a number that contains one becomes a string.
  public func mask(_ value: Value) -> Value {
    guard !isEmpty else { return value }
    switch value {
    case .null, .bool: return value
    case .integer, .number:
      let masked = mask(value.text)
      return masked == value.text ? value : .string(masked)
    case .string(let text): return .string(mask(text))
    case .list(let items): return .list(items.map { mask($0) })
    case .map(let fields):
      return .map(Dictionary(fields.map { (mask($0.key), mask($0.value)) }, uniquingKeysWith: { _, last in last }))
    }
  }

  private enum Finding {
    case nothing
    case secret(Int)
    /// The end of the bytes could be the beginning of a secret.
    case perhaps
  }

  /// Appends the masked bytes to the output; returns where those begin that have to wait for more.
  func scan(_ bytes: UnsafeRawBufferPointer, isLast: Bool, into output: inout [UInt8]) -> Int {
    output.reserveCapacity(output.count + bytes.count)
    return begins.withUnsafeBufferPointer { begins in
      var copied = 0
      var position = 0
      func copy(upTo end: Int) { output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[copied..<end])) }
      while let start = nextCandidate(bytes, from: position, begins) {
        switch finding(bytes, at: start, isLast: isLast) {
        case .nothing: position = start + 1
        case .secret(let length):
          copy(upTo: start)
          output.append(contentsOf: Self.mask)
          position = start + length
          copied = position
        case .perhaps:
          copy(upTo: start)
          return start
        }
      }
      copy(upTo: bytes.count)
      return bytes.count
    }
  }

  private func nextCandidate(
    _ bytes: UnsafeRawBufferPointer, from position: Int, _ begins: UnsafeBufferPointer<Bool>
  ) -> Int? {
    guard position < bytes.count, let base = bytes.baseAddress else { return nil }
    if let onlyFirst {
      return memchr(base + position, Int32(onlyFirst), bytes.count - position).map { base.distance(to: $0) }
    }
    var index = position
    while index < bytes.count {
      if begins[Int(bytes[index])] { return index }
      index += 1
    }
    return nil
  }

  private func finding(_ bytes: UnsafeRawBufferPointer, at start: Int, isLast: Bool) -> Finding {
    let available = bytes.count - start
    guard let base = bytes.baseAddress else { return .nothing }
    for index in byFirst[Int(bytes[start])] {
      let pattern = patterns[index]
      if isLast, pattern.count > available { continue }
      let agrees = pattern.withUnsafeBytes { memcmp($0.baseAddress!, base + start, min($0.count, available)) == 0 }
      if agrees { return pattern.count <= available ? .secret(pattern.count) : .perhaps }
    }
    return .nothing
  }
}

/// Replaces secrets by `***` in a stream, wherever its pieces are cut. At each place the longest secret counts; bytes are
/// held back only as long as they could be the beginning of one.
public struct SecretMasker: Sendable {
  /// May be added to at any time; counts for what has not been given out yet.
  public var secrets: SecretSet
  private var held: [UInt8] = []

  public init(_ secrets: SecretSet = SecretSet()) { self.secrets = secrets }

  /// Whether the bytes may be used as they are.
  public var isTransparent: Bool { secrets.isEmpty && held.isEmpty }

  /// Appends what can be told of the bytes so far.
  public mutating func feed(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) {
    if isTransparent {
      output.append(contentsOf: bytes)
      return
    }
    if held.isEmpty {
      let rest = secrets.scan(bytes, isLast: false, into: &output)
      held.append(contentsOf: bytes[rest...])
      return
    }
    held.append(contentsOf: bytes)
    scanHeld(isLast: false, into: &output)
  }

  public mutating func feed(_ bytes: some Sequence<UInt8>, into output: inout [UInt8]) {
    Array(bytes).withUnsafeBytes { feed($0, into: &output) }
  }

  /// Appends what was held back: the stream has ended.
  public mutating func flush(into output: inout [UInt8]) {
    if !held.isEmpty { scanHeld(isLast: true, into: &output) }
  }

  private mutating func scanHeld(isLast: Bool, into output: inout [UInt8]) {
    let rest = held.withUnsafeBytes { secrets.scan($0, isLast: isLast, into: &output) }
    held.removeFirst(rest)
  }
}
