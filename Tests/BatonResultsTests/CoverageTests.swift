import BatonModel
import BatonTestKit
import Testing

@testable import BatonResults

@Suite struct CoverageTests {
  private func rate(_ items: [ResultItem]) throws -> (covered: Int, lines: Int) {
    try ScratchFolder.with { folder in
      let collector = ResultCollector(path: "\(folder.path)/r")
      for item in items { try collector.add(item) }
      let summary = try collector.finish(file: "r")
      return (covered: summary.coveredLines, lines: summary.lines)
    }
  }

  @Test func lcovsLinesAreThoseOfItsSummary() throws {
    // lines......: 70.0% (7 of 10 lines)
    let items = fixture("coverage/lcov.info", as: .lcov)
    #expect(items.problems.isEmpty)
    #expect(try rate(items) == (7, 10))
    #expect(items.coverage.map(\.file) == ["shop.c"])
  }

  @Test func coveragesLinesAreThoseOfItsReport() throws {
    // shop.py 8 statements, 1 missed
    for (file, format) in [("cobertura.xml", ResultFormat.cobertura), ("coveragepy.info", .lcov)] {
      let items = fixture("coverage/\(file)", as: format)
      #expect(items.problems.isEmpty)
      #expect(try rate(items) == (7, 8))
      #expect(items.coverage.map(\.file) == ["shop.py"])
      #expect(items.coverage.first?.lines[9] == 0)
    }
  }

  @Test func llvmsLinesAreThoseOfItsReport() throws {
    // 13 lines, 5 missed
    let items = fixture("coverage/llvmcov.json", as: .llvmcov)
    #expect(items.problems.isEmpty)
    #expect(items.coverage.map(\.file) == ["shop.c"])
    #expect(
      items.coverage.first?.lines == [
        2: 1, 3: 1, 4: 1, 5: 0, 6: 0, 7: 4, 8: 2, 9: 1, 10: 1, 11: 0, 12: 0, 13: 0, 14: 1,
      ])
  }

  @Test func hostileNumbersAreToldAndTheOthersStand() {
    let items = items(
      "SF:a\nDA:1,99999999999999999999\nDA:-3,1\nDA:99999999999999999999,1\nDA:2,-1\nDA:3,1e3\nDA:x\nend_of_record\n",
      as: .lcov)
    #expect(items.coverage == [FileCoverage(file: "a", lines: [1: .max, 2: 0, 3: 1000])])
    #expect(
      items.problems == [
        "f:3: no line: -3", "f:4: no line and count: DA:99999999999999999999,1", "f:7: no line and count: DA:x",
      ])
  }

  @Test func whatIsCutOffIsTold() {
    let lcov = items("SF:a\nDA:1,1\nDA:2,1", as: .lcov)
    #expect(
      lcov == [
        .problem("f:3: the file ends inside the record of a"), .coverage(FileCoverage(file: "a", lines: [1: 1])),
      ])
    let cobertura = items("<coverage><class filename='a'><line number='1' hits='2'/>", as: .cobertura)
    #expect(cobertura.coverage == [FileCoverage(file: "a", lines: [1: 2])])
    #expect(cobertura.problems == ["f:1: the file ends inside <class>"])
  }

  @Test func otherFilesAreToldToBeNone() {
    #expect(items("hello\n", as: .lcov).problems == ["f:1: no LCOV: hello", "f: no LCOV records in it"])
    #expect(items("<html/>", as: .cobertura).problems == ["f:1: no Cobertura: the document begins with <html>"])
    #expect(items("{}", as: .llvmcov).problems == ["f: no files of llvm-cov export in it"])
    #expect(items("[]", as: .llvmcov).problems == ["f:1: no llvm-cov export"])
  }

  @Test func longFilesComeInPieces() throws {
    let text = "SF:a\n" + (1...120_000).map { "DA:\($0),\($0 % 2)\n" }.joined() + "end_of_record\n"
    let items = items(text, as: .lcov)
    #expect(items.coverage.count == 3)
    #expect(try rate(items) == (60_000, 120_000))
  }
}
