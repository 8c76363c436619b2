import BatonCore
import BatonModel
import BatonReport
import Testing

@Suite struct LineViewTests {
  private func text(_ dialect: LineView.Dialect, quiet: Bool = false) -> String {
    var view = LineView(
      view: RunView(run: "k7", plan: Samples.release()), dialect: dialect, clock: .utc, quiet: quiet)
    var text = ""
    for record in Samples.failedRun {
      if case .stepEnded(let end) = record.record, end.status == .failed, end.kind == .step {
        text += view.failureTail(
          step: end.step, attempt: 1, tail: "\n\u{1B}[31mcompiling\u{1B}[0m\r\n50%\r100%\nkilled: 100%\n\n")
      }
      text += view.lines(record)
    }
    return text
  }

  @Test func `each event is a line, a failure with the end of its output, and the summary stands last`() {
    expectSnapshot(text(.plain), "lines")
  }

  @Test func `under GitHub Actions output is folded and failures are annotations`() {
    expectSnapshot(text(.github), "lines-github")
  }

  @Test func `under GitLab output stands in collapsed sections`() { expectSnapshot(text(.gitlab), "lines-gitlab") }

  @Test func `quiet, only what went wrong is told`() { expectSnapshot(text(.plain, quiet: true), "lines-quiet") }

  @Test func `what a gate found is told once, however often it is recorded`() {
    var view = LineView(view: RunView(run: "k7", plan: Samples.release()), clock: .utc)
    expectSnapshot(Samples.haltedRun.map { view.lines($0) }.joined(), "lines-halted")
    for verdict in [true, false] {
      for otherwise in GateSpec.Otherwise.allCases {
        let record = Record.gateJudged(
          GateVerdict(gate: "g", passed: verdict, findings: ["n = 1"], otherwise: otherwise))
        let line = view.lines(StampedRecord(seq: 1, time: Samples.start, record: record))
        let consequence =
          switch otherwise {
          case .halt: "refused: "
          case .branch: "refused, which skips what depends on it: "
          case .warn: "refused, which only warns: "
          case .ask: "refused, unless someone overrides it: "
          }
        #expect(line == "12:00:00 \(verdict ? "✓" : "✗") g  \(verdict ? "" : consequence)n = 1\n")
      }
    }
  }

  @Test func `progress is told when nothing was told of its step for five seconds`() {
    var view = LineView(view: RunView(run: "k7"), clock: .utc)
    func progress(_ step: String, _ fraction: Double) -> Record {
      .progress(step: step, attempt: 1, fraction: fraction, text: nil)
    }
    let records = Samples.records([
      (0, Samples.begin), (0, Samples.started("a")), (4000, Samples.started("b")), (4999, progress("a", 0.1)),
      (5000, progress("a", 0.2)), (5001, progress("b", 0.3)), (9999, progress("a", 0.4)), (10_000, progress("a", 0.5)),
      (10_001, progress("b", 0.6)),
    ])
    let lines = records.map { view.lines($0) }.filter { $0.contains("%") }
    #expect(lines == ["12:00:05 · a  20%\n", "12:00:10 · a  50%\n", "12:00:10 · b  60%\n"])
  }

  @Test func `the end of an output that comes after its record is shown then`() {
    var view = LineView(view: RunView(run: "k7"), clock: .utc)
    let records = Samples.records([
      (0, Samples.begin), (1, Samples.started("a")),
      (2, .stepEnded(StepEnd(step: "a", status: .failed, attempt: Samples.end("a", 1, .exited(1), 1, 2)))),
    ])
    for record in records { _ = view.lines(record) }
    #expect(view.failureTail(step: "a", attempt: 1, tail: "oops\n") == "    oops\n")
  }

  @Test func `an annotation's text can't end its command`() {
    var view = LineView(view: RunView(run: "k7"), dialect: .github, clock: .utc)
    #expect(view.warning("50% done\nnot") == "::warning::50%25 done%0Anot\n")
    let end = StepEnd(step: "a[b=1,c=2]", status: .failed, reason: "x\n::stop")
    let text = view.lines(StampedRecord(seq: 1, time: Samples.start, record: .stepEnded(end)))
    #expect(text.hasSuffix("::error title=a[b=1%2Cc=2]::x%0A::stop\n"))
  }
}
