import BatonCore
import BatonModel
import Testing

/// Failures of one cause, found among many.
@Suite struct FailureSignatureTests {
  @Test(
    arguments: [
      ("expected 3, got 17", "expected N, got N"),
      ("timeout after 1500ms", "timeout after Nms"),
      ("no such file /tmp/x/a.txt", "no such file a.txt"),
      ("no such file /tmp/x2", "no such file TEMP"),
      ("cannot read /var/tmp/tmpab12.json:7", "cannot read TEMP.json"),
      ("no such file /tmp/tmp.aB3xYzQq1k", "no such file TEMP"), ("/tmp/tmp.abcde is gone", "TEMP is gone"),
      ("no socket /tmp/agent.4711", "no socket TEMP"), ("/tmp/run-12.a1b2", "TEMP"), ("/dev/shm/x.Log", "TEMP"),
      ("/tmp/.x11", "TEMP"), ("/tmp/x7.", "TEMP"), ("/tmp/a4.sqlite3", "TEMP"), ("/tmp/tmpf00.html", "TEMP.html"),
      ("/tmp/tmp.aB3x.json", "TEMP.json"), ("/var/tmp/a.txtxtx", "TEMP"), ("at /tmp/x9.c:12:3", "at TEMP.c"),
      ("at 0x7ffee3b2 in cart", "at HEX in cart"),
      ("order 550e8400-e29b-41d4-a716-446655440000 is gone", "order UUID is gone"),
      ("since 2026-01-31T12:00:00Z", "since TIME"),
      ("since 2026-01-31 12:00:05.123", "since TIME"),
      ("AssertionError at src/cart.py:12:3", "AssertionError at cart.py"),
      ("utf8 and test2 stay", "utf8 and test2 stay"),
      ("KeyError: 'user_20'", "KeyError: 'user_N'"), ("no user_7", "no user_N"), ("no user_7b", "no user_Nb"),
      ("session12 and session345 are gone", "sessionN and sessionN are gone"), ("a12.5b3", "aNbN"),
      ("sha256 mismatch in Int32", "sha256 mismatch in Int32"), ("error E0382: T12", "error E0382: T12"),
      ("thread12 of job_12", "threadN of job_N"), ("x34 by SHA-512", "x34 by SHA-N"),
      ("no read at 0x109180: it", "no read at HEX: it"), ("cart_test.go:33 +0x125", "cart_test.go +HEX"),
      ("(0xFFA12)", "(HEX)"), ("0x and 0xyz", "Nx and Nxyz"), ("size 1920x1080", "size NxN"), ("7f12", "NfN"),
      ("after 1m5s", "after NmNs"), ("grid 3x4", "grid NxN"), ("HTTP404Error raised", "HTTP404Error raised"),
      ("E501: SC2086", "E501: SC2086"), ("AB123C", "ABNC"),
      ("commit deadbeef01 failed", "commit HEX failed"),
      ("GET http://host/a failed", "GET http://host/a failed"),
      ("  much   space ", "much space"),
      ("\u{1B}[31mexpected 5 got 6\u{1B}[0m at 0x7fff y.py", "expected N got N at HEX y.py"),
      ("a\u{1B}[38;5;9mb\u{1B}", "ab"), ("cut \u{1B}[31", "cut"),
      ("", ""),
    ])
  func `what differs from time to time is masked`(text: String, masked: String) {
    #expect(FailureSignature.masked(text) == masked)
  }

  private func failure(_ name: String, _ message: String, _ details: String? = nil) -> (TestIdentity, TestOutcome) {
    let outcome = TestOutcome(name: name, status: .failed, message: message, type: "Error", details: details)
    return (TestIdentity(outcome, step: "unit"), outcome)
  }

  private func clusters(_ all: [(identity: TestIdentity, outcome: TestOutcome)]) -> [FailureCluster] {
    var fold = ClusterFold()
    for (identity, outcome) in all where outcome.status.isFailure {
      let signature = FailureSignature(outcome)
      fold.add(signature.key, message: signature.message, identity: identity, example: outcome.message)
    }
    return fold.found.map(\.cluster)
  }

  @Test func `what fails in many cells of a matrix is told once, with their number`() {
    var all: [(identity: TestIdentity, outcome: TestOutcome)] = []
    for cell in ["browser=a", "browser=b", "browser=c"] {
      for name in ["one", "two"] {
        let outcome = TestOutcome(name: name, status: .failed, message: "refused")
        all.append((TestIdentity(outcome, step: "e2e[\(cell),shard=1]"), outcome))
      }
    }
    let only = TestOutcome(name: "three", status: .failed, message: "refused")
    all.append((TestIdentity(only, step: "e2e[browser=a,shard=2]"), only))
    let found = clusters(all)
    #expect(found.map(\.count) == [7])
    #expect(found[0].caseCount == 3)
    #expect(found[0].cells == 3)
    #expect(found[0].cases == ["one (3 cells)", "two (3 cells)", "three (browser=a)"])
  }

  @Test func `the frames of a test itself say nothing of the cause`() {
    func key(_ name: String, _ details: String) -> Int64 {
      FailureSignature(
        TestOutcome(
          className: "tests.test_\(name)", name: "test_\(name)", status: .failed, message: "refused", details: details,
          file: "tests/test_\(name).py")
      ).key
    }
    let shared = "shop/db.py:40: in connect\nshop/db.py:52: ConnectionError"
    #expect(
      key("a", "tests/test_a.py:3: in test_a\n\(shared)") == key("bb", "tests/test_bb.py:9: in test_bb\n\(shared)"))
    #expect(key("a", "tests/test_a.py:3: in test_a\n\(shared)") != key("a", "shop/user.py:2: in load"))
  }

  @Test func `a case has one cause whether its name has a mark or none`() {
    func key(_ name: String) -> Int64 {
      FailureSignature(
        TestOutcome(
          className: "c", name: name, status: .failed, message: "refused",
          details: "at totals (cart.js:3:1)\nat connect (db.js:40:2)", file: "a.js")
      ).key
    }
    #expect(key("totals") == key("totals «a.js»"))
    #expect(key("totals") == key("totals «2»"))
    #expect(key("totals") == key("totals «a.js» «3»"))
    #expect(key("totals") != key("adds up"))
  }

  @Test func `what a test printed is no stack`() {
    func key(_ log: String, isPrinted: Bool) -> Int64 {
      FailureSignature(type: nil, message: "exited", details: log, isPrinted: isPrinted).key
    }
    #expect(key("step: amber (x)", isPrinted: true) == key("step: violet (x)", isPrinted: true))
    #expect(key("step: amber (x)", isPrinted: false) != key("step: violet (x)", isPrinted: false))
    func key(of subject: String, _ message: String, isPrinted: Bool = true) -> Int64 {
      FailureSignature(type: nil, message: message, details: "log", isPrinted: isPrinted, subject: subject).key
    }
    #expect(key(of: "//a:b", "exited with error code 1") != key(of: "//a:c", "exited with error code 1"))
    #expect(key(of: "//a:b", "no route to host") == key(of: "//a:c", "no route to host"))
    #expect(key(of: "a", "Failed to connect to db") == key(of: "b", "Failed to connect to db"))
    for message in [
      "Failed", "SEGFAULT", "Subprocess aborted", "Subprocess killed", "ILLEGAL", "timeout", "Timed out",
      "Timed out after 10 s",
    ] {
      #expect(key(of: "a", message) != key(of: "b", message), "\(message)")
    }
    // Of CTest, whose message is the first line of what was printed.
    #expect(key(of: "a", "log") != key(of: "b", "log"))
    #expect(key(of: "a", "failed", isPrinted: false) == key(of: "b", "failed", isPrinted: false))
  }

  @Test func `a traceback without a message is told by its last line`() {
    let failure = FailureSignature(
      type: nil, message: nil, details: "Traceback (most recent call last):\n  File \"a.py\", line 3\nKeyError: 'x'")
    #expect(failure.message == "KeyError: 'x'")
  }

  @Test func `many failures have few causes, the most frequent first`() {
    var all: [(identity: TestIdentity, outcome: TestOutcome)] = []
    for index in 0..<100 { all.append(failure("db\(index)", "connection to 10.0.0.\(index):5432 refused")) }
    for index in 0..<20 { all.append(failure("t\(index)", "timed out after \(index)ms")) }
    all.append(failure("x", "nothing like it"))
    all.append((TestIdentity(name: "ok"), TestOutcome(name: "ok", status: .passed)))
    let clusters = clusters(all)
    #expect(clusters.map(\.count) == [100, 20, 1])
    #expect(clusters.map(\.caseCount) == [100, 20, 1])
    #expect(clusters.first?.cases.count == FailureCluster.shownCases)
    #expect(clusters[2].example == "nothing like it")
  }

  @Test func `the same message from other code is another cause`() {
    let one = failure("a", "boom", "at cart (cart.js:12:3)\nat main (app.js:1:1)")
    let moved = failure("b", "boom", "at cart (cart.js:99:7)\nat main (app.js:4:1)")
    let other = failure("c", "boom", "at user (user.js:5:3)")
    #expect(FailureSignature(one.1).key == FailureSignature(moved.1).key)
    #expect(FailureSignature(one.1).key != FailureSignature(other.1).key)
  }

  @Test func `a failure without a word has a cause too`() {
    let silent = FailureSignature(type: "Crash", message: nil, details: nil)
    #expect(silent.message == "Crash")
    #expect(silent.key >= 0)
  }
}
