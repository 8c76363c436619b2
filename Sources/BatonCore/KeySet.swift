/// A set of texts that has few members most of the time: an array until there are more.
public struct KeySet: Sendable {
  private var few: [String] = []
  private var many: Set<String>?

  private static let limit = 8

  public init() {}

  public init(_ keys: [String]) {
    if keys.count > Self.limit { many = Set(keys) } else { for key in keys { insert(key) } }
  }

  public var isEmpty: Bool { many?.isEmpty ?? few.isEmpty }
  public var count: Int { many?.count ?? few.count }

  /// In no order that means anything.
  public var members: [String] { many.map { Array($0) } ?? few }

  public func contains(_ key: String) -> Bool { many?.contains(key) ?? few.contains(key) }

  /// Whether it was not there.
  @discardableResult
  public mutating func insert(_ key: String) -> Bool {
    if many != nil { return many?.insert(key).inserted ?? false }
    if few.contains(key) { return false }
    few.append(key)
    if few.count > Self.limit {
      many = Set(few)
      few = []
    }
    return true
  }

  /// Whether it was there.
  @discardableResult
  public mutating func remove(_ key: String) -> Bool {
    if many != nil { return many?.remove(key) != nil }
    guard let position = few.firstIndex(of: key) else { return false }
    few.swapAt(position, few.count - 1)
    few.removeLast()
    if few.isEmpty { few = [] }
    return true
  }

  public mutating func subtract(_ keys: [String]) {
    for key in keys { remove(key) }
  }

  public mutating func removeAll() {
    few = []
    many = nil
  }
}
