import BatonModel

/// What all steps of a job need and can't have. In place of it stands a step that fails, before all others.
struct LostPart {
  /// What is to be had: `container`, `env.NAME`.
  var name: String
  /// Where it was asked for.
  var path: String
  var mark: Mark
  var why: String

  /// Whether a step has no such thing of its own: it must not run without, whatever its condition says.
  func isNeeded(by step: GitHubStep) -> Bool {
    switch name {
    case Self.folder: step.run != nil && step.folder == nil
    case Self.shell: step.run != nil && step.shell == nil
    // A value of its own may be made of the one that is lost.
    default: !step.env.contains { "env.\($0.key)" == name && $0.value.text?.contains("${{") != true }
    }
  }

  private static let folder = "defaults.run.working-directory"
  private static let shell = "defaults.run.shell"

  /// - Parameters:
  ///   - environment: the job's own.
  ///   - scope: knows what of it is late.
  static func parts(
    of job: GitHubJob, _ environment: GitHubWriter.Environment, _ scope: GitHubScope, _ writer: GitHubWriter
  ) -> [LostPart] {
    var parts: [LostPart] = []
    if let container = job.container, !container.isNull {
      parts.append(part(of: job, "container", container.mark, "steps run on this machine, in no container"))
    }
    if let services = job.services, !services.isNull {
      let names = (services.entries ?? []).map(\.key).joined(separator: ", ")
      parts.append(
        part(of: job, "services", services.mark, "services are not started\(names.isEmpty ? "" : ": \(names)")"))
    }
    let above = GitHubWriter.environment(writer.workflow.env, writer.scope(of: nil))
    for (entry, why) in above.lostAndLate where !job.env.contains(where: { $0.key == entry.key }) {
      parts.append(LostPart(name: "env.\(entry.key)", path: "env.\(entry.key)", mark: entry.value.mark, why: why))
    }
    for (entry, why) in environment.lost {
      parts.append(part(of: job, "env.\(entry.key)", entry.value.mark, why))
    }
    let defaults = [job.defaults, writer.workflow.defaults]
    let own = job.steps.filter { $0.run != nil }
    if own.contains(where: { $0.folder == nil }), let folder = defaults.lazy.compactMap(\.folder).first,
      (try? scope.text(folder, .folder)) == nil
    {
      parts.append(
        part(of: job, Self.folder, job.mark, "\(folder): it is not known before the run"))
    }
    if own.contains(where: { $0.shell == nil }), let shell = defaults.lazy.compactMap(\.shell).first,
      !StepWriter.isShell(shell)
    {
      parts.append(part(of: job, Self.shell, job.mark, "there is no shell \"\(shell)\""))
    }
    return parts
  }

  private static func part(of job: GitHubJob, _ name: String, _ mark: Mark, _ why: String) -> LostPart {
    LostPart(name: name, path: "\(job.path).\(name)", mark: mark, why: why)
  }
}
