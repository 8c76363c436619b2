/// The style sheet for programs that make pages of HTML and know neither variables in every place nor pictures that take part in
/// the page's style (WeasyPrint 57): the light colours stand for their names, and each picture brings its own rules.
enum PaperStyle {
  static let page = HTML(trusted: Array(resolved.utf8))

  /// What a picture needs.
  static let picture: HTML = {
    guard let start = resolved.firstRange(ofText: "/* pictures */")?.upperBound,
      let end = resolved.firstRange(ofText: "/* end of pictures */")?.lowerBound, start <= end
    else { return HTML() }
    return "<style>\(HTML(trusted: Array(resolved[start..<end].utf8)))</style>"
  }()

  /// Every `var(--name)` replaced by the first value that is declared of it: the light one.
  private static let resolved: String = {
    let css = String(decoding: PackageResources.report_css, as: UTF8.self)
    var values: [Substring: Substring] = [:]
    for declaration in css.prefix(while: { $0 != "}" }).split(whereSeparator: { $0 == ";" || $0 == "{" }) {
      let text = declaration.drop { $0.isWhitespace }
      guard text.hasPrefix("--"), let colon = text.firstIndex(of: ":") else { continue }
      values[text[..<colon]] = text[text.index(after: colon)...].drop { $0.isWhitespace }
    }
    var out = ""
    var rest = css[...]
    while let open = rest.firstIndex(of: "v") {
      out += rest[..<open]
      rest = rest[open...]
      guard rest.hasPrefix("var("), let close = rest.firstIndex(of: ")"),
        let value = values[rest[..<close].dropFirst(4)]
      else {
        out.append("v")
        rest = rest.dropFirst()
        continue
      }
      out += value
      rest = rest[close...].dropFirst()
    }
    return out + rest
  }()
}

extension HTMLReport {
  /// Rules for a picture, where the page's own do not reach it.
  var pictureStyle: HTML { medium == .paper ? PaperStyle.picture : HTML() }
}
