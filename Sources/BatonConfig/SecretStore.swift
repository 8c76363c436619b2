import BatonModel
import CSodium

/// A file of secrets that may stand in version control: each value by itself under XChaCha20-Poly1305 (libsodium), with the
/// store and the secret's name as what it is bound to, so that none can be put in another's place. Names are readable, and
/// lengths are rounded up to 32 bytes.
///
/// ```json
/// { "baton_secrets": 1, "check": "…", "id": "4f1d…", "secrets": { "DB_PASSWORD": "nonce and box in base64" } }
/// ```
///
/// The key is 32 random bytes, made with the store. It is no part of the file: ``SecretKey`` finds it.
public struct SecretStore: Sendable {
  public let path: String
  public let id: String
  /// Tells the right key from others before anything is opened.
  private var check: String
  private var boxes: [String: String]

  private static let overhead = Int(crypto_aead_xchacha20poly1305_ietf_ABYTES)
  private static let nonceSize = Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
  private static let padding = 32
  /// Of one secret, in bytes.
  public static let longest = 1 << 20

  /// The store at a path; nil where there is none.
  public init?(existing path: String) throws(BatonError) {
    guard let text = try SecretFile.read(path) else { return nil }
    let value: Value
    do throws(JSON.Failure) { value = try JSON.decode(text) } catch {
      throw Self.damaged(path, "it is no JSON: \(error.message), at byte \(error.offset)")
    }
    guard let version = value["baton_secrets"]?.integer else {
      throw Self.damaged(path, "it says no \"baton_secrets\"")
    }
    guard version == 1 else {
      throw BatonError(
        .usage, "\(path) was written by a newer Baton", cure: "it needs a Baton that knows stores \(version)")
    }
    guard let id = value["id"]?.string, id.utf8.count == 16, id.utf8.allSatisfy(\.isHex),
      let check = value["check"]?.string,
      let secrets = value["secrets"]?.map
    else { throw Self.damaged(path, "\"id\", \"check\" or \"secrets\" is missing or wrong") }
    self.path = path
    self.id = id
    self.check = check
    boxes = [:]
    for (name, box) in secrets {
      guard Names.isValid(name), let text = box.string else {
        throw Self.damaged(path, "the entry \"\(name)\" is wrong")
      }
      boxes[name] = text
    }
  }

  /// A store without secrets, not written yet.
  public init(new path: String, id: String, key: SecretKey) {
    self.path = path
    self.id = id
    check = Self.check(of: key, id)
    boxes = [:]
  }

  /// Sorted.
  public var names: [String] { boxes.keys.sorted() }

  /// Why a key is not this store's; nil where it is.
  public func refusal(of key: SecretKey) -> BatonError? {
    guard Self.check(of: key, id) != check else { return nil }
    return BatonError(
      .usage, "the key from \(key.origin) is not the one of \(path)",
      cure: "the store's key is that of the person who made it: baton secret key shows theirs")
  }

  /// The secret of that name; nil where there is none.
  public func get(_ name: String, _ key: SecretKey) throws(BatonError) -> String? {
    guard let text = boxes[name] else { return nil }
    if let refusal = refusal(of: key) { throw refusal }
    guard let box = Base64.decode(text), box.count > Self.nonceSize + Self.overhead else {
      throw Self.damaged(path, "the entry \"\(name)\" is cut off")
    }
    let bound = Self.bound(id, name)
    var plain = [UInt8](repeating: 0, count: box.count - Self.nonceSize - Self.overhead)
    defer { sodium_memzero(&plain, plain.count) }
    let opened = box.withUnsafeBufferPointer { box in
      crypto_aead_xchacha20poly1305_ietf_decrypt(
        &plain, nil, nil, box.baseAddress! + Self.nonceSize, UInt64(box.count - Self.nonceSize), bound,
        UInt64(bound.count),
        box.baseAddress!, key.bytes)
    }
    var length = 0
    guard opened == 0, sodium_unpad(&length, plain, plain.count, Self.padding) == 0, length <= plain.count else {
      throw Self.damaged(path, "the entry \"\(name)\" was altered, or belongs to another name or store")
    }
    return String(decoding: plain[..<length], as: UTF8.self)
  }

  public mutating func set(_ name: String, _ value: String, _ key: SecretKey) throws(BatonError) {
    if let refusal = refusal(of: key) { throw refusal }
    var plain = Array(value.utf8)
    let length = plain.count
    guard length <= Self.longest else { throw BatonError(.usage, "a secret of more than 1 MB does not belong here") }
    plain += [UInt8](repeating: 0, count: Self.padding - length % Self.padding)
    defer { sodium_memzero(&plain, plain.count) }
    var padded = 0
    guard sodium_pad(&padded, &plain, length, Self.padding, plain.count) == 0 else {
      throw BatonError(.failure, "the secret could not be padded")
    }
    let nonce = SecretKey.random(Self.nonceSize)
    let bound = Self.bound(id, name)
    var box = [UInt8](repeating: 0, count: padded + Self.overhead)
    _ = crypto_aead_xchacha20poly1305_ietf_encrypt(
      &box, nil, plain, UInt64(padded), bound, UInt64(bound.count), nil, nonce, key.bytes)
    boxes[name] = Base64.encode(nonce + box)
  }

  /// Whether there was one.
  public mutating func remove(_ name: String) -> Bool { boxes.removeValue(forKey: name) != nil }

  /// Writes the file in one go: whoever reads it meanwhile sees the old or the new one.
  public func write() throws(BatonError) {
    let value: Value = [
      "baton_secrets": 1, "id": .string(id), "check": .string(check), "secrets": .map(boxes.mapValues(Value.string)),
    ]
    try SecretFile.replace(Array((JSON.encodePretty(value) + "\n").utf8), at: path, mode: 0o644)
  }

  private static func bound(_ id: String, _ name: String) -> [UInt8] { Array("baton-secret/1/\(id)/\(name)".utf8) }

  private static func check(of key: SecretKey, _ id: String) -> String {
    let text = Array("baton-secret-check/\(id)".utf8)
    var sum = [UInt8](repeating: 0, count: 16)
    _ = crypto_generichash(&sum, sum.count, text, UInt64(text.count), key.bytes, key.bytes.count)
    return sum.hex
  }

  private static func damaged(_ path: String, _ why: String) -> BatonError {
    BatonError(
      .usage, "\(path) is no store of secrets that can be read: \(why)", cure: "take it back from version control")
  }
}
