import BatonTestKit
import Glibc
import Testing

@testable import BatonFiles

@Suite struct StatCacheTests {
  let folder = ScratchFolder()
  var cachePath: FilePath { FilePath("\(folder.path)/.baton/cache/stat") }

  /// A clock an hour ahead, so that files just written count as settled.
  static let later: @Sendable () -> Int64 = { StatCache.wallClock() + 3_600_000_000_000 }

  func digester(now: @escaping () -> Int64 = StatCacheTests.later) -> FileDigester {
    FileDigester(cache: StatCache(path: cachePath, now: now))
  }

  func digest(_ digester: FileDigester, _ name: String) throws -> String {
    let path = FilePath("\(folder.path)/\(name)")
    return try digester.digest(of: path, FileStamp.of(path)).hex
  }

  @Test func `A digest is BLAKE2b-256 of the content`() throws {
    folder.write("empty")
    folder.write("abc", "abc")
    // RFC 7693's function with 32 bytes of output, as `b2sum -l 256` prints it.
    #expect(try digest(digester(), "empty") == "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8")
    #expect(try digest(digester(), "abc") == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319")
  }

  @Test func `A digest reads back from its digits and from nothing else`() {
    let digest = ContentHash.digest(of: "x")
    #expect(Digest(hex: digest.hex) == digest)
    #expect(Digest(hex: String(digest.hex.dropLast())) == nil)
    #expect(Digest(hex: digest.hex.uppercased()) == nil)
  }

  @Test func `A file longer than the buffer is hashed to its end`() throws {
    folder.write("long", String(repeating: "0123456789abcdef", count: 40_000))
    let before = try digest(digester(), "long")
    folder.write("long", String(repeating: "0123456789abcdef", count: 39_999) + "0123456789abcdeF")
    #expect(try digest(digester(), "long") != before)
  }

  @Test func `An unchanged file is not read again, also by another run`() throws {
    folder.write("a", "one")
    let first = digester()
    let digest = try digest(first, "a")
    #expect(try self.digest(first, "a") == digest)
    #expect(first.filesRead == 1)
    first.cache.save()
    let second = digester()
    #expect(try self.digest(second, "a") == digest)
    #expect(second.filesRead == 0)
  }

  @Test func `A change that keeps size and time of modification is seen`() throws {
    folder.write("a", "one")
    let digester = digester()
    let before = try digest(digester, "a")
    let status = try #require(folder.status("a"))
    folder.write("a", "two")
    utimensat(AT_FDCWD, "\(folder.path)/a", [status.st_atim, status.st_mtim], 0)
    #expect(folder.status("a")?.st_mtim.tv_nsec == status.st_mtim.tv_nsec)
    #expect(try digest(digester, "a") != before)
  }

  @Test func `A file that changed within two seconds of reading is read again`() throws {
    folder.write("a", "one")
    let status = try #require(folder.status("a"))
    let written = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    let fresh = digester(now: { written + 1_900_000_000 })
    _ = try digest(fresh, "a")
    _ = try digest(fresh, "a")
    #expect(fresh.filesRead == 2)
    let settled = digester(now: { written + 2_100_000_000 })
    _ = try digest(settled, "a")
    _ = try digest(settled, "a")
    #expect(settled.filesRead == 1)
  }

  @Test func `A torn or foreign file of stamps counts as none, at every length`() throws {
    folder.write("a", "one")
    let first = digester()
    _ = try digest(first, "a")
    first.cache.save()
    let whole = try #require(FileContent.read(cachePath, atMost: 1 << 20))
    #expect(StatCacheFile.read(cachePath)?.count == 1)
    for length in 0..<whole.count {
      #expect(FileContent.replace(cachePath, with: Array(whole[..<length])))
      #expect(StatCacheFile.read(cachePath) == nil, "cut at \(length)")
    }
    for index in whole.indices {
      var flipped = whole
      flipped[index] ^= 1
      #expect(FileContent.replace(cachePath, with: flipped))
      #expect(StatCacheFile.read(cachePath) == nil, "flipped at \(index)")
    }
    let second = digester()
    #expect(try digest(second, "a") == digest(first, "a"))
    #expect(second.filesRead == 1)
  }

  @Test func `What two runs learn at once is kept of both`() throws {
    folder.write("a", "one")
    folder.write("b", "two")
    let (first, second) = (digester(), digester())
    _ = try digest(first, "a")
    _ = try digest(second, "b")
    first.cache.save()
    second.cache.save()
    let third = digester()
    _ = try digest(third, "a")
    _ = try digest(third, "b")
    #expect(third.filesRead == 0)
  }

  @Test func `What nobody asked for in 30 days is dropped`() throws {
    folder.write("a", "one")
    folder.write("b", "two")
    let first = digester()
    _ = try digest(first, "a")
    first.cache.save()
    let monthLater = digester(now: { StatCacheTests.later() + 32 * 86_400_000_000_000 })
    _ = try digest(monthLater, "b")
    monthLater.cache.save()
    #expect(StatCacheFile.read(cachePath)?.count == 1)
  }
}
