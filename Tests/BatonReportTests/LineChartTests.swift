import Testing

@testable import BatonReport

@Suite struct LineChartTests {
  @Test(arguments: [nil, 0...1, 0...Double.infinity] as [ClosedRange<Double>?])
  func `values that are 0 all along have an axis with round limits, and 0 stands there once`(
    bounds: ClosedRange<Double>?
  ) {
    let scale = LineChart.scale([0, 0, 0], within: bounds)
    #expect(scale.low <= 0 && scale.high > 0)
    #expect(scale.ticks.count { abs($0) < 1e-3 } == 1, "\(scale.ticks)")
  }

  @Test func `other values that are the same all along have room above and below`() {
    let scale = LineChart.scale([720, 720], within: nil)
    #expect(scale.low < 720 && scale.high > 720)
  }
}
