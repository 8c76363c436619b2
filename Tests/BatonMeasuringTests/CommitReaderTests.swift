import BatonCore
import BatonMeasuring
import BatonTestKit
import Glibc
import Testing

/// What git tells of the commits between two runs.
@Suite struct CommitReaderTests {
  private let folder = ScratchFolder()
  private var reader: CommitReader { CommitReader(folder: folder.path) }

  /// Makes the folder a repository with so many commits, and gives their hashes.
  private func commit(_ count: Int) -> [String] {
    let script = """
      cd \(folder.path) && export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=Ada \
      GIT_COMMITTER_EMAIL=a@b && git init -q -b main . && for n in $(seq \(count)); do \
      [ $n = 2 ] && export GIT_AUTHOR_NAME='Grace #end'; git commit -q --allow-empty -m "change $n: 'quoted' #end" || exit 1; \
      done; git rev-list --reverse HEAD >commits
      """
    #expect(system(script) == 0)
    return folder.text("commits").split(separator: "\n").map(String.init)
  }

  @Test func `commits are told newest first, with their authors and subjects`() throws {
    let commits = commit(14)
    try #require(commits.count == 14)
    let log = reader.commits(after: commits[0], through: commits[13])
    #expect(log.count == 13)
    #expect(log.commits.count == CommitLog.shown)
    #expect(log.commits.first?.subject == "change 14: 'quoted' #end")
    #expect(log.text == "13 commits by Grace #end")
    let all = reader.commits(after: commits[0], through: commits[1])
    #expect(all.commits.map(\.text) == ["\(commits[1].prefix(10)) change 2: 'quoted' #end (Grace #end)"])
  }

  @Test func `an older commit brings none, and what git does not know is said`() throws {
    let commits = commit(2)
    try #require(commits.count == 2)
    #expect(
      reader.commits(after: commits[1], through: commits[0]).text == "which brought no commit: an older one was run")
    let gone = String(repeating: "ab", count: 20)
    #expect(reader.commits(after: gone, through: commits[0]).problem?.hasPrefix("git does not have ababababab") == true)
    #expect(reader.commits(after: "--output=x", through: commits[0]).problem == "they are no commits of git")
    #expect(CommitReader(folder: "/proc").commits(after: gone, through: gone).problem?.contains("repository") == true)
  }
}
