import BatonModel

/// The waits of one durable body that go on.
///
/// Most bodies wait for one thing, and a hundred thousand may do so: those cost a small array each. One that waits for many
/// things at once finds each of them in no time.
struct OpenWaits: Sendable {
  /// While there are few.
  private var few: [Operation] = []
  /// Key → wait, from there on.
  private var many: [String: Operation]?

  private static let fewest = 8

  init() {}

  /// In the order of their keys.
  var sorted: [Operation] { (many.map { Array($0.values) } ?? few).sorted { $0.key < $1.key } }

  /// Whether a signal is among them.
  var hasSignal: Bool { many?.values.contains { $0.kind == .signal } ?? few.contains { $0.kind == .signal } }

  mutating func insert(_ wait: Operation) {
    if many != nil {
      many?[wait.key] = wait
    } else if let position = few.firstIndex(where: { $0.key == wait.key }) {
      few[position] = wait
    } else if few.count == Self.fewest {
      many = Dictionary(few.map { ($0.key, $0) }) { $1 }
      many?[wait.key] = wait
      few = []
    } else {
      few.append(wait)
    }
  }

  mutating func remove(_ key: String) {
    if many != nil {
      many?[key] = nil
    } else {
      few.removeAll { $0.key == key }
    }
  }
}
