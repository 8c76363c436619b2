import BatonChecks
import BatonCommandLine
import BatonModel

/// All that can be asked of `baton help`.
///
/// Nothing in it is written twice: words, fields and modules come from the types that editors read, commands from the table
/// by which the command line is read.
public struct Reference: Sendable {
  /// In the order in which they are listed; fields are made when they are asked for.
  public let topics: [Topic]
  public let types: Types
  let places: [String: Int]

  /// The reference of this program.
  public static let embedded = Reference(.embedded)

  /// What a question came to.
  public enum Answer: Sendable {
    case topic(Topic)
    /// A name that several topics end with.
    case several([String])
    /// There is none; what may have been meant, the likeliest first.
    case nothing(near: [String])
  }

  /// Names for the same, so that they are described once.
  private static let doubles: Set<String> = ["context", "test"]

  init(_ types: Types) {
    self.types = types
    let made = TypeTopics(types: types)
    var topics: [Topic] = []
    for file in types.files where file.module == nil {
      let isSpec = file.functions.contains { $0.name == "describe" }
      let group: Topic.Group = isSpec ? .specs : .words
      for function in file.functions where !Self.doubles.contains(function.name) {
        topics.append(made.topic(function.name, function, group))
      }
      for value in file.values {
        var topic = Topic(
          name: value.name, group: group, usage: "\(value.name)  \(value.type.shownType)", text: value.text)
        for type in types.classes(in: value.type) {
          if topic.text.isEmpty { topic.text = type.text }
          if let options = types.options(ofCalled: type) {
            topic.usage = "\(value.name) \"name\" { … } → Handle"
            topic.sections += made.sections(of: options, prefix: value.name, title: "Fields")
            topic.sections += made.sections(of: type, prefix: nil, title: "Within its braces")
          } else {
            topic.sections += made.sections(of: type, prefix: nil, title: "Fields")
          }
        }
        let members = file.functions.filter { $0.name.hasPrefix(value.name + ".") }
        if !members.isEmpty {
          topic.sections.append(
            .init(
              "Has", rows: members.map { .init(made.usage($0.name, $0), text: $0.text, topic: $0.name) }))
        }
        topics.append(topic)
      }
    }
    let methods = Self.methods(types, made)
    topics += methods.filter { $0.group != .modules }
    topics += types.files.flatMap(made.topics(ofModule:)) + methods.filter { $0.group == .modules }
    topics += types.files.flatMap(\.classes).filter { type in !Self.isModuleTable(type, types) }.map(made.topic)
    topics += types.files.flatMap(\.aliases).map(made.topic)
    topics += CommandPage.all.map(Self.topic)
    topics += Rule.all.map(\.topic)
    topics += Recipe.all.map(\.topic)
    self.topics = topics.filter { !$0.name.isEmpty }.map(\.withExamples)
    places = Dictionary(
      self.topics.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
  }

  /// Topics of the methods of objects: `ctx:sleep`, `venv:run`.
  private static func methods(_ types: Types, _ made: TypeTopics) -> [Topic] {
    types.files.flatMap(\.classes).filter { !isModuleTable($0, types) }.flatMap { type in
      let isOfModule = type.name.split(separator: ".").count > 2
      let group: Topic.Group = isOfModule ? .modules : type.variable == "ref" ? .words : .bodies
      return type.methods.map { method in
        made.topic("\(type.variable ?? type.name):\(method.name)", method, group, related: [type.name.topicOfType])
      }
    }
  }

  /// The table that a module returns, described as a class: its topic is the module.
  private static func isModuleTable(_ type: MetaClass, _ types: Types) -> Bool {
    types.files.contains { $0.module == type.name }
  }

  public func topics(in group: Topic.Group) -> [Topic] { topics.filter { $0.group == group } }

  private static func topic(_ page: CommandPage) -> Topic {
    var topic = Topic(name: page.name, group: .commands, usage: page.usage, text: page.summary + ".")
    if !page.details.isEmpty { topic.sections.append(.init("", code: page.details)) }
    func rows(_ columns: [(left: String, right: String)]) -> [Topic.Row] {
      columns.map { .init($0.left.trimmed, text: $0.right) }
    }
    if !page.options.isEmpty { topic.sections.append(.init("Options", rows: rows(page.options))) }
    if let json = page.json { topic.sections.append(.init("With --json", code: json)) }
    topic.sections.append(.init("Options of every command", rows: rows(page.commonOptions)))
    if !page.examples.isEmpty { topic.sections.append(.init("Examples", rows: rows(page.examples))) }
    topic.sections.append(.init("Exit codes", rows: rows(page.exitCodes)))
    return topic
  }
}
