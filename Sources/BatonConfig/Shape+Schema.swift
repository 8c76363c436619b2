import BatonModel

extension SettingsTable {
  /// The JSON Schema (draft 2020-12) of `baton.json`.
  public static var schema: Value {
    guard case .map(var fields) = shape.schema else { return .null }
    fields["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    fields["title"] = "baton.json"
    fields["description"] = "The settings of a project of Baton."
    return .map(fields)
  }
}

extension Shape {
  /// What a JSON Schema says of it.
  var schema: Value {
    switch self {
    case .anything: [:]
    case .leaf(let leaf) where leaf.isVariable && leaf.schema["type"] != "string":
      ["anyOf": [leaf.schema, ["type": "string", "pattern": #"\$\{"#]]]
    case .leaf(let leaf) where leaf.isVariable && leaf.schema["pattern"] != nil:
      ["anyOf": [leaf.schema, ["type": "string", "pattern": #"\$\{"#]]]
    case .leaf(let leaf): leaf.schema
    case .list(let item, _): ["type": "array", "items": item.schema]
    case .table(let inner, _): ["type": "object", "additionalProperties": inner.schema]
    case .object(let object): object.schema
    case .either(let shapes, _): ["anyOf": .list(shapes.map(\.schema))]
    case .ruled(let shape, let rule):
      .map((shape.schema.map ?? [:]).merging(rule.schema?.map ?? [:]) { shape, _ in shape })
    }
  }
}

extension Shape.Object {
  fileprivate var schema: Value {
    var properties: [String: Value] = [:]
    for field in fields {
      var described = field.shape.schema.map ?? [:]
      if described["description"] == nil { described["description"] = .string(field.meaning) }
      properties[field.name] = .map(described)
    }
    var result: [String: Value] = ["type": "object", "properties": .map(properties)]
    let needed = fields.filter { $0.need != nil }.map { Value.string($0.name) }
    if !needed.isEmpty { result["required"] = .list(needed) }
    if !isOpen { result["additionalProperties"] = false }
    return .map(result)
  }
}
