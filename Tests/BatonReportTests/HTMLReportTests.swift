import BatonCore
import BatonModel
import Testing

@testable import BatonReport

@Suite struct HTMLReportTests {
  private static let full = String(decoding: HTMLReport(ReportSamples.full).bytes, as: UTF8.self)
  private static let bare = String(decoding: HTMLReport(ReportSamples.bare).bytes, as: UTF8.self)
  private static let paper = String(decoding: HTMLReport(ReportSamples.full, for: .paper).bytes, as: UTF8.self)
  enum Page: String, CaseIterable {
    case full, bare, paper

    var text: String {
      switch self {
      case .full: HTMLReportTests.full
      case .bare: HTMLReportTests.bare
      case .paper: HTMLReportTests.paper
      }
    }
  }

  @Test(arguments: Page.allCases) func `every element is closed, every attribute quoted, every id there once`(
    page: Page
  ) {
    let document = TinyDocument(page.text)
    #expect(document.mistakes == [])
    var seen = Set<String>()
    for element in document.elements {
      if let id = element.attributes["id"] { #expect(seen.insert(id).inserted, "\(id)") }
    }
    for element in document.elements {
      for key in ["aria-labelledby", "for"] {
        if let id = element.attributes[key] { #expect(seen.contains(id), "\(key) \(id)") }
      }
      if let href = element.attributes["href"], href.hasPrefix("#") {
        #expect(seen.contains(String(href.dropFirst())), "\(href)")
      }
    }
  }

  @Test func `drift of a service is shown with its cure`() {
    var data = ReportSamples.bare
    data.view.apply(
      StampedRecord(
        seq: 200, time: Samples.at(7000),
        record: .serviceChanged(ServiceChange(service: "db", attempt: 1, state: .ready))))
    #expect(!String(decoding: HTMLReport(data).bytes, as: UTF8.self).contains("drift: "))
    data.view.drift = ServiceDrift(
      services: ["db": [.init(field: "run", before: "a", now: "<b>")]], cure: "baton resume k3f9aaaa")
    let page = String(decoding: HTMLReport(data).bytes, as: UTF8.self)
    #expect(page.contains("drift: run: started with a, should be &lt;b&gt;"))
    #expect(page.contains("<p>baton resume k3f9aaaa starts them as they should be"))
    #expect(TinyDocument(page).mistakes == [])
  }

  @Test(arguments: Page.allCases) func `the page needs nothing but itself`(page: Page) {
    let document = TinyDocument(page.text)
    for element in document.elements {
      for key in ["src", "srcset", "action", "formaction", "poster", "data", "xlink:href"] {
        #expect(element.attributes[key] == nil, "<\(element.name) \(key)>")
      }
      if let href = element.attributes["href"] {
        #expect(!href.hasPrefix("//") && href.prefix { $0 != "/" && $0 != "#" }.contains(":") == false, "\(href)")
      }
    }
    #expect(!document.elements.contains { ["link", "img", "iframe", "object", "embed", "base"].contains($0.name) })
    #expect(
      !page.text.contains("http:") && !page.text.contains("https:") && !page.text.contains("@import")
        && !page.text.contains("url(h"))
    let policy = document.elements.first { $0.attributes["http-equiv"] == "Content-Security-Policy" }
    #expect(policy?.attributes["content"]?.hasPrefix("default-src 'none';") == true)
  }

  @Test(arguments: Page.allCases) func `no name becomes markup, and none runs`(page: Page) {
    let document = TinyDocument(page.text)
    let scripts = document.all("script").map { document.elements[$0] }
    #expect(scripts.count == (page == .paper ? 0 : 2))
    for element in document.elements {
      #expect(!element.attributes.keys.contains { $0.hasPrefix("on") }, "<\(element.name)> has a handler")
      #expect(element.attributes["href"]?.hasPrefix("javascript:") != true)
    }
    #expect(!document.elements.contains { $0.name == "b" && $0.attributes["class"] != "pause" })
    // What was told to the program is there, as text.
    if page != .bare { #expect(page.text.contains("&lt;/script&gt;&lt;script&gt;alert(&quot;1&quot;)")) }
    // A literal of the program that was escaped by mistake would show its tags.
    #expect(
      !page.text.contains("&lt;span") && !page.text.contains("&lt;code") && !page.text.contains("&lt;p ")
        && !page.text.contains("&lt;li"))
    #expect(!page.text.contains("\u{202E}"))
    #expect(!page.text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" && $0 != "\t" })
  }

  @Test func `the policy knows the page's own script by its hash`() throws {
    let document = TinyDocument(Self.full)
    let script = try #require(document.all("script").map { document.elements[$0] }.last)
    let hash = Base64.text(of: SHA256.digest(Array(script.text.utf8)))
    let policy = try #require(document.elements.first { $0.attributes["http-equiv"] == "Content-Security-Policy" })
    #expect(policy.attributes["content"]?.contains("script-src 'sha256-\(hash)'") == true)
  }

  @Test func `SHA-256 and base 64 are those of the standards`() {
    func hex(_ text: String) -> String {
      SHA256.digest(Array(text.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
    // FIPS 180-4's examples.
    #expect(hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(
      hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
        == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    // RFC 4648, section 10.
    let cases = [
      "": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE=", "foobar": "Zm9vYmFy",
    ]
    for (text, encoded) in cases { #expect(Base64.text(of: Array(text.utf8)) == encoded) }
  }

  @Test func `the embedded cases are JSON and tell each case`() throws {
    let document = TinyDocument(Self.full)
    let block = try #require(document.elements.first { $0.attributes["id"] == "cases-data" })
    #expect(!block.text.contains("<"))
    let value = try JSON.decode(block.text)
    let cases = try #require(value["cases"]?.list)
    let steps = try #require(value["steps"]?.list)
    #expect(cases.count == ReportSamples.full.cases.count)
    for (row, item) in zip(cases, ReportSamples.full.cases) {
      let fields = try #require(row.list)
      #expect(fields.count == 9)
      #expect(steps[Int(fields[0].integer ?? -1)].string == item.step)
      #expect(fields[2].string == Direction.shown(item.title))
      #expect(fields[3].integer == Int64(try #require(TestStatus.allCases.firstIndex(of: item.outcome.status))))
      #expect(fields[4].integer == item.outcome.duration?.milliseconds)
      #expect(fields[5].integer.map { $0 & 1 == 1 } == item.isFlaky)
    }
  }

  @Test(arguments: Page.allCases) func `a screen reader finds its way`(page: Page) {
    let document = TinyDocument(page.text)
    let names = document.elements.map(\.name)
    #expect(document.elements.first { $0.name == "html" }?.attributes["lang"] == "en")
    for landmark in ["main", "header", "footer", "title", "h1"] {
      #expect(
        names.count { $0 == landmark } == (landmark == "title" ? names.count { $0 == "title" } : 1), "\(landmark)")
    }
    // No level of headings is left out on the way down.
    var level = 0
    for name in names where name.count == 2 && name.hasPrefix("h") {
      let next = Int(name.dropFirst()) ?? 0
      #expect(next <= level + 1, "\(name) behind h\(level)")
      level = next
    }
    for table in document.all("table") {
      let below = document.elements.indices.filter { index in
        index > table && document.isInside(index) { $0.attributes["id"] != nil && $0.name == "table" }
          || document.elements[index].parent == table
      }
      #expect(below.contains { document.elements[$0].name == "caption" }, "a table without a caption")
    }
    for head in document.all("th") { #expect(document.elements[head].attributes["scope"] != nil) }
    for input in document.all("input") + document.all("select") {
      #expect(document.isInside(input) { $0.name == "label" }, "a field without a label")
    }
    for svg in document.all("svg") {
      let element = document.elements[svg]
      let isNamed = element.attributes["role"] == "img" && element.attributes["aria-label"]?.isEmpty == false
      #expect(isNamed || element.attributes["aria-hidden"] == "true", "a picture without words")
    }
    // What scrolls can be reached by the keyboard, and has a name.
    for element in document.elements where element.attributes["class"]?.hasPrefix("scroll") == true {
      #expect(element.attributes["tabindex"] == "0" && element.attributes["aria-label"]?.isEmpty == false)
    }
    for link in document.all("a") { #expect(!document.text(of: link).isEmpty, "a link without words") }
  }

  /// Source: WCAG 2.2, success criterion 1.4.3 and its definitions of relative luminance and contrast ratio.
  @Test func `colours of text stand out from what is behind them, in the light and in the dark`() throws {
    let css = String(decoding: PackageResources.report_css, as: UTF8.self)
    let themes = css.split(separator: "}").filter { $0.contains("--bg:") }
    #expect(themes.count == 4)
    for theme in themes {
      var colors: [String: Double] = [:]
      for part in theme.split(whereSeparator: { $0 == ";" || $0 == "{" }) {
        let pair = part.split(separator: ":").map { $0.filter { !$0.isWhitespace } }
        guard pair.count == 2, pair[0].hasPrefix("--"), let luminance = Self.luminance(pair[1]) else { continue }
        colors[String(pair[0].dropFirst(2))] = luminance
      }
      var pairs = [
        ("text", "bg"), ("text", "card"), ("text", "soft"), ("muted", "bg"), ("muted", "card"), ("muted", "soft"),
        ("info", "card"), ("info", "bg"),
      ]
      for tone in ["good", "bad", "warn", "info", "calm"] { pairs += [(tone, "\(tone)-bg"), (tone, "card")] }
      for (front, back) in pairs {
        let (first, second) = (try #require(colors[front], "\(front)"), try #require(colors[back], "\(back)"))
        let contrast = (max(first, second) + 0.05) / (min(first, second) + 0.05)
        #expect(contrast >= 4.5, "\(front) on \(back): \(contrast)")
      }
    }
  }

  private static func luminance(_ hex: String) -> Double? {
    var digits = hex.dropFirst()
    guard hex.hasPrefix("#"), digits.count == 3 || digits.count == 6 else { return nil }
    if digits.count == 3 { digits = Substring(digits.map { "\($0)\($0)" }.joined()) }
    guard let number = Int(digits, radix: 16) else { return nil }
    let parts = [16, 8, 0].map { shift -> Double in
      let part = Double(number >> shift & 255) / 255
      return part <= 0.04045 ? part / 12.92 : power((part + 0.055) / 1.055)
    }
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
  }

  /// x to 2.4, by Newton's method: fifth root of x to 12.
  private static func power(_ x: Double) -> Double {
    let target = (0..<12).reduce(1.0) { product, _ in product * x }
    var root = max(x, 0.1)
    for _ in 0..<60 { root -= (root * root * root * root * root - target) / (5 * root * root * root * root) }
    return root
  }

  @Test func `what is not known is listed with what would bring it, and shows no number`() {
    #expect(Self.bare.contains("What this report does not know"))
    #expect(Self.bare.contains("<dt>Test cases</dt>"))
    #expect(
      !Self.bare.contains("id=\"tests\"") && !Self.bare.contains("id=\"coverage\"")
        && !Self.bare.contains("Tests passed"))
  }

  @Test func `the sections of a full report are all there`() {
    for id in [
      "summary", "failures", "gates", "steps", "timeline", "graph", "tests", "slowest", "flaky", "trends",
      "performance",
      "coverage", "findings", "output", "environment", "artifacts",
    ] { #expect(Self.full.contains("<section id=\"\(id)\""), "\(id)") }
  }

  @Test func `a report of ten thousand cases carries all of them, and shows fifty without scripts`() throws {
    let page = String(decoding: HTMLReport(ReportSamples.large(10_000)).bytes, as: UTF8.self)
    let document = TinyDocument(page)
    let block = try #require(document.elements.first { $0.attributes["id"] == "cases-data" })
    #expect(try JSON.decode(block.text)["cases"]?.list?.count == 10_000)
    let table = try #require(document.elements.firstIndex { $0.attributes["id"] == "case-table" })
    let rows = document.all("tr").filter { row in
      row > table && document.isInside(row) { $0.attributes["id"] == "case-table" }
        && document.isInside(row) { $0.name == "tbody" }
    }
    #expect(rows.count == 50)
    #expect(page.utf8.count < 3_000_000)
  }

  @Test func `a path can only lead to a place beside the report`() {
    #expect(RelativeLink.text(of: "artifacts/a b#1?.txt") == "artifacts/a%20b%231%3F.txt")
    #expect(RelativeLink.text(of: "javascript:alert(1)") == "javascript%3Aalert%281%29")
    #expect(RelativeLink.text(of: "//host/x") == "./host/x")
    #expect(RelativeLink.text(of: "../../x\"y") == "../../x%22y")
  }

  @Test(arguments: [
    (0.0, "0%"), (1.0, "100%"), (0.999_999, "99.99%"), (0.5, "50%"), (0.29, "29%"), (0.9867, "98.67%"),
    (1e-7, "<0.01%"),
    (Double.nan, "–"),
  ]) func `what is not all never reads 100%`(part: Double, text: String) {
    #expect(ReportNumbers.percent(part) == text)
  }

  @Test func `numbers read as people write them`() {
    #expect(ReportNumbers.grouped(1_234_567) == "1,234,567")
    #expect(ReportNumbers.grouped(-12) == "−12")
    #expect(ReportNumbers.decimal(-0.04, places: 1) == "0")
    #expect(ReportNumbers.decimal(1234.5, places: 2) == "1,234.5")
    #expect(ReportNumbers.signedPercent(0.103) == "+10.3%")
    #expect(ReportNumbers.measured(131.25, "ms") == "131.3 ms")
    #expect(ReportNumbers.measured(.infinity) == "–")
    #expect(HTML.number(-1.005) == "-1" || HTML.number(-1.005) == "-1.01")
    #expect(HTML.number(.nan) == "0")
  }
}
