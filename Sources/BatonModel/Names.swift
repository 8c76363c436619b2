/// The rules of names, and the nearest right one to a wrong one.
public enum Names {
  /// Whether a user may give this name: 1 to 100 of `A-Z a-z 0-9 _ . -`.
  public static func isValid(_ name: String) -> Bool {
    let bytes = name.utf8
    return (1...100).contains(bytes.count)
      && bytes.allSatisfy { byte in
        switch byte {
        case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"): true
        default: false
        }
      }
  }

  /// The candidate that a person most likely meant, or nil when none is near: at most a third of its letters differ.
  public static func nearest(to name: String, in candidates: some Sequence<String>) -> String? {
    let word = Array(name.lowercased().utf8)
    var best: (String, Int)?
    for candidate in candidates {
      let other = Array(candidate.lowercased().utf8)
      let longest = max(word.count, other.count)
      let limit = longest < 2 ? 0 : max(1, longest / 3)
      guard abs(word.count - other.count) <= limit else { continue }
      let distance = editDistance(word, other)
      guard distance <= limit else { continue }
      if best == nil || distance < best!.1 || (distance == best!.1 && candidate < best!.0) {
        best = (candidate, distance)
      }
    }
    return best?.0
  }

  /// `did you mean "x"?`, or nil.
  public static func proposal(for name: String, in candidates: some Sequence<String>) -> String? {
    nearest(to: name, in: candidates).map { "did you mean \"\($0)\"?" }
  }

  private static let secretWords = [
    "password", "passwd", "secret", "token", "api_key", "apikey", "private_key", "access_key", "credential",
  ]

  /// Whether what has this name sounds like a secret: `DB_PASSWORD`, `api_key`.
  public static func soundsSecret(_ name: String) -> Bool {
    let name = name.lowercased()
    // `token_file`, `secret_name`: where it is, and not what it is.
    let tails = ["_file", "_path", "_name", "_dir", "_env", "_url", "_id", "_type", "_count"]
    return secretWords.contains { name.hasSuffix($0) } && !tails.contains { name.hasSuffix($0) }
  }

  /// `"a", "b" or "c"`.
  public static func either(_ names: [String]) -> String {
    let quoted = names.map { "\"\($0)\"" }
    guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "" }
    return quoted.dropLast().joined(separator: ", ") + " or " + last
  }

  /// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours cost one each.
  private static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var older = [Int](repeating: 0, count: right.count + 1)
    var previous = Array(0...right.count)
    for row in 1...max(1, left.count) where !left.isEmpty {
      var current = [row] + [Int](repeating: 0, count: right.count)
      for column in 1...max(1, right.count) where !right.isEmpty {
        let cost = left[row - 1] == right[column - 1] ? 0 : 1
        var distance = min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + cost)
        if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
          distance = min(distance, older[column - 2] + 1)
        }
        current[column] = distance
      }
      older = previous
      previous = current
    }
    return left.isEmpty ? right.count : previous[right.count]
  }
}
