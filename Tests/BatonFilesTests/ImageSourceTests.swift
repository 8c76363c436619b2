import BatonModel
import BatonTestKit
import Testing

@testable import BatonFiles

@Suite struct ImageSourceTests {
  private let project = CacheProject()
  private var folder: ScratchFolder { project.folder }

  private func digest(_ name: String = "env") throws -> String { try project.cache.image(at: "\(folder.path)/\(name)") }

  @Test("The digest of an image is of all that its build sees, and of nothing else")
  func contents() throws {
    folder.write("env/Dockerfile", "FROM x")
    folder.write("env/.dockerignore", "# notes\nnotes\n./*.log\n")
    folder.write("env/.hidden/file", "1")
    let first = try digest()
    #expect(try digest("env/../env/") == first && digest("env/Dockerfile") == first)
    folder.write("env/notes/deep/x")
    folder.write("env/a.log")
    folder.write("env/.git/index")
    folder.write("env/.baton/baton.db")
    #expect(try digest() == first)
    var seen: Set<String> = [first]
    func changes() throws { #expect(seen.insert(try digest()).inserted, "it was that before") }
    folder.write("env/sub/b.log")
    try changes()
    folder.write("env/.hidden/file", "2")
    try changes()
    folder.write("env/Dockerfile", "FROM y")
    try changes()
    folder.write("env/.dockerignore", "Dockerfile\n")
    try changes()
    folder.write("env/Dockerfile", "FROM z")
    try changes()
    folder.write("env/Containerfile", "FROM z")
    try changes()
  }

  @Test("What leaves files out is read as engines read it, and not at all where it has exceptions")
  func ignored() {
    #expect(IgnoreFile.read("a\n\n  /b/ \n#c\n./d/**/e\nf{1}\n") == ["a", "b", "d/**/e", "f\\{1\\}"])
    #expect(IgnoreFile.read("*\n!src\n") == nil)
    #expect(IgnoreFile.read("../x\n") == nil && IgnoreFile.read("[^a]\n") == nil)
  }

  @Test("A folder without instructions, and what is not there, are no images")
  func none() {
    folder.write("empty/x")
    for (name, text) in [("empty", "neither a Containerfile nor a Dockerfile"), ("no", "there is nothing at")] {
      #expect {
        try digest(name)
      } throws: {
        ($0 as? BatonError)?.message.contains(text) == true
      }
    }
  }

  @Test("A name of an image is no path", arguments: ["alpine:3", "docker.io/library/x", "x/y@sha256:0", ".x"])
  func names(_ name: String) { #expect(!ContainerSpec.isPath(name)) }

  @Test("What begins as a path is one", arguments: [".", "..", "./x", "../x", "/x"])
  func paths(_ path: String) { #expect(ContainerSpec.isPath(path)) }
}
