import BatonModel
import Testing

/// Files that jobs of imported workflows keep for each other.
@Suite struct ImportedArtifactTests {
  private static let workflow = """
    on: push
    jobs:
      pack:
        steps:
          - { uses: actions/checkout@v4, id: co }
          - { id: v, run: 'echo "n=7" >> "$GITHUB_OUTPUT"' }
          - { uses: actions/upload-artifact@v4, with: { name: "wild-${{ steps.v.outputs.n }}", path: "dist/*" } }
          - { uses: actions/upload-artifact@v4, with: { name: one, path: dist/x.whl } }
          - { uses: actions/upload-artifact@v4, with: { name: folders, path: "*/reports" } }
          - uses: actions/upload-artifact@v4
            with:
              name: two
              path: |
                a/reports/
                b/reports/*.xml
          - uses: actions/upload-artifact@v4
            env: { DIR: dist }
            with:
              name: without
              path: |
                ${{ env.DIR }}
                !dist/**/*.map
                !dist/sub
          - { uses: actions/upload-artifact@v4, with: { name: shown, path: . } }
          - { uses: actions/upload-artifact@v4, with: { name: hidden, path: dist, include-hidden-files: true } }
          - { uses: actions/upload-artifact@v4, with: { name: none, path: nowhere, if-no-files-found: ignore } }
          - { name: commit, run: 'test "${{ steps.co.outputs.commit }}" = "$GITHUB_SHA" && test "$GITHUB_SHA"' }
      apart:
        needs: pack
        steps:
          - { uses: actions/download-artifact@v4, with: { path: got } }
          - { name: list, run: 'cd got && find . -type f | sort' }
      merged:
        needs: pack
        steps:
          - { uses: actions/download-artifact@v4, with: { merge-multiple: true } }
          - { name: list, run: 'find . -type f | sort' }
    """

  @Test func `artifacts are laid out below what their paths have in common, and fetched apart or together`() throws {
    let files = [
      "a/reports/r.xml", "b/reports/r.xml", "b/reports/r.txt", "dist/x.whl", "dist/x.map", "dist/sub/y.map", "dist/.z",
    ]
    let sandbox = try Sandbox(
      Dictionary(uniqueKeysWithValues: files.map { ($0, "\($0)\n") }).merging(["ci.yml": Self.workflow]) { $1 })
    try sandbox.command("git", "init", "-q", ".")
    try sandbox.command("git", "add", ".")
    try sandbox.command(
      "git", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "all")
    let made = try sandbox.baton("import", "ci.yml", "-o", "ci.lua")
    #expect(made.code == 0 && !made.errors.contains("no counterpart"), "\(made.account)")
    let run = try sandbox.baton("run", "ci.lua")
    #expect(run.code == 0, "\(run.account)")
    let apart = try sandbox.baton("logs", "apart.list").output.split(separator: "\n").map { $0.dropFirst(2) }
    func artifact(_ name: String) -> [String] {
      apart.filter { $0.hasPrefix("\(name)/") }.map { String($0.dropFirst(name.utf8.count + 1)) }
    }
    #expect(artifact("wild-7") == ["sub/y.map", "x.map", "x.whl"])
    #expect(artifact("one") == ["x.whl"])
    #expect(artifact("folders") == ["a/reports/r.xml", "b/reports/r.txt", "b/reports/r.xml"])
    #expect(artifact("two") == ["a/reports/r.xml", "b/reports/r.xml"])
    #expect(artifact("without") == ["x.whl"])
    #expect(artifact("shown").contains("dist/x.whl") && !artifact("shown").contains { $0.contains("/.") }, "\(apart)")
    #expect(artifact("hidden") == [".z", "sub/y.map", "x.map", "x.whl"])
    #expect(artifact("none").isEmpty)
    let merged = try sandbox.baton("logs", "merged.list").output.split(separator: "\n")
    #expect(merged.contains("./x.whl") && merged.contains("./a/reports/r.xml") && merged.contains("./.z"), "\(merged)")
    #expect(!merged.contains { $0.hasPrefix("./one/") || $0.hasPrefix("./two/") }, "\(merged)")
  }
}
