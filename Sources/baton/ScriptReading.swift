import BatonCommandLine
import BatonConfig
import BatonImport
import BatonLua
import BatonModel

/// Reads scripts, in whatever form they are written: Lua, or the JSON of test orchestrators, which becomes Lua on the way.
struct ScriptReading {
  /// As it is read: the source is Lua.
  private(set) var request: Script.Request
  /// The document that the source was made of.
  private let document: AgentWorkflow?

  init(_ request: Script.Request, in project: Project) throws(Diagnostics) {
    self.request = request
    self.request.agents = project.agents
    self.request.settings = project.settings.run
    guard Self.isDocument(request.absolutePath) else {
      document = nil
      return
    }
    let document = try AgentWorkflow.read(request.source, file: request.file)
    self.request.source = document.script
    self.document = document
  }

  static func isDocument(_ path: String) -> Bool { path.hasSuffix(".json") }

  /// The Lua of a file.
  static func lua(_ text: [UInt8], file: String) throws(Diagnostics) -> [UInt8] {
    isDocument(file) ? try AgentWorkflow.read(text, file: File.shown(file)).script : text
  }

  /// Mistakes with the places that they have in the file as it is written.
  private func placed(_ mistakes: Diagnostics) -> Diagnostics { document?.placed(mistakes) ?? mistakes }

  func load() throws(Diagnostics) -> Script {
    do throws(Diagnostics) { return try Script.load(request) } catch { throw placed(error) }
  }

  func examine() -> (findings: [Diagnostic], plan: Plan?) {
    let found = Script.examine(request)
    return (placed(Diagnostics(found.findings)).items, found.plan)
  }
}
