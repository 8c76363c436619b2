import Glibc

/// One walk through a tree of folders, led by patterns: a folder is read only when a pattern can match below it, and
/// when all that patterns want of it is names, those are looked up without reading it.
struct TreeWalk {
  private let includes: GlobAutomaton
  private let excludes: GlobAutomaton
  /// By pattern of `includes`: the pattern of the set that it belongs to.
  private let sources: [Int]
  private let root: [UInt8]
  private let folder: FilePath
  private var descriptor: Int32 = -1
  private(set) var found: [FoundFile] = []
  /// Which of the set's patterns matched something.
  private(set) var used: [Bool]
  private var unusedCount: Int
  private(set) var foldersRead = 0

  /// What was found in one folder. Small to move, for entries are sorted.
  private struct Entry {
    /// From the root; of a folder with a slash at the end, so that whole paths come in order.
    var path: [UInt8]
    /// Into `files` or `folders`.
    var index: Int
  }

  private struct Listing {
    /// From the root; empty or with a slash at the end.
    let path: [UInt8]
    let states: [GlobState]
    let excluding: [GlobState]
    var entries: [Entry] = []
    var files: [FileStamp] = []
    var folders: [(states: [GlobState], excluding: [GlobState])] = []
  }

  init(root: GlobSet.Root, folder: FilePath, sources count: Int) {
    includes = GlobAutomaton(patterns: root.includes.map(\.pattern), hiddenToo: false)
    excludes = GlobAutomaton(patterns: root.excludes, hiddenToo: true)
    sources = root.includes.map(\.source)
    self.root = root.path
    self.folder = folder
    used = [Bool](repeating: false, count: count)
    unusedCount = Set(sources).count
  }

  mutating func run() throws(FilesError) {
    let start = root.isEmpty ? folder : FilePath(bytes: root).resolved(in: folder)
    descriptor = start.withCString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw .system("open the folder", start.text) }
    defer { close(descriptor) }
    let excluding = excludes.start
    if !excludes.takesAll(excluding) { try visit([], includes.start, excluding) }
  }

  private mutating func visit(
    _ path: [UInt8], _ states: [GlobState], _ excluding: [GlobState]
  ) throws(FilesError) {
    var listing = Listing(path: path, states: states, excluding: excluding)
    if let names = includes.plainNames(states) {
      for name in names { try look(up: name, &listing) }
    } else {
      try read(&listing)
    }
    listing.entries.sort { $0.path.precedes($1.path) }
    for entry in listing.entries {
      if entry.path.last == UInt8(ascii: "/") {
        let below = listing.folders[entry.index]
        try visit(entry.path, below.states, below.excluding)
      } else {
        let path = root.isEmpty ? entry.path : root + entry.path
        found.append(FoundFile(path: FilePath(bytes: path), stamp: listing.files[entry.index]))
      }
    }
  }

  private mutating func look(up name: [UInt8], _ listing: inout Listing) throws(FilesError) {
    let path = listing.path + name
    var status = stat()
    let code = FilePath(bytes: path).withCString { fstatat(descriptor, $0, &status, AT_SYMLINK_NOFOLLOW) }
    guard code == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return }
      throw .system("look at", FilePath(bytes: root + path).text)
    }
    name.withUnsafeBufferPointer { take($0, FileStamp(status), &listing) }
  }

  private mutating func read(_ listing: inout Listing) throws(FilesError) {
    let opened = FilePath(bytes: listing.path.isEmpty ? [UInt8(ascii: ".")] : listing.path).withCString {
      openat(descriptor, $0, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
    guard opened >= 0 else {
      // Gone since its name was read, or no folder any more.
      if errno == ENOENT || errno == ENOTDIR { return }
      throw .system("read the folder", FilePath(bytes: root + listing.path).text)
    }
    guard let stream = fdopendir(opened), let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name) else {
      let code = errno
      close(opened)
      throw .system("read the folder", FilePath(bytes: root + listing.path).text, code)
    }
    defer { closedir(stream) }
    foldersRead += 1
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        if errno != 0 { throw .system("read the folder", FilePath(bytes: root + listing.path).text) }
        return
      }
      let start = UnsafeRawPointer(entry) + nameOffset
      let text = start.assumingMemoryBound(to: CChar.self)
      let name = UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: strlen(text))
      if TreeWalk.isSelfOrParent(name) { continue }
      switch Int32(entry.pointee.d_type) {
      case EntryType.folder: takeFolder(name, &listing)
      case EntryType.file:
        guard includes.accepts(name, listing.states) else { continue }
        fallthrough
      case EntryType.link, EntryType.unknown:
        var status = stat()
        guard fstatat(opened, text, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
          if errno == ENOENT { continue }
          throw .system("look at", FilePath(bytes: root + listing.path + Array(name)).text)
        }
        take(name, FileStamp(status), &listing)
      default: continue
      }
    }
  }

  /// Takes an entry whose stamp is known, as far as patterns want it.
  private mutating func take(_ name: UnsafeBufferPointer<UInt8>, _ stamp: FileStamp, _ listing: inout Listing) {
    if stamp.isFolder || (stamp.isLink && leadsToWantedFolder(name, listing)) {
      takeFolder(name, &listing)
      return
    }
    guard stamp.isRegular || stamp.isLink, includes.accepts(name, listing.states), !GlobPattern.isReserved(name),
      !excludes.accepts(name, listing.excluding)
    else { return }
    if unusedCount > 0 {
      for state in listing.states where !used[sources[state.pattern]] && includes.accepts(name, state) {
        used[sources[state.pattern]] = true
        unusedCount -= 1
      }
    }
    listing.entries.append(
      Entry(path: TreeWalk.joined(listing.path, name, isFolder: false), index: listing.files.count))
    listing.files.append(stamp)
  }

  private func takeFolder(_ name: UnsafeBufferPointer<UInt8>, _ listing: inout Listing) {
    let states = includes.descend(name, listing.states)
    guard !states.isEmpty, !GlobPattern.isReserved(name) else { return }
    let excluding = excludes.descend(name, listing.excluding)
    guard !excludes.takesAll(excluding) else { return }
    listing.entries.append(
      Entry(path: TreeWalk.joined(listing.path, name, isFolder: true), index: listing.folders.count))
    listing.folders.append((states, excluding))
  }

  /// Whether a link that a pattern names in plain letters leads to a folder.
  private func leadsToWantedFolder(_ name: UnsafeBufferPointer<UInt8>, _ listing: Listing) -> Bool {
    guard includes.names(name, listing.states) else { return false }
    let path = FilePath(bytes: TreeWalk.joined(listing.path, name, isFolder: false))
    var target = stat()
    return path.withCString { fstatat(descriptor, $0, &target, 0) } == 0 && FileStamp(target).isFolder
      && !includes.descend(name, listing.states).isEmpty
  }

  private static func isSelfOrParent(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    name.first == UInt8(ascii: ".") && (name.count == 1 || (name.count == 2 && name[1] == UInt8(ascii: ".")))
  }

  private static func joined(_ path: [UInt8], _ name: UnsafeBufferPointer<UInt8>, isFolder: Bool) -> [UInt8] {
    let count = path.count + name.count + (isFolder ? 1 : 0)
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      _ = buffer[..<path.count].initialize(fromContentsOf: path)
      _ = buffer[path.count..<(path.count + name.count)].initialize(fromContentsOf: name)
      if isFolder { buffer[count - 1] = UInt8(ascii: "/") }
      initialized = count
    }
  }
}

/// The kinds of `d_type` (readdir(3)) that matter here.
private enum EntryType {
  static let unknown: Int32 = 0
  static let folder: Int32 = 4
  static let file: Int32 = 8
  static let link: Int32 = 10
}
