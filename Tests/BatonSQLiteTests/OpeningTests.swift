import BatonModel
import BatonRuntime
import BatonTestKit
import Glibc
import Testing

@testable import BatonSQLite

@Suite struct OpeningTests {
  @Test("A project without runs says so")
  func missing() {
    let project = TemporaryProject()
    let error = batonError { _ = try SQLiteStore(existing: project.database) }
    #expect(error?.code == .usage)
    #expect(error?.message == "there are no runs here: \(project.database) does not exist")
    #expect(TemporaryProject.names(in: project.folder).isEmpty)
  }

  @Test("A folder that is not there, or is a file, is named")
  func folders() {
    let project = TemporaryProject()
    var error = batonError { _ = try SQLiteStore(creating: "\(project.folder)/no/where/baton.db") }
    #expect(error?.code == .usage)
    #expect(error?.message == "the folder \(project.folder)/no/where cannot be made: No such file or directory")
    TemporaryProject.write([], to: project.baton)
    error = batonError { _ = try project.store() }
    #expect(error?.code == .usage)
    #expect(error?.message.hasPrefix("the database \(project.database) cannot be opened") == true)
  }

  @Test("A folder in the database's place is named")
  func folderAsDatabase() {
    let project = TemporaryProject()
    mkdir(project.baton, 0o755)
    mkdir(project.database, 0o755)
    let error = batonError { _ = try project.store() }
    #expect(error?.code == .usage)
    #expect(error?.message.contains(project.database) == true)
  }

  @Test("A file that is no database is refused and left alone")
  func notADatabase() {
    let project = TemporaryProject()
    mkdir(project.baton, 0o755)
    let text = Array(repeating: "this is a letter to my aunt\n", count: 100).joined().utf8
    TemporaryProject.write(text, to: project.database)
    let error = batonError { _ = try project.store() }
    #expect(error?.code == .usage)
    #expect(error?.message == "\(project.database) is not a database of Baton")
    #expect(TemporaryProject.read(project.database) == Array(text))
  }

  @Test("A new database has all its tables, and its log to be, before it has a name")
  func freshDatabase() throws {
    let project = TemporaryProject()
    mkdir(project.baton, 0o755)
    #expect(FreshDatabase.make(at: project.database, .current))
    #expect(TemporaryProject.names(in: project.baton) == ["baton.db"])
    #expect(Array(TemporaryProject.read(project.database)[18..<20]) == [2, 2])
    // One that is there stays as it is.
    #expect(!FreshDatabase.make(at: project.database, .current))
    try StoreCheck.whole(SQLiteStore(existing: project.database), "r1", [], at: 100)
    #expect(try SQLiteStore(existing: project.database).integrityProblems() == [])
  }

  @Test("Where a file cannot be made before its name, SQLite makes the database")
  func notFresh() throws {
    #expect(!FreshDatabase.make(at: "/proc/self/baton.db", .current))
    #expect(!FreshDatabase.make(at: "/no/where/baton.db", .current))
    #expect(!FreshDatabase.make(at: "baton.db", .current))
  }

  @Test("An empty file becomes a database")
  func emptyFile() throws {
    let project = TemporaryProject()
    mkdir(project.baton, 0o755)
    TemporaryProject.write([], to: project.database)
    try StoreCheck.whole(project.store(), "r1", [], at: 100)
    #expect(try SQLiteStore(existing: project.database).runs(limit: nil).count == 1)
  }

  @Test("A damaged page is told as damage, with the way to save what is left")
  func damage() throws {
    let project = TemporaryProject()
    do {
      let journal = try StoreCheck.create(project.store())
      // Long enough to be copied into the database when the journal is closed.
      for batch in 0..<40 { try journal.appendNow(StoreCheck.progress(1000, after: Int64(batch * 1000))) }
      journal.close()
    }
    var bytes = TemporaryProject.read(project.database)
    // Behind the pages that tell what tables there are.
    try #require(bytes.count > 200 * 4096)
    for page in stride(from: 100, to: 200, by: 1) {
      for byte in 0..<2048 { bytes[page * 4096 + byte] = UInt8(truncatingIfNeeded: byte &* 31 &+ page) }
    }
    TemporaryProject.write(bytes, to: project.database)
    let store = try SQLiteStore(existing: project.database)
    let error = batonError { _ = try store.records(of: "r1", after: 0) }
    #expect(error?.code == .failure)
    #expect(error?.message.hasPrefix("the database \(project.database) is damaged") == true)
    #expect(error?.cure?.contains("sqlite3 \(project.database) .recover") == true)
    #expect(try !store.integrityProblems().isEmpty)
  }

  @Test("What one store commits, another that is open sees")
  func readersSeeWriters() throws {
    let project = TemporaryProject()
    let writer = try project.store()
    let journal = try StoreCheck.create(writer)
    let reader = try SQLiteStore(existing: project.database)
    try journal.appendNow(StoreCheck.progress(3))
    #expect(try reader.records(of: "r1", after: 0).count == 3)
    #expect(try reader.runs(limit: nil)[0].driver?.hasPrefix("pid \(getpid()) on ") == true)
    try journal.appendNow(StoreCheck.progress(2, after: 3))
    #expect(try reader.records(of: "r1", after: 3).count == 2)
  }

  @Test(
    "A project on a read-only file system can be read, and says so when it is to be written",
    .enabled(if: Mount.isAllowed))
  func readOnly() throws {
    let mount = try Mount(megabytes: 8)
    let path = "\(mount.path)/.baton/baton.db"
    do {
      let journal = try StoreCheck.create(SQLiteStore(creating: path))
      try journal.appendNow(StoreCheck.progress(3))
      journal.close()
    }
    try mount.makeReadOnly()
    #expect(try SQLiteStore(existing: path).records(of: "r1", after: 0).count == 3)
    let error = batonError { _ = try SQLiteStore(creating: path) }
    #expect(error?.code == .usage)
    #expect(error?.message == "the database \(path) cannot be written: it or its folder is read-only")
  }

  @Test("On a full disk nothing is lost, and it goes on when there is room again", .enabled(if: Mount.isAllowed))
  func diskFull() throws {
    let mount = try Mount(megabytes: 2)
    let path = "\(mount.path)/.baton/baton.db"
    let store = try SQLiteStore(creating: path)
    let journal = try StoreCheck.create(store)
    let ballast = "\(mount.path)/ballast"
    TemporaryProject.write([UInt8](repeating: 1, count: 1 << 20), to: ballast)
    let mailbox = CollectingMailbox()
    var last: Int64 = 0
    var error: BatonError?
    while error == nil {
      journal.append(StoreCheck.progress(500, after: last), mailbox: mailbox)
      do {
        try mailbox.waitForCommit(through: last + 500)
        last += 500
      } catch let failed as BatonError {
        error = failed
      }
      try #require(last < 1_000_000)
    }
    #expect(error?.code == .failure)
    #expect(error?.message == "the database \(path) cannot grow: the disk is full")
    #expect(try store.records(of: "r1", after: 0).count == Int(last))
    unlink(ballast)
    try journal.appendNow(StoreCheck.progress(500, after: last))
    #expect(try store.records(of: "r1", after: 0).count == Int(last) + 500)
    #expect(try store.integrityProblems() == [])
  }
}

/// A file system of its own, in memory.
final class Mount {
  let path: String
  private let project = TemporaryProject()

  /// Whether this process may mount file systems: as root, outside of most containers.
  static let isAllowed: Bool = {
    guard geteuid() == 0 else { return false }
    return (try? Mount(megabytes: 1)) != nil
  }()

  init(megabytes: Int) throws {
    path = "\(project.folder)/disk"
    mkdir(path, 0o755)
    guard mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m") == 0 else {
      throw StoreViolation("mount: \(String(cString: strerror(errno)))")
    }
  }

  func makeReadOnly() throws {
    // A process that another test is starting has a copy of every open file for a moment.
    for _ in 0..<1_000_000 {
      if mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), "") == 0 { return }
      guard errno == EBUSY else { break }
      sched_yield()
    }
    throw StoreViolation("remount: \(String(cString: strerror(errno)))")
  }

  deinit { umount2(path, Int32(MNT_DETACH)) }
}
