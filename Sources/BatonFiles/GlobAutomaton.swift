import Glibc

/// How far a pattern has come on the way down: `component` is matched next; one past the last means everything below.
struct GlobState: Equatable {
  var pattern: Int
  var component: Int
}

/// Follows several patterns at once through a tree, name by name.
struct GlobAutomaton {
  let patterns: [GlobPattern]
  /// Whether wildcards match hidden names too.
  let hiddenToo: Bool

  /// Before the first name.
  var start: [GlobState] {
    var states: [GlobState] = []
    for index in patterns.indices { add(GlobState(pattern: index, component: 0), to: &states) }
    return states
  }

  /// Adds a state, and those that `**` reaches without taking a name.
  private func add(_ state: GlobState, to states: inout [GlobState]) {
    guard !states.contains(state) else { return }
    states.append(state)
    let components = patterns[state.pattern].components
    if state.component + 1 < components.count, components[state.component] == .anyDepth {
      add(GlobState(pattern: state.pattern, component: state.component + 1), to: &states)
    }
  }

  /// Whether a file of this name matches.
  func accepts(_ name: UnsafeBufferPointer<UInt8>, _ states: [GlobState]) -> Bool {
    states.contains { accepts(name, $0) }
  }

  /// Whether a file of this name matches the pattern that has come so far.
  func accepts(_ name: UnsafeBufferPointer<UInt8>, _ state: GlobState) -> Bool {
    let count = patterns[state.pattern].components.count
    if state.component == count { return true }
    return state.component == count - 1 && !patterns[state.pattern].onlyFolders && matches(name, state)
  }

  /// The states below a folder of this name; empty where nothing in it can match.
  func descend(_ name: UnsafeBufferPointer<UInt8>, _ states: [GlobState]) -> [GlobState] {
    var below: [GlobState] = []
    for state in states {
      let components = patterns[state.pattern].components
      let next = GlobState(pattern: state.pattern, component: state.component + 1)
      if state.component == components.count {
        if !below.contains(state) { below.append(state) }
      } else if matches(name, state) {
        if components[state.component] == .anyDepth {
          add(state, to: &below)
        } else if next.component < components.count {
          add(next, to: &below)
        } else if patterns[state.pattern].takesFolders, !below.contains(next) {
          below.append(next)
        }
      }
    }
    return below
  }

  /// Whether a pattern wants this name in plain letters.
  func names(_ name: UnsafeBufferPointer<UInt8>, _ states: [GlobState]) -> Bool {
    states.contains { state in
      let components = patterns[state.pattern].components
      guard state.component < components.count, case .literal = components[state.component] else { return false }
      return matches(name, state)
    }
  }

  /// The names that the states want, where all of them want plain names.
  func plainNames(_ states: [GlobState]) -> [[UInt8]]? {
    var names: [[UInt8]] = []
    for state in states {
      let components = patterns[state.pattern].components
      guard state.component < components.count, case .literal(let name) = components[state.component]
      else { return nil }
      if !names.contains(name) { names.append(name) }
    }
    return names
  }

  /// Whether the states take everything, whatever its name. (Where hidden names are no exception.)
  func takesAll(_ states: [GlobState]) -> Bool {
    states.contains { state in
      let components = patterns[state.pattern].components
      return state.component == components.count
        || (state.component == components.count - 1 && components.last == .anyDepth)
    }
  }

  /// Whether the component that comes next matches the name.
  private func matches(_ name: UnsafeBufferPointer<UInt8>, _ state: GlobState) -> Bool {
    let isHidden = name.first == UInt8(ascii: ".") && !hiddenToo
    switch patterns[state.pattern].components[state.component] {
    case .anyDepth: return !isHidden
    case .literal(let literal):
      guard literal.count == name.count, let base = name.baseAddress else { return false }
      return memcmp(literal, base, name.count) == 0
    case .wildcard(let wildcard): return (!isHidden || wildcard.matchesHidden) && wildcard.matches(name)
    }
  }
}
