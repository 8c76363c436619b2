import BatonModel

/// A small chart of one figure over the runs: a line, its axes, the last value marked.
struct LineChart {
  struct Point {
    /// 0…count-1: its place in the row of runs.
    var position: Int
    var value: Double
    /// For who points at it: `run k3f9: 98.2%, failed`.
    var label: String
    /// The run did not succeed.
    var isBad: Bool
  }

  var title: String
  var points: [Point]
  /// How many runs there are; some may have no value.
  var count: Int
  /// How a value reads at the axis.
  var format: (Double) -> String
  /// The least and the most that the figure can be, where there are such.
  var bounds: ClosedRange<Double>?
  var first: String
  var last: String
  /// Rules that stand in the picture itself.
  var style = HTML()

  private static let width = 360.0
  private static let height = 150.0
  private static let plot = (left: 52.0, right: 346.0, top: 12.0, bottom: 122.0)

  var svg: HTML {
    let scale = Self.scale(points.map(\.value), within: bounds)
    func x(_ position: Int) -> Double {
      guard count > 1 else { return (Self.plot.left + Self.plot.right) / 2 }
      return Self.plot.left + (Self.plot.right - Self.plot.left) * Double(position) / Double(count - 1)
    }
    func y(_ value: Double) -> Double {
      let part = (value - scale.low) / (scale.high - scale.low)
      return Self.plot.bottom - (Self.plot.bottom - Self.plot.top) * part
    }
    var svg: HTML = """
      <svg class="chart" viewBox="0 0 \(Self.width) \(Self.height)" role="img" aria-label="\(description)">\(style)
      """
    for tick in scale.ticks {
      svg += """
        <line class="grid" x1="\(Self.plot.left)" x2="\(Self.plot.right)" y1="\(y(tick))" y2="\(y(tick))"/>\
        <text class="axis" x="\(Self.plot.left - 7)" y="\(y(tick) + 3.5)" text-anchor="end">\(format(tick))</text>
        """
    }
    svg += """
      <text class="axis" x="\(Self.plot.left)" y="\(Self.height - 8)">\(first)</text>\
      <text class="axis" x="\(Self.plot.right)" y="\(Self.height - 8)" text-anchor="end">\(last)</text>
      """
    if points.count > 1 {
      var path = HTML()
      for (index, point) in points.enumerated() {
        path += index == 0 ? "M" : "L"
        path += "\(x(point.position)) \(y(point.value))"
      }
      svg += "<path class=\"line\" d=\"\(path)\"/>"
    }
    for (index, point) in points.enumerated() {
      let isLast = index == points.count - 1
      let look: HTML = point.isBad ? "dot bad" : "dot"
      svg += """
        <circle class="\(look)" cx="\(x(point.position))" cy="\(y(point.value))" r="\(isLast ? 4.5 : 3)">\
        <title>\(point.label)</title></circle>
        """
    }
    svg += "</svg>"
    return svg
  }

  private var description: String {
    guard let first = points.first, let last = points.last else { return "\(title): no values" }
    return
      "\(title) over \(ReportNumbers.count(points.count, "run")): from \(format(first.value)) to \(format(last.value))"
  }

  /// Round limits around the values, and the round values between them.
  static func scale(_ values: [Double], within bounds: ClosedRange<Double>?) -> (
    low: Double, high: Double, ticks: [Double]
  ) {
    let known = values.filter { $0.isFinite && abs($0) < 1e15 }
    var low = known.min() ?? 0
    var high = known.max() ?? 1
    if high - low < max(abs(high), 1e-9) * 1e-3 {
      // All the same: some room above and below.
      let room = high == 0 ? 1 : max(abs(high) * 0.1, 1e-9)
      (low, high) = (low - room, high + room)
    }
    let raw = (high - low) / 3
    var unit = 1.0
    while unit > raw { unit /= 10 }
    while unit * 10 <= raw { unit *= 10 }
    let step = unit * ([1.0, 2, 2.5, 5].first { unit * $0 >= raw } ?? 10)
    low = (low / step + 1e-9).rounded(.down) * step
    high = (high / step - 1e-9).rounded(.up) * step
    if let bounds {
      low = max(low, bounds.lowerBound)
      high = min(high, bounds.upperBound)
    }
    if high <= low { (low, high) = (low - step, low + step) }
    var ticks: [Double] = []
    var tick = (low / step - 1e-9).rounded(.up) * step
    while tick <= high + step * 1e-6, ticks.count < 8 {
      ticks.append(tick)
      tick += step
    }
    return (low, high, ticks)
  }

  /// A line without axes, for a tile; empty where there are fewer than two values.
  static func sparkline(_ values: [Double], style: HTML = HTML()) -> HTML {
    let known = values.filter { $0.isFinite }
    guard known.count > 1, let low = known.min(), let high = known.max() else { return HTML() }
    let range = high > low ? high - low : 1
    var path = HTML()
    var end = (x: 0.0, y: 0.0)
    for (index, value) in known.enumerated() {
      end.x = 3 + 94 * Double(index) / Double(known.count - 1)
      end.y = high > low ? 21 - 18 * (value - low) / range : 12
      path += index == 0 ? "M" : "L"
      path += "\(end.x) \(end.y)"
    }
    return """
      <svg class="spark" viewBox="0 0 100 24" aria-hidden="true" preserveAspectRatio="none">\(style)\
      <path class="line" d="\(path)"/></svg>
      """
  }
}
