import BatonModel
import Testing

/// Imported workflows that call others, and what these are given.
@Suite struct ImportedCallTests {
  private static let callee = """
    on:
      workflow_call:
        inputs:
          debug: { type: boolean, default: false }
          main: { type: boolean }
          count: { type: number, default: 1 }
          version: { type: string }
          quoted: { type: string }
          flag: { type: string }
          made: { type: string, default: "${{ github.ref_name }}" }
          place: { type: choice, options: [dev, "3"], default: dev }
    jobs:
      it:
        steps:
          - name: told
            run: |
              echo "${{ inputs.count }} ${{ inputs.version }} ${{ inputs.quoted }} ${{ inputs.flag }}"
              echo "${{ inputs.made }} ${{ inputs.place }}"
          - { name: debug, if: inputs.debug, run: echo debug }
          - { name: main, if: "inputs.main == true", run: echo main }

    """

  @Test func `a called workflow gets booleans, numbers and texts as it declares them`() throws {
    let sandbox = try Sandbox([
      "b.yml": Self.callee,
      "ci.yml": """
      on: { workflow_dispatch: { inputs: { debug: { type: boolean }, count: { type: number, default: 4 } } } }
      jobs:
        first:
          outputs: { n: "${{ steps.n.outputs.n }}" }
          steps: [{ id: n, run: 'echo n=7 >> $GITHUB_OUTPUT' }]
        a:
          uses: ./.github/workflows/b.yml
          with:
            debug: "${{ inputs.debug }}"
            main: "${{ github.ref == 'refs/heads/main' }}"
            count: "${{ inputs.count }}"
            version: 3.10
            quoted: "3.10"
            flag: true
            place: 3
        c:
          needs: [first, a]
          uses: ./.github/workflows/b.yml
          with: { debug: "true", count: "${{ needs.first.outputs.n }}", version: "${{ inputs.count }}", made: own }

      """,
    ])
    for (from, to) in [("b.yml", "b.lua"), ("ci.yml", "ci.lua")] {
      let made = try sandbox.baton("import", from, "-o", to)
      #expect(made.code == 0, "\(made.account)")
    }
    let run = try sandbox.baton("run", "ci.lua", "-p", "debug=true")
    #expect(run.code == 0, "\(run.account)")
    let runs = try JSON.decode(try sandbox.baton("runs", "--called", "--json").output).list ?? []
    var told: [String: String] = [:]
    for run in runs.compactMap({ $0["run"]?.string }) {
      guard let step = try sandbox.show(run).steps["it.told"], step.status == "succeeded" else { continue }
      let name = try sandbox.show(run).json["params"]?["flag"] == "true" ? "a" : "c"
      told[name] = try sandbox.baton("logs", run, "it.told").output
      #expect(try sandbox.show(run).steps["it.debug"]?.status == "succeeded")
      #expect(try sandbox.show(run).steps["it.main"]?.status == (name == "a" ? "succeeded" : "skipped"))
    }
    #expect(told == ["a": "4 3.1 3.10 true\nmain 3\n", "c": "7 4  \nown dev\n"], "\(run.account)")
  }

  @Test func `what is no value of the declared kind is refused, with the words of -p`() throws {
    let sandbox = try Sandbox([
      "w.lua": """
      local a = step "a" { run = "echo v=many >> $BATON_OUTPUT" }
      call "b" { workflow = "called.lua", params = { count = a.out.v, flag = 1 } }
      """,
      "called.lua": """
      workflow "called" { params = { count = param.number {}, flag = param.boolean {} } }
      step "a" { run = "true" }
      """,
    ])
    let run = try sandbox.baton("run", "w.lua")
    #expect(run.code == 1, "\(run.account)")
    let log = try sandbox.baton("logs", "b").output + run.account
    #expect(log.contains("the parameter \"count\" must be a number, not \"many\""), "\(log)")
    #expect(log.contains("the parameter \"flag\" must be true or false, not \"1\""), "\(log)")
  }
}
