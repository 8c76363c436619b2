import BatonModel

/// An `http` or `https` address, as far as a message about it needs to know it.
struct WebAddress {
  /// What may be shown: scheme, host and port. Behind them stands the token that lets one send.
  var shown: String
  /// All other parts: user, password, segments of the path, keys and values of the query.
  var hidden: [String]

  /// nil when the text is no such address.
  init?(_ text: String) {
    guard let colon = text.range(of: "://") else { return nil }
    let scheme = text[..<colon.lowerBound].lowercased()
    guard scheme == "http" || scheme == "https" else { return nil }
    let bytes = text.utf8
    guard bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
    let rest = text[colon.upperBound...]
    let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
    let authority = rest[..<end]
    let at = authority.lastIndex(of: "@")
    let host = at.map { authority[authority.index(after: $0)...] } ?? authority
    guard !host.isEmpty, host.first != ":" else { return nil }
    shown = "\(scheme)://\(host)"
    let behind = rest[end...].split { "/?#&=".contains($0) }.map(String.init)
    let user = at.map { authority[..<$0].split(separator: ":").map(String.init) } ?? []
    hidden = user + behind
  }
}
