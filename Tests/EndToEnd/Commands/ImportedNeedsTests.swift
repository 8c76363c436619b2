import BatonModel
import Testing

/// Jobs of imported workflows that run though one that they need has failed.
@Suite struct ImportedNeedsTests {
  @Test func `steps of a job that runs in any case look at their own job, and know how those that it needs ended`()
    throws
  {
    let sandbox = try Sandbox([
      "ci.yml": """
      on: push
      jobs:
        build:
          outputs: { v: "${{ steps.v.outputs.v }}" }
          steps:
            - { id: v, run: exit 1 }
        tell:
          needs: build
          if: always()
          steps:
            - { name: first, run: 'echo "${{ needs.build.result }} [${{ needs.build.outputs.v }}] ${{ job.status }}"' }
            - { name: second, if: "needs.build.result == 'failure'", run: echo second }
            - { name: own, if: failure(), run: echo never }
            - { name: last, run: echo last }
        gate:
          needs: build
          if: always() && contains(needs.*.result, 'failure')
          steps: [{ name: it, run: 'echo "${{ join(needs.*.result) }}"' }]
        deploy:
          needs: build
          steps: [{ name: all, run: echo never }]
        report:
          needs: deploy
          if: failure()
          steps: [{ name: it, run: echo report }]
      """
    ])
    #expect(try sandbox.baton("import", "ci.yml", "-o", "ci.lua").code == 0)
    let run = try sandbox.baton("run", "ci.lua")
    #expect(run.code == 1, "\(run.account)")
    #expect(try sandbox.baton("logs", "tell.first").output == "failure [] success\n")
    #expect(try sandbox.baton("logs", "gate.it").output == "failure\n")
    let steps = try sandbox.show().steps
    #expect(steps["tell.second"]?.status == "succeeded" && steps["tell.last"]?.status == "succeeded", "\(run.account)")
    #expect(steps["tell.own"]?.status == "skipped" && steps["deploy.all"]?.status == "skipped")
    #expect(steps["report.it"]?.status == "succeeded", "the failure lies before the job that it needs")
  }

  @Test func `a step after a failure finds empty what was never emitted, and a job that passed over all has succeeded`()
    throws
  {
    let sandbox = try Sandbox([
      "ci.yml": """
      on: { workflow_dispatch: { inputs: { v: { default: one } } } }
      env: { VERSION: "${{ inputs.v || github.ref_name }}" }
      jobs:
        a:
          steps:
            - { name: bad, run: exit 1 }
            - { id: y, run: 'echo o=1 >> $GITHUB_OUTPUT' }
            - { name: clean, if: always(), run: 'echo "[${{ steps.y.outputs.o }}] $VERSION"' }
        skipped:
          defaults: { run: { shell: python, working-directory: none } }
          steps: [{ uses: actions/cache@v4, with: { path: x, key: x } }, { name: it, if: github.ref == 'none', run: exit 1 }]
        after:
          needs: skipped
          steps:
            - { name: first, run: 'printf "my-var=1\\nMINE=2\\n" >> "$GITHUB_ENV"' }
            - { name: last, run: 'echo "${{ needs.skipped.result }} $MINE"' }
      """
    ])
    let made = try sandbox.baton("import", "ci.yml", "-o", "ci.lua")
    #expect(made.code == 0, "\(made.account)")
    let run = try sandbox.baton("run", "ci.lua")
    #expect(run.code == 1, "\(run.account)")
    #expect(try sandbox.baton("logs", "a.clean").output == "[] one\n", "\(run.account)")
    #expect(try sandbox.baton("logs", "after.last").output == "success 2\n", "\(run.account)")
    let first = try sandbox.baton("logs", "after.first").output
    #expect(first.contains("no shell has a variable \"my-var\""), "\(first)")
  }

  @Test func `what a step emitted before it failed is there for those that may run after it`() throws {
    let sandbox = try Sandbox([
      "ci.yml": """
      on: push
      jobs:
        plan:
          outputs: { code: "${{ steps.tolerated.outputs.code }}" }
          steps:
            - { id: tolerated, continue-on-error: true, run: 'echo code=2 >> "$GITHUB_OUTPUT"; exit 2' }
            - { name: apply, if: steps.tolerated.outputs.code == 2, run: 'echo "apply ${{ steps.tolerated.outputs.code }}"' }
            - { name: plain, run: 'echo "[${{ steps.tolerated.outputs.code }}${{ steps.tolerated.outputs.none }}]"' }
            - { id: bad, run: 'echo why=disk >> "$GITHUB_OUTPUT"; exit 1' }
            - { name: told, if: failure(), run: 'echo "${{ steps.bad.outputs.why }}"' }
      """
    ])
    let made = try sandbox.baton("import", "ci.yml", "-o", "ci.lua")
    #expect(made.code == 0 && !made.errors.contains("outputs"), "\(made.account)")
    let run = try sandbox.baton("run", "ci.lua")
    #expect(run.code == 1, "\(run.account)")
    #expect(try sandbox.baton("logs", "plan.apply").output == "apply 2\n", "\(run.account)")
    #expect(try sandbox.baton("logs", "plan.plain").output == "[2]\n", "\(run.account)")
    #expect(try sandbox.baton("logs", "plan.told").output == "disk\n", "\(run.account)")
  }
}
