/// Patterns that together name files below a folder.
///
/// - `*` stands for any characters within a name, `?` for one character, `[a-z]` for one of a set (`[!a-z]` for one outside
///   of it), `{a,b}` for either, `**` alone between slashes for any number of folders; `\` takes the next character as it is.
/// - A pattern that ends with a plain name of a folder (`dist`), or with a slash (`packages/*/`), means everything below it,
///   hidden files too.
/// - Elsewhere hidden files and folders are matched only by a component that begins with a dot itself (`.github/**`, `.*`).
/// - `.git` and `.baton` are never looked into.
/// - A pattern that begins with `!` leaves out what it matches, and everything below a folder that it matches, wherever
///   it stands in the list; hidden files are no exception to it.
/// - Patterns may be absolute or begin with `../`.
/// - A symbolic link is a file of its own. It is followed where a pattern names it in plain letters, and nowhere else.
/// - Only files and symbolic links are found: an empty folder matches nothing.
public struct GlobSet: Sendable {
  /// Longer than any path can be.
  static let maximumLength = 4096

  /// The patterns that include, in the order given, as the user wrote them.
  public let included: [String]
  let roots: [Root]

  /// Patterns that start at the same place and are walked together.
  struct Root: Sendable {
    var path: [UInt8]
    /// With the index of the pattern in ``GlobSet/included`` that it belongs to.
    var includes: [(pattern: GlobPattern, source: Int)]
    var excludes: [GlobPattern]
  }

  /// Reads patterns. None at all is fine: they match nothing.
  public init(_ patterns: [String]) throws(GlobError) {
    var included: [String] = []
    var roots: [Root] = []
    func index(of root: [UInt8]) -> Int {
      if let known = roots.firstIndex(where: { $0.path == root }) { return known }
      roots.append(Root(path: root, includes: [], excludes: []))
      return roots.count - 1
    }
    for text in patterns {
      guard text.utf8.count <= GlobSet.maximumLength else {
        throw GlobError("\(text.prefix(40))…", "it is longer than \(GlobSet.maximumLength) bytes")
      }
      let excludes = text.utf8.first == UInt8(ascii: "!")
      let bytes = Array(excludes ? text.utf8.dropFirst() : text.utf8[...])
      for alternative in try GlobBraces.expand(bytes, of: text) {
        let pattern = try GlobPattern(alternative, of: text, excludes: excludes)
        let root = index(of: pattern.root)
        if excludes {
          roots[root].excludes.append(pattern)
        } else {
          roots[root].includes.append((pattern, included.count))
        }
      }
      if !excludes { included.append(text) }
    }
    if included.isEmpty, let first = patterns.first {
      throw GlobError(
        first, "it only leaves files out", cure: "add a pattern before it that says which files there are")
    }
    self.included = included
    self.roots = roots.filter { !$0.includes.isEmpty }.sorted { $0.path.precedes($1.path) }
  }

  /// What was found.
  public struct Matches: Sendable {
    /// Sorted by path, each once.
    public var files: [FoundFile] = []
    /// The patterns that matched nothing, in the order given.
    public var unmatched: [String] = []
    /// Folders whose entries were listed.
    var foldersRead = 0
  }

  /// Walks the folder; looks only where a match can be.
  ///
  /// - Throws: when the folder is not there or a folder on the way cannot be read.
  public func matches(in folder: FilePath) throws(FilesError) -> Matches {
    var matches = Matches()
    var used = [Bool](repeating: false, count: included.count)
    for root in roots {
      var walk = TreeWalk(root: root, folder: folder, sources: included.count)
      try walk.run()
      if matches.files.isEmpty { matches.files = walk.found } else { matches.files += walk.found }
      matches.foldersRead += walk.foldersRead
      for index in used.indices where walk.used[index] { used[index] = true }
    }
    matches.unmatched = included.indices.filter { !used[$0] }.map { included[$0] }
    return matches
  }
}

/// A file or a symbolic link that patterns matched.
public struct FoundFile: Sendable {
  /// As the pattern goes: relative to the folder, or absolute.
  public var path: FilePath
  /// Of the link itself, where it is one.
  public var stamp: FileStamp
}
