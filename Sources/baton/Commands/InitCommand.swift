import BatonCommandLine
import BatonConfig
import BatonCore
import BatonLua
import BatonModel
import Glibc

/// `baton init`.
enum InitCommand {
  static func run(_ context: Context) throws -> Int32 {
    let template = context.invocation.value(.template) ?? "default"
    let files: [(path: String, text: [UInt8])] = [
      ("workflow.lua", Array(try Templates.workflow(template).utf8)), ("baton.json", Array(Templates.settings.utf8)),
      (".luarc.json", Array(Templates.editorSettings.utf8)),
    ]
    let taken = files.map(\.path).filter(File.exists)
    guard taken.isEmpty else {
      throw BatonError(
        .usage,
        "\(taken.joined(separator: ", ")) \(taken.count == 1 ? "is" : "are") here already, and nothing is overwritten",
        cure: "move \(taken.count == 1 ? "it" : "them") away, or start in another folder: baton init -C DIR")
    }
    let project = Project(folder: ProjectFolder(root: File.currentFolder))
    try project.make()
    try EditorTypes.write(below: project.folder.baton)
    for file in files { try File.write(file.text, to: file.path) }
    try editors()
    try ignore(in: ".")
    context.console.note(
      "made workflow.lua, baton.json, settings for editors (.luarc.json, .luacheckrc, .vscode), and an entry in .gitignore\n"
        + "run it with: baton run workflow.lua")
    return 0
  }

  /// Settings of tools that the project may have already: then they are left as they are.
  private static func editors() throws(BatonError) {
    mkdir(".vscode", 0o755)
    let files: [(path: String, text: String)] = [
      (".luacheckrc", Templates.luacheck(globals: Script.globals)),
      (".vscode/extensions.json", Templates.codeExtensions),
      (".vscode/baton.code-snippets", Templates.codeSnippets),
    ]
    for file in files where !File.exists(file.path) { try File.write(Array(file.text.utf8), to: file.path) }
  }

  /// Adds `.baton/` to `.gitignore`, unless it is there.
  static func ignore(in folder: String) throws(BatonError) {
    let path = folder == "." ? ".gitignore" : "\(folder)/.gitignore"
    var text = File.exists(path) ? try File.read(path) : []
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    if lines.contains(where: { [".baton", ".baton/", "/.baton", "/.baton/"].contains($0) }) { return }
    if let last = text.last, last != 0x0A { text.append(0x0A) }
    try File.write(text + Array(".baton/\n".utf8), to: path, replacing: true)
  }
}
