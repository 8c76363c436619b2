import BatonModel

/// One line of `go test -json`.
struct GoTestEvent {
  var action = ""
  var package = ""
  var test = ""
  var output = ""
  /// Seconds.
  var elapsed: Double?
  /// Of what is being built, in `build-output`.
  var importPath: String?
  /// The import path of what could not be built.
  var failedBuild: String?

  /// Nil when the line is no event.
  init?(_ line: UnsafeBufferPointer<UInt8>) {
    do throws(JSON.Failure) {
      try ObjectLine.read(line) { (key, parser) throws(JSON.Failure) in
        let value = try parser.value()
        switch key {
        case "Action": action = value.string ?? ""
        case "Package": package = value.string ?? ""
        case "Test": test = value.string ?? ""
        case "Output": output = value.string ?? ""
        case "Elapsed": elapsed = value.number
        case "ImportPath": importPath = value.string
        case "FailedBuild": failedBuild = value.string
        default: break
        }
      }
    } catch {
      return nil
    }
    if action.isEmpty { return nil }
  }
}

/// What a test printed.
struct GoTestOutput {
  private var text = ClippedText(limit: TestOutcome.detailsLimit)
  private let isKept: Bool

  init(isKept: Bool) { self.isKept = isKept }

  /// Appends output, but for the lines with which `go test` frames it.
  mutating func append(_ output: String) {
    guard isKept else { return }
    for frame in ["=== RUN", "=== PAUSE", "=== CONT", "=== NAME", "--- PASS", "--- FAIL", "--- SKIP"] {
      if output.drop(while: { $0 == " " }).hasPrefix(frame) { return }
    }
    text.append(output)
  }

  /// Gives the outcome its message and place: of `    sum_test.go:12: got 3`, the last such line of a failure, and what it printed.
  mutating func explain(_ outcome: inout TestOutcome) {
    var isValid = true
    let details = text.take(isValid: &isValid)
    outcome.details = details
    var message: String?
    for line in details?.split(whereSeparator: \.isNewline) ?? [] {
      if let (file, number, said) = Self.place(line) {
        (outcome.file, outcome.line, message) = (file, number, said)
      } else if message == nil, line.hasPrefix("panic: ") {
        message = String(line)
      }
    }
    ResultText.setMessage(message, of: &outcome)
  }

  /// `    file.go:12: text`.
  private static func place(_ line: Substring) -> (String, Int, String)? {
    let parts = line.drop { $0 == " " || $0 == "\t" }.split(
      separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].hasSuffix(".go"), !parts[0].contains(" "), let number = Int(parts[1]) else {
      return nil
    }
    return (String(parts[0]), number, String(parts[2].drop { $0 == " " }))
  }
}

/// What is known of the packages that are being tested, but for their tests.
struct GoPackages {
  private static let limit = 500

  private var outputs: [String: ClippedText] = [:]
  private var builds: [String: ClippedText] = [:]
  private var withFailures: Set<String> = []

  mutating func noteFailure(in package: String) { if withFailures.count < 100_000 { withFailures.insert(package) } }

  mutating func addOutput(_ output: String, of package: String) { Self.add(output, package, to: &outputs) }

  /// - Parameter importPath: Nil: unknown, a line between the events.
  mutating func addBuildOutput(_ output: String, of importPath: String?) {
    Self.add(output, importPath ?? "", to: &builds)
  }

  private static func add(_ output: String, _ key: String, to texts: inout [String: ClippedText]) {
    guard texts[key] != nil || texts.count < limit else { return }
    texts[key, default: ClippedText(limit: TestOutcome.detailsLimit)].append(output)
  }

  /// What the compiler said since the last time.
  mutating func buildOutput(_ importPath: String?) -> String? {
    var isValid = true
    guard var text = builds.removeValue(forKey: importPath ?? "") else { return nil }
    return text.take(isValid: &isValid)
  }

  /// Whether tests of it failed, and what it printed itself.
  mutating func finish(_ package: String) -> (hadFailures: Bool, output: String?) {
    var isValid = true
    var text = outputs.removeValue(forKey: package)
    return (withFailures.remove(package) != nil, text?.take(isValid: &isValid))
  }
}

/// `BenchmarkSum-8   1000000   1.5 ns/op   12 B/op`, which may come in pieces.
struct GoBenchmarks {
  private static let lineLimit = 4096
  private var partial: [String: String] = [:]

  func isOpen(_ package: String) -> Bool { partial[package] != nil }

  /// The measurements of the lines that end in this output.
  mutating func take(_ output: String, of package: String) -> [Measurement] {
    guard partial[package] != nil || partial.count < 100 else { return [] }
    let text = (partial.removeValue(forKey: package) ?? "") + output
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let rest = lines.popLast() else { return [] }
    if rest.hasPrefix("Benchmark"), rest.utf8.count < Self.lineLimit { partial[package] = String(rest) }
    return lines.flatMap { Self.measurements($0, package) }
  }

  private static func measurements(_ line: Substring, _ package: String) -> [Measurement] {
    let words = line.split { $0 == " " || $0 == "\t" }
    guard words.count >= 4, words[0].hasPrefix("Benchmark"), Int(words[1]) != nil else { return [] }
    var name = words[0]
    // `-8`: the number of processors.
    if let dash = name.lastIndex(of: "-"), Int(name[name.index(after: dash)...]) != nil { name = name[..<dash] }
    return stride(from: 2, to: words.count - 1, by: 2).compactMap { index in
      guard let value = Double(words[index]), value.isFinite else { return nil }
      let unit = String(words[index + 1])
      let suffix = unit == "ns/op" ? "" : "." + unit
      return Measurement(name: "\(package).\(name)\(suffix)", value: value, unit: unit)
    }
  }
}
