import BatonImport
import BatonLua
import BatonModel

extension Subject {
  /// A foreign workflow becomes a script that compiles, or mistakes with what is wrong.
  static let imports = Subject(
    name: "imports",
    seeds: [
      """
      name: ci
      on: { push: , workflow_dispatch: { inputs: { level: { type: choice, options: [a, b] } } } }
      env: &env { A: "1" }
      jobs:
        one:
          outputs: { v: "${{ steps.s.outputs.v }}" }
          steps:
            - { id: s, run: 'echo "v=1" >> $GITHUB_OUTPUT', env: { <<: *env, B: "${{ github.sha }}" } }
            - uses: actions/upload-artifact@v4
              with: { name: n, path: "a/*" }
        two:
          needs: [one]
          if: always() && needs.one.result == 'success' || contains(github.ref, 'x')
          strategy: { fail-fast: false, matrix: { x: [1, 2.5, "c", { k: v }], include: [{ x: 1, y: z }] } }
          steps:
            - run: |
                echo ${{ matrix.x }} ${{ needs.one.outputs.v }} ${{ format('{0}', inputs.level) }}
              shell: python
              timeout-minutes: 3
              continue-on-error: ${{ matrix.x == 1 }}
      """,
      """
      {"name":"n","steps":[{"name":"a","agent":"test_runner","action":"run_tests","config":{"test_suite":"s"}},
      {"name":"b","agent":"x","action":"y","depends_on":["a"]}],"on_failure":{"retry":{"max_attempts":2,"delay":1.5}}}
      """,
    ],
    words: [
      "${{", "}}", "&a", "*a", "<<:", "|", ">-", "- ", ": ", "\n  ", "[", "]", "{", "}", "'", "\"", "]]", "]=]", "--[[",
      "\\", "steps.", "needs.", "matrix.", "fromJSON(", "&&", "||", "!", "(", ")", "!!str", "%YAML", "---", "\t", "\0",
      "é",
    ],
    read: { text throws(FuzzError) in
      let imported: Imported
      do throws(Diagnostics) { imported = try Import.read(text, file: "fuzz.yml") } catch {
        guard !error.items.isEmpty, error.items.allSatisfy({ !$0.message.isEmpty }) else {
          throw FuzzError("refused without saying why")
        }
        return false
      }
      var request = Script.Request(
        file: "fuzz.lua", absolutePath: "/fuzz.lua", source: Array(imported.lua.utf8),
        observations: Observations(time: Instant(nanoseconds: 0), seed: 1))
      request.limit = Span(milliseconds: 2000)
      request.memoryLimit = 128 << 20
      do throws(Diagnostics) { _ = try Script.load(request) } catch {
        // What the script says may be wrong; that it is Lua may not.
        if let broken = error.items.first(where: { $0.message.contains(" near ") || $0.message.contains("unfinished") })
        {
          throw FuzzError("the script is no Lua: \(broken.text)")
        }
      }
      return true
    })
}
