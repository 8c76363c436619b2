import BatonCore
import BatonModel
import BatonTestKit
import Testing

@testable import BatonMeasuring

/// How files differ from a commit, line by line.
@Suite struct FileDifferencesTests {
  private let scratch = ScratchFolder()

  @Test func `whole files are told, what is new or binary without its lines`() throws {
    let folder = scratch.path
    let script = """
      cd '\(folder)' && export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a \
      GIT_COMMITTER_EMAIL=a@b && git init -q . && printf 'one\\n--- two\\nthree\\n' > 'a b.py' && printf 'x\\n' > same.py \
      && printf '\\0\\1' > bin && printf 'gone\\n' > gone.py && printf 'no end' > end.py && git add -A && git commit -qm one \
      && printf 'one\\n+++ two\\nthree\\nfour\\n' > 'a b.py' && printf '\\0\\2' > bin && rm gone.py && printf 'new' > new.py \
      && printf 'no end either' > end.py && echo ok
      """
    let made = try BoundedChild.run(["/bin/sh", "-c", script], limit: Span(seconds: 30)).get()
    try #require(made.elementsEqual("ok\n".utf8))
    let told = try #require(FileDifferences.since("HEAD", in: folder))
    let names = Dictionary(uniqueKeysWithValues: told.map { ($0.key.split(separator: "/").last ?? "", $0.value) })
    #expect(names.keys.sorted() == ["a b.py", "bin", "end.py", "gone.py", "new.py"])
    #expect(
      names["a b.py"]?.lines == [.same("one"), .removed("--- two"), .added("+++ two"), .same("three"), .added("four")])
    #expect(names["end.py"]?.lines == [.removed("no end"), .added("no end either")])
    #expect(names["bin"] == FileDifference(lines: nil))
    #expect(names["new.py"] == FileDifference(lines: nil))
    #expect(FileDifferences.since("nonsense", in: folder) == nil)
    #expect(FileDifferences.since("HEAD", in: "/nowhere") == nil)
  }
}
