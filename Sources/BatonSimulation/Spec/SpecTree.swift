import BatonModel

/// The blocks and tests of a file, as it declared them.
final class SpecTree {
  enum Hook: String {
    case beforeEach = "before_each"
    case afterEach = "after_each"
    case setup, teardown
  }

  struct Test {
    var name: String
    var place: SourcePlace
    /// nil: it is pending.
    var body: Int32?
    /// Why it is pending.
    var reason: String?
  }

  indirect enum Item {
    case test(Test)
    case block(Block)
  }

  final class Block {
    let name: String
    let place: SourcePlace
    var items: [Item] = []
    var hooks: [Hook: [Int32]] = [:]

    init(name: String, place: SourcePlace) {
      self.name = name
      self.place = place
    }

    /// Whether a test in it, or below it, is wanted.
    func contains(_ path: [String], _ isWanted: ([String]) -> Bool) -> Bool {
      items.contains { item in
        switch item {
        case .test(let test): isWanted(path + [test.name])
        case .block(let block): block.contains(path + [block.name], isWanted)
        }
      }
    }
  }

  let root: Block
  /// The blocks around what is being declared, outermost first.
  private var open: [Block]

  init(file: String) {
    root = Block(name: "", place: SourcePlace(file: file))
    open = [root]
  }

  private var current: Block { open.last ?? root }

  func enter(_ name: String, at place: SourcePlace) {
    let block = Block(name: name, place: place)
    current.items.append(.block(block))
    open.append(block)
  }

  func leave() { if open.count > 1 { open.removeLast() } }

  func add(_ test: Test) { current.items.append(.test(test)) }

  func add(_ hook: Hook, _ body: Int32) { current.hooks[hook, default: []].append(body) }
}
