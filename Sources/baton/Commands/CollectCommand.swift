import BatonCommandLine
import BatonConfig
import BatonCore
import BatonFiles
import BatonModel
import BatonRuntime
import BatonSQLite

/// `baton gc`.
enum CollectCommand {
  /// How long things are kept where neither `--keep` nor `baton.json` says.
  private static let standardKeep = Span(seconds: 30 * 86_400)

  static func run(_ context: Context) throws -> Int32 {
    let project = try Project.find()
    let isDry = context.invocation.has(.dryRun)
    let keep = try span(context.invocation.value(.keep)) ?? project.settings.keep ?? standardKeep
    let moment = Instant(nanoseconds: Instant.now.nanoseconds - keep.nanoseconds)
    var removed: [(run: RunSummary, bytes: Int64)] = []
    if project.hasDatabase {
      let store = try Backend.database(of: project)
      for run in try old(store, before: moment) {
        let folder = project.folder.run(run.id).path
        let bytes = FolderTree.size(folder)
        if !isDry {
          guard try store.delete(run: run.id) else { continue }
          FolderTree.remove(folder)
        }
        removed.append((run, bytes))
      }
      if !isDry, !removed.isEmpty { try store.compact() }
    }
    let cache = CacheCollection.collect(project.folder.cache, unusedSince: moment, now: .now, dryRun: isDry)
    for failure in cache.failures { context.console.message("warning: cannot delete \(failure)") }
    report(context, removed, cache.removed, isDry)
    return cache.failures.isEmpty ? 0 : 1
  }

  private static func span(_ text: String?) throws(BatonError) -> Span? {
    guard let text else { return nil }
    if let span = Span(text) { return span }
    throw BatonError(.usage, "--keep must be a duration, not \"\(text)\"", cure: "for example: --keep 30d")
  }

  /// Runs in which nothing has happened since then; not those that are under way or wait, nor the newest of a workflow.
  private static func old(_ store: SQLiteStore, before moment: Instant) throws(BatonError) -> [RunSummary] {
    var newest: [String: String] = [:]
    for run in try store.runs(limit: nil) where newest[run.workflow] == nil { newest[run.workflow] = run.id }
    return try store.runs(unusedSince: moment).filter {
      $0.status != .running && $0.status != .waiting && newest[$0.workflow] != $0.id
    }
  }

  private static func report(
    _ context: Context, _ removed: [(run: RunSummary, bytes: Int64)], _ cache: CacheCollection.Contents, _ isDry: Bool
  ) {
    let bytes = removed.reduce(0) { $0 + $1.bytes }
    if context.invocation.has(.json) {
      let object: Value = [
        "dry_run": .bool(isDry), "runs": .list(removed.map { .string($0.run.id) }), "run_bytes": .integer(bytes),
        "cache_results": .integer(Int64(cache.results)), "cache_bytes": .integer(cache.bytes),
      ]
      context.console.out(JSON.encodePretty(object) + "\n")
      return
    }
    if context.console.verbose || isDry {
      for (run, bytes) in removed {
        context.console.out("\(run.id)  \(run.workflow)  \(run.status.rawValue)  \(ByteSize(bytes: bytes).text)\n")
      }
    }
    let verb = isDry ? "would delete" : "deleted"
    context.console.note(
      "\(verb) \(removed.count) \(removed.count == 1 ? "run" : "runs") (\(ByteSize(bytes: bytes).text)), and of the cache "
        + "\(cache.results) \(cache.results == 1 ? "result" : "results") (\(ByteSize(bytes: cache.bytes).text))")
  }
}
