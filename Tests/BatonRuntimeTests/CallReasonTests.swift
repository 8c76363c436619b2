import Testing

@testable import BatonRuntime

@Suite struct `Why a called run failed` {
  @Test(arguments: [
    ("build: exit code 3", "build: exit code 3"),
    (
      "b: w.lua:1: b/call-1 failed: run 9ehv1rs0 failed: b: b/call-1 failed: run efzq9xz9 could not be started: too deep",
      "because run efzq9xz9 could not be started: too deep"
    ),
    ("z: run 9ehv1rs0 failed: because run efzq9xz9 failed: a: x", "because run efzq9xz9 failed: a: x"),
    ("z: run 9ehv1rs0 was halted: quality refused", "because run 9ehv1rs0 was halted: quality refused"),
    ("test run failed: 3 tests", "test run failed: 3 tests"), ("the run 12 failed: x", "the run 12 failed: x"),
  ])
  func `the innermost cause is told once`(reason: String, innermost: String) {
    #expect(CallReason.innermost(reason[...]) == innermost)
  }
}
