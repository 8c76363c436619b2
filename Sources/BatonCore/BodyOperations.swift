import BatonModel

/// The operations of one durable body, in the order of asking, found by their keys.
///
/// Most bodies ask for little: an index is kept only for those that ask for more. A hundred thousand bodies that wait cost a
/// small array each, and a body with a hundred thousand operations is looked up in no time.
public struct BodyOperations: Sendable {
  private var entries: [BodyFacts.Known] = []
  /// Key → position; nil while there are few.
  private var index: [String: Int32]?

  /// So many are looked through one by one.
  private static let few = 8

  public var isEmpty: Bool { entries.isEmpty }
  public var count: Int { entries.count }

  /// In the order of asking.
  public var values: [BodyFacts.Known] { entries }
  public var keys: [String] { entries.map(\.operation.key) }

  public subscript(key: String) -> BodyFacts.Known? { position(of: key).map { entries[$0] } }

  /// The n-th, from 0 on.
  subscript(position: Int) -> BodyFacts.Known {
    get { entries[position] }
    _modify { yield &entries[position] }
  }

  /// Where an operation stands in the order of asking; it keeps its place as long as it is there.
  public func position(of key: String) -> Int? {
    if let index { return index[key].map(Int.init) }
    return entries.firstIndex { $0.operation.key == key }
  }

  mutating func append(_ operation: Operation) {
    entries.append(BodyFacts.Known(operation: operation))
    if index != nil {
      index?[operation.key] = Int32(entries.count - 1)
    } else if entries.count > Self.few {
      var made: [String: Int32] = [:]
      for (position, entry) in entries.enumerated() { made[entry.operation.key] = Int32(position) }
      index = made
    }
  }

  /// Forgets all but the first so many.
  mutating func truncate(to count: Int) {
    guard count < entries.count else { return }
    for entry in entries[count...] { index?[entry.operation.key] = nil }
    entries.removeSubrange(count...)
  }
}

extension BodyOperations: Sequence {
  public func makeIterator() -> AnyIterator<(key: String, value: BodyFacts.Known)> {
    var position = 0
    return AnyIterator {
      guard position < entries.count else { return nil }
      defer { position += 1 }
      return (entries[position].operation.key, entries[position])
    }
  }
}
