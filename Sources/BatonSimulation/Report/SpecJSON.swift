import BatonModel

/// What `baton test --json` prints.
///
/// `{"passed","failed","pending","broken","duration_ms","simulations","mocked_attempts","files":[{"file","duration_ms",
/// "failure","tests":[{"name","path","line","status","duration_ms","failure","pending","output"}]}]}`, where a failure is
/// `{"message","file","line","expected","actual","notes","error","traceback"}`. What has nothing to tell is left out.
public enum SpecJSON {
  public static func value(_ results: [SpecFileResult], duration: Span) -> Value {
    let sum = SpecSummary(results)
    return [
      "passed": .integer(Int64(sum.passed)), "failed": .integer(Int64(sum.failed)),
      "pending": .integer(Int64(sum.pending)), "broken": .integer(Int64(sum.broken)),
      "duration_ms": .integer(duration.milliseconds), "simulations": .integer(Int64(sum.simulations)),
      "mocked_attempts": .integer(Int64(sum.mockedAttempts)), "files": .list(results.map(file)),
    ]
  }

  private static func file(_ result: SpecFileResult) -> Value {
    var fields: [String: Value] = [
      "file": .string(result.file), "duration_ms": .integer(result.duration.milliseconds),
      "tests": .list(result.cases.map(test)),
    ]
    if let failure = result.failure { fields["failure"] = self.failure(failure) }
    return .map(fields)
  }

  private static func test(_ test: SpecCase) -> Value {
    var fields: [String: Value] = [
      "name": .string(test.name), "path": .list(test.path.map { .string($0) }),
      "line": .integer(Int64(test.place.line)), "duration_ms": .integer(test.duration.milliseconds),
    ]
    switch test.status {
    case .passed: fields["status"] = "passed"
    case .failed(let failure):
      fields["status"] = "failed"
      fields["failure"] = self.failure(failure)
    case .pending(let reason):
      fields["status"] = "pending"
      if let reason { fields["pending"] = .string(reason) }
    }
    if !test.output.isEmpty { fields["output"] = .string(test.output) }
    return .map(fields)
  }

  private static func failure(_ failure: SpecFailure) -> Value {
    var fields: [String: Value] = ["message": .string(failure.message), "error": .bool(failure.isError)]
    if let place = failure.place {
      fields["file"] = .string(place.file)
      fields["line"] = .integer(Int64(place.line))
    }
    if let expected = failure.expected { fields["expected"] = .string(expected) }
    if let actual = failure.actual { fields["actual"] = .string(actual) }
    if !failure.notes.isEmpty { fields["notes"] = .list(failure.notes.map { .string($0) }) }
    if !failure.traceback.isEmpty { fields["traceback"] = .list(failure.traceback.map { .string($0) }) }
    return .map(fields)
  }
}
