import BatonModel
import Testing

@testable import BatonImport

/// What jobs and their steps know of the jobs that they need.
@Suite struct NeedsTests {
  /// A job `build`, which emits `v`, and further jobs.
  private func imported(_ jobs: String) throws -> Imported {
    let build =
      "on: push\njobs:\n  build:\n    outputs: { v: \"${{ steps.v.outputs.v }}\" }\n"
      + "    steps: [{ id: v, run: echo v=1 >> $GITHUB_OUTPUT }]\n"
    let made = try Import.read(Array((build + jobs).utf8), file: "ci.yml")
    _ = try GitHubTests.load(made.lua)
    return made
  }

  /// A job that needs `build` and runs whatever became of it.
  private func always(_ step: String, _ fields: String = "") throws -> Imported {
    try imported("  tell:\n    needs: build\n    if: always()\n\(fields)    steps:\n      - \(step)\n")
  }

  @Test("a step that names a needed job runs though that one failed, in the job's first place, too")
  func named() throws {
    let made = try always("run: 'echo ${{ needs.build.result }} ${{ job.status }}'")
    #expect(made.lua.contains("when = actions.when(nil, { jobs = { \"build\" } }),"), "\(made.lua)")
    #expect(made.lua.contains("job.status() end, { jobs = { \"build\" } })"), "\(made.lua)")
    let condition = try always("{ run: x, if: \"needs.build.result == 'failure'\" }")
    #expect(
      condition.lua.contains("actions.same(job.result(\"build\"), \"failure\") end, { jobs = { \"build\" } })"),
      "\(condition.lua)")
  }

  @Test("what a needed job emits may be missing where the job runs whatever became of it")
  func uncertain() throws {
    let run = "run: 'echo ${{ needs.build.outputs.v }}'"
    #expect(try always(run).lua.contains("job.out(\"build.v\", \"v\")"))
    let plain = try imported("  next:\n    needs: build\n    steps:\n      - \(run)\n")
    #expect(plain.lua.contains("raw(build_v.out.v)"), "\(plain.lua)")
    let own = try always("{ run: x, env: { V: \"${{ needs.build.outputs.v }}\" } }")
    #expect(own.lua.contains("export V=\" .. actions.quote(job.out(\"build.v\", \"v\"))"), "\(own.lua)")
  }

  @Test("a condition that asks for failures looks at all jobs before")
  func ancestors() throws {
    let chain = "  deploy: { needs: build, steps: [{ run: x }] }\n  check: { needs: deploy, steps: [{ run: x }] }\n"
    func tell(_ condition: String) throws -> String {
      try imported("\(chain)  tell:\n    needs: check\n    if: \(condition)\n    steps: [{ run: x }]\n").lua
    }
    let lua = try tell("failure()")
    #expect(lua.contains("depends = { \"check\", \"build\", \"deploy\" },"), "\(lua)")
    #expect(lua.contains("return job.failure() end, { needs = { \"check\" } })"), "\(lua)")
    #expect(try tell("always()").contains("return job.always() end),"))
  }

  @Test("a condition of a job that needs a called workflow says so")
  func called() throws {
    let made = try imported(
      "  call: { uses: ./.github/workflows/b.yml }\n  next:\n    needs: [build, call]\n"
        + "    if: github.ref == 'x'\n    steps: [{ run: x }]\n")
    #expect(made.lua.contains("end, { needs = { \"build\", \"call\" } }),"), "\(made.lua)")
  }

  @Test("where no function can stand, a needed job's value is a ref, and the step has its turn in any case")
  func refs() throws {
    let upload = "{ uses: actions/upload-artifact@v4, with: { name: x, path: \"${{ needs.build.outputs.v }}\" } }"
    let made = try always(upload)
    #expect(!made.notes.contains { $0.isLost }, "\(made.notes)")
    #expect(made.lua.contains("build_v.out.v") && made.lua.contains("{ jobs = { \"build\" } }"), "\(made.lua)")
    let cells = try always(
      "run: x", "    strategy: { matrix: { n: \"${{ fromJSON(needs.build.outputs.v) }}\" } }\n")
    #expect(cells.lua.contains("axes = { n = build_v.out.v:map(actions.from_json) },"), "\(cells.lua)")
  }

  @Test("secrets are filled into a script by its shell, so that a function may make the script")
  func secrets() throws {
    for (named, name) in [("secrets.KEY", "KEY"), ("github.token", "GITHUB_TOKEN")] {
      let made = try always("run: 'tell ${{ \(named) }} ${{ needs.build.outputs.v }}'")
      #expect(
        made.lua.contains("\"tell ${{ secrets.\(name) }} \" .. job.out(\"build.v\", \"v\")")
          && made.lua.contains("env = actions.own { [\"secrets.\(name)\"] = secret \"\(name)\" }"), "\(made.lua)")
      #expect(!made.lua.contains("raw(secret"), "\(made.lua)")
    }
    let made = try always("{ run: 'tell ${{ env.K }}', env: { K: \"${{ secrets.KEY }}\" } }")
    #expect(made.lua.contains("env = actions.own { K = (secret \"KEY\") }"), "\(made.lua)")
  }

  @Test("a step of a cell is not called as a job that it needs")
  func cells() throws {
    let made = try imported(
      "  test:\n    needs: build\n    if: always()\n    strategy: { matrix: { os: [a, b] } }\n    steps:\n"
        + "      - { name: fetch, run: 'echo ${{ needs.build.outputs.v }}' }\n"
        + "      - { name: Build, id: build, run: make }\n      - run: 'echo ${{ steps.build.outputs.x }}'\n")
    #expect(made.lua.contains("step \"build-2\"") && made.lua.contains("depends = \"build\""), "\(made.lua)")
    #expect(!made.notes.contains { $0.isLost }, "\(made.notes)")
  }

  /// A job of these steps with a value of `build` in its environment.
  private func publish(_ condition: String, _ steps: [String]) throws -> Imported {
    try imported(
      "  publish:\n    needs: build\n    if: \"\(condition)\"\n"
        + "    env: { VERSION: \"${{ needs.build.outputs.v }}\" }\n    steps:\n"
        + steps.map { "      - \($0)\n" }.joined())
  }

  /// Steps that no function can give the value to.
  private static let filled = [
    "{ uses: actions/upload-artifact@v4, with: { name: \"pkg-${{ env.VERSION }}\", path: x } }",
    "{ run: x, working-directory: \"${{ env.VERSION }}\" }",
    "{ run: print(1), shell: python }",
  ]

  @Test(
    "a job that runs only after success has all values of what it needs",
    arguments: ["success() && github.ref == 'x'", "success() && true || success() && github.ref == 'x'"])
  func succeeded(_ condition: String) throws {
    let made = try publish(condition, Self.filled)
    #expect(!made.notes.contains { $0.isLost }, "\(made.notes)")
    #expect(made.lua.contains("  env = { VERSION = build_v.out.v },"), "\(made.lua)")
    #expect(!made.lua.contains("jobs = {"), "\(made.lua)")
  }

  @Test("a value of a job's environment that may be missing is a ref where a step can't have it otherwise")
  func environment() throws {
    for step in Self.filled {
      let made = try publish("always()", ["run: echo $VERSION", step])
      #expect(!made.notes.contains { $0.isLost }, "\(made.notes)")
      #expect(made.lua.contains("  env = { VERSION = build_v.out.v },"), "\(made.lua)")
      #expect(made.lua.contains("{ jobs = { \"build\" } }"), "\(made.lua)")
    }
    for condition in ["always()", "!success()", "success() || github.ref == 'x'"] {
      let made = try publish(condition, ["run: echo $VERSION"])
      #expect(made.lua.contains("export VERSION=\" .. actions.quote(job.out(\"build.v\", \"v\"))"), "\(made.lua)")
    }
  }

  @Test(
    "so is one of a step's own",
    arguments: [
      "{ run: x, shell: python, env: { V: \"${{ needs.build.outputs.v }}\" } }",
      "{ run: x, env: { V: \"${{ needs.build.outputs.v }} ${{ secrets.KEY }}\" } }",
      "{ run: x, working-directory: \"${{ env.V }}\", env: { V: \"${{ needs.build.outputs.v }}\" } }",
    ])
  func ownEnvironment(_ step: String) throws {
    let made = try always(step)
    #expect(!made.notes.contains { $0.isLost }, "\(made.notes)")
    #expect(made.lua.contains("V = build_v.out.v") && made.lua.contains("{ jobs = { \"build\" } }"), "\(made.lua)")
  }

  @Test("the steps of a cell are not called as a job that it needs")
  func cellOfJob() throws {
    let made = try imported(
      "  job: { outputs: { v: \"${{ steps.a.outputs.v }}\" }, steps: [{ id: a, run: x }] }\n"
        + "  test:\n    needs: job\n    if: always()\n    strategy: { matrix: { os: [a, b] } }\n"
        + "    steps: [{ run: 'echo ${{ needs.job.outputs.v }}' }]\n")
    #expect(made.lua.contains("return sequence \"job-2\"") && made.lua.contains("depends = \"job\""), "\(made.lua)")
  }

  @Test("no step of a cell is called as the cell's own sequence, and no local as a word of the language")
  func cellNames() throws {
    let made = try imported(
      "  m:\n    strategy: { matrix: { n: [1, 2] } }\n    steps:\n      - { name: Job, run: x }\n"
        + "      - { id: sequence, run: y }\n      - { run: 'z ${{ steps.sequence.outputs.v }}' }\n")
    #expect(made.lua.contains("step \"job-2\"") && !made.lua.contains("local sequence ="), "\(made.lua)")
  }

  @Test("a step that runs after a failure has no value of a step before that may not have run")
  func afterFailure() throws {
    func job(_ step: String) throws -> Imported {
      try imported("  m:\n    steps:\n      - { id: y, run: y }\n      - \(step)\n")
    }
    let made = try job("{ if: always(), run: 'end ${{ steps.y.outputs.o }}' }")
    #expect(made.lua.contains("\"end \" .. job.out(\"m.y\", \"o\")"), "\(made.lua)")
    let secret = try job("{ if: failure(), run: 'end ${{ steps.y.outputs.o }} ${{ secrets.K }}' }")
    #expect(secret.lua.contains("job.out(\"m.y\", \"o\") .. \" ${{ secrets.K }}\""), "\(secret.lua)")
    let plain = try job("{ if: github.ref == 'x', run: 'end ${{ steps.y.outputs.o }}' }")
    #expect(plain.lua.contains("raw(m_y.out.o)"), "\(plain.lua)")
  }

  @Test("a job whose steps may all be passed over has one that is not")
  func allConditional() throws {
    let made = try imported("  m:\n    steps:\n      - { if: github.ref == 'x', id: begin, run: y }\n")
    #expect(made.lua.contains("step \"m.begin-2\" (actions.nothing()),"), "\(made.lua)")
    #expect(try !imported("  m:\n    steps: [{ if: always(), run: y }, { run: z }]\n").lua.contains("begin"))
    let cached = try imported("  m:\n    steps: [{ uses: actions/cache@v4 }, { if: always(), run: y }]\n")
    #expect(cached.lua.contains("step \"m.begin\" (actions.nothing()),"), "\(cached.lua)")
  }
}
