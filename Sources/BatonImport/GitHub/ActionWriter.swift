import BatonModel

/// Steps with `uses`: actions whose work has a counterpart here, and all others, which become steps that fail.
struct ActionWriter {
  /// What comes of one.
  struct Result {
    /// Lua that makes the fields of a step; nil: there is no step.
    var call: String?
    var comment: String?
    /// Whether the step's own `env` is added.
    var takesEnvironment = false
  }

  let writer: GitHubWriter
  let job: GitHubJob
  let step: GitHubStep
  let scope: GitHubScope

  init(_ writer: GitHubWriter, _ job: GitHubJob, _ step: GitHubStep, _ scope: GitHubScope) {
    self.writer = writer
    self.job = job
    self.step = step
    self.scope = scope
  }

  private var mark: Mark { step.uses?.mark ?? step.mark }

  func write(_ uses: String) -> Result {
    let parts = uses.split(separator: "@", maxSplits: 1).map(String.init)
    let version = parts.count > 1 ? parts[1] : ""
    switch (parts.first ?? "").lowercased() {
    case "actions/checkout": return checkout(uses)
    case "actions/setup-python": return setup("python", "python-version")
    case "actions/setup-node": return setup("node", "node-version")
    case "actions/setup-go": return setup("go", "go-version")
    case "actions/setup-java": return setup("java", "java-version")
    case "ruby/setup-ruby": return setup("ruby", "ruby-version")
    case "dtolnay/rust-toolchain":
      // Pinned to a commit, what stands there is no version.
      let isVersion = version == "stable" || version.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
      return setup("rust", "toolchain", standard: isVersion && version.utf8.count < 20 ? version : "")
    case "actions/cache", "actions/cache/restore", "actions/cache/save": return cache(uses)
    case "actions/upload-artifact": return upload()
    case "actions/download-artifact": return download()
    default:
      let why =
        uses.hasPrefix("./")
        ? "an action of this project" : uses.hasPrefix("docker://") ? "a container" : "a foreign action"
      return unsupported(uses, "\(why), which has no counterpart here")
    }
  }

  private func unsupported(_ what: String, _ why: String) -> Result {
    writer.notes.lost(mark, "\(step.path).uses", "\(what): \(why)")
    return Result(call: StepWriter.unsupported(what, why))
  }

  private func told(_ message: String) { writer.notes.told(mark, "\(step.path).uses", message) }

  private func given(_ name: String) -> Node? { step.with.first { $0.key == name }?.value }

  /// The Lua of an option; nil where it is not given, or has no counterpart.
  private func option(_ name: String, _ site: GitHubSite = .text(script: false)) throws(Untranslatable) -> String? {
    guard let text = given(name)?.text, !text.isEmpty else { return nil }
    return try scope.text(text, site).code
  }

  /// The Lua of an option that is a boolean; nil where it is false.
  private func flag(_ name: String) throws(Untranslatable) -> String? {
    guard let node = given(name), let text = node.text, !text.isEmpty else { return nil }
    let code = try StepWriter.flag(node, scope)
    return code == "false" ? nil : code
  }

  /// A call of the library, without what is not given at the end.
  private static func call(_ name: String, _ arguments: [String?]) -> String {
    let given = arguments.reversed().drop { $0 == nil }.reversed().map { $0 ?? "nil" }
    return "actions.\(name)(\(given.joined(separator: ", ")))"
  }

  private func checkout(_ uses: String) -> Result {
    if let other = given("repository")?.text, !Self.isThisRepository(other) {
      return unsupported(uses, "another repository, \(other), is not fetched")
    }
    if let wanted = given("submodules"), wanted.bool != false {
      told("submodules are copied as they lie here: git submodule update --init gets them")
    }
    if given("ref") != nil { told("the files are taken as they are here; \"ref\" is not looked at") }
    if !writer.ownFolders {
      if given("path") != nil {
        return unsupported(uses, "the project's files stand in its own folder, at no other \"path\"")
      }
      // Where it has an id, others may ask for its values.
      return Result(
        call: step.id == nil ? nil : "actions.revision()", comment: "\(uses): the project's folder itself")
    }
    do throws(Untranslatable) {
      return Result(call: "actions.checkout(\(try option("path") ?? ""))")
    } catch {
      return unsupported(uses, error.message)
    }
  }

  private static func isThisRepository(_ text: String) -> Bool {
    (try? TextPart.parts(of: text.trimmed))?.onlyExpression?.path == ["github", "repository"]
  }

  private func setup(_ tool: String, _ key: String, standard: String = "") -> Result {
    if let file = given("\(key)-file") {
      writer.notes.told(file.mark, "\(step.path).with", "\(key)-file is not read: any version is taken")
    }
    do throws(Untranslatable) {
      if let text = given(key)?.text, text.contains("\n") {
        told("several versions of \(tool): the first is taken")
        let first = text.split(separator: "\n").first.map { String($0).trimmed } ?? ""
        return Result(call: "actions.setup(\(LuaText.quoted(tool)), \(LuaText.quoted(first)))")
      }
      let version = try option(key) ?? (standard.isEmpty ? nil : LuaText.quoted(standard))
      return Result(call: "actions.setup(\(LuaText.quoted(tool))\(version.map { ", \($0)" } ?? ""))")
    } catch {
      return unsupported(step.uses?.string ?? tool, error.message)
    }
  }

  private func cache(_ uses: String) -> Result {
    told("nothing is fetched: what is built stays where it is, or is built again")
    guard step.id != nil else { return Result(comment: "\(uses): nothing is fetched") }
    return Result(call: "actions.values { [\"cache-hit\"] = \"false\" }")
  }

  private func upload() -> Result {
    do throws(Untranslatable) {
      let name = try option("name") ?? "\"artifact\""
      guard let paths = try option("path") else { return unsupported(step.uses?.string ?? "", "it names no path") }
      let missing = given("if-no-files-found")?.text.map(LuaText.quoted)
      let hidden = try flag("include-hidden-files")
      return Result(call: Self.call("upload", [name, paths, missing, hidden]), takesEnvironment: true)
    } catch {
      return unsupported(step.uses?.string ?? "", error.message)
    }
  }

  private func download() -> Result {
    for key in ["artifact-ids", "pattern", "run-id", "repository"] where given(key) != nil {
      return unsupported(step.uses?.string ?? "", "\"\(key)\" has no counterpart here")
    }
    do throws(Untranslatable) {
      let arguments = [try option("name"), try option("path"), try flag("merge-multiple")]
      return Result(call: Self.call("download", arguments), takesEnvironment: true)
    } catch {
      return unsupported(step.uses?.string ?? "", error.message)
    }
  }
}
