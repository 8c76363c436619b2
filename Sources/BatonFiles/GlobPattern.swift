import Glibc

/// One pattern without braces, read and ready to be matched.
struct GlobPattern: Sendable {
  enum Component: Sendable, Hashable {
    case literal([UInt8])
    case wildcard(GlobWildcard)
    /// `**`: any number of folders, none included.
    case anyDepth
  }

  /// Where the pattern starts: empty for the folder itself, `../` as often as it says so, or `/`.
  var root: [UInt8]
  var components: [Component]
  /// Whether a folder that matches means everything below it.
  var takesFolders: Bool
  /// Whether only folders match: the pattern ends with a slash.
  var onlyFolders: Bool

  /// - Parameters:
  ///   - bytes: what braces left of the pattern.
  ///   - text: the pattern as the user wrote it, for messages.
  ///   - excludes: in what leaves files out, a folder that matches in any way takes along everything below it.
  init(_ bytes: [UInt8], of text: String, excludes: Bool) throws(GlobError) {
    if bytes.contains(0) { throw GlobError(text, "it has a NUL byte") }
    root = bytes.first == UInt8(ascii: "/") ? [UInt8(ascii: "/")] : []
    components = []
    for piece in bytes.split(separator: UInt8(ascii: "/")) {
      let component = Array(piece)
      if component == [UInt8(ascii: ".")] { continue }
      if component == Array("..".utf8) {
        guard components.isEmpty, root.first != UInt8(ascii: "/") else {
          throw GlobError(text, ".. may stand at the beginning only")
        }
        root.append(contentsOf: "../".utf8)
      } else if component == Array("**".utf8) {
        if components.last != .anyDepth { components.append(.anyDepth) }
      } else {
        let wildcard = try GlobWildcard(component, of: text)
        if let literal = wildcard.literal {
          if GlobPattern.isReserved(literal) {
            throw GlobError(text, "\(String(decoding: literal, as: UTF8.self)) is never matched")
          }
          components.append(.literal(literal))
        } else {
          components.append(.wildcard(wildcard))
        }
      }
    }
    guard !components.isEmpty || !bytes.isEmpty else {
      throw GlobError(text, "it is empty", cure: "write \".\" for everything in the folder")
    }
    onlyFolders = bytes.last == UInt8(ascii: "/") && components.last != .anyDepth
    if case .literal = components.last { takesFolders = true } else { takesFolders = excludes || onlyFolders }
  }

  /// Whether this is a folder that no pattern looks into: what Baton and Git keep for themselves.
  static func isReserved(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    guard name.first == UInt8(ascii: "."), let base = name.baseAddress else { return false }
    return reserved.contains { $0.count == name.count && memcmp($0, base, name.count) == 0 }
  }

  private static func isReserved(_ name: [UInt8]) -> Bool { name.withUnsafeBufferPointer { isReserved($0) } }

  private static let reserved = [Array(".baton".utf8), Array(".git".utf8)]
}
