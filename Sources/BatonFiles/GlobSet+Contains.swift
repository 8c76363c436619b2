extension GlobSet {
  /// Whether a path is one that the patterns name, whether there is such a file or not.
  ///
  /// - Parameters:
  ///   - path: of a file, absolute.
  ///   - folder: that the patterns are relative to, absolute.
  public func contains(_ path: FilePath, in folder: FilePath) -> Bool {
    let wanted = GlobSet.components(path.bytes)
    let base = GlobSet.components(folder.bytes)
    return roots.contains { root in
      guard let start = GlobSet.start(root.path, base), wanted.starts(with: start), wanted.count > start.count else {
        return false
      }
      return GlobSet.contains(wanted[start.count...], root)
    }
  }

  private static func contains(_ names: ArraySlice<[UInt8]>, _ root: Root) -> Bool {
    let includes = GlobAutomaton(patterns: root.includes.map(\.pattern), hiddenToo: false)
    let excludes = GlobAutomaton(patterns: root.excludes, hiddenToo: true)
    var (states, excluding) = (includes.start, excludes.start)
    guard !excludes.takesAll(excluding) else { return false }
    for (index, name) in zip(names.indices, names) {
      let isLast = index == names.endIndex - 1
      let goesOn = name.withUnsafeBufferPointer { name in
        if GlobPattern.isReserved(name) { return false }
        if isLast { return includes.accepts(name, states) && !excludes.accepts(name, excluding) }
        states = includes.descend(name, states)
        excluding = excludes.descend(name, excluding)
        return !states.isEmpty && !excludes.takesAll(excluding)
      }
      guard goesOn else { return false }
    }
    return true
  }

  /// Where patterns with this root begin; nil: above the root of all files.
  private static func start(_ root: [UInt8], _ base: [[UInt8]]) -> [[UInt8]]? {
    if root.first == UInt8(ascii: "/") { return [] }
    let ups = root.count / 3
    return ups <= base.count ? Array(base.dropLast(ups)) : nil
  }

  /// The names of a path; `.` and `..` are resolved by the letters.
  private static func components(_ path: [UInt8]) -> [[UInt8]] {
    var names: [[UInt8]] = []
    for name in path.split(separator: UInt8(ascii: "/")) where name != [UInt8(ascii: ".")] {
      if name.elementsEqual("..".utf8) { _ = names.popLast() } else { names.append(Array(name)) }
    }
    return names
  }
}
