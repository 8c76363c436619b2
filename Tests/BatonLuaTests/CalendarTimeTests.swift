import BatonLua
import BatonModel
import Testing

@Suite struct CalendarTimeTests {
  /// 1,700,000,000 s is 2023-11-14T22:13:20Z.
  private func run(_ expression: String) throws -> Command? {
    try Lua.load("step \"a\" { run = tostring(\(expression)) }").node("a").command
  }

  @Test(
    "os.time and os.date tell the time of the run's beginning in UTC",
    arguments: [
      ("os.time()", "1700000000"), ("os.date('%Y-%m-%dT%H:%M:%SZ')", "2023-11-14T22:13:20Z"),
      ("os.date('!%H', 0)", "00"), ("os.date('*t').year", "2023"), ("os.date('*t', 0).yday", "1"),
      ("os.date('%%')", "%"),
      ("os.time { year = 2023, month = 11, day = 14, hour = 22, min = 13, sec = 20 }", "1700000000"),
      ("os.time { year = 1970, month = 1, day = 1 }", "43200"), ("os.difftime(5, 2)", "3.0"), ("os.clock()", "0.0"),
    ]) func time(expression: String, expected: String) throws
  {
    #expect(try run(expression) == .shell(.plain(expected)))
  }

  @Test("wrong formats and fields are errors at the script's line") func mistakes() {
    #expect(Lua.mistakes("\nos.date('%Q')") == "test.lua:2: error: os.date does not know a conversion in \"%Q\"")
    #expect(Lua.mistakes("os.time { year = 2023 }") == "test.lua:1: error: os.time needs the field \"month\"")
  }
}
