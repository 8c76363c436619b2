import BatonModel
import BatonTestKit
import Glibc
import Testing

@testable import BatonData

@Suite struct DatasetTests {
  private let folder = ScratchFolder()
  private let key: MaskKey
  private let time = Instant(milliseconds: 1_700_000_000_000)

  init() throws { key = try MaskKey("a key of twenty bytes") }

  private var store: DatasetStore { DatasetStore(folder: folder.path + "/data") }

  private func add(_ bytes: [UInt8], _ name: String = "people", parents: [String] = []) throws -> DatasetStore.Version {
    try store.add(
      name, from: try ByteSource(folder.write("in", bytes)), key: key, by: "ann@host", at: time, parents: parents
    ).version
  }

  private func open(_ version: DatasetStore.Version, key: MaskKey? = nil) throws -> [UInt8] {
    try store.open(
      version, to: try ByteSink("\(folder.path)/out"), key: key ?? self.key, by: "bob@host", at: time, run: "r1",
      step: "s")
    return folder.bytes("out")
  }

  private func failure(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch let error as BatonError {
      return error.text
    } catch {
      return "\(error)"
    }
  }

  private func clean() {
    for name in ["objects", ""] {
      let path = "\(folder.path)/data/\(name)"
      guard let stream = opendir(path) else { continue }
      while let entry = readdir(stream) {
        let file = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if file != ".", file != ".." { unlink("\(path)/\(file)") }
      }
      closedir(stream)
      rmdir(path)
    }
  }

  @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 200_000])
  func `what goes in comes out, whatever its length, and stands nowhere in the clear`(_ size: Int) throws {
    defer { clean() }
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
    let version = try add(bytes)
    #expect(version.size == size && version.number == 1)
    #expect(try open(version) == bytes)
    let sealed = folder.bytes("data/objects/\(version.digest)")
    #expect(sealed.count > size)
    let piece = bytes.dropFirst(100).prefix(40)
    let places = piece.isEmpty ? [] : sealed.indices.filter { sealed[$0...].starts(with: piece) }
    #expect(places.isEmpty)
  }

  @Test func `versions have numbers, digests, lineage and makers; the same content is the same version`() throws {
    defer { clean() }
    let first = try add(Array("one".utf8))
    #expect(try add(Array("one".utf8)) == first)
    let second = try add(Array("two".utf8))
    let masked = try add(Array("xyz".utf8), "masked", parents: [second.digest])
    #expect(second.number == 2 && masked.parents == [second.digest] && masked.by == "ann@host")
    #expect(first.digest == "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed")
    #expect(try store.find("people") == second && store.find("people@1") == first)
    #expect(try store.find("people@\(first.digest.prefix(8))") == first)
    #expect(failure { _ = try store.find("poeple") }.contains("did you mean \"people\"?"))
    #expect(failure { _ = try store.find("people@3") }.contains("has no version \"3\""))
    #expect(failure { _ = try add([], "a/b") }.contains("can't be the name of a dataset"))
  }

  @Test func `each access is recorded, with run and step`() throws {
    defer { clean() }
    let version = try add(Array("one".utf8))
    _ = try open(version)
    let accesses = try store.accesses()
    #expect(
      accesses == [
        DatasetStore.Access(time: time, name: "people", digest: version.digest, by: "bob@host", run: "r1", step: "s")
      ])
    // A refused one as well.
    #expect(
      failure { _ = try open(version, key: try MaskKey("another key of twenty")) }.contains(
        "another key, or it was altered"))
    #expect(try store.accesses().count == 2)
  }

  @Test func `a file that was altered, cut or added to is refused, and nothing is written`() throws {
    defer { clean() }
    let version = try add([UInt8](repeating: 7, count: 150_000))
    let name = "data/objects/\(version.digest)"
    let sealed = folder.bytes(name)
    unlink("\(folder.path)/out")
    var altered = sealed
    altered[100_000] ^= 1
    let swapped = Array(sealed[..<40]) + sealed[65_593...] + sealed[40..<65_593]
    for bytes in [
      altered, Array(sealed.dropLast()), Array(sealed.prefix(40 + 65_553)), sealed + [0], Array(sealed.prefix(20)),
      swapped, [],
    ] {
      folder.write(name, bytes)
      let told = failure { _ = try open(version) }
      #expect(told.contains("can't be opened"), "\(told)")
      #expect(access("\(folder.path)/out", F_OK) != 0)
    }
    let other = try add(Array("other".utf8), "other")
    folder.write(name, folder.bytes("data/objects/\(other.digest)"))
    #expect(failure { _ = try open(version) }.contains("holds something else than its name says"))
  }

  @Test func `a line that a crash cut off counts for nothing, and harms no other`() throws {
    defer { clean() }
    let first = try add(Array("one".utf8))
    folder.write("data/versions.jsonl", folder.bytes("data/versions.jsonl") + Array("{\"name\": \"peo".utf8))
    #expect(try store.versions() == [first])
    #expect(try store.doubts().map(\.place?.line) == [2])
    let second = try add(Array("two".utf8))
    #expect(try store.versions() == [first, second] && second.number == 2)
    #expect(try store.doubts().isEmpty)
  }
}
