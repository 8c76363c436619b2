/// Lists of names in messages.
enum SomeNames {
  /// `a, b, c and 12 more`.
  static func text(_ names: [String]) -> String {
    let shown = names.prefix(3).map { String($0.prefix(100)) }.joined(separator: ", ")
    return names.count > 3 ? "\(shown) and \(names.count - 3) more" : shown
  }
}
