import BatonModel

/// Reads SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/): each result that is a finding, with its severity out of
/// `security-severity` (of the result or its rule) or else of its level.
///
/// The rules may stand behind the results that name them, so the file is read twice.
struct SARIFReader: ~Copyable {
  static let ruleLimit = 100_000
  private static let resultBudget = 5000

  private var json: JSONPull
  private let sink: ResultSink
  private var tools: [SARIFTool] = []
  /// The run that is being read, in both passes.
  private var run = -1
  private var readsResults = false

  init(_ input: consuming ByteInput, _ sink: ResultSink) {
    json = JSONPull(input)
    self.sink = sink
  }

  mutating func read() {
    // What is broken in the first pass is broken in the second, which tells it.
    _ = readTop()
    guard json.rewind() else { return sink.problem("cannot be read twice: no regular file") }
    readsResults = true
    run = -1
    if !readTop(), sink.wantsMore {
      sink.problem(json.failure.isEmpty ? "no SARIF" : json.failure, line: json.input.line)
    } else if run < 0 {
      sink.problem("no SARIF: there are no runs")
    }
  }

  private mutating func readTop() -> Bool {
    guard json.next() == .beginObject else { return false }
    return fields { (reader, key) in key == "runs" ? reader.elements { $0.readRun() } : nil }
  }

  /// The objects of the list that comes next; what is no list is passed over.
  private mutating func elements(_ read: (inout SARIFReader) -> Bool) -> Bool {
    let first = json.next()
    return first == .beginArray ? objects(read) : skip(first)
  }

  private mutating func readRun() -> Bool {
    run += 1
    if !readsResults { tools.append(SARIFTool()) }
    return fields { (reader, key) in
      switch key {
      case "tool" where !reader.readsResults: return reader.readTool()
      case "results" where reader.readsResults: return reader.elements { $0.readResult() }
      case "invocations" where reader.readsResults: return reader.elements { $0.readInvocation() }
      default: return nil
      }
    }
  }

  /// A tool that did not come to its end has not looked at everything.
  private mutating func readInvocation() -> Bool {
    fields { (reader, key) in
      guard key == "executionSuccessful" else { return nil }
      let value = reader.json.next()
      if value == .bool(false) {
        let tool = reader.tools.indices.contains(reader.run) ? reader.tools[reader.run].name : ""
        reader.sink.problem(
          "\(tool.isEmpty ? "the tool" : tool) says that it failed (executionSuccessful)", line: reader.json.input.line)
        return true
      }
      return reader.json.skip(value)
    }
  }

  // MARK: Rules

  private mutating func readTool() -> Bool {
    guard json.next() == .beginObject else { return false }
    return fields { (reader, key) in
      switch key {
      case "driver":
        guard reader.json.next() == .beginObject else { return false }
        return reader.readComponent(isDriver: true)
      case "extensions": return reader.elements { $0.readComponent(isDriver: false) }
      default: return nil
      }
    }
  }

  private mutating func readComponent(isDriver: Bool) -> Bool {
    fields { (reader, key) in
      switch key {
      case "name" where isDriver:
        let token = reader.json.next()
        if token == .string { reader.tools[reader.run].name = reader.json.string }
        return reader.json.skip(token)
      case "rules": return reader.elements { $0.readRule(isDriver: isDriver) }
      default: return nil
      }
    }
  }

  private mutating func readRule(isDriver: Bool) -> Bool {
    var budget = Self.resultBudget
    guard
      let rule = json.value(
        .beginObject, leavingOut: ["help", "fullDescription", "messageStrings"], budget: &budget)
    else { return false }
    if tools[run].count < Self.ruleLimit { tools[run].add(rule, isDriver: isDriver) }
    return true
  }

  // MARK: Results

  private static let unused: Set<String> = [
    "codeFlows", "graphs", "graphTraversals", "stacks", "relatedLocations", "fixes", "attachments", "webRequest",
    "webResponse", "contextRegion", "snippet", "fingerprints", "partialFingerprints", "taxa",
  ]

  private mutating func readResult() -> Bool {
    var budget = Self.resultBudget
    guard let result = json.value(.beginObject, leavingOut: Self.unused, budget: &budget) else { return false }
    let tool = run < tools.count ? tools[run] : SARIFTool()
    if let finding = tool.finding(result) { sink.add(finding) }
    return true
  }
}

extension SARIFReader: ObjectWalking {
  var goesOn: Bool { sink.wantsMore }
  var key: String { json.string }
  mutating func next() -> JSONPull.Token { json.next() }
  mutating func skip(_ token: JSONPull.Token) -> Bool { json.skip(token) }
}

/// A tool and its rules.
struct SARIFTool {
  struct Rule {
    var id: String
    var level: String?
    var severity: Double?
    var text: String?
  }

  var name = ""
  private var rules: [Rule] = []
  private var byID: [String: Int] = [:]
  /// Rules of the driver, which `ruleIndex` counts.
  private var driverRules: [Int] = []

  var count: Int { rules.count }

  mutating func add(_ value: Value, isDriver: Bool) {
    let rule = Rule(
      id: value["id"]?.string ?? "", level: value["defaultConfiguration"]?["level"]?.string,
      severity: Self.severity(value["properties"]),
      text: value["shortDescription"]?["text"]?.string ?? value["name"]?.string)
    byID[rule.id] = rules.count
    if isDriver { driverRules.append(rules.count) }
    rules.append(rule)
  }

  /// `security-severity`: a number in 0…10, as text or not.
  private static func severity(_ properties: Value?) -> Double? {
    let value = properties?["security-severity"]
    let number = value?.number ?? value?.string.flatMap { Double($0) }
    return number.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
  }

  /// Nil: the result is none: it passed, is suppressed, or was there before and no more.
  func finding(_ result: Value) -> Finding? {
    let isNone: Set<String> = ["pass", "notApplicable", "informational"]
    if let kind = result["kind"]?.string, isNone.contains(kind) { return nil }
    if result["baselineState"]?.string == "absent" { return nil }
    let suppressions = result["suppressions"]?.list ?? []
    if suppressions.contains(where: { ($0["status"]?.string ?? "accepted") == "accepted" }) { return nil }

    let index = (result["ruleIndex"] ?? result["rule"]?["index"])?.integer.flatMap { Int(exactly: $0) }
    let id = result["ruleId"]?.string ?? result["rule"]?["id"]?.string
    let rule = self.rule(id: id, index: index)
    let place = result["locations"]?.list?.first?["physicalLocation"]
    let message = result["message"]
    let text = message?["text"]?.string ?? message?["markdown"]?.string ?? rule?.text ?? ""
    return Finding(
      tool: name, rule: id ?? rule?.id ?? "",
      severity: Self.severity(
        Self.severity(result["properties"]) ?? rule?.severity, level: result["level"]?.string ?? rule?.level),
      message: ResultText.shortened(text), file: place?["artifactLocation"]?["uri"]?.string.map(Self.path),
      line: place?["region"]?["startLine"]?.integer.flatMap { Int(exactly: $0) }.flatMap { $0 > 0 ? $0 : nil })
  }

  private func rule(id: String?, index: Int?) -> Rule? {
    // `CA1000/1`: a rule's id may have further parts in a result.
    if let id {
      if let known = byID[id] { return rules[known] }
      if let slash = id.lastIndex(of: "/"), let known = byID[String(id[..<slash])] { return rules[known] }
    }
    guard let index, driverRules.indices.contains(index) else { return nil }
    return rules[driverRules[index]]
  }

  /// The bounds are those of GitHub's code scanning.
  private static func severity(_ score: Double?, level: String?) -> FindingSeverity {
    if let score, score > 0 { return score >= 9 ? .critical : score >= 7 ? .high : score >= 4 ? .medium : .low }
    switch level {
    case "error": return .high
    case "note": return .low
    case "none": return .note
    default: return .medium
    }
  }

  /// Of a `file:` address, the path.
  private static func path(_ address: String) -> String {
    guard address.hasPrefix("file://") else { return address }
    return String(address.dropFirst(7))
  }
}
