extension Subcommand {
  public static func named(_ name: Name) -> Subcommand {
    switch name {
    case .`init`: .initialise
    case .run: .run
    case .plan: .plan
    case .graph: .graph
    case .check: .check
    case .repl: .repl
    case .test: .test
    case .chaos: .chaos
    case .replay: .replay
    case .report: .report
    case .resume: .resume
    case .why: .why
    case .runs: .runs
    case .tests: .tests
    case .show: .show
    case .logs: .logs
    case .events: .events
    case .watch: .watch
    case .cancel: .cancel
    case .approve: .approve
    case .reject: .reject
    case .signal: .signal
    case .gc: .gc
    case .doctor: .doctor
    case .completion: .completion
    case .`import`: .importing
    case .module: .module
    case .docs: .docs
    case .config: .config
    case .secret: .secret
    case .data: .data
    case .pools: .pools
    case .help: .help
    }
  }

  private static let file = Argument("FILE", completes: .file)
  private static let someRun = Argument("RUN", .optional, completes: .run)
  private static let runIsOptional =
    "RUN is an id, a unique beginning of one, or nothing: the newest run of this project\nthat the command makes sense for."

  static let run = Subcommand(
    .run, "run a workflow", arguments: [file],
    options: [
      .param, .params, .environment, .jobs, .only, .tags, .changedSince, .noCache, .dryRun, .detach, .noWait, .output,
      .jsonEvents, .trustOf,
    ],
    details: """
      Runs the steps that FILE declares. Everything that happens is recorded before it counts,
      so a run that was interrupted, killed or failed is carried on with "baton resume".
      The first Ctrl-C ends what runs and leaves the run resumable; the second does so at once.
      Where a gate waits for an approval, the run waits with it, without a process of its own.

      With --changed-since run steps whose declared inputs changed, and what depends on them; files
      that git does not know yet count as changed. Steps without inputs always run. What else there
      is ends as skipped. baton plan FILE --changed-since REV tells what would run and what not, and why.
      """,
    examples: [
      Example("baton run workflow.lua", "all steps"),
      Example("baton run release.lua -p environment=prod -j 4", "with a parameter, four steps at once"),
      Example("baton run tests.lua --only lint 'e2e[browser=chrome]'", "two steps and what they depend on"),
      Example("baton run tests.lua --changed-since origin/main", "what this branch can have broken"),
    ], exitCodes: [1, 3, 4, 5, 130])

  static let plan = Subcommand(
    .plan, "show what would run, in which order and why", arguments: [file],
    options: [.param, .params, .environment, .jobs, .only, .tags, .changedSince, .json, .trustOf],
    details: """
      Reads the workflow and runs nothing. Steps stand in levels: those of one level may run side by
      side. Estimates come from earlier runs. --json gives the whole plan.

      Below a step that is a function stands what it would do. It is followed with unknown results,
      ${…}, along every way that it may take; nothing that it asks for is done. What depends on an
      unknown result is shown as alternatives, what repeats unknown times once.
      """,
    examples: [
      Example("baton plan workflow.lua", "levels, estimates, what each step waits for"),
      Example("baton plan release.lua --json", "the same for programs"),
    ])

  static let graph = Subcommand(
    .graph, "draw a workflow or a run", arguments: [Argument("FILE|RUN", .optional, completes: .file)],
    options: [.format, .outputFile, .param, .params, .environment, .json],
    details: """
      Of a workflow's FILE: its steps, groups and gates, and what its functions would do (as baton plan
      tells; alternatives are dashed). Of a RUN: the steps with the state of each.
      Without an argument: the newest run. ascii, dot and mermaid need nothing; svg needs Graphviz.
      """,
    examples: [
      Example("baton graph workflow.lua", "in the terminal"),
      Example("baton graph workflow.lua --format svg -o graph.svg", "a picture"),
    ])

  static let check = Subcommand(
    .check, "find the mistakes of scripts without running a step",
    arguments: [Argument("FILE", .any, completes: .code)],
    options: [.param, .params, .environment, .explain, .fix, .dryRun, .strict, .noLuacheck, .json],
    details: """
      Prints every mistake as file:line:column, what is wrong, a code, and how to mend it: what the loader
      refuses, and what would go wrong later or is not meant so: values that no one emits or uses, gates
      that no run passes, commands that are not quoted, time and chance that no record has, secrets in
      plain text, and what luacheck finds where it is installed. Of a folder, all *.lua in it are looked
      at; where nothing is named, those of this folder. Parameters without a default need no value here.

      --explain CODE tells of a code, with a wrong and a right example; --explain alone lists them all.
      --fix writes what is certain into the file and shows the difference; with --dry-run it shows it only.

      A comment lets a finding pass: -- baton: ignore B012 behind the line or above it, or
      -- baton: ignore-file B012. Errors end with exit code 2; warnings do so with --strict.
      """,
    examples: [
      Example("baton check workflow.lua modules/*.lua", "all of them"),
      Example("baton check --explain B012", "why, what is wrong, what is right"),
      Example("baton check --fix workflow.lua", "mend what can be mended without a doubt"),
      Example("baton check --strict", "every file below this folder, in continuous integration"),
    ])

  static let repl = Subcommand(
    .repl, "the language, interactively: define, plan, run single steps, look into past runs",
    arguments: [Argument("FILE", .optional, completes: .file)], options: [.param, .environment],
    details: """
      Reads Lua, line by line until it is a whole: an expression is shown, a declaration or statement is
      kept, a mistake leaves no trace. With FILE, the session begins with what it declares.

        baton> local build = step "build" { run = [[echo "version=1.4" >> "$BATON_OUTPUT"]] }
        baton> :run build
        baton> build.out.version
        build.out.version = "1.4"  (run k7f2m3q9)

      :plan, :run STEP…, :runs, :load RUN, :show, :logs, :events, :why, :save FILE and others are listed by
      :help. A run that was loaded is there as the table run, and refs show their values in it. Tab
      completes, the history is kept in ~/.local/state/baton. Ctrl-C gives up the line, or ends what runs.
      What is run together with what was entered stands in .baton-session.lua beside FILE.

      Where standard input is no terminal, results are printed and mistakes end with exit code 1.
      """,
    examples: [
      Example("baton repl", "an empty session"), Example("baton repl release.lua", "with what a file declares"),
      Example("baton repl release.lua < commands.txt", "without a person"),
    ], exitCodes: [1])

  static let test = Subcommand(
    .test, "run the specs of workflows and modules: mocked steps, virtual time",
    arguments: [Argument("FILE", .any, completes: .file)], options: [.filter, .environment, .watch, .junit, .json],
    details: """
      Runs the tests that each FILE_test.lua describes; of a folder, and of this one where nothing is
      named, every *_test.lua below it. simulate { … } runs the workflow that the spec is named after,
      with the real engine, mocks in place of its steps, and virtual time: a month takes milliseconds.

        describe("release", function()
          it("is tried again", function()
            local run = simulate { steps = { deploy = { 1, true } } }
            assert.equal("succeeded", run.status)
            assert.equal(2, run.steps.deploy.attempts)
          end)
        end)

      Results of mocks: true, an exit code, { code, out, duration, output, metrics, fail, halt, signal,
      timeout, cached, checkpoint, results }, a list with one for each attempt, or function(attempt, step).
      results are what the step would read: { { name = "adds", status = "failed" } }; it ends with 1 then.
      """,
    examples: [
      Example("baton test", "everything below this folder"),
      Example("baton test release_test.lua --filter 'tried again'", "some tests of a file"),
      Example("baton test --watch", "again whenever a Lua file changes"),
      Example("baton test --junit report.xml", "for continuous integration"),
    ], exitCodes: [1])

  static let tests = Subcommand(
    .tests, "what is known of single tests over all runs",
    arguments: [
      Argument("show|trends|quarantine|release", .optional, completes: .test),
      Argument("NAME", .optional, completes: .test),
    ],
    options: [
      .flaky, .slow, .failing, .quarantined, .textFilter, .branch, .limit, .owner, .reason, .expires, .json,
    ],
    details: """
      Lists the tests that steps with results have reported: how often they passed, whether they are
      flaky, how long they take. show NAME tells the history of one, outcome by outcome. trends tells
      what the newest runs of a workflow came to (NAME; else the newest run's): how many tests passed,
      duration, coverage, flaky tests, findings, and the score that baton report explains.

      A test is flaky by proof when it passed and failed with the same code: in one run, or at one
      commit without changes. It is suspected when at least 4 of its last 50 outcomes differ from the
      one before, and these are at least 8 %; a test that broke and was mended has two.

      quarantine NAME lets the failures of a test fail nothing until a day: it still runs and is shown.
      * and ? in NAME stand for any letters and one. Its owner, reason and last day are required; steps
      that run it fail once that day is over. release NAME ends it. The workflow may say the same:
      quarantine { test = "…", owner = "…", reason = "…", expires = "2026-12-31" }.
      """,
    examples: [
      Example("baton tests --flaky", "the flaky ones, proven first"),
      Example("baton tests --failing --branch main", "what fails on a branch"),
      Example("baton tests show cart.test_total", "the history of one"),
      Example("baton tests trends --branch main -n 50", "whether it gets better"),
      Example(
        "baton tests quarantine 'cart.*' --owner ada --reason flaky --expires 2026-12-31", "they fail nothing"),
      Example("baton tests --quarantined", "what is in quarantine, by whom, why and until when"),
    ])

  static let chaos = Subcommand(
    .chaos, "kill a workflow's driver after every record, and check that each resumption ends the same",
    arguments: [file], options: [.param, .params, .environment, .mocks, .real, .at, .json],
    details: """
      Runs the workflow with mocks in virtual time; then once more for every record that it wrote, with
      a driver that dies there, and another that carries the run on; then with a second death on the
      way. All must end as the undisturbed run did: statuses, values, gates, messages, observations.

      Steps succeed at once unless a mock says otherwise. Mocks come from the mocks { … } of the spec
      beside the file (FILE_test.lua), or of --mocks FILE, which may also return their table.

      With --real the steps are run, and the process that drives them is killed. Files must end the
      same then, too. What differs between two undisturbed runs already is told and not compared.
      """,
    examples: [
      Example("baton chaos release.lua", "every record"),
      Example("baton chaos release.lua --mocks hard_test.lua", "with other mocks"),
      Example("baton chaos build.lua --real", "with the real steps"),
      Example("baton chaos release.lua --at 7,12", "two crashes once more, with all that happens"),
    ], exitCodes: [1])

  static let replay = Subcommand(
    .replay, "execute a past run's script against its records, without touching the world",
    arguments: [Argument("RUN|FILE", .optional, completes: .run), Argument("STEP", .optional, completes: .step)],
    options: [.allRuns, .trace, .json],
    details: """
      Durable bodies are executed as the script says them now; what they ask for takes its result from
      the records, and nothing is done: no process, no effect, no write. A body diverges when it asks
      for something else than its records tell, or ends without asking for all of it. Of other steps:
      which would run again because the script says something else of them.

      With STEP: this body, or the body that asked for it. With --all: every stored run of FILE (or of
      the newest run's file), so that an edited script can be checked before it meets them.
      \(runIsOptional)
      """,
    examples: [
      Example("baton replay", "the newest run"),
      Example("baton replay 01HX rollout --trace", "each operation of a body, its result, the line"),
      Example("baton replay --all release.lua", "which stored runs the edited script would break"),
    ], exitCodes: [1])

  static let report = Subcommand(
    .report, "make a report of a run: a page, Markdown, JSON, JUnit or PDF", arguments: [someRun],
    options: [.reportFormat, .outputFile, .pdfTimeout],
    details: """
      html   one page that needs no network: a summary on top, below it all that is known of the run
      md     short, for a pull request; under GitHub Actions "baton run" adds it to the job's summary
      json   everything, for programs; "schema" is the number of the layout
      junit  all test cases as one JUnit XML file
      pdf    the page on paper, made by WeasyPrint

      {"schema":1,"verdict","run":{… as show --json …},"tests":{"total","passed","failed","skipped",
      "flaky","pass_rate","duration_ms","cases":[{"step","suite","class","name","parameters","title",
      "status","duration_ms","message","type","details","file","line","tags","attachments","flaky",
      "new_failure","quarantine","attempts":[{"n","status"}]}]},"problems":[…],"causes":[{"message",
      "type","cases":[POSITION],"tests":[NAME],"cells","first_run","first_seen","runs","runs_since",
      "good_run","change","commits":[{"commit","author","subject"}]}],"flaky":[…],"trend":[…],
      "change":{…},"gates":[…],"performance":[…],"findings":[…],"coverage":{…},"quality":{…},
      "recommendations":[…],"environment":[…],"artifacts":[…],"output":[…],"graph":{…},"missing":[…]}
      Times are RFC 3339, durations milliseconds, rates 0 to 1; null or an empty list: not known.

      Without -o, a page or PDF is written into the run's folder and its path is printed; the others go
      to standard output, as everything does with -o -.
      \(runIsOptional)
      """,
    examples: [
      Example("xdg-open $(baton report)", "the newest run, in a browser"),
      Example("baton report 01HX --format md", "for a pull request"),
      Example("baton report --format junit -o results.xml", "for GitLab, Jenkins and others"),
    ])

  static let resume = Subcommand(
    .resume, "carry a run on", arguments: [someRun],
    options: [
      .from, .resumeOnly, .skip, .set, .repairReason, .repairAs, .resumeEnvironment, .jobs, .noCache, .dryRun,
      .detach, .noWait, .output, .jsonEvents, .trustOf,
    ],
    details: """
      Steps that succeeded and whose work is unchanged are kept; everything else runs, with what
      depends on it. What will be done is printed first. Repairs are recorded with who, when and why.
      A gate that refused is overridden with --skip GATE --reason TEXT: without a reason, and by
      people whom its approval does not name, it is not.

      The run goes on in its environment, with the values of baton.json that it began with; what baton.json
      says otherwise now is told. With --env the run takes what it says now: steps that use it run again.
      \(runIsOptional)
      """,
    examples: [
      Example("baton resume", "the newest run that can be carried on"),
      Example("baton resume 01HX --from deploy", "deploy again, and what depends on it"),
      Example("baton resume --set build.version=1.4.2 --skip lint", "by hand: a value, and a step that is not needed"),
      Example("baton resume --skip quality --reason known", "past a gate that refused"),
    ], exitCodes: [1, 3, 4, 5, 6, 130])

  static let why = Subcommand(
    .why, "say why a step ran, was kept, skipped or ran again",
    arguments: [someRun, Argument("STEP", completes: .step)],
    options: [.json],
    details: """
      Names the parts of the step's work that differ from the time before, with both values.
      \(runIsOptional)
      """,
    examples: [Example("baton why build", "in the newest run"), Example("baton why 01HX deploy", "in another")])

  static let pools = Subcommand(
    .pools, "who has leased what of the project's pools", arguments: [Argument("NAME", .optional)],
    options: [.limit, .json],
    details: """
      Tells of each pool that runs of this project have used how much of it is leased, by which run
      and step and until when, what is in quarantine and why, and the newest leases that are over.
      A lease whose holder died is over, too.
      """,
    examples: [
      Example("baton pools", "all of them"), Example("baton pools device -n 100", "one, with a hundred past leases"),
    ])

  static let runs = Subcommand(
    .runs, "list the runs of this project", options: [.limit, .status, .workflow, .called, .json],
    details: "Runs that other runs called are left out: --called lists them too, with who called them.",
    examples: [
      Example("baton runs", "the newest twenty"), Example("baton runs --status failed -n 0", "all that failed"),
    ])

  static let show = Subcommand(
    .show, "show one run: its steps, attempts and values", arguments: [someRun], options: [.json],
    details: runIsOptional,
    examples: [Example("baton show", "the newest run"), Example("baton show 01HX --json", "for programs")])

  static let logs = Subcommand(
    .logs, "print what steps printed",
    arguments: [someRun, Argument("STEP", .optional, completes: .step)],
    options: [.follow, .attempt, .allAttempts, .tail, .json],
    details: """
      Of one STEP: the output of its last attempt, byte for byte. Without STEP: of every step, each
      with a heading. One word alone is a step of the newest run, or else a run.
      \(runIsOptional)
      """,
    examples: [
      Example("baton logs build", "of a step in the newest run"),
      Example("baton logs -f", "of everything that runs, as it comes"),
      Example("baton logs 01HX build --attempt 1", "of the first attempt"),
    ])

  static let events = Subcommand(
    .events, "print what happened in a run, one event a line", arguments: [someRun],
    options: [.follow, .after, .json], details: runIsOptional,
    examples: [
      Example("baton events", "of the newest run"), Example("baton events -f --json", "as it happens, as NDJSON"),
    ])

  static let watch = Subcommand(
    .watch, "follow a run that another process drives", arguments: [someRun], options: [.output, .jsonEvents],
    details: "Ctrl-C ends the watching, not the run.\n" + runIsOptional,
    examples: [Example("baton watch", "the run that is under way")], exitCodes: [1, 3, 4, 5, 130])

  static let cancel = Subcommand(
    .cancel, "end a run, wherever it is driven", arguments: [someRun], options: [.reason, .json],
    details: """
      What runs is ended, nothing more starts, and the run ends as cancelled. "baton resume" can carry
      it on later.
      \(runIsOptional)
      """,
    examples: [Example("baton cancel --reason 'wrong branch'", "the run that is under way")])

  private static let whoAnswers = """
    Who may answer stands in the gate: approval = { by = { "release-managers", "ann" } }. A role that
    baton.json lists, { "roles": { "release-managers": ["ann", "bob@host"] } }, is had by these people
    alone; every other word is the name of a person, or what --as says. A person counts once.
    The answer is kept for good before this command ends: a live driver takes it at once, else it
    counts when the run is resumed. RUN is an id, a unique beginning of one, or nothing: the newest
    run in which GATE waits. Without GATE: what waits there, if it is one thing alone.
    """

  static let approve = Subcommand(
    .approve, "let a gate pass, or a step that was cut off run again",
    arguments: [someRun, Argument("GATE", .optional, completes: .waiting)],
    options: [.answerAs, .reason, .field, .json],
    details: """
      Approves a gate that asks for it, overrides one that refused and says otherwise = "ask", or lets
      a step run again that was cut off and says interrupted = "ask". An override needs --reason: who
      overrode what, when and why stands in the records, in baton show and in the report.
      \(whoAnswers)
      """,
    examples: [
      Example("baton approve", "what waits in the newest run that waits"),
      Example("baton approve 01HX ship --reason tested", "with a reason, which is recorded"),
      Example("baton approve ship --as ann --field version=1.4.2", "in another's name, with a field of its form"),
    ])

  static let reject = Subcommand(
    .reject, "refuse a gate, or the repetition of a step that was cut off",
    arguments: [someRun, Argument("GATE", .optional, completes: .waiting)], options: [.answerAs, .reason, .json],
    details: """
      One rejection refuses the gate; what its `otherwise` says follows. A step that was cut off fails.
      \(whoAnswers)
      """,
    examples: [Example("baton reject ship --reason friday", "in the newest run in which it waits")])

  static let signal = Subcommand(
    .signal, "send a run a value under a name", arguments: [someRun, Argument("NAME")],
    options: [.signalValue, .answerAs],
    details: """
      What waits for the signal goes on with the value; a signal that comes before anything waits for it
      is kept. It is recorded for good before this command ends, whether the run is driven or not.
      \(runIsOptional)
      """,
    examples: [
      Example("baton signal deployed --json '{\"region\":\"eu\"}'", "to the newest run"),
      Example("baton signal 01HX go", "without a value, to another"),
    ])

  static let initialise = Subcommand(
    .`init`, "start a project: a workflow that runs, and settings for editors", options: [.template],
    details: """
      Writes workflow.lua, baton.json, .luarc.json and an entry in .gitignore into this folder (or the
      one that -C names). Files that are there already are never overwritten.

      For editors: .luarc.json leads the Lua language server to the types of the language and of its
      modules, which stand in .baton/meta; .luacheckrc tells luacheck its names; .vscode recommends the
      extension and has snippets. A formatter is not part of Baton: stylua formats Lua 5.4, where it is
      installed.

      Templates:
        default  three steps and a value that goes from one to the next
        matrix   one step for each cell of a product, with retries
        gate     measured results, a gate over them and a notification
      """,
    examples: [
      Example("baton init", "then: baton run workflow.lua"),
      Example("baton init --template matrix -C nightly", "in a folder"),
    ])

  static let importing = Subcommand(
    .`import`, "make a script of a GitHub Actions workflow or of a JSON workflow", arguments: [file],
    options: [.outputFile, .force, .json],
    details: """
      Reads FILE (- is standard input) and writes Lua that a person can go on with, to standard output
      or with -o into a file, which is not overwritten without --force.

      Of GitHub Actions: jobs, needs, matrices, conditions, expressions, env, outputs, shells, timeouts;
      actions/checkout, setup-…, cache and artifacts. Steps of other actions become steps that fail and
      say why. What has no counterpart, or is different here, is told with its line in the file, and
      stands at the top of the script. Shells, files and expressions are those of GitHub: baton.actions.

      JSON workflows (steps with "agent", "action" and "config") also run as they are: baton run FILE.
      What their names mean stands in baton.json, below "agents".
      """,
    examples: [
      Example("baton import .github/workflows/ci.yml -o ci.lua", "then: baton plan ci.lua"),
      Example("baton import nightly.json", "to standard output"),
      Example("baton import ci.yml -o ci.lua --json", "what did not convert, for programs"),
    ])

  static let gc = Subcommand(
    .gc, "delete old runs, their logs and unused cache entries", options: [.keep, .dryRun, .json],
    details: "Runs that are under way or wait, and the newest run of each workflow, are always kept.",
    examples: [Example("baton gc --keep 7d --dry-run", "say what would go")], exitCodes: [1])

  static let doctor = Subcommand(
    .doctor, "say what this machine or project lacks, and the command that mends it", options: [.json],
    examples: [Example("baton doctor", "every check in a line")], exitCodes: [1])

  static let completion = Subcommand(
    .completion, "print the completion script of a shell",
    arguments: [Argument("bash|zsh|fish", completes: .shell)],
    examples: [
      Example("source <(baton completion bash)", "in ~/.bashrc"),
      Example("baton completion zsh > ~/.zfunc/_baton", "in a folder of $fpath"),
      Example("baton completion fish > ~/.config/fish/completions/baton.fish", "once"),
    ])

  static let docs = Subcommand(
    .docs, "write the reference as a site or as manual pages", options: [.html, .man],
    details: """
      Writes what "baton help" tells, all of it: words of the language and their fields, the standard
      library, commands and the cookbook. The site needs no server: open its index.html. Manual pages
      are found by "man baton-run" where DIR/man1 and DIR/man7 are below a folder of $MANPATH.
      Files of the same names are replaced.
      """,
    examples: [
      Example("baton docs --html site", "then open site/index.html"),
      Example("baton docs --man ~/.local/share/man", "then: man baton-run"),
    ])

  static let help = Subcommand(
    .help, "explain a command, a word of the language, a field or a module",
    arguments: [Argument("TOPIC", .any, completes: .topic)],
    details: """
      TOPIC is a command (run), a word of the language (step), one of its fields (step.retry.backoff), an
      operation of durable bodies (ctx:sleep), a type (Retry), a module or a function of one
      (baton.git.changed), a recipe of the cookbook (cookbook.saga). "baton help topics" lists them all.
      """,
    examples: [
      Example("baton help run", "options, examples and exit codes"),
      Example("baton help step.retry", "a field of a step"), Example("baton help ctx:signal", "an operation of bodies"),
      Example("baton help topics", "everything that can be asked for"),
    ])
}
