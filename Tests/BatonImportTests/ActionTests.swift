import BatonModel
import Testing

@testable import BatonImport

/// Steps with `uses` that have a counterpart.
@Suite struct ActionTests {
  /// A workflow of one job, `a`, with these steps.
  private func imported(_ steps: String) throws -> Imported {
    let made = try Import.read(Array("on: push\njobs:\n  a:\n    steps:\n\(steps)".utf8), file: "ci.yml")
    _ = try GitHubTests.load(made.lua)
    return made
  }

  @Test("names and versions may be what a step before emits")
  func later() throws {
    let made = try imported(
      """
            - { id: v, run: 'echo "n=1" >> "$GITHUB_OUTPUT"' }
            - { uses: actions/setup-python@v5, with: { python-version: "${{ steps.v.outputs.n }}" } }
            - { uses: actions/upload-artifact@v4, with: { name: "pkg-${{ steps.v.outputs.n }}", path: dist } }
            - { uses: actions/download-artifact@v4, with: { name: "${{ steps.v.outputs.n }}", path: got } }

      """)
    #expect(made.lua.contains("actions.setup(\"python\", a_v.out.n)"), "\(made.lua)")
    #expect(made.lua.contains("actions.upload(\"pkg-\" .. a_v.out.n, \"dist\")"), "\(made.lua)")
    #expect(made.lua.contains("actions.download(a_v.out.n, \"got\")"), "\(made.lua)")
    #expect(!made.notes.contains { $0.isLost }, "\(made.notes)")
  }

  @Test("a checkout of the project's own folder has the values that others ask for")
  func checkout() throws {
    let made = try imported(
      "      - { id: co, uses: actions/checkout@v4 }\n      - run: echo ${{ steps.co.outputs.commit }}\n")
    #expect(made.lua.contains("local a_co = step \"a.co\" (actions.revision())"), "\(made.lua)")
    #expect(made.lua.contains("raw(a_co.out.commit)") && made.notes.isEmpty, "\(made.lua)")
    #expect(try !imported("      - uses: actions/checkout@v4\n      - run: x\n").lua.contains("revision"))
  }

  @Test(
    "what is said of artifacts is given on",
    arguments: [
      ("upload", "path: x", "actions.upload(\"artifact\", \"x\")"),
      ("upload", "path: x, if-no-files-found: error", "actions.upload(\"artifact\", \"x\", \"error\")"),
      ("upload", "path: x, include-hidden-files: true", "actions.upload(\"artifact\", \"x\", nil, true)"),
      ("upload", "path: x, include-hidden-files: false", "actions.upload(\"artifact\", \"x\")"),
      ("download", "merge-multiple: false", "actions.download()"),
      ("download", "merge-multiple: true", "actions.download(nil, nil, true)"),
      ("download", "path: x, merge-multiple: 'true'", "actions.download(nil, \"x\", true)"),
      ("download", "pattern: x-*, merge-multiple: true", "actions.unsupported("),
    ])
  func artifacts(_ action: String, _ with: String, _ call: String) throws {
    let made = try imported("      - { uses: actions/\(action)-artifact@v4, with: { \(with) } }\n")
    #expect(made.lua.contains("(\(call)"), "\(made.lua)")
    #expect(made.notes.isEmpty == !call.contains("unsupported"), "\(made.notes)")
  }
}
