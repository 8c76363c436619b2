import BatonCore
import BatonModel
import BatonTestKit
import Testing

/// The history of one test case, outcome by outcome.
@Suite struct CaseFoldTests {
  private func fold(
    _ outcomes: String, commit: (Int) -> CodeState? = { CodeState(commit: "c\($0)", isDirty: false) }
  ) -> CaseFold {
    var fold = CaseFold()
    for (index, letter) in outcomes.enumerated() {
      let status: TestStatus = letter == "p" ? .passed : letter == "f" ? .failed : .skipped
      fold.add(
        status, duration: Span(milliseconds: Int64(index + 1)), failedBefore: 0, run: "r\(index)", step: "unit",
        code: commit(index))
    }
    return fold
  }

  private func flakiness(_ fold: CaseFold) -> Flakiness {
    Flakiness(proofs: fold.proofs, flips: fold.flips, outcomes: fold.recent.count)
  }

  @Test func `outcomes are counted, and the newest kept`() {
    let fold = fold("ppfpsp")
    #expect((fold.passed, fold.failed, fold.skipped) == (4, 1, 1))
    #expect(fold.recentText == "ppfpp")
    #expect(fold.flips == 2)
  }

  @Test func `a test that broke, or was mended, is not flaky`() {
    #expect(flakiness(fold(String(repeating: "p", count: 30) + String(repeating: "f", count: 15))) == .none)
    #expect(flakiness(fold(String(repeating: "f", count: 20) + String(repeating: "p", count: 20))) == .none)
    #expect(flakiness(fold("ppppppppfffpppppppppp")) == .none)
  }

  @Test func `a test that goes to and fro is suspected, with enough data`() {
    #expect(flakiness(fold("pppfppppfppppp")) == .suspected)
    #expect(flakiness(fold("pfpfp")) == .none)
  }

  @Test func `another outcome at the same commit is a proof, a dirty one is none`() {
    let same = CodeState(commit: "c", isDirty: false)
    #expect(fold("pf", commit: { _ in same }).proofs == 1)
    #expect(fold("pfpf", commit: { _ in same }).proofs == 1)
    #expect(fold("pf", commit: { _ in CodeState(commit: "c", isDirty: true) }).proofs == 0)
    #expect(fold("pf", commit: { _ in CodeState(commit: "c", isDirty: nil) }).proofs == 0)
    #expect(fold("pf", commit: { _ in nil }).proofs == 0)
  }

  @Test func `a pass after a failure in one run is a proof`() {
    var fold = CaseFold()
    fold.add(.failed, duration: nil, failedBefore: 0, run: "r1", step: "unit", code: nil)
    fold.add(.passed, duration: nil, failedBefore: 0, run: "r1", step: "unit", code: nil)
    #expect(fold.proofs == 1)
    var told = CaseFold()
    told.add(.passed, duration: nil, failedBefore: 2, run: "r1", step: "unit", code: nil)
    #expect(told.proofs == 1)
    #expect(told.failed == 2)
  }

  @Test func `what fails in one step and passes in another is not flaky`() {
    var fold = CaseFold()
    for run in 0..<20 {
      let code = CodeState(commit: "c", isDirty: false)
      fold.add(.passed, duration: nil, failedBefore: 0, run: "r\(run)", step: "unit", code: code)
      fold.add(.failed, duration: nil, failedBefore: 0, run: "r\(run)", step: "asan", code: code)
    }
    #expect(fold.proofs == 0)
    #expect(fold.flips == 0)
  }

  @Test func `durations are those of the newest passes`() {
    let fold = fold(String(repeating: "p", count: 40))
    #expect(fold.median == Span(milliseconds: 24))
    #expect(fold.p95 == Span(milliseconds: 39))
    #expect(CaseFold().median == nil)
  }

  @Test func `the stored form is the same value, whatever came`() {
    for seed in 0..<50 {
      var random = SplitMix64(seed: UInt64(seed))
      var fold = CaseFold()
      for index in 0..<random.below(120) {
        fold.add(
          random.pick(TestStatus.allCases),
          duration: random.chance(50) ? Span(milliseconds: Int64(random.below(99))) : nil,
          failedBefore: random.below(3), run: "r\(index / 2)", step: random.pick(["a", "b"]),
          code: random.chance(50) ? CodeState(commit: "c\(random.below(5))", isDirty: random.chance(30)) : nil)
      }
      #expect(CaseFold(fold.text)?.text == fold.text)
    }
    #expect(CaseFold("no such thing") == nil)
  }

  @Test func `a cell is made of all axes but the shard`() {
    #expect(TestIdentity.cell(of: "e2e[browser=chrome,shard=2]/t[os=mac]") == "browser=chrome,os=mac")
    #expect(TestIdentity.cell(of: "unit") == "")
    #expect(TestIdentity.cell(of: "odd[") == "")
  }
}
