import BatonCore
import Testing

/// The Mann-Whitney U test against published and computed values.
@Suite struct RankTestTests {
  @Test func `small samples are exact`() throws {
    // All of one below all of the other: 2 of C(8, 4) = 70 arrangements.
    let test = try #require(RankTest([1, 2, 3, 4], [5, 6, 7, 8]))
    #expect(test.u == 0)
    #expect(abs(test.p - 2.0 / 70) < 1e-12)
    // scipy.stats.mannwhitneyu([19, 22, 16, 29, 24], [20, 11, 17, 12], method="exact"): U = 17, p = 0.1111…
    let published = try #require(RankTest([19, 22, 16, 29, 24], [20, 11, 17, 12]))
    #expect(published.u == 17)
    #expect(abs(published.p - 0.1111111111111111) < 1e-9)
  }

  @Test func `ties share their rank, and equal samples differ in nothing`() throws {
    let test = try #require(RankTest([1, 1, 1], [1, 1, 1]))
    #expect(test.u == 4.5)
    #expect(test.p == 1)
  }

  @Test func `what is no sample gives no answer`() {
    #expect(RankTest([], [1]) == nil)
    #expect(RankTest([.nan], [1]) == nil)
  }

  @Test func `the median of an even number is the mean of the two in the middle`() {
    #expect(RankTest.median([3, 1, 2]) == 2)
    #expect(RankTest.median([4, 1, 2, 3]) == 2.5)
    #expect(RankTest.median([]) == nil)
  }
}
