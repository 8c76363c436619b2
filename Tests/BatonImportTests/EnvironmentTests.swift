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

  @Test("a step's own variables are told from those of the job")
  func own() throws {
    let made = try imported(
      env: "N: v7", "      - { env: { N: own, B: \"${{ env.N }}\" }, run: 'echo $B' }\n")
    #expect(made.lua.contains("env = actions.own { N = \"own\", B = \"${{ env.N }}\" }"), "\(made.lua)")
    #expect(made.lua.contains("  env = { N = \"v7\" },"), "\(made.lua)")
  }

  @Test("a value that a step's script sets does not see the step's own, nor does what is made of it")
  func late() throws {
    let late = "L: \"${{ job.status }} ${{ env.N }} ${{ env.X }}\""
    let made = try imported(
      env: "N: \"v ${{ github.ref }}\", M: m",
      "      - { env: { N: own, \(late) }, run: 'echo ${{ env.L }} ${{ env.N }} ${{ env.M }}' }\n")
    #expect(made.lua.contains("export L=\" .. actions.quote(job.status() .. \" \" .. "), "\(made.lua)")
    #expect(made.lua.contains("\"v ${{ github.ref }}\" .. \" ${{ env.X }}\")"), "\(made.lua)")
    #expect(made.lua.contains(" ${{ env.N }} ${{ env.M }}\" end)"), "\(made.lua)")
    // Nobody knows what an undeclared one of the same name was before.
    let unknown = try imported(
      "      - { env: { N: own, L: \"${{ job.status }} ${{ env.N }}\" }, run: 'echo $L' }\n")
    #expect(unknown.notes.filter(\.isLost).map(\.path) == ["jobs.a.steps[0].env.L"], "\(unknown.notes)")
    let itself = try imported("      - { env: { L: \"${{ job.status }} ${{ env.L }}\" }, run: 'echo $L' }\n")
    #expect(!itself.notes.contains { $0.isLost }, "\(itself.notes)")
  }

  @Test("a condition on what a step before may have written to GITHUB_ENV is lost, and told")
  func written() throws {
    let step = "      - run: echo \"DEPLOY=true\" >> $GITHUB_ENV\n"
    func lost(_ last: String, before: String = step) throws -> [String] {
      try imported(env: "KIND: Release, DEPLOY: no", before + last).notes.filter(\.isLost).map(\.path)
    }
    func condition(_ text: String) -> String { "      - { if: \"\(text)\", run: echo }\n" }
    #expect(try lost(condition("env.DEPLOY == 'true'")) == ["jobs.a.steps[1].if"])
    func writes(_ text: String) -> String { "      - run: 'echo \"\(text)\" >> $GITHUB_ENV'\n" }
    #expect(try lost(condition("env.OTHER == 'true'"), before: writes("OTHER<<EOF")) == ["jobs.a.steps[1].if"])
    #expect(try lost("      - run: echo ${{ env.DEPLOY || 'x' }}\n") == ["jobs.a.steps[1].run"])
    // A name that is only read, or is a part of another.
    for text in ["URL=https://x/$KIND", "KIND_URL=x", "MY_KIND=x"] {
      #expect(try lost(condition("env.KIND == 'Release'"), before: writes(text)).isEmpty)
    }
    #expect(try lost(condition("${{ !env.ACT }}")).isEmpty)
    // What the step does not name, what is the later step's own, and what the text is filled with.
    #expect(try lost(condition("env.KIND == 'Release'")).isEmpty)
    #expect(try lost("      - { if: env.DEPLOY == 'x', env: { DEPLOY: x }, run: echo }\n").isEmpty)
    #expect(try lost("      - run: echo ${{ env.DEPLOY }}\n").isEmpty)
    #expect(try lost(condition("env.DEPLOY == 'no'"), before: "      - run: echo\n").isEmpty)
    let made = try imported(step + condition("env.DEPLOY == 'true'"))
    #expect(made.lua.contains("and fail(\"its condition has no counterpart: env.DEPLOY is known"), "\(made.lua)")
  }
}
