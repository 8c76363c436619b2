import BatonModel

/// What a job gives to the workflow that it calls: `with`.
struct CallParameters {
  /// The Lua of each, in the order of the file.
  private(set) var fields: [String] = []
  /// What only a step's shell fills in: the steps over there do.
  private(set) var late: [Node.Entry] = []
  /// What has no counterpart, and why.
  private(set) var lost: [(entry: Node.Entry, why: String)] = []

  init(_ entries: [Node.Entry], _ scope: GitHubScope) {
    for entry in entries {
      guard entry.value.text?.contains("${{") == true else {
        if entry.value.items != nil || entry.value.entries != nil {
          lost.append((entry, "it must be a word, not \(entry.value.phrase)"))
        } else {
          add(entry, LuaText.node(entry.value))
        }
        continue
      }
      do throws(Untranslatable) {
        add(entry, try Self.code(entry.value.text ?? "", scope))
        continue
      } catch {}
      let filled = GitHubWriter.values([entry], scope)
      if let (_, code) = filled.entries.first {
        add(entry, code)
        late.append(entry)
      }
      lost += filled.lostAndLate
    }
  }

  private mutating func add(_ entry: Node.Entry, _ code: String) {
    fields.append("\(LuaText.key(entry.key)) = \(code)")
  }

  /// One expression keeps its kind: a boolean stays one, and a number. Everything else is a text.
  private static func code(_ text: String, _ scope: GitHubScope) throws(Untranslatable) -> String {
    guard let expression = (try? TextPart.parts(of: text))?.onlyExpression else {
      return try scope.text(text, .definition).code
    }
    var translator = ExpressionTranslator(scope, .definition)
    let term = try translator.value(expression)
    switch term.kind {
    case .boolean, .string, .number, .ref: return term.code
    // A parameter is always there.
    case .any where expression.path?.first == "inputs" && expression.path?.count == 2: return term.code
    case .any: return "actions.given(\(term.code))"
    }
  }
}
