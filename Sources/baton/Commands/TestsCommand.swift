import BatonCommandLine
import BatonCore
import BatonModel
import BatonReport
import BatonRuntime
import BatonSQLite

/// `baton tests`.
enum TestsCommand {
  static func run(_ context: Context) throws -> Int32 {
    let invocation = context.invocation
    let words = invocation.arguments
    if words.first == "quarantine" || words.first == "release" || invocation.has(.quarantined) {
      return try QuarantineCommand.run(context)
    }
    for option in [Option.owner, .expires, .reason] where invocation.has(option) {
      throw BatonError(.usage, "--\(option.name) belongs to baton tests quarantine", cure: "leave it out")
    }
    if !words.isEmpty {
      // Only the list is one of several.
      try refuse([.flaky, .slow, .failing, .textFilter], in: words[0], context)
    }
    if words.first == "trends", words.count <= 2 { return try trends(words.dropFirst().first, context) }
    if let first = words.first, first != "show" || words.count != 2 {
      throw BatonError(
        .usage, first == "show" ? "baton tests show takes the name of a test" : "there is no \"baton tests \(first)\"",
        cure: "baton tests lists them, baton tests show NAME tells the history of one, baton tests trends that of all")
    }
    let store = try Backend.database(of: Project.find())
    if try store.lacksHistory() {
      context.console.note(
        "a part of the newest results is not in the history yet: their run was killed, and the database cannot be written"
      )
    }
    let limit = try invocation.integer(.limit) ?? 20
    guard words.isEmpty else { return try show(words[1], store, limit, context) }
    let wanted = CaseQuery.View.allCases.filter { view in
      switch view {
      case .flaky: invocation.has(.flaky)
      case .slow: invocation.has(.slow)
      case .failing: invocation.has(.failing)
      case .all: false
      }
    }
    guard wanted.count < 2 else {
      throw BatonError(.usage, "one of --flaky, --slow and --failing, not several", cure: "leave one of them out")
    }
    let query = CaseQuery(
      wanted.first ?? .all, filter: invocation.value(.textFilter), branch: invocation.value(.branch),
      limit: limit == 0 ? Int(Int32.max) : limit)
    let cases = try store.cases(query)
    if invocation.has(.json) {
      context.console.out(JSON.encodePretty(.list(cases.map { CasesText.json($0) })) + "\n")
    } else if cases.isEmpty {
      context.console.note(empty(query))
    } else {
      context.console.out(
        CasesText.table(cases, now: .now, clock: .local, palette: context.console.outputPalette))
    }
    return 0
  }

  /// Options that the command would not heed.
  static func refuse(_ options: [Option], in word: String, _ context: Context) throws(BatonError) {
    for option in options where context.invocation.has(option) {
      throw BatonError(
        .usage, "--\(option.name) has no meaning in baton tests \(word)",
        cure: "leave it out, or leave \(word) out: baton tests --\(option.name) lists tests")
    }
  }

  /// What the runs of a workflow came to: of the one that is named, else of the newest run's.
  private static func trends(_ name: String?, _ context: Context) throws -> Int32 {
    let store = try Backend.database(of: Project.find())
    let runs = try store.runs(limit: nil)
    let known = runs.reduce(into: [String]()) { if !$0.contains($1.workflow) { $0.append($1.workflow) } }
    // What a person started, unless nothing was.
    guard let workflow = name ?? (runs.first { $0.caller == nil } ?? runs.first)?.workflow, known.contains(workflow)
    else {
      throw BatonError(
        .usage, name.map { "no run of a workflow \"\($0)\" is known" } ?? "there are no runs yet",
        cure: name.flatMap { Names.proposal(for: $0, in: known) }
          ?? "known: \(known.prefix(10).joined(separator: ", "))")
    }
    let limit = try context.invocation.integer(.limit) ?? 30
    let branch = context.invocation.value(.branch)
    let points = try store.trend(
      workflow: workflow, branch: branch, through: nil, limit: limit == 0 ? Int(Int32.max) : limit)
    if context.invocation.has(.json) {
      context.console.out(
        JSON.encodePretty(TrendsText.json(points, workflow: workflow, branch: branch)) + "\n")
    } else if points.isEmpty {
      context.console.note("no run of \(workflow) has ended\(branch.map { " on branch \($0)" } ?? "")")
    } else {
      context.console.out(
        TrendsText.text(
          points, workflow: workflow, branch: branch, clock: .local, palette: context.console.outputPalette))
    }
    return 0
  }

  private static func empty(_ query: CaseQuery) -> String {
    let what =
      switch query.view {
      case .all: "no test is known"
      case .flaky: "no test is known to be flaky"
      case .slow: "no test has told how long it takes"
      case .failing: "no test failed when it was last run"
      }
    let filter = query.filter.map { " whose name contains \"\($0)\"" } ?? ""
    return what + filter + (query.branch.map { ", on branch \($0)" } ?? "")
  }

  /// The history of one: of the name, or the only one that contains it.
  private static func show(_ name: String, _ store: SQLiteStore, _ limit: Int, _ context: Context) throws -> Int32 {
    var query = CaseQuery(filter: name, branch: context.invocation.value(.branch), limit: 1000)
    var found = try store.cases(named: name, branch: query.branch)
    if found.isEmpty { found = try store.cases(query) }
    if found.isEmpty, let bracket = name.firstIndex(of: "(") {
      // A name with its cell, as it is shown.
      query.filter = String(name[..<bracket])
      found = try store.cases(query)
    }
    let exact = found.filter { $0.identity.text == name || $0.identity.name == name }
    guard let test = exact.first ?? (found.count == 1 ? found.first : nil) else {
      throw BatonError(
        .usage, found.isEmpty ? "no test \"\(name)\" is known" : "\(found.count) tests contain \"\(name)\"",
        cure: found.isEmpty
          ? "baton tests lists those that are"
          : "one of: \(found.prefix(5).map(\.identity.text).joined(separator: ", "))")
    }
    let outcomes = try store.outcomes(
      of: test.identity, branch: query.branch, limit: limit == 0 ? Int(Int32.max) : limit)
    if context.invocation.has(.json) {
      context.console.out(JSON.encodePretty(CasesText.json(test, outcomes)) + "\n")
    } else {
      context.console.out(
        CasesText.text(test, outcomes, clock: .local, palette: context.console.outputPalette))
    }
    return 0
  }
}
