import CSodium

/// SHA-256 (FIPS 180-4), as libsodium makes it.
public enum SHA256 {
  /// 64 lower-case hexadecimal digits.
  public static func hex(_ bytes: [UInt8]) -> String {
    _ = isReady
    var sum = [UInt8](repeating: 0, count: 32)
    _ = crypto_hash_sha256(&sum, bytes, UInt64(bytes.count))
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(64)
    for byte in sum { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }

  /// The library picks its fastest code for this processor; done once.
  private static let isReady = sodium_init() >= 0
}
