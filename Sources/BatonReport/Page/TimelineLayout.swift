import BatonModel

/// Where the attempts of a run stand on a line of time: in as few lanes as they need, long pauses cut short.
struct TimelineLayout {
  struct Bar {
    /// Position in what was given.
    var attempt: Int
    var lane: Int
    /// In 0…1 of the width.
    var left: Double
    var width: Double
  }

  struct Tick {
    var left: Double
    /// Time since the start, pauses included.
    var time: Span
  }

  /// A pause that is drawn shorter than it was.
  struct Pause {
    var left: Double
    var width: Double
    var length: Span
  }

  private(set) var bars: [Bar] = []
  private(set) var lanes = 0
  private(set) var ticks: [Tick] = []
  private(set) var pauses: [Pause] = []

  /// - Parameter attempts: start and end of each.
  init(_ attempts: [(start: Instant, end: Instant)]) {
    let order = attempts.indices.sorted {
      (attempts[$0].start, attempts[$0].end) < (attempts[$1].start, attempts[$1].end)
    }
    guard let first = order.first.map({ attempts[$0].start }) else { return }
    // Stretches in which something ran, merged.
    var busy: [(start: Instant, end: Instant)] = []
    for index in order {
      let attempt = (start: attempts[index].start, end: max(attempts[index].start, attempts[index].end))
      if let last = busy.last, attempt.start <= last.end {
        busy[busy.count - 1].end = max(last.end, attempt.end)
      } else {
        busy.append(attempt)
      }
    }
    let work = busy.reduce(0.0) { $0 + ($1.end - $1.start).seconds }
    // Pauses of more than a third of the work (and 10 s) are drawn as a twentieth of it.
    let longest = max(10, work / 3)
    let shortened = max(work / 20, 0.001)
    var scale = Scale()
    for (index, stretch) in busy.enumerated() {
      if index > 0 {
        let pause = stretch.start - busy[index - 1].end
        if pause.seconds > longest {
          pauses.append(Pause(left: scale.width, width: shortened, length: pause))
          scale.width += shortened
        } else {
          scale.add(from: busy[index - 1].end, to: stretch.start)
        }
      }
      scale.add(from: stretch.start, to: stretch.end)
    }
    let total = max(scale.width, 1e-6)
    for index in pauses.indices {
      pauses[index].left /= total
      pauses[index].width /= total
    }
    var ends: [Instant] = []
    for index in order {
      let attempt = attempts[index]
      let end = max(attempt.start, attempt.end)
      let lane = ends.firstIndex { $0 <= attempt.start } ?? ends.count
      if lane == ends.count { ends.append(end) } else { ends[lane] = end }
      let left = scale.position(of: attempt.start) / total
      let right = scale.position(of: end) / total
      bars.append(Bar(attempt: index, lane: lane, left: left, width: max(0, right - left)))
    }
    lanes = ends.count
    ticks = Self.ticks(scale, total: total, from: first)
  }

  /// Time → width, without the pauses that are cut.
  private struct Scale {
    var width = 0.0
    var pieces: [(start: Instant, end: Instant, left: Double)] = []

    mutating func add(from start: Instant, to end: Instant) {
      pieces.append((start, end, width))
      width += (end - start).seconds
    }

    func position(of moment: Instant) -> Double {
      // The last piece that begins no later.
      var low = 0
      var high = pieces.count
      while low < high {
        let middle = (low + high) / 2
        if pieces[middle].start <= moment { low = middle + 1 } else { high = middle }
      }
      guard low > 0 else { return 0 }
      let piece = pieces[low - 1]
      return piece.left + (min(moment, piece.end) - piece.start).seconds
    }
  }

  /// Four to eight round times; in pieces that follow a cut pause, counted on from the start of the run.
  private static func ticks(_ scale: Scale, total: Double, from first: Instant) -> [Tick] {
    let steps: [Double] = [
      0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600,
      7200, 14_400, 28_800, 86_400, 172_800, 604_800, 2_592_000,
    ]
    let step = steps.first { total / $0 <= 7 } ?? total / 5
    var ticks: [Tick] = []
    for piece in scale.pieces {
      let begin = (piece.start - first).seconds
      let end = (piece.end - first).seconds
      var time = (begin / step).rounded(.up) * step
      while time <= end, ticks.count < 40 {
        let left = (piece.left + time - begin) / total
        if let span = Span(fractionalSeconds: time), ticks.last.map({ left - $0.left > 0.05 }) ?? true {
          ticks.append(Tick(left: left, time: span))
        }
        time += step
      }
    }
    return ticks
  }
}
