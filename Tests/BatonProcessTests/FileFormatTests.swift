import BatonModel
import BatonRuntime
import Testing

@testable import BatonProcess

@Suite struct `Output file` {
  private func parse(_ text: String) throws(OutputFile.Failure) -> [String: Value] {
    try OutputFile.parse(Array(text.utf8))
  }

  @Test func `lines, objects and blocks make values, the last of a name`() throws {
    #expect(try parse("a=1\r\n\n  \nb=\na=x y = z") == ["a": "x y = z", "b": ""])
    #expect(try parse("{\"a\":1}\n {\"a\":{\"b\":[true]},\"c\":null}\n") == ["a": ["b": [true]], "c": nil])
    #expect(try parse("notes<<END\none\n\ntwo=2\nEND\nb=1\n") == ["notes": "one\n\ntwo=2", "b": "1"])
    #expect(try parse("a=<<x\n") == ["a": "<<x"])
  }

  @Test(arguments: [
    ("x=1\nnonsense", "BATON_OUTPUT line 2: expected name=value or a JSON object, found \"nonsense\""),
    ("{\"a\":", "BATON_OUTPUT line 1: not JSON: unexpected end of text"),
    ("{\"a\":[1,-1e999]}", "BATON_OUTPUT line 1: not JSON: -1e999 is too large for a number"),
    ("my name=1", "BATON_OUTPUT line 1: \"my name\" is not a name (1 to 100 of A-Z a-z 0-9 _ . -)"),
    ("=1", "BATON_OUTPUT line 1: \"\" is not a name (1 to 100 of A-Z a-z 0-9 _ . -)"),
    ("\nv<<EOF\nx\n", "BATON_OUTPUT line 2: the value of \"v\" is not ended by a line \"EOF\""),
  ]) func `a line that is none of these is named`(text: String, message: String) {
    #expect((#expect(throws: OutputFile.Failure.self) { try parse(text) })?.text == message)
  }
}

@Suite struct `Events file` {
  @Test func `lines may come in pieces, the last without an end`() {
    var file = EventsFile(path: "")
    #expect(file.take(Array("{\"prog".utf8), isLast: false).isEmpty)
    #expect(file.take(Array("ress\":2}\n{\"text\":".utf8), isLast: false) == [.progress(fraction: 1, text: nil)])
    #expect(file.take(Array("\"x\"}".utf8), isLast: false).isEmpty)
    #expect(file.take([], isLast: true) == [.progress(fraction: nil, text: "x")])
    #expect(file.take([], isLast: true).isEmpty)
  }

  @Test func `what a line may tell is bounded`() {
    func taken(_ line: String) -> [CommandReport] {
      var file = EventsFile(path: "")
      return file.take(Array((line + "\n").utf8), isLast: true)
    }
    func problem(_ line: String) -> String {
      if case .unreadable(let text)? = taken(line).first { text } else { "" }
    }
    let long = String(repeating: "é", count: 5_000_000)
    #expect(taken("{\"text\":\"\(long)\"}") == [.progress(fraction: nil, text: long.prefix(499) + "…")])
    let fitting = String(repeating: "é", count: 500)
    #expect(taken("{\"text\":\"\(fitting)\"}") == [.progress(fraction: nil, text: fitting)])
    #expect(problem("{\"metric\":\"\",\"value\":1}").hasSuffix("a metric needs a name"))
    #expect(problem("{\"metric\":\"\(long)\",\"value\":1}").hasSuffix("at most 200 characters"))
    #expect(problem("{\"metric\":\"m\",\"value\":1e999}").hasSuffix("1e999 is too large for a number"))
    #expect(problem("{\"checkpoint\":\"\(long.prefix(50_000))\"}").hasSuffix("into a file, and name the file"))
  }

  @Test func `a line that cannot be read is told, and the next ones count`() {
    var file = EventsFile(path: "")
    let reports = file.take(Array("oops\n{\"metric\":\"m\"}\n\n{\"metric\":\"m\",\"value\":1}\n".utf8), isLast: false)
    #expect(
      reports == [
        .unreadable("\"oops\": not JSON: not a JSON value"),
        .unreadable("\"{\"metric\":\"m\"}\": expected progress, text, metric and value, or checkpoint"),
        .metric(name: "m", value: 1),
      ])
  }
}

@Suite struct `Launch problem` {
  @Test func `a lack of processes or descriptors names the limit`() {
    #expect(
      LaunchProblem.noProcess(SystemError(11)).text
        == "no process to be had: Resource temporarily unavailable (see ulimit -u)")
    #expect(
      LaunchProblem.noProcess(SystemError(24)).text == "no process to be had: Too many open files (see ulimit -n)")
    #expect(LaunchProblem.noProcess(SystemError(12)).text == "no process to be had: Cannot allocate memory")
  }
}

@Suite struct `Attempt token` {
  @Test func `the tokens of outer and inner engines are read from an environment`() {
    let inner = AttemptToken.text("inner\nstep", within: "outer")
    #expect(inner == "outer\ninner step")
    let environment = Array("A=1\0BATON_ATTEMPT=\(inner)\0B=2\0".utf8)
    #expect(AttemptToken.tokens(inEnvironment: environment) == ["outer", "inner step"])
    #expect(AttemptToken.tokens(inEnvironment: Array("XBATON_ATTEMPT=1\0".utf8)).isEmpty)
  }

  @Test func `the mark of a token is read from the limits of a process, and a limit that means something is none`() {
    func limits(_ soft: String) -> [UInt8] {
      Array(
        """
        Limit                     Soft Limit           Hard Limit           Units
        Max realtime priority     0                    0
        Max realtime timeout      \(soft) unlimited            us

        """.utf8)
    }
    let mark = AttemptToken.mark("run/step#1")
    #expect(mark >= 1 << 62 && mark < 1 << 63)
    #expect(mark != AttemptToken.mark("run/step#2"))
    #expect(AttemptToken.mark(inLimits: limits("\(mark)")) == mark)
    #expect(AttemptToken.mark(inLimits: limits("unlimited")) == nil)
    #expect(AttemptToken.mark(inLimits: limits("200000")) == nil)
    #expect(AttemptToken.mark(inLimits: []) == nil)
  }
}

@Suite struct `Timer heap` {
  @Test func `timers go off in order of time, then of setting, unless cancelled`() {
    var heap = TimerHeap()
    var log: [String] = []
    var timers: [TimerID] = []
    for (moment, name) in [(5, "e"), (1, "a"), (3, "c"), (1, "b"), (9, "z"), (3, "d")] {
      timers.append(heap.add(at: Int64(moment)) { log.append(name) })
    }
    heap.cancel(timers[2])
    heap.cancel(timers[2])
    #expect(heap.next == 1)
    while let action = heap.popDue(5) { action() }
    #expect(log == ["a", "b", "d", "e"])
    #expect(heap.next == 9)
    heap.cancel(timers[1])
    heap.cancel(timers[4])
    #expect(heap.next == nil)
  }
}

@Suite struct `Run clock` {
  @Test func `it goes with the clock that cannot be set, and never below its floor`() {
    var clock = RunClock(wall: 1_000, boot: 100)
    #expect(clock.instant(boot: 150) == Instant(nanoseconds: 1_050))
    clock.raise(to: Instant(nanoseconds: 1_040), boot: 150)
    #expect(clock.instant(boot: 150) == Instant(nanoseconds: 1_050))
    clock.raise(to: Instant(nanoseconds: 5_000), boot: 150)
    #expect(clock.instant(boot: 160) == Instant(nanoseconds: 5_010))
    #expect(clock.boot(at: Instant(nanoseconds: 5_010)) == 160)
  }
}
