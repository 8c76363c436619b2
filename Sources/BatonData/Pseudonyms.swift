import BatonModel
import CSodium

/// The key that pseudonyms are made with: the same input has the same pseudonym under one key, in all files and columns, and
/// nobody who does not have the key can tell what it stands for, or try inputs out.
public struct MaskKey: Sendable {
  let bytes: [UInt8]

  /// - Parameter secret: a text of at least 16 bytes.
  /// - Throws: that it is too short.
  public init(_ secret: String) throws(BatonError) {
    let text = Array(secret.utf8)
    guard text.count >= 16 else {
      throw BatonError(
        .usage, "the key of pseudonyms has \(text.count) bytes: at least 16 are needed",
        cure: "head -c 32 /dev/urandom | base64 | baton secret set MASK_KEY")
    }
    _ = Self.isReady
    var bytes = [UInt8](repeating: 0, count: 32)
    let label = Array("baton-data/1".utf8)
    _ = crypto_generichash(&bytes, bytes.count, text, UInt64(text.count), label, label.count)
    self.bytes = bytes
  }

  private static let isReady = sodium_init() >= 0

  /// 16 bytes for one purpose.
  func subkey(_ purpose: String) -> [UInt8] {
    let label = Array(purpose.utf8)
    var key = [UInt8](repeating: 0, count: 16)
    _ = crypto_generichash(&key, key.count, label, UInt64(label.count), bytes, bytes.count)
    return key
  }
}

/// A keyed function from bytes to 64 bits: SipHash-2-4 (Aumasson and Bernstein 2012, "SipHash: a fast short-input PRF").
struct KeyedHash: Sendable {
  private let key: [UInt8]
  private let words: (UInt64, UInt64)

  init(_ key: MaskKey, _ purpose: String) {
    self.key = key.subkey(purpose)
    func word(_ start: Int, _ bytes: [UInt8]) -> UInt64 {
      (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
    }
    words = (word(0, self.key), word(8, self.key))
  }

  @inline(__always)
  func callAsFunction(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var result: UInt64 = 0
    // Its arguments may not be nil, even for an empty text.
    var nothing: UInt8 = 0
    withUnsafeMutableBytes(of: &result) { result in
      withUnsafePointer(to: &nothing) { nothing in
        let input = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? nothing
        let output = result.baseAddress!.assumingMemoryBound(to: UInt8.self)
        _ = crypto_shorthash(output, input, UInt64(bytes.count), key)
      }
    }
    return UInt64(littleEndian: result)
  }

  /// The same of 16 bytes that are in registers already.
  @inline(__always)
  func callAsFunction(_ first: UInt64, _ second: UInt64) -> UInt64 {
    var a = words.0 ^ 0x736F_6D65_7073_6575
    var b = words.1 ^ 0x646F_7261_6E64_6F6D
    var c = words.0 ^ 0x6C79_6765_6E65_7261
    var d = words.1 ^ 0x7465_6462_7974_6573
    @inline(__always) func turn(_ word: UInt64, _ bits: UInt64) -> UInt64 { word << bits | word >> (64 - bits) }
    @inline(__always) func round() {
      a = a &+ b
      c = c &+ d
      b = turn(b, 13) ^ a
      d = turn(d, 16) ^ c
      a = turn(a, 32)
      c = c &+ b
      a = a &+ d
      b = turn(b, 17) ^ c
      d = turn(d, 21) ^ a
      c = turn(c, 32)
    }
    @inline(__always) func take(_ word: UInt64) {
      d ^= word
      round()
      round()
      a ^= word
    }
    take(first)
    take(second)
    // The length, in the last byte.
    take(16 << 56)
    c ^= 0xFF
    for _ in 0..<4 { round() }
    return a ^ b ^ c ^ d
  }
}

/// Puts letters in the place of letters and digits in that of digits: case, length and everything between them stay.
///
/// Up to 24 letters and digits: a Feistel network of ten rounds over the mixed radix of the text, as format-preserving encryption
/// does it (Bellare et al. 2009, "Format-preserving encryption"), so that different inputs of one shape have different
/// pseudonyms. Longer texts: each sign is moved by a keyed hash of the whole. A pseudonym is never its own input, if the text has a
/// letter or digit at all; of the one input that the network would leave as it is, the last sign moves on.
struct ShapeMask: Sendable {
  private static let longest = 24
  private static let rounds = 10
  private let hash: KeyedHash

  init(_ key: MaskKey, _ purpose: String) { hash = KeyedHash(key, purpose) }

  @inline(__always)
  static func radix(_ byte: UInt8) -> (first: UInt8, radix: UInt64)? {
    switch byte {
    case 0x30...0x39: (0x30, 10)
    case 0x41...0x5A: (0x41, 26)
    case 0x61...0x7A: (0x61, 26)
    default: nil
    }
  }

  /// Replaces the signs of `bytes[range]`. Bytes beyond ASCII become letters: what they spell would be left otherwise.
  func apply(_ bytes: inout [UInt8], _ range: Range<Int>) {
    bytes.withUnsafeMutableBufferPointer { bytes in
      var count = 0
      for index in range {
        if bytes[index] >= 0x80 { bytes[index] = 0x61 + bytes[index] % 26 }
        if Self.radix(bytes[index]) != nil { count += 1 }
      }
      let value = UnsafeMutableBufferPointer(rebasing: bytes[range])
      if count == 0 { return }
      if count <= Self.longest { feistel(value, count) } else { shift(value) }
    }
  }

  private func feistel(_ bytes: UnsafeMutableBufferPointer<UInt8>, _ count: Int) {
    let half = count / 2
    var (left, right) = (UInt64(0), UInt64(0))
    var (leftSize, rightSize) = (UInt64(1), UInt64(1))
    var shape: UInt64 = 14_695_981_039_346_656_037
    var number = 0
    for byte in bytes {
      guard let (first, radix) = Self.radix(byte) else { continue }
      shape = (shape ^ (radix &+ UInt64(first))) &* 1_099_511_628_211
      if number < half {
        left = left * radix + UInt64(byte - first)
        leftSize *= radix
      } else {
        right = right * radix + UInt64(byte - first)
        rightSize *= radix
      }
      number += 1
    }
    let before = (left, right)
    for round in 0..<UInt64(Self.rounds) {
      if round & 1 == 0 {
        right = Self.sum(right, hash(left, shape &+ round), rightSize)
      } else {
        left = Self.sum(left, hash(right, shape &+ round), leftSize)
      }
    }
    if (left, right) == before { right = Self.sum(right, 1, rightSize) }
    for index in bytes.indices.reversed() {
      guard let (first, radix) = Self.radix(bytes[index]) else { continue }
      number -= 1
      if number < half {
        bytes[index] = first + UInt8(left % radix)
        left /= radix
      } else {
        bytes[index] = first + UInt8(right % radix)
        right /= radix
      }
    }
  }

  /// `(value + offset) mod size`; all below 2⁶³.
  @inline(__always)
  private static func sum(_ value: UInt64, _ offset: UInt64, _ size: UInt64) -> UInt64 {
    (value + offset % size) % size
  }

  private func shift(_ bytes: UnsafeMutableBufferPointer<UInt8>) {
    let whole = hash(UnsafeRawBufferPointer(bytes))
    var isChanged = false
    var last = 0
    for index in bytes.indices {
      guard let (first, radix) = Self.radix(bytes[index]) else { continue }
      let moved = first + UInt8((UInt64(bytes[index] - first) + hash(whole, UInt64(index)) % radix) % radix)
      isChanged = isChanged || moved != bytes[index]
      bytes[index] = moved
      last = index
    }
    if !isChanged, let (first, radix) = Self.radix(bytes[last]) {
      bytes[last] = first + UInt8((UInt64(bytes[last] - first) + 1) % radix)
    }
  }
}
