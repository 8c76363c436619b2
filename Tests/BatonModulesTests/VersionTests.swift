import BatonModules
import Testing

@Suite struct VersionTests {
  @Test func `versions are ordered by their numbers, words and revisions`() {
    let sorted = [
      "2.0alpha-1", "2.0rc1-1", "2.0rc2-1", "2.0-1", "2.0-2", "2.0.1-1", "2.9-1", "2.10-1", "scm-1", "dev-1",
    ]
    for (left, right) in zip(sorted, sorted.dropFirst()) { #expect(RockVersion(left) < RockVersion(right)) }
    #expect(RockVersion("1.0") == RockVersion("1.0-3"))
    #expect(RockVersion("1") == RockVersion("1.0.0"))
    #expect(RockVersion("") < RockVersion("0.1"))
  }

  @Test(arguments: [
    (">=", "1.2", "1.10-1", true), ("<", "2", "2.0-1", false), ("~>", "1.2", "1.2.7-1", true),
    ("~>", "1.2", "1.3-1", false), ("==", "1.0-1", "1.0-2", false), ("~=", "1.0", "1.1-1", true),
  ])
  func `a constraint allows what it says`(comparison: String, wanted: String, version: String, allowed: Bool) {
    let constraint = RockConstraint(comparison: comparison, version: RockVersion(wanted))
    #expect(constraint.allows(RockVersion(version)) == allowed)
  }
}
