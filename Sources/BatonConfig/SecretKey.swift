import BatonModel
import CSodium

/// The key of a store: in the environment as `BATON_SECRET_KEY`, or in a file of the user's own, which is never in a project.
public struct SecretKey: Sendable {
  public let bytes: [UInt8]
  /// As messages name it.
  public let origin: String

  public static let variable = "BATON_SECRET_KEY"
  private static let size = Int(crypto_aead_xchacha20poly1305_ietf_KEYBYTES)

  /// 64 hexadecimal digits.
  public init?(hex: String, origin: String) {
    let digits = Array(hex.utf8.drop { $0 == 0x20 || $0 == 0x0A }.prefix { $0.isHex })
    guard digits.count == 2 * Self.size,
      hex.utf8.filter({ !$0.isHex && $0 != 0x20 && $0 != 0x0A && $0 != 0x0D }).isEmpty
    else { return nil }
    bytes = (0..<Self.size).map { digits[2 * $0].hexValue << 4 | digits[2 * $0 + 1].hexValue }
    self.origin = origin
  }

  /// A new one.
  public init(origin: String) {
    bytes = Self.random(Self.size)
    self.origin = origin
  }

  public var hex: String { bytes.hex }

  static func random(_ count: Int) -> [UInt8] {
    _ = isReady
    var bytes = [UInt8](repeating: 0, count: count)
    randombytes_buf(&bytes, count)
    return bytes
  }

  /// The id of a new store.
  public static func newStoreID() -> String { random(8).hex }

  private static let isReady = sodium_init() >= 0

  /// `~/.config/baton/keys/ID`.
  public static func file(of id: String, _ variable: (String) -> String?) -> String? {
    let base =
      variable("XDG_CONFIG_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? variable("HOME").map { $0 + "/.config" }
    return base.map { "\($0)/baton/keys/\(id)" }
  }

  /// The key of a store; nil where there is none to be had.
  public static func find(of id: String, _ variable: (String) -> String?) throws(BatonError) -> SecretKey? {
    if let text = variable(Self.variable), !text.isEmpty {
      guard let key = SecretKey(hex: text, origin: "$\(Self.variable)") else {
        throw BatonError(
          .usage, "$\(Self.variable) is no key", cure: "a key is 64 hexadecimal digits: baton secret key")
      }
      return key
    }
    guard let path = file(of: id, variable), let text = try SecretFile.read(path) else { return nil }
    guard let key = SecretKey(hex: String(decoding: text, as: UTF8.self), origin: path) else {
      throw BatonError(.usage, "\(path) holds no key", cure: "a key is 64 hexadecimal digits")
    }
    return key
  }

  /// Keeps the key where ``find(of:_:)`` finds it. Only the user can read it.
  public func keep(as path: String) throws(BatonError) {
    try SecretFile.makeFolders(above: path)
    try SecretFile.replace(Array((hex + "\n").utf8), at: path, mode: 0o600)
  }
}

extension [UInt8] {
  var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

extension UInt8 {
  var isHex: Bool {
    switch self {
    case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
    default: false
    }
  }
  var hexValue: UInt8 { self < 0x40 ? self - 0x30 : (self | 0x20) - 0x57 }
}

enum Base64 {
  private static let variant = sodium_base64_VARIANT_ORIGINAL

  static func encode(_ bytes: [UInt8]) -> String {
    var text = [CChar](repeating: 0, count: sodium_base64_encoded_len(bytes.count, variant))
    _ = sodium_bin2base64(&text, text.count, bytes, bytes.count, variant)
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  static func decode(_ text: String) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: text.utf8.count)
    var count = 0
    guard sodium_base642bin(&bytes, bytes.count, text, text.utf8.count, nil, &count, nil, variant) == 0 else {
      return nil
    }
    return Array(bytes[..<count])
  }
}
