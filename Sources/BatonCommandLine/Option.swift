/// One option of the command line: `--jobs N`, `-j N`.
public struct Option: Sendable, Hashable {
  /// How often it may be given.
  public enum Arity: Sendable, Hashable {
    case once
    /// `-p a=1 -p b=2`.
    case repeated
    /// `--only a b c`: repeated, and once the command's own arguments are all there, further words belong to it too.
    case many
  }

  /// Without the `--`.
  public let name: String
  public let short: Character?
  /// What the value is called in the help; nil: the option is a switch.
  public let value: String?
  /// What the value may be; empty: anything.
  public let choices: [String]
  /// What the value names, for shell completion.
  public let completes: Completes
  public let arity: Arity
  public let help: String

  /// What a value or an argument names.
  public enum Completes: String, Sendable, CaseIterable {
    case nothing, file, folder, run, command, shell
    /// Steps, gates and groups: of the workflow that the command line names, or else of the newest run.
    case step
    /// Tags and parameters of the workflow.
    case tag, param
    /// Codes of `baton check`, and files.
    case code
    /// Gates and steps that wait for an answer.
    case waiting
    /// Tests that were ever reported.
    case test
    case template
    /// What `baton help` explains.
    case topic
    /// What stands behind `baton module`: what to do, then installed modules and what they ask for, or files.
    case module
    /// `NAME=PERMISSION` of installed modules.
    case grant
    /// Environments and secrets of baton.json.
    case environment, secret

    /// Whether the program itself is asked as it is typed.
    public var isAsked: Bool {
      switch self {
      case .run, .step, .tag, .param, .code, .waiting, .test, .template, .topic, .module, .grant, .environment, .secret:
        true
      case .nothing, .file, .folder, .command, .shell: false
      }
    }
  }

  init(
    _ name: String, short: Character? = nil, value: String? = nil, choices: [String] = [],
    completes: Completes = .nothing, arity: Arity = .once, _ help: String
  ) {
    self.name = name
    self.short = short
    self.value = value
    self.choices = choices
    self.completes = completes
    self.arity = arity
    self.help = help
  }

  /// `-j, --jobs N`, or `    --jobs N`.
  var label: String {
    let head = short.map { "-\($0), " } ?? "    "
    guard let value else { return "\(head)--\(name)" }
    return "\(head)--\(name) \(value)" + (arity == .many ? "…" : "")
  }
}

extension Option {
  // Of every command.
  static let help = Option("help", short: "h", "explain the command")
  public static let quiet = Option("quiet", short: "q", "say only what went wrong")
  public static let verbose = Option("verbose", short: "v", "say more: of run and resume, also what the steps print")
  public static let directory = Option(
    "directory", short: "C", value: "DIR", completes: .folder, "run as if started in this folder")
  public static let color = Option(
    "color", value: "WHEN", choices: ["auto", "always", "never"], "colours: auto (default), always, never")
  static let version = Option("version", "print the version")

  static let everywhere: [Option] = [.quiet, .verbose, .directory, .color, .help]

  // Of several.
  public static let json = Option("json", "print JSON instead of a table")
  static let jsonEvents = Option("json", "the same as --output json: one event a line on standard output")
  public static let param = Option(
    "param", short: "p", value: "NAME=VALUE", completes: .param, arity: .repeated,
    "a parameter of the workflow; may be repeated")
  public static let params = Option(
    "params", value: "FILE", completes: .file, "parameters from a JSON file; -p overrides single ones")
  public static let jobs = Option("jobs", short: "j", value: "N", "how many steps at once (default: the processors)")
  public static let only = Option(
    "only", value: "STEP", completes: .step, arity: .many,
    "only these steps, groups or matrix cells, and what they depend on")
  public static let tags = Option(
    "tags", value: "TAG", completes: .tag, arity: .many, "only steps with one of these tags, and what they depend on")
  public static let environment = Option(
    "env", value: "NAME", completes: .environment,
    "the environment of baton.json to work in (default: $BATON_ENV, or \"environment\" of baton.json)")
  public static let resumeEnvironment = Option(
    "env", value: "NAME", completes: .environment,
    "go on with what baton.json says now, in this environment, instead of what the run began with")
  public static let origin = Option("origin", "say where each value comes from")
  public static let fromFile = Option(
    "from", value: "FILE", completes: .file, "set: take the value from a file (- is standard input)")
  public static let changedSince = Option(
    "changed-since", value: "REV", "only what the changes since this git revision can affect, by declared inputs")
  public static let noCache = Option("no-cache", "run steps also where their inputs did not change")
  public static let dryRun = Option("dry-run", "say what would be done, and do nothing")
  public static let output = Option(
    "output", value: "FORM", choices: ["auto", "live", "lines", "json", "github", "gitlab"],
    "how progress is shown: live (on a terminal), lines, json, github, gitlab; auto picks one")
  public static let follow = Option("follow", short: "f", "go on as long as the run does")

  // Of one.
  public static let detach = Option("detach", "start the run, print its id, and leave it running")
  public static let format = Option(
    "format", value: "FORM", choices: ["dot", "svg", "mermaid", "ascii"],
    "dot, svg (needs Graphviz), mermaid, ascii (default)")
  public static let reportFormat = Option(
    "format", value: "FORM", choices: ["html", "md", "json", "junit", "pdf"],
    "html (default), md, json, junit, pdf (needs WeasyPrint)")
  public static let pdfTimeout = Option(
    "timeout", value: "TIME", "of pdf: so long WeasyPrint may take (default: 5m)")
  public static let outputFile = Option(
    "out", short: "o", value: "FILE", completes: .file, "write to a file instead of standard output")
  public static let force = Option("force", "overwrite the file")
  public static let filter = Option(
    "filter", value: "PATTERN", "only tests whose names contain this; * and ? stand for any letters and one")
  public static let flaky = Option("flaky", "only those that are flaky, proven first")
  public static let slow = Option("slow", "the slowest first")
  public static let failing = Option("failing", "only those that failed when they were last run")
  public static let quarantined = Option("quarantined", "what is in quarantine, and the tests that it covers")
  public static let owner = Option("owner", value: "WHO", "who is to mend it")
  public static let expires = Option("expires", value: "DAY", "the last day in quarantine, such as 2026-12-31 (UTC)")
  public static let textFilter = Option("filter", value: "TEXT", "only tests whose names contain this")
  public static let branch = Option("branch", value: "NAME", "only what ran on this branch")
  public static let watch = Option("watch", "run again whenever a Lua file changes, until Ctrl-C")
  public static let junit = Option(
    "junit", value: "FILE", completes: .file, "write the results as JUnit XML too")
  public static let mocks = Option(
    "mocks", value: "FILE", completes: .file, "a Lua file that says mocks { … }, or returns such a table")
  public static let real = Option(
    "real", "run the real steps, each time in a copy of the project's folder, and kill the real driver")
  public static let at = Option(
    "at", value: "SEQ[,SEQ]", "only these crashes, told record by record; 7+: when what follows from record 7 is done")
  public static let explain = Option("explain", "tell of these codes instead of checking files; without one, list all")
  public static let fix = Option("fix", "write what can be mended without a doubt into the files, and show it")
  public static let strict = Option("strict", "end with exit code 2 for warnings, too")
  public static let noLuacheck = Option("no-luacheck", "leave luacheck out")
  public static let allRuns = Option("all", "every stored run of the workflow")
  public static let trace = Option("trace", "each operation, its recorded result, the line of the script")
  public static let from = Option(
    "from", value: "STEP", completes: .step, arity: .many, "run these steps again, and what depends on them")
  public static let resumeOnly = Option(
    "only", value: "STEP", completes: .step, arity: .many, "start nothing but these steps")
  public static let skip = Option(
    "skip", value: "STEP", completes: .step, arity: .many, "take these steps as done without running them")
  public static let set = Option(
    "set", value: "STEP.VALUE=V", arity: .repeated, "accept a value as the step's own, and the step as succeeded")
  public static let limit = Option("limit", short: "n", value: "N", "at most so many (default: 20; 0: all)")
  public static let status = Option(
    "status", value: "STATUS",
    choices: ["running", "waiting", "succeeded", "failed", "halted", "cancelled", "interrupted"],
    "only runs with this status")
  public static let called = Option("called", "also the runs that others called")
  public static let workflow = Option("workflow", value: "NAME", "only runs of this workflow")
  public static let attempt = Option("attempt", value: "N", "the output of this attempt (default: the last one)")
  public static let allAttempts = Option("all", short: "a", "the output of every attempt")
  public static let tail = Option("tail", value: "N", "only the last N lines")
  public static let after = Option("after", value: "SEQ", "only events behind this number")
  public static let reason = Option("reason", value: "TEXT", "why, for the record")
  public static let repairReason = Option(
    "reason", value: "TEXT", "why, for the record; a gate needs one to be skipped")
  public static let repairAs = Option("as", value: "WHO", "in whose name repairs are made (default: user@host)")
  public static let noWait = Option(
    "no-wait", "end as waiting (exit code 5) when nothing is left but to wait for people or to sleep long")
  public static let answerAs = Option(
    "as", value: "WHO", "in whose name: a person, or a role that baton.json does not list (default: user@host)")
  public static let field = Option(
    "field", value: "NAME=VALUE", arity: .repeated, "a field of the form that the gate asks for; may be repeated")
  public static let signalValue = Option("json", value: "V", "the signal's value, as JSON (default: null)")
  public static let html = Option(
    "html", value: "DIR", completes: .folder, "a site of static pages, which can be searched")
  public static let man = Option("man", value: "DIR", completes: .folder, "manual pages, in DIR/man1 and DIR/man7")
  public static let template = Option(
    "template", value: "NAME", completes: .template, "which example to start from; see below")
  public static let keep = Option(
    "keep", value: "TIME", "how long ended runs and unused cache entries are kept (default: 30d)")
}
