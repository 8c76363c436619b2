import BatonModel
import Testing

@testable import BatonResults

/// What a reader makes of a text, in any window.
func items(_ text: String, as format: ResultFormat, window: Int = ByteInput.usualSize) -> [ResultItem] {
  items(Array(text.utf8), as: format, window: window)
}

func items(_ bytes: [UInt8], as format: ResultFormat, window: Int = ByteInput.usualSize) -> [ResultItem] {
  var items: [ResultItem] = []
  ResultReader.read(ByteInput(.bytes(bytes, 0), size: window), label: "f", as: format) { items.append($0) }
  return items
}

/// What it makes of one of the files that a tool has written.
func fixture(_ name: String, as format: ResultFormat) -> [ResultItem] {
  var items: [ResultItem] = []
  ResultReader.read(path: fixturePath(name), label: name, as: format) { items.append($0) }
  return items
}

func fixturePath(_ name: String, folder: String = #filePath) -> String {
  folder.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/Fixtures/" + name
}

extension [ResultItem] {
  var tests: [TestOutcome] { compactMap { if case .test(let outcome) = $0 { outcome } else { nil } } }
  var findings: [Finding] { compactMap { if case .finding(let finding) = $0 { finding } else { nil } } }
  var coverage: [FileCoverage] { compactMap { if case .coverage(let file) = $0 { file } else { nil } } }
  var measurements: [Measurement] { compactMap { if case .measurement(let one) = $0 { one } else { nil } } }
  var problems: [String] { compactMap { if case .problem(let text) = $0 { text } else { nil } } }

  /// How many cases ended so.
  func count(_ status: TestStatus) -> Int { tests.count { $0.status == status } }

  func test(_ name: String, _ parameters: String = "") -> TestOutcome? {
    tests.first { $0.name == name && $0.parameters == parameters }
  }
}
