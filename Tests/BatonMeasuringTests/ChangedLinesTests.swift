import BatonModel
import BatonTestKit
import Glibc
import Testing

@testable import BatonMeasuring

/// Which changed lines were executed, as files of coverage name them.
@Suite struct ChangedLinesTests {
  private let folder = ScratchFolder()

  /// A repository in which `util.py` changed in lines 2 and 4, and `pkg/util.py` did not.
  private func changed() -> ChangedLines {
    let script = """
      cd \(folder.path) && export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=Ada \
      GIT_COMMITTER_EMAIL=a@b && git init -q -b main . && mkdir pkg && printf '1\\n2\\n3\\n4\\n' >util.py && cp util.py pkg/ && \
      cp util.py pkg/far.py && git add . && git commit -qm first && printf '1\\ntwo\\n3\\nfour\\n' >util.py && \
      cp util.py pkg/far.py
      """
    #expect(system(script) == 0)
    return ChangedLines.find(base: "HEAD", in: folder.path)
  }

  private func coverage(of files: [String]) -> ChangedCoverage {
    var changed = changed()
    for file in files { changed.add(FileCoverage(file: file, lines: [1: 0, 2: 0, 3: 0, 4: 1])) }
    return changed.coverage
  }

  @Test func `a file that is there is itself, and no changed one of the same name`() {
    let found = coverage(of: ["pkg/util.py", "\(folder.path)/pkg/util.py"])
    #expect((found.lines, found.coveredLines) == (0, 0))
    #expect(found.gaps == [])
  }

  @Test(arguments: ["util.py", "./util.py"])
  func `a path below the folder is that file`(path: String) {
    let found = coverage(of: [path])
    #expect((found.lines, found.coveredLines) == (2, 1))
    #expect(found.gaps == ["util.py:2"])
  }

  @Test(arguments: ["/build/work/pkg/far.py", "far.py"])
  func `a path of another place is the changed file that ends like it`(path: String) {
    #expect(coverage(of: [path]).gaps == ["pkg/far.py:2"])
  }

  @Test func `a path of another place says too little of a file at the root`() {
    #expect(coverage(of: ["/usr/lib/other/util.py"]).lines == 0)
  }
}
