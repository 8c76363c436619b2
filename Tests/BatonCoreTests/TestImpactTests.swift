import BatonModel
import Testing

@testable import BatonCore

/// Which tests a change can affect, by recorded coverage.
@Suite struct TestImpactTests {
  private static let names = ["cart_total", "cart_tax", "mail"].map { name in
    "tests/test_\(name.split(separator: "_")[0]).py::\(name)"
  }
  private static let traces = TestTraces(
    tests: [
      names[0]: .init(files: ["/w/src/cart.py"], commit: "c1"),
      names[1]: .init(files: ["/w/src/cart.py", "/w/src/rate.py"], commit: "c1"),
      names[2]: .init(files: ["/w/src/mail.py"], commit: "c1"),
    ],
    loading: [
      "/w/src/cart.py": .init(lines: [1...1, 3...3], commit: "c1"),
      "/w/src/rate.py": .init(lines: [1...1, 3...3], commit: "c1"),
      "/w/src/mail.py": .init(lines: [1...1, 3...3], commit: "c1"),
    ])

  private static let body = FileDifference(lines: [
    .same("import x"), .same(""), .same("def total(prices):"), .removed("    return 1"), .added("    return 2"),
  ])

  private func impact(
    _ changed: [String], _ differences: [String: FileDifference]? = nil, names: [String] = TestImpactTests.names,
    traces: TestTraces = TestImpactTests.traces, concerns: (String) -> Bool = { _ in true }
  ) -> TestImpact {
    TestImpact(
      names, traces: traces, changed: changed,
      differences: { _ in
        differences ?? Dictionary(uniqueKeysWithValues: changed.map { ($0, Self.body) })
      }, concerns: concerns, shown: { String($0.dropFirst(3)) })
  }

  @Test func `only what touches a changed file is selected`() {
    let found = impact(["/w/src/mail.py"])
    #expect(found.selected == [Self.names[2]])
    #expect(found.leftOut == Array(Self.names[..<2]))
    #expect(found.everything == nil)
    #expect(impact(["/w/src/cart.py"]).selected == Array(Self.names[..<2]))
    #expect(impact([]).selected == [])
  }

  @Test func `tests that were never seen are selected, and those whose own file changed`() {
    let new = "tests/test_new.py::test_it"
    #expect(impact(["/w/src/mail.py"], names: Self.names + [new]).selected == [Self.names[2], new])
    #expect(impact(["/w/tests/test_cart.py"]).selected == Array(Self.names[..<2]))
    var traces = Self.traces
    traces.tests[Self.names[0]]?.commit = nil
    #expect(impact(["/w/src/mail.py"], traces: traces).selected == [Self.names[0], Self.names[2]])
  }

  @Test func `a file that no record knows selects all, and says so`() {
    let found = impact(["/w/setup.cfg"])
    #expect(found.selected == Self.names)
    #expect(found.everything == "setup.cfg changed, of which no record knows whom it concerns")
    #expect(impact(["/w/src/test_cart.py.bak"]).everything != nil)
    // Unless the step says that it does not read it.
    #expect(impact(["/w/README.md"], concerns: { $0.hasPrefix("/w/src") }).selected == [])
    #expect(
      impact(["/w/src/mail.py"], traces: TestTraces()).everything
        == "no run of a clean working tree has recorded which files its tests touch")
  }

  @Test func `what changed since the tests were recorded counts as changed too`() {
    let found = impact([], ["/w/src/mail.py": Self.body])
    #expect(found.selected == [Self.names[2]])
    #expect(impact([], ["/w/src/new.py": Self.body]).everything != nil)
    let gone = TestImpact(
      Self.names, traces: Self.traces, changed: [], differences: { _ in nil }, concerns: { _ in true }, shown: { $0 })
    #expect(gone.selected == Self.names)
    #expect(gone.everything == "git does not know commit c1 any more, at which its tests were recorded")
  }

  @Test func `a change outside of functions may concern any test`() {
    let difference = FileDifference(lines: [.removed("RATE = 0.2"), .added("RATE = 0.3")])
    let found = impact(["/w/src/rate.py"], ["/w/src/rate.py": difference])
    #expect(found.selected == Self.names)
    #expect(found.everything == "src/rate.py changed where it is loaded, which may concern any test")
    #expect(impact(["/w/src/rate.py"], ["/w/src/rate.py": FileDifference(lines: nil)]).everything != nil)
  }

  /// A source file; `L` marks lines that ran while it was loaded.
  private static let source = [
    "L|import os", " |", "L|def one():", " |    return 1", " |", "L|class Two:", "L|    size = 2", " |",
    "L|    def method(self):", " |        if self:", " |            return 3", " |", "L|TABLE = {", " |    \"a\": 1,",
    " |}",
  ]

  @Test(arguments: [
    // Old line (0-based) that is replaced (nil: inserted behind), the new text, whether any test may be concerned.
    (3, "    return 2", false), (10, "            return 4", false), (2, "def one(x):", true),
    (6, "    size = 3", true),
    (13, "    \"a\": 2,", true), (0, "import sys", true), (4, "X = 1", true), (11, "    attribute = 1", true),
    (11, "# a comment", false), (3, "return_outside = 1", true), (10, "    decorated = property()", true),
  ])
  func `a change is inside of a function, or may concern all`(line: Int, text: String, all: Bool) {
    var lines: [FileDifference.Line] = []
    var loading: [Int] = []
    for (index, marked) in Self.source.enumerated() {
      let old = String(marked.dropFirst(2))
      if marked.hasPrefix("L") { loading.append(index + 1) }
      lines += index == line ? [.removed(old), .added(text)] : [.same(old)]
    }
    #expect(FileDifference(lines: lines).mayConcernAll(loading: FileTrace.ranges(loading)) == all)
  }

  /// A compiled source: functions are 5...8, 10...12 (a lambda within 5...8 is 6...8), 14...16, 18...21 and 23...25.
  private static let compiled = [
    "#include \"cart.h\"", "int rate = 3;", "", "/* sums up */", "int total(Prices prices) {",
    "  auto each = [](int it) {",
    "    return it;", "  }; return each(prices); }", "", "constexpr int half(int it) {", "  return it / 2;", "}", "",
    "static auto shape() {", "  return 7L;", "}", "", "int send(int a,", "         int b) {", "  return b;", "}", "",
    "int last() { // opens", "  if (x) {", "  }", "}",
  ]
  private static let functions = [5...8, 6...8, 10...12, 14...16, 18...21, 23...26]

  @Test(arguments: [
    // Old line (0-based) that is replaced, the new text, whether any test may be concerned.
    (6, "    return it + 1;", false), (1, "int rate = 4;", true), (2, "// a comment", false), (2, "int more;", true),
    (4, "int total(Prices prices, int count) {", true), (10, "  return it / 3;", true), (14, "  return 8L;", true),
    (18, "         int b = 4) {", true), (19, "  return b + 1;", false), (19, "#define LATER 1", true),
    (19, "  return b; } int other() { return 1;", true), (19, "  return b + \\", true), (19, "  /* begins", true),
    (19, "  if (b) { return 1; } return 2;", false), (20, "} int other;", true), (23, "  if (y) {", false),
    (23, "  if (y) { {", true), (7, "  }; return 3; }", true), (0, "", true), (3, "", true),
  ])
  func `a change is inside of a compiled function, or may concern all`(line: Int, text: String, all: Bool) {
    let lines: [FileDifference.Line] = Self.compiled.enumerated().flatMap { index, old in
      index == line ? [.removed(old), .added(text)] : [.same(old)]
    }
    #expect(FileDifference(lines: lines).mayConcernAll(functions: Self.functions) == all)
  }

  @Test func `what is put behind the line of a brace is inside, what is put before it is not`() {
    for (line, isInside) in [(18, false), (19, true), (20, true), (21, false)] {
      var lines: [FileDifference.Line] = Self.compiled.map { .same($0) }
      lines.insert(.added("int x = 1;"), at: line)
      #expect(FileDifference(lines: lines).mayConcernAll(functions: Self.functions) == !isInside, "\(line)")
    }
    #expect(!FileDifference(lines: Self.compiled.map { .same($0) }).mayConcernAll(functions: []))
    #expect(FileDifference(lines: [.added("x")]).mayConcernAll(functions: [1...1, 0...5, 3...9_000_000_000]))
  }

  @Test func `functions that coverage tells decide what a change of a compiled file concerns`() {
    let traces = TestTraces(
      tests: ["total": .init(files: ["/w/cart.c"], commit: "c1"), "mail": .init(files: ["/w/mail.c"], commit: "c1")],
      loading: [
        "/w/cart.c": .init(lines: [], functions: [1...3], commit: "c1"),
        "/w/mail.c": .init(lines: [], functions: [], commit: "c1"),
      ])
    let names = ["total", "mail"]
    let inside = FileDifference(lines: [.same("int f() {"), .removed("  a();"), .added("  b();"), .same("}")])
    #expect(impact(["/w/cart.c"], ["/w/cart.c": inside], names: names, traces: traces).selected == ["total"])
    let outside = impact(["/w/mail.c"], ["/w/mail.c": inside], names: names, traces: traces)
    #expect(outside.selected == names)
    #expect(outside.everything == "mail.c changed outside of its functions, which may concern any test")
  }
}
