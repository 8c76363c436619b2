import BatonModel

extension Configuration {
  /// What is no mistake, and hardly meant so: settings that scripts find in some environments only, and secrets in plain text.
  func doubts(_ variable: @escaping (String) -> String?) -> [Diagnostic] {
    plainSecrets() + partialSettings()
  }

  private func warning(_ path: JSONPath, _ message: String, cure: String) -> Diagnostic {
    Diagnostic(
      "\(path.text) \(message)", at: document.place(ofKey: path), cure: cure, severity: .warning)
  }

  private func plainSecrets() -> [Diagnostic] {
    var found: [Diagnostic] = []
    func look(_ value: Value, _ path: JSONPath) {
      switch value {
      case .map(let fields) where !Merge.isReference(value):
        for (key, inner) in fields.sorted(by: { $0.key < $1.key }) { look(inner, path + key) }
      case .list(let items):
        for (index, inner) in items.enumerated() { look(inner, path + index) }
      case .string(let text):
        guard case .key(let name)? = path.steps.last, Names.soundsSecret(name), !text.isEmpty,
          !Interpolation.isNeeded(text)
        else { return }
        found.append(
          warning(
            path, "sounds like a secret, and stands here in plain text",
            cure: "baton secret set \(name.uppercased()), and here {\"secret\": \"\(name.uppercased())\"}"))
      default: break
      }
    }
    for (value, path) in allLayers {
      for name in ["config", "env"] { if let part = value[name] { look(part, path + name) } }
    }
    return found
  }

  private var allLayers: [(value: Value, path: JSONPath)] {
    [(document.value, JSONPath())]
      + environments.map { (document.value["environments"]?[$0] ?? .null, Self.path(of: $0)) }
  }

  /// What some environments have and others have not: in those, a script that reads it ends with an error.
  private func partialSettings() -> [Diagnostic] {
    let all = environments
    guard all.count > 1 else { return [] }
    var having: [JSONPath: (environments: [String], first: JSONPath)] = [:]
    for environment in all {
      var names: [JSONPath: JSONPath] = [:]
      for (value, source) in layers(of: environment) {
        for name in ["config", "flags"] {
          collect(value[name] ?? .null, JSONPath() + name, source + name, into: &names)
        }
      }
      for (path, source) in names {
        if having[path] == nil { having[path] = ([], source) }
        having[path]?.environments.append(environment)
      }
    }
    return having.filter { $0.value.environments.count < all.count }.filter { path, _ in
      // Of a table that is not everywhere, its name says it.
      having[path.parent].map { $0.environments.count == all.count } ?? true
    }.sorted { $0.key.text < $1.key.text }.map { path, known in
      let missing = all.filter { !known.environments.contains($0) }
      return warning(
        known.first, "is not said in \(missing.joined(separator: ", ")): a script that reads \(path.short) fails there",
        cure: "say it for all, outside of \"environments\"; null where there is none")
    }
  }

  private func collect(_ value: Value, _ path: JSONPath, _ source: JSONPath, into names: inout [JSONPath: JSONPath]) {
    guard case .map(let fields) = value, !Merge.isReference(value) else { return }
    for (key, inner) in fields {
      names[path + key] = names[path + key] ?? source + key
      collect(inner, path + key, source + key, into: &names)
    }
  }
}
