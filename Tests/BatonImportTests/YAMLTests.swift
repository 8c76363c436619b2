import BatonModel
import Testing

@testable import BatonImport

@Suite struct YAMLTests {
  private func read(_ text: String) throws -> BatonImport.Node { try YAMLReader.read(Array(text.utf8), file: "f.yml") }

  private func mistake(_ text: String) -> String {
    do {
      _ = try read(text)
      return ""
    } catch let error as Diagnostics { return error.text } catch { return "\(error)" }
  }

  @Test(
    "plain words mean what YAML 1.2 says",
    arguments: [
      ("on", Value.string("on")), ("yes", "yes"), ("true", true), ("~", .null), ("3.10", 3.1), ("0x1F", 31),
      ("0o17", 15),
      ("017", 17), ("1e3", 1000.0), ("'1'", "1"), ("1.2.3", "1.2.3"), ("!!str 1", "1"), ("-", .list([.null])),
      (".5", 0.5), ("+1", 1), ("2026-01-31", "2026-01-31"), ("12:30", "12:30"), ("|\n  a\n  b\n", "a\nb\n"),
      (">-\n  a\n  b\n", "a b"),
    ]) func words(_ text: String, _ value: Value) throws
  {
    #expect(try read(text).value == value)
  }

  @Test("anchors, aliases and merge keys are resolved") func anchorsAliasesAndMergeKeys() throws {
    let node = try read(
      """
      base: &base { a: 1, b: 2 }
      other: &other { b: 3, c: 4 }
      one: { <<: *base, b: 5 }
      two:
        <<: [*base, *other]
        d: *base
      """)
    #expect(node["one"]?.value == ["a": 1, "b": 5])
    #expect(node["two"]?.value == ["a": 1, "b": 2, "c": 4, "d": ["a": 1, "b": 2]])
  }

  @Test("places are those of the document") func placesAreThoseOfThe() throws {
    let node = try read("jobs:\n  build:\n    runs-on: x\n")
    #expect(node["jobs"]?.entries?[0].keyPlace == Mark(line: 2, column: 3))
    #expect(node["jobs"]?["build"]?["runs-on"]?.mark == Mark(line: 3, column: 14))
  }

  @Test(
    "bad YAML is told with line, column and cure",
    arguments: [
      ("a:\n\tb: 1\n", "f.yml:2:1: error: bad YAML: found character that cannot start any token while scanning"),
      ("a: b: c\n", "f.yml:1:5: error: bad YAML: mapping values are not allowed in this context"),
      ("a: [1, 2\n", "f.yml:2:1: error: bad YAML: did not find expected ',' or ']' while parsing a flow sequence"),
      ("a: *nowhere\n", "f.yml:1:4: error: there is no anchor &nowhere before this alias"),
      ("a: 1\nb: 2\na: 3\n", "f.yml:3:1: error: the key \"a\" is here twice\n  the first is in line 1"),
      ("? [a]\n: 1\n", "f.yml:1:3: error: a key must be a word, not a list"),
      ("--- 1\n--- 2\n", "f.yml:2:5: error: a second document begins here"),
      ("", "f.yml:1:1: error: the document is empty"),
      ("a: &x [*x]\n", "f.yml:1:8: error: there is no anchor &x before this alias"),
      (
        "\"\\xZZ\"", "f.yml:1:4: error: bad YAML: did not find expected hexdecimal number while parsing a quoted scalar"
      ),
    ]) func mistakes(_ text: String, _ message: String)
  {
    #expect(mistake(text).hasPrefix(message), "\(mistake(text))")
  }

  @Test("bytes that are no UTF-8 are refused") func bytesThatAreNoUtf() {
    #expect(throws: Diagnostics.self) { try YAMLReader.read([0x61, 0x3A, 0x20, 0xFF, 0xFE, 0x0A], file: "f.yml") }
  }

  @Test("what aliases repeat is bounded, as is the depth") func whatAliasesRepeatIsBounded() {
    var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...9 {
      bomb += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n"
    }
    #expect(mistake(bomb).contains("more than 200000 values, with what aliases repeat"))
    #expect(mistake(String(repeating: "[", count: 5000)).contains("nested more than 100 deep"))
  }
}
