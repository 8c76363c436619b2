import BatonModel
import Testing

@testable import BatonMeasuring

@Suite struct DiffReaderTests {
  private func read(_ text: String) -> DiffReader {
    var reader = DiffReader()
    for line in text.split(separator: "\n") { reader.read(String(line)) }
    return reader
  }

  @Test func `changed lines are those of the new file`() {
    let reader = read(
      """
      #top /work
      #base origin/main
      #commit abc
      diff --git a/src/a.c b/src/a.c
      --- a/src/a.c
      +++ b/src/a.c
      @@ -3 +3,2 @@ int f() {
      -old
      +new
      +newer
      @@ -10,2 +11,0 @@
      -gone
      -gone too
      @@ -20,0 +20 @@
      +one
      #end
      """)
    #expect(reader.top == "/work")
    #expect(reader.base == "origin/main")
    #expect(reader.files["src/a.c"] == .some([3...4, 20...20]))
    #expect(reader.isComplete)
  }

  @Test func `an added line that looks like a header is a line`() {
    let reader = read(
      """
      --- a/x.c
      +++ b/x.c
      @@ -0,0 +1,2 @@
      +++ b/evil.c
      +@@ -1 +1,900 @@
      #end
      """)
    #expect(Set(reader.files.keys) == ["x.c"])
    #expect(reader.files["x.c"] == .some([1...2]))
  }

  @Test func `a file that git does not know yet has changed as a whole, a deleted one not at all`() {
    let reader = read("--- a/x.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n#new src/with space.c\n#end")
    #expect(Set(reader.files.keys) == ["src/with space.c"])
    #expect(reader.files["src/with space.c"] == .some(nil))
  }

  @Test(arguments: [
    ("#no-git", "git is not installed"), ("#no-repository", "no git repository"), ("#no-base", "name one"),
  ])
  func `what git cannot tell has a reason`(mark: String, part: String) {
    #expect(read(mark).problem?.contains(part) == true)
  }
}
