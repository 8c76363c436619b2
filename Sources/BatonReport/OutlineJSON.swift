import BatonCore
import BatonModel

/// What a durable body would do, as part of `baton plan --json`.
///
/// `{"complete","steps":[…]}`; one of them is `{"do":"step","name","text","line","starts","inner":[…]}`,
/// `{"if":CONDITION,"line","then":[…],"otherwise":[…]}`, `{"repeat":TEXT,"line","steps":[…]}`,
/// `{"together":TEXT,"line","steps":[…]}`, `{"ends":"halts","reason","line"}`, `{"leaves":"loop"}` or `{"unexplored":true}`.
public enum OutlineJSON {
  public static func value(_ outline: BodyOutline) -> Value {
    ["complete": .bool(outline.isComplete), "steps": value(outline.items)]
  }

  private static func value(_ items: [BodyOutline.Item]) -> Value { .list(items.map(value)) }

  private static func value(_ item: BodyOutline.Item) -> Value {
    switch item {
    case .operation(let operation, let inner):
      var fields: [String: Value] = [
        "do": .string(operation.kind), "name": .string(operation.name), "text": .string(operation.text),
        "line": .integer(Int64(operation.line)),
      ]
      if operation.isStarted { fields["starts"] = true }
      if !inner.isEmpty { fields["inner"] = value(inner) }
      return .map(fields)
    case .alternatives(let condition, let line, let then, let otherwise):
      return [
        "if": .string(condition), "line": .integer(Int64(line)), "then": value(then), "otherwise": value(otherwise),
      ]
    case .loop(let text, let line, let inner):
      return ["repeat": .string(text), "line": .integer(Int64(line)), "steps": value(inner)]
    case .together(let text, let line, let inner):
      return ["together": .string(text), "line": .integer(Int64(line)), "steps": value(inner)]
    case .leavesLoop: return ["leaves": "loop"]
    case .ends(let how, let reason, let line):
      return ["ends": .string(how.rawValue), "reason": .string(reason), "line": .integer(Int64(line))]
    case .unexplored: return ["unexplored": true]
    }
  }
}
