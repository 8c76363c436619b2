import BatonModel

/// A `baton.json` that was read and whose shape is right; what it says in one environment or another, ``resolve(_:variable:)`` tells.
public struct Configuration: Sendable {
  public let document: LocatedJSON

  /// Reads the text of a `baton.json`.
  ///
  /// - Parameter file: the path as the user knows it.
  /// - Throws: all mistakes at once, each with its place and its path.
  public init(_ text: [UInt8], file: String) throws(Diagnostics) {
    document = try LocatedJSON(text, file: file)
    guard case .map = document.value else {
      throw Diagnostics([
        Diagnostic(
          "$ must be an object, not \(document.value.list == nil ? "a \(document.value.kind)" : "a list")",
          at: document.place(of: JSONPath()), cure: "for example: {\"jobs\": 4}")
      ])
    }
    let found =
      SettingsTable.shape.mistakes(in: document.value).map(diagnostic) + document.repeated + nameMistakes()
      + extensionMistakes()
    if !found.isEmpty { throw Diagnostics(found.inOrderOfPlaces) }
  }

  /// The names of its environments, sorted.
  public var environments: [String] { (document.value["environments"]?.map ?? [:]).keys.sorted() }

  func diagnostic(_ mistake: Shape.Mistake) -> Diagnostic {
    Diagnostic(
      "\(mistake.path.text) \(mistake.message)",
      at: mistake.isOfKey ? document.place(ofKey: mistake.path) : document.place(of: mistake.path), cure: mistake.cure)
  }

  static func path(of environment: String) -> JSONPath { JSONPath() + "environments" + environment }

  // MARK: Inheritance

  private func parent(of environment: String) -> String? {
    document.value["environments"]?[environment]?["extends"]?.string
  }

  /// Environments that could not be named on a command line or in a record.
  private func nameMistakes() -> [Diagnostic] {
    environments.filter { !Names.isValid($0) }.map { name in
      Diagnostic(
        "\(Self.path(of: name).text): \"\(name)\" is no name of an environment",
        at: document.place(ofKey: Self.path(of: name)), cure: "1 to 100 of A-Z a-z 0-9 _ . -")
    }
  }

  /// Environments that extend one that is not there, or each other in a circle.
  private func extensionMistakes() -> [Diagnostic] {
    let known = environments
    return known.compactMap { name -> Diagnostic? in
      guard let parent = parent(of: name) else { return nil }
      let place = document.place(of: Self.path(of: name) + "extends")
      guard known.contains(parent) else {
        return Diagnostic(
          "\((Self.path(of: name) + "extends").text): there is no environment \"\(parent)\"", at: place,
          cure: Names.proposal(for: parent, in: known) ?? "there are \(known.joined(separator: ", "))")
      }
      var way = [name]
      var next: String? = parent
      while let current = next, known.contains(current), way.count <= known.count {
        way.append(current)
        if current == name {
          return Diagnostic(
            "\((Self.path(of: name) + "extends").text): environments extend each other: \(way.joined(separator: " → "))",
            at: place)
        }
        next = self.parent(of: current)
      }
      return nil
    }
  }

  /// The document's own settings first, then the environments from the one that extends nothing to the one that is meant.
  func layers(of environment: String?) -> [(value: Value, path: JSONPath)] {
    var names: [String] = []
    var next = environment
    while let name = next {
      names.insert(name, at: 0)
      next = parent(of: name)
    }
    return [(document.value, JSONPath())]
      + names.map { (document.value["environments"]?[$0] ?? .null, Self.path(of: $0)) }
  }

  /// The environment that is meant where nobody names one; its name may have variables in it.
  public func standardEnvironment(_ variable: @escaping (String) -> String?) throws(Diagnostics) -> String? {
    guard let text = document.value["environment"]?.string else { return nil }
    do throws(Interpolation.Failure) {
      let name = try Interpolation.fill(text, variable).text
      return name.isEmpty ? nil : name
    } catch {
      throw Diagnostics([
        Diagnostic(
          "$.environment \(error.message)", at: document.place(of: JSONPath() + "environment"), cure: error.cure)
      ])
    }
  }

  /// What it says in an environment; of none: outside of all.
  ///
  /// - Parameter variable: environment variables, for `${VAR}`.
  /// - Throws: all that is wrong with it there.
  public func resolve(_ environment: String?, variable: @escaping (String) -> String?) throws(Diagnostics) -> Settings {
    let (settings, mistakes, _) = look(environment, variable)
    if !mistakes.isEmpty { throw Diagnostics(mistakes) }
    return settings
  }

  /// All that is wrong with it: in the environments that are named also what needs variables that are not set, in the others
  /// what is wrong whatever they are. Then what is doubtful.
  public func findings(in chosen: [String?], variable: @escaping (String) -> String?) -> [Diagnostic] {
    var found: [Diagnostic] = []
    for environment in environments.map(Optional.some) + [nil] {
      let (_, mistakes, unset) = look(environment, variable)
      found += chosen.contains(environment) ? mistakes : mistakes.filter { !unset.contains($0) }
    }
    for environment in chosen {
      if let environment, !environments.contains(environment) { found.append(unknown(environment)) }
    }
    var seen: Set<Diagnostic> = []
    let all = (found + doubts(variable)).filter { seen.insert($0).inserted }
    return all.inOrderOfPlaces
  }

  /// The settings, what is wrong with them, and what of that comes from variables that are not set.
  private func look(_ environment: String?, _ variable: @escaping (String) -> String?)
    -> (Settings, mistakes: [Diagnostic], unset: Set<Diagnostic>)
  {
    if let environment, document.value["environments"]?[environment] == nil {
      return (Settings(), [unknown(environment)], [])
    }
    var merge = Merge(document: document)
    for layer in layers(of: environment) { merge.add(layer.value, layer.path) }
    var filling = Filling(merge: merge, environment: environment, variable: variable)
    let resolved = filling.run()
    let unset = filling.unset
    var mistakes = merge.mistakes + filling.mistakes
    if mistakes.count == unset.count {
      for name in SettingsTable.merged {
        guard let value = resolved[name] else { continue }
        mistakes += SettingsTable.shape(of: name).mistakes(in: value, at: JSONPath() + name).map { mistake in
          var mistake = mistake
          mistake.path = merge.origins.nearest(to: mistake.path)
          return mistake
        }
      }
    }
    // What is made of a variable that is not set is wrong for that reason alone.
    let empty = Set(unset.map(\.path))
    mistakes = mistakes.filter { unset.contains($0) || !empty.contains($0.path) }
    let settings =
      mistakes.isEmpty
      ? Settings(document.value, resolved: resolved, environment: environment, origins: filling.origins) : Settings()
    return (settings, mistakes.map(diagnostic).inOrderOfPlaces, Set(unset.map(diagnostic)))
  }

  private func unknown(_ environment: String) -> Diagnostic {
    let known = environments
    return Diagnostic(
      "there is no environment \"\(environment)\"", at: document.place(ofKey: JSONPath() + "environments"),
      cure: Names.proposal(for: environment, in: known)
        ?? (known.isEmpty
          ? "it would stand here: {\"environments\": {\"\(environment)\": {}}}"
          : "there are \(known.joined(separator: ", "))"))
  }
}

extension [Diagnostic] {
  /// As they stand in the file.
  var inOrderOfPlaces: [Diagnostic] {
    enumerated().sorted { left, right in
      let (one, other) = (left.element.place, right.element.place)
      let (first, second) = ((one?.line ?? 0, one?.column ?? 0), (other?.line ?? 0, other?.column ?? 0))
      return first == second ? left.offset < right.offset : first < second
    }.map(\.element)
  }
}

extension [JSONPath: JSONPath] {
  /// Where the value came from, or what is nearest above it.
  func nearest(to path: JSONPath) -> JSONPath {
    var above = path
    while !above.steps.isEmpty {
      if let found = self[above] { return JSONPath(found.steps + path.steps.dropFirst(above.steps.count)) }
      above = above.parent
    }
    return path
  }
}
