import BatonModel
import BatonReport

/// The reference as a folder of static pages. It needs no server and loads nothing from elsewhere.
public struct ReferenceSite {
  let reference: Reference
  let version: String
  /// Topic or field → page and place in it.
  private let places: [String: String]

  public init(_ reference: Reference, version: String) {
    self.reference = reference
    self.version = version
    var places: [String: String] = [:]
    for topic in reference.topics {
      let page = Self.page(topic.group)
      if places[topic.name] == nil { places[topic.name] = "\(page)#\(topic.name)" }
    }
    for topic in reference.topics {
      for row in topic.sections.flatMap(\.rows) {
        guard let name = row.topic, places[name] == nil else { continue }
        places[name] = "\(Self.page(topic.group))#\(name)"
      }
    }
    self.places = places
  }

  /// Name → content of every file.
  public var files: [(name: String, bytes: [UInt8])] {
    var files = [("index.html", document("Baton", current: nil, body: overview).bytes)]
    for group in groups {
      files.append((Self.page(group), document(group.rawValue, current: group, body: page(of: group)).bytes))
    }
    files.append(("reference.css", PageStyle.palette + PackageResources.reference_css))
    files.append(("reference.js", PackageResources.reference_js))
    files.append(("topics.js", Array(index.utf8)))
    return files
  }

  private var groups: [Topic.Group] { Topic.Group.allCases.filter { !reference.topics(in: $0).isEmpty } }

  static func page(_ group: Topic.Group) -> String {
    switch group {
    case .words: "words.html"
    case .bodies: "bodies.html"
    case .specs: "specs.html"
    case .modules: "modules.html"
    case .types: "types.html"
    case .commands: "commands.html"
    case .checks: "checks.html"
    case .recipes: "cookbook.html"
    }
  }

  private static func lead(_ group: Topic.Group) -> HTML {
    switch group {
    case .words: "What a workflow is written with: steps, groups, gates, values and messages."
    case .bodies: "What a step that is a function does the world's work with. Every operation is recorded."
    case .specs: "Tests of workflows: mocked steps, virtual time."
    case .modules: "Modules that are part of the program: <code>require \"baton.git\"</code>."
    case .types: "Tables that fields take, and what functions are told."
    case .commands: "The command line, with examples and exit codes."
    case .checks: "What <code>baton check</code> finds, why it matters, and how it is mended."
    case .recipes: "Short workflows that run, made to be copied."
    }
  }

  // MARK: Pages

  private func document(_ title: String, current: Topic.Group?, body: HTML) -> HTML {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self' file:; \
    style-src 'self' file:; img-src data:; base-uri 'none'; form-action 'none'">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(title == "Baton" ? "Baton: reference" : "\(title) · Baton")</title>
    <link rel="stylesheet" href="reference.css">
    </head>
    <body>
    <a class="skip" href="#main">Skip to the content</a>
    <header class="top">
    <a class="brand" href="index.html">Baton \(version)</a>
    <div class="find" role="search">
    <input id="search" type="search" placeholder="Search: step.retry, gate, baton run …" aria-label="Search" \
    autocomplete="off" spellcheck="false">
    <ul id="hits" class="hits" hidden></ul>
    </div>
    <button id="theme" type="button" hidden aria-label="Light or dark">◐</button>
    </header>
    <div class="frame">
    \(side(current))
    <main id="main">
    \(body)
    </main>
    </div>
    <script src="topics.js"></script>
    <script src="reference.js"></script>
    </body>
    </html>

    """
  }

  private func side(_ current: Topic.Group?) -> HTML {
    var out: HTML = "<nav class=\"side\" aria-label=\"Contents\"><ul>"
    for group in groups {
      out +=
        "<li><a href=\"\(Self.page(group))\"\(group == current ? " aria-current=\"page\"" : "")>\(group.rawValue)</a>"
      if group == current {
        let links = reference.topics(in: group).map { topic -> HTML in
          "<li><a href=\"#\(topic.name)\">\(Self.short(topic))</a></li>"
        }
        out += "<ul>\(HTML.joined(links))</ul>"
      }
      out += "</li>"
    }
    return out + "</ul></nav>"
  }

  private static func short(_ topic: Topic) -> String {
    for prefix in ["cookbook.", "baton."] where topic.name.hasPrefix(prefix) {
      return String(topic.name.dropFirst(prefix.count))
    }
    return topic.name
  }

  private var overview: HTML {
    let cards = groups.map { group -> HTML in
      "<a class=\"card\" href=\"\(Self.page(group))\"><b>\(group.rawValue)</b><span>\(Self.lead(group))</span></a>"
    }
    let example = Recipe.all.first { $0.name == "dynamic-matrix" }?.source ?? ""
    return """
      <h1>Baton</h1>
      <p class="lead">Workflows written as Lua scripts, carried on exactly where they were after any crash.</p>
      <pre tabindex="0"><code>\(LuaHighlight.html(example))</code></pre>
      <div class="cards">\(HTML.joined(cards))</div>
      """
  }

  private func page(of group: Topic.Group) -> HTML {
    let topics = reference.topics(in: group)
    return """
      <h1>\(group.rawValue)</h1>
      <p class="lead">\(Self.lead(group))</p>
      \(HTML.joined(topics.map(article)))
      """
  }

  private func article(_ topic: Topic) -> HTML {
    let heading = topic.group == .commands ? "baton \(topic.name)" : Self.short(topic)
    var out: HTML = """
      <section class="topic" id="\(topic.name)"><h2><a href="#\(topic.name)">\(heading)</a></h2>
      """
    let usage = topic.group == .checks ? topic.summary : topic.usage
    if usage != topic.name, usage != heading { out += "<p class=\"usage\">\(usage)</p>" }
    for part in topic.text.paragraphs { out += "<p>\(prose(part))</p>" }
    for section in topic.sections { out += html(of: section, in: topic) }
    if !topic.related.isEmpty {
      let links = topic.related.unique.map { name -> HTML in
        places[name].map { "<a href=\"\($0)\">\(name)</a>" } ?? "\(name)"
      }
      out += "<p class=\"related\">See also: "
      for (index, link) in links.enumerated() { out += index == 0 ? link : ", \(link)" }
      out += "</p>"
    }
    return out + "</section>"
  }

  private func html(of section: Topic.Section, in topic: Topic) -> HTML {
    var out = HTML()
    if !section.title.isEmpty { out += "<h3>\(section.title)</h3>" }
    for part in section.text.paragraphs { out += "<p>\(prose(part))</p>" }
    if let code = section.code {
      out += "<pre tabindex=\"0\"><code>\(isLua(section, topic) ? LuaHighlight.html(code) : "\(code)")</code></pre>"
    }
    guard !section.rows.isEmpty else { return out }
    out += "<dl class=\"rows\">"
    for row in section.rows {
      let own = row.topic.flatMap { places[$0] == "\(Self.page(topic.group))#\($0)" ? $0 : nil }
      let isHere = own != nil && own != topic.name && reference.topic(named: own ?? "") == nil
      let optional: HTML = row.isOptional ? "<i>?</i>" : ""
      var name: HTML = "\(row.name)\(optional)"
      if let target = row.topic.flatMap({ places[$0] }), !isHere, row.type.isEmpty {
        name = "<a href=\"\(target)\">\(row.name)</a>"
      }
      let text: HTML = "\(prose(row.text.replacing("\n", with: " ")))"
      let type: HTML = row.type.isEmpty ? "" : "<div class=\"type\">\(linked(row.type))</div>"
      out += isHere ? "<div id=\"\(own ?? "")\">" : "<div>"
      out += "<dt>\(name)</dt><dd>\(text)\(type)</dd></div>"
    }
    return out + "</dl>"
  }

  private func isLua(_ section: Topic.Section, _ topic: Topic) -> Bool {
    topic.group == .recipes || ["Example", "Wrong", "Right"].contains(section.title)
  }

  // MARK: Texts

  /// What stands between back quotes is code.
  private func prose(_ text: String) -> HTML {
    var out = HTML()
    for (index, part) in text.split(separator: "`", omittingEmptySubsequences: false).enumerated() {
      if index % 2 == 0 {
        out += "\(String(part))"
      } else if let place = places[String(part)] {
        out += "<a href=\"\(place)\"><code>\(String(part))</code></a>"
      } else {
        out += "<code>\(String(part))</code>"
      }
    }
    return out
  }

  /// A type, the names in it linked.
  private func linked(_ type: String) -> HTML {
    var out = HTML()
    var word = ""
    func end() {
      if let place = places[word], word.first?.isUppercase == true || word.contains(".") {
        out += "<a href=\"\(place)\">\(word)</a>"
      } else {
        out += "\(word)"
      }
      word = ""
    }
    for letter in type {
      if letter.isLetter || letter.isNumber || letter == "_" || letter == "." {
        word.append(letter)
      } else {
        end()
        out += "\(String(letter))"
      }
    }
    end()
    return out
  }

  /// What is searched: name, place, first sentence.
  private var index: String {
    var entries: [Value] = []
    var seen: Set<String> = []
    func add(_ name: String, _ text: String) {
      guard let place = places[name], seen.insert(name).inserted else { return }
      entries.append(.list([.string(name), .string(place), .string(text.replacing("`", with: ""))]))
    }
    for topic in reference.topics { add(topic.name, topic.summary) }
    for topic in reference.topics {
      for row in topic.sections.flatMap(\.rows) {
        if let name = row.topic { add(name, row.text.replacing("\n", with: " ")) }
      }
    }
    return "const INDEX = \(JSON.encode(.list(entries)));\n"
  }
}

extension HTML {
  static func + (left: HTML, right: HTML) -> HTML {
    var all = left
    all += right
    return all
  }
}

extension String {
  /// What stands between empty lines, each on one line.
  var paragraphs: [String] {
    var all: [String] = []
    var open: [Substring] = []
    let lines: [Substring] = split(separator: "\n", omittingEmptySubsequences: false) + [""]
    for line in lines {
      if !line.isEmpty {
        open.append(line)
      } else if !open.isEmpty {
        all.append(open.joined(separator: " "))
        open = []
      }
    }
    return all
  }
}
