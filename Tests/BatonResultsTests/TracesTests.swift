import BatonModel
import Testing

@testable import BatonResults

/// Coverage of single tests of compiled languages: LCOV's tracefiles, and `llvm-cov export` as LLVM 17 wrote it of one test.
@Suite struct TracesTests {
  private static let tracefile = """
    TN:cart_total
    SF:/w/cart.c
    FN:3,9,total
    FN:11,14,tax
    FNDA:1,total
    DA:3,1
    DA:11,0
    end_of_record
    TN:mail
    SF:/w/cart.c
    FNL:0,3,9
    FNA:0,0,total
    DA:3,0
    end_of_record
    SF:/w/mail.c
    DA:1,1e3
    end_of_record

    """

  @Test(arguments: [1, 7, 4096]) func `a tracefile tells each test and the functions, in windows of any size`(
    window: Int
  ) {
    #expect(
      items(Self.tracefile, as: .contexts, window: window) == [
        .trace(FileTrace(file: "/w/cart.c", tests: ["cart_total"], functions: [3...9, 11...14])),
        .trace(FileTrace(file: "/w/cart.c", functions: [3...9])),
        .trace(FileTrace(file: "/w/mail.c", tests: ["mail"], functions: [])),
      ])
  }

  @Test func `a tracefile that names no test is of the test that its own name tells`() {
    var found: [ResultItem] = []
    let text = "SF:a.c\nFN:1,f\nDA:1,1\nend_of_record\n"
    for label in ["cov/cart%2Ftotal.info", "..", "x/%zz%.b.lcov"] {
      ResultReader.read(bytes: Array(text.utf8), label: label, as: .contexts) { found.append($0) }
    }
    #expect(
      found == ["cart/total", ".", "%zz%.b"].map { .trace(FileTrace(file: "a.c", tests: [$0], functions: [])) })
  }

  @Test func `a record that is cut off is a problem, and tells nothing`() {
    let items = items("TN:a\nSF:a.c\nDA:1,0\n", as: .contexts)
    #expect(items == [.problem("f:3: the file ends inside the record of a.c")] + [.problem("f: no LCOV records in it")])
  }

  @Test func `an export of llvm-cov is of the test that its name tells`() {
    let items = fixture("coverage/cart%2Ftotal.json", as: .contexts)
    #expect(
      items == [
        .trace(FileTrace(file: "/work/shop/src/cart.cpp", tests: ["cart/total"], functions: [4...10, 12...15])),
        .trace(FileTrace(file: "/work/shop/src/mail.cpp", functions: [3...8, 4...6])),
        .trace(FileTrace(file: "/work/shop/src/main.cpp", tests: ["cart/total"], functions: [5...11])),
      ])
  }

  @Test(arguments: [
    (#"{"data":[{"files":[],"totals":{}}]}"#, "f: no functions of llvm-cov export in it: is it a summary alone?"),
    (#"{"data":[{"functions":[{"filenames":["a"],"regions":[[1,1,2"#, "f:1: the file ends inside a list"),
    (#"{"data":[{"functions":[3]}]}"#, "f:1: no report of coverage json"),
  ])
  func `an export that tells of no functions is a problem`(text: String, problem: String) {
    #expect(items(text, as: .contexts) == [.problem(problem)])
  }

  @Test func `regions that are none, or of no file, tell nothing`() {
    let text = #"""
      {"data":[{"functions":[{"filenames":["a.c"],"regions":[[1,1,1e300,2,1,0,0,0],[3,1,2,1,1,0,0,0],[1,1,2,1,1,7,0,0],[1],[]]},
      {"filenames":[],"regions":[[1,1,2,1,1,0,0,0]]},{}]}],"type":"llvm.coverage.json.export"}
      """#
    #expect(items(text, as: .contexts) == [])
  }

  @Test func `what is kept of functions is read again`() {
    for functions in [[], [1...3, 2...2]] as [[ClosedRange<Int>]] {
      let trace = ResultItem.trace(FileTrace(file: "/w/a.c", tests: ["x"], functions: functions))
      var line: [UInt8] = []
      ItemCoding.append(trace, mask: nil, to: &line)
      #expect(line.dropLast().withUnsafeBufferPointer { ItemCoding.item($0) } == trace)
    }
  }
}
