import BatonModel
import BatonTestKit
import Glibc
import Testing

@testable import BatonData

private let key = "a key of twenty bytes"

@Suite struct MaskTests {
  private let folder = ScratchFolder()

  private func rules(_ columns: String) throws -> MaskRules {
    try MaskRules(json: Array("{\"columns\": \(columns)}".utf8), file: "rules.json")
  }

  private func mask(
    _ text: String, _ columns: String, key: String = key, _ format: DataFormat = .csv
  ) throws -> String {
    let source = folder.write("in", text)
    _ = try MaskRun(try rules(columns), key: try MaskKey(key)).run(
      format, from: try ByteSource(source, name: "in.csv"), to: try ByteSink("\(folder.path)/out"))
    return folder.text("out")
  }

  private func failure(_ text: [UInt8], _ columns: String = "{\"*\": \"shape\"}", _ format: DataFormat = .csv) -> String
  {
    do {
      let source = folder.write("in", text)
      _ = try MaskRun(try rules(columns), key: try MaskKey(key)).run(
        format, from: try ByteSource(source, name: "in"), to: try ByteSink("\(folder.path)/out"))
      return "no error"
    } catch let error as BatonError {
      return error.text
    } catch {
      return "\(error)"
    }
  }

  private func masked(_ value: String, _ method: MaskRules.Method, key: String = key) throws -> String {
    var output: [UInt8] = []
    let masker = Masker(try MaskKey(key))
    Array(value.utf8).withUnsafeBytes { masker.mask($0, method, to: &output) }
    return String(decoding: output, as: UTF8.self)
  }

  /// `A` for a capital, `a` for a small letter, `9` for a digit.
  private func shape(_ text: String) -> String {
    String(text.map { $0.isNumber ? "9" : $0.isUppercase ? "A" : $0.isLetter ? "a" : $0 })
  }

  @Test(arguments: [
    "4711", "DE89 3704 0044 0532 0130 00", "Ab-12/x", "7", "z", "(030) 555-0199",
    "A very long text, of more than twenty-four letters and 123 digits",
  ]) func `a pseudonym has the shape of its input, is never it, and is another one under another key`(_ text: String)
    throws
  {
    let pseudonym = try masked(text, .shape)
    #expect(shape(pseudonym) == shape(text) && pseudonym != text, "\(pseudonym)")
    #expect(try masked(text, .shape) == pseudonym)
    if text.count > 2 { #expect(try masked(text, .shape, key: "another key, of twenty") != pseudonym) }
  }

  @Test func `different inputs of a shape have different pseudonyms`() throws {
    var seen: Set<String> = []
    for number in 0..<10_000 {
      let text = String(repeating: "0", count: 4 - String(number).count) + String(number)
      let pseudonym = try masked(text, .shape)
      #expect(pseudonym != text)
      seen.insert(pseudonym)
    }
    // The one input that would be its own pseudonym, if there is one, meets another's.
    #expect(seen.count >= 9_999, "\(seen.count)")
  }

  @Test func `letters beyond ASCII do not show through`() throws {
    let pseudonym = try masked("Zoë Åström", .shape)
    #expect(pseudonym.utf8.allSatisfy { $0 < 0x80 } && !pseudonym.contains("str"), "\(pseudonym)")
  }

  @Test func `addresses, names, dates, tokens and texts keep their forms`() throws {
    let address = try masked("Jane.Doe+x@mail.corp.com", .email)
    #expect(address.hasSuffix(".example") && shape(address) == "aaaa.aaa+a@aaaa.aaaa.aaaaaaa", "\(address)")
    #expect(try masked("jane.doe+x@MAIL.corp.com", .email) == address)
    let name = try masked("Jane Doe", .name).split(separator: " ")
    #expect(
      name.count == 2 && NameLists.first.contains(Array(name[0].utf8)) && NameLists.last.contains(Array(name[1].utf8)))
    let date = try masked("1980-02-29T12:00:00Z", .date(days: 90, by: nil))
    #expect(date.hasSuffix("T12:00:00Z") && date != "1980-02-29T12:00:00Z")
    let day = Array(date.utf8).withUnsafeBytes { CivilDay($0) }
    #expect(abs((day?.number ?? 0) - (CivilDay(year: 1980, month: 2, day: 29)?.number ?? 0)) <= 90)
    #expect(try masked("1980-02-30", .date(days: 9, by: nil)) != "1980-02-30")
    #expect(try masked("x", .token).count == 32)
    let text = try masked("call 0301234567 or jane@corp.com, room 12", .text)
    #expect(!text.contains("0301234567") && !text.contains("jane@corp.com") && text.hasSuffix(", room 12"), "\(text)")
    #expect(try masked("", .shape).isEmpty && masked("", .redact).isEmpty)
  }

  @Test func `behind a date nothing passes but a time of day, and no date stays at the end of time`() throws {
    let written = try masked("1990-02-03 Ann Miller ann@x.org", .date(days: 90, by: nil))
    #expect(!written.contains("Ann") && !written.contains("1990"), "\(written)")
    for text in ["9999-12-31", "0001-01-01", "9999-12-31 23:59:59.999+02:00"] {
      #expect(try masked(text, .date(days: 300, by: nil)).prefix(10) != text.prefix(10))
    }
  }

  @Test func `texts do not hold parts of names, and keep words that begin alike`() throws {
    let text = try mask(
      "name,note\nAnn Miller,\"Mrs MILLER called, Miller's son too; Millers Lane, annual\"\n",
      #"{"name": "name", "note": "text"}"#)
    let note = text.split(separator: "\n")[1].lowercased()
    #expect(!note.contains("miller ") && !note.contains("miller'"), "\(note)")
    #expect(note.contains("millers lane, annual"), "\(note)")
  }

  @Test func `a number that would become another one is refused`() {
    for number in ["12345678901234567890", "-9223372036854775809", "1e400", "0.1234567890123456789"] {
      let told = failure(Array("{\"a\": 1}\n{\"a\": \(number)}\n".utf8), #"{"a": "keep"}"#, .jsonl)
      #expect(told.contains(":2:7: error: the number \(number) has more digits"), "\(told)")
    }
    for text in ["{\"a\": 9223372036854775807}", "{\"a\": 0.30000000000000004}", "{\"a\": \"12345678901234567890\"}"] {
      #expect(failure(Array("\(text)\n".utf8), #"{"a": "keep"}"#, .jsonl) == "no error")
    }
  }

  @Test func `the same input has the same pseudonym in all columns and files`() throws {
    let customers = try mask("id,name\n4711,Ann\n4712,Bob\n", #"{"id": "shape", "name": "name"}"#)
    let orders = try mask("order,customer\n1,4712\n2,4711\n", #"{"order": "keep", "customer": "shape"}"#)
    let ids = customers.split(separator: "\n").dropFirst().map { $0.split(separator: ",")[0] }
    let references = orders.split(separator: "\n").dropFirst().map { $0.split(separator: ",")[1] }
    #expect(ids == references.reversed())
  }

  @Test func `dates of one person move by the same`() throws {
    let text = try mask(
      "id,born,died\n1,1900-01-01,1980-01-01\n2,1950-05-05,1950-05-06\n",
      #"{"id": "keep", "born": {"date": 300, "by": "id"}, "died": {"date": 300, "by": "id"}}"#)
    let days = text.split(separator: "\n").dropFirst().map { row in
      row.split(separator: ",").dropFirst().compactMap { Array($0.utf8).withUnsafeBytes { CivilDay($0) }?.number }
    }
    #expect(days[0][1] - days[0][0] == 29_219 && days[1][1] - days[1][0] == 1, "\(text)")
  }

  @Test func `quotes, separators, line ends and empty fields survive`() throws {
    let text = "\u{FEFF}a,b,\"c,d\"\r\n\"x \"\"y\"\"\",,\"two\r\nlines\"\r\n,,\r\n"
    let result = try mask(text, #"{"*": "keep"}"#)
    #expect(result == "a,b,\"c,d\"\r\n\"x \"\"y\"\"\",,\"two\r\nlines\"\r\n,,\r\n", "\(result)")
    #expect(try mask("a\n\"\"\nx\n", #"{"a": "keep"}"#) == "a\n\"\"\nx\n")
  }

  @Test(arguments: [
    ("a,b\n1,x\"y\n", "in:2:4: error: a quote inside of a field"),
    ("a,b\n1,\"xy\n\n", "in:2:3: error: a quote that does not end"),
    ("a,b\n1,\"x\"y\n", "in:2:6: error: text behind the quote that ends a field"),
    ("a,b\n1,2,3\n", "in:2:1: error: 3 fields where the first line has 2"),
    ("a,b\n1,x\0y\n", "in:2:4: error: a NUL byte"),
    ("a,b\n1,\"x\0y\"\n", "in:2:5: error: a NUL byte"),
    ("a,b\r1,2\r", "in:1:5: error: a carriage return that no line feed follows"),
    ("a,a\n1,2\n", "in:1: error: the column \"a\" is there twice"),
    ("", "has no first line"),
  ]) func `broken CSV is told with line and column`(_ text: String, _ message: String) {
    let told = failure(Array(text.utf8))
    #expect(told.contains(message), "\(told)")
    #expect(folder.bytes("out").isEmpty)
  }

  @Test func `bytes that are no UTF-8 and giant fields are told with their line`() {
    #expect(
      failure(Array("a,b\n1,".utf8) + [0xFF, 0xFE] + Array("\n".utf8)).contains(
        "in:2:1: error: field 2 is no text in UTF-8"))
    let giant = Array("a,b\n1,\"".utf8) + [UInt8](repeating: 0x78, count: CSVReader.longestField + 10)
    #expect(failure(giant).contains("in:2:3: error: a field of more than 16 MB"))
    let plain = Array("a,b\n1,".utf8) + [UInt8](repeating: 0x78, count: CSVReader.longestField + 10)
    #expect(failure(plain).contains("a field of more than 16 MB"))
  }

  @Test func `a column without a rule, and a rule without a column, are told`() {
    #expect(failure(Array("a,b\n".utf8), #"{"a": "keep"}"#).contains("no rule says what is done with \"b\""))
    #expect(failure(Array("name,b\n".utf8), #"{"nmae": "name", "*": "keep"}"#).contains("did you mean \"name\"?"))
    let bad = failure(Array("a\n".utf8), #"{"a": "shpae", "b": {"date": 0}, "c": {"date": 5, "on": 1}}"#)
    #expect(bad.contains("Diagnostics"), "\(bad)")
  }

  @Test func `JSON lines are masked by their ways, and stay what they were`() throws {
    let text = try mask(
      #"{"id": 4711, "p": {"name": "Ann Lee", "tags": ["x1", "y2"]}, "n": null, "ok": true}"#
        + "\n\n{\"id\": 5, \"p\": {\"name\": \"Bo\"}}\n",
      #"{"id": "shape", "p.name": "name", "p": "shape", "n": "keep", "ok": "keep"}"#, .jsonl)
    let lines = try text.split(separator: "\n").map { try JSON.decode(String($0)) }
    #expect(lines.count == 2 && lines[0]["n"] == .null && lines[0]["ok"] == true)
    #expect(lines[0]["id"] != 4711 && lines[0]["p"]?["tags"]?.list?.count == 2)
    #expect(lines[0]["p"]?["tags"]?.list?.first != "x1" && lines[1]["id"] != 5)
  }

  @Test(arguments: [
    ("{\"a\": 1}\n{\"a\": }\n", "in:2:7: error: not a JSON value"),
    ("{\"a\": 1}\n{\"a\": \"x\n", "in:2:9: error: a string that does not end"),
    ("{\"b\": 1}\n", "in:1:1: error: no rule says what is done with the field \"b\""),
  ]) func `broken JSON lines are told with line and column`(_ text: String, _ message: String) {
    let told = failure(Array(text.utf8), #"{"a": "shape"}"#, .jsonl)
    #expect(told.contains(message), "\(told)")
  }

  @Test func `a key that is too short is refused`() {
    #expect(throws: BatonError.self) { try MaskKey("short") }
  }
}

@Suite struct LeakScanTests {
  private static let rules =
    #"{"columns": {"id": "shape", "name": "name", "email": "email", "note": "text", "city": "keep"}}"#
  private static let original = """
    id,name,email,note,city
    100001,Josephine Abernathy,josephine.abernathy@corp.com,called josephine.abernathy@corp.com,Paris
    100002,Bartholomew Quill,bq@corp.com,"nothing, really",Rome

    """

  private func scan(_ alter: (String) -> String) throws -> LeakScan.Result {
    try PlantedLeaks(.csv, rules: Self.rules, original: Self.original).scan(alter)
  }

  @Test func `a masking leaves nothing`() throws {
    let result = try scan { $0 }
    #expect(result.isClean && result.rows == 2 && result.cells == 10, "\(result.findings)")
    #expect(result.values >= 5)
  }

  @Test(arguments: [
    ("as it is", "josephine.abernathy@corp.com", LeakScan.Finding.Kind.leak),
    ("in other case", "JOSEPHINE ABERNATHY", .leak),
    ("with other signs between", "josephine_abernathy", .leak), ("inside of a word", "xxbartholomewquillyy", .leak),
    ("the local part", "mail josephine-abernathy", .leak), ("a number", "no. 100002.", .leak),
    ("in hexadecimal", "4a6f73657068696e6520416265726e61746879", .encoded),
    ("in Base64", "Sm9zZXBoaW5lIEFiZXJuYXRoeQ==", .encoded),
    ("percent-encoded", "Bartholomew%20Quill", .encoded),
    ("percent-encoded throughout", "%42%61%72tholomew%51%75%69%6c%6c", .encoded),
  ]) func `a planted leak is found`(_ how: String, _ text: String, _ kind: LeakScan.Finding.Kind) throws {
    let result = try scan { $0.replacing("Rome", with: text) }
    #expect(
      result.findings.contains { $0.line == 3 && $0.column == "city" && $0.kind == kind }, "\(how): \(result.findings)")
    let inText = try scan { $0.replacing("nothing, really", with: text) }
    #expect(inText.findings.contains { $0.line == 3 && $0.column == "note" }, "\(how): \(inText.findings)")
  }

  @Test func `a cell that was left or altered is found, and a row that is missing`() throws {
    let left = try scan { text in
      var rows = text.split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
      rows[1][0] = "100001"
      rows[2][1] = "Somebody Else"
      return rows.map { $0.joined(separator: ",") }.joined(separator: "\n") + "\n"
    }
    #expect(left.findings.contains { $0.kind == .unchanged && $0.line == 2 && $0.column == "id" }, "\(left.findings)")
    #expect(left.findings.contains { $0.kind == .foreign && $0.line == 3 && $0.column == "name" }, "\(left.findings)")
    #expect(throws: BatonError.self) {
      try scan { $0.split(separator: "\n").dropLast().joined(separator: "\n") + "\n" }
    }
    #expect(throws: BatonError.self) { try scan { $0.replacing("city", with: "town") } }
  }
}

@Suite struct GeneratorTests {
  private let folder = ScratchFolder()

  private func records(_ fields: String, rows: Int = 200, seed: UInt64 = 7, edges: Double = 0) throws -> [[Value]] {
    let schema = try RecordSchema(
      json: Array("{\"edge_cases\": \(edges), \"fields\": [\(fields)]}".utf8), file: "s.json")
    let generator = Generator(schema, seed: seed)
    return (0..<rows).map { generator.record($0) }
  }

  @Test func `a seed gives the same records, written down here, on every machine`() throws {
    let rows = try records(
      #"{"name": "n", "kind": "name"}, {"name": "i", "kind": "integer", "max": 99}, {"name": "d", "kind": "date"}, {"name": "u", "kind": "uuid"}"#,
      rows: 2)
    let text = rows.map { $0.map(\.text).joined(separator: "|") }.joined(separator: "\n")
    #expect(text == Self.known, "\(text)")
    #expect(try records(#"{"name": "n", "kind": "name"}"#, seed: 8) != records(#"{"name": "n", "kind": "name"}"#))
  }

  private static let known = """
    Daniel Dubois|77|1975-03-28|08b18f84-852e-4687-a83f-40a8f2fad78f
    Albert Steiner|6|1974-08-03|60b450e7-c899-4252-a789-7a063b759dbe
    """

  @Test func `a field that is added changes no other`() throws {
    let one = try records(#"{"name": "n", "kind": "name"}"#).map { $0[0] }
    let two = try records(#"{"name": "x", "kind": "text"}, {"name": "n", "kind": "name"}"#).map { $0[1] }
    #expect(one == two)
  }

  @Test func `fields follow from each other`() throws {
    let rows = try records(
      """
      {"name": "name", "kind": "name"}, {"name": "email", "kind": "email", "from": "name"},
      {"name": "country", "kind": "choice", "of": ["DE", "JP"], "weights": [1, 0]},
      {"name": "city", "kind": "city", "from": "country"}, {"name": "code", "kind": "postcode", "from": "city"},
      {"name": "born", "kind": "date", "min": "1990-01-01", "max": "1990-12-31"},
      {"name": "joined", "kind": "date", "after": "born", "min": 10, "max": 20},
      {"name": "price", "kind": "decimal", "min": 5, "max": 7}, {"name": "key", "kind": "pattern", "pattern": "AA-\\\\A##"}
      """)
    for row in rows {
      let local = (row[0].string ?? "").lowercased().replacing(" ", with: ".")
      #expect(row[1].string?.hasPrefix(local) == true && row[2] == "DE")
      let city = Places.cities.first { $0.name == row[3].string }
      #expect(city?.country == "DE" && row[4].string?.prefix(2) == city?.postcode.prefix(2))
      let days = row[5...6].compactMap { value in
        Array((value.string ?? "").utf8).withUnsafeBytes { CivilDay($0) }?.number
      }
      #expect((10...20).contains(days[1] - days[0]) && row[5].string?.hasPrefix("1990-") == true)
      #expect((5.0...7.0).contains(row[7].number ?? 0))
      #expect(row[8].string?.count == 6 && row[8].string?.dropFirst(3).first == "A")
    }
    #expect(Set(rows.compactMap { $0[0].string }).count > 150)
  }

  @Test func `edge cases and empty fields come as often as they are asked for`() throws {
    let rows = try records(#"{"name": "n", "kind": "name", "empty": 0.5}"#, rows: 2000, edges: 0.5)
    let empty = rows.count { $0[0] == .null }
    #expect((900...1100).contains(empty), "\(empty)")
    #expect(rows.contains { $0[0].string?.contains("DROP TABLE") == true })
    // What was generated is CSV that can be read again.
    let schema = try RecordSchema(
      json: Array(#"{"edge_cases": 1, "fields": [{"name": "a", "kind": "name"}, {"name": "b", "kind": "text"}]}"#.utf8),
      file: "s")
    try Generator(schema, seed: 1).write(.csv, rows: 500, to: try ByteSink("\(folder.path)/x.csv"))
    var reader = try CSVReader(try ByteSource("\(folder.path)/x.csv"))
    var row = CSVReader.Row()
    var count = -1
    let generator = Generator(schema, seed: 1)
    while try reader.next(&row) {
      if count >= 0 { #expect([row.text(0), row.text(1)] == generator.record(count).map(\.text)) }
      count += 1
    }
    #expect(count == 500)
  }

  @Test(arguments: [
    (#"{"fields": []}"#, "$.fields must be a list"),
    (#"{"fields": [{"name": "a", "kind": "nmae"}]}"#, "did you mean \"name\"?"),
    (#"{"fields": [{"name": "a", "kind": "email", "from": "b"}]}"#, "must name a field that stands before it"),
    (
      #"{"fields": [{"name": "a", "kind": "uuid"}, {"name": "b", "kind": "email", "from": "a"}]}"#,
      "must name a field with names"
    ),
    (#"{"fields": [{"name": "a", "kind": "integer", "min": 5, "max": 1}]}"#, "is below \"min\""),
    (#"{"fields": [{"name": "a", "kind": "choice", "of": ["x"], "weights": [0]}]}"#, "not all 0"),
    (#"{"fields": [{"name": "a", "kind": "date", "min": "2000-02-30"}]}"#, "YYYY-MM-DD"), ("{", "s.json:1:2: error:"),
  ]) func `a schema that is wrong is told`(_ text: String, _ message: String) {
    do {
      _ = try RecordSchema(json: Array(text.utf8), file: "s.json")
      Issue.record("no mistake was told")
    } catch {
      #expect(error.text.contains(message), "\(error.text)")
    }
  }
}
