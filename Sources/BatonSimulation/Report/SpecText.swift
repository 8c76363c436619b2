import BatonModel
import BatonReport

/// What `baton test` prints for people.
public struct SpecText {
  let palette: Palette
  /// A line for every test, and what the tests printed.
  let isVerbose: Bool
  /// A line of a file, for the place of a failure.
  let source: (SourcePlace) -> String?

  public init(palette: Palette, isVerbose: Bool, source: @escaping (SourcePlace) -> String?) {
    self.palette = palette
    self.isVerbose = isVerbose
    self.source = source
  }

  /// A file that has been run: one line, or one for each test.
  public func file(_ result: SpecFileResult) -> String {
    let summary = SpecSummary([result])
    let mark = summary.isGood ? palette(.green, "✓") : palette(.red, "✗")
    var counts: [String] = []
    if result.failure != nil { counts.append(palette(.red, "broken")) }
    if summary.count > 0 || result.failure == nil { counts.append(Self.count(summary.count, "test")) }
    if summary.failed > 0 { counts.append(palette(.red, "\(summary.failed) failed")) }
    if summary.pending > 0 { counts.append(palette(.yellow, "\(summary.pending) pending")) }
    var text = "\(mark) \(result.file)  \(counts.joined(separator: ", "))  \(palette(.dim, result.duration.text))\n"
    guard isVerbose else { return text }
    var shown: [String] = []
    for test in result.cases {
      for (depth, name) in test.path.dropLast().enumerated() where shown.count <= depth || shown[depth] != name {
        shown = Array(shown.prefix(depth)) + [name]
        text += String(repeating: "  ", count: depth + 1) + name + "\n"
      }
      shown = Array(shown.prefix(test.path.count - 1))
      let indent = String(repeating: "  ", count: test.path.count)
      text += "\(indent)\(self.mark(test.status)) \(test.path.last ?? "")"
      if case .pending(let reason?) = test.status { text += palette(.dim, "  (\(reason))") }
      text += "\n"
      for line in test.output.split(separator: "\n") { text += "\(indent)  \(palette(.dim, "│ \(line)"))\n" }
    }
    return text
  }

  private func mark(_ status: SpecCase.Status) -> String {
    switch status {
    case .passed: palette(.green, "✓")
    case .failed: palette(.red, "✗")
    case .pending: palette(.yellow, "○")
    }
  }

  /// The failures in full, and the sums.
  public func summary(_ results: [SpecFileResult], duration: Span) -> String {
    var text = ""
    for result in results {
      if let failure = result.failure { text += "\n" + self.failure(failure, "\(result.file)", output: "") }
      for test in result.cases {
        guard case .failed(let failure) = test.status else { continue }
        text += "\n" + self.failure(failure, test.path.joined(separator: " › "), output: test.output)
      }
    }
    let sum = SpecSummary(results)
    var parts = [palette(.green, "\(sum.passed) passed")]
    if sum.failed > 0 { parts.append(palette(.red, "\(sum.failed) failed")) }
    if sum.pending > 0 { parts.append(palette(.yellow, "\(sum.pending) pending")) }
    if sum.broken > 0 { parts.append(palette(.red, "\(Self.count(sum.broken, "file")) broken")) }
    let simulated =
      sum.simulations == 0
      ? ""
      : palette(
        .dim, "  (\(Self.count(sum.simulations, "simulated run")), \(Self.count(sum.mockedAttempts, "mocked attempt")))"
      )
    text += "\n\(sum.isGood ? palette(.green, "✓") : palette(.red, "✗")) \(Self.count(sum.count, "test")) in "
    text += "\(Self.count(results.count, "file")): \(parts.joined(separator: ", ")) in \(duration.text)\(simulated)\n"
    return text
  }

  static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  private func failure(_ failure: SpecFailure, _ name: String, output: String) -> String {
    var text = "\(palette(.red, "✗")) \(palette(.bold, name))\n"
    let place = failure.place.map { "\($0.text): " } ?? ""
    text += indented("\(place)\(failure.isError ? palette(.red, "error: ") : "")\(failure.message)", by: 2)
    if let place = failure.place, let line = source(place) {
      text += "  \(palette(.dim, "\(place.line) │")) \(line.trimmed)\n"
    }
    for note in failure.notes { text += indented(note, by: 4) }
    text += values(failure)
    // The place itself is told already.
    for frame in failure.traceback.dropFirst().prefix(5) { text += "    \(palette(.dim, "at \(frame)"))\n" }
    for line in output.split(separator: "\n") { text += "    \(palette(.dim, "│ \(line)"))\n" }
    return text
  }

  private func values(_ failure: SpecFailure) -> String {
    guard let expected = failure.expected else {
      return failure.actual.map { indented("actual: \(palette(.red, $0))", by: 4) } ?? ""
    }
    guard let actual = failure.actual else { return indented("expected: \(palette(.green, expected))", by: 4) }
    guard expected.contains("\n") || actual.contains("\n") else {
      var text = "    expected: \(palette(.green, expected))\n    actual:   \(palette(.red, actual))\n"
      let common = zip(expected, actual).prefix { $0 == $1 }.count
      if common > 10, common < 100 {
        text += String(repeating: " ", count: 14 + common) + palette(.dim, "^ from here") + "\n"
      }
      return text
    }
    var text = "    \(palette(.green, "- expected"))  \(palette(.red, "+ actual"))\n"
    let lines = LineDifference(from: expected, to: actual).lines
    // Lines far from any difference are left out.
    let changed = lines.indices.filter { if case .same = lines[$0] { false } else { true } }
    let isShort = lines.count < 12
    var hidden = false
    for (index, line) in lines.enumerated() {
      guard isShort || changed.contains(where: { abs($0 - index) <= 3 }) else {
        if !hidden { text += "      …\n" }
        hidden = true
        continue
      }
      hidden = false
      switch line {
      case .same(let line): text += "      \(line)\n"
      case .removed(let line): text += "    \(palette(.green, "- \(line)"))\n"
      case .added(let line): text += "    \(palette(.red, "+ \(line)"))\n"
      }
    }
    return text
  }

  private func indented(_ text: String, by count: Int) -> String {
    let indent = String(repeating: " ", count: count)
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { "\(indent)\($0)\n" }.joined()
  }
}

extension String {
  fileprivate var trimmed: Substring {
    let head = drop { $0 == " " || $0 == "\t" }
    guard let last = head.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
    return head[...last]
  }
}
