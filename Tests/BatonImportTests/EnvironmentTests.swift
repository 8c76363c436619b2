import BatonModel
import Testing

@testable import BatonImport

/// `env`, and what refers to it.
@Suite struct EnvironmentTests {
  /// A workflow of one job, `a`, with this `env` and these steps.
  private func imported(env: String = "", _ steps: String) throws -> Imported {
    let text = "on: push\njobs:\n  a:\n    env: { \(env) }\n    steps:\n\(steps)"
    let made = try Import.read(Array(text.utf8), file: "ci.yml")
    _ = try GitHubTests.load(made.lua)
    return made
  }

  @Test("a condition on what a step before may have written to GITHUB_ENV is lost, and told")
  func written() throws {
    let step = "      - run: echo \"DEPLOY=true\" >> $GITHUB_ENV\n"
    func lost(_ last: String, before: String = step) throws -> [String] {
      try imported(env: "KIND: Release, DEPLOY: no", before + last).notes.filter(\.isLost).map(\.path)
    }
    func condition(_ text: String) -> String { "      - { if: \"\(text)\", run: echo }\n" }
    #expect(try lost(condition("env.DEPLOY == 'true'")) == ["jobs.a.steps[1].if"])
    #expect(try lost(condition("env.OTHER == 'true'")) == ["jobs.a.steps[1].if"])
    #expect(try lost("      - run: echo ${{ env.DEPLOY || 'x' }}\n") == ["jobs.a.steps[1].run"])
    // What the step does not name, what is the later step's own, and what the text is filled with.
    #expect(try lost(condition("env.KIND == 'Release'")).isEmpty)
    #expect(try lost("      - { if: env.DEPLOY == 'x', env: { DEPLOY: x }, run: echo }\n").isEmpty)
    #expect(try lost("      - run: echo ${{ env.DEPLOY }}\n").isEmpty)
    #expect(try lost(condition("env.DEPLOY == 'no'"), before: "      - run: echo\n").isEmpty)
    let made = try imported(step + condition("env.DEPLOY == 'true'"))
    #expect(made.lua.contains("and fail(\"its condition has no counterpart: env.DEPLOY is known"), "\(made.lua)")
  }
}
