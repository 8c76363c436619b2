import BatonCore
import BatonModel
import BatonRuntime

/// What the runs of a workflow know of each other's messages.
extension StoreCheck {
  private static func notice(_ key: String, at seconds: Int64, _ lane: NoticeLane = team) -> HeldNotice {
    HeldNotice(lane: lane, key: key, event: ["kind": .string(key)], time: moment(seconds))
  }

  private static let team = NoticeLane(name: "team", target: 0)

  private static func claim(
    _ key: String, _ held: [HeldNotice], at seconds: Int64, rate: String? = nil, digest: Int64? = nil,
    leaves: Bool = false, workflow: String = "release", lane: NoticeLane = team
  ) -> NoticeClaim {
    NoticeClaim(
      key: key, workflow: workflow, lane: lane, digest: digest.map { Span(seconds: $0) },
      rate: rate.flatMap { NotificationSpec.Rate($0) }, held: held, leaves: leaves, time: moment(seconds))
  }

  static let notices: [StoreCheck] = [
    StoreCheck(description: "A rate holds over all runs of a workflow, and what is left goes out with the next message")
    {
      store in
      let rate = "1/100s"
      try expectEqual(
        try store.claim(claim("r1/0", [notice("a", at: 0)], at: 0, rate: rate)), .granted([]), "the first claim")
      try expectEqual(
        try store.claim(claim("r1/1", [notice("b", at: 10)], at: 10, rate: rate)), .refused(until: moment(100)),
        "a claim within the window")
      try expectEqual(
        try store.claim(claim("r1/1", [notice("b", at: 10)], at: 20, rate: rate, leaves: true)),
        .refused(until: moment(100)), "the claim of a run that ends")
      try expectEqual(
        try store.claim(claim("r2/0", [notice("c", at: 99)], at: 99, rate: rate, leaves: true)),
        .refused(until: moment(100)), "the claim of another run")
      try expectEqual(
        try store.claim(claim("r3/0", [], at: 99, rate: rate)), .refused(until: moment(100)), "a look too early")
      try expectEqual(
        try store.claim(claim("r3/0", [notice("d", at: 100)], at: 100, rate: rate)),
        .granted([["kind": "b"], ["kind": "c"]]), "the claim behind the window")
      try expectEqual(try store.claim(claim("r4/0", [], at: 300, rate: rate)), .nothing, "a look where nothing is left")
    },
    StoreCheck(description: "A claim that is made again is answered as before, and what was taken is never left again")
    {
      store in
      let left = [notice("a", at: 0), notice("b", at: 1)]
      _ = try store.claim(claim("r0/0", [notice("z", at: 0)], at: 0, rate: "1/10s"))
      _ = try store.claim(claim("r1/0", left, at: 1, rate: "1/10s", leaves: true))
      _ = try store.claim(claim("r1/0", left, at: 1, rate: "1/10s", leaves: true))
      let both: NoticeClaim.Answer = .granted([["kind": "a"], ["kind": "b"]])
      try expectEqual(try store.claim(claim("r2/0", [], at: 10, rate: "1/10s")), both, "the claim")
      try expectEqual(try store.claim(claim("r2/0", [], at: 11, rate: "1/10s")), both, "the same claim")
      // The driver that left them died before it wrote that down, and leaves them again.
      _ = try store.claim(claim("r1/0", left, at: 12, rate: "1/10s", leaves: true))
      try expectEqual(try store.claim(claim("r3/0", [], at: 90, rate: "1/10s")), .nothing, "what was taken")
    },
    StoreCheck(description: "A window over all runs begins with the oldest event that waits") { store in
      try expectEqual(
        try store.claim(claim("r1/0", [notice("a", at: 5)], at: 6, digest: 100, leaves: true)),
        .refused(until: moment(105)), "the claim of the first run")
      try expectEqual(
        try store.claim(claim("r2/0", [notice("b", at: 50)], at: 50, digest: 100)), .refused(until: moment(105)),
        "the claim of the second run")
      try expectEqual(
        try store.claim(claim("r2/0", [notice("b", at: 50)], at: 105, digest: 100)), .granted([["kind": "a"]]),
        "the claim at the window's end")
    },
    StoreCheck(description: "Workflows, notifications and receivers do not share their windows") { store in
      let other = NoticeLane(name: "team", target: 1)
      func sent(_ claim: NoticeClaim, _ what: String) throws {
        try expectEqual(try store.claim(claim), .granted([]), what)
      }
      try sent(claim("r1/0", [notice("a", at: 0)], at: 0, rate: "1/10s"), "the first")
      try sent(claim("r2/0", [notice("b", at: 1)], at: 1, rate: "1/10s", workflow: "other"), "another workflow's")
      try sent(claim("r3/0", [notice("c", at: 1, other)], at: 1, rate: "1/10s", lane: other), "another receiver's")
    },
  ]
}
