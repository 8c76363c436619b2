/// The comment at the head of a module's source: what it is for, how it is used, and what needs more than a line.
///
/// Paragraphs, apart by an empty line; what is indented by three spaces stands as it is. An indented part that begins like
/// Lua is an example. A paragraph that ends with a colon belongs to what follows it.
struct ModuleHead {
  /// Without the first paragraph, which says what the types say, and without lists of options, which are fields there.
  private(set) var paragraphs: [String] = []
  private(set) var sections: [Topic.Section] = []

  init(of source: String) {
    var parts: [(isIndented: Bool, lines: [Substring])] = []
    var isApart = true
    for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
      guard line.hasPrefix("--") else { break }
      let text = line.dropFirst(2)
      if text.allSatisfy({ $0 == " " }) {
        isApart = true
        continue
      }
      let isIndented = text.hasPrefix("   ")
      let own = isIndented ? text.dropFirst(3) : text.drop { $0 == " " }
      if let last = parts.last, last.isIndented == isIndented, isIndented || !isApart {
        parts[parts.count - 1].lines += (isApart ? [""] : []) + [own]
      } else {
        parts.append((isIndented, [own]))
      }
      isApart = false
    }
    var lead: String?
    for part in parts.dropFirst() {
      if part.isIndented {
        add(part.lines, after: lead)
        lead = nil
      } else {
        if let lead { paragraphs.append(lead) }
        var text = part.lines.joined(separator: " ")
        lead = nil
        if text.hasSuffix(":") {
          // Of several sentences, the last one.
          var sentences = text.split(separator: ". ", omittingEmptySubsequences: false)
          lead = String(sentences.removeLast())
          text = sentences.joined(separator: ". ") + (sentences.isEmpty ? "" : ".")
        }
        if !text.isEmpty { paragraphs.append(text) }
      }
    }
    if let lead { paragraphs.append(lead) }
  }

  private mutating func add(_ lines: [Substring], after lead: String?) {
    if lead?.hasPrefix("Options") == true { return }
    let code = lines.joined(separator: "\n")
    if ["local ", "step ", "matrix ", "agents."].contains(where: code.hasPrefix) {
      sections.append(.init("Example", code: (lead.map { "-- \($0)\n" } ?? "") + code))
    } else {
      sections.append(.init(lead.map { String($0.dropLast()) } ?? "", code: code))
    }
  }
}
