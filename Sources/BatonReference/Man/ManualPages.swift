import BatonCommandLine

/// The reference as manual pages: one of the program, one a command (section 1), one of the language, one of the
/// standard library and one of what `baton check` finds (section 7).
public struct ManualPages {
  let reference: Reference
  let version: String
  let date: String

  /// - Parameter date: of the version, so that its pages are the same whenever they are written.
  public init(_ reference: Reference, version: String, date: String) {
    self.reference = reference
    self.version = version
    self.date = date
  }

  /// `man1/baton-run.1` → content.
  public var files: [(name: String, bytes: [UInt8])] {
    var pages = [("man1/baton.1", program)]
    for page in CommandPage.all { pages.append(("man1/baton-\(page.name).1", command(page))) }
    pages.append(("man7/baton-language.7", language))
    pages.append(("man7/baton-modules.7", modules))
    pages.append(("man7/baton-checks.7", checks))
    return pages.map { ($0.0, Array($0.1.utf8)) }
  }

  private func page(_ title: String, _ section: String, _ summary: String) -> Roff {
    var roff = Roff()
    roff.title(title.uppercased(), section, date, "Baton \(version)", "Baton")
    roff.macro("SH", "NAME")
    roff.line("\(title) \u{2D} \(Self.lowered(summary))")
    return roff
  }

  private static func lowered(_ text: String) -> String {
    text.prefix(1).lowercased() + text.dropFirst()
  }

  private var program: String {
    var roff = page("baton", "1", "runs workflows that are written as Lua scripts, and carries them on")
    roff.macro("SH", "SYNOPSIS")
    roff.line("`baton` COMMAND [ARGUMENTS] [OPTIONS]")
    roff.macro("SH", "DESCRIPTION")
    roff.paragraph(
      "A workflow is a Lua script that declares steps and what they depend on. Baton runs them side by side, retries, "
        + "caches, judges and reports, and writes down everything before it counts: a run that was killed is carried on "
        + "exactly where it was.")
    roff.macro("SH", "COMMANDS")
    for page in CommandPage.all { roff.item("baton \(page.name)", page.summary + ".") }
    roff.macro("SH", "OPTIONS OF EVERY COMMAND")
    for option in CommandPage.all.first?.commonOptions ?? [] { roff.item(option.left.trimmed, option.right) }
    roff.macro("SH", "EXIT CODES")
    for code in Self.exitCodes { roff.item(code.left, code.right) }
    seeAlso(
      &roff,
      CommandPage.all.map { "baton-\($0.name)(1)" } + ["baton-language(7)", "baton-modules(7)", "baton-checks(7)"])
    return roff.text
  }

  /// Of all commands.
  private static var exitCodes: [CommandPage.Row] {
    var seen: Set<String> = []
    let all = CommandPage.all.flatMap(\.exitCodes).filter { seen.insert($0.left).inserted }
    return all.sorted { (Int($0.left) ?? 0) < (Int($1.left) ?? 0) }
  }

  private func command(_ command: CommandPage) -> String {
    var roff = page("baton-\(command.name)", "1", command.summary)
    roff.macro("SH", "SYNOPSIS")
    roff.line("`\(command.usage)`")
    roff.macro("SH", "DESCRIPTION")
    roff.paragraph(command.summary + ".")
    if !command.details.isEmpty { roff.code(command.details) }
    if !command.options.isEmpty {
      roff.macro("SH", "OPTIONS")
      for option in command.options { roff.item(option.left.trimmed, option.right) }
    }
    if let json = command.json {
      roff.macro("SH", "WITH --JSON")
      roff.code(json)
    }
    roff.macro("SH", "OPTIONS OF EVERY COMMAND")
    for option in command.commonOptions { roff.item(option.left.trimmed, option.right) }
    if !command.examples.isEmpty {
      roff.macro("SH", "EXAMPLES")
      for example in command.examples { roff.item(example.left, example.right) }
    }
    roff.macro("SH", "EXIT CODES")
    for code in command.exitCodes { roff.item(code.left, code.right) }
    seeAlso(&roff, ["baton(1)", "baton-language(7)"])
    return roff.text
  }

  private var language: String {
    var roff = page("baton-language", "7", "the words of Baton's workflows")
    roff.macro("SH", "DESCRIPTION")
    roff.paragraph("What a workflow is written with. `baton help TOPIC` tells the same of one word or field.")
    for group in [Topic.Group.words, .bodies, .specs, .types] { add(group, to: &roff) }
    seeAlso(&roff, ["baton(1)", "baton-modules(7)"])
    return roff.text
  }

  private var modules: String {
    var roff = page("baton-modules", "7", "the standard library of Baton's workflows")
    roff.macro("SH", "DESCRIPTION")
    roff.paragraph("Modules that are part of the program.")
    add(.modules, to: &roff)
    seeAlso(&roff, ["baton(1)", "baton-language(7)"])
    return roff.text
  }

  private var checks: String {
    var roff = page("baton-checks", "7", "what baton check finds")
    roff.macro("SH", "DESCRIPTION")
    roff.paragraph(
      "What `baton check` looks for beyond what every command refuses, by its codes. "
        + "`baton check \u{2D}\u{2D}explain CODE` tells the same of one of them.")
    add(.checks, to: &roff)
    seeAlso(&roff, ["baton-check(1)", "baton-language(7)"])
    return roff.text
  }

  private func add(_ group: Topic.Group, to roff: inout Roff) {
    roff.macro("SH", group.rawValue.uppercased())
    for topic in reference.topics(in: group) {
      roff.macro("SS", topic.usage.isEmpty ? topic.name : topic.usage)
      for part in topic.text.paragraphs { roff.paragraph(part) }
      for section in topic.sections {
        if !section.title.isEmpty { roff.paragraph("\(section.title):") }
        if let code = section.code { roff.code(code) }
        for row in section.rows {
          roff.item(row.name + (row.isOptional ? "?" : "") + (row.type.isEmpty ? "" : "  \(row.type)"), row.text)
        }
      }
    }
  }

  private func seeAlso(_ roff: inout Roff, _ pages: [String]) {
    roff.macro("SH", "SEE ALSO")
    roff.line(pages.map { "`\($0.cut(at: "(").0)`(\($0.suffix(2))" }.joined(separator: ", "))
  }
}
