import BatonCommandLine
import BatonImport
import BatonModel

/// `baton import`.
enum ImportCommand {
  static func run(_ context: Context) throws -> Int32 {
    let invocation = context.invocation
    let file = invocation.arguments[0]
    let isInput = file == "-"
    let text: [UInt8]
    if isInput {
      text = try File.read("/dev/stdin")
    } else {
      if File.isFolder(file) { throw BatonError(.usage, "\(file) is a folder, not a workflow") }
      guard File.exists(file) else {
        let folder = File.folder(of: file)
        let near = File.names(in: folder).filter {
          $0.hasSuffix(".yml") || $0.hasSuffix(".yaml") || $0.hasSuffix(".json")
        }
        .map { folder == "." ? $0 : "\(folder)/\($0)" }
        throw BatonError(.usage, "there is no file \(file)", cure: Names.proposal(for: file, in: near))
      }
      text = try File.read(file)
    }
    let target = invocation.value(.outputFile).flatMap { $0 == "-" ? nil : $0 }
    if let target, File.exists(target), !invocation.has(.force) {
      throw BatonError(.usage, "\(target) is here already, and is not overwritten", cure: "with --force it is")
    }
    let imported = try Import.read(text, file: isInput ? "standard input" : file)
    if let target { try File.write(Array(imported.lua.utf8), to: target, replacing: true) }
    if invocation.has(.json) {
      guard case .map(var fields) = imported.value else { return 0 }
      fields["file"] = target.map { .string($0) } ?? .null
      if target == nil { fields["lua"] = .string(imported.lua) }
      context.console.out(JSON.encodePretty(.map(fields)) + "\n")
      return 0
    }
    if target == nil { context.console.out(imported.lua) }
    tell(imported, isInput ? "standard input" : file, target, context.console)
    return 0
  }

  /// What did not convert, and what is to be done next.
  private static func tell(_ imported: Imported, _ file: String, _ target: String?, _ console: Console) {
    for note in imported.notes {
      let diagnostic = Diagnostic(
        "\(note.path): \(note.message)",
        at: SourcePlace(file: file, line: Int32(clamping: note.mark.line), column: Int32(clamping: note.mark.column)),
        severity: .warning)
      if note.isLost {
        console.diagnostics([diagnostic])
      } else {
        console.note("\(diagnostic.place?.text ?? file): \(diagnostic.message)")
      }
    }
    let lost = imported.notes.count(where: \.isLost)
    if let target {
      let left = lost == 0 ? "" : "; \(lost) \(lost == 1 ? "part has" : "parts have") no counterpart"
      console.note("wrote \(target)\(left)\nlook at it with: baton plan \(target)")
    }
  }
}
