import BatonLua
import BatonModel

/// `-- baton: ignore B012` behind a line or above it, `-- baton: ignore-file B012`.
struct Ignoring {
  private struct Order {
    var codes: [(code: String, isUsed: Bool)]
    /// 0: the whole file.
    var line: Int32
    var place: SourcePlace
  }

  private var orders: [Order] = []

  init(_ comments: [LuaComment], tokens: [LuaToken], file: String) {
    let written = Set(tokens.map(\.line))
    for comment in comments {
      var words = comment.text.split { " \t,:".contains($0) }.map(String.init)[...]
      guard words.first == "baton" else { continue }
      words = words.dropFirst()
      guard let verb = words.first, verb == "ignore" || verb == "ignore-file" else { continue }
      let codes = words.dropFirst().prefix {
        $0.first?.isUppercase == true && $0.dropFirst().allSatisfy(\.isNumber) && $0.count > 1
      }
      // Alone on its line, it is about the next one.
      var line = comment.line
      if !written.contains(line) { line = tokens.first { $0.line > line }?.line ?? line }
      orders.append(
        Order(
          codes: codes.map { ($0, false) }, line: verb == "ignore-file" ? 0 : line,
          place: SourcePlace(file: file, line: comment.line, column: comment.column)))
    }
  }

  /// Without what is to be ignored; with what is said of comments that ignore nothing.
  func apply(to found: [CheckFinding]) -> [CheckFinding] {
    guard !orders.isEmpty else { return found }
    var orders = orders
    var left: [CheckFinding] = []
    for finding in found {
      var isIgnored = false
      for index in orders.indices where isAbout(finding, orders[index]) {
        for code in orders[index].codes.indices where orders[index].codes[code].code == finding.code {
          orders[index].codes[code].isUsed = true
          isIgnored = true
        }
      }
      if !isIgnored { left.append(finding) }
    }
    for order in orders {
      let idle = order.codes.filter { !$0.isUsed }.map(\.code)
      if order.codes.isEmpty {
        left.append(Self.idle("the comment names no code", "such as -- baton: ignore B012", order.place))
      }
      for code in idle {
        let isKnown = Rule.named(code) != nil || code.hasPrefix("W")
        left.append(
          Self.idle(
            isKnown ? "\(code) finds nothing here that could be ignored" : "there is no code \(code)",
            isKnown ? "remove the comment" : "baton check --explain lists the codes", order.place))
      }
    }
    return FileCheck.sorted(left)
  }

  /// What keeps the script from being read cannot be ignored.
  private func isAbout(_ finding: CheckFinding, _ order: Order) -> Bool {
    guard finding.diagnostic.severity == .warning || Rule.named(finding.code)?.family == .bodies else { return false }
    guard let place = finding.diagnostic.place, place.file == order.place.file else { return false }
    return order.line == 0 || place.line == order.line
  }

  private static func idle(_ message: String, _ cure: String, _ place: SourcePlace) -> CheckFinding {
    CheckFinding(Diagnostic(message, at: place, cure: cure, severity: .warning, code: "B060"))
  }
}
