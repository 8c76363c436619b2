import BatonRuntime
import CSystem
import Glibc

/// All processes of the machine at one moment, as `/proc` shows them (proc(5)).
struct ProcessTable {
  struct Entry {
    var pid: Int32
    var parent: Int32
    var group: Int32
    var session: Int32
    /// Has ended and waits to be reaped.
    var isZombie: Bool
  }

  /// By process id.
  let entries: [Int32: Entry]

  static func read() -> ProcessTable {
    var entries: [Int32: Entry] = [:]
    for name in Folders.names(in: "/proc") {
      guard let pid = Int32(name), let entry = entry(pid) else { continue }
      entries[pid] = entry
    }
    return ProcessTable(entries: entries)
  }

  /// `pid (name) state parent group session …`; the name may contain anything, also parentheses.
  private static func entry(_ pid: Int32) -> Entry? {
    guard let bytes = bytes(of: "/proc/\(pid)/stat", limit: 1024), let end = bytes.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    let fields = bytes[(end + 1)...].split(separator: 0x20, maxSplits: 4)
    guard fields.count > 3 else { return nil }
    func number(_ index: Int) -> Int32? { Int32(String(decoding: fields[index], as: UTF8.self)) }
    guard let parent = number(1), let group = number(2), let session = number(3) else { return nil }
    let state = fields[0].first
    return Entry(
      pid: pid, parent: parent, group: group, session: session,
      isZombie: state == UInt8(ascii: "Z") || state == UInt8(ascii: "X"))
  }

  /// The tokens that a process carries; none where its environment cannot be read.
  static func tokens(of pid: Int32) -> [String] {
    guard let bytes = bytes(of: "/proc/\(pid)/environ", limit: 4 << 20) else { return [] }
    return AttemptToken.tokens(inEnvironment: bytes)
  }

  /// Whether a process stands for an attempt elsewhere: it passes on what it is told.
  static func isCourier(_ pid: Int32) -> Bool {
    let variable = Array("\(CourierJob.variable)=".utf8)
    return bytes(of: "/proc/\(pid)/environ", limit: 4 << 20)?.split(separator: 0).contains { $0.starts(with: variable) }
      ?? false
  }

  /// The mark that a process carries, if any.
  static func mark(of pid: Int32) -> UInt64? {
    bytes(of: "/proc/\(pid)/limits", limit: 64 << 10).flatMap { AttemptToken.mark(inLimits: $0) }
  }

  private static func bytes(of path: String, limit: Int) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    var size = 1024
    while bytes.count < limit {
      let chunk = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        count = max(0, Glibc.read(file, buffer.baseAddress, size))
      }
      if chunk.isEmpty { break }
      bytes += chunk
      size = 64 << 10
    }
    return bytes.isEmpty ? nil : bytes
  }

  /// A process and those above it.
  func line(of pid: Int32) -> Set<Int32> {
    var line: Set<Int32> = []
    var current = pid
    while current > 0, line.insert(current).inserted { current = entries[current]?.parent ?? 0 }
    return line
  }

  /// What is known of an attempt whose processes are looked for.
  struct Wanted {
    /// The process that was started, and with it the process group.
    var leader: Int32
    /// It has been reaped: a process of that number is another one.
    var leaderIsGone: Bool
    var token: String
  }

  /// The living processes of each attempt: those of its group or session, those that descend from one, and those that
  /// carry its token or its mark.
  ///
  /// - Parameter root: only processes below this one are asked for what they carry; 0: all.
  func members<Key: Hashable>(of wanted: [Key: Wanted], below root: Int32) -> [Key: [Int32]] {
    var byLeader: [Int32: Key] = [:]
    var byToken: [String: Key] = [:]
    var byMark: [UInt64: Key] = [:]
    for (key, attempt) in wanted {
      byMark[AttemptToken.mark(attempt.token)] = key
      byToken[AttemptToken.plain(attempt.token)] = key
      if attempt.leader > 0, !attempt.leaderIsGone || entries[attempt.leader] == nil { byLeader[attempt.leader] = key }
    }
    let own = line(of: getpid())
    var owners: [Int32: Key?] = [:]
    func owner(_ pid: Int32) -> Key? {
      if let known = owners[pid] { return known }
      guard let entry = entries[pid], !own.contains(pid), pid > 2, entry.parent != 2 else { return nil }
      owners[pid] = .some(nil)
      var found = byLeader[pid] ?? byLeader[entry.group] ?? byLeader[entry.session] ?? owner(entry.parent)
      if found == nil, !entry.isZombie, root == 0 || line(of: pid).contains(root) {
        found =
          Self.tokens(of: pid).lazy.reversed().compactMap { byToken[$0] }.first
          ?? Self.mark(of: pid).flatMap { byMark[$0] }
      }
      owners[pid] = .some(found)
      return found
    }
    var members: [Key: [Int32]] = [:]
    for (pid, entry) in entries where !entry.isZombie {
      if let key = owner(pid) { members[key, default: []].append(pid) }
    }
    return members
  }
}
