import BatonChecks
import BatonLua
import BatonModel
import Testing

/// Looking through texts in tests.
enum Look {
  static func check(_ source: String, file: String = "test.lua") -> FileCheck {
    var request = Script.Request(
      file: file, absolutePath: "/work/\(file)", source: Array(source.utf8),
      observations: Observations(time: Instant(milliseconds: 1_700_000_000_000), seed: 1))
    request.environment = { _ in nil }
    return FileCheck(request)
  }

  /// `B012 3:18`, for each finding.
  static func places(_ source: String, file: String = "test.lua") -> [String] {
    check(source, file: file).findings().map { finding in
      "\(finding.code) \(finding.diagnostic.place?.line ?? 0):\(finding.diagnostic.place?.column ?? 0)"
    }
  }

  static func codes(_ source: String) -> [String] { check(source).findings().map(\.code) }
}

/// The table of rules, and the rules by its examples.
@Suite struct RuleTests {
  /// Found by what stands outside of this target.
  private static let elsewhere: Set<String> = ["B016", "B018"]
  static let rules = Rule.all.filter { !elsewhere.contains($0.code) }

  @Test func `codes are unique and in order`() {
    let codes = Rule.all.map(\.code)
    #expect(Set(codes).count == codes.count && codes == codes.sorted())
    #expect(codes.allSatisfy { $0.wholeMatch(of: /B[0-9]{3}/) != nil })
  }

  @Test(arguments: rules)
  func `what a rule calls wrong is found`(rule: Rule) {
    let found = Look.check(rule.bad).findings()
    #expect(found.contains { $0.code == rule.code }, "\(rule.code): \(found.map(\.text.text))")
    for finding in found where finding.code == rule.code {
      #expect(finding.diagnostic.place.map { $0.line > 0 || rule.code == "B015" } == true, "\(finding.text.text)")
    }
  }

  @Test func `a rate that was meant in percent is proposed with the digits that were written`() {
    for (written, proposed) in [("98", "0.98"), ("1.1", "0.011"), ("99.95", "0.9995")] {
      let script =
        "step 't' { run = 'x', results = junit 'r' }\n"
        + "gate 'g' { depends = 't', require = { pass_rate = '>= \(written)' } }"
      let cures = Look.check(script).findings().filter { $0.code == "B023" }.compactMap(\.diagnostic.cure)
      #expect(cures.contains("a rate goes from 0 to 1: \(proposed)"), "\(cures)")
    }
  }

  @Test(arguments: rules)
  func `what a rule calls right passes every rule`(rule: Rule) {
    #expect(Look.check(rule.good).findings().map(\.text.text) == [])
  }

  @Test(arguments: rules.filter(\.isFixable))
  func `what can be mended is mended, and then nothing is left of it`(rule: Rule) throws {
    let check = Look.check(rule.bad)
    let mended = try #require(Fixing.mended(check.source, file: "test.lua", check.findings()))
    let again = Look.check(String(decoding: mended, as: UTF8.self))
    let left = again.findings()
    #expect(left.filter { $0.code == rule.code } == [], "\(String(decoding: mended, as: UTF8.self))")
    #expect(Fixing.mended(mended, file: "test.lua", left) == nil)
  }

  @Test func `each rule is explained with both examples, and listed`() {
    for rule in Rule.all {
      #expect(rule.text.contains(rule.title) && rule.text.contains("Wrong\n    ") && rule.text.contains("Right\n    "))
      #expect(Rule.list.contains("  \(rule.code)  \(rule.title)"))
      for line in rule.explanation.split(separator: "\n") { #expect(line.count <= 108, "\(rule.code): \(line)") }
    }
  }
}

extension CheckFinding: Equatable {
  public static func == (left: CheckFinding, right: CheckFinding) -> Bool { left.diagnostic == right.diagnostic }
}
