import BatonCommandLine
import BatonConfig
import BatonCore
import BatonFiles
import BatonModel
import BatonNotify

/// What can be known to be missing before anything runs.
enum Preflight {
  /// - Throws: all of it at once: patterns and channels that cannot be understood, resources that steps ask for and that are
  ///   not there, secrets that are not set.
  static func check(_ plan: Plan, secrets: Secrets, pool: [String: Double]) throws(Diagnostics) {
    var mistakes = scriptMistakes(plan)
    var seen: Set<ObjectIdentifier> = []
    for node in plan.nodes where node.command != nil && seen.insert(ObjectIdentifier(node.options)).inserted {
      for (name, asked) in node.options.value.resources.sorted(by: { $0.key < $1.key }) where asked > pool[name] ?? 0 {
        let cure =
          pool[name] == nil
          ? Names.proposal(for: name, in: pool.keys.sorted())
            ?? "say how much there is: resources = { \(name) = … } in `workflow` or in baton.json"
          : name == "cpu"
            ? "run with -j \(Int(asked.rounded(.up))) or more" : "give the step less, or the workflow more"
        mistakes.append(
          Diagnostic(
            "step \"\(node.name)\" asks for \(amount(name, asked)) of \"\(name)\", and there is \(amount(name, pool[name] ?? 0))",
            at: node.place, cure: cure))
      }
    }
    mistakes += missing(secrets, plan)
    guard mistakes.isEmpty else { throw Diagnostics(mistakes) }
  }

  /// What is wrong with the script on any machine: patterns of files and settings of channels.
  static func scriptMistakes(_ plan: Plan) -> [Diagnostic] {
    PlanPatterns.mistakes(in: plan) + ChannelRegistry.standard(folder: "/").mistakes(in: plan)
  }

  private static func amount(_ name: String, _ value: Double) -> String {
    if name == "memory" { return ByteSize(bytes: Int64(value)).text }
    return Int64(exactly: value).map(String.init) ?? "\(value)"
  }

  private static func missing(_ known: Secrets, _ plan: Plan) -> [Diagnostic] {
    secrets(plan).filter { known[$0.key] == nil }.sorted { $0.key < $1.key }.map { name, place in
      Diagnostic("the secret \"\(name)\" is not set", at: place, cure: known.cure(for: name))
    }
  }

  /// The secrets that a workflow names, each with the first place where it does.
  static func secrets(_ plan: Plan) -> [String: SourcePlace] {
    var places: [String: SourcePlace] = [:]
    func look(_ expr: Expr, _ place: SourcePlace) {
      expr.forEachSecret { name in
        if places[name] == nil { places[name] = place }
      }
    }
    func look(_ template: Template, _ place: SourcePlace) {
      if case .dynamic(let expr) = template { look(expr, place) }
    }
    for template in plan.workflow.env.values { look(template, SourcePlace(file: File.shown(plan.workflow.file))) }
    for node in plan.nodes {
      node.forEachTemplate { look($0, node.place) }
      for expr in node.service?.expressions ?? [] { look(expr, node.place) }
    }
    for notification in plan.notifications {
      for setting in notification.to.flatMap(\.settings.values) { look(setting, notification.place) }
      for case .text(let words) in [notification.title, notification.message] { look(words, notification.place) }
    }
    return places
  }
}

extension Node {
  /// Every string of the node that may hold refs or secrets.
  fileprivate func forEachTemplate(_ visit: (Template) -> Void) {
    func look(_ command: Command?) {
      switch command {
      case .shell(let template): visit(template)
      case .program(let words): words.forEach(visit)
      case .callback, .body, .call, .request, nil: break
      }
    }
    look(command)
    if options === StepOptions.Shared.standard { return }
    let options = options.value
    look(options.retry.command)
    options.env.values.forEach(visit)
    [options.cwd, options.stdin].compactMap(\.self).forEach(visit)
    (options.inputs + options.outputs + options.artifacts + options.results.flatMap(\.patterns)).forEach(visit)
    for (_, text) in options.executor.templates { visit(text) }
    for alternative in options.failover {
      for (_, text) in alternative.executor?.templates ?? [] { visit(text) }
      look(alternative.command)
      look(alternative.retry?.command)
      alternative.env?.values.forEach(visit)
      [alternative.cwd, alternative.stdin].compactMap(\.self).forEach(visit)
    }
  }
}
