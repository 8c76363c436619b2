extension Rule {
  static let graph: [Rule] = [
    Rule(
      "B020", .graph, "a ref to a value that no one emits",
      explanation: """
        The step's command, or its function, is plain enough to tell what it emits, and this is not among it.
        The step that uses the ref would fail.
        """,
      bad: """
        local build = step "build" { run = [[echo "version=1.4" >> "$BATON_OUTPUT"]] }
        step "ship" { run = "ship " .. build.out.verison }
        """,
      good: """
        local build = step "build" { run = [[echo "version=1.4" >> "$BATON_OUTPUT"]] }
        step "ship" { run = "ship " .. build.out.version }
        """),
    Rule(
      "B021", .graph, "a value that no one uses",
      explanation: """
        The step emits a value, other values of it or the step itself are used, and this one nowhere. Often
        one of the two names is misspelt. Values that only people look at, in baton show, may stay: say so
        with a comment that ignores this code.
        """,
      bad: """
        local build = step "build" {
          run = [[echo "version=1.4" >> "$BATON_OUTPUT"; echo "size=12" >> "$BATON_OUTPUT"]],
        }
        step "ship" { run = "ship " .. build.out.version }
        """,
      good: """
        local build = step "build" { run = [[echo "version=1.4" >> "$BATON_OUTPUT"]] }
        step "ship" { run = "ship " .. build.out.version }
        """),
    Rule(
      "B022", .graph, "a step that can never run",
      explanation: """
        It runs when something that it depends on has failed, and depends on nothing; or all ways to it lead
        over such a step. Or it waits for a failure and depends on gates alone: a refusal halts the run, or
        counts as skipped or passed, and never as failed.
        """,
      bad: """
        step "build" { run = "make" }
        step "clean" { run = "make clean", when = "failed" }
        """,
      good: """
        step "build" { run = "make" }
        step "clean" { run = "make clean", when = "failed", depends = "build" }
        """),
    Rule(
      "B028", .graph, "a step, or a group, that does nothing",
      explanation: """
        All that the step does is emit values; nothing uses them, and nothing waits for it. Or a parallel,
        sequence or transaction has no members: what depends on it waits for nothing.
        """,
      bad: """
        step "describe" { run = [[echo "version=1.4" >> "$BATON_OUTPUT"]] }
        step "ship" { run = "ship 1.4" }
        """,
      good: """
        local about = step "describe" { run = [[echo "version=1.4" >> "$BATON_OUTPUT"]] }
        step "ship" { run = "ship " .. about.out.version }
        """),
    Rule(
      "B024", .graph, "steps that may run at once write their results to one file",
      explanation: """
        Each counts what another wrote, or finds its own file overwritten. Cells of a matrix share their
        folder: put the cell into the file's name.
        """,
      bad: """
        matrix "test" {
          axes = { python = { "3.12", "3.13" } },
          step = function(cell)
            return { run = { "tox", "-e", cell.python }, results = junit "report.xml" }
          end,
        }
        """,
      good: """
        matrix "test" {
          axes = { python = { "3.12", "3.13" } },
          step = function(cell)
            return { run = { "tox", "-e", cell.python }, results = junit("report-" .. cell.python .. ".xml") }
          end,
        }
        """),
    Rule(
      "B025", .graph, "a step reads what another writes, and does not wait for it",
      explanation: """
        An output of one step is an input of another, and nothing makes the second wait for the first: it
        may find the old file, half of the new one, or none.
        """,
      bad: """
        step "build" { run = "make", inputs = "src/**", outputs = "dist/app.tar.gz" }
        step "scan" { run = "scan dist", inputs = "dist/*", outputs = "scan.txt" }
        """,
      good: """
        step "build" { run = "make", inputs = "src/**", outputs = "dist/app.tar.gz" }
        step "scan" { run = "scan dist", inputs = "dist/*", outputs = "scan.txt", depends = "build" }
        """),
    Rule(
      "B026", .graph, "two steps have one output",
      explanation: """
        Both say that they make the file. Which of them made it last decides, and each spoils what the cache
        knows of the other.
        """,
      bad: """
        step "debug" { run = "make debug", inputs = "src/**", outputs = "build/app" }
        step "release" { run = "make release", inputs = "src/**", outputs = "build/app" }
        """,
      good: """
        step "debug" { run = "make debug", inputs = "src/**", outputs = "build/debug/app" }
        step "release" { run = "make release", inputs = "src/**", outputs = "build/release/app" }
        """),
    Rule(
      "B027", .graph, "a timeout that is longer than the deadline",
      explanation: """
        timeout is for one attempt, deadline for the step with its retries and waits: what ends first is the
        deadline, and no second attempt ever begins.
        """,
      bad: """
        step "test" { run = "make test", retry = 2, timeout = "1h", deadline = "30m" }
        """,
      good: """
        step "test" { run = "make test", retry = 2, timeout = "15m", deadline = "1h" }
        """),
  ]

  static let gates: [Rule] = [
    Rule(
      "B023", .graph, "a gate that no run can pass, or come to",
      explanation: """
        What is required can never be measured so (a rate goes from 0 to 1, not to 100; two bounds contradict
        each other), no step before the gate reports the metric, or the gate depends on what can never run.
        """,
      bad: """
        local tests = step "tests" { run = "make test", results = junit "report.xml" }
        gate "quality" { depends = tests, require = { pass_rate = ">= 98" } }
        """,
      good: """
        local tests = step "tests" { run = "make test", results = junit "report.xml" }
        gate "quality" { depends = tests, require = { pass_rate = ">= 0.98" } }
        """),
    Rule(
      "B035", .graph, "a function looks at a step that it does not depend on",
      explanation: """
        The argument of a step's functions has what the step depends on, under its name, and nothing else:
        the field is nil, and the function ends with an error in the middle of a run.
        """,
      bad: """
        step "build" { run = "make" }
        step "lint" { run = "make lint" }
        step "ship" {
          run = "make ship",
          depends = "build",
          when = function(deps) return deps.lint.status == "succeeded" end,
        }
        """,
      good: """
        step "build" { run = "make" }
        step "lint" { run = "make lint" }
        step "ship" {
          run = "make ship",
          depends = { "build", "lint" },
          when = function(deps) return deps.lint.status == "succeeded" end,
        }
        """),
  ]
}
