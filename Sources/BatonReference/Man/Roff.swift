/// Text in the language of manual pages (`man(7)`).
struct Roff {
  private(set) var text = ""
  /// Behind a heading a paragraph begins by itself.
  private var isBehindHeading = false

  /// The head of a page. Its date is data: as a hyphen to be copied it would be none.
  mutating func title(_ name: String, _ section: String, _ date: String, _ source: String, _ manual: String) {
    text += ".TH \"\(Self.escaped(name))\" \"\(section)\" \"\(date)\" \"\(source)\" \"\(manual)\"\n"
    // Names and commands are not to be cut.
    text += ".nh\n.ad l\n"
  }

  /// A macro with arguments, each between quotes.
  mutating func macro(_ name: String, _ arguments: String...) {
    isBehindHeading = name == "SH" || name == "SS"
    text += ".\(name)" + arguments.map { " \"\(Self.escaped($0).replacing("\"", with: "\\(dq"))\"" }.joined() + "\n"
  }

  /// A paragraph: what stands between back quotes is bold.
  mutating func paragraph(_ prose: String) {
    begin()
    line(prose)
  }

  private mutating func begin() {
    if !isBehindHeading { text += ".PP\n" }
    isBehindHeading = false
  }

  /// Text without a paragraph of its own.
  mutating func line(_ prose: String) {
    isBehindHeading = false
    var out = ""
    for (index, part) in prose.replacing("\n", with: " ").split(separator: "`", omittingEmptySubsequences: false)
      .enumerated()
    {
      out += index % 2 == 0 ? Self.escaped(String(part)) : "\\fB\(Self.escaped(String(part)))\\fR"
    }
    text += Self.guarded(out) + "\n"
  }

  /// A term and what it means.
  mutating func item(_ term: String, _ meaning: String) {
    isBehindHeading = false
    text += ".TP\n\(Self.guarded("\\fB\(Self.escaped(term))\\fR"))\n"
    if meaning.isEmpty { text += "\\&\n" } else { line(meaning) }
  }

  /// Lines as they are.
  mutating func code(_ lines: String) {
    begin()
    text += ".RS 4\n.nf\n"
    for line in lines.split(separator: "\n", omittingEmptySubsequences: false) {
      text += Self.guarded(Self.escaped(String(line))) + "\n"
    }
    text += ".fi\n.RE\n"
  }

  /// Backslashes are theirs, hyphens stay hyphens that can be copied.
  static func escaped(_ text: String) -> String {
    var out = ""
    for letter in text {
      switch letter {
      case "\\": out += "\\e"
      case "-": out += "\\-"
      case "'": out += "\\(aq"
      case "^": out += "\\(ha"
      case "~": out += "\\(ti"
      case "`": out += "\\(ga"
      default: out.append(letter)
      }
    }
    return out
  }

  /// A line that begins with a mark of a macro is none.
  private static func guarded(_ line: String) -> String {
    line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
  }
}
