import BatonModel
import BatonSQLite

/// Entries of the quarantine that are over, before anything runs.
enum QuarantineNotice {
  /// - Parameter moment: the run's, or now.
  static func warnings(_ entries: [QuarantineEntry], at moment: Instant) -> [Diagnostic] {
    entries.filter { $0.isExpired(at: moment) }.map { entry in
      var warning = Diagnostic(
        "the quarantine of \(entry.test) (owner \(entry.owner)) expired on \(entry.expires): steps that run it fail",
        at: entry.place,
        cure: entry.place == nil
          ? "mend the test, then baton tests release '\(entry.test)'; or renew the entry with baton tests quarantine"
          : "mend the test and remove the entry, or renew it")
      warning.severity = .warning
      warning.code = "B018"
      return warning
    }
  }

  /// What holds for the runs of a project: what the workflow says, then what its database does.
  static func entries(_ workflow: WorkflowSpec, in project: Project) throws(BatonError) -> [QuarantineEntry] {
    workflow.quarantine + (project.hasDatabase ? try Backend.database(of: project).quarantine() : [])
  }
}
