import BatonModel

/// What holds for all steps of a job, worked out once.
struct JobContext {
  let job: GitHubJob
  /// What expressions may name in its steps, but for the steps themselves.
  let scope: GitHubScope
  let environment: GitHubWriter.Environment
  /// What its steps need and can't have.
  let lost: [LostPart]
  /// Whether conditions see all steps before.
  let isChained: Bool

  init(_ job: GitHubJob, _ writer: GitHubWriter) {
    self.job = job
    var scope = writer.scope(of: job)
    environment = GitHubWriter.environment(job.env, scope)
    scope.markLate(environment.late)
    self.scope = scope
    lost = LostPart.parts(of: job, environment, scope, writer)
    scope.steps = writer.jobs[job.id]?.steps ?? [:]
    isChained = Self.isChained(job, environment, scope)
  }

  /// Whether a step has a condition, or its text or environment needs values that may be missing.
  private static func isChained(
    _ job: GitHubJob, _ environment: GitHubWriter.Environment, _ scope: GitHubScope
  ) -> Bool {
    if job.continueOnError.map({ $0.bool != false }) == true { return true }
    if job.steps.contains(where: \.isConditional) { return true }
    return job.steps.contains { step in
      guard let run = step.run?.text else { return false }
      if !environment.late.isEmpty || !GitHubWriter.environment(step.env, scope).late.isEmpty { return true }
      do throws(Untranslatable) {
        _ = try scope.text(run, .text(shell: true))
        return false
      } catch {
        if case .onlyInCall = error { return true }
        return false
      }
    }
  }
}
