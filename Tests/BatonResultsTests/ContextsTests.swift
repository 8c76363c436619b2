import BatonModel
import Testing

@testable import BatonResults

/// Coverage of single tests, as coverage.py 7.17 wrote it.
@Suite struct ContextsTests {
  private static let small = """
    {"meta":{"show_contexts":true},"files":{
      "a.py":{"contexts":{"1":[""],"2":[""],"5":["t.py::x|run","t.py::y[a|b]|setup","t.py::x|teardown"]},"summary":{"contexts":{"9":["no"]}}},
      "b.py":{"contexts":{"1":[""]}}}}
    """

  @Test func `each file tells its tests, without their phases, and what ran while it was loaded`() {
    let items = fixture("coverage/contexts.json", as: .contexts)
    let traces = items.compactMap { if case .trace(let trace) = $0 { trace } else { nil } }
    #expect(
      traces == [
        FileTrace(file: "src/__init__.py"),
        FileTrace(
          file: "src/cart.py",
          tests: ["tests/test_cart.py::test_empty", "tests/test_cart.py::test_tax", "tests/test_cart.py::test_total"],
          loading: [1...1, 4...4, 10...10]),
        FileTrace(file: "src/mail.py", tests: ["tests/test_mail.py::test_send"], loading: [1...1]),
      ])
    #expect(items.count == 3)
  }

  @Test(arguments: [1, 7, 64, 4096]) func `in windows of any size`(window: Int) {
    #expect(
      items(Self.small, as: .contexts, window: window) == [
        .trace(FileTrace(file: "a.py", tests: ["t.py::x", "t.py::y[a|b]"], loading: [1...2])),
        .trace(FileTrace(file: "b.py", loading: [1...1])),
      ])
  }

  @Test(arguments: [
    (#"{"files":{"a.py":{"summary":{}}}}"#, "f: no contexts in it: coverage json --show-contexts writes them"),
    (
      #"{"files":{"a.py":{"contexts":{"1":[""]}}}}"#,
      "f: no test is named in it: pytest --cov --cov-context=test names them"
    ),
    ("{}", "f: no files of coverage json in it"), ("[]", "f:1: no report of coverage json"),
  ])
  func `what does not tell of tests is a problem`(text: String, problem: String) {
    #expect(items(text, as: .contexts).problems == [problem])
  }

  @Test func `a file that is cut off leaves out what is not complete`() {
    for length in stride(from: 0, to: Self.small.utf8.count, by: 3) {
      let items = items(Array(Self.small.utf8.prefix(length)), as: .contexts)
      let traces = items.compactMap { if case .trace(let trace) = $0 { trace } else { nil } }
      #expect(items.problems.count == 1, "\(length)")
      for trace in traces where trace.file == "a.py" { #expect(trace.tests == ["t.py::x", "t.py::y[a|b]"]) }
    }
  }

  @Test func `what is kept of it is read again`() {
    let trace = ResultItem.trace(FileTrace(file: "/w/a.py", tests: ["t::x"], loading: [1...3, 7...7]))
    var line: [UInt8] = []
    ItemCoding.append(trace, mask: nil, to: &line)
    #expect(line.dropLast().withUnsafeBufferPointer { ItemCoding.item($0) } == trace)
  }
}
