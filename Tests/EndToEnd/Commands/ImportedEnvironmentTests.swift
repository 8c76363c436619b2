import BatonModel
import Testing

/// Environments and flags of imported workflows that are known only when a step's turn has come.
@Suite struct ImportedEnvironmentTests {
  @Test func `a job's environment may have what a step of another job emits, or does not`() throws {
    let sandbox = try Sandbox([
      "ci.yml": """
      on: push
      jobs:
        first:
          outputs: { number: "${{ steps.v.outputs.number }}", other: "${{ steps.w.outputs.other }}" }
          steps:
            - { id: v, if: "1 == 1", run: 'echo "number=7" >> "$GITHUB_OUTPUT"' }
            - { id: w, if: "1 == 2", run: 'echo "other=9" >> "$GITHUB_OUTPUT"' }
        second:
          needs: first
          env: { NUMBER: "v${{ needs.first.outputs.number }}", OTHER: "${{ needs.first.outputs.other }}" }
          steps:
            - { name: job, run: 'echo "$NUMBER $OTHER. ${{ env.NUMBER }}"' }
            - { name: step, env: { NUMBER: "${{ env.NUMBER }}!" }, run: 'echo "$NUMBER ${{ env.NUMBER }}"' }
            - { name: beside, env: { NUMBER: own, B: "${{ env.NUMBER }}" }, run: 'echo "$B ${{ env.B }} ${{ env.NUMBER }}"' }
      """
    ])
    let made = try sandbox.baton("import", "ci.yml", "-o", "ci.lua")
    #expect(made.code == 0 && !made.errors.contains("no counterpart"), "\(made.account)")
    let run = try sandbox.baton("run", "ci.lua")
    #expect(run.code == 0, "\(run.account)")
    #expect(try sandbox.baton("logs", "second.job").output == "v7 . v7\n")
    #expect(try sandbox.baton("logs", "second.step").output == "v7! v7!\n")
    #expect(try sandbox.baton("logs", "second.beside").output == "v7 v7 own\n", "one's own do not see each other")
  }

  @Test func `a step's environment knows how the steps before it ended, and nothing runs without what is lost`() throws
  {
    let sandbox = try Sandbox([
      "ci.yml": """
      on: push
      jobs:
        told:
          steps:
            - { id: x, run: echo one }
            - { run: echo two }
            - { name: last, env: { R: "${{ steps.x.outcome }}" }, run: 'echo "$R."' }
        lost:
          env: { DIR: "${{ hashFiles('x') }}" }
          steps:
            - { run: echo never }
            - { name: clean, if: always(), run: 'echo "rm -rf $DIR/out" > removed' }
      """
    ])
    #expect(try sandbox.baton("import", "ci.yml", "-o", "ci.lua").code == 0)
    let run = try sandbox.baton("run", "ci.lua")
    #expect(run.code == 1, "\(run.account)")
    #expect(try sandbox.baton("logs", "told.last").output == "success.\n")
    let steps = try sandbox.show().steps
    #expect(steps["lost.clean"]?.status == "failed", "\(run.account)")
    #expect(run.errors.contains("env.DIR: hashFiles() has no counterpart"), "\(run.account)")
  }

  @Test func `what tolerates a failure in one cell stops the others, and an environment that can't be had fails`()
    throws
  {
    let sandbox = try Sandbox([
      "ci.yml": """
      on: push
      jobs:
        cells:
          strategy: { fail-fast: false, matrix: { odd: [true, false] } }
          steps:
            - { name: fails, run: exit 1, continue-on-error: "${{ matrix.odd }}" }
            - { name: next, run: echo next }
        lost:
          env: { KEY: "${{ hashFiles('x') }}" }
          steps: [{ run: echo never }]
      """
    ])
    #expect(try sandbox.baton("import", "ci.yml", "-o", "ci.lua").code == 0)
    let run = try sandbox.baton("run", "ci.lua")
    #expect(run.code == 1, "\(run.account)")
    let steps = try sandbox.show().steps
    #expect(steps["cells[odd=true]/next"]?.status == "succeeded", "\(run.account)")
    #expect(steps["cells[odd=false]/next"]?.status == "skipped", "\(run.account)")
    #expect(steps["lost.env-key"]?.status == "failed" && steps["lost.echo-never"]?.status == "skipped")
    #expect(run.errors.contains("env.KEY: hashFiles() has no counterpart"), "\(run.account)")
  }

  @Test func `a step's own environment is made of what the job has, and stands over what steps before it wrote`() throws
  {
    let sandbox = try Sandbox([
      "ci.yml": """
      on: push
      env: { IMAGE: "ghcr.io/${{ github.repository }}" }
      jobs:
        a:
          env: { N: v7, CFLAGS: -O2 }
          steps:
            - { id: first, run: 'true' }
            - { name: image, env: { TAG: "${{ env.IMAGE }}:1" }, run: 'echo "$TAG ${{ env.TAG }}"' }
            - { name: beside, env: { N: own, B: "${{ env.N }}" }, run: 'echo "$B $N"' }
            - { name: itself, env: { CFLAGS: "${{ env.CFLAGS }} -g" }, run: 'echo "$CFLAGS"' }
            - { name: late, env: { N: own, L: "${{ steps.first.outcome }} ${{ env.N }}" }, run: 'echo "$L $N"' }
            - { run: 'printf "%s\\n" CC=gcc N=v8 job=odd >> "$GITHUB_ENV"' }
            - { name: written, env: { CC: clang, B: "${{ env.N }}", name: it's }, run: 'echo "$CC $B $name $job"' }
            - { name: after, run: 'echo "$CC ${B-none} ${{ env.N }}"; env | grep BATON_OWN || :' }
      """
    ])
    let made = try sandbox.baton("import", "ci.yml", "-o", "ci.lua")
    #expect(made.code == 0 && !made.errors.contains("no counterpart"), "\(made.account)")
    let run = try sandbox.baton("run", "ci.lua")
    #expect(run.code == 0, "\(run.account)")
    let logs = [
      "image": "ghcr.io/local/project:1 ghcr.io/local/project:1\n", "beside": "v7 own\n", "itself": "-O2 -g\n",
      "late": "success v7 own\n", "written": "clang v8 it's odd\n", "after": "gcc none v8\n",
    ]
    for (step, text) in logs { #expect(try sandbox.baton("logs", "a.\(step)").output == text, "\(step)") }
  }

  @Test func `a secret in a script is among no process's arguments, in no environment, and not kept`() throws {
    let sandbox = try Sandbox([
      "ci.yml": """
      on: push
      jobs:
        a:
          steps:
            - name: it
              run: |
                key="${{ secrets.KEY }}"; echo ${#key}
                tr '\\0' ' ' < /proc/$PPID/cmdline > arguments; tr '\\0' ' ' < /proc/$$/cmdline >> arguments
                env | grep BATON_SECRET || echo none
            - name: writes
              run: printf 'TITLE=$%s\\n' '{{ secrets.KEY }}' >> "$GITHUB_ENV"
            - id: emits
              run: printf 't=$%s\\n' '{{ secrets.KEY }}' >> "$GITHUB_OUTPUT"
            - name: told
              if: always()
              run: key="${{ secrets.KEY }}"; echo '${{ steps.emits.outputs.t }}' | rev
            - { name: reads, run: 'key="${{ secrets.KEY }}"; echo "$TITLE" | rev' }
            - id: slow
              timeout-minutes: 0.01
              continue-on-error: true
              run: 'echo o=1 >> "$GITHUB_OUTPUT"; key="${{ secrets.KEY }}"; sleep 100'
            - { name: after, run: 'echo "[${{ steps.slow.outputs.o }}]"' }
      """
    ])
    #expect(try sandbox.baton("import", "ci.yml", "-o", "ci.lua").code == 0)
    let run = try sandbox.baton("run", "ci.lua", env: ["KEY": "it's \\1 & more"])
    #expect(run.code == 0, "\(run.account)")
    #expect(try sandbox.baton("logs", "a.it").output == "14\nnone\n", "\(run.account)")
    let arguments = try #require(sandbox.read("arguments"))
    #expect(arguments.contains("GITHUB_OUTPUT") && !arguments.contains("& more"), "\(arguments)")
    #expect(try sandbox.baton("logs", "a.reads").output == "}} YEK.sterces {{$\n", "what a step wrote is not filled in")
    #expect(try sandbox.baton("logs", "a.told").output == "}} YEK.sterces {{$\n", "nor what it emitted")
    #expect(try sandbox.baton("logs", "a.after").output == "[1]\n", "\(run.account)")
    #expect(try sandbox.command("grep", "-rl", "it.s .1 & more", ".baton").output == "")
  }
}
