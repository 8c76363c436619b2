import BatonCore
import BatonModel
import BatonReport
import BatonTestKit
import Testing

@Suite struct LiveViewTests {
  private func live(_ durations: [String: Span] = [:], palette: Palette = .plain) -> LiveView {
    let plan = Samples.release()
    return LiveView(
      view: RunView(run: "k7", plan: plan), schedule: PlanSchedule(plan, durations: durations), jobs: 2,
      palette: palette)
  }

  private func play(_ view: inout LiveView, to count: Int) {
    for record in Samples.failedRun.prefix(count) { view.apply(record) }
  }

  @Test func `a frame shows the bar, what runs with its own progress, and the counts`() {
    var view = live()
    var terminal = TinyTerminal(width: 90, height: 20)
    play(&view, to: 11)
    terminal.feed(view.frame(at: Samples.at(1600), width: 90, height: 20))
    #expect(terminal.faults.isEmpty)
    expectSnapshot(terminal.screen.joined(separator: "\n") + "\n", "live")
  }

  @Test func `with durations of earlier runs the bar follows the work and says what is left`() {
    var view = live(PlanTextTests.durations)
    var terminal = TinyTerminal(width: 90, height: 20)
    play(&view, to: 11)
    terminal.feed(view.frame(at: Samples.at(1600), width: 90, height: 20))
    expectSnapshot(terminal.screen.joined(separator: "\n") + "\n", "live-estimated")
  }

  @Test func `each frame takes the place of the one before, and failures scroll by above it`() {
    var view = live()
    var terminal = TinyTerminal(width: 80, height: 12)
    for record in Samples.failedRun {
      if case .stepEnded(let end) = record.record, end.status == .failed, end.kind == .step {
        view.failureTail(step: end.step, attempt: 1, tail: "first\nsecond\n")
      }
      view.apply(record)
      terminal.feed(view.frame(at: record.time, width: 80, height: 12))
    }
    terminal.feed(view.finish(at: Samples.at(6005), width: 80))
    #expect(terminal.faults.isEmpty)
    expectSnapshot(terminal.all.joined(separator: "\n") + "\n", "live-finished")
  }

  @Test func `the cursor rests below the region, so that whoever is killed leaves a usable screen`() {
    var view = live()
    var terminal = TinyTerminal(width: 80, height: 12)
    play(&view, to: 4)
    terminal.feed(view.frame(at: Samples.at(10), width: 80, height: 12))
    let lines = terminal.screen.count
    terminal.feed(Array("$ ".utf8))
    #expect(terminal.screen.count == lines + 1 && terminal.screen.last == "$")
  }

  @Test func `a run that only people can carry on says so, and tells no time that is left`() {
    var builder = PlanBuilder("w")
    builder.step("a")
    builder.gate("ship")
    builder.step("body")
    let known = ["a": Span(seconds: 3), "body": Span(milliseconds: 20)]
    var view = LiveView(
      view: RunView(run: "k7", plan: builder.plan), schedule: PlanSchedule(builder.plan, durations: known), jobs: 2,
      palette: .plain)
    func bar(_ records: [Record], _ view: inout LiveView) -> String {
      for record in records {
        view.apply(StampedRecord(seq: view.view.seq + 1, time: Samples.at(9), record: record))
      }
      var terminal = TinyTerminal(width: 120, height: 20)
      terminal.feed(view.frame(at: Samples.at(900), width: 120, height: 20))
      return terminal.screen.first { $0.hasPrefix("release ") } ?? ""
    }
    let waits = [
      Samples.started("body"),
      .operated(step: "body", [Operation(kind: .signal, key: "signal go", text: "go", line: 1)]),
    ]
    let running = bar([Samples.begin, Samples.started("a")] + waits, &view)
    #expect(running.contains("about 2.1s left"), "\(running)")
    let signal = bar([Samples.succeeded("a", 9, 3009)], &view)
    #expect(signal.hasSuffix(" 1/2  891ms  waits for a signal"), "\(signal)")
    let answer = bar([.asked(Question(step: "ship", kind: .approval, id: 9))], &view)
    #expect(answer.hasSuffix("  waits for an answer"), "\(answer)")
  }

  @Test func `no frame is higher than the terminal, and what does not fit is counted`() {
    var builder = PlanBuilder("many")
    for index in 0..<50 { builder.step("step\(index)") }
    for height in 1...30 {
      var view = LiveView(
        view: RunView(run: "k7", plan: builder.plan), schedule: PlanSchedule(builder.plan), jobs: 50, palette: .plain)
      for (index, record) in (0..<50).map({ Samples.started("step\($0)") }).enumerated() {
        view.apply(StampedRecord(seq: Int64(index + 1), time: Samples.at(0), record: record))
      }
      var terminal = TinyTerminal(width: 40, height: height)
      for second in 0..<5 {
        terminal.feed(view.frame(at: Samples.at(Int64(second) * 1000), width: 40, height: height))
      }
      #expect(terminal.scrollback.filter { $0.contains("50 running") }.isEmpty, "height \(height) scrolled the region")
      if height >= 14 { #expect(terminal.screen.contains { $0.contains("and 41 more") }) }
    }
  }

  @Test func `lines are cut at the width of the terminal, wide characters included`() {
    for width in [1, 2, 8, 20, 33, 80] {
      var builder = PlanBuilder("流れ作業")
      builder.step("ビルド-構築-とても長い名前")
      var view = LiveView(
        view: RunView(run: "k7", plan: builder.plan), schedule: PlanSchedule(builder.plan), jobs: 1, palette: .plain)
      view.apply(StampedRecord(seq: 1, time: Samples.at(0), record: Samples.started("ビルド-構築-とても長い名前")))
      view.apply(
        StampedRecord(
          seq: 2, time: Samples.at(1),
          record: .progress(step: "ビルド-構築-とても長い名前", attempt: 1, fraction: 0.25, text: "🚀 上げています")))
      var terminal = TinyTerminal(width: width, height: 12)
      terminal.feed(view.frame(at: Samples.at(500), width: width, height: 12))
      #expect(terminal.screen.count <= 3, "a line was wrapped at width \(width): \(terminal.screen)")
    }
  }

  @Test func `a narrower terminal wraps the old lines, and the next frame takes all of their rows away`() {
    var view = live()
    play(&view, to: 11)
    var terminal = TinyTerminal(width: 90, height: 20)
    terminal.feed(view.frame(at: Samples.at(1600), width: 90, height: 20))
    terminal.resize(width: 30, height: 20)
    terminal.feed(view.frame(at: Samples.at(1700), width: 30, height: 20))
    #expect(terminal.screen.filter { $0.hasPrefix("release") }.count == 1, "\(terminal.screen)")
    #expect(terminal.screen.count == 4)
    terminal.resize(width: 120, height: 20)
    terminal.feed(view.frame(at: Samples.at(1800), width: 120, height: 20))
    #expect(terminal.screen.count == 4)
  }

  @Test func `a resumed run begins with what is kept as done`() {
    var view = live()
    for record in Samples.failedRun { view.apply(record) }
    view.apply(
      StampedRecord(
        seq: 100, time: Samples.at(9000),
        record: .runResumed(
          RunResumed(by: "bob", digest: "d", observations: Observations(time: Samples.start, seed: 1)))))
    var terminal = TinyTerminal(width: 90, height: 20)
    terminal.feed(view.frame(at: Samples.at(9000), width: 90, height: 20))
    #expect(terminal.screen.contains { $0.contains(" 5/7 ") }, "\(terminal.screen)")
    #expect(terminal.screen.last?.contains("= 5 kept") == true)
  }

  @Test func `what steps print can't move the cursor`() {
    var view = live()
    view.apply(Samples.failedRun[0])
    view.failureTail(step: "build", attempt: 1, tail: "\u{1B}[2J\u{1B}]0;title\u{7}\u{1B}[10Agone\u{8}\u{9B}3A\n")
    view.apply(
      StampedRecord(
        seq: 2, time: Samples.at(1),
        record: .stepEnded(
          StepEnd(step: "build", status: .failed, attempt: Samples.end("build", 1, .exited(1), 0, 1)))))
    var terminal = TinyTerminal(width: 90, height: 20)
    terminal.feed(view.frame(at: Samples.at(9), width: 90, height: 20))
    #expect(terminal.faults.isEmpty)
    #expect(terminal.screen.contains("    gone??3A"))
  }

  @Test func `a frame is one synchronized update`() {
    var view = live(palette: Palette(on: true))
    play(&view, to: 5)
    let text = String(decoding: view.frame(at: Samples.at(9), width: 80, height: 24), as: UTF8.self)
    #expect(text.hasPrefix("\u{1B}[?2026h") && text.hasSuffix("\u{1B}[?2026l"))
    #expect(text.contains("\u{1B}[32m"), "colours are on")
  }
}

@Suite struct DisplayWidthTests {
  @Test(arguments: [
    ("plain", 5), ("", 0), ("ビルド", 6), ("é", 1), ("e\u{301}", 1), ("🚀", 2), ("👩‍👩‍👧", 2), ("❤️", 2), ("🇩🇪", 2), ("한글", 4),
    ("a\u{200B}b", 2),
  ])
  func `a text takes so many columns`(text: String, columns: Int) { #expect(DisplayWidth.of(text) == columns) }

  @Test func `a text is cut off before a character that does not fit`() {
    #expect(DisplayWidth.truncated("ビルド", to: 6) == "ビルド")
    #expect(DisplayWidth.truncated("ビルド", to: 5) == "ビル…")
    #expect(DisplayWidth.truncated("ビルド", to: 4) == "ビ…")
    #expect(DisplayWidth.truncated("abc", to: 0) == "")
  }

  @Test func `escape sequences and control characters are taken out of a text`() {
    #expect("a\u{1B}[1;31mb\u{1B}[0mc".harmless == "abc")
    #expect("\u{1B}]8;;http://x\u{1B}\\link\u{1B}]8;;\u{7}".harmless == "link")
    #expect("10%\r20%\r".harmless == "20%")
    #expect("a\tb\u{7}".harmless == "a  b?")
    #expect("\u{1B}".harmless == "")
    #expect("naïve".harmless == "naïve")
  }
}
