import BatonModel

/// What holds for all steps of a job, worked out once.
struct JobContext {
  let job: GitHubJob
  /// What expressions may name in its steps, but for the steps themselves.
  let scope: GitHubScope
  let environment: GitHubWriter.Environment
  /// Needed jobs whose values stand in the environment, though they may have failed.
  private let needsOfEnvironment: Set<String>
  /// What its steps need and can't have.
  let lost: [LostPart]
  /// Whether conditions see all steps before.
  let isChained: Bool

  init(_ job: GitHubJob, _ writer: GitHubWriter) {
    self.init(job, writer, isCertain: false)
    if environment.late.isEmpty && environment.lost.isEmpty || !scope.needsMayFail { return }
    let certain = Self(job, writer, isCertain: true)
    if certain.losses(writer) < losses(writer) { self = certain }
  }

  /// - Parameter isCertain: whether a value of a needed job that is missing from the environment fails the steps, so that
  ///   it need not be set by their scripts.
  private init(_ job: GitHubJob, _ writer: GitHubWriter, isCertain: Bool) {
    self.job = job
    var scope = writer.scope(of: job)
    let needsMayFail = job.condition.map(GitHubScope.mayHoldAfterFailure) ?? false
    scope.needsMayFail = needsMayFail && !isCertain
    environment = GitHubWriter.environment(job.env, scope)
    scope.markLate(environment.late)
    scope.needsMayFail = needsMayFail
    needsOfEnvironment = isCertain ? Self.needs(in: job.env.map(\.value), scope) : []
    self.scope = scope
    lost = LostPart.parts(of: job, environment, scope, writer)
    scope.steps = writer.jobs[job.id]?.steps ?? [:]
    isChained = !needsOfEnvironment.isEmpty || Self.isChained(job, environment, scope)
  }

  /// How many parts of the job have no counterpart.
  private func losses(_ writer: GitHubWriter) -> Int {
    var writer = writer.onTrial
    var steps = StepWriter(self, writer)
    steps.prepare(&writer)
    return writer.notes.losses
  }

  /// Needed jobs that a step names, or its job's environment, though they may have failed.
  func needs(of step: GitHubStep) -> Set<String> { Self.needs(of: step, in: scope).union(needsOfEnvironment) }

  private static func needs(of step: GitHubStep, in scope: GitHubScope) -> Set<String> {
    needs(in: [step.run].compactMap(\.self) + (step.env + step.with).map(\.value), scope)
  }

  private static func needs(in nodes: [Node], _ scope: GitHubScope) -> Set<String> {
    guard scope.needsMayFail else { return [] }
    let paths = nodes.flatMap { ActionExpression.paths(in: $0.text) }
    return Set(paths.filter { $0.count == 2 && $0[0] == "needs" && scope.needs[$0[1]] != nil }.map { $0[1] })
  }

  /// Whether a step has a condition, or its text or environment needs values that may be missing.
  private static func isChained(
    _ job: GitHubJob, _ environment: GitHubWriter.Environment, _ scope: GitHubScope
  ) -> Bool {
    if job.continueOnError.map({ $0.bool != false }) == true { return true }
    if job.steps.contains(where: { $0.isConditional || !needs(of: $0, in: scope).isEmpty }) { return true }
    return job.steps.contains { step in
      guard let run = step.run?.text else { return false }
      if !environment.late.isEmpty || !GitHubWriter.environment(step.env, scope).late.isEmpty { return true }
      do throws(Untranslatable) {
        _ = try scope.text(run, .text(script: true))
        return false
      } catch {
        if case .onlyInCall = error { return true }
        return false
      }
    }
  }
}
