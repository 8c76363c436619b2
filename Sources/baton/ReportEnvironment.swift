import BatonCore
import BatonModel
import BatonReport

/// Where and with what a run took place, as its records tell it.
enum ReportEnvironment {
  static func facts(of view: RunView) -> [ReportFact] {
    var facts: [ReportFact] = []
    for (key, name) in [
      ("commit", "Commit"), ("branch", "Branch"), ("host", "Host"), ("system", "System"), ("kernel", "Kernel"),
      ("processor", "Processor"), ("processors", "Processors"), ("memory", "Memory"), ("baton", "Baton"),
    ] {
      if let value = view.machine[key], !value.isEmpty { facts.append(ReportFact(name, value)) }
    }
    facts.append(ReportFact("Started by", view.by))
    facts.append(ReportFact("Workflow", view.file))
    for resumption in view.resumptions {
      facts.append(ReportFact("Carried on by", "\(resumption.resumed.by) at \(WallClock.local.date(resumption.time))"))
    }
    if let jobs = view.options.jobs { facts.append(ReportFact("Steps at once", "\(jobs)")) }
    if !view.options.only.isEmpty { facts.append(ReportFact("Only", view.options.only.joined(separator: ", "))) }
    if !view.options.tags.isEmpty { facts.append(ReportFact("Tags", view.options.tags.joined(separator: ", "))) }
    for (name, value) in view.params.sorted(by: { $0.key < $1.key }) {
      facts.append(ReportFact("Parameter \(name)", value.text))
    }
    if let settings = view.settings {
      if let name = settings.environment { facts.append(ReportFact("Environment", name)) }
      for (name, text) in settings.said { facts.append(ReportFact("Setting \(name)", text)) }
    }
    let executors = Set(view.steps.flatMap { $0.attempts.map(\.executor) }).subtracting(["local"])
    if !executors.isEmpty { facts.append(ReportFact("Executors", executors.sorted().joined(separator: ", "))) }
    return facts
  }
}
