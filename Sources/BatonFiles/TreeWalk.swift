import Glibc

/// One walk through a tree of folders, led by patterns: a folder is read only when a pattern can match below it, and
/// when all that patterns want of it is names, those are looked up without reading it.
struct TreeWalk {
  private let includes: [GlobPattern]
  private let sources: [Int]
  private let excludes: [GlobPattern]
  private let root: [UInt8]
  private let folder: FilePath
  private var descriptor: Int32 = -1
  private(set) var found: [FoundFile] = []
  /// Which of the set's patterns matched something.
  private(set) var used: [Bool]
  private(set) var foldersRead = 0

  /// How far a pattern has come: `component` is matched next; one past the last means everything below.
  private struct State: Equatable {
    var pattern: Int
    var component: Int
  }

  private struct Entry {
    /// From the root, without a slash at the end.
    var path: [UInt8]
    var isFolder: Bool
    /// For a file: its stamp. For a folder: nothing.
    var stamp: FileStamp?
    var states: [State] = []
    var excluding: [State] = []
  }

  /// What an entry's name does to the states.
  private struct Step {
    var accepts: [Int] = []
    var next: [State] = []
    /// A plain name led here, so that a link is followed.
    var named = false
  }

  init(root: GlobSet.Root, folder: FilePath, sources count: Int) {
    includes = root.includes.map(\.pattern)
    sources = root.includes.map(\.source)
    excludes = root.excludes
    self.root = root.path
    self.folder = folder
    used = [Bool](repeating: false, count: count)
  }

  mutating func run() throws(FilesError) {
    let start = root.isEmpty ? folder : FilePath(bytes: root).resolved(in: folder)
    descriptor = start.withCString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw .system("open the folder", start.text) }
    defer { close(descriptor) }
    var states: [State] = []
    for index in includes.indices { add(State(pattern: index, component: 0), of: includes, to: &states) }
    var excluding: [State] = []
    for index in excludes.indices { add(State(pattern: index, component: 0), of: excludes, to: &excluding) }
    if takesAll(excluding) { return }
    try visit([], states, excluding)
  }

  /// Adds a state, and those that `**` reaches without taking a name.
  private func add(_ state: State, of patterns: [GlobPattern], to states: inout [State]) {
    guard !states.contains(state) else { return }
    states.append(state)
    let components = patterns[state.pattern].components
    if state.component < components.count, components[state.component] == .anyDepth,
      state.component + 1 < components.count
    {
      add(State(pattern: state.pattern, component: state.component + 1), of: patterns, to: &states)
    }
  }

  /// Whether these states of patterns that leave out take everything in a folder.
  private func takesAll(_ states: [State]) -> Bool {
    states.contains { state in
      let pattern = excludes[state.pattern]
      return state.component == pattern.components.count
        || (state.component == pattern.components.count - 1 && pattern.components.last == .anyDepth)
    }
  }

  private func step(
    _ states: [State], of patterns: [GlobPattern], name: UnsafeBufferPointer<UInt8>, hiddenToo: Bool
  ) -> Step {
    var result = Step()
    let hidden = name.first == UInt8(ascii: ".")
    for state in states {
      let pattern = patterns[state.pattern]
      let count = pattern.components.count
      guard state.component < count else {
        result.accepts.append(state.pattern)
        if !result.next.contains(state) { result.next.append(state) }
        continue
      }
      let isLast = state.component == count - 1
      switch pattern.components[state.component] {
      case .anyDepth:
        guard !hidden || hiddenToo else { continue }
        if isLast { result.accepts.append(state.pattern) }
        add(state, of: patterns, to: &result.next)
        continue
      case .literal(let literal):
        guard literal.count == name.count, let base = name.baseAddress, memcmp(literal, base, name.count) == 0
        else { continue }
        result.named = true
      case .wildcard(let wildcard):
        guard !hidden || hiddenToo || wildcard.matchesHidden, wildcard.matches(name) else { continue }
      }
      if isLast {
        if !pattern.onlyFolders { result.accepts.append(state.pattern) }
        if pattern.takesFolders {
          let below = State(pattern: state.pattern, component: count)
          if !result.next.contains(below) { result.next.append(below) }
        }
      } else {
        add(State(pattern: state.pattern, component: state.component + 1), of: patterns, to: &result.next)
      }
    }
    return result
  }

  private mutating func visit(_ path: [UInt8], _ states: [State], _ excluding: [State]) throws(FilesError) {
    var entries: [Entry] = []
    if let names = plainNames(states) {
      for name in names { try look(up: name, in: path, states, excluding, &entries) }
    } else {
      try read(path, states, excluding, &entries)
    }
    // In the order of the whole paths: a folder is compared as `name/`.
    entries.sort { left, right in
      (left.isFolder ? left.path + [UInt8(ascii: "/")] : left.path)
        .precedes(right.isFolder ? right.path + [UInt8(ascii: "/")] : right.path)
    }
    for entry in entries {
      if entry.isFolder {
        try visit(entry.path, entry.states, entry.excluding)
      } else if let stamp = entry.stamp {
        found.append(FoundFile(path: FilePath(bytes: root + entry.path), stamp: stamp))
      }
    }
  }

  /// The names that the states want, where all of them want plain names.
  private func plainNames(_ states: [State]) -> [[UInt8]]? {
    var names: [[UInt8]] = []
    for state in states {
      let components = includes[state.pattern].components
      guard state.component < components.count, case .literal(let name) = components[state.component]
      else { return nil }
      if !names.contains(name) { names.append(name) }
    }
    return names
  }

  private mutating func look(
    up name: [UInt8], in path: [UInt8], _ states: [State], _ excluding: [State], _ entries: inout [Entry]
  ) throws(FilesError) {
    let whole = path.isEmpty ? name : path + [UInt8(ascii: "/")] + name
    var status = stat()
    let code = FilePath(bytes: whole).withCString { fstatat(descriptor, $0, &status, AT_SYMLINK_NOFOLLOW) }
    guard code == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return }
      throw .system("look at", (root + whole).asText)
    }
    name.withUnsafeBufferPointer { name in
      take(name, FileStamp(status), at: descriptor, by: whole, in: path, states, excluding, &entries)
    }
  }

  private mutating func read(
    _ path: [UInt8], _ states: [State], _ excluding: [State], _ entries: inout [Entry]
  ) throws(FilesError) {
    let opened = FilePath(bytes: path.isEmpty ? [UInt8(ascii: ".")] : path).withCString {
      openat(descriptor, $0, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
    guard opened >= 0 else {
      // Gone since its name was read, or no folder any more.
      if errno == ENOENT || errno == ENOTDIR { return }
      throw .system("read the folder", (root + path).asText)
    }
    guard let stream = fdopendir(opened) else {
      close(opened)
      throw .system("read the folder", (root + path).asText)
    }
    defer { closedir(stream) }
    foldersRead += 1
    guard let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name) else { return }
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        if errno != 0 { throw .system("read the folder", (root + path).asText) }
        return
      }
      let start = (UnsafeRawPointer(entry) + nameOffset).assumingMemoryBound(to: UInt8.self)
      let name = UnsafeBufferPointer(
        start: start, count: strlen(UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self)))
      if name.first == UInt8(ascii: "."), name.count == 1 || (name.count == 2 && name[1] == UInt8(ascii: ".")) {
        continue
      }
      let type = Int32(entry.pointee.d_type)
      if type == folderEntry {
        takeFolder(name, in: path, step(states, of: includes, name: name, hiddenToo: false), excluding, &entries)
        continue
      }
      guard type == fileEntry || type == linkEntry || type == unknownEntry else { continue }
      let taken = step(states, of: includes, name: name, hiddenToo: false)
      guard !taken.accepts.isEmpty || taken.named || type == unknownEntry else { continue }
      var status = stat()
      let code = fstatat(
        opened, UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self), &status, AT_SYMLINK_NOFOLLOW)
      guard code == 0 else {
        if errno == ENOENT { continue }
        throw .system("look at", (root + path + [UInt8(ascii: "/")] + Array(name)).asText)
      }
      take(name, FileStamp(status), at: opened, by: Array(name), in: path, states, excluding, &entries)
    }
  }

  /// Takes an entry whose stamp is known, as far as patterns want it.
  private mutating func take(
    _ name: UnsafeBufferPointer<UInt8>, _ stamp: FileStamp, at descriptor: Int32, by access: [UInt8],
    in path: [UInt8], _ states: [State], _ excluding: [State], _ entries: inout [Entry]
  ) {
    let taken = step(states, of: includes, name: name, hiddenToo: false)
    var isFolder = stamp.isFolder
    if stamp.isLink, taken.named {
      var target = stat()
      isFolder =
        FilePath(bytes: access).withCString { fstatat(descriptor, $0, &target, 0) } == 0
        && FileStamp(target).isFolder && !taken.next.isEmpty
    }
    if isFolder {
      takeFolder(name, in: path, taken, excluding, &entries)
      return
    }
    guard stamp.isRegular || stamp.isLink, !taken.accepts.isEmpty, !GlobPattern.isReserved(name) else { return }
    guard step(excluding, of: excludes, name: name, hiddenToo: true).accepts.isEmpty else { return }
    for pattern in taken.accepts { used[sources[pattern]] = true }
    entries.append(Entry(path: joined(path, name), isFolder: false, stamp: stamp))
  }

  private func takeFolder(
    _ name: UnsafeBufferPointer<UInt8>, in path: [UInt8], _ taken: Step, _ excluding: [State], _ entries: inout [Entry]
  ) {
    guard !taken.next.isEmpty, !GlobPattern.isReserved(name) else { return }
    let leaving = step(excluding, of: excludes, name: name, hiddenToo: true).next
    guard !takesAll(leaving) else { return }
    entries.append(Entry(path: joined(path, name), isFolder: true, states: taken.next, excluding: leaving))
  }

  private func joined(_ path: [UInt8], _ name: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    if path.isEmpty { return Array(name) }
    var whole: [UInt8] = []
    whole.reserveCapacity(path.count + 1 + name.count)
    whole.append(contentsOf: path)
    whole.append(UInt8(ascii: "/"))
    whole.append(contentsOf: name)
    return whole
  }
}

// The kinds of `d_type` (readdir(3)), as numbers of one type on all versions of the C library.
private let unknownEntry: Int32 = 0
private let folderEntry: Int32 = 4
private let fileEntry: Int32 = 8
private let linkEntry: Int32 = 10

extension [UInt8] {
  fileprivate var asText: String { String(decoding: self, as: UTF8.self) }
}
