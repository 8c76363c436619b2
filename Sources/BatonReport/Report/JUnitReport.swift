import BatonCore
import BatonModel

/// All test cases of a run as one JUnit XML file: a `<testsuite>` for each suite of each step, in their order.
///
/// Source of the format: the schema of Apache Ant's JUnit task (windyroad, `JUnit.xsd`), the strictest in common use; what it
/// asks for (`properties`, `system-out`, `system-err`, the type of a failure) is there, and nothing that it does not know.
/// A step that failed and told of no failed test is a case in the suite `baton`, so that the file of a run that failed is never
/// green.
public struct JUnitReport {
  let data: ReportData

  public init(_ data: ReportData) { self.data = data }

  public var text: String {
    var xml = XML()
    xml.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n")
    var number = 0
    for (key, cases) in suites {
      suite(key.suite.isEmpty ? key.step : "\(key.step)/\(key.suite)", number, cases.map(Case.init), to: &xml)
      number += 1
    }
    let steps = failedSteps
    if !steps.isEmpty { suite("baton", number, steps, to: &xml) }
    xml.raw("</testsuites>\n")
    return String(decoding: xml.bytes, as: UTF8.self)
  }

  private struct Key: Hashable {
    var step: String
    var suite: String
  }

  private var suites: [(Key, [ReportCase])] {
    var order: [Key] = []
    var cases: [Key: [ReportCase]] = [:]
    for item in data.cases {
      let key = Key(step: item.step, suite: item.outcome.suite)
      if cases[key] == nil { order.append(key) }
      cases[key, default: []].append(item)
    }
    return order.map { ($0, cases[$0] ?? []) }
  }

  /// One `<testcase>`.
  private struct Case {
    var className: String
    var name: String
    var seconds: Double
    var status: TestStatus
    var type = ""
    var message = ""
    var details = ""

    init(step: String, outcome: String) {
      className = "baton"
      name = step
      seconds = 0
      status = .errored
      type = "step"
      message = outcome
    }

    init(_ item: ReportCase) {
      let outcome = item.outcome
      className = outcome.className.isEmpty ? (outcome.suite.isEmpty ? item.step : outcome.suite) : outcome.className
      name = outcome.parameters.isEmpty ? outcome.name : "\(outcome.name)[\(outcome.parameters)]"
      seconds = outcome.duration?.seconds ?? 0
      status = outcome.status
      type = outcome.type ?? ""
      message = item.message ?? ""
      details = [item.place, outcome.details].compactMap { $0 }.joined(separator: "\n")
    }
  }

  private var failedSteps: [Case] {
    let tested = Set(data.cases.lazy.filter { $0.outcome.status.isFailure }.map(\.step))
    return data.failedSteps.filter { !tested.contains($0.name) }.map { step in
      var item = Case(step: step.name, outcome: step.reason ?? step.attempts.last?.outcome?.text ?? "failed")
      item.seconds = step.workDuration(at: data.now)?.seconds ?? 0
      item.details = data.tails.first { $0.step == step.name }?.text ?? ""
      return item
    }
  }

  private func suite(_ name: String, _ number: Int, _ cases: [Case], to xml: inout XML) {
    let started = data.view.started ?? data.now
    xml.raw("  <testsuite")
    xml.attribute("name", name)
    xml.attribute("package", data.view.workflow)
    xml.attribute("id", "\(number)")
    // xs:dateTime without fractions and zone, in UTC, as Ant writes it.
    xml.attribute("timestamp", String(started.rfc3339.prefix(19)))
    xml.attribute("hostname", host)
    xml.attribute("tests", "\(cases.count)")
    xml.attribute("failures", "\(cases.count { $0.status == .failed })")
    xml.attribute("errors", "\(cases.count { $0.status == .errored })")
    xml.attribute("skipped", "\(cases.count { $0.status == .skipped })")
    xml.attribute("time", Self.seconds(cases.reduce(0) { $0 + $1.seconds }))
    xml.raw(">\n    <properties>\n      <property name=\"run\"")
    xml.attribute("value", data.view.run)
    xml.raw("/>\n    </properties>\n")
    for item in cases { testCase(item, to: &xml) }
    xml.raw("    <system-out/>\n    <system-err/>\n  </testsuite>\n")
  }

  /// Of `ann@forge`; the schema wants one.
  private var host: String {
    let by = data.view.by
    guard let at = by.lastIndex(of: "@"), by.index(after: at) < by.endIndex else { return "localhost" }
    return String(by[by.index(after: at)...])
  }

  private func testCase(_ item: Case, to xml: inout XML) {
    xml.raw("    <testcase")
    xml.attribute("name", item.name)
    xml.attribute("classname", item.className)
    xml.attribute("time", Self.seconds(item.seconds))
    switch item.status {
    case .passed: xml.raw("/>\n")
    case .skipped:
      xml.raw(">\n      <skipped")
      if !item.message.isEmpty { xml.attribute("message", item.message) }
      xml.raw("/>\n    </testcase>\n")
    case .failed, .errored:
      let tag = item.status == .failed ? "failure" : "error"
      xml.raw(">\n      <\(tag)")
      xml.attribute("message", item.message)
      xml.attribute("type", item.type.isEmpty ? tag : item.type)
      if item.details.isEmpty {
        xml.raw("/>\n")
      } else {
        xml.raw(">")
        xml.text(item.details)
        xml.raw("</\(tag)>\n")
      }
      xml.raw("    </testcase>\n")
    }
  }

  /// Seconds with milliseconds, as xs:decimal.
  private static func seconds(_ seconds: Double) -> String {
    let millis = Int64(min(9e15, max(0, seconds * 1000)).rounded())
    let rest = String(millis % 1000)
    return "\(millis / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
  }
}
