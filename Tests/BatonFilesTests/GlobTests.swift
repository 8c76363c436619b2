import BatonTestKit
import Testing

@testable import BatonFiles

@Suite struct GlobTests {
  let folder = ScratchFolder()

  /// The paths that patterns find.
  func find(_ patterns: String...) throws -> [String] {
    try GlobSet(patterns).matches(in: FilePath(folder.path)).files.map(\.path.text)
  }

  @Test func `A star stands for characters within one name`() throws {
    for name in ["a.c", "ab.c", "a.h", "sub/a.c"] { folder.write(name) }
    #expect(try find("*.c") == ["a.c", "ab.c"])
    #expect(try find("a*") == ["a.c", "a.h", "ab.c"])
    #expect(try find("*/*.c") == ["sub/a.c"])
    #expect(try find("*b*c") == ["ab.c"])
  }

  @Test func `A question mark stands for one character, also one of several bytes`() throws {
    for name in ["a1", "aé", "a12", "a"] { folder.write(name) }
    #expect(try find("a?") == ["a1", "aé"])
  }

  @Test func `Brackets stand for one character of a set or outside of it`() throws {
    for name in ["a1", "a5", "ax", "a-", "a]", "aé"] { folder.write(name) }
    #expect(try find("a[0-4]") == ["a1"])
    #expect(try find("a[!0-9x]") == ["a-", "a]", "aé"])
    #expect(try find("a[^0-9x]") == ["a-", "a]", "aé"])
    #expect(try find("a[]-]") == ["a-", "a]"])
    #expect(try find("a[à-ï]") == ["aé"])
  }

  @Test func `Braces stand for either alternative, nested and in several places`() throws {
    for name in ["lib/a.c", "app/a.c", "app/a.h", "doc/a.c", "lib2/a.c"] { folder.write(name) }
    #expect(try find("{lib,app}/*.{c,h}") == ["app/a.c", "app/a.h", "lib/a.c"])
    #expect(try find("{lib{,2},doc}/a.c") == ["doc/a.c", "lib/a.c", "lib2/a.c"])
  }

  @Test func `Two stars stand for any number of folders, none included`() throws {
    for name in ["x.c", "a/x.c", "a/b/x.c", "a/b/c/x.c", "a/y.c"] { folder.write(name) }
    #expect(try find("**/x.c") == ["a/b/c/x.c", "a/b/x.c", "a/x.c", "x.c"])
    #expect(try find("a/**/x.c") == ["a/b/c/x.c", "a/b/x.c", "a/x.c"])
    #expect(try find("a/**/b/**/x.c") == ["a/b/c/x.c", "a/b/x.c"])
    #expect(try find("a/**") == ["a/b/c/x.c", "a/b/x.c", "a/x.c", "a/y.c"])
    #expect(try find("**/**/x.c") == find("**/x.c"))
  }

  @Test func `A plain name of a folder means everything below it, hidden files too`() throws {
    for name in ["dist/a", "dist/.hidden/b", "dist/c/d", "other"] { folder.write(name) }
    #expect(try find("dist") == ["dist/.hidden/b", "dist/a", "dist/c/d"])
    #expect(try find("dist/") == ["dist/.hidden/b", "dist/a", "dist/c/d"])
    #expect(try find(".") == ["dist/.hidden/b", "dist/a", "dist/c/d", "other"])
  }

  @Test func `A wildcard at the end means files alone unless a slash follows`() throws {
    for name in ["p/one/a", "p/two/b", "p/file"] { folder.write(name) }
    #expect(try find("p/*") == ["p/file"])
    #expect(try find("p/*/") == ["p/one/a", "p/two/b"])
  }

  @Test func `Hidden files are matched by an explicit dot alone`() throws {
    for name in [".env", "a", ".ci/run", "sub/.env", "sub/b"] { folder.write(name) }
    #expect(try find("*") == ["a"])
    #expect(try find("**") == ["a", "sub/b"])
    #expect(try find("[.]env").isEmpty)
    #expect(try find(".*") == [".env"])
    #expect(try find("**/.env") == [".env", "sub/.env"])
    #expect(try find(".ci/*") == [".ci/run"])
  }

  @Test func `The folders of Git and of Baton are never matched`() throws {
    for name in [".git/config", ".baton/baton.db", "sub/.git/config", "a"] { folder.write(name) }
    #expect(try find(".*/*", ".*", "**", ".") == ["a"])
    #expect(throws: GlobError.self) { try GlobSet([".git/HEAD"]) }
    #expect(throws: GlobError.self) { try GlobSet(["sub/.baton"]) }
  }

  @Test func `An exclamation mark leaves out files and whole folders wherever it stands`() throws {
    for name in ["s/a.c", "s/b.c", "s/gen/c.c", "s/x/gen/d.c", "s/.h/e.pyc", "s/.h/f"] { folder.write(name) }
    #expect(try find("!s/gen", "s/**/*.c") == ["s/a.c", "s/b.c", "s/x/gen/d.c"])
    #expect(try find("s/**/*.c", "!**/gen") == ["s/a.c", "s/b.c"])
    #expect(try find("s/**/*.c", "!s/gen/**", "!**/b.*") == ["s/a.c", "s/x/gen/d.c"])
    #expect(try find("s", "!**/*.pyc", "!**/*.c") == ["s/.h/f"])
    #expect(try find("s", "!**").isEmpty)
  }

  @Test func `What is found is sorted by the bytes of the whole path and comes once`() throws {
    for name in ["a/b", "a.b", "a-b", "B", "é"] { folder.write(name) }
    #expect(try find("**", "a/*", "{a,a}/b") == ["B", "a-b", "a.b", "a/b", "é"])
  }

  @Test func `Symbolic links are found but not followed, and a loop ends`() throws {
    folder.write("real/a")
    folder.link("real/loop", to: "..")
    folder.link("alias", to: "real")
    folder.link("dangling", to: "nowhere")
    let found = try GlobSet(["**"]).matches(in: FilePath(folder.path)).files
    #expect(found.map(\.path.text) == ["alias", "dangling", "real/a", "real/loop"])
    #expect(found.map(\.stamp.isLink) == [true, true, false, true])
  }

  @Test func `A link that a pattern names in plain letters is followed`() throws {
    folder.write("real/a")
    folder.link("alias", to: "real")
    #expect(try find("alias") == ["alias/a"])
    #expect(try find("alias/*") == ["alias/a"])
  }

  @Test func `Patterns may be absolute or begin above the folder`() throws {
    folder.write("up/a")
    folder.write("work/b")
    let work = FilePath("\(folder.path)/work")
    let found = try GlobSet(["../up/*", "*", "\(folder.path)/u?/a"]).matches(in: work).files
    #expect(found.map(\.path.text) == ["b", "../up/a", "\(folder.path)/up/a"])
  }

  @Test func `A backslash takes the next character as it is`() throws {
    for name in ["a*", "ab", "{x}", "[y]"] { folder.write(name) }
    #expect(try find(#"a\*"#) == ["a*"])
    #expect(try find(#"\{x\}"#, #"\[y]"#) == ["[y]", "{x}"])
  }

  @Test func `Patterns that match nothing are told`() throws {
    folder.write("a.c")
    folder.makeFolder("empty")
    let matches = try GlobSet(["*.c", "{x,y}", "empty", "!z", "a.*", "missing/**"]).matches(in: FilePath(folder.path))
    #expect(matches.unmatched == ["{x,y}", "empty", "missing/**"])
  }

  @Test func `No patterns match nothing`() throws {
    #expect(try GlobSet([]).matches(in: FilePath(folder.path)).files.isEmpty)
  }

  @Test(arguments: [
    ("src/[ab", #"the pattern "src/[ab" is malformed: no ] closes the [; write \[ for a bracket in a file's name"#),
    ("src/{a,b", #"the pattern "src/{a,b" is malformed: no } closes the {; write \{ for a brace in a file's name"#),
    ("a**", #"the pattern "a**" is malformed: ** stands for folders of any depth and must be alone between slashes"#),
    ("[z-a]", #"the pattern "[z-a]" is malformed: a range in [ ] runs backwards"#),
    (#"a\"#, #"the pattern "a\" is malformed: nothing follows the last \"#),
    ("a/../b", #"the pattern "a/../b" is malformed: .. may stand at the beginning only"#),
    ("", #"it is empty; write "." for everything in the folder"#),
    (
      "!x",
      #"the pattern "!x" is malformed: it only leaves files out; add a pattern before it that says which files there are"#
    ),
    (".git", #"the pattern ".git" is malformed: .git is never matched"#),
  ])
  func `A malformed pattern says what is wrong with it`(pattern: String, message: String) {
    let error = #expect(throws: GlobError.self) { try GlobSet([pattern]) }
    #expect(error?.text == message)
  }

  @Test func `Braces that stand for too many patterns are refused`() {
    let error = #expect(throws: GlobError.self) { try GlobSet([String(repeating: "{a,b}", count: 40)]) }
    #expect(error?.reason == "its braces stand for more than 1000 patterns")
  }

  @Test func `A pattern of many stars is matched in time that grows with its length alone`() throws {
    folder.write(String(repeating: "a", count: 200))
    #expect(try find(String(repeating: "*a", count: 90) + "b").isEmpty)
  }

  @Test func `A folder that is not there is an error that names it`() throws {
    let error = #expect(throws: FilesError.self) { try GlobSet(["*"]).matches(in: FilePath("/nowhere/at/all")) }
    #expect(error?.message == "cannot open the folder /nowhere/at/all: No such file or directory")
  }

  @Test func `Folders that no pattern leads to are not read`() throws {
    folder.write("src/a.c")
    folder.write("other/b.c")
    folder.write("src/deep/c.c")
    let matches = try GlobSet(["src/*.c", "other/x", "!src/deep"]).matches(in: FilePath(folder.path))
    #expect(matches.files.map(\.path.text) == ["src/a.c"])
    #expect(matches.foldersRead == 1)
  }
}
