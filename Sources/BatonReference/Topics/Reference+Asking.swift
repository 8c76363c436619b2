import BatonModel

extension Reference {
  /// The topic with exactly this name.
  public func topic(named name: String) -> Topic? { places[name].map { topics[$0] } }

  /// Looks a question up: `step`, `step.retry`, `ctx.sleep`, `git.changed`, `Retry`, `retry.backoff`.
  public func ask(_ question: String) -> Answer {
    let word = Self.plain(question)
    guard !word.isEmpty else { return .nothing(near: []) }
    for name in [word, "baton.\(word)", word.replacing(".", with: ":")] {
      if let topic = topic(named: name) { return .topic(topic) }
    }
    if let topic = field(at: word) { return .topic(topic) }
    let lower = word.lowercased()
    if let topic = topic(likely: word) { return .topic(topic) }
    let ends = everyName.filter { name in
      name.lowercased().hasSuffix(".\(lower)") || name.lowercased().hasSuffix(":\(lower)")
    }
    // A field of steps is meant more often than one of what is in it.
    let least = ends.map(Self.depth).min()
    let nearest = ends.filter { Self.depth($0) == least }
    if nearest.count == 1 || nearest.contains("step.\(word)") {
      let name = nearest.contains("step.\(word)") ? "step.\(word)" : nearest[0]
      if case .topic(var topic) = ask(name) {
        let further = ends + (topic.group == .types ? near(word) : [])
        topic.related += further.unique.filter { $0 != name && !topic.related.contains($0) }.prefix(8)
        return .topic(topic)
      }
    }
    if !ends.isEmpty { return .several(Array((ends.prefix(12) + near(word)).unique)) }
    return .nothing(near: near(word))
  }

  /// The topic of this name, however its letters are written.
  private func topic(likely name: String) -> Topic? {
    topic(named: name) ?? topics.first { $0.name.lowercased() == name.lowercased() }
  }

  private static func depth(_ name: String) -> Int { name.count { $0 == "." || $0 == ":" } }

  /// `ctx:sleep(…)`, `baton help step`, `step "x" {…}` as names.
  private static func plain(_ question: String) -> String {
    var word = question.trimmed
    for prefix in ["baton help ", "help "] where word.hasPrefix(prefix) { word = String(word.dropFirst(prefix.count)) }
    if let end = word.firstIndex(where: { "({[\"' ".contains($0) }) { word = String(word[..<end]) }
    while let last = word.last, ".:?!".contains(last) { word.removeLast() }
    return word
  }

  /// A field by the way to it, from a word, a method or a type.
  private func field(at path: String) -> Topic? {
    let made = TypeTopics(types: types)
    let names = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard names.count > 1 else { return nil }
    // The longest beginning that is a topic, so that `baton.git.changed.base` finds its function.
    for length in stride(from: names.count - 1, through: 1, by: -1) {
      let head = names[..<length].joined(separator: ".")
      for name in [head, "baton.\(head)", head.replacing(".", with: ":")] {
        guard let start = topic(likely: name), let classes = startingClasses(start) else {
          continue
        }
        var possible = classes
        var found: (owner: String, field: MetaField)?
        for part in names[length...] {
          found =
            possible.lazy.compactMap { type in
              types.fields(of: type.name).first { $0.field.name.lowercased() == part.lowercased() }
            }.first
          guard let found else { break }
          possible = types.classes(in: found.field.type)
        }
        if let found {
          let way = ([start.name] + names[length...]).joined(separator: ".")
          return made.topic(way, field: found.field, owner: found.owner, start.group)
        }
      }
    }
    return nil
  }

  /// The classes whose fields a topic's are.
  private func startingClasses(_ topic: Topic) -> [MetaClass]? {
    // The word gotest and the module baton.gotest have one name.
    if topic.group == .types, let type = types.classes["baton.\(topic.name)"] { return [type] }
    let functions = types.files.flatMap { file in
      file.functions
        + file.classes.flatMap { type in
          type.methods.flatMap { method in
            [
              method.named("\(type.variable ?? ""):\(method.name)"),
              method.named("\(file.module ?? "").\(method.name)"),
            ]
          }
        }
    }
    if let function = functions.first(where: { $0.name == topic.name }) {
      let options = types.options(of: function).map { [$0] } ?? []
      return options + function.returns.flatMap { types.classes(in: $0.type.cut(at: ")").1 + $0.type) }
    }
    if let value = types.files.flatMap(\.values).first(where: { $0.name == topic.name }) {
      let classes = types.classes(in: value.type)
      return classes.compactMap(types.options(ofCalled:)) + classes
    }
    return types.aliases["baton.\(topic.name)"].map { types.classes(in: $0.name) }
  }

  /// All names that can be asked for, fields of the first rank included.
  public var everyName: [String] {
    topics.flatMap { topic in [topic.name] + topic.sections.flatMap(\.rows).compactMap(\.topic) }.unique
  }

  /// The names that are nearest to a word, by their letters and by what they contain.
  private func near(_ word: String) -> [String] {
    var found: [String] = []
    let names = everyName
    // What is written small is asked for more often than types are.
    for group in [names.filter { $0.first?.isLowercase == true }, names] {
      for candidate in [word, "baton.\(word)"] {
        if let nearest = Names.nearest(to: candidate, in: group) { found.append(nearest) }
      }
    }
    let last = word.split(whereSeparator: { $0 == "." || $0 == ":" }).last.map(String.init) ?? word
    let ends = Dictionary(
      names.map { (String($0.split(whereSeparator: { $0 == "." || $0 == ":" }).last ?? ""), $0) },
      uniquingKeysWith: { first, _ in first })
    if let nearest = Names.nearest(to: last, in: ends.keys), let name = ends[nearest] { found.append(name) }
    if word.count > 2 { found += names.filter { $0.lowercased().contains(word.lowercased()) } }
    let texts = topics.filter { $0.text.lowercased().contains(word.lowercased()) }.map(\.name)
    if word.count > 3 { found += texts }
    return Array(found.unique.prefix(8))
  }
}

extension Sequence where Element: Hashable {
  /// Each once, in their order.
  var unique: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
