/// Tests that failed, and were run again after their package had ended: as `gotestsum --rerun-fails` does. With `go test
/// -count=2`, a test is executed twice before that, and a failure stands beside the pass.
struct GoReruns {
  /// So many failures are remembered.
  private static let limit = 100_000

  /// Of packages that go on: package → tests, in order.
  private var current: [String: [String]] = [:]
  /// Of packages that ended → how often it failed.
  private var before: [GoTestCase: Int] = [:]
  private var count = 0

  mutating func noteFailure(_ key: GoTestCase) {
    guard count < Self.limit else { return }
    count += 1
    current[key.package, default: []].append(key.test)
  }

  mutating func finish(_ package: String) {
    for test in current.removeValue(forKey: package) ?? [] {
      before[GoTestCase(package: package, test: test), default: 0] += 1
    }
  }

  /// How often a test that passes now failed in earlier runs of its package.
  mutating func failuresBefore(_ key: GoTestCase) -> Int {
    guard !before.isEmpty, let failures = before.removeValue(forKey: key) else { return 0 }
    count -= failures
    return failures
  }
}
