import BatonModel
import Testing

/// `scripts/examples/shards.lua`, with make.
@Suite struct ShardExampleTests {
  @Test("Shards of equal time after one run, a flaky test that is run again, and a plan that knows the list")
  func shards() throws {
    let sandbox = try Examples.copied()
    let first = try sandbox.baton("run", "shards.lua")
    #expect(first.code == 0, "\(first.account)")
    #expect(try sandbox.show().json["tests"]?["flaky"]?.integer == 1, "test-login was tried twice")
    let second = try sandbox.baton("run", "shards.lua", "-p", "count=2")
    #expect(second.code == 0, "\(second.account)")
    #expect(try sandbox.show().json["tests"]?["total"]?.integer == 6)
    let shards = try sandbox.show().json["shards"]?.list?.first?["shards"]?.list ?? []
    let seconds = shards.compactMap { $0["seconds"]?.number }
    // 0.5 s is the longest of 1.1 s in all.
    #expect(seconds.count == 2 && abs(seconds[0] - seconds[1]) < 0.4, "\(shards)")
    let plan = try sandbox.baton("plan", "shards.lua")
    #expect(plan.output.contains("tests by shard: 3 shards of 6 tests"), "\(plan.account)")
    #expect(plan.output.contains("by list in run \(try sandbox.show().run)"), "\(plan.account)")
  }
}
