import BatonModel

/// What `baton show --json` says.
struct RunState {
  var run: String
  var status: String
  var reason: String
  /// Steps and gates by name.
  var steps: [String: Step] = [:]
  var json: Value

  struct Step: Equatable {
    var status: String
    var values: Value
    var attempts: Int
    var reason: String
  }

  init(_ text: String) throws {
    let value: Value
    do { value = try JSON.decode(text) } catch { throw HarnessError("show --json is no JSON (\(error)):\n\(text)") }
    json = value
    run = value["run"]?.string ?? ""
    status = value["status"]?.string ?? ""
    reason = value["reason"]?.string ?? ""
    for step in value["steps"]?.list ?? [] {
      guard let name = step["step"]?.string else { throw HarnessError("a step without a name:\n\(text)") }
      steps[name] = Step(
        status: step["status"]?.string ?? "", values: step["values"] ?? .null,
        attempts: step["attempts"]?.list?.count ?? 0, reason: step["reason"]?.string ?? "")
    }
  }

  func names(_ status: String) -> [String] { steps.filter { $0.value.status == status }.keys.sorted() }

  /// Steps that need not run again: they succeeded, in this or in an earlier drive.
  var succeeded: Set<String> { Set(steps.filter { ["succeeded", "kept", "cached"].contains($0.value.status) }.keys) }

  /// What must be the same however often the run was cut off: the end of the run and of every step, and what they emitted.
  /// That a step was kept or cached tells only in which drive it succeeded.
  var ending: [String: String] {
    var ending = ["": status]
    for (name, step) in steps {
      let status = ["kept", "cached"].contains(step.status) ? "succeeded" : step.status
      ending[name] = "\(status) \(JSON.encode(step.values))"
    }
    return ending
  }
}
