import BatonCore
import BatonLua
import BatonModel
import BatonTestKit
import Glibc
import Testing

@testable import BatonImport

@Suite struct GitHubTests {
  private static let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    .joined(separator: "/")

  static func fixture(_ name: String) throws -> [UInt8] {
    let file = try #require(fopen("\(folder)/Fixtures/\(name)", "r"))
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    return Array(bytes[..<fread(&bytes, 1, bytes.count, file)])
  }

  static func load(_ lua: String) throws(Diagnostics) -> Plan {
    let request = Script.Request(
      file: "ci.lua", absolutePath: "/work/ci.lua", source: Array(lua.utf8),
      observations: Observations(time: Instant(milliseconds: 1_700_000_000_000), seed: 1))
    return try Script.load(request).plan
  }

  private func imported(_ text: String) throws -> Imported { try Import.read(Array(text.utf8), file: "ci.yml") }

  /// A workflow of one job with these steps.
  private func steps(_ steps: String) throws -> Imported {
    try imported("on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n" + steps)
  }

  @Test("workflows become Lua that loads", arguments: ["build.yml", "python.yml"]) func snapshots(_ name: String) throws
  {
    let made = try Import.read(try Self.fixture(name), file: name)
    if let mismatch = Snapshot.mismatch(made.lua, named: name, testFile: #filePath) { Issue.record("\(mismatch)") }
    let script = try Self.load(made.lua)
    #expect(!script.nodes.isEmpty)
  }

  @Test("the plan has a group for each job, and a sequence in each cell") func plan() throws {
    let plan = try Self.load(try Import.read(try Self.fixture("build.yml"), file: "build.yml").lua)
    let names = plan.nodes.map(\.name)
    for name in ["version", "version.read", "test", "package", "docs"] { #expect(names.contains(name), "\(names)") }
    #expect(names.contains { $0.hasPrefix("test[") && $0.hasSuffix("/compile") })
    #expect(plan.workflow.params.map(\.name) == ["level"])
    let test = try #require(plan.nodes.first { $0.name == "test" })
    #expect(test.dependencies.map { plan.nodes[$0].name }.contains("version"))
  }

  @Test("what has no counterpart is told with its line, and fails when it is run") func notes() throws {
    let made = try Import.read(try Self.fixture("build.yml"), file: "build.yml")
    let lost = made.notes.filter(\.isLost)
    #expect(lost.map(\.path) == ["jobs.test.steps[4].uses"])
    #expect(lost.first?.mark.line == 60)
    #expect(made.lua.contains("actions.unsupported(\"codecov/codecov-action@v4\""))
    #expect(made.value["notes"]?.list?.count == made.notes.count)
  }

  @Test(
    "what GitHub would refuse is an error with its place and the nearest name",
    arguments: [
      (
        "jobs:\n  a:\n    runs-on: x\n    stps: []\n",
        "ci.yml:4:5: error: jobs.a: there is no key \"stps\"\n  did you mean \"steps\"?"
      ),
      (
        "jobs:\n  a:\n    needs: b\n    steps: [{run: x}]\n  c:\n    steps: [{run: x}]\n",
        "ci.yml:2:3: error: jobs.a.needs: there is no job \"b\""
      ),
      (
        "jobs:\n  z: { needs: b, steps: [{run: x}] }\n  a: { needs: [b], steps: [{run: x}] }\n  b: { needs: [c, a], steps: [{run: x}] }\n"
          + "  c: { needs: c, steps: [{run: x}] }\n",
        "ci.yml:5:3: error: jobs.c.needs: a circle, in which each waits for the next: c → c\n"
          + "ci.yml:4:3: error: jobs.b.needs: a circle, in which each waits for the next: b → a → b"
      ),
      (
        "jobs:\n  a:\n    steps: [{run: x, uses: y}]\n",
        "ci.yml:3:13: error: jobs.a.steps[0] must have either \"run\" or \"uses\""
      ),
      ("jobs: {}\n", "ci.yml:1:7: error: there is no job"),
      ("stages: [a]\n", "ci.yml:1:1: error: there are no \"jobs\" in it\n  GitLab's"),
      ("jobs:\n  a.b:\n    steps: [{run: x}]\n", "ci.yml:2:3: error: \"a.b\" is no id of a job"),
      ("jobs:\n  a:\n    steps: {run: x}\n", "ci.yml:3:12: error: jobs.a.steps must be a list, not a map"),
      ("jobs:\n  a:\n    steps: [{run: [x]}]\n", "ci.yml:3:19: error: jobs.a.steps[0].run must be a text, not a list"),
      ("jobs: 5\n", "ci.yml:1:7: error: jobs must be a map, not 5"),
      ("- 1\n", "ci.yml:1:1: error: there are no \"jobs\" in it"),
    ]) func mistakes(_ text: String, _ message: String)
  {
    do {
      _ = try imported(text)
      Issue.record("it was accepted")
    } catch let error as Diagnostics {
      #expect(error.text.hasPrefix(message), "\(error.text)")
    } catch { Issue.record("\(error)") }
  }

  @Test("texts reach the script as they are, whatever is in them") func texts() throws {
    let odd = "printf ']]' \"\\n\" '--[[' ]==] é\u{1F600} \\"
    let made = try steps("    - run: |\n        \(odd)\n        second\n    - run: \"a\\r\\tb\\x01\"\n")
    let plan = try Self.load(made.lua)
    let commands = plan.nodes.compactMap { node -> String? in
      if case .shell(.plain(let text))? = node.command { text } else { nil }
    }
    #expect(commands == ["\(odd)\nsecond\n", "a\r\tb\u{1}"])
  }

  @Test("names of steps are unique, and made of what they say") func names() throws {
    let made = try steps(
      "    - run: make\n    - run: make\n    - name: Größe & ${{ github.ref }}\n      run: x\n    - name: '!!!'\n      run: '???'\n"
    )
    let plan = try Self.load(made.lua)
    #expect(
      plan.nodes.map(\.name).filter { $0.hasPrefix("job.") } == ["job.make", "job.make-2", "job.gr-e", "job.step"])
  }

  @Test("a job that can't run on Linux is skipped, containers and services are told") func runners() throws {
    let made = try imported(
      """
      on: push
      jobs:
        a:
          runs-on: macos-latest
          steps: [{run: x}]
        b:
          runs-on: [self-hosted, linux]
          container: debian:12
          services: { db: { image: postgres } }
          steps: [{run: x}]
      """)
    #expect(made.lua.contains("when = actions.when(nil, { runner = \"macos-latest\" }),"))
    #expect(made.notes.filter(\.isLost).map(\.path) == ["jobs.b.container", "jobs.b.services"])
    #expect(made.lua.contains("steps run on this machine, in no container"))
    _ = try Self.load(made.lua)
  }

  @Test(
    "what a job runs on may be an expression",
    arguments: [
      (
        "${{ inputs.win && 'windows-latest' || 'ubuntu-latest' }}", "",
        "actions.truthy(params.win) and \"windows-latest\" or \"ubuntu-latest\""
      ),
      ("[self-hosted, '${{ inputs.os }}']", "", "params.os"),
      ("['${{ inputs.os }}', '${{ inputs.os }}-x']", "", "{ params.os, actions.text(params.os) .. \"-x\" }"),
      ("${{ matrix.os || 'macos-latest' }}", "os: [a]", "actions.either(cell.os, \"macos-latest\")"),
      ("${{ fromJSON('[\"macos-14\"]') }}", "", "actions.from_json(\"[\\\"macos-14\\\"]\")"),
    ]) func expressionOfRunner(_ label: String, _ axes: String, _ lua: String) throws
  {
    let matrix = axes.isEmpty ? "" : "    strategy: { matrix: { \(axes) } }\n"
    let made = try imported(
      "on: { workflow_dispatch: { inputs: { win: { type: boolean }, os: { default: x } } } }\njobs:\n  a:\n"
        + "    runs-on: \(label)\n\(matrix)    steps: [{ run: x }]\n")
    #expect(made.lua.ranges(of: "{ runner = \(lua) })").count == 1, "\(made.lua)")
    #expect(made.lua.ranges(of: "runner = ").count == 1 && made.notes.isEmpty, "\(made.lua)")
    _ = try Self.load(made.lua)
  }

  @Test("a runner that another job names is told") func runnerOfAnotherJob() throws {
    let made = try imported(
      "on: push\njobs:\n  a:\n    outputs: { os: \"${{ steps.o.outputs.os }}\" }\n    steps: [{ id: o, run: x }]\n"
        + "  b:\n    needs: a\n    runs-on: \"${{ needs.a.outputs.os }}\"\n    steps: [{ run: x }]\n")
    #expect(made.notes.map(\.path) == ["jobs.b.runs-on"] && !made.lua.contains("runner ="), "\(made.lua)")
    let variable = try imported(
      "on: push\njobs:\n  a:\n    runs-on: ${{ fromJSON(vars.RUNNER) }}\n    steps: [{ run: x }]\n")
    #expect(variable.notes.map(\.path) == ["jobs.a.runs-on"] && !variable.lua.contains("runner ="), "\(variable.lua)")
  }

  @Test("the secrets that must be set are told once, and only those that the script names") func secrets() throws {
    let made = try imported(
      """
      on: push
      jobs:
        a:
          env: { GH_TOKEN: "${{ github.token }}", KEY: "${{ secrets.KEY }}" }
          steps:
            - { uses: some/action@v1, with: { password: "${{ secrets.PASSWORD }}" } }
            - { uses: actions/checkout@v4, with: { token: "${{ secrets.GITHUB_TOKEN }}" } }
            - { run: "push ${{ secrets.KEY }} ${{ secrets.OTHER }}" }
      """)
    let notes = made.notes.filter { $0.path == "secrets" }
    #expect(notes.map(\.mark.line) == [4])
    #expect(notes.first?.message.hasSuffix(": GITHUB_TOKEN, KEY, OTHER") == true, "\(notes)")
    #expect(made.lua.contains("GH_TOKEN = (secret \"GITHUB_TOKEN\"), KEY = (secret \"KEY\")"), "\(made.lua)")
    #expect(made.lua.contains("--   line 4: secrets: set before a run"))
    #expect(try !steps("    - run: x\n").notes.contains { $0.path == "secrets" })
    _ = try Self.load(made.lua)
  }

  @Test("defaults of inputs that are expressions") func madeDefaults() throws {
    func parameter(_ input: String) throws -> (lua: String, told: [String]) {
      let text = "on: { workflow_call: { inputs: { v: { \(input) } } } }\njobs: { a: { steps: [{ run: echo }] } }\n"
      let made = try Import.read(Array(text.utf8), file: "ci.yml")
      _ = try Self.load(made.lua)
      return (made.lua, made.notes.map { "\($0.path): \($0.message)" })
    }
    for (input, code) in [
      ("type: string, default: 'v-${{ github.ref_name }}'", "param.string { default = \"v-\" .. github.ref_name }"),
      (
        "type: boolean, default: \"${{ github.ref == 'x' }}\"",
        "param.boolean { default = actions.same(github.ref, \"x\") }"
      ),
      ("type: number, default: '${{ 3 }}'", "param.number { default = 3 }"),
    ] {
      let made = try parameter(input)
      #expect(made.lua.contains("v = \(code),") && made.told.isEmpty, "\(made)")
    }
    for input in [
      "type: string, default: '${{ github.sha }}'", "type: number, default: '${{ vars.N }}'",
      "type: string, default: '${{ inputs.w }}'",
    ] {
      let made = try parameter(input)
      #expect(made.told.first?.hasPrefix("inputs.v.default: ") == true, "\(input): \(made)")
      #expect(made.lua.contains("{ default = \(input.contains("number") ? "0" : "\"\"") }"), "\(made.lua)")
    }
  }

  @Test("variables of the workflow that are made of inputs are those of its jobs") func inputsInEnvironment() throws {
    let made = try imported(
      """
      on: { workflow_dispatch: { inputs: { v: { default: one } } } }
      env: { A: a, V: "${{ inputs.v || github.ref_name }}", E: "v-${{ github.event.inputs.v }}" }
      jobs:
        a: { steps: [{ run: "echo $V" }] }
        b: { env: { V: own }, steps: [{ run: "echo ${{ env.V }}" }] }
      """)
    #expect(made.lua.contains("env = actions.env(github, {\n    A = \"a\",\n  }),"), "\(made.lua)")
    #expect(made.lua.contains("E = \"v-\" .. actions.text(params.v)"), "\(made.lua)")
    #expect(made.lua.contains("env = { E = \"v-\" .. actions.text(params.v), V = \"own\" },"), "\(made.lua)")
    _ = try Self.load(made.lua)
  }

  @Test("submodules are told: none are fetched") func submodules() throws {
    let made = try steps(
      "    - { uses: actions/checkout@v4, with: { submodules: recursive } }\n"
        + "    - { uses: actions/checkout@v4, with: { submodules: false } }\n    - run: x\n")
    #expect(made.notes.map(\.path) == ["jobs.job.steps[0].uses"])
    #expect(made.notes.first?.message.contains("git submodule update --init") == true)
  }

  @Test("shells of other systems are told apart from those that there are not") func shells() throws {
    let made = try steps(
      "    - { run: x, shell: cmd }\n    - { run: y, shell: fish }\n    - { run: z, shell: 'fish {0}' }\n")
    #expect(made.notes.filter(\.isLost).map(\.path) == ["jobs.job.steps[1].shell"])
    _ = try Self.load(made.lua)
  }

  @Test("a matrix over values that are known later") func laterMatrix() throws {
    let made = try imported(
      """
      on: push
      jobs:
        list:
          outputs: { names: "${{ steps.l.outputs.names }}" }
          steps: [{ id: l, run: "echo 'names=[1]' >> $GITHUB_OUTPUT" }]
        each:
          needs: list
          strategy: { matrix: { name: "${{ fromJSON(needs.list.outputs.names) }}" } }
          steps: [{ run: "echo ${{ matrix.name }}" }]
      """)
    #expect(made.lua.contains("axes = { name = list_l.out.names:map(actions.from_json) },"))
    _ = try Self.load(made.lua)
  }

  @Test("a chain of many jobs is written from its end") func chain() throws {
    let count = 2_000
    let jobs = (0..<count).map { "  j\($0): { \($0 + 1 < count ? "needs: j\($0 + 1), " : "")steps: [{ run: x }] }\n" }
    let lua = try imported("on: push\njobs:\n" + jobs.joined()).lua
    let first = try #require(lua.firstRange(of: "sequence \"j\(count - 1)\""))
    let last = try #require(lua.firstRange(of: "sequence \"j0\""))
    #expect(first.lowerBound < last.lowerBound)
  }

  @Test("jobs that install packages of the machine take turns") func packages() throws {
    let install = "      - run: sudo /usr/bin/apt-get install -y tree\n      - run: cat /etc/apt/sources.list\n"
    let made = try imported(
      "on: push\njobs:\n  a:\n    steps:\n\(install)  b:\n    steps:\n\(install)")
    let plan = try Self.load(made.lua)
    #expect(plan.nodes.filter { $0.command != nil }.map(\.options.value.mutex) == ["apt", nil, "apt", nil])
    #expect(made.notes.filter { $0.message.contains("install packages") }.map(\.mark.line) == [5])
    // One job has the machine for itself.
    #expect(try !steps("    - run: sudo apt-get update\n").lua.contains("mutex"))
  }

  @Test(
    "no text makes it crash",
    arguments: [
      "jobs:\n", "jobs: {a: }\n", "jobs: {a: {strategy: 5, steps: [{run: ${{}]}}\n",
      "on: 1\njobs: {a: {steps: [{run: '${{ }}'}], strategy: {matrix: {include: 3}}}}\n",
    ])
  func odd(_ text: String) {
    if let made = try? imported(text) { #expect(throws: Never.self) { try Self.load(made.lua) } }
  }
}
