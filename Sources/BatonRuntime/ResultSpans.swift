import BatonCore
import BatonModel

/// Which attempts whose results are read from files ran at the same time: each may have written what another one's globs match.
struct ResultSpans {
  private var spans: [(node: NodeIndex, rival: ResultRequest.Rival)] = []

  mutating func start(_ node: NodeIndex, _ rival: ResultRequest.Rival) {
    spans.removeAll { $0.node == node }
    spans.append((node, rival))
  }

  /// The attempt of a node has ended.
  ///
  /// - Returns: those that ran while it did.
  mutating func end(_ node: NodeIndex, at moment: Instant) -> [ResultRequest.Rival] {
    guard let place = spans.firstIndex(where: { $0.node == node }) else { return [] }
    spans[place].rival.ended = moment
    let own = spans[place].rival
    let rivals = spans.compactMap { span -> ResultRequest.Rival? in
      guard span.node != node, span.rival.started <= moment, span.rival.ended.map({ $0 >= own.started }) ?? true else {
        return nil
      }
      return span.rival
    }
    // What no attempt that still runs has seen is of no importance any more.
    let oldest = spans.compactMap { $0.rival.ended == nil ? $0.rival.started : nil }.min()
    spans.removeAll { span in span.rival.ended.map { end in oldest.map { end < $0 } ?? true } ?? false }
    return rivals
  }
}

extension Engine {
  /// An attempt begins of which files of results will be read.
  func noteResults(of index: NodeIndex, folder: Template?) {
    let node = machine.plan.nodes[index]
    let sources = node.options.value.results
    guard !sources.isEmpty else { return }
    // What cannot be evaluated is told when it is read.
    guard let path = try? builder.folder(folder) else { return }
    let patterns = sources.flatMap { (try? evaluation.arguments(of: $0.patterns)) ?? [] }
    guard !patterns.isEmpty else { return }
    resultSpans.start(
      index,
      ResultRequest.Rival(step: node.name, workingDirectory: path, patterns: patterns, started: ports.reactor.now))
  }
}
