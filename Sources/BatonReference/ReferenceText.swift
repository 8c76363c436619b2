/// Topics as text for a terminal, at most 100 columns wide.
public enum ReferenceText {
  private static let width = 100

  public static func text(of topic: Topic) -> String {
    var out = topic.usage.isEmpty ? topic.name : topic.usage
    if topic.usage.hasPrefix(topic.name) || topic.group == .commands {
      out += "\n"
    } else {
      out = "\(topic.name)\n\n  \(out)\n"
    }
    if !topic.text.isEmpty { out += "\n" + paragraphs(topic.text) }
    for section in topic.sections { out += "\n" + text(of: section) }
    if !topic.related.isEmpty {
      out += "\n" + wrapped("See also: " + topic.related.unique.joined(separator: ", "), indent: 0) + "\n"
    }
    return out
  }

  private static func text(of section: Topic.Section) -> String {
    var out = section.title.isEmpty ? "" : "\(section.title)\n"
    if !section.text.isEmpty { out += wrapped(section.text.replacing("\n", with: " "), indent: 2) + "\n" }
    if let code = section.code {
      out += code.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "\n" : "  \($0)\n" }
        .joined()
    }
    let heads = section.rows.map { row in
      row.name + (row.isOptional ? "?" : "") + (row.type.isEmpty ? "" : "  \(row.type)")
    }
    let column = min(34, (heads.map(\.count).filter { $0 <= 34 }.max() ?? 0) + 2)
    for (row, head) in zip(section.rows, heads) {
      let text = row.text.replacing("\n", with: " ")
      if text.isEmpty {
        out += "  \(head)\n"
      } else if head.count + 2 <= column {
        let pad = String(repeating: " ", count: column - head.count)
        out += "  \(head)\(pad)" + wrapped(text, indent: 2 + column, hanging: true) + "\n"
      } else {
        out += "  \(head)\n" + wrapped(text, indent: 2 + column) + "\n"
      }
    }
    return out
  }

  private static func paragraphs(_ text: String) -> String {
    var out = ""
    var open: [String] = []
    func close() {
      if !open.isEmpty { out += wrapped(open.joined(separator: " "), indent: 0) + "\n" }
      open = []
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty {
        close()
        out += "\n"
      } else {
        open.append(String(line))
      }
    }
    close()
    return out
  }

  /// The words in lines; `hanging`: the first line is begun already.
  private static func wrapped(_ text: String, indent: Int, hanging: Bool = false) -> String {
    let margin = String(repeating: " ", count: indent)
    var lines = [""]
    var column = indent
    for word in text.split(separator: " ") {
      if column > indent, column + 1 + word.count > width {
        lines.append("")
        column = indent
      }
      if column > indent {
        lines[lines.count - 1] += " "
        column += 1
      }
      lines[lines.count - 1] += word
      column += word.count
    }
    return (hanging ? "" : margin) + lines.joined(separator: "\n" + margin)
  }

  /// The list of all topics, fields apart.
  public static func contents(of reference: Reference) -> String {
    var out =
      "baton help TOPIC\n\nExplains a word of the language, a field (step.retry), a type, a module or a command.\n"
    for group in Topic.Group.allCases {
      let topics = reference.topics(in: group)
      if topics.isEmpty { continue }
      out += "\n\(group.rawValue)\n"
      out += wrapped(topics.map(\.name).unique.joined(separator: "  "), indent: 2) + "\n"
    }
    return out
  }
}
