import BatonLua
import BatonModel
import BatonSimulation

/// Files in memory, and a clock that stands still.
struct SpecFiles {
  var files: [String: String]

  private var environment: SpecEnvironment {
    SpecEnvironment(
      read: { path in
        guard let text = files[path] else { throw BatonError(.usage, "there is no file \(path)") }
        return Array(text.utf8)
      }, modules: { _ in [] }, now: { Instant(milliseconds: 0) })
  }

  func run(_ file: String = "/project/work_test.lua", filter: String? = nil) -> SpecFileResult {
    let runner = SpecRunner(
      environment, isWanted: { path in filter.map { SpecRunner.fits(path, filter: $0) } ?? true })
    return runner.run(file: String(file.dropFirst("/project/".count)), path: file)
  }
}

/// Runs a spec beside a workflow.
func spec(_ text: String, workflow: String = "", filter: String? = nil) -> SpecFileResult {
  SpecFiles(files: ["/project/work_test.lua": text, "/project/work.lua": workflow]).run(filter: filter)
}

/// Runs the body of one test.
func test(_ body: String, workflow: String = "step \"only\" { run = \"true\" }") -> SpecCase.Status {
  let result = spec("it(\"works\", function()\n\(body)\nend)", workflow: workflow)
  return result.cases.first?.status ?? .failed(result.failure ?? SpecFailure("no test ran"))
}

extension SpecCase.Status {
  var failure: SpecFailure? { if case .failed(let failure) = self { failure } else { nil } }

  var word: String {
    switch self {
    case .passed: "passed"
    case .failed: "failed"
    case .pending: "pending"
    }
  }
}
