import BatonFiles
import BatonTestKit
import Glibc
import Testing

@Suite struct ArtifactKeeperTests {
  let folder = ScratchFolder()
  var target: String { "\(folder.path)/kept" }
  var work: String { "\(folder.path)/work" }

  func keep(_ patterns: String...) throws -> ArtifactKeeper.Kept {
    try ArtifactKeeper().keep(patterns, from: work, to: target).get()
  }

  @Test func `Files are copied with their paths and modes, and listed with size and digest`() throws {
    folder.write("work/report/index.html", "<p>")
    folder.write("work/report/run.sh", "#!", mode: 0o755)
    folder.write("work/other")
    let kept = try keep("report")
    #expect(kept.artifacts.map(\.path) == ["report/index.html", "report/run.sh"])
    #expect(kept.artifacts.map(\.size) == [3, 2])
    #expect(kept.artifacts.map(\.digest) == ["<p>", "#!"].map { ContentHash.digest(of: $0).hex })
    #expect(folder.read("kept/report/index.html") == "<p>")
    #expect(folder.status("kept/report/run.sh").map { $0.st_mode & 0o777 } == 0o755)
    #expect(folder.list("kept") == ["report/index.html", "report/run.sh"])
  }

  @Test func `What the step changes afterwards leaves the artifact as it is, and another attempt replaces it`() throws {
    folder.write("work/a", "one")
    _ = try keep("a")
    folder.write("work/a", "two")
    #expect(folder.read("kept/a") == "one")
    _ = try keep("a")
    #expect(folder.read("kept/a") == "two")
  }

  @Test func `Files outside of the folder stay below the target`() throws {
    folder.write("beside/a", "x")
    folder.makeFolder("work")
    let kept = try keep("../beside/a", "\(folder.path)/beside/*")
    #expect(kept.artifacts.map(\.path) == ["_root\(folder.path)/beside/a", "_up/beside/a"])
    #expect(folder.read("kept/_up/beside/a") == "x")
    #expect(folder.read("kept/_root\(folder.path)/beside/a") == "x")
  }

  @Test func `A link to a file is kept as the file, another one as a link`() throws {
    folder.write("beside/a", "x")
    folder.link("work/file", to: "../beside/a")
    folder.link("work/nowhere", to: "gone")
    #expect(try keep("*").artifacts.map(\.path) == ["file", "nowhere"])
    #expect(folder.status("kept/file").map { $0.st_mode & S_IFMT } == S_IFREG)
    #expect(folder.status("kept/nowhere").map { $0.st_mode & S_IFMT } == S_IFLNK)
  }

  @Test func `Patterns that match nothing are told, and nothing is made`() throws {
    folder.makeFolder("work")
    let kept = try keep("*.png", "log.txt")
    #expect(kept.artifacts.isEmpty)
    #expect(kept.unmatched == ["*.png", "log.txt"])
    #expect(folder.status("kept") == nil)
  }

  @Test func `A target that cannot be written to is an error that names it`() {
    folder.write("work/a")
    folder.write("kept", "in the way")
    let error = #expect(throws: FilesError.self) { try keep("a") }
    #expect(error?.message == "cannot write \(target)/a: Not a directory")
  }
}
