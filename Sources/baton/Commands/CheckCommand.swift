import BatonCommandLine
import BatonLua
import BatonModel

/// `baton check`.
enum CheckCommand {
  static func run(_ context: Context) throws -> Int32 {
    let parameters = try Workflow.parameters(context.invocation)
    var found: [Diagnostic] = []
    for file in context.invocation.arguments {
      let project = try Project.find(near: file)
      var request = try Workflow.request(file, project: project, parameters: parameters, console: context.console)
      request.onPrint = { _ in }
      let findings: [Diagnostic]
      let plan: Plan?
      do throws(Diagnostics) {
        (findings, plan) = try ScriptReading(request, in: project).examine()
      } catch {
        (findings, plan) = (error.items, nil)
      }
      found += findings
      if let plan {
        found += Preflight.scriptMistakes(plan)
        found += QuarantineNotice.warnings(plan.workflow.quarantine, at: .now)
      }
    }
    let errors = found.count { $0.severity == .error }
    if context.invocation.has(.json) {
      context.console.out(JSON.encodePretty(.list(found.map(\.json))) + "\n")
    } else {
      context.console.diagnostics(found)
      let files = context.invocation.arguments.count
      let warnings = found.count - errors
      context.console.note(
        "\(files) \(files == 1 ? "file" : "files") checked: \(errors) \(errors == 1 ? "error" : "errors"), "
          + "\(warnings) \(warnings == 1 ? "warning" : "warnings")")
    }
    return errors > 0 ? BatonError.Code.usage.rawValue : 0
  }
}

extension Diagnostic {
  /// `{"severity","file","line","column","message","cure"}`.
  fileprivate var json: Value {
    [
      "severity": .string(severity.rawValue), "file": place.map { .string($0.file) } ?? .null,
      "line": place.map { .integer(Int64($0.line)) } ?? .null,
      "column": place.map { .integer(Int64($0.column)) } ?? .null,
      "message": .string(message), "cure": cure.map { .string($0) } ?? .null,
    ]
  }
}
