import CSodium

/// A BLAKE2b-256 hash (RFC 7693, 32 bytes, no key), as libsodium's `crypto_generichash` makes it.
public struct Digest: Sendable, Hashable {
  /// The 32 bytes, in memory order.
  var words: (UInt64, UInt64, UInt64, UInt64)

  init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

  public static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

  public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

  /// 64 lower-case hexadecimal digits.
  public var hex: String {
    withUnsafeBytes(of: words) { bytes in
      String(unsafeUninitializedCapacity: 64) { text in
        for (index, byte) in bytes.enumerated() {
          text[2 * index] = Digest.digits[Int(byte >> 4)]
          text[2 * index + 1] = Digest.digits[Int(byte & 15)]
        }
        return 64
      }
    }
  }

  /// Reads ``hex``; nil when the text is anything else.
  public init?(hex: String) {
    let digits = Array(hex.utf8)
    guard digits.count == 64 else { return nil }
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    let isHex = withUnsafeMutableBytes(of: &words) { bytes -> Bool in
      for index in 0..<32 {
        guard let high = Digest.value(digits[2 * index]), let low = Digest.value(digits[2 * index + 1])
        else { return false }
        bytes[index] = high << 4 | low
      }
      return true
    }
    guard isHex else { return nil }
    self.words = words
  }

  private static let digits = Array("0123456789abcdef".utf8)

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}

/// Makes a ``Digest`` of bytes that come in pieces.
public final class ContentHash {
  private let state: OpaquePointer
  private let memory: UnsafeMutableRawPointer

  public init() {
    // The library picks its fastest code for this processor; done once, safe from any thread.
    _ = ContentHash.ready
    // libsodium wants its state aligned to 64 bytes, which a Swift variable is not.
    memory = .allocate(byteCount: max(crypto_generichash_statebytes(), 512), alignment: 64)
    state = OpaquePointer(memory)
    crypto_generichash_init(state, nil, 0, 32)
  }

  deinit { memory.deallocate() }

  private static let ready: Bool = sodium_init() >= 0

  public func update(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    crypto_generichash_update(state, base.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
  }

  /// A piece with its length before it, so that no two different sequences of pieces hash the same.
  public func update(field: some Collection<UInt8>) {
    withUnsafeBytes(of: UInt64(field.count).littleEndian) { update($0) }
    if field.withContiguousStorageIfAvailable({ update(UnsafeRawBufferPointer($0)) }) == nil {
      Array(field).withUnsafeBytes { update($0) }
    }
  }

  public func update(_ digest: Digest) { withUnsafeBytes(of: digest.words) { update($0) } }

  /// The digest of what came in since the last one; the hash is then empty again.
  public func finish() -> Digest {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    withUnsafeMutableBytes(of: &words) { bytes in
      if let base = bytes.assumingMemoryBound(to: UInt8.self).baseAddress {
        crypto_generichash_final(state, base, 32)
      }
    }
    crypto_generichash_init(state, nil, 0, 32)
    return Digest(words: words)
  }

  public static func digest(of text: String) -> Digest {
    let hash = ContentHash()
    var copy = text
    copy.withUTF8 { hash.update(UnsafeRawBufferPointer($0)) }
    return hash.finish()
  }
}
