import BatonModel

extension Definition {
  /// `step "name" {…}`, `step "name" "command"`.
  func step(_ name: LuaItem, _ spec: LuaItem, at place: SourcePlace) -> Int {
    let subject = subject("step", name, place)
    let content = readStep(fields(name, spec), FieldReader(definition: self, subject: subject))
    return declare(.step(content.command), subject: subject, depends: content.depends, own: content.own)
  }

  struct StepContent {
    var command = Command.shell(.plain(""))
    var depends: [Link] = []
    var own: OwnOptions?
  }

  /// `call "name" { workflow = "file.lua", params = {…} }`.
  func call(_ name: LuaItem, _ spec: LuaItem, at place: SourcePlace) -> Int {
    let subject = subject("call", name, place)
    let content = readCall(fields(name, spec), FieldReader(definition: self, subject: subject))
    return declare(.step(content.command), subject: subject, depends: content.depends, own: content.own)
  }

  /// Everything between the braces of a call.
  func readCall(_ spec: LuaItem, _ reader: FieldReader) -> StepContent {
    var content = StepContent()
    guard case .table(let table) = spec else {
      reader.error("its fields must be a table, not \(spec.phrase)", cure: "call \"name\" { workflow = \"file.lua\" }")
      return content
    }
    var call = CallSpec(file: .plain(""))
    var hasFile = false
    for index in table.items.indices {
      reader.error(
        "a call has no members: the workflow's file stands in its field workflow", [.index(Int64(index + 1))])
    }
    for field in table.fields {
      let path = [PathKey.name(field.key)]
      switch field.key {
      case "workflow":
        hasFile = true
        if let file = reader.template(field.value, path) { call.file = file }
      case "params":
        for param in reader.fields(field.value, path, expected: "a table such as { region = \"eu\" }") ?? [] {
          let place = path + [.name(param.key)]
          guard let value = reader.expr(param.value, place) else { continue }
          var secrets: [String] = []
          value.forEachSecret { secrets.append($0) }
          if let secret = secrets.first {
            reader.error(
              "the parameter \"\(param.key)\" would write the secret \"\(secret)\" into a record", place,
              cure: "name the secret in the called workflow: secret \"\(secret)\"")
          }
          call.params[param.key] = value
        }
      case "depends": links(field.value, reader, path, into: &content.depends)
      case "run", "stdin", "shell", "tests", "inputs", "outputs", "cache", "failover":
        reader.error("a call has no \"\(field.key)\"", path)
      default:
        if StepField.all[field.key] == nil {
          reader.unknown([], field.key, among: StepField.all.keys + ["workflow", "params", "depends"])
        } else {
          read(field, reader, into: &content.own)
        }
      }
    }
    if !hasFile { reader.error("\"workflow\" is missing", cure: "such as workflow = \"deploy.lua\"", code: "B006") }
    content.command = .call(call)
    return content
  }

  /// Everything between a step's braces.
  func readStep(_ spec: LuaItem, _ reader: FieldReader) -> StepContent {
    var content = StepContent()
    switch spec {
    case .string, .object("expr", _):
      if let command = reader.command(spec, [.name("run")]) { content.command = command }
      return content
    case .table(let table):
      var hasCommand = false
      if let body = readItems(of: table, reader) {
        hasCommand = true
        content.command = .body(body)
        if table["run"] != nil {
          reader.error("a step has either \"run\" or a body, not both", [.name("run")])
          return content
        }
      }
      let misnamed = table["run"] == nil ? Self.misnamedCommand(in: table) : nil
      for field in table.fields {
        switch field.key {
        case "run":
          hasCommand = true
          if let command = reader.command(field.value, [.name("run")]) { content.command = command }
        case "depends": links(field.value, reader, [.name("depends")], into: &content.depends)
        case misnamed:
          hasCommand = true
          reader.error(
            "there is no field \"\(field.key)\"", [.name(field.key)], cure: "did you mean \"run\"?", code: "B004")
        default: read(field, reader, into: &content.own)
        }
      }
      if case .body = content.command, content.own?.values.tests != nil {
        reader.error("a durable body has no \"tests\": its child steps may", [.name("tests")])
      }
      if !hasCommand, table.items.isEmpty {
        reader.error("\"run\" is missing", cure: "such as run = \"make\"", code: "B006")
      }
      return content
    case .null, .bool, .integer, .number, .function, .object:
      reader.error("its fields must be a table or a command, not \(spec.phrase)", cure: "step \"name\" { run = \"…\" }")
      return content
    }
  }

  /// The field that was meant to be `run`.
  private static func misnamedCommand(in table: LuaTable) -> String? {
    let unknown = table.fields.map(\.key).filter { !StepField.stepNames.contains($0) }
    return unknown.first { StepField.aliases[$0] == "run" || Names.nearest(to: $0, in: StepField.stepNames) == "run" }
  }

  /// The function of a durable body; everything else that has no name is a mistake.
  private func readItems(of table: LuaTable, _ reader: FieldReader) -> Callback? {
    var body: Callback?
    for (index, item) in table.items.enumerated() {
      let path = [PathKey.index(Int64(index + 1))]
      if case .function(let number) = item, index == 0 {
        body = callback(number)
      } else if case .function = item {
        reader.error("a step has one body, this is another function", path)
      } else {
        reader.error(
          "\(item.phrase) without a field's name", path, cure: "what a step does stands in its field run: run = \"…\"")
      }
    }
    if let stray = table.strays.first { reader.error("a field's name must be a string, not \(stray)") }
    return body
  }

  /// One field that is neither `run` nor `depends`.
  func read(_ field: LuaTable.Field, _ reader: FieldReader, into own: inout OwnOptions?) {
    guard let rule = StepField.all[field.key] else {
      reader.unknown([], field.key, among: StepField.stepNames)
      return
    }
    let options = own ?? OwnOptions()
    own = options
    options.values.given.insert(field.key)
    rule.read(reader, field.value, [.name(field.key)], &options.values)
  }

  /// `depends "name" {…}`: returns the payload of the handle.
  func depends(_ target: LuaItem, _ spec: LuaItem, at place: SourcePlace) -> LuaItem {
    var link: Link?
    var payload = LuaItem.string("?")
    var name = "?"
    switch target {
    case .string(let text):
      name = text
      link = .name(text)
      payload = find(text, from: scope).map { .integer(Int64($0)) } ?? .string(text)
    case .object("handle", let inner):
      link = self.link(ofHandle: inner)
      payload = inner
      name = self.name(ofHandle: inner)
    case .null, .bool, .integer, .number, .table, .function, .object:
      mistakes.error(
        "depends needs a step or a name first, not \(target.phrase)", at: place, cure: "depends \"name\" { other, … }")
    }
    let subject = Subject(kind: "depends", name: name, place: place)
    var found: [Link] = []
    links(spec, FieldReader(definition: self, subject: subject), [], into: &found)
    if phase == .expanding, case .node(let number)? = link, number < firstNew {
      mistakes.error("\(subject.label): the step has been planned already", at: place)
    } else if let link {
      furtherDependencies.append(FurtherDependency(target: link, links: found, scope: scope, subject: subject))
    }
    return payload
  }
}
