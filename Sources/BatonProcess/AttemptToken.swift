/// What a process carries in `BATON_ATTEMPT`: the token of its attempt, after those of the attempts that its engine itself
/// runs in, one a line.
enum AttemptToken {
  static func text(_ token: String, within outer: String?) -> String {
    let own = plain(token)
    return outer.map { "\($0)\n\(own)" } ?? own
  }

  /// A token on one line.
  static func plain(_ token: String) -> String {
    token.utf8.contains(0x0A) || token.utf8.contains(0)
      ? String(decoding: token.utf8.map { $0 == 0x0A || $0 == 0 ? 0x20 : $0 }, as: UTF8.self) : token
  }

  /// The tokens out of an environment as `/proc/PID/environ` shows it: `NAME=value` strings, each ended by a zero byte.
  static func tokens(inEnvironment bytes: [UInt8]) -> [String] {
    let name = Array("BATON_ATTEMPT=".utf8)
    for entry in bytes.split(separator: 0) where entry.starts(with: name) {
      return entry.dropFirst(name.count).split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    }
    return []
  }
}
