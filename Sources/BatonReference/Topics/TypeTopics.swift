import BatonLua

/// Topics made of the types: words, methods, classes and modules.
struct TypeTopics {
  let types: Types

  // MARK: Functions

  /// `step "name" { … } → Handle`, `shards(n, tests, tags?) → Ref`.
  func usage(_ name: String, _ function: MetaFunction) -> String {
    let result = function.returns.first
    // A word that takes a name and gives back what takes the rest, as `step` does.
    let takesName = function.parameters.count == 1 && function.parameters[0].type.contains("string")
    if let result, takesName, result.type.hasPrefix("fun(") {
      let parts = result.type.cut(at: ")")
      let made = parts.1.hasPrefix(":") ? " → " + String(parts.1.dropFirst()).trimmed.shownType : ""
      let body = types.options(of: function) == nil ? "(…)" : " { … }"
      return "\(name) \"\(function.parameters.first?.name ?? "name")\"\(body)\(made)"
    }
    let words = function.parameters.map { $0.name + ($0.isOptional ? "?" : "") }
    let made = function.returns.map(\.type.shownType).joined(separator: ", ")
    return "\(name)(\(words.joined(separator: ", ")))" + (made.isEmpty ? "" : " → \(made)")
  }

  func topic(_ name: String, _ function: MetaFunction, _ group: Topic.Group, related: [String] = []) -> Topic {
    var topic = Topic(name: name, group: group, usage: usage(name, function), text: function.text, related: related)
    let declares = function.returns.first?.type.hasPrefix("fun(") ?? false
    let parameters = function.parameters.filter { !(declares && $0.name == "name" && $0.text.isEmpty) }
    if !parameters.isEmpty { topic.sections.append(.init("Parameters", rows: parameters.map { row($0, nil) })) }
    if let options = types.options(of: function) {
      topic.sections += sections(of: options, prefix: name, title: "Fields")
    }
    let results = function.returns.filter { !$0.type.hasPrefix("fun(") && !($0.text.isEmpty && $0.name.isEmpty) }
    if !results.isEmpty {
      topic.sections.append(.init("Returns", rows: results.map { row($0, nil) }))
    }
    for made in function.returns where !made.type.hasPrefix("fun(") {
      for type in types.classes(in: made.type) where type.name != "baton.Step" && types.isTable(type) {
        topic.sections += sections(of: type, prefix: nil, title: type.name.topicOfType)
      }
    }
    for overload in function.overloads {
      topic.sections.append(.init("Also", code: name + overload.dropFirst(3).shownType))
    }
    return topic
  }

  // MARK: Classes

  /// What a class has of its own, then what it has from others, the less special last.
  func sections(of type: MetaClass, prefix: String?, title: String) -> [Topic.Section] {
    var sections: [Topic.Section] = []
    for (owner, field) in types.fields(of: type.name) {
      let heading = owner == type.name ? title : "\(title) of every \(Self.kind(owner))"
      if sections.last?.title != heading { sections.append(.init(heading)) }
      sections[sections.count - 1].rows.append(row(field, prefix))
    }
    return sections
  }

  private static func kind(_ owner: String) -> String {
    switch owner {
    case "baton.Common": "step and group"
    case "baton.Inherited": "step; groups give them to their members"
    case "baton.MadeService", "baton.ServiceAlternative", "baton.ServiceSettings": "service"
    default: owner.topicOfType
    }
  }

  func row(_ field: MetaField, _ prefix: String?) -> Topic.Row {
    var topic = prefix.map { "\($0).\(field.name)" }
    if topic == nil { topic = types.classes(in: field.type).first?.name.topicOfType }
    return Topic.Row(
      field.name, type: field.type.shownType, isOptional: field.isOptional, text: field.text, topic: topic)
  }

  func topic(_ type: MetaClass) -> Topic {
    let name = type.name.topicOfType
    var topic = Topic(name: name, group: .types, usage: name, text: type.text)
    topic.sections = sections(of: type, prefix: name, title: "Fields")
    for overload in type.overloads {
      topic.sections.append(.init("Called", code: (type.variable ?? name) + overload.dropFirst(3).shownType))
    }
    if !type.methods.isEmpty {
      let variable = type.variable ?? name
      topic.sections.append(
        .init(
          "Methods",
          rows: type.methods.map {
            .init(usage("\(variable):\($0.name)", $0), text: $0.text, topic: "\(variable):\($0.name)")
          }))
    }
    topic.related = type.parents.filter { $0.hasPrefix("baton.") }.map(\.topicOfType)
    return topic
  }

  func topic(_ alias: MetaAlias) -> Topic {
    let name = alias.name.topicOfType
    var topic = Topic(
      name: name, group: .types, usage: alias.type.isEmpty ? name : "\(name) = \(alias.type.shownType)",
      text: alias.text)
    if !alias.choices.isEmpty {
      topic.sections = [
        .init("One of", rows: alias.choices.map { .init($0.name, text: $0.text) })
      ]
    }
    topic.related = Types.names(in: alias.type).map(\.topicOfType)
    return topic
  }

  // MARK: Fields

  /// A field, asked for by the way to it: `step.retry`.
  func topic(_ name: String, field: MetaField, owner: String, _ group: Topic.Group) -> Topic {
    var topic = Topic(
      name: name, group: group, usage: field.name + (field.isOptional ? "?" : "") + "  " + field.type.shownType,
      text: field.text)
    for alias in Types.names(in: field.type).compactMap({ types.aliases[$0] }) where !alias.text.isEmpty {
      topic.sections.append(.init(alias.name.topicOfType, text: alias.text))
    }
    for type in types.classes(in: field.type) {
      topic.sections += sections(of: type, prefix: types.isTable(type) ? name : nil, title: type.name.topicOfType)
      if let last = topic.sections.indices.last, topic.sections[last].text.isEmpty, !type.text.isEmpty,
        topic.sections[last].title == type.name.topicOfType
      {
        topic.sections[last].text = type.text
      }
    }
    topic.related = [owner.topicOfType] + Types.names(in: field.type).map(\.topicOfType)
    return topic
  }

  // MARK: Modules

  func topics(ofModule file: MetaFile) -> [Topic] {
    guard let module = file.module else { return [] }
    var topic = Topic(
      name: module, group: .modules, usage: "local \(module.split(separator: ".").last ?? "") = require \"\(module)\"",
      text: file.text)
    let head = ModuleHead(of: Stdlib.source(of: module).map { String(decoding: $0, as: UTF8.self) } ?? "")
    topic.sections += head.sections
    var members: [Topic] = []
    for function in file.functions {
      if function.name == module {
        let own = self.topic(String(module.split(separator: ".").last ?? ""), function, .modules)
        topic.text += "\n\n" + own.text
        topic.sections += [.init("Called", code: own.usage)] + own.sections
      } else {
        members.append(self.topic(function.name, function, .modules, related: [module]))
      }
    }
    // A table that can be called too.
    for type in file.classes where type.name == module {
      topic.text += type.text.isEmpty ? "" : "\n\n" + type.text
      for overload in type.overloads {
        topic.sections.append(.init("Called", code: (type.variable ?? "") + overload.dropFirst(3).shownType))
      }
      for method in type.methods {
        members.append(self.topic("\(module).\(method.name)", method, .modules, related: [module]))
      }
    }
    topic.text += head.paragraphs.map { "\n\n" + $0 }.joined()
    for value in file.values {
      members.append(
        Topic(
          name: value.name, group: .modules, usage: "\(value.name)  \(value.type.shownType)", text: value.text,
          related: [module]))
    }
    if !members.isEmpty {
      topic.sections.append(
        .init("Has", rows: members.map { .init($0.usage, text: $0.summary, topic: $0.name) }))
    }
    return [topic] + members
  }
}

extension StringProtocol {
  var shownType: String { String(self).shownType }
}
