import Testing

/// The named points at which the binary can be made to die, as the sources have them.
enum FaultPoints {
  /// All, sorted.
  static let all: [String] = {
    var names: Set<String> = []
    for file in Disk.files(below: "\(Binary.root)/Sources") where file.hasSuffix(".swift") {
      for line in (Disk.text("\(Binary.root)/Sources/\(file)") ?? "").split(separator: "\n") {
        let code = line.drop { $0 == " " }
        guard !code.hasPrefix("//"), let call = code.range(of: "FaultPoint.reach(\"") else { continue }
        names.insert(String(code[call.upperBound...].prefix { $0 != "\"" }))
      }
    }
    return names.sorted()
  }()

  /// Reached only by a drive that finds something left behind by another.
  static let ofResumptions: Set<String> = [
    "executor.leftovers", "cache.restoring", "cache.restoring-results", "resume.before-lease", "resume.leased",
  ]
  /// Reached by workflows with durable bodies, which have a suite of their own.
  static let ofBodies: Set<String> = ["body.begins", "body.proceeds"]
  /// Reached where people answer: in ``AnswerCrashes``.
  static let ofAnswers: Set<String> = ["engine.request-read", "mail.sent", "store.sending"]
  /// Reached where runs share a rate: in ``NotificationCrashes``.
  static let ofClaims: Set<String> = ["notify.before-claim", "notify.claimed", "store.claiming"]
  /// Reached where modules are put in place: in ``ModuleCrashes``.
  static let ofModules: Set<String> = [
    "modules.staged", "modules.moved-away", "modules.swapped", "modules.locked",
  ]
  /// Not reached by a run or its resumption.
  static let elsewhere: Set<String> = ["store.migrating", "store.sliced", "resume.results-read"]

  static let ofRuns = all.filter {
    !elsewhere.union(ofBodies).union(ofAnswers).union(ofClaims).union(ofModules).contains($0)
  }
}

extension Substring {
  /// The first place of a piece of text.
  func range(of piece: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(piece) { return start..<index(start, offsetBy: piece.count) }
      start = index(after: start)
    }
    return nil
  }
}

@Suite struct FaultPointNames {
  @Test("The sources name their fault points") func sourcesNameThem() {
    #expect(FaultPoints.all.count >= 10)
    #expect(FaultPoints.all.allSatisfy { $0.split(separator: ".").count == 2 })
  }
}
