import BatonCore
import BatonModel

/// What a project's database knows of test cases, causes of failures and trends, over all runs.
public protocol TestHistory: AnyObject {
  /// Test cases, in the order of the view.
  func cases(_ query: CaseQuery) throws(BatonError) -> [CaseHistory]
  /// The outcomes of one case, the newest first. A branch of nil: on all.
  func outcomes(of identity: TestIdentity, branch: String?, limit: Int) throws(BatonError) -> [CaseOutcome]
  /// The steps that a run is called from, outermost first, each with a slash behind it; empty: a person started it. With a step's
  /// name behind it, it tells the cell of the step's cases.
  func callPath(of run: String) throws(BatonError) -> String
  /// The causes of the failures of a run, the most frequent first: of the last attempt of each step.
  func clusters(of run: String) throws(BatonError) -> [FailureCluster]
  /// What is known of each case over all branches, for putting tests in order.
  func testRecords() throws(BatonError) -> [TestRecord]
  /// Which files the tests of a step touched when that was last recorded.
  ///
  /// - Parameter step: without its shard (``TestIdentity/withoutShards(_:)``).
  func traces(workflow: String, step: String) throws(BatonError) -> TestTraces
  /// The commit of the workflow's newest run that succeeded, other than this one; nil: there is none, or it was in no repository.
  func lastGoodCommit(workflow: String, before run: String?) throws(BatonError) -> String?
  /// The newest runs of a workflow that have ended, the oldest of them first. A branch of nil: all.
  ///
  /// - Parameter run: the last one wanted, whether it has ended or not; nil: the newest.
  func trend(workflow: String, branch: String?, through run: String?, limit: Int) throws(BatonError) -> [TrendPoint]
  /// How each case of each step ended in the last attempt with results.
  func ends(of run: String) throws(BatonError) -> [CaseEnd]
  /// What analyses found in the last attempt with results of each step, the worst first; of each severity and step at most a
  /// thousand are kept.
  func findings(of run: String) throws(BatonError) -> [KnownFinding]
  /// What steps measured in the newest runs that succeeded, of the workflow and branch of this one and before it: step → name →
  /// values, the newest first. Runs whose gate was overridden are left out, as of baselines.
  func measured(before run: String, limit: Int) throws(BatonError) -> [String: [String: [Double]]]
  /// How steps and gates fared in this run and the newest ones of its workflow before it.
  func practice(through run: String, limit: Int) throws(BatonError) -> (steps: [StepPractice], gates: [GatePractice])
  /// The digest of the script that the run was started or last carried on with.
  func script(of run: String) throws(BatonError) -> String?
  /// The cases of these steps whose last outcome in this run is a failure, and that did not fail in the newest run of the same
  /// workflow and branch before it that has tests of these steps; nil where there is no such run.
  func newFailures(in run: String, steps: [String]) throws(BatonError) -> GateEvaluation.NewFailures?
  /// What the gates measured in the newest runs that succeeded, of the workflow and branch of this one and before it: gate →
  /// metric → values, the newest first, at most ``Regression/window``. Runs whose gate refused and was overridden, or skipped by
  /// hand, are left out; five or more in a row are the new level, and what was before them is left out instead.
  func baselines(of run: String) throws(BatonError) -> [String: [String: [Double]]]
}
