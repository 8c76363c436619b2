import BatonModel
import BatonRuntime
import BatonTestKit
import Glibc
import Testing

@testable import BatonFiles

/// One project's cache, as the engine uses it.
struct CacheProject {
  let folder = ScratchFolder()
  let mailbox = TestMailbox()
  let cache: ContentCache
  var cacheFolder: String { "\(folder.path)/.baton/cache" }

  init() {
    cache = ContentCache(
      folder: "\(folder.path)/.baton/cache", run: "run-1", mailbox: mailbox, now: StatCacheTests.later)
  }

  func request(
    _ base: String = "base", inputs: [String] = ["src/**"], outputs: [String] = ["dist"], ignoreStored: Bool = false
  ) -> CacheRequest {
    CacheRequest(
      ticket: 7, workingDirectory: folder.path, inputs: inputs, outputs: outputs, base: base,
      ignoreStored: ignoreStored)
  }

  /// The answer in a few words: `hit 2 {…}`, `miss`, `failed: …`.
  func probe(_ request: CacheRequest) -> String {
    cache.probe(request)
    guard case .probed(7, let answer) = mailbox.next() else { return "no answer" }
    switch answer {
    case .hit(_, let values, let restored, _): return "hit \(restored) \(JSON.encode(.map(values)))"
    case .miss: return "miss"
    case .failed(let message): return "failed: \(message)"
    }
  }

  func save(_ request: CacheRequest, values: [String: Value] = [:]) -> String {
    cache.save(request, values: values)
    guard case .saved(7, let answer) = mailbox.next() else { return "no answer" }
    switch answer {
    case .saved: return "saved"
    case .missingOutputs(let patterns): return "missing \(patterns)"
    case .failed(let message): return "failed: \(message)"
    }
  }

  /// The files of the cache below one of its folders.
  func stored(_ name: String) -> [String] { folder.list(".baton/cache/\(name)") }
}

@Suite struct ContentCacheTests {
  let project = CacheProject()
  var folder: ScratchFolder { project.folder }

  /// A project whose step ran once and was saved.
  func build() {
    folder.write("src/a.c", "source")
    #expect(project.probe(project.request()) == "miss")
    folder.write("dist/app", "binary", mode: 0o755)
    folder.write("dist/doc/readme", "text", mode: 0o640)
    folder.link("dist/latest", to: "app")
    #expect(project.save(project.request(), values: ["version": "1.2", "size": 6]) == "saved")
  }

  @Test func `What was done before with the same inputs is a hit with its values`() {
    build()
    #expect(project.probe(project.request()) == #"hit 0 {"size":6,"version":"1.2"}"#)
  }

  @Test func `Outputs that were deleted are restored with content, mode and links`() {
    build()
    folder.delete("dist")
    #expect(project.probe(project.request()).hasPrefix("hit 3 "))
    #expect(folder.read("dist/app") == "binary")
    #expect(folder.status("dist/app").map { $0.st_mode & 0o777 } == 0o755)
    #expect(folder.status("dist/doc/readme").map { $0.st_mode & 0o777 } == 0o640)
    #expect(folder.read("dist/latest") == "binary")
    #expect(folder.status("dist/latest").map { $0.st_mode & S_IFMT } == S_IFLNK)
    #expect(project.probe(project.request()).hasPrefix("hit 0 "))
  }

  @Test func `An output that was changed is restored, and nothing else is written`() {
    build()
    folder.write("dist/app", "BINARY", mode: 0o755)
    chmod("\(folder.path)/dist/doc/readme", 0o600)
    let untouched = folder.status("dist/latest")?.st_ino
    #expect(project.probe(project.request()).hasPrefix("hit 2 "))
    #expect(folder.read("dist/app") == "binary")
    #expect(folder.status("dist/latest")?.st_ino == untouched)
  }

  @Test func `A file that the step did not make is left alone`() {
    build()
    folder.delete("dist/app")
    folder.write("dist/mine", "mine")
    #expect(project.probe(project.request()).hasPrefix("hit 1 "))
    #expect(folder.read("dist/mine") == "mine")
  }

  @Test func `A change to an input's content, name or executable bit is a miss`() {
    build()
    folder.write("src/a.c", "SOURCE")
    #expect(project.probe(project.request()) == "miss")
    folder.write("src/a.c", "source")
    #expect(project.probe(project.request()).hasPrefix("hit"))
    folder.write("src/b.c", "")
    #expect(project.probe(project.request()) == "miss")
    folder.delete("src/b.c")
    chmod("\(folder.path)/src/a.c", 0o755)
    #expect(project.probe(project.request()) == "miss")
    chmod("\(folder.path)/src/a.c", 0o644)
    #expect(project.probe(project.request()).hasPrefix("hit"))
    rename("\(folder.path)/src/a.c", "\(folder.path)/src/z.c")
    #expect(project.probe(project.request()) == "miss")
  }

  @Test func `Another step or other output patterns are a miss`() {
    build()
    #expect(project.probe(project.request("other")) == "miss")
    #expect(project.probe(project.request(outputs: ["dist/*"])) == "miss")
  }

  @Test func `An input that is a link changes with the file it leads to`() {
    folder.write("real/config", "one")
    folder.link("src/config", to: "../real/config")
    #expect(project.probe(project.request()) == "miss")
    folder.write("dist/app", "binary")
    #expect(project.save(project.request()) == "saved")
    #expect(project.probe(project.request()).hasPrefix("hit"))
    folder.write("real/config", "two")
    #expect(project.probe(project.request()) == "miss")
  }

  @Test func `Going back to what the inputs were brings back what was made of them`() {
    build()
    folder.write("src/a.c", "second")
    #expect(project.probe(project.request()) == "miss")
    folder.write("dist/app", "second binary", mode: 0o755)
    #expect(project.save(project.request(), values: ["version": "2"]) == "saved")
    folder.write("src/a.c", "source")
    #expect(project.probe(project.request()) == #"hit 1 {"size":6,"version":"1.2"}"#)
    #expect(folder.read("dist/app") == "binary")
  }

  @Test func `Without the cache the answer is a miss that still tells the inputs`() throws {
    build()
    project.cache.probe(project.request(ignoreStored: true))
    guard case .probed(_, .miss(let inputs)) = project.mailbox.next() else {
      Issue.record("no miss")
      return
    }
    let now = try project.cache.inputs(["src/**"], in: folder.path)
    #expect(inputs == now)
    #expect(now.files?.keys.sorted() == ["src/a.c"])
  }

  @Test func `Inputs that match nothing have a digest of their own`() throws {
    let nothing = try project.cache.inputs(["src/**"], in: folder.path)
    #expect(nothing.files == [:])
    folder.write("src/a")
    #expect(
      try project.cache.inputs(["src/**"], in: folder.path).digest != nothing.digest)
  }

  @Test func `Files are listed up to a thousand`() throws {
    for index in 0..<1000 { folder.write("src/\(index)") }
    #expect(try project.cache.inputs(["src"], in: folder.path).files?.count == 1000)
    folder.write("src/more")
    #expect(try project.cache.inputs(["src"], in: folder.path).files == nil)
  }

  @Test func `A malformed input pattern is an error of the digest too`() {
    let error = #expect(throws: BatonError.self) { try project.cache.inputs(["{"], in: folder.path) }
    #expect(error?.message.hasPrefix(#"the pattern "{" is malformed"#) == true)
  }

  @Test func `A step that is not to be stored has its outputs looked at and nothing kept`() {
    var request = project.request()
    request.stores = false
    #expect(project.save(request) == #"missing ["dist"]"#)
    folder.write("dist/app")
    #expect(project.save(request) == "saved")
    #expect(project.stored("manifests").isEmpty)
  }

  @Test func `Artifacts are kept with the run, also when outputs are missing or nothing is stored`() {
    var request = project.request()
    request.artifacts = ["logs/*.txt"]
    request.artifactFolder = "\(folder.path)/.baton/runs/run-1/artifacts/step"
    folder.write("logs/a.txt", "text")
    #expect(project.save(request) == #"missing ["dist"]"#)
    #expect(folder.read(".baton/runs/run-1/artifacts/step/logs/a.txt") == "text")
    folder.write("logs/a.txt", "more")
    request.outputs = []
    request.stores = false
    #expect(project.save(request) == "saved")
    #expect(folder.read(".baton/runs/run-1/artifacts/step/logs/a.txt") == "more")
  }

  @Test func `Artifacts that match nothing are a warning`() {
    var request = project.request(outputs: [])
    request.artifacts = ["logs/*.txt", "x"]
    request.artifactFolder = "\(folder.path)/.baton/runs/run-1/artifacts/step"
    #expect(project.save(request) == #"failed: nothing matches the artifacts "logs/*.txt", "x""#)
    #expect(project.probe(project.request(outputs: [])).hasPrefix("hit"))
  }

  @Test func `Output patterns that match nothing are told`() {
    folder.write("dist/a")
    #expect(
      project.save(project.request(outputs: ["dist/*", "report.html", "x/**"])) == #"missing ["report.html", "x/**"]"#)
    #expect(project.stored("manifests").isEmpty)
  }

  @Test func `A step whose inputs change while it runs is not kept`() {
    folder.write("src/a.c", "source")
    #expect(project.probe(project.request()) == "miss")
    folder.write("src/a.c", "edited")
    folder.write("dist/app", "binary")
    #expect(project.save(project.request()) == "failed: its inputs changed while it ran")
    #expect(project.probe(project.request()) == "miss")
  }

  @Test func `A malformed pattern fails the probe with its reason`() {
    #expect(
      project.probe(project.request(inputs: ["src/["]))
        == #"failed: the pattern "src/[" is malformed: no ] closes the [; write \[ for a bracket in a file's name"#)
  }

  @Test func `A blob that is gone makes a miss and changes nothing`() throws {
    build()
    let digest = ContentHash.digest(of: "binary").hex
    let blob = "\(digest.prefix(2))/\(digest.dropFirst(2))"
    #expect(project.stored("blobs").contains(blob))
    folder.delete(".baton/cache/blobs/\(blob)")
    folder.delete("dist")
    #expect(project.probe(project.request()) == "miss")
    #expect(folder.status("dist") == nil)
  }

  @Test func `A blob that is corrupt or truncated makes a miss, is removed, and comes back with the next save`() {
    for content in ["binarX", "bin", ""] {
      build()
      let digest = ContentHash.digest(of: "binary").hex
      let blob = ".baton/cache/blobs/\(digest.prefix(2))/\(digest.dropFirst(2))"
      folder.write(blob, content)
      folder.delete("dist")
      #expect(project.probe(project.request()) == "miss")
      #expect(folder.status("dist") == nil)
      #expect(folder.status(blob) == nil)
    }
    build()
    folder.delete("dist")
    #expect(project.probe(project.request()).hasPrefix("hit 3 "))
  }

  @Test func `A torn or changed manifest makes a miss`() throws {
    build()
    let name = try #require(project.stored("manifests").first)
    let text = try #require(folder.read(".baton/cache/manifests/\(name)"))
    for torn in ["", String(text.dropLast()), text.replacing("1.2", with: "9.9"), "[]"] {
      folder.write(".baton/cache/manifests/\(name)", torn)
      #expect(project.probe(project.request()) == "miss")
    }
    folder.write(".baton/cache/manifests/\(name)", text)
    #expect(project.probe(project.request()).hasPrefix("hit 0"))
  }

  @Test func `A cache that cannot be written to fails the save and names the place`() {
    folder.write(".baton/cache", "in the way")
    folder.write("dist/app", "binary")
    #expect(project.save(project.request()) == "failed: cannot write to \(project.cacheFolder)/blobs: Not a directory")
    #expect(project.probe(project.request()) == "miss")
  }

  @Test func `An output whose place is taken by a folder makes a miss`() {
    build()
    folder.delete("dist/app")
    folder.write("dist/app/inside", "mine")
    #expect(project.probe(project.request()) == "miss")
    #expect(folder.read("dist/app/inside") == "mine")
  }

  @Test func `Outputs whose names are not UTF-8 are kept and restored`() {
    folder.write("dist/plain")
    let name = Array("\(folder.path)/dist/caf".utf8) + [0xE9, 0]
    let made = name.withUnsafeBytes { raw in
      raw.assumingMemoryBound(to: CChar.self).baseAddress.map { open($0, O_WRONLY | O_CREAT, 0o644) } ?? -1
    }
    #expect(made >= 0)
    close(made)
    #expect(project.save(project.request()) == "saved")
    folder.delete("dist/plain")
    FilePath(bytes: Array(name.dropLast())).remove()
    #expect(project.probe(project.request()).hasPrefix("hit 2 "))
    #expect(FileStamp.of(FilePath(bytes: Array(name.dropLast())))?.isRegular == true)
  }

  @Test func `Equal contents are kept once, and nothing temporary stays behind`() {
    folder.write("dist/a", "same")
    folder.write("dist/b", "same")
    #expect(project.save(project.request()) == "saved")
    #expect(project.stored("blobs").count == 1)
    folder.delete("dist")
    #expect(project.probe(project.request()).hasPrefix("hit 2 "))
    #expect(folder.list(".baton/cache").filter { $0.contains("new") || $0.contains("staging") }.isEmpty)
  }

  @Test func `Two runs at once share the cache`() {
    let second = ContentCache(
      folder: project.cacheFolder, run: "run-2", mailbox: project.mailbox, now: StatCacheTests.later)
    folder.write("dist/app", "binary")
    for round in 0..<50 {
      project.cache.save(project.request("\(round)"), values: [:])
      second.save(project.request("\(round)"), values: [:])
    }
    for _ in 0..<100 {
      guard case .saved(_, .saved) = project.mailbox.next() else {
        Issue.record("not saved")
        return
      }
    }
    second.close()
    for round in 0..<50 { #expect(project.probe(project.request("\(round)")).hasPrefix("hit 0")) }
  }

  @Test func `A closed cache answers that it is closed`() {
    project.cache.close()
    #expect(project.probe(project.request()).hasPrefix("failed: the cache's thread"))
    #expect(project.save(project.request()).hasPrefix("failed: the cache's thread"))
    #expect(throws: BatonError.self) {
      try project.cache.inputs([], in: folder.path)
    }
  }

  @Test func `What was learned of files outlives the run`() {
    build()
    project.cache.close()
    let stats = StatCacheFile.read(FilePath("\(project.cacheFolder)/stat"))
    #expect((stats?.count ?? 0) >= 3)
  }
}
