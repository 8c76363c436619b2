import BatonCore

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

  /// The token as a number that a process carries where it cannot put it off by clearing its environment: its soft limit of
  /// realtime (`RLIMIT_RTTIME`, microseconds), which every descendant inherits, and which as a limit means nothing: it is
  /// 146,000 years or more. Never 0, and never `RLIM_INFINITY`.
  static func mark(_ token: String) -> UInt64 {
    firstMark | (StableHash.word(plain(token)) & (firstMark - 1))
  }

  /// Marks begin here.
  static let firstMark: UInt64 = 1 << 62

  /// The mark out of `/proc/PID/limits`: lines of a name, the soft limit, the hard limit and a unit. nil: none.
  static func mark(inLimits bytes: [UInt8]) -> UInt64? {
    let name = Array("Max realtime timeout".utf8)
    for line in bytes.split(separator: 0x0A) where line.starts(with: name) {
      let soft = line.dropFirst(name.count).split(separator: 0x20).first ?? []
      return UInt64(String(decoding: soft, as: UTF8.self)).flatMap { $0 >= firstMark ? $0 : nil }
    }
    return nil
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
