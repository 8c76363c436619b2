import BatonCommandLine
import BatonCore
import BatonModel
import BatonReport
import BatonRuntime
import BatonSQLite

/// `baton tests quarantine`, `baton tests release`, `baton tests --quarantined`.
enum QuarantineCommand {
  static func run(_ context: Context) throws -> Int32 {
    let words = context.invocation.arguments
    let ignored: [Option] = [.flaky, .slow, .failing, .textFilter, .branch, .limit]
    guard let verb = words.first else {
      try TestsCommand.refuse(ignored + [.owner, .expires, .reason], in: "--quarantined", context)
      return try list(context)
    }
    try TestsCommand.refuse(ignored + [.quarantined, .json], in: verb, context)
    if verb == "release" { try TestsCommand.refuse([.owner, .expires, .reason], in: verb, context) }
    guard words.count == 2, verb == "quarantine" || verb == "release" else {
      throw BatonError(
        .usage, "baton tests \(verb) takes the name of a test, in which * and ? stand for any letters and one",
        cure: "such as baton tests \(verb) 'cart.*'")
    }
    return verb == "quarantine" ? try add(words[1], context) : try release(words[1], context)
  }

  private static func add(_ test: String, _ context: Context) throws -> Int32 {
    func needed(_ option: Option) throws(BatonError) -> String {
      guard let text = context.invocation.value(option), text.utf8.contains(where: { $0 > 32 }) else {
        throw BatonError(
          .usage, "--\(option.name) is missing", cure: "nothing stays in quarantine without owner, reason and last day")
      }
      return text
    }
    let entry = QuarantineEntry(
      test: test, owner: try needed(.owner), reason: try needed(.reason), expires: try needed(.expires))
    guard QuarantineEntry.end(of: entry.expires) != nil else {
      throw BatonError(.usage, "\"\(entry.expires)\" is no day", cure: "such as --expires 2026-12-31")
    }
    guard !entry.isExpired(at: .now) else {
      throw BatonError(.usage, "\(entry.expires) is over", cure: "name the last day on which it is to hold")
    }
    let project = try Project.find()
    try project.make()
    let store = try SQLiteStore(creating: project.folder.database)
    try store.quarantine(entry, by: Machine.who, at: .now)
    context.console.note("\(test) is in quarantine until \(entry.expires), for the runs that start or are resumed now")
    return 0
  }

  private static func release(_ test: String, _ context: Context) throws -> Int32 {
    let store = try Backend.database(of: Project.find())
    guard try store.release(test) else {
      let known = try store.quarantine().map(\.test)
      throw BatonError(
        .usage, "\"\(test)\" is not in the project's quarantine",
        cure: Names.proposal(for: test, in: known)
          ?? (known.isEmpty
            ? "it is empty; what a workflow says itself is released there" : "known: \(known.joined(separator: ", "))"))
    }
    context.console.note("\(test) is in quarantine no more, for the runs that start or are resumed now")
    return 0
  }

  private static func list(_ context: Context) throws -> Int32 {
    let store = try Backend.database(of: Project.find())
    var entries = try store.quarantine()
    // What workflows say stands in the records of their last runs.
    var seen: Set<String> = []
    for run in try store.runs(limit: nil) where seen.insert(run.workflow).inserted {
      entries += RunFacts(try store.openings(of: run.id)).quarantine.filter { $0.place != nil }
    }
    let now = Instant.now
    if context.invocation.has(.json) {
      context.console.out(
        JSON.encodePretty(
          .list(
            try entries.map { entry in
              guard case .map(var fields) = entry.value else { return .null }
              fields["expired"] = .bool(entry.isExpired(at: now))
              fields["tests"] = .list(try store.cases(in: entry).map { CasesText.json($0) })
              return .map(fields)
            })) + "\n")
      return 0
    }
    guard !entries.isEmpty else {
      context.console.note("nothing is in quarantine")
      return 0
    }
    for entry in entries {
      let over = entry.isExpired(at: now) ? "  EXPIRED: steps that run it fail" : ""
      let place = entry.place.map { "  \(File.shown($0.file)):\($0.line)" } ?? ""
      context.console.out("\(entry.test)  until \(entry.expires) by \(entry.owner): \(entry.reason)\(place)\(over)\n")
      let covered = try store.cases(in: entry)
      if covered.isEmpty {
        context.console.out("  no test of that name has been seen\n")
      } else {
        context.console.out(
          CasesText.table(covered, now: now, clock: .local, palette: context.console.outputPalette))
      }
    }
    return 0
  }
}
