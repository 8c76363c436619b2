import BatonCore
import BatonModel
import Testing

/// Ways through a body, folded into one outline.
@Suite struct OutlineBuilderTests {
  private func operation(_ name: String) -> BodyPath.Event {
    .operation(BodyOutline.Operation(kind: "step", name: name, text: "", line: 1))
  }

  private func path(_ events: BodyPath.Event...) -> BodyPath {
    var path = BodyPath()
    path.events = events
    return path
  }

  private func decided(_ text: String, _ taken: Bool) -> BodyPath.Event { .decided(text, line: 2, taken) }

  private let returns = BodyPath.Event.ends(.returns, "", line: 0)

  private func text(_ items: [BodyOutline.Item]) -> String {
    items.map { item in
      switch item {
      case .operation(let operation, let inner): operation.name + (inner.isEmpty ? "" : "(\(text(inner)))")
      case .alternatives(let condition, _, let then, let otherwise): "\(condition)?[\(text(then))|\(text(otherwise))]"
      case .loop(let by, _, let inner): "\(by)*[\(text(inner))]"
      case .together(_, _, let inner): "{\(text(inner))}"
      case .leavesLoop: "break"
      case .ends(let how, _, _): how.rawValue
      case .unexplored: "…"
      }
    }.joined(separator: " ")
  }

  private func outline(_ paths: BodyPath...) -> String {
    text(OutlineBuilder.outline(paths, isComplete: true).items)
  }

  @Test func `what all ways have in common stands once, before and behind what differs`() {
    let merged = outline(
      path(operation("a"), decided("x", true), operation("b"), operation("d"), returns),
      path(operation("a"), decided("x", false), operation("c"), operation("d"), returns))
    #expect(merged == "a x?[b|c] d")
  }

  @Test func `a decision that changes nothing is not shown`() {
    #expect(
      outline(path(decided("x", true), operation("a"), returns), path(decided("x", false), operation("a"), returns))
        == "a")
  }

  @Test func `a way that ends stands aside, and the other goes on behind it`() {
    let merged = outline(
      path(decided("x", true), .ends(.halts, "no", line: 3)), path(decided("x", false), operation("a"), returns))
    #expect(merged == "x?[halts|] a")
  }

  @Test func `branches that do not depend on each other need no way for each combination`() {
    let merged = outline(
      path(decided("x", true), operation("a"), decided("y", true), operation("b"), returns),
      path(decided("x", false), decided("y", true), operation("b"), returns),
      path(decided("x", true), operation("a"), decided("y", false), returns))
    #expect(merged == "x?[a|] y?[b|]")
  }

  @Test func `what was not followed is marked`() {
    #expect(outline(path(decided("x", true), operation("a"), returns)) == "x?[|…] a")
  }

  @Test func `loops that were unrolled leave no trace, others are folded`() {
    let merged = outline(
      path(
        .opens(.loop(nil), line: 5), operation("a"), operation("a"), .closes, .opens(.loop("while x"), line: 6),
        operation("b"), .closes, operation("c"), returns))
    #expect(merged == "a a while x*[b] c")
  }

  @Test func `what leaves a loop leads to what follows it`() {
    let merged = outline(
      path(
        .opens(.loop(nil), line: 5), decided("x", true), .leaves(line: 5), .closes, operation("after"), returns),
      path(
        .opens(.loop("while true"), line: 5), decided("x", false), operation("again"), .closes,
        .ends(.repeats, "", line: 5)))
    #expect(merged == "while true*[x?[break|] again] after")
  }

  @Test func `a return from inside of a loop leaves the rest in order`() {
    let merged = outline(
      path(.opens(.loop("while x"), line: 5), decided("y", true), .closes, returns),
      path(.opens(.loop("while x"), line: 5), decided("y", false), operation("a"), .closes, operation("b"), returns))
    #expect(merged == "while x*[y?[returns|] a] b")
  }
}
