import BatonCore
import BatonModel
import Testing

@Suite struct GraphCheckTests {
  private func step(_ dependencies: [Int] = [], in parent: Int? = nil) -> Node {
    Node(name: "s", kind: .step(.shell(.plain("true"))), parent: parent, dependencies: dependencies)
  }

  private func group(_ members: [Int], _ dependencies: [Int] = [], in parent: Int? = nil) -> Node {
    Node(
      name: "g", kind: .group(GroupSpec(style: .parallel, members: members)), parent: parent, dependencies: dependencies
    )
  }

  @Test("a graph without cycles has none") func acyclic() {
    #expect(
      GraphCheck([step(), step([0]), step([0, 1]), group([4, 5], [2]), step(in: 3), step([4], in: 3)]).cycles() == [])
    #expect(GraphCheck([]).cycles() == [])
  }

  @Test("a cycle is found as a path, without what leads to it") func path() {
    #expect(GraphCheck([step([1]), step([2]), step([3]), step([1])]).cycles() == [[1, 2, 3]])
  }

  @Test("a step that waits for itself is a cycle of one") func selfDependency() {
    #expect(GraphCheck([step(), step([1])]).cycles() == [[1]])
  }

  @Test("of several ways round, the shortest is told") func shortest() {
    #expect(GraphCheck([step([1]), step([2, 0]), step([3]), step([0])]).cycles() == [[0, 1]])
  }

  @Test("each knot is told once") func knots() {
    #expect(GraphCheck([step([1]), step([0]), step([0, 3]), step([2])]).cycles() == [[0, 1], [2, 3]])
  }

  @Test("a member that waits for its own group is a cycle") func ownGroup() {
    #expect(GraphCheck([group([1]), step([0], in: 0)]).cycles() == [[0, 1]])
  }

  @Test("what a member's group waits for may not wait for the member") func groupsDependency() {
    #expect(GraphCheck([group([1], [2]), step(in: 0), step([1])]).cycles() == [[0, 2, 1]])
  }

  @Test("members may depend on members of a group that waits for nothing of theirs") func acrossGroups() {
    #expect(GraphCheck([group([1, 2]), step(in: 0), step(in: 0), group([4], []), step([1], in: 3)]).cycles() == [])
  }

  @Test("a chain of 100,000 steps is checked without recursion") func deep() {
    let chain = (0..<100_000).map { step($0 == 0 ? [] : [$0 - 1]) }
    #expect(GraphCheck(chain).cycles() == [])
    var ring = chain
    ring[0].dependencies = [99_999]
    #expect(GraphCheck(ring).cycles().first?.count == 100_000)
  }
}
