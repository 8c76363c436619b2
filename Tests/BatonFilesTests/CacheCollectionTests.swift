import BatonModel
import BatonRuntime
import BatonTestKit
import Glibc
import Testing

@testable import BatonFiles

@Suite struct CacheCollectionTests {
  let project = CacheProject()
  var folder: ScratchFolder { project.folder }
  let now = Instant(nanoseconds: StatCache.wallClock())
  var yesterday: Instant { Instant(nanoseconds: now.nanoseconds - 86_400_000_000_000) }

  /// Keeps the result of a step with one output of this content.
  func save(_ base: String, _ content: String) {
    folder.write("dist/app", content)
    #expect(project.save(project.request(base)) == "saved")
  }

  /// Sets the times of everything in the cache back by so many days.
  func age(days: Int) {
    for name in folder.list(".baton/cache") {
      let path = "\(folder.path)/.baton/cache/\(name)"
      let moment = timespec(tv_sec: Int(now.nanoseconds / 1_000_000_000) - days * 86_400, tv_nsec: 0)
      utimensat(AT_FDCWD, path, [moment, moment], 0)
    }
  }

  func collect(dryRun: Bool = false) -> CacheCollection.Report {
    CacheCollection.collect(project.cacheFolder, unusedSince: yesterday, now: now, dryRun: dryRun)
  }

  @Test func `What was not used since the moment goes with the blobs that only it needed`() {
    save("old", "old content")
    save("shared", "shared content")
    age(days: 40)
    save("new", "new content")
    folder.write("dist/app", "shared content")
    #expect(project.save(project.request("new too")) == "saved")
    let report = collect()
    #expect(report.removed.results == 2)
    #expect(report.removed.blobs == 1)
    #expect(report.left.results == 2)
    #expect(report.left.blobs == 2)
    #expect(report.failures.isEmpty)
    #expect(project.probe(project.request("old")) == "miss")
    folder.delete("dist")
    #expect(project.probe(project.request("new")).hasPrefix("hit 1"))
    #expect(project.probe(project.request("new too")).hasPrefix("hit 1"))
  }

  @Test func `A result that was found is in use`() {
    save("used", "content")
    age(days: 40)
    #expect(project.probe(project.request("used")).hasPrefix("hit"))
    #expect(collect().removed.results == 0)
    folder.delete("dist")
    #expect(project.probe(project.request("used")).hasPrefix("hit 1"))
  }

  @Test func `A blob younger than an hour may belong to a result that is being written`() {
    save("x", "content")
    folder.delete(".baton/cache/manifests")
    #expect(collect().removed.blobs == 0)
    age(days: 1)
    #expect(collect().removed.blobs == 1)
  }

  @Test func `A result that is torn goes at once`() throws {
    save("x", "content")
    let name = try #require(project.stored("manifests").first)
    folder.write(".baton/cache/manifests/\(name)", "{")
    #expect(collect().removed.results == 1)
  }

  @Test func `A dry run tells the same and removes nothing`() {
    save("old", "content")
    age(days: 40)
    let told = collect(dryRun: true)
    #expect(told.removed.results == 1)
    #expect(project.stored("manifests").count == 1)
    #expect(collect() == told)
    #expect(project.stored("manifests").isEmpty)
    #expect(folder.status(".baton/cache/blobs/\(ContentHash.digest(of: "content").hex.prefix(2))") == nil)
  }

  @Test func `What lies in the cache is counted in bytes`() {
    #expect(CacheCollection.contents(of: "/nowhere/at/all") == CacheCollection.Contents())
    save("x", "12345")
    let contents = CacheCollection.contents(of: project.cacheFolder)
    #expect(contents.results == 1)
    #expect(contents.blobs == 1)
    #expect(contents.bytes > 5)
  }
}
