import BatonCore
import BatonProcess
import BatonTestKit
import Glibc
import Testing

/// Ports of services, and the files by which runs know whose they are.
@Suite struct LocalPlacesTests {
  private let scratch = ScratchFolder()
  private var folder: String { scratch.path }
  private var registry: String { "\(folder)/ports" }

  private func run(_ name: String) -> LocalPlaces {
    LocalPlaces(run: RunFolder(path: "\(folder)/\(name)"), registry: registry) { ScratchFolder.remove($0) }
  }

  private func isLocked(_ port: Int) -> Bool { access("\(registry)/\(port)", F_OK) == 0 }

  @Test func `no two runs have the same port, and each has its own again`() throws {
    let (one, two) = (run("one"), run("two"))
    let mine = try one.ports(["sql", "admin"], of: "db", before: [:])
    let sql = try #require(mine["sql"])
    #expect(try one.ports(["admin", "sql"], of: "db", before: [:]) == mine)
    // Another run would like to have it, since a database says that it once had.
    let other = try #require(try two.ports(["sql"], of: "db", before: ["sql": sql])["sql"])
    #expect(other != sql && Set(mine.values).count == 2)
    one.clear(ports: [])
    #expect(try run("three").ports(["sql"], of: "db", before: ["sql": sql]) == ["sql": sql])
    #expect(isLocked(other) && !isLocked(sql))
  }

  @Test func `a port that somebody listens on is passed over`() throws {
    let port = try #require(try run("one").ports(["http"], of: "web", before: [:])["http"])
    let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    defer { close(file) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(bound == 0 && listen(file, 1) == 0)
    #expect(try run("two").ports(["http"], of: "web", before: ["http": port])["http"] != port)
  }

  @Test func `a run that has succeeded leaves nothing, also of drivers that were killed`() throws {
    let places = run("one")
    let path = try places.folder(of: "db")
    #expect(access(path, F_OK) == 0)
    let port = try #require(try places.ports(["sql"], of: "db", before: [:])["sql"])
    // Of a driver that is dead, and of a run that lives.
    close(open("\(registry)/20001", O_RDWR | O_CREAT | O_CLOEXEC, 0o600))
    let living = run("two")
    let other = try #require(try living.ports(["sql"], of: "db", before: [:])["sql"])
    places.clear(ports: [port, 20_001, other])
    #expect(!isLocked(port) && !isLocked(20_001) && isLocked(other))
    #expect(access(path, F_OK) != 0)
  }

  @Test func `a link in place of the folder of the locks is not followed`() throws {
    let elsewhere = "\(folder)/elsewhere"
    try #require(mkdir(elsewhere, 0o755) == 0 && symlink(elsewhere, registry) == 0)
    #expect(throws: (any Error).self) { try run("one").ports(["sql"], of: "db", before: [:]) }
    #expect(rmdir(elsewhere) == 0, "nothing was put there")
  }
}
