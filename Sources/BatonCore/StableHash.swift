/// A 128-bit hash of bytes that is the same in every process and on every machine.
///
/// SipHash-2-4 with 128 bits of output and a key of zeros (J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input
/// PRF"). Not for secrets: for telling whether two things are the same.
public struct StableHash: Sendable {
  private var v0: UInt64 = 0x736f_6d65_7073_6575
  private var v1: UInt64 = 0x646f_7261_6e64_6f6d ^ 0xee
  private var v2: UInt64 = 0x6c79_6765_6e65_7261
  private var v3: UInt64 = 0x7465_6462_7974_6573
  private var pending: UInt64 = 0
  private var length: UInt64 = 0

  public init() {}

  private mutating func round() {
    v0 &+= v1
    v1 = (v1 << 13 | v1 >> 51) ^ v0
    v0 = v0 << 32 | v0 >> 32
    v2 &+= v3
    v3 = (v3 << 16 | v3 >> 48) ^ v2
    v0 &+= v3
    v3 = (v3 << 21 | v3 >> 43) ^ v0
    v2 &+= v1
    v1 = (v1 << 17 | v1 >> 47) ^ v2
    v2 = v2 << 32 | v2 >> 32
  }

  private mutating func absorb(_ word: UInt64) {
    v3 ^= word
    round()
    round()
    v0 ^= word
  }

  public mutating func combine(_ byte: UInt8) {
    pending |= UInt64(byte) << (8 * (length & 7))
    length &+= 1
    if length & 7 == 0 {
      absorb(pending)
      pending = 0
    }
  }

  /// Many bytes, eight at a time.
  private mutating func combine(_ bytes: UnsafeBufferPointer<UInt8>) {
    let shift = 8 * (length & 7)
    var index = 0
    while index + 8 <= bytes.count {
      let word = UInt64(
        littleEndian: UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: index, as: UInt64.self))
      if shift == 0 {
        absorb(word)
      } else {
        absorb(pending | word << shift)
        pending = word >> (64 - shift)
      }
      index += 8
    }
    length &+= UInt64(index)
    while index < bytes.count {
      combine(bytes[index])
      index += 1
    }
  }

  /// The text and its end: `("ab", "c")` and `("a", "bc")` differ.
  public mutating func combine(_ text: String) {
    let isDone: Void? = text.utf8.withContiguousStorageIfAvailable { combine($0) }
    if isDone == nil { for byte in text.utf8 { combine(byte) } }
    combine(0xFF)
  }

  public func finish() -> (UInt64, UInt64) {
    var copy = self
    copy.absorb(copy.pending | (copy.length & 0xFF) << 56)
    copy.v2 ^= 0xee
    for _ in 0..<4 { copy.round() }
    let first = copy.v0 ^ copy.v1 ^ copy.v2 ^ copy.v3
    copy.v1 ^= 0xdd
    for _ in 0..<4 { copy.round() }
    return (first, copy.v0 ^ copy.v1 ^ copy.v2 ^ copy.v3)
  }

  /// 32 hexadecimal digits.
  public static func hex(_ text: String) -> String { hex(text.utf8) }

  /// 32 hexadecimal digits.
  public static func hex(_ bytes: some Sequence<UInt8>) -> String {
    var hash = StableHash()
    for byte in bytes { hash.combine(byte) }
    let (first, second) = hash.finish()
    func digits(_ value: UInt64) -> String {
      let text = String(value, radix: 16)
      return String(repeating: "0", count: 16 - text.count) + text
    }
    return digits(first) + digits(second)
  }

  /// 64 bits, for seeding.
  public static func word(_ texts: String..., seed: UInt64 = 0) -> UInt64 {
    var hash = StableHash()
    for shift in 0..<8 { hash.combine(UInt8(truncatingIfNeeded: seed >> (8 * shift))) }
    for text in texts { hash.combine(text) }
    return hash.finish().0
  }
}
