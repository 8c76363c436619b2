import BatonModel
import Testing

/// A row of a table of the language's definition: its words, and a script that shows that they hold.
struct LanguageRow: Sendable, CustomTestStringConvertible {
  /// The row as the definition has it.
  var row: String
  var script: String
  var arguments: [String] = []
  var code: Int32 = 0
  /// What `baton logs` prints of a step.
  var logs: [String: String] = [:]
  /// How steps end.
  var ends: [String: String] = [:]
  /// How many attempts steps need.
  var attempts: [String: Int] = [:]
  /// The lines of files that steps write.
  var files: [String: [String]] = [:]
  /// Parts of what is said while it runs.
  var says: [String] = []

  var testDescription: String { row }

  /// - Parameter files: beside the script. Steps find the program itself in `$BATON`.
  func check(with files: [String: String] = [:]) throws {
    let sandbox = try Sandbox(files.merging(["w.lua": script]) { _, script in script })
    let finished = try sandbox.start(["run", "w.lua"] + arguments, env: ["BATON": Binary.path]).wait(atMost: 60)
    #expect(finished.code == code, "\(row): \(finished.account)")
    for part in says { #expect(finished.errors.contains(part), "\(row): \(finished.account)") }
    for (name, lines) in self.files { #expect(sandbox.lines(name) == lines, "\(row): \(name)") }
    guard code != 2 else { return }
    let state = try sandbox.show()
    for (step, status) in ends { #expect(state.steps[step]?.status == status, "\(row): \(step)") }
    for (step, count) in attempts { #expect(state.steps[step]?.attempts == count, "\(row): \(step)") }
    for (step, text) in logs {
      #expect(try sandbox.baton("logs", step).output == text, "\(row): \(step)")
    }
    #expect(sandbox.leftovers() == [], "\(row)")
  }
}
