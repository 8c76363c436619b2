import BatonModel
import BatonReport

/// What `baton test --junit FILE` writes: the JUnit XML that continuous integration reads (the schema of the Ant task, as
/// Jenkins' xunit plugin states it). One suite a file; a test's class is the file's name without its ending.
public enum SpecJUnit {
  public static func text(_ results: [SpecFileResult], duration: Span) -> String {
    let sum = SpecSummary(results)
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    text += "<testsuites name=\"baton test\" tests=\"\(sum.count + sum.broken)\" failures=\"\(failures(results))\" "
    text += "errors=\"\(errors(results))\" skipped=\"\(sum.pending)\" time=\"\(seconds(duration))\">\n"
    for result in results { text += suite(result) }
    return text + "</testsuites>\n"
  }

  private static func failures(_ results: [SpecFileResult]) -> Int {
    results.flatMap(\.cases).count { if case .failed(let failure) = $0.status { !failure.isError } else { false } }
  }

  private static func errors(_ results: [SpecFileResult]) -> Int {
    SpecSummary(results).failed + SpecSummary(results).broken - failures(results)
  }

  private static func suite(_ result: SpecFileResult) -> String {
    let sum = SpecSummary([result])
    var text = "  <testsuite name=\(quoted(result.file)) tests=\"\(sum.count + sum.broken)\" "
    text += "failures=\"\(failures([result]))\" errors=\"\(errors([result]))\" skipped=\"\(sum.pending)\" "
    text += "time=\"\(seconds(result.duration))\">\n"
    let stem = result.file.hasSuffix(".lua") ? String(result.file.dropLast(4)) : result.file
    let module = stem.split(separator: "/").joined(separator: ".")
    for test in result.cases {
      text += "    <testcase classname=\(quoted(module)) name=\(quoted(test.name)) file=\(quoted(test.place.file)) "
      text += "line=\"\(test.place.line)\" time=\"\(seconds(test.duration))\""
      switch test.status {
      case .passed where test.output.isEmpty:
        text += "/>\n"
        continue
      case .passed: text += ">\n"
      case .failed(let failure): text += ">\n" + element(failure)
      case .pending(let reason):
        text += ">\n      <skipped" + (reason.map { " message=\(quoted($0))" } ?? "") + "/>\n"
      }
      if !test.output.isEmpty { text += "      <system-out>\(XML.escaped(test.output))</system-out>\n" }
      text += "    </testcase>\n"
    }
    if let failure = result.failure {
      text += "    <testcase classname=\(quoted(module)) name=\"(the file)\" time=\"0.000\">\n"
      text += element(failure) + "    </testcase>\n"
    }
    return text + "  </testsuite>\n"
  }

  private static func element(_ failure: SpecFailure) -> String {
    let name = failure.isError ? "error" : "failure"
    var lines = [(failure.place.map { "\($0.text): " } ?? "") + failure.message] + failure.notes
    if let expected = failure.expected { lines.append("expected: \(expected)") }
    if let actual = failure.actual { lines.append("actual: \(actual)") }
    lines += failure.traceback.map { "at \($0)" }
    return "      <\(name) message=\(quoted(failure.message))>\(XML.escaped(lines.joined(separator: "\n")))</\(name)>\n"
  }

  private static func seconds(_ span: Span) -> String {
    let digits = String(1000 + span.milliseconds % 1000)
    return "\(span.milliseconds / 1000).\(digits.dropFirst())"
  }

  private static func quoted(_ text: String) -> String { "\"\(XML.escaped(text, isAttribute: true))\"" }
}
