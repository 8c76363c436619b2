import BatonModel

/// Takes out of a text what should not be seen.
struct SecretMask {
  /// The longest first, so that no part of one is left when another begins in the same place.
  private let words: [[UInt8]]

  /// Shorter settings are words such as `PUT` rather than secrets, and stars would hide the message.
  static let shortestSetting = 6

  /// - Parameters:
  ///   - secrets: values that are masked whatever their length.
  ///   - settings: of a message: each string in them may be, or may contain, a secret. Of an address with a scheme the
  ///     parts behind the host are masked one by one too.
  init(secrets: some Sequence<String>, settings: [String: Value] = [:]) {
    var all = Set(secrets.filter { !$0.isEmpty })
    for value in settings.values { SecretMask.collect(value, into: &all) }
    words = all.map { Array($0.utf8) }.sorted { $0.count > $1.count }
  }

  func apply(to text: String) -> String {
    guard !words.isEmpty else { return text }
    let bytes = Array(text.utf8)
    var masked: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if let word = words.first(where: { bytes[index...].starts(with: $0) }) {
        masked.append(contentsOf: "***".utf8)
        index += word.count
      } else {
        masked.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: masked, as: UTF8.self)
  }

  /// Every string in a value; names of fields stay as they are.
  func apply(to value: Value) -> Value {
    guard !words.isEmpty else { return value }
    switch value {
    case .string(let text): return .string(apply(to: text))
    case .list(let items): return .list(items.map(apply))
    case .map(let fields): return .map(fields.mapValues(apply))
    case .null, .bool, .integer, .number: return value
    }
  }

  private static func collect(_ value: Value, into all: inout Set<String>) {
    switch value {
    case .string(let text):
      let hidden = WebAddress(text)?.hidden
      // An address that is nothing but a host hides nothing.
      let words = hidden.map { $0.isEmpty ? [] : $0 + [text] } ?? [text]
      all.formUnion(words.filter { $0.utf8.count >= shortestSetting })
    case .list(let items): for item in items { collect(item, into: &all) }
    case .map(let fields): for item in fields.values { collect(item, into: &all) }
    case .null, .bool, .integer, .number: break
    }
  }
}
