import BatonCore
import BatonModel
import BatonTestKit
import Testing

@testable import BatonMeasuring

/// What git tells of changed files, in repositories made for it.
@Suite struct ChangedFilesTests {
  /// A repository with one commit: `a.txt`, `dir/b.txt`, `gone.txt`, and `ignored` that git is told to ignore.
  private struct Repository {
    private let scratch = ScratchFolder()
    var folder: String { scratch.path }

    init() throws {
      try sh(
        """
        git init -q -b main . && mkdir dir && echo a > a.txt && echo b > dir/b.txt && echo g > gone.txt
        echo ignored > .gitignore && git add -A && git commit -q -m one && git tag first
        """)
    }

    func sh(_ script: String) throws {
      let whole = """
        cd '\(folder)' && export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a \
        GIT_COMMITTER_EMAIL=a@b && { \(script)
        } >&2 && echo ok
        """
      let output = try BoundedChild.run(["/bin/sh", "-c", whole], limit: Span(seconds: 30)).get()
      try #require(String(decoding: output, as: UTF8.self) == "ok\n")
    }
  }

  private let repository: Repository

  init() throws { repository = try Repository() }

  @Test func `what differs, is new, is gone, is staged or committed since has changed`() throws {
    #expect(try ChangedFilesFinder.find(since: "first", in: repository.folder).files == [])
    try repository.sh(
      """
      echo more >> dir/b.txt && rm gone.txt && echo new > 'dir/a new ü.txt' && echo x > ignored
      echo c > c.txt && git add c.txt && echo d > d.txt && git add d.txt && git commit -q -m two d.txt
      """)
    let changes = try ChangedFilesFinder.find(since: "first", in: repository.folder + "/dir")
    #expect(changes.files == ["c.txt", "d.txt", "dir/a new ü.txt", "dir/b.txt", "gone.txt"].sorted())
    #expect(changes.commit.count == 40)
    #expect(changes.since == "first")
    #expect(changes.top.hasSuffix(String(repository.folder.dropFirst("/tmp/".count))))
    #expect(
      try ChangedFilesFinder.find(since: "HEAD", in: repository.folder).files
        == ["c.txt", "dir/a new ü.txt", "dir/b.txt", "gone.txt"].sorted())
  }

  @Test func `a renamed file has changed under both its names`() throws {
    try repository.sh("git mv a.txt z.txt && git commit -q -m two")
    #expect(try ChangedFilesFinder.find(since: "first", in: repository.folder).files == ["a.txt", "z.txt"])
  }

  @Test(arguments: [
    ("nonsense", "git knows no commit \"nonsense\""), ("", "\"\" is no revision"),
    ("--output=x", "\"--output=x\" is no revision"),
  ])
  func `what is no revision is told`(revision: String, message: String) throws {
    let error = #expect(throws: BatonError.self) {
      try ChangedFilesFinder.find(since: revision, in: repository.folder)
    }
    #expect(error?.message == message)
    #expect(error?.code == .usage)
    #expect(error?.cure != nil)
  }

  @Test func `outside of a repository that is told`() throws {
    try repository.sh("rm -rf .git")
    let error = #expect(throws: BatonError.self) { try ChangedFilesFinder.find(since: "HEAD", in: repository.folder) }
    #expect(error?.message.contains("the workflow is in no git repository") == true)
  }
}
