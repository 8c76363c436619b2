/// Other ways to write into `$BATON_OUTPUT`, as the plain ones that ``Emission`` reads: here-documents and `tee -a`.
enum EmittedLines {
  private static let target = "\"$BATON_OUTPUT\""
  private static let spellings = ["\"${BATON_OUTPUT}\"", "\"$BATON_OUTPUT\"", "${BATON_OUTPUT}", "$BATON_OUTPUT"]

  /// The same script, as far as it can be told.
  static func plain(_ text: String) -> String {
    guard text.contains("BATON_OUTPUT") else { return text }
    var lines: [String] = []
    var document: (end: String, isIndented: Bool)?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if let open = document {
        let said = open.isIndented ? String(line.drop { $0 == "\t" }) : line
        if said == open.end {
          document = nil
        } else if said.contains("\"") && !said.hasPrefix("{") || said.contains("'") {
          // What echo would not say as it stands is nothing to guess at.
          lines.append("cat >> \(target) # \(said.isEmpty ? "" : "more")")
        } else if !said.isEmpty {
          lines.append("echo \(said.hasPrefix("{") ? "'\(said)'" : "\"\(said)\"") >> \(target)")
        }
      } else if let found = heredoc(line) {
        document = found
      } else {
        lines.append(tee(line))
      }
    }
    // One that does not end is left as it was.
    return document == nil ? lines.joined(separator: "\n") : text
  }

  /// `cat >> "$BATON_OUTPUT" <<'END'` on a line of its own; `<<-` drops tabs.
  private static func heredoc(_ line: String) -> (end: String, isIndented: Bool)? {
    let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
    guard words.first == "cat" else { return nil }
    let said = words.dropFirst().joined(separator: " ")
    let forms = spellings.flatMap { [">> \($0)", ">>\($0)"] }
    guard let form = forms.first(where: { said.contains($0) }) else { return nil }
    let rest = said.replacing(form, with: "").trimmed
    guard rest.hasPrefix("<<"), !rest.hasPrefix("<<<") else { return nil }
    let isIndented = rest.hasPrefix("<<-")
    let end = rest.dropFirst(isIndented ? 3 : 2).filter { !"'\" ".contains($0) }
    guard !end.isEmpty, end.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) else { return nil }
    return (String(end), isIndented)
  }

  /// `echo … | tee -a "$BATON_OUTPUT"`.
  private static func tee(_ line: String) -> String {
    guard let bar = line.lastIndex(of: "|") else { return line }
    let words = line[line.index(after: bar)...].split(whereSeparator: \.isWhitespace).map(String.init)
    guard words.count >= 3, words[0] == "tee", ["-a", "--append"].contains(words[1]), spellings.contains(words[2]),
      words.count == 3 || words[3...] == [">/dev/null"] || words[3...] == [">", "/dev/null"]
    else { return line }
    return String(line[..<bar]).trimmed + " >> \(target)"
  }
}
