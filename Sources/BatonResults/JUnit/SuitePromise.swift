/// What was read of suites so far.
struct SuiteCount {
  var cases = 0
  var suites = 0
  var skipped = 0
  /// Errors, and failures of executions that were repeated: some tools count each of them as a test.
  var extras = 0
}

/// How many tests a suite says it has, to find out where the runner ended before it had told of all of them.
///
/// Tools count differently; only what nothing explains is missed. pytest counts a case whose tear-down ends with an error twice
/// (`errors`); Surefire counts repeated executions (`flakyFailure`, `rerunFailure`); Node counts the suites inside; several
/// leave skipped and disabled cases out. Catch2 and doctest mean assertions: of them nothing is expected.
struct SuitePromise {
  private var tests = 0
  /// Cases that may be left out.
  private var skipped = 0
  private var errors = 0
  private let before: SuiteCount

  init(_ xml: borrowing XMLPull, before: SuiteCount) {
    self.before = before
    guard let tests = Self.number(xml.value("tests")), tests > 0, xml.value("doctest_version") == nil,
      xml.value("name").map({ XMLPull.equal($0, "pytest") }) != true,
      xml.value("hostname").map({ XMLPull.equal($0, "tbd") }) != true
    else { return }
    self.tests = tests
    skipped =
      (Self.number(xml.value("skipped")) ?? Self.number(xml.value("skip")) ?? 0)
      + (Self.number(xml.value("disabled")) ?? 0) + (Self.number(xml.value("ignored")) ?? 0)
    errors = Self.number(xml.value("errors")) ?? 0
  }

  /// Whether it is of one case alone.
  var isOfOne: Bool { tests == 1 }

  /// At the end of the suite: what it said and what it held, where something is missing.
  func missed(_ now: SuiteCount) -> (said: Int, held: Int)? {
    let held = now.cases - before.cases
    guard tests > held else { return nil }
    let explained =
      (now.suites - before.suites) + max(0, skipped - (now.skipped - before.skipped))
      + max(errors, now.extras - before.extras)
    return tests - held > explained ? (tests, held) : nil
  }

  private static func number(_ bytes: ArraySlice<UInt8>?) -> Int? {
    guard let bytes, !bytes.isEmpty, bytes.count <= 9 else { return nil }
    var number = 0
    for byte in bytes {
      guard (0x30...0x39).contains(byte) else { return nil }
      number = number * 10 + Int(byte - 0x30)
    }
    return number
  }
}
