import BatonModel
import Testing

@testable import BatonResults

@Suite struct XMLTests {
  /// The events of a document as text, in a small window.
  private func events(_ text: String) -> String { events(Array(text.utf8)) }

  private func events(_ bytes: [UInt8]) -> String {
    var xml = XMLPull(ByteInput(.bytes(bytes, 0), size: 256))
    xml.wantsText = true
    var told = ""
    while true {
      switch xml.next() {
      case .start:
        let attributes = xml.attributes.map { attribute in
          String(decoding: xml.scratch[attribute.name], as: UTF8.self) + "="
            + String(decoding: xml.scratch[attribute.value], as: UTF8.self)
        }
        told += "<" + ([String(decoding: xml.name, as: UTF8.self)] + attributes).joined(separator: " ") + ">"
      case .end: told += "</\(String(decoding: xml.name, as: UTF8.self))>"
      case .text: told += String(decoding: xml.text, as: UTF8.self)
      case .finished: return told + xml.oddities.map { "|\($0)" }.joined()
      case .malformed: return told + "!\(xml.failure) (\(xml.input.line))"
      }
    }
  }

  @Test func tagsAttributesAndTextAreRead() {
    #expect(
      events("<?xml version='1.0'?><!-- a --- b --><a x='1' y = \"2>\"><ns:b/>t&amp;&lt;&#65;&#x20AC;<c>]]</c >\n</a>")
        == "<a x=1 y=2>><b></b>t&<A€<c>]]</c>\n</a>")
  }

  @Test func characterDataIsText() {
    #expect(events("<a><![CDATA[<b>&amp;]] ]]]]></a>") == "<a><b>&amp;]] ]]</a>")
    #expect(events("<a><![CDATA[]]>x</a>") == "<a>x</a>")
  }

  @Test func entitiesOfADocumentTypeAreNotExpanded() {
    let bomb =
      "<!DOCTYPE a [<!ENTITY l '<x>'><!ENTITY m \"&l;&l;\"><!-- ]> --><!ENTITY f SYSTEM 'file:///etc/passwd'>]>"
    #expect(
      events(bomb + "<a>&m;&f;</a>") == "<a>&m;&f;</a>|an entity that is not expanded: &m;|"
        + "an entity that is not expanded: &f;")
  }

  @Test func aBareAmpersandStays() {
    #expect(events("<a b='x & y&&amp;'>R&D</a>") == "<a b=x & y&&>R&D</a>|a '&' that is no reference")
  }

  @Test func severalDocumentsAreRead() { #expect(events("<a/>\n<?xml version='1.0'?><b/>") == "<a></a><b></b>") }

  @Test(arguments: [
    ("", "!no XML: the file is empty (1)"), ("<a>\n<b></a>", "<a>\n<b>!</a> where </b> is due (2)"),
    ("<a", "!the file ends inside a tag (1)"), ("</a>", "!an end tag without a start: </a> (1)"),
    ("hello", "!text outside of the document (1)"), ("<a b>", "!an attribute without a value (1)"),
    ("<a b=c>", "!an attribute's value without quotes (1)"), ("< a>", "!a tag without a proper name (1)"),
    ("<a><![CDATA[x", "<a>!the file ends inside character data (1)"), ("<!-- x", "!the file ends inside a comment (1)"),
    ("<!DOCTYPE a [", "!the file ends inside the document type (1)"), ("<a>\0</a>", "<a>\0</a>"),
  ])
  func whatIsBrokenIsToldWithItsLine(_ text: String, _ told: String) { #expect(events(text) == told) }

  @Test func deepNestingIsRefused() {
    #expect(events(String(repeating: "<a>", count: 100_000)).hasSuffix("!nested more than 256 deep (1)"))
  }

  @Test func encodingsAreUnderstood() {
    let text = "<?xml version='1.0' encoding='X'?><a b='é€'>ü😀</a>"
    let told = "<a b=é€>ü😀</a>"
    let units = Array(text.replacing("X", with: "UTF-16").utf16)
    #expect(events([0xFF, 0xFE] + units.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }) == told)
    #expect(events([0xFE, 0xFF] + units.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }) == told)
    #expect(events([0xEF, 0xBB, 0xBF] + Array(text.replacing("X", with: "utf-8").utf8)) == told)
    let latin = Array("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>".utf8) + [0xE9] + Array("</a>".utf8)
    #expect(events(latin) == "<a>é</a>")
    let windows = Array("<?xml version=\"1.0\" encoding=\"windows-1252\"?><a>".utf8) + [0x80] + Array("</a>".utf8)
    #expect(events(windows) == "<a>€</a>")
    #expect(
      events("<?xml version='1.0' encoding='EBCDIC'?><a/>").hasSuffix(
        "|the encoding EBCDIC is not known; read as UTF-8"))
  }

  @Test func longTextsAndValuesAreCut() throws {
    let long = String(repeating: "é", count: 200_000)
    let text =
      "<testsuite name='s'><testcase name='a' classname='\(long)'><failure>start \(long) end</failure></testcase></testsuite>"
    let items = items(text, as: .junit)
    let outcome = try #require(items.tests.first)
    #expect(outcome.className.utf8.count <= XMLPull.valueLimit + 3)
    #expect(outcome.className.hasSuffix("é…"))
    let details = try #require(outcome.details)
    #expect(details.hasPrefix("start é"))
    #expect(details.hasSuffix("é end"))
    #expect(details.contains("bytes left out"))
    #expect(details.utf8.count < TestOutcome.detailsLimit + 100)
    #expect(!details.contains("\u{FFFD}"))
    #expect(items.problems == ["f:1: an attribute's value of more than 16384 bytes was cut"])
  }

  @Test func badTextIsRepairedAndTold() {
    let bytes = Array("<testsuite name='s'><testcase name='a".utf8) + [0xFF, 0, 0xC3] + Array("'/></testsuite>".utf8)
    let items = items(bytes, as: .junit)
    #expect(items.tests.map(\.name) == ["a\u{FFFD}\u{FFFD}\u{FFFD}"])
    #expect(items.problems == ["f:1: text that is not UTF-8"])
  }

  @Test(arguments: ["-5", "1e99", "NaN", "inf", "99999999999999999999", "x", "1.2.3"])
  func impossibleTimesAreToldAndTheCaseStands(_ time: String) {
    let items = items("<testsuite name='s'><testcase name='a' time='\(time)'/></testsuite>", as: .junit)
    #expect(items.tests == [TestOutcome(suite: "s", name: "a", status: .passed)])
    #expect(items.problems == ["f:1: no duration: time=\"\(time)\""])
  }
}
