import BatonModel
import Testing

@testable import BatonImport

/// What is told of the parts that have no counterpart, beside what the script does.
@Suite struct LostPartTests {
  private static let hash = "${{ hashFiles('x') }}"

  /// A job of one step, with fields of the workflow, the job and the step; a case each.
  private func imported(workflow: String = "", job: String = "", step: String = "") throws -> Imported {
    try Import.read(
      Array("on: push\n\(workflow)jobs:\n  a:\n    if: failure()\n\(job)    steps:\n      - run: echo\n\(step)".utf8),
      file: "ci.yml")
  }

  @Test(
    "each part that is told to fail has a step that does, with the same reason",
    arguments: [
      ("env: { A: \"\(hash)\" }\n", "", "", "env.A"),
      ("env: { A: [1] }\n", "", "", "env.A"),
      ("", "    env: { A: \"\(hash)\" }\n", "", "jobs.a.env.A"),
      ("", "", "        env: { A: \"\(hash)\" }\n", "jobs.a.steps[0].env.A"),
      ("", "", "        env: { A: { b: 1 } }\n", "jobs.a.steps[0].env.A"),
      ("", "    container: debian\n", "", "jobs.a.container"),
      ("", "    services: { db: { image: x } }\n", "", "jobs.a.services"),
      ("", "    defaults: { run: { shell: fish } }\n", "", "jobs.a.defaults.run.shell"),
      ("defaults: { run: { shell: fish } }\n", "", "", "jobs.a.defaults.run.shell"),
      (
        "", "    defaults: { run: { working-directory: \"\(hash)\" } }\n", "", "jobs.a.defaults.run.working-directory"
      ),
      ("", "", "        working-directory: \"\(hash)\"\n", "jobs.a.steps[0].working-directory"),
      ("", "", "        shell: fish\n", "jobs.a.steps[0].shell"),
      ("", "", "        if: hashFiles('x') != ''\n", "jobs.a.steps[0].if"),
      ("", "    strategy: { matrix: \"\(hash)\" }\n", "", "jobs.a.strategy.matrix"),
      ("", "    strategy: { matrix: { x: \"\(hash)\" } }\n", "", "jobs.a.strategy.matrix.x"),
      ("", "    strategy: { matrix: { include: \"\(hash)\" } }\n", "", "jobs.a.strategy.matrix.include"),
      ("", "", "      - uses: some/action@v1\n", "jobs.a.steps[1].uses"),
      (
        "", "    strategy: { matrix: { x: [1] } }\n",
        "      - { uses: actions/checkout@v4, with: { path: \"\(hash)\" } }\n", "jobs.a.steps[1].uses"
      ),
      (
        "", "", "      - { uses: actions/upload-artifact@v4, with: { path: x }, env: { A: \"\(hash)\" } }\n",
        "jobs.a.steps[1].env.A"
      ),
    ])
  func marked(_ workflow: String, _ job: String, _ step: String, _ path: String) throws {
    let made = try imported(workflow: workflow, job: job, step: step)
    #expect(made.notes.filter(\.isLost).map(\.path) == [path], "\(made.notes)")
    #expect(made.lua.contains("actions.unsupported(") || made.lua.contains("and fail("), "\(made.lua)")
    // A job that can't be had keeps its own condition: else it would fail where it has no turn.
    #expect(made.lua.contains("job.failure()"), "\(made.lua)")
    _ = try GitHubTests.load(made.lua)
    // What runs whatever came before it must not run without what is lost for all of them.
    guard !path.contains("steps["), !path.contains("matrix") else { return }
    let always = "      - { id: last, if: always(), run: 'rm -rf \"$A/out\"' }\n"
    let last = try #require(Self.step("last", in: try imported(workflow: workflow, job: job, step: step + always)))
    #expect(last.contains("actions.unsupported(") && !last.contains("rm -rf"), "\(last)")
    #expect(last.contains("job.always()") || last.contains("when ="), "\(last)")
  }

  /// The Lua of a step of the job: up to the next.
  private static func step(_ id: String, in made: Imported) -> String? {
    guard let start = made.lua.ranges(of: "step \"a.\(id)\"").first?.lowerBound else { return nil }
    let rest = made.lua[start...]
    let end = rest.dropFirst().ranges(of: "step \"").first?.lowerBound ?? rest.endIndex
    return String(rest[..<end])
  }

  @Test("a step that has a condition runs where it has what is lost of its own, or needs none of it")
  func own() throws {
    let env = "    env: { A: \"\(Self.hash)\" }\n"
    func last(_ job: String, _ step: String) throws -> String {
      let made = try imported(job: job, step: "      - { id: last, if: always(), \(step) }\n")
      _ = try GitHubTests.load(made.lua)
      return try #require(Self.step("last", in: made), "\(made.lua)")
    }
    #expect(try last(env, "env: { A: x }, run: 'make $A'").contains("make $A"))
    for condition in ["failure()", "success() || true", "!cancelled()", "${{ Always() && github.ref == 'x' }}"] {
      let step = "      - { id: last, if: \"\(condition)\", run: 'make $A' }\n"
      let asks = try #require(Self.step("last", in: try imported(job: env, step: step)))
      #expect(asks.contains("actions.unsupported(\"env.A\"") && asks.contains("when ="), "\(asks)")
    }
    // It does not run where the step in place of what is lost has failed.
    let plain = try imported(job: env, step: "      - { id: last, if: \"github.ref == 'x'\", run: 'make $A' }\n")
    let kept = try #require(Self.step("last", in: plain))
    #expect(kept.contains("make $A") && kept.contains("return job.success() and "), "\(kept)")
    #expect(try last(env, "env: { A: \"${{ env.A }}/x\" }, run: 'make $A'").contains("actions.unsupported(\"env.A\""))
    #expect(try last(env, "env: { B: x }, run: 'make $A'").contains("actions.unsupported(\"env.A\""))
    let upload = "uses: actions/upload-artifact@v4, with: { name: logs, path: \"${{ env.A }}/x\" }"
    #expect(try last(env, upload).contains("actions.unsupported(\"env.A\""))
    let shell = "    defaults: { run: { shell: fish } }\n"
    #expect(try last(shell, "shell: bash, run: 'make y'").contains("make y"))
    #expect(try last(shell, "uses: actions/upload-artifact@v4, with: { path: logs }").contains("actions.upload("))
    let folder = "    defaults: { run: { working-directory: \"\(Self.hash)\" } }\n"
    #expect(try last(folder, "working-directory: out, run: 'make z'").contains("make z"))
  }

  @Test("what stands in place of a lost part has a name that no step of the job has")
  func markers() throws {
    let made = try imported(
      job: "    container: debian\n    env: { KEY: \"\(Self.hash)\" }\n",
      step: "      - { id: env-key, run: first }\n      - { name: container, run: second }\n")
    let plan = try GitHubTests.load(made.lua)
    let names = plan.nodes.map(\.name).filter { $0.hasPrefix("a.") }.sorted()
    #expect(names == ["a.container", "a.container-2", "a.echo", "a.env-key", "a.env-key-2"], "\(names)")
  }

  @Test(
    "what is known only later is exported by a shell: a name that it does not know is lost",
    arguments: ["MY-VAR", "1ST"])
  func names(_ name: String) throws {
    let late = "env: { \(name): \"${{ job.status }}\" }"
    for (made, path) in [
      (try imported(job: "    \(late)\n"), "jobs.a.env.\(name)"),
      (try imported(step: "        \(late)\n"), "jobs.a.steps[0].env.\(name)"),
    ] {
      let lost = made.notes.filter(\.isLost)
      #expect(lost.map(\.path) == [path])
      #expect(lost.first?.message == "it is known only when a step's turn has come, and a shell has no such name")
      #expect(!made.lua.contains("export \(name)"), "\(made.lua)")
      _ = try GitHubTests.load(made.lua)
    }
    // One that a shell knows, and one that is known from the start.
    let known = try imported(job: "    env: { _MY_VAR2: \"${{ job.status }}\", \(name): x }\n")
    #expect(!known.notes.contains { $0.isLost } && known.lua.contains("export _MY_VAR2="), "\(known.notes)")
  }

  @Test("a step's own variable stands before one of the job that is known only later")
  func shadowed() throws {
    let made = try imported(
      job: "    env: { KEY: \"${{ job.status }}\" }\n",
      step: "      - uses: actions/upload-artifact@v4\n        env: { KEY: own }\n"
        + "        with: { name: \"x-${{ env.KEY }}\", path: out }\n"
        + "      - { env: { KEY: \"${{ env.KEY }}!\" }, run: 'echo \"$KEY ${{ env.KEY }}\"' }\n")
    #expect(!made.notes.contains { $0.isLost }, "\(made.notes)")
    #expect(made.lua.contains("actions.upload(\"x-${{ env.KEY }}\", \"out\")"), "\(made.lua)")
    _ = try GitHubTests.load(made.lua)
  }

  @Test("a step whose environment asks how another ended sees the steps before it")
  func chained() throws {
    func lua(_ last: String) throws -> String {
      try imported(step: "      - { id: x, run: one }\n      - { run: two }\n\(last)").lua
    }
    let env = try lua("      - { env: { R: \"${{ steps.x.outcome }}\" }, run: last }\n")
    #expect(env.contains("actions.chain {") && env.contains("export R="), "\(env)")
    #expect(try !lua("      - { env: { R: \"${{ github.ref }}\" }, run: last }\n").contains("actions.chain"))
  }

  @Test("a flag that is not known lets a failure count, and is told as that; one of the cell tolerates in its cells")
  func flags() throws {
    let unknown = try imported(step: "        continue-on-error: \"\(Self.hash)\"\n      - run: next\n")
    #expect(unknown.notes.map(\.path) == ["jobs.a.steps[0].continue-on-error"])
    #expect(unknown.notes.first?.isLost == false && unknown.notes.first?.message.hasSuffix("a failure counts") == true)
    #expect(!unknown.lua.contains("tolerated") && !unknown.lua.contains("allow_failure"), "\(unknown.lua)")
    let cell = try imported(
      job: "    strategy: { matrix: { odd: [true, false] } }\n",
      step: "        continue-on-error: ${{ matrix.odd }}\n      - run: next\n")
    #expect(cell.lua.contains("tolerated = { (actions.truthy(cell.odd)) and \"echo\" or \"\" }"), "\(cell.lua)")
    _ = try GitHubTests.load(cell.lua)
  }

  @Test("called workflows: what is given to them stays with its name, what can't be given fails")
  func called() throws {
    let call = "on: push\njobs:\n  a:\n    uses: ./.github/workflows/b.yml\n    with: { "
    let made = try Import.read(Array("\(call)one: \"${{ github.ref }}\", two: 2, three: true }\n".utf8), file: "ci.yml")
    #expect(made.lua.contains("params = { one = github.ref, two = 2, three = true }"), "\(made.lua)")
    // A whole expression keeps its kind; a number is what YAML says, a quoted one a text.
    let kinds =
      "one: \"${{ github.ref == 'x' }}\", two: 3.10, three: '3.10', four: \"${{ inputs.f }}\", "
      + "five: \"${{ github.event.x }}\", six: \"v${{ inputs.f }}\""
    let kept = try Import.read(
      Array(
        call.replacing("on: push", with: "on: { workflow_call: { inputs: { f: { type: boolean } } } }").utf8
          + Array("\(kinds) }\n".utf8)), file: "ci.yml")
    let params =
      "params = { one = actions.same(github.ref, \"x\"), two = 3.1, three = \"3.10\", four = params.f, "
      + "five = actions.given(actions.at(github.event, \"x\")), six = \"v\" .. actions.text(params.f) }"
    #expect(kept.lua.contains(params), "\(kept.lua)")
    _ = try GitHubTests.load(kept.lua)
    let lost = try Import.read(Array("\(call)one: \"\(Self.hash)\", two: 2 }\n".utf8), file: "ci.yml")
    #expect(lost.notes.filter(\.isLost).map(\.path) == ["jobs.a.with.one"])
    #expect(lost.lua.contains("actions.unsupported(\"with.one\", ") && !lost.lua.contains("call \"a\""), "\(lost.lua)")
    // There, steps fill it in.
    let late = try Import.read(Array("\(call)one: \"${{ github.sha }}\", two: 2 }\n".utf8), file: "ci.yml")
    #expect(late.lua.contains("params = { one = \"${{ github.sha }}\", two = 2 }"), "\(late.lua)")
    #expect(late.notes.map(\.path) == ["jobs.a.uses", "jobs.a.with.one"] && !late.notes.contains(where: \.isLost))
    let cells = try Import.read(
      Array(
        "on: push\njobs:\n  a:\n    strategy: { matrix: { x: [1] } }\n    uses: ./.github/workflows/b.yml\n".utf8),
      file: "ci.yml")
    #expect(cells.notes.filter(\.isLost).map(\.message) == ["./.github/workflows/b.yml: a matrix of called workflows"])
  }

  @Test("outputs of called workflows are not taken for empty")
  func calledOutputs() throws {
    let text =
      "on: push\njobs:\n  a:\n    uses: ./.github/workflows/b.yml\n"
      + "  c:\n    needs: a\n    steps: [{ run: \"echo ${{ needs.a.outputs.x }} ${{ needs.a.result }}\" }]\n"
    let made = try Import.read(Array(text.utf8), file: "ci.yml")
    #expect(made.notes.filter(\.isLost).map(\.path) == ["jobs.c.steps[0].run"])
    #expect(made.lua.contains("what a called workflow's steps emit is a.out.STEP.NAME here"), "\(made.lua)")
    _ = try GitHubTests.load(made.lua)
  }

  @Test("environments that name themselves, and ones that double each other, come to an end")
  func circles() throws {
    let own = try imported(
      job: "    env: { A: \"${{ env.A }}\", B: \"${{ format('{0}', env.B) }}\" }\n",
      step: "        if: env.A == env.B\n")
    #expect(own.lua.contains("env.A") && !own.notes.contains { $0.isLost }, "\(own.lua)")
    for long in ["", "${{ job.status }}"] {
      let chain = (1...2_000).map { "A\($0): \"\(long)${{ env.A\($0 - 1) }}\"" }.joined(separator: ", ")
      let made = try imported(
        job: "    env: { A0: \"\(long)\", \(chain) }\n", step: long.isEmpty ? "        if: env.A2000 == 'x'\n" : "")
      #expect(
        made.notes.contains { $0.isLost && $0.message.contains("stands behind more than 100 others") },
        "\(made.notes.prefix(3))")
    }
    let short = (1...90).map { "A\($0): \"${{ env.A\($0 - 1) }}\"" }.joined(separator: ", ")
    let known = try imported(job: "    env: { A0: x, \(short) }\n", step: "        if: env.A90 == 'x'\n")
    #expect(!known.notes.contains { $0.isLost } && known.lua.contains("actions.same(\"x\", \"x\")"), "\(known.notes)")
    let doubled = (1...40).map { "A\($0): \"${{ format('{0}{0}', env.A\($0 - 1), env.A\($0 - 1)) }}\"" }
    let made = try imported(job: "    env: { A0: x, \(doubled.joined(separator: ", ")) }\n")
    #expect(made.notes.contains { $0.isLost && $0.message.hasSuffix("is too long an expression") })
  }
}
