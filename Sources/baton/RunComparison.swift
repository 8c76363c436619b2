import BatonConfig
import BatonCore
import BatonFiles
import BatonLua
import BatonMeasuring
import BatonModel
import BatonRuntime
import BatonSQLite

/// A run's records, beside its workflow, the files that it is made of and the project's configuration as they are now.
final class RunComparison {
  let script: Script
  /// Of the script's text.
  let digest: String
  let facts: RunFacts
  let history: [StampedRecord]
  private let project: Project
  private let run: String
  private let options: ResumeOptions
  private let store: SQLiteStore
  private let folder: String
  /// Under whose name the run is on record.
  private let workflow: String
  private let evaluation: Evaluation
  private let cache: ContentCache
  /// The contents of steps' inputs, as far as they were asked for.
  private var contents: [String: InputDigest] = [:]

  /// - Parameters:
  ///   - anew: with what baton.json says now, in place of what the run saw of it.
  ///   - history: the run's records, where they are known.
  init(
    _ project: Project, _ run: String, _ options: ResumeOptions, _ store: SQLiteStore, anew: Bool = false,
    history: [StampedRecord]? = nil
  ) throws {
    (self.project, self.run, self.options, self.store) = (project, run, options, store)
    let opened = RunFacts(try history ?? store.openings(of: run))
    guard let start = opened.start else {
      throw BatonError(
        .usage, "run \(run) ended before its first record was written", cure: "start it anew with baton run")
    }
    // The rest is read while the script is: with many steps, one takes as long as the other.
    nonisolated(unsafe) let shared = store
    let reading = Meanwhile { () -> Result<([StampedRecord], RunFacts), BatonError> in
      if let history { return .success((history, opened)) }
      return Result { () throws(BatonError) in
        let records = try shared.records(of: run, after: 0)
        return (records, RunFacts(records))
      }
    }
    var seen = opened.observations ?? start.observations
    if anew { seen.settings = nil }
    let loaded = Result { [seen] in try Drive.load(start, seen, project) }
    let (records, facts) = try reading.value.get()
    let (script, digest) = try loaded.get()
    (self.script, self.digest, self.facts, self.history) = (script, digest, facts, records)
    (folder, workflow) = (File.folder(of: start.file), start.workflow)
    cache = ContentCache(folder: project.folder.cache, run: run, mailbox: Nowhere())
    evaluation = Evaluation(
      values: { options.values(of: $0, in: facts) },
      secret: { project.secrets[$0] }, call: { script.call($0, $1, limit: Span(seconds: 10)) })
  }

  /// Ends what it has open.
  func close() { cache.close() }

  /// What a resumption of the run would do now.
  func resumption() throws -> Resumption {
    let rereading = Rereading(
      folder: project.folder.run(run), scriptFolder: folder, evaluation: evaluation, facts: facts,
      nodes: script.plan.nodes,
      secrets: { [script, project] in Preflight.secrets(script.plan).keys.compactMap { project.secrets[$0] } },
      tests: { [script, store, run] () throws(BatonError) in
        (
          script.plan.workflow.quarantine + (try store.quarantine()), try store.sharedNames(),
          try store.callPath(of: run)
        )
      })
    var plan = try planner { node, end in
      if case .gone(let problem) = rereading.find(node, end) { return problem }
      return nil
    }.plan(script.plan)
    try rereading.confirm()
    InputChanges(project).name(in: &plan, of: run, now: contents)
    return Resumption(
      script: script, digest: digest, facts: facts, history: history, plan: plan, rereading: rereading)
  }

  /// In what the services of the run are other ones than they were started as.
  ///
  /// - Parameter cure: the command that mends it.
  func drift(cure: String) -> ServiceDrift { planner(results: nil).drift(script.plan, cure: cure) }

  private func planner(results: ((Node, StepEnd) -> String?)?) -> ResumePlanner {
    // What cannot be read, the run tells when it is carried on.
    let past = TestPast(store, workflow: workflow, run: run, folder: folder, warn: { _ in })
    return ResumePlanner(
      facts: facts, options: options, inputs: inputs, images: image, expand: { self.expansion($0, $1, past) },
      results: results)
  }

  private func inputs(of node: Node) -> String? {
    let own = (try? node.options.value.cwd.map { try evaluation.text(of: $0) }) ?? ""
    guard let patterns = try? evaluation.arguments(of: node.options.value.inputs) else { return nil }
    guard let now = try? cache.inputs(patterns, in: absolute(own)) else { return nil }
    contents[node.name] = now
    return now.digest
  }

  private func image(of node: Node) -> String? {
    let executor = node.options.value.executor
    guard let source = executor.source, let text = try? evaluation.text(of: source.text), executor.isSource(text)
    else { return nil }
    return try? cache.image(at: absolute(text))
  }

  private func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : path.isEmpty ? folder : "\(folder)/\(path)"
  }

  private func expansion(_ plan: Plan, _ index: NodeIndex, _ past: TestPast) -> Expansion? {
    guard let pending = plan.nodes[index].group?.pending else { return nil }
    let group = plan.nodes[index].name
    let recorded = facts.expansions[group]
    var evaluation = evaluation
    evaluation.testFacts = { past.facts(near: group) }
    var axes: [String: Value] = [:]
    for (name, expr) in pending.axes {
      guard let value = try? evaluation.axis(expr, recorded: recorded?[name]) else { return nil }
      axes[name] = value
    }
    return try? script.expand(pending, group: index, first: plan.nodes.count, axes: axes)
  }
}

/// For a cache that is asked on the caller's thread only.
private final class Nowhere: Mailbox {
  func post(_ input: EngineInput) {}
}
