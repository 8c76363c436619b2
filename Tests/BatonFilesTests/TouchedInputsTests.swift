import BatonFiles
import BatonTestKit
import Testing

/// Whether changed files are among declared inputs.
@Suite struct TouchedInputsTests {
  @Test(arguments: [
    (["src/**"], "/w/src/a/b.c", true), (["src/**"], "/w/other/b.c", false), (["src"], "/w/src/a.c", true),
    (["*.c"], "/w/a.c", true), (["*.c"], "/w/sub/a.c", false), (["**/*.c"], "/w/sub/deep/a.c", true),
    (["{a,b}/*.c"], "/w/b/x.c", true), (["src/**", "!src/gen"], "/w/src/gen/x.c", false),
    (["src/**", "!**/*.md"], "/w/src/x.md", false), (["../lib/**"], "/lib/x.c", true),
    (["../lib/**"], "/w/lib/x.c", false),
    (["/etc/*.conf"], "/etc/a.conf", true), (["**"], "/w/.hidden/x", false), ([".hidden/**"], "/w/.hidden/x", true),
    (["**"], "/w/.git/x", false), (["**"], "/elsewhere/x", false), (["../../../x"], "/x", false), ([], "/w/x", false),
    (["Makefile"], "/w/Makefile", true),
  ])
  func `a path is matched as a walk would find it`(patterns: [String], path: String, matches: Bool) throws {
    #expect(try GlobSet(patterns).contains(FilePath(path), in: FilePath("/w")) == matches)
  }

  @Test func `a walk and a look at a path agree`() throws {
    let folder = ScratchFolder()
    let files = ["a.c", "src/a.c", "src/deep/b.h", "src/gen/c.c", ".dot/x.c", "two words/ü.c"]
    for file in files { folder.write(file, "x") }
    for patterns in [
      ["**"], ["*.c"], ["src"], ["**/*.c", "!src/gen/**"], ["s*/*"], [".dot/*"], ["two*/**"], ["{a,b}.c"],
    ] {
      let set = try GlobSet(patterns)
      let walked = try set.matches(in: FilePath(folder.path)).files.map(\.path.text)
      let looked = files.filter { set.contains(FilePath("\(folder.path)/\($0)"), in: FilePath(folder.path)) }
      #expect(walked.sorted() == looked.sorted(), "\(patterns)")
    }
  }

  @Test func `files behind links, folders that changed as a whole, files that are gone`() throws {
    let folder = ScratchFolder()
    for file in ["in/a", "out/b", "out/deep/c"] { folder.write(file, "x") }
    folder.link("in/link", to: "../out/b")
    folder.link("way", to: "out")
    func reason(_ patterns: [String], _ files: [String]) -> String? {
      TouchedInputs(top: folder.path, files: files).reason(patterns, in: folder.path)
    }
    #expect(reason(["in/**"], ["out/b"]) == "in/link changed, behind a link")
    #expect(reason(["in/a"], ["out/b"]) == nil)
    #expect(reason(["way/**"], ["out/deep/c"]) == "way/deep/c changed, behind a link")
    #expect(reason(["in/**"], ["in/gone"]) == "in/gone changed")
    #expect(reason(["in/a"], ["out"]) == "out changed as a whole")
    #expect(reason(["in/a"], []) == nil)
    #expect(reason(["[z"], ["x"])?.hasPrefix("its inputs cannot be told: ") == true)
  }
}
