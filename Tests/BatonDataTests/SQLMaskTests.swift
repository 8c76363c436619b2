import BatonModel
import BatonTestKit
import Testing

@testable import BatonData

@Suite struct SQLMaskTests {
  private let folder = ScratchFolder()
  private static let key = "a key of twenty bytes"

  private static let dump = #"""
    --
    -- PostgreSQL database dump
    --
    SET standard_conforming_strings = on;
    CREATE FUNCTION public.f() RETURNS text AS $_$ select 'a;b' $_$ LANGUAGE sql;
    CREATE TABLE public.people (id integer, "Full name" text, email text, note text);
    COPY public.people (id, "Full name", email, note) FROM stdin;
    1	Ada Lovelace	ada@example.org	line\nbreak\tand \\ more
    2	Alan Turing	\N	calls alan@bletchley.example
    \.
    INSERT INTO public.orders (id, person, paid, "at") VALUES
      (7, 'O''Hara; x', -12.50, '2020-01-02'::date), (8, E'a\'b', NULL, '2020-02-03'::date)
      ON CONFLICT DO NOTHING;
    SELECT 1;

    """#

  private static let columns = """
    {"people.id": "shape", "people.Full name": "name", "people.email": "email", "people.note": "text",
     "public.orders.person": "shape", "public.orders.paid": "shape", "orders.*": "keep"}
    """

  private func rules(_ columns: String = columns) throws -> MaskRules {
    try MaskRules(json: Array("{\"columns\": \(columns)}".utf8), file: "rules.json")
  }

  private func mask(_ text: String, _ columns: String = columns) throws -> String {
    let source = folder.write("in.sql", text)
    _ = try MaskRun(try rules(columns), key: try MaskKey(Self.key)).run(
      .sql, from: try ByteSource(source, name: "in.sql"), to: try ByteSink("\(folder.path)/out.sql"))
    return folder.text("out.sql")
  }

  private func failure(_ text: String, _ columns: String = columns) -> String {
    do {
      return "no error: \(try mask(text, columns))"
    } catch let error as BatonError {
      return error.text
    } catch {
      return "\(error)"
    }
  }

  private func verify(_ masked: String, _ columns: String = columns) throws -> LeakScan.Result {
    let copy = folder.write("copy.sql", masked)
    return try LeakScan(try rules(columns), key: try MaskKey(Self.key)).sql(
      original: { () throws(BatonError) in try ByteSource("\(folder.path)/in.sql") }, masked: try ByteSource(copy))
  }

  @Test func `rows of COPY and of INSERT are masked, all else stays as it is`() throws {
    let masked = try mask(Self.dump)
    for gone in ["Ada", "Turing", "ada@example.org", "alan@", "O''Hara", "12.50"] {
      #expect(!masked.contains(gone), "\(gone): \(masked)")
    }
    for kept in [
      "$_$ select 'a;b' $_$", "COPY public.people (id, \"Full name\", email, note) FROM stdin;\n", "\t\\N\t", "\n\\.\n",
      "'2020-01-02'::date", "NULL", "ON CONFLICT DO NOTHING;\nSELECT 1;\n", #"line\nbreak\tand \\ more"#,
    ] { #expect(masked.contains(kept), "\(kept): \(masked)") }
    let rows = masked.split(separator: "\n").map(String.init)
    let ada = try #require(rows.first { $0.hasSuffix("more") }).split(separator: "\t")
    #expect(ada.count == 4 && ada[0].count == 1 && ada[2].hasSuffix(".example"), "\(ada)")
    let order = try #require(rows.first { $0.contains("::date") })
    #expect(order.contains("''") && order.contains(", -") && order.contains("E'"), "\(order)")
  }

  @Test func `the proof passes for a masking, and finds what was planted`() throws {
    let masked = try mask(Self.dump)
    let clean = try verify(masked)
    #expect(clean.isClean && clean.rows == 4 && clean.values > 3, "\(clean)")
    let leaked = try verify(masked.replacing("'2020-01-02'", with: "'ada lovelace'"))
    #expect(leaked.findings.map(\.kind) == [.leak] && leaked.findings.first?.from == "public.people.Full name")
    let comment = try? verify(masked.replacing("dump\n", with: "dump of ada@example.org\n"))
    #expect(comment == nil, "statements must be the same")
    let unchanged = try verify(masked.replacing(#"line\nbreak"#, with: "line"))
    #expect(unchanged.count == 1 && unchanged.findings.first?.kind == .foreign)
  }

  @Test(arguments: [
    ("COPY people FROM stdin;\n1\n\\.\n", "does not name its columns"),
    ("INSERT INTO people VALUES (1);\n", "--column-inserts"),
    ("INSERT INTO people (id) VALUES (now());\n", "no literal"),
    ("COPY people (id, email) FROM stdin;\n1\n\\.\n", "in.sql:2:1: error: 1 value where people has 2 columns"),
    ("COPY people (id) FROM stdin;\n1\n", "have no end"), ("INSERT INTO people (id) VALUES ('1", "a text has no end"),
    ("SELECT 1;\n", "has no rows of what the rules call"),
  ]) func `a dump that can't be masked is told with its place`(_ text: String, _ message: String) {
    let found = failure(text, "{\"people.id\": \"shape\", \"people.*\": \"shape\"}")
    #expect(found.contains(message), "\(found)")
  }

  @Test func `a table that no rule names is not let through`() {
    let found = failure("INSERT INTO secrets (word) VALUES ('x');\n", "{\"people.id\": \"shape\"}")
    #expect(found.contains("the table secrets") && found.contains("\"word\""), "\(found)")
  }
}

@Suite struct MaskedNameTests {
  private let folder = ScratchFolder()

  private func mask(_ text: String, _ columns: String) throws -> String {
    let source = folder.write("in.jsonl", text)
    let rules = try MaskRules(json: Array("{\"columns\": \(columns)}".utf8), file: "rules.json")
    _ = try MaskRun(rules, key: try MaskKey("a key of twenty bytes")).run(
      .jsonl, from: try ByteSource(source, name: "in.jsonl"), to: try ByteSink("\(folder.path)/out"))
    return folder.text("out")
  }

  @Test func `names in an object that are data are masked`() throws {
    let columns = #"{"scores": {"keys": "email", "values": "keep"}, "id": "keep"}"#
    let masked = try mask(#"{"id":1,"scores":{"ada@corp.com":3}}"# + "\n", columns)
    #expect(!masked.contains("ada@") && masked.contains(".example\":3") && masked.contains("\"id\":1"), "\(masked)")
    #expect(throws: BatonError.self) {
      try mask(#"{"scores":{"a b":1,"c d":2}}"# + "\n", #"{"scores": {"keys": "redact"}}"#)
    }
  }

  @Test func `long values are found in what was masked, whole or in their pieces`() throws {
    let long = (0..<120).map { "word\($0 * 7919 % 997)" }.joined(separator: " ")
    let original = folder.write("a.csv", "id,note\n1,\(long)\n2,short\n")
    let rules = try MaskRules(json: Array(#"{"columns": {"id": "keep", "note": "token"}}"#.utf8), file: "r")
    let key = try MaskKey("a key of twenty bytes")
    _ = try MaskRun(rules, key: key).run(
      .csv, from: try ByteSource(original), to: try ByteSink("\(folder.path)/b.csv"))
    let clean = folder.text("b.csv")
    func scan(_ text: String) throws -> Int {
      let copy = folder.write("c.csv", text)
      return try LeakScan(rules, key: key).csv(
        original: { () throws(BatonError) in try ByteSource(original) }, masked: try ByteSource(copy)
      ).count
    }
    #expect(try scan(clean) == 0)
    let tail = String(long.suffix(400))
    #expect(try scan(clean.replacing("\n2,", with: "\n\(tail),")) > 0)
  }
}
