/// Walks through the objects and lists of a JSON text, for readers of formats of which only some fields matter.
protocol ObjectWalking: ~Copyable {
  /// Whether anything is to be read still; false ends every walk.
  var goesOn: Bool { get }
  /// The key that has just been met.
  var key: String { get }
  mutating func next() -> JSONPull.Token
  /// Passes over the value whose first token was the given one; false where it cannot be read.
  mutating func skip(_ token: JSONPull.Token) -> Bool
}

extension ObjectWalking where Self: ~Copyable {
  /// The fields of the object that has just begun.
  ///
  /// - Parameter read: Reads a key's value, and says whether it could; nil: it has read nothing, and the value is passed over.
  /// - Returns: Whether all of it could be read.
  mutating func fields(_ read: (inout Self, String) -> Bool?) -> Bool {
    while goesOn {
      switch next() {
      case .endObject: return true
      case .key:
        if let isRead = read(&self, key) {
          if !isRead { return false }
        } else if !skip(next()) {
          return false
        }
      default: return false
      }
    }
    return false
  }

  /// The objects of the list that has just begun; what else stands in it is passed over.
  mutating func objects(_ read: (inout Self) -> Bool) -> Bool {
    while goesOn {
      switch next() {
      case .endArray: return true
      case .beginObject: if !read(&self) { return false }
      case .malformed, .finished: return false
      case let token: if !skip(token) { return false }
      }
    }
    return false
  }
}
