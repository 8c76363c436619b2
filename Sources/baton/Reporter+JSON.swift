import BatonCore
import BatonModel
import BatonRuntime

/// `--output json`: events as NDJSON on standard output, the same as `baton events --json`; messages on standard error.
final class JSONReporter: Reporter {
  private let run: String
  private let console: Console
  let refreshInterval: Span? = nil

  init(run: String, _ console: Console) {
    self.run = run
    self.console = console
  }

  func record(_ record: StampedRecord) {
    guard let event = EventCoding.event(of: record, run: run) else { return }
    console.out(JSON.encode(event) + "\n")
    console.flush()
  }

  func output(step: String, attempt: Int, bytes: [UInt8]) {}
  func failureTail(step: String, attempt: Int, tail: String) {}
  func warning(_ text: String) { console.message("warning: \(text)") }
  func stopping(_ count: Int, grace: Span) { console.note(StoppingText.text(count, grace: grace)) }
  func resized() {}
  func refresh(now: Instant) {}
}
