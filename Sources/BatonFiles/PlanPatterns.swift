import BatonModel

/// The patterns in a plan, looked at before anything runs.
public enum PlanPatterns {
  /// Every pattern of `inputs`, `outputs` and `artifacts` that is malformed, with its step's place; each mistake once,
  /// however many cells of a matrix repeat it. Patterns with refs in them are known only later.
  public static func mistakes(in plan: Plan) -> [Diagnostic] {
    var mistakes: [Diagnostic] = []
    var seen: Set<Diagnostic> = []
    var known: Set<ObjectIdentifier> = []
    for node in plan.nodes {
      guard node.options !== StepOptions.Shared.standard, known.insert(ObjectIdentifier(node.options)).inserted
      else { continue }
      let options = node.options.value
      for (field, templates) in [
        ("inputs", options.inputs), ("outputs", options.outputs), ("artifacts", options.artifacts),
      ] {
        guard let error = mistake(in: templates) else { continue }
        let head = error.pattern.isEmpty ? "" : " \"\(error.pattern)\""
        let diagnostic = Diagnostic(
          "the pattern\(head) in \(field) is malformed: \(error.reason)", at: node.place, cure: error.cure, code: "B016"
        )
        if seen.insert(diagnostic).inserted { mistakes.append(diagnostic) }
      }
    }
    return mistakes
  }

  private static func mistake(in templates: [Template]) -> GlobError? {
    var plain = templates.compactMap { template in
      if case .plain(let text) = template { text } else { nil }
    }
    // A pattern that is known later may be the one that says which files there are.
    if plain.count < templates.count { plain.append("*") }
    do throws(GlobError) {
      _ = try GlobSet(plain)
      return nil
    } catch {
      return error
    }
  }
}
