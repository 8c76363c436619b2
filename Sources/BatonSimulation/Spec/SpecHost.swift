import BatonLua
import BatonModel

/// What the words of specs ask of Swift.
final class SpecHost {
  enum Phase {
    /// The file is being read.
    case declaring
    /// A test or a hook runs.
    case testing
  }

  let tree: SpecTree
  let simulator: SpecSimulator
  var phase = Phase.declaring
  /// The last assertion that did not hold.
  private(set) var assertion: SpecFailure?
  /// The test that runs asked to be left pending.
  var pending: (reason: String?, Void)?

  init(file: String, simulator: SpecSimulator) {
    tree = SpecTree(file: file)
    self.simulator = simulator
  }

  /// The VM keeps the closures, so they must not keep it.
  func register(_ vm: LuaVM) throws(LuaFailure) {
    try registerTree(vm)
    try registerAssertion(vm)
    try simulator.register(vm) { [unowned self] in assertion?.message }
  }

  private func declare(
    _ vm: LuaVM, _ name: String, _ word: String, _ body: @escaping (SpecTree, LuaCall, SourcePlace) -> Void
  ) throws(LuaFailure) {
    try vm.register(name) { [unowned self] call in
      guard phase == .declaring else {
        return .raise("\(word) declares, which is done when the file is read, not while a test runs")
      }
      body(tree, call, call.place() ?? SourcePlace(file: tree.root.place.file))
      return .none
    }
  }

  private func registerTree(_ vm: LuaVM) throws(LuaFailure) {
    try declare(vm, "block", "describe") { $0.enter($1[0].string ?? "", at: $2) }
    try vm.register("block_end") { [unowned self] _ in
      tree.leave()
      return .none
    }
    try declare(vm, "case", "it") { tree, call, place in
      var test = SpecTree.Test(name: call[0].string ?? "", place: place)
      if case .function(let body) = call[1] { test.body = body }
      tree.add(test)
    }
    try declare(vm, "hook", "a hook") { tree, call, _ in
      if let hook = call[0].string.flatMap(SpecTree.Hook.init), case .function(let body) = call[1] {
        tree.add(hook, body)
      }
    }
    try vm.register("pending") { [unowned self] call in
      guard call[0] == .null || call[0].string != nil else {
        return .raise("pending takes a text, not \(call[0].phrase)")
      }
      switch phase {
      case .declaring:
        let place = call.place() ?? tree.root.place
        tree.add(SpecTree.Test(name: call[0].string ?? "pending", place: place))
        return .none
      case .testing:
        pending = (call[0].string, ())
        return .halt("pending")
      }
    }
  }

  private func registerAssertion(_ vm: LuaVM) throws(LuaFailure) {
    try vm.register("assertion") { [unowned self] call in
      var lines = [call[0].string ?? "an assertion does not hold"]
      if let note = call[3].string { lines.insert(note, at: 0) }
      if let expected = call[2].string { lines.append("expected: \(expected)") }
      if let actual = call[1].string { lines.append("actual: \(actual)") }
      var failure = SpecFailure(lines.joined(separator: "\n"))
      failure.actual = call[1].string
      failure.expected = call[2].string
      failure.notes = [call[3].string, call[4].string].compactMap(\.self)
      failure.isError = false
      assertion = failure
      return .raise(failure.message)
    }
  }

  /// What a failure of Lua says of a test.
  func failure(_ error: LuaFailure) -> SpecFailure {
    guard let assertion, assertion.message == error.message else {
      var failure = SpecFailure(error.message, at: error.place)
      failure.traceback = error.traceback
      return failure
    }
    var failure = assertion
    // Without what the notes and values say already.
    let lines = failure.message.split(separator: "\n", omittingEmptySubsequences: false)
    let first = failure.notes.first.map { failure.message.hasPrefix($0 + "\n") ? 1 : 0 } ?? 0
    failure.message = String(lines[min(first, lines.count - 1)])
    failure.place = error.place
    failure.traceback = error.traceback
    return failure
  }
}

extension LuaCall {
  /// The argument at a position, 0-based; null where there are fewer.
  subscript(_ position: Int) -> LuaItem { position < arguments.count ? arguments[position] : .null }
}
