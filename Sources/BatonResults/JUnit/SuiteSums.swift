/// What suites say that there is in them, against what there is: a report whose writer was cut off or left cases out says more.
///
/// Catch2 counts its assertions there, not its cases (`hostname="tbd"`): it is not asked.
struct SuiteSums {
  private struct Suite {
    var tests: Int?
    var failures: Int?
    var foundTests = 0
    var foundFailures = 0
  }

  private var open: [Suite] = []

  mutating func begin(_ xml: borrowing XMLPull) {
    var suite = Suite()
    if xml.value("hostname").map({ XMLPull.equal($0, "tbd") }) != true {
      suite.tests = Self.number(xml.value("tests"))
      let sums = [Self.number(xml.value("failures")), Self.number(xml.value("errors"))].compactMap(\.self)
      suite.failures = sums.isEmpty ? nil : sums.reduce(0) { $0.addingReportingOverflow($1).partialValue }
    }
    open.append(suite)
  }

  mutating func addCase() {
    guard !open.isEmpty else { return }
    open[open.count - 1].foundTests += 1
  }

  mutating func addFailure() {
    guard !open.isEmpty else { return }
    open[open.count - 1].foundFailures += 1
  }

  /// The suite ends: what is wrong with what it says; nil: nothing.
  mutating func end(_ name: String) -> String? {
    guard let suite = open.popLast() else { return nil }
    if !open.isEmpty {
      open[open.count - 1].foundTests += suite.foundTests
      open[open.count - 1].foundFailures += suite.foundFailures
    }
    let shown = name.isEmpty ? "the suite" : "the suite \(name)"
    if let told = suite.tests, told > suite.foundTests {
      return
        "\(shown) says that it has \(told) test\(told == 1 ? "" : "s"), of which \(Self.count(suite.foundTests)) there"
    }
    if let told = suite.failures, told > 0, suite.foundFailures == 0 {
      return "\(shown) says that it has \(told) failure\(told == 1 ? "" : "s"), of which none is there"
    }
    return nil
  }

  private static func count(_ number: Int) -> String {
    number == 0 ? "none is" : number == 1 ? "1 is" : "\(number) are"
  }

  private static func number(_ text: ArraySlice<UInt8>?) -> Int? {
    text.flatMap { Int(String(decoding: $0, as: UTF8.self)) }
  }
}
