import BatonModel

/// Folds the ways through a body into one outline: what all have in common stands once, what differs as alternatives.
public struct OutlineBuilder {
  /// An outline before its containers are closed up.
  private indirect enum Piece: Hashable {
    case operation(BodyOutline.Operation)
    case opens(BodyPath.Container, line: Int32)
    case closes
    case leaves
    case ends(BodyOutline.Ending, String, line: Int32)
    case choice(String, line: Int32, [Piece], [Piece])
    /// A choice of which one side was followed, with all that comes behind it there; the last of its list.
    case partial(String, line: Int32, Bool, [Piece])
    case unexplored
  }

  /// Lines of the loops of which it is not known how often they go round, with what they go by.
  private var loops: [Int32: String] = [:]

  private init() {}

  public static func outline(_ paths: [BodyPath], isComplete: Bool) -> BodyOutline {
    var builder = OutlineBuilder()
    for event in paths.lazy.flatMap(\.events) {
      if case .opens(.loop(let text?), let line) = event { builder.loops[line] = builder.loops[line] ?? text }
    }
    var pieces = settled(builder.merged(paths.map { builder.relevant($0.events)[...] }))
    if case .ends(.returns, _, _)? = pieces.last { pieces.removeLast() }
    var rest = pieces[...]
    var items: [BodyOutline.Item] = []
    // What was closed and never opened is passed over.
    repeat { items += fold(&rest) } while !rest.isEmpty
    return BodyOutline(items: items, isComplete: isComplete)
  }

  /// Without the marks of loops that were unrolled.
  private func relevant(_ events: [BodyPath.Event]) -> [BodyPath.Event] {
    var kept: [Bool] = []
    return events.compactMap { event in
      switch event {
      case .opens(.loop, let line):
        kept.append(loops[line] != nil)
        if case .opens(.loop(nil), _) = event { return loops[line].map { .opens(.loop($0), line: line) } }
        return event
      case .opens: kept.append(true)
      case .closes: return kept.popLast() == false ? nil : event
      case .leaves(let line): return loops[line] == nil ? nil : event
      case .operation, .decided, .ends: break
      }
      return event
    }
  }

  // MARK: Merging

  /// The common beginning of all, then what the first decision makes of them.
  private func merged(_ paths: [ArraySlice<BodyPath.Event>]) -> [Piece] {
    var pieces: [Piece] = []
    guard let first = paths.first else { return [.unexplored] }
    for (offset, event) in first.enumerated() {
      switch event {
      case .operation(let operation): pieces.append(.operation(operation))
      case .opens(let container, let line): pieces.append(.opens(container, line: line))
      case .closes: pieces.append(.closes)
      case .leaves: pieces.append(.leaves)
      case .ends(let how, let text, let line): pieces.append(.ends(how, text, line: line))
      case .decided(let text, let line, _):
        var sides: [Bool: [ArraySlice<BodyPath.Event>]] = [:]
        for path in paths where path.count > offset {
          if case .decided(_, _, let taken) = path[path.startIndex + offset] {
            sides[taken, default: []].append(path.dropFirst(offset + 1))
          }
        }
        guard let then = sides[true] else {
          return pieces + [.partial(text, line: line, false, merged(sides[false] ?? []))]
        }
        guard let otherwise = sides[false] else { return pieces + [.partial(text, line: line, true, merged(then))] }
        return pieces + joined(text, line, merged(then), merged(otherwise))
      }
    }
    return pieces
  }

  private func joined(_ text: String, _ line: Int32, _ then: [Piece], _ otherwise: [Piece]) -> [Piece] {
    if let same = unified(then, otherwise) { return same }
    if let whole = leaving(text, line, then, otherwise) ?? leaving(text, line, otherwise, then, swapped: true) {
      return whole
    }
    let (left, right, common) = split(then, otherwise)
    if Self.isBalanced(left[...]), Self.isBalanced(right[...]) { return aside(text, line, left, right) + common }
    return aside(text, line, then, otherwise)
  }

  /// What differs, and what both end with.
  private func split(_ one: [Piece], _ other: [Piece]) -> (left: [Piece], right: [Piece], common: [Piece]) {
    var left = one[...]
    var right = other[...]
    var common: [Piece] = []
    if case .partial? = left.last,
      let place = (right.indices.first { unified([left[left.endIndex - 1]], Array(right[$0...])) != nil })
    {
      common = Array(right[place...])
      left.removeLast()
      right = right[..<place]
    } else if case .partial? = right.last,
      let place = (left.indices.first { unified(Array(left[$0...]), [right[right.endIndex - 1]]) != nil })
    {
      common = Array(left[place...])
      right.removeLast()
      left = left[..<place]
    }
    var before: [Piece] = []
    while let last = left.last, let other = right.last, let same = unified(last, other) {
      before.append(same)
      left.removeLast()
      right.removeLast()
    }
    return (Array(left), Array(right), before.reversed() + common)
  }

  /// One side leaves a loop that the other side repeats: what follows the loop stands behind it.
  private func leaving(
    _ text: String, _ line: Int32, _ leaves: [Piece], _ again: [Piece], swapped: Bool = false
  ) -> [Piece]? {
    guard case .ends(.repeats, _, _)? = again.last, again.dropLast().last == .closes,
      let end = Self.firstUnbalanced(leaves)
    else { return nil }
    if case .ends(.repeats, _, _)? = leaves.last { return nil }
    let inside = Array(leaves[..<end])
    let rest = Array(again.dropLast(2))
    guard Self.isBalanced(inside[...]), Self.isBalanced(rest[...]) else { return nil }
    return (swapped ? joined(text, line, rest, inside) : joined(text, line, inside, rest)) + leaves[end...]
  }

  /// Where a container is closed that was opened before.
  private static func firstUnbalanced(_ pieces: [Piece]) -> Int? {
    var depth = 0
    for (place, piece) in pieces.enumerated() {
      if case .opens = piece { depth += 1 }
      if case .closes = piece { depth -= 1 }
      if depth < 0 { return place }
    }
    return nil
  }

  /// What ends on one side stands in the choice, and the other side goes on behind it.
  private func aside(_ text: String, _ line: Int32, _ then: [Piece], _ otherwise: [Piece]) -> [Piece] {
    if Self.isOver(then), !otherwise.isEmpty { return [.choice(text, line: line, then, [])] + otherwise }
    if Self.isOver(otherwise), !then.isEmpty { return [.choice(text, line: line, [], otherwise)] + then }
    if then.isEmpty, otherwise.isEmpty { return [] }
    return [.choice(text, line: line, then, otherwise)]
  }

  private static func isOver(_ pieces: [Piece]) -> Bool {
    switch pieces.last {
    case .ends?, .unexplored?, .leaves?, .partial?: true
    case .operation?, .opens?, .closes?, .choice?, nil: false
    }
  }

  private static func isBalanced(_ pieces: ArraySlice<Piece>) -> Bool {
    var depth = 0
    for piece in pieces {
      if case .opens = piece { depth += 1 }
      if case .closes = piece { depth -= 1 }
      if depth < 0 { return false }
    }
    return depth == 0
  }

  /// The same, where what was not followed is whatever the other is.
  private func unified(_ one: [Piece], _ other: [Piece]) -> [Piece]? {
    var result: [Piece] = []
    var place = 0
    while place < one.count, place < other.count {
      if case .partial = one[place] { break }
      if case .partial = other[place] { break }
      guard let piece = unified(one[place], other[place]) else { return nil }
      result.append(piece)
      place += 1
    }
    let rest = Array(one[place...])
    let otherRest = Array(other[place...])
    if rest.isEmpty, otherRest.isEmpty { return result }
    return (covered(rest, by: otherRest) ?? covered(otherRest, by: rest)).map { result + $0 }
  }

  /// What begins with a choice of which one side is known, beside what may be known of both.
  private func covered(_ part: [Piece], by whole: [Piece]) -> [Piece]? {
    guard case .partial(let text, let line, let taken, let known)? = part.first else { return nil }
    switch whole.first {
    case .partial(text, line, taken, let same)?:
      return unified(known, same).map { [.partial(text, line: line, taken, $0)] }
    case .partial(text, line, !taken, let opposite)?:
      return taken ? joined(text, line, known, opposite) : joined(text, line, opposite, known)
    case .choice(text, line, let then, let otherwise)?:
      return unified(known, (taken ? then : otherwise) + whole.dropFirst()) == nil ? nil : whole
    default: return nil
    }
  }

  private func unified(_ one: Piece, _ other: Piece) -> Piece? {
    if one == other { return one }
    if case .partial = one, case .partial = other, let same = covered([one], by: [other]), same.count == 1 {
      return same[0]
    }
    guard case .choice(let text, let line, let then, let otherwise) = one,
      case .choice(text, line, let then2, let otherwise2) = other,
      let first = unified(then, then2), let second = unified(otherwise, otherwise2)
    else { return nil }
    return .choice(text, line: line, first, second)
  }

  /// Choices of which one side is known, as choices whose other side was not followed.
  private static func settled(_ pieces: [Piece]) -> [Piece] {
    pieces.flatMap { piece -> [Piece] in
      switch piece {
      case .partial(let text, let line, let taken, let known):
        [.choice(text, line: line, taken ? [] : [.unexplored], taken ? [.unexplored] : [])] + settled(known)
      case .choice(let text, let line, let then, let otherwise):
        [.choice(text, line: line, settled(then), settled(otherwise))]
      case .operation, .opens, .closes, .leaves, .ends, .unexplored: [piece]
      }
    }
  }

  // MARK: Folding

  /// Items up to the end of the container, which is taken too.
  private static func fold(_ pieces: inout ArraySlice<Piece>) -> [BodyOutline.Item] {
    var items: [BodyOutline.Item] = []
    while let piece = pieces.popFirst() {
      switch piece {
      case .operation(let operation): items.append(.operation(operation, inner: []))
      case .closes: return items
      case .leaves: items.append(.leavesLoop)
      // The loop before it says so.
      case .ends(.repeats, _, _): break
      case .ends(let how, let text, let line): items.append(.ends(how, text, line: line))
      case .unexplored, .partial: items.append(.unexplored)
      case .choice(let text, let line, let then, let otherwise):
        items.append(
          .alternatives(condition: text, line: line, then: foldWhole(then), otherwise: foldWhole(otherwise)))
      case .opens(let container, let line):
        let inner = fold(&pieces)
        switch container {
        case .loop(let text): items.append(.loop(text: text ?? "", line: line, inner))
        case .together(let text): items.append(.together(text: text, line: line, inner))
        case .body:
          if case .operation(let operation, _)? = items.last {
            items[items.count - 1] = .operation(operation, inner: inner)
          } else {
            items += inner
          }
        }
      }
    }
    return items
  }

  private static func foldWhole(_ pieces: [Piece]) -> [BodyOutline.Item] {
    var rest = pieces[...]
    var items: [BodyOutline.Item] = []
    while !rest.isEmpty { items += fold(&rest) }
    return items
  }
}
