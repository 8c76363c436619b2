import BatonLua
import BatonModel
import Testing

/// `results`: where what tests and tools report is read from.
@Suite struct ResultsTests {
  private func sources(_ value: String, before: String = "") throws -> [ResultSource] {
    try Lua.load("\(before)\nstep \"a\" { run = \"true\", results = \(value) }").options("a").results
  }

  private func mistakes(_ value: String) -> String {
    Lua.mistakes("step \"a\" { run = \"true\", results = \(value) }")
  }

  @Test(arguments: ResultFormat.allCases)
  func `every format has a function of its name`(format: ResultFormat) throws {
    #expect(
      try sources("\(format.rawValue) \"out/*.x\"")
        == [ResultSource(reader: .format(format), patterns: [.plain("out/*.x")])])
  }

  @Test func `a source may name several files and be optional, and a step may have several`() throws {
    #expect(
      try sources(#"{ junit { "a.xml", "b/*.xml", optional = true }, lcov { "c.info", base = "origin/main" } }"#) == [
        ResultSource(reader: .format(.junit), patterns: [.plain("a.xml"), .plain("b/*.xml")], isOptional: true),
        ResultSource(reader: .format(.lcov), patterns: [.plain("c.info")], base: "origin/main"),
      ])
  }

  @Test func `everything else is read by a function, of files or of the output`() throws {
    let both = try sources(
      #"{ { "out/*.txt", read = function(text, path) return {} end }, function(text) return {} end }"#)
    #expect(both.map(\.patterns) == [[.plain("out/*.txt")], []])
    #expect(both.allSatisfy { if case .callback = $0.reader { true } else { false } })
    #expect(try sources("function(text, path) return {} end").map(\.patterns) == [[]])
  }

  @Test func `refs and cells may stand in the files, and add their step`() throws {
    let script = try Lua.load(
      """
      local b = step "b" { run = "true" }
      step "a" { run = "true", results = junit(b.out.folder .. "/*.xml") }
      matrix "m" { axes = { os = { "x", "y" } }, step = { run = "true", results = junit { cell.os .. ".xml" } } }
      """)
    #expect(try script.dependencies("a") == ["b"])
    #expect(try script.options("m[os=y]").results.first?.patterns == [.plain("y.xml")])
  }

  @Test func `groups give their sources to their members`() throws {
    let script = try Lua.load(
      #"parallel "g" { results = junit "r.xml", step "a" { run = "true" }, step "b" { run = "true", results = tap "t" } }"#
    )
    #expect(try script.options("a").results.map(\.reader) == [.format(.junit)])
    #expect(try script.options("b").results.map(\.reader) == [.format(.tap)])
  }

  @Test(
    arguments: [
      (
        #""r.xml""#,
        """
        test.lua:1:26: error: step "a": "results" must be a source such as junit "reports/*.xml", a list of them or a function, not "r.xml"
          say how it is read: junit "r.xml"
        """
      ),
      (
        #"junit { "r.xml", optinal = true }"#,
        """
        test.lua:1:26: error: step "a": junit has no setting "optinal"
          did you mean "optional"?
        """
      ),
      (
        #"junit { "r.xml", base = "main" }"#,
        """
        test.lua:1:26: error: step "a": junit has no setting "base"
          known: optional
        """
      ),
      (
        "junit {}",
        """
        test.lua:1:26: error: step "a": junit names no files
          such as junit "reports/*.xml"
        """
      ),
      (
        "junit(5)",
        """
        test.lua:1:26: error: step "a": junit takes files, such as junit "reports/*.xml", not an integer
        """
      ),
      (
        #"{ "r.xml" }"#,
        """
        test.lua:1:26: error: step "a": "results" does not say how its files are read
          such as junit { "r.xml" }, or read = function(text, path) … end
        """
      ),
      (
        #"{ "r.xml", read = "text" }"#,
        """
        test.lua:1:47: error: step "a": "results.read" must be a function(text, path), not "text"
        """
      ),
    ])
  func `wrong use is told with its place and its cure`(value: String, message: String) {
    #expect(mistakes(value) == message)
  }

  @Test func `a format that there is not is an undefined name with a proposal`() {
    #expect(mistakes(#"junti "r.xml""#).contains(#"did you mean "junit"?"#))
  }
}
